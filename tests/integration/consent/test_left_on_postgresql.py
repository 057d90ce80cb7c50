"""What PostgreSQL keeps of rows and keys that are gone: on a server whose every file is read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.accounts.actor import SYSTEM
from service.consent import actions
from service.consent.actions import overwriting
from service.foundation import clock, db, keys
from service.foundation.blobs import LocalBlobs
from service.intake.tables import SubmissionXml
from tests import postgres
from tests.conftest import drain
from tests.factories import Phone
from tests.integration.consent.installation import key_rows
from tests.survivors import a_survivors_phone, told

CODE = b"reh_wheelchair"
"""A coded answer that nobody else gave: facts hold it in clear."""
MAY_MORE = ("pg_checkpoint", "pg_monitor")


@pytest.fixture
def server() -> Iterator[str]:
    """With little of a log, so that a test need not write a thousand megabytes of nothing."""
    with postgres.own_server() as url:
        for setting in ("max_wal_size = '96MB'", "min_wal_size = '32MB'"):
            postgres.execute(url, f"ALTER SYSTEM SET {setting}")
        postgres.execute(url, "SELECT pg_reload_conf()")
        yield url


@pytest.fixture
def database_url(server: str) -> str:
    """A database whose owner may do no more than owners may."""
    postgres.execute(server, "CREATE ROLE samleng LOGIN")
    postgres.execute(server, "CREATE DATABASE d OWNER samleng")
    made = sa.make_url(server).set(database="d", username="samleng")
    url = made.render_as_string(hide_password=False)
    postgres.migrate(url)
    return url


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def everything_of(server: str) -> bytes:
    postgres.execute(server, "CHECKPOINT")
    base, log, _temporary = postgres.files_of(server)
    files = [one for place in (base.parent, log) for one in place.rglob("*") if one.is_file()]
    return b"\n".join(one.read_bytes() for one in files)


def found(server: str, needles: dict[str, list[bytes]]) -> set[str]:
    held = everything_of(server)
    return {name for name, some in needles.items() if any(one in held for one in some)}


def send_and_withdraw(phone: Phone, app: Flask, blobs: LocalBlobs) -> dict[str, list[bytes]]:
    """What is to be found nowhere: by name."""
    assert phone.send(told("uuid:other")).status_code == 201
    mine = told("uuid:canary-1", need=CODE.decode())
    assert phone.send(mine).status_code == 201
    assert phone.send(told("uuid:canary-2", edits="uuid:canary-1", need=CODE.decode()))
    drain(app)
    with db.current().alone() as connection:
        connection.execute(sa.text("ANALYZE"))
    before = {row["key_pk"]: bytes(row["wrapped"]) for row in key_rows()}
    with db.reading() as session:
        texts = {one.key_pk: bytes(one.xml) for one in session.scalars(sa.select(SubmissionXml))}
    asked = actions.withdraw_record(SYSTEM, phone.project_id, "uuid:canary-1", "asked", blobs=blobs)
    assert asked.status == "done"
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):  # what review remembers goes then
        drain(app)
    gone = before.keys() - {row["key_pk"] for row in key_rows()}
    assert len(gone & texts.keys()) == 2
    return {
        "a coded answer": [CODE],
        "an id": [b"uuid:canary-1", b"uuid:canary-2"],
        "a wrapped key": [before[one] for one in gone],
        "what it opens": [texts[one][-64:] for one in gone & texts.keys()],
    }


def a_night(app: Flask, number: int) -> None:
    with clock.frozen(clock.now() + dt.timedelta(days=number)):
        jobs.begin_day()
        drain(app)


def test_s45_a_role_that_may_ask_for_checkpoints_leaves_nothing_on_the_server_after_a_night(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    for role in MAY_MORE:
        postgres.execute(server, f"GRANT {role} TO samleng")
    needles = send_and_withdraw(phone, app, blobs)
    assert found(server, needles) == needles.keys(), "else the night shows nothing"
    a_night(app, 0)
    assert found(server, needles) == set()
    assert b"uuid:other" in everything_of(server)


def test_s45_any_owner_of_a_database_leaves_nothing_on_the_server_after_two(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    needles = send_and_withdraw(phone, app, blobs)
    a_night(app, 0)
    postgres.execute(server, "CHECKPOINT")  # as the server does of itself, every few minutes
    a_night(app, 1)
    assert found(server, needles) == set()


def test_s45_whatever_is_deleted_or_changed_with_a_record_is_written_anew(
    app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    """Each table that a withdrawal, and what follows it, takes rows from."""
    seen: set[str] = set()

    def note(_c: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        seen.update(re.findall(r"(?:DELETE FROM|UPDATE) (?!SKIP)([\w.]+)", sql))

    assert phone.send(told("uuid:canary-1")).status_code == 201
    drain(app)
    engines = (db.current().writer, keys.current().database._engine)
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    actions.withdraw_record(SYSTEM, phone.project_id, "uuid:canary-1", "asked", blobs=blobs)
    drain(app)
    for engine in engines:
        sa.event.remove(engine, "before_cursor_execute", note)
    nobodys = {"withdrawals", "samleng_keys.data_keys", "project_shares", "flag_progress"}
    assert {"incidents", "rights_issues", "testimonies"} <= seen
    assert seen - nobodys <= set(overwriting.touched())


def test_what_keeps_the_log_longer_is_named(server: str, app: Flask) -> None:
    del app
    assert db.current().log_kept_longer() == ()
    postgres.execute(server, "ALTER SYSTEM SET wal_keep_size = '64MB'")
    postgres.execute(server, "SELECT pg_reload_conf()")
    postgres.execute(server, "SELECT pg_create_physical_replication_slot('old', true)")
    db.current().writer.dispose()
    assert db.current().log_kept_longer() == ("wal_keep_size=64MB", "replication slot old")
