"""Fixtures: real databases, real files, a clock that obeys."""

from __future__ import annotations

import copy
import gc
import os
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from playwright.sync_api import Browser, sync_playwright
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from service import jobs
from service.accounts import credentials
from service.app import Application, create_app, furnish, skeleton
from service.foundation import db, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.keys import store as key_stores
from service.foundation.settings import Settings, load_or_make_secrets
from tests import browser as chromium
from tests import drawing, postgres, programs, standing
from tests.long import is_long

PUBLIC_URL = "http://samleng.test"

# What was compiled once is kept, whatever this machine usually does: each process of the run, and
# each server that a test starts, would compile hundreds of modules again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

hypothesis.settings.register_profile("ours", deadline=None)  # machines are noisy
hypothesis.settings.load_profile("ours")


def pytest_xdist_auto_num_workers() -> int:
    """Two for a core: half of what the slow ones take is waiting, for a disk or another process."""
    return min(8, 2 * (os.cpu_count() or 1))


def pytest_configure() -> None:
    """What tests write lies in memory where there is room: thousands of databases are fsynced
    there as anywhere, and nobody waits for a disk meanwhile."""
    room = postgres.in_memory()
    if room is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(room))


HERE = Path(__file__).parent
DOORS = (HERE / "web", HERE / "integration" / "cli", HERE / "test_routes.py")
ENGINES = ("sqlite", "postgresql")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long goes first, so that the processes end together; else the order stays."""
    for item in items:
        if is_long(item.path.relative_to(HERE.parent), item.originalname):  # type: ignore[attr-defined]
            item.add_marker("long")
    if "EVERY_DATABASE" not in os.environ:
        elsewhere = on_the_other_database(items)
        config.hook.pytest_deselected(items=list(elsewhere))
        items[:] = [item for item in items if item not in elsewhere]
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("reliability", "browser"))))


def on_the_other_database(items: list[pytest.Item]) -> set[pytest.Item]:
    """A page or a command says the same whatever lies underneath: each of its tests, and each case
    of one, runs on one of the two databases, by its name (decision 0066). What is about a database
    itself is marked `each_database`; what was asked for by its name alone runs there."""
    twins: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        is_of_doors = any(door in (item.path, *item.path.parents) for door in DOORS)
        if is_of_doors and item.get_closest_marker("each_database") is None:
            name, _, case = item.nodeid.partition("[")
            others = [one for one in case.rstrip("]").split("-") if one not in ENGINES]
            twins[f"{name}[{'-'.join(others)}"].append(item)
    return {both[zlib.crc32(name.encode()) % 2] for name, both in twins.items() if len(both) == 2}


def pytest_collection_finish() -> None:
    """What was imported and collected stays: it is not searched for garbage again and again. And
    what a test makes goes with it: Python looks seldom, as next to nothing of it is in cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


NEXT_TO_NOTHING = credentials.Cost(memory_kib=64, rounds=1)


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_next_to_nothing() -> None:
    """Tests that are about the cost say which they mean; a server that is started has its own."""
    credentials.use(NEXT_TO_NOTHING)


@pytest.fixture(scope="session", autouse=True)
def _drawn_outside_transactions() -> None:
    """Whatever draws pages, in any test."""
    drawing.watch()


@pytest.fixture(scope="session", autouse=True)
def _templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """For all processes of the run."""
    base = tmp_path_factory.getbasetemp()
    kept = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"
    kept.mkdir(exist_ok=True)
    _bytecode.append(FileSystemBytecodeCache(str(kept)))


@pytest.fixture(scope="session", autouse=True)
def _few_keys_ahead() -> None:
    """A test seldom seals more than a few records, and each has a key store of its own."""
    key_stores.MADE_AHEAD = 8


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of our own: `postgresql+psycopg://…/postgres`."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """A PostgreSQL database with the schema, copied for tests (faster than migrating)."""
    made = postgres.make_template(postgres_url)
    standing.prepare(made)
    return made


@pytest.fixture(scope="session")
def standing_database(template_url: str) -> Iterator[standing.Standing]:
    copies = postgres.Copies(template_url)
    made = standing.Standing(copies)

    def connect(_dialect: object, _record: object, args: Any, params: Any) -> Any:
        return made.connect(args, params)

    sa.event.listen(sa.Engine, "do_connect", connect)
    yield made
    sa.event.remove(sa.Engine, "do_connect", connect)
    made.end()
    copies.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "samleng.db"
    postgres.migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the schema: every test that takes this runs on both, or, if it is
    of pages or commands, on either."""
    if request.param == "sqlite":
        source: Path = request.getfixturevalue("sqlite_template")
        (tmp_path / "samleng.db").write_bytes(source.read_bytes())
        return f"sqlite:///{tmp_path}/samleng.db"
    made: standing.Standing = request.getfixturevalue("standing_database")
    return made.next(fresh=request.node.get_closest_marker("fresh_database") is not None)


@pytest.fixture
def database(database_url: str, key_store: keys.KeyStore) -> Iterator[db.Database]:
    """The open database, the one that `unit_of_work()` and `reading()` mean."""
    opened = db.Database(database_url)
    share_what_is_compiled(opened, key_store)
    db.use(opened)
    yield opened
    opened.dispose()
    db.use(None)


