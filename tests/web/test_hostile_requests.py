"""What strangers try with an address, a header or a parameter."""

from __future__ import annotations

import ast
import dataclasses
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient

from service.foundation import db
from service.foundation.db import reading
from service.foundation.settings import Settings
from service.web.identify import PUBLIC, allows
from tests.factories import Phone, a_phone, an_instance
from tests.web.pages_world import World, a_world, sign_in

INJECTIONS = (
    "'",
    '"',
    "';--",
    "1' OR '1'='1",
    "1; DROP TABLE submissions",
    "') UNION SELECT 1--",
    "\\",
    "%",
    "_",
    "%00",
    "\x00",
    "🕊",
    "២",
    "-1",
    "1e400",
    "9" * 40,
    "NaN",
    "[]",
    "{}",
    "null",
    "a" * 5000,
    "../../etc/passwd",
    "{{7*7}}",
    "${7*7}",
    "\r\nX-Evil: 1",
    "<script>",
    "ភូមិ",
    "\u202e",
    "\ud7ff",
    "true",
    "1,2,3",
    ",",
    "=1+1",
)
FOREIGN = (
    "null", "https://evil.example", "http://samleng.test.evil.example", "http://evilsamleng.test",
    "https://samleng.test", "http://samleng.test:8080", "file://", "http://localhost",
    "http://samleng.test@evil.example", "HTTP://SAMLENG.TEST.", "*",
)  # fmt: skip


