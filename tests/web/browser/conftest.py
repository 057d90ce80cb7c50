"""A real server and a real browser. SQLite is enough: pages look alike on both databases."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from service.foundation.settings import Settings
from tests.conftest import an_app, close
from tests.web.pages_world import World, a_world


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Site:
    origin: str
    world: World
    client: FlaskClient
    """Speaks to the same application without the network, as phones in these tests do."""


@contextmanager
def serving(settings: Settings, host: str = "127.0.0.1") -> Iterator[Site]:
    """A serving installation with one project."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    origin = f"http://{host}:{server.server_port}"
    app = an_app(dataclasses.replace(settings, public_url=origin))
    server.app = app
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Site(origin=origin, world=a_world(), client=app.test_client())
    server.shutdown()
    thread.join()
    server.server_close()
    close()


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    with serving(settings) as site:
        yield site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test when it breaks the content policy or fetches from elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    complaints: list[str] = []
    requested: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: requested.append(request.url))
    yield opened
    policy = [text for text in complaints if "Content Security Policy" in text]
    assert policy == []
    assert [
        url for url in requested if not url.removeprefix("blob:").startswith("http://127.0.0.1:")
    ] == []
    context.close()