def keys_url(database_url: str, tmp_path: Path) -> str:
    is_sqlite = database_url.startswith("sqlite")
    return f"sqlite:///{tmp_path}/keys.db" if is_sqlite else database_url


@pytest.fixture
def key_store(database_url: str, tmp_path: Path) -> Iterator[keys.KeyStore]:
    """The key store of an installation, the one that `keys.current()` means."""
    ring = keys.KeyRing(tmp_path / "ring.json")
    opened = keys.KeyStore(keys_url(database_url, tmp_path), ring, b"d" * 32)
    keys.use(opened)
    yield opened
    opened.dispose()
    keys.use(None)


def close() -> None:
    """What `create_app` opened."""
    db.current().dispose()
    db.use(None)
    keys.current().dispose()
    keys.use(None)
    credentials.share(nullcontext)  # its places lie in a directory that may be gone soon


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    store = LocalBlobs(tmp_path / "blobs")
    store.prepare()
    return store


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    secrets_file = tmp_path / "secrets.json"
    return Settings(
        data_dir=tmp_path,
        database_url=database_url,
        public_url=PUBLIC_URL,
        secrets_file=secrets_file,
        secrets=load_or_make_secrets(secrets_file),
        key_file=tmp_path / "ring.json",
        keys_database_url=keys_url(database_url, tmp_path),
        embedded_worker=False,
        min_free_mb=1,
        api_requests_a_minute=0,
        memory_mb=512,  # an application of its own hashes passwords as a small machine can bear
    )


_skeletons: dict[bool, Application] = {}
_bytecode: list[FileSystemBytecodeCache] = []


def an_app(settings: Settings) -> Flask:
    """What `create_app` makes, in a tenth of its time: routes and templates, which no setting
    changes, are made once for all tests; all that holds anything is made for this one. A test that
    adds routes of its own is marked `adds_routes` and has an application of its own."""
    if settings.is_command not in _skeletons:
        made = skeleton(is_command=settings.is_command)
        made.url_map.add = _refuse_a_route  # type: ignore[method-assign]
        made.jinja_env.bytecode_cache = _bytecode[0]
        _skeletons[settings.is_command] = made
    app = copy.copy(_skeletons[settings.is_command])
    app.config, app.extensions = copy.copy(app.config), copy.copy(app.extensions)
    app.before_request_funcs = copy.deepcopy(app.before_request_funcs)
    furnished = furnish(app, settings)
    credentials.use(NEXT_TO_NOTHING)
    share_what_is_compiled(db.current(), keys.current())
    return furnished


_compiled: dict[str, tuple[Any, Any]] = {}
OF_ALL_TESTS = 5_000
"""Statements: each forgotten one would be compiled again and again (one server needs few)."""


def share_what_is_compiled(opened: db.Database, kept: keys.KeyStore) -> None:
    """A statement is compiled once for all tests, not again on the database of each: that was a
    quarter of what a test cost. SQLAlchemy keeps it with the engine, by the engine's dialect."""
    of_keys = kept.database
    for engine in (
        opened.writer, opened.reader, opened.replica, of_keys._engine, of_keys._reader
    ):  # fmt: skip
        if engine.name not in _compiled:
            engine.connect().close()  # the first connection tells a dialect what it speaks to
            _compiled[engine.name] = (engine.dialect, sa.util.LRUCache(OF_ALL_TESTS))
        engine.dialect, engine._compiled_cache = _compiled[engine.name]


def _refuse_a_route(rule: object) -> None:
    raise RuntimeError(f"{rule!r} would be there for all other tests: mark the test `adds_routes`")


@pytest.fixture
def app(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Flask]:
    """The whole application on an empty database. No thread: `drain(app)` runs the jobs."""
    is_its_own = request.node.get_closest_marker("adds_routes") is not None
    made = create_app(settings) if is_its_own else an_app(settings)
    made.test_client_class = Client
    yield made
    close()


SAYS_NOTHING = "says nothing"
"""In a test: no header says from where a request comes."""


class Client(FlaskClient):
    """Asks the public address: the server answers no other. Like a browser it says from where a
    form comes, unless a test says that itself."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("base_url", PUBLIC_URL)
        if not args or isinstance(args[0], str):
            given = Headers(kwargs.get("headers") or {})
            if not any(name in given for name in ("Origin", "Referer", "Sec-Fetch-Site")):
                kwargs["headers"] = Headers([*given, ("Sec-Fetch-Site", "same-origin")])
            elif given.get("Sec-Fetch-Site") == SAYS_NOTHING:
                given.remove("Sec-Fetch-Site")
                kwargs["headers"] = given
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process: a second one cannot be started beside it."""
    found = chromium.find()
    if found is None:
        programs.miss(chromium.HELP)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=chromium.FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def drain(app: Flask) -> int:
    """Run all jobs that are due."""
    return jobs.drain(app.extensions["samleng.worker"].tools)


__all__ = ["close", "drain"]