@pytest.fixture
def world(client: FlaskClient) -> World:
    made = a_world()
    sign_in(client, made.coordinator)
    return made


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def _everything(database: db.Database) -> dict[str, int]:
    with reading() as session:
        names = sa.inspect(session.connection()).get_table_names()
        return {
            name: session.execute(sa.text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in names
        }


@pytest.mark.each_database
def test_s28_no_parameter_reaches_the_database_as_anything_but_a_value(
    app: Flask, client: FlaskClient, world: World
) -> None:
    """Every address with every parameter it reads, filled with what is no value."""
    parameters = {
        f"{world.path}/figures": ("indicator", "by", "audience", "from", "to", "came_by", "lang"),
        f"{world.path}/submissions": ("state", "before", "after", "cursor", "form", "lang"),
        f"{world.path}/quarantine": ("before", "cursor"),
        f"/v1/projects/{world.project_id}/indicators/I12": (
            "by",
            "from",
            "to",
            "audience",
            "as_of",
        ),
        "/sign-in": ("next", "lang"),
    }
    before = _everything(db.current())
    for path, names in parameters.items():
        for name in names:
            for text in INJECTIONS:
                answer = client.get(path, query_string={name: text})
                assert answer.status_code < 500, f"{path}?{name}={text!r}"
                assert "X-Evil" not in answer.headers
    for text in INJECTIONS:
        for path in (f"/p/{text}/", f"{world.path}/submissions/{text}", f"/setup/{text}"):
            assert client.get(path).status_code < 500, path
    assert _everything(db.current()) == before


@pytest.mark.each_database
def test_s28_sqlite_attaches_no_other_file(app: Flask, tmp_path: Path) -> None:
    """Even where somebody finds a way to put SQL in."""
    if not db.current().is_sqlite:
        return  # PostgreSQL has no such statement
    sqlite3.connect(tmp_path / "other.db").close()
    attach = f"ATTACH DATABASE '{tmp_path}/other.db' AS other"
    for engine in (db.current().writer, db.current().reader):
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")  # inside a transaction nothing is attached anyway
            with pytest.raises(sa.exc.DBAPIError, match=REFUSAL):
                connection.exec_driver_sql(attach)


REFUSAL = "not authorized|prohibited|denied|may not be modified"
SLIPPED_IN = (
    "ATTACH DATABASE ':memory:' AS other", "DETACH DATABASE main",
    "CREATE TABLE more (x)", "CREATE TEMP TABLE more (x)", "CREATE VIEW more AS SELECT 1",
    "CREATE INDEX more ON users (email)", "CREATE VIRTUAL TABLE more USING fts5(x)",
    "CREATE TRIGGER more AFTER INSERT ON users BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER more AFTER INSERT ON users BEGIN SELECT 1; END",
    "ALTER TABLE users ADD COLUMN more", "ALTER TABLE users RENAME TO people",
    "DROP TABLE audit_entries", "DROP INDEX ix_emergencies_project", "DROP TRIGGER {trigger}",
    "PRAGMA writable_schema=1", "PRAGMA trusted_schema=1", "PRAGMA schema_version=1",
    "DELETE FROM sqlite_master", "UPDATE sqlite_master SET sql = NULL",
    "SELECT load_extension('x')", "VACUUM INTO '/dev/shm/never.db'",
)  # fmt: skip
"""Nothing of it does the server ever need; migrations have connections of their own."""


@pytest.mark.each_database
@pytest.mark.parametrize("statement", SLIPPED_IN)
def test_s28_sqlite_changes_no_schema_and_loads_nothing(app: Flask, statement: str) -> None:
    if not db.current().is_sqlite:
        return
    find = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
    for engine in (db.current().writer, db.current().reader):
        with engine.connect() as connection:
            trigger = connection.exec_driver_sql(find).scalar()
            assert trigger
            connection.exec_driver_sql("COMMIT")
            with pytest.raises(sa.exc.DBAPIError, match=REFUSAL):
                connection.exec_driver_sql(statement.format(trigger=trigger))


def test_s28_sql_is_never_put_together_from_text() -> None:
    """The linter looks for it too (S608); here for the ways it does not know: the text of a
    statement is one literal, or made by SQLAlchemy."""
    takes_text = {"text", "exec_driver_sql", "execute", "executemany", "executescript", "DDL"}
    found = set()
    for path in (Path(__file__).parents[2] / "service").rglob("*.py"):
        source = path.read_text("utf-8")
        if "import sqlalchemy" not in source and path.name != "durability.py":
            continue
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            is_built = isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
            if name in takes_text and is_built:
                found.add(path.name)
    # PRAGMA and VACUUM take no parameters; names and values are constants there.
    assert found == {"database.py", "db.py", "durability.py", "written_anew.py"}


@pytest.mark.parametrize("origin", FOREIGN)
def test_s33_no_foreign_page_may_read_an_answer(
    client: FlaskClient, phone: Phone, origin: str
) -> None:
    """Of every address that there is."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    paths = {f"{phone.base}/formList"}
    for rule in client.application.url_map.iter_rules():
        path = rule.rule.replace("/key/-/", f"/key/{phone.token}/").replace("<slug>", "battambang")
        path = re.sub(r"<uuid:\w+>", "00000000-0000-7000-8000-000000000000", path)
        paths.add(re.sub(r"<(?:\w+:)?\w+>", "1", path))
    assert len(paths) > 150
    for method in ("GET", "OPTIONS", "POST"):
        for path in sorted(paths):
            answer = client.open(path, method=method, headers=asked)
            told = [name for name, _ in answer.headers if name.lower().startswith("access-control")]
            assert told == [], f"{method} {path}"


def test_whoever_opens_a_page_by_the_machines_own_name_comes_to_its_address(
    client: FlaskClient, phone: Phone
) -> None:
    here = {"Host": "localhost:8000"}
    answer = client.get("/sign-in?next=%2Fp", headers=here)
    assert answer.headers["Location"] == "http://samleng.test/sign-in?next=%2Fp"
    assert client.post("/sign-in", headers=here).status_code == 421
    for path in (f"{phone.base}/formList", "/v1/projects", "/battambang/formList"):
        assert client.get(path, headers=here).status_code == 421, path
    elsewhere = client.get("/sign-in", headers={"Host": "elsewhere.example"})
    assert elsewhere.status_code == 421
    assert "This server has another address" in elsewhere.text
    assert "http://samleng.test" in elsewhere.text


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "samleng.test.evil.example", "evil.example:80", "samleng.test:81", "",
        "samleng.test@evil.example", "127.0.0.1", "[::1]", "samleng.test.", "samleng.test evil",
    ],
)  # fmt: skip
def test_s35_no_other_host_is_answered_and_no_link_is_made_of_it(
    client: FlaskClient, phone: Phone, host: str
) -> None:
    for path in ("/", "/sign-in", f"{phone.base}/formList", "/v1/users/current"):
        answer = client.get(path, headers={"Host": host, "X-Forwarded-Host": host})
        is_page = not path.startswith("/v1/")
        if is_page and host in ("127.0.0.1", "[::1]"):
            assert answer.headers["Location"] == f"http://samleng.test{path}"
        else:
            assert answer.status_code in (400, 421), path
        assert host == "" or "evil" not in answer.get_data(as_text=True)
        assert "evil" not in answer.headers.get("Location", "")


def test_s35_a_forwarded_host_is_believed_from_no_one_unless_told(
    client: FlaskClient, phone: Phone
) -> None:
    answer = client.get(f"{phone.base}/formList", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    assert "evil" not in answer.get_data(as_text=True)


def _errors() -> Iterator[Exception]:
    """Sixty ways to fail, each with a secret in its hands."""
    secret = "ឈ្មោះ Zq0Secret"
    for kind in (
        ValueError, KeyError, TypeError, RuntimeError, LookupError, IndexError, AttributeError,
        OSError, PermissionError, FileNotFoundError, TimeoutError, ConnectionError, MemoryError,
        RecursionError, NotImplementedError, ArithmeticError, ZeroDivisionError, AssertionError,
        EOFError, BufferError, ImportError, NameError, UnboundLocalError, StopIteration,
        ReferenceError, SystemError, OverflowError, FloatingPointError, BrokenPipeError,
        InterruptedError, IsADirectoryError, BlockingIOError,
    ):  # fmt: skip
        yield kind(secret)
    for kind in (
        sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError, sa.exc.InternalError,
        sa.exc.NotSupportedError, sa.exc.InterfaceError, sa.exc.DatabaseError, sa.exc.DBAPIError,
    ):  # fmt: skip
        insert = "INSERT INTO persons VALUES (?)"
        yield kind(insert, (secret,), Exception(secret), hide_parameters=True)
    for other in (
        sa.exc.NoResultFound, sa.exc.MultipleResultsFound, sa.exc.InvalidRequestError,
        sa.exc.ArgumentError, sa.exc.CompileError, sa.exc.UnboundExecutionError,
    ):  # fmt: skip
        yield other(secret)
    yield UnicodeDecodeError("utf-8", secret.encode(), 0, 1, secret)
    yield UnicodeEncodeError("ascii", secret, 0, 1, secret)
    for _ in range(12):
        chained = ValueError(secret)
        chained.__cause__ = KeyError(secret)
        chained.add_note(secret)
        yield chained


@pytest.mark.adds_routes
def test_s36_no_error_tells_what_it_was_about(
    app: Flask, client: FlaskClient, capfd: pytest.CaptureFixture[str]
) -> None:
    failures = list(_errors())
    assert len(failures) >= 60
    at = iter(failures)

    def broken() -> str:
        raise next(at)

    app.add_url_rule("/v1/broken", "broken", allows(PUBLIC)(broken), methods=["GET"])
    app.add_url_rule("/broken", "broken_page", allows(PUBLIC)(broken), methods=["GET"])
    for number, _ in enumerate(failures):
        answer = client.get("/v1/broken" if number % 2 else "/broken")
        assert answer.status_code in (500, 503, 507)
        told = answer.get_data(as_text=True) + str(answer.headers)
        for word in ("Zq0Secret", "ឈ្មោះ Zq", "INSERT", "Traceback", "persons", ".py"):
            assert word not in told, failures[number]
    structlog.get_logger("samleng").info("end")
    logged = capfd.readouterr()
    assert "Zq0Secret" not in logged.out + logged.err
    assert "INSERT INTO" not in logged.out + logged.err


def test_s10_with_https_a_plain_request_is_refused(settings: Settings, phone: Phone) -> None:
    """And no header of a client makes it anything else."""
    phone.client.application.config["SAMLENG"] = dataclasses.replace(
        settings, public_url="https://samleng.test"
    )
    for headers in ({}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "proto=https"}):
        sent = phone.client.post(
            f"{phone.base}/submission",
            data=an_instance(),
            headers={"Host": "samleng.test", **headers},
            base_url="http://samleng.test",
        )
        assert sent.status_code == 403
