"""One server, one host and one browser for all tests of web clients in a process."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser

from tests import form_engines, programs
from tests.clients.engines.every_type import FORM_ID, GAPS, LACKING, LIST, SURVEY, xform
from tests.clients.engines.filling import ENGINES, Enketo, WebForms
from tests.clients.engines.host import Host, hosting
from tests.reliability.server import Server, Site

Opening = Callable[[str], Enketo | WebForms]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Web:
    """A running server, its host, and the token with which Web Forms' host signs in."""

    site: Site
    host: Host
    token: str

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """By REST, in the project. Raises where it is refused."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        address = f"{self.site.url}/v1/projects/{self.site.project_id}{path}"
        answer = requests.request(method, address, headers=headers, timeout=60, **options)
        assert answer.ok, answer.text
        return answer


@pytest.fixture(scope="session")
def web(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """SQLite is enough: what arrives is what phones send, which other tests show on both."""
    bundles = form_engines.find()
    if bundles is None:
        programs.miss(form_engines.HELP)
    mine = site.copy_to(tmp_path_factory.mktemp("web") / "data")
    scopes = [word for scope in ("all", "identity", "testimony") for word in ("--scope", scope)]
    token = mine.command("api-tokens", "create", "web forms", *scopes)["token"]
    with Server(mine), hosting(mine.url, mine.phone_url, bundles) as host:
        yield Web(site=mine, host=host, token=token)


@pytest.fixture(scope="session")
def person(web: Web) -> str:
    """The one person of the entity list `people`, to whom forms refer; the forms are published."""
    web.ask("POST", "/datasets", json={"name": LIST})
    for name in ("full_name", "age"):
        web.ask("POST", f"/datasets/{LIST}/properties", json={"name": name})
    data = {"full_name": "ចាន់ ថា", "age": "51"}
    made = web.ask("POST", f"/datasets/{LIST}/entities", json={"label": "ចាន់ ថា", "data": data})
    _publish(web, FORM_ID, xform(SURVEY), {"map.png": a_picture("PNG")})
    _publish(web, LACKING, xform(GAPS), {})
    return str(made.json()["uuid"])


def _publish(web: Web, form_id: str, xml: bytes, files: dict[str, bytes]) -> None:
    web.ask("POST", "/forms", data=xml, headers={"Content-Type": "application/xml"})
    for name, content in files.items():
        web.ask("POST", f"/forms/{form_id}/draft/attachments/{name}", data=content,
                headers={"Content-Type": "image/png"})  # fmt: skip
    web.ask("POST", f"/forms/{form_id}/draft/publish")


def a_picture(kind: str) -> bytes:
    """Noise; as JPEG with what a camera writes of the place."""
    exif, written = Image.Exif(), io.BytesIO()
    exif[0x010E] = "Battambang"
    Image.effect_noise((64, 48), 80).convert("RGB").save(written, kind, exif=exif)
    return written.getvalue()


@pytest.fixture
def filling(request: pytest.FixtureRequest, browser: Browser, web: Web) -> Iterator[Opening]:
    """Opens a page of an engine. What it complained of in the console fails the test."""
    opened: list[Enketo | WebForms] = []

    def opening(engine: str) -> Enketo | WebForms:
        context = browser.new_context(
            extra_http_headers={"Authorization": f"Bearer {web.token}"},
            timezone_id="Asia/Phnom_Penh",
            geolocation={"latitude": 13.1, "longitude": 103.2, "accuracy": 4},
            permissions=["geolocation"],
        )
        context.set_default_timeout(15_000)
        opened.append(ENGINES[engine](context.new_page(), web.host))
        return opened[-1]

    yield opening
    complaints = [complaint for each in opened for complaint in each.complaints]
    for each in opened:
        each.page.context.close()
    assert complaints == []
    assert [stranger for each in opened for stranger in each.strangers] == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "leader.jpg"
    path.write_bytes(a_picture("JPEG"))
    return path
