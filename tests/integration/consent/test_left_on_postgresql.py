"""What PostgreSQL keeps of rows and keys that are gone: on a server whose every file is read."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.accounts.actor import SYSTEM
from service.consent import actions
from service.consent.actions import overwriting
from service.foundation import clock, db, keys, written_anew
from service.foundation.blobs import LocalBlobs
from service.foundation.job_queue import JobRow
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
    gone = before.keys() - {row["key_pk"] for row in key_rows()}
    assert len(gone & texts.keys()) == 2
    return {
        "a coded answer": [CODE],
        "an id": [b"uuid:canary-1", b"uuid:canary-2"],
        "a wrapped key": [before[one] for one in gone],
        "what it opens": [texts[one][-64:] for one in gone & texts.keys()],
    }


def minutes_later(app: Flask, minutes: float) -> None:
    """What is due by then is done; an erasure is looked at once more after ten seconds."""
    now = clock.now()
    for later in (dt.timedelta(seconds=11), dt.timedelta(minutes=minutes)):
        with clock.frozen(now + later):
            drain(app)


def waiting() -> int:
    with db.reading() as session:
        is_ours = JobRow.event == actions.GONE
        return session.scalar(sa.select(sa.func.count()).where(is_ours)) or 0


def let_ask_for_checkpoints(server: str) -> None:
    for role in MAY_MORE:
        postgres.execute(server, f"GRANT {role} TO samleng")


def test_s45_a_role_that_may_ask_for_checkpoints_leaves_nothing_on_the_server_after_a_minute(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    let_ask_for_checkpoints(server)
    needles = send_and_withdraw(phone, app, blobs)
    assert found(server, needles) == needles.keys(), "else the minute shows nothing"
    minutes_later(app, 1.5)
    assert found(server, needles) == set()
    assert b"uuid:other" in everything_of(server)


def test_s45_any_owner_of_a_database_leaves_nothing_once_the_server_passed_its_log(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    needles = send_and_withdraw(phone, app, blobs)
    minutes_later(app, 1.5)
    postgres.execute(server, "CHECKPOINT")  # as the server does of itself, every five minutes
    minutes_later(app, 8)
    assert found(server, needles) == set()
    assert waiting() == 0, "it is not written over for ever"


def test_s45_what_somebody_read_meanwhile_goes_when_they_are_done(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dead rows stay for whoever reads as of before: a long export."""
    let_ask_for_checkpoints(server)
    ago = written_anew._READ_AS_OF_BEFORE.text.replace("1 minute", "0 seconds")
    monkeypatch.setattr(written_anew, "_READ_AS_OF_BEFORE", sa.text(ago))
    with db.current().writer.connect().execution_options(isolation_level="REPEATABLE READ") as one:
        one.execute(sa.text("SELECT count(*) FROM submissions"))
        needles = send_and_withdraw(phone, app, blobs)
        minutes_later(app, 1.5)
        assert found(server, needles) == needles.keys()
    minutes_later(app, 8)
    assert found(server, needles) == set()


def test_s45_erasures_one_after_the_other_are_overwritten_together(
    app: Flask, phone: Phone, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Sequence[str]] = []
    monkeypatch.setattr(
        written_anew, "tables", lambda _c, names, _care: written.append(names) or True
    )
    now = clock.now()
    for seconds, number in enumerate(("uuid:canary-1", "uuid:canary-2")):
        with clock.frozen(now + dt.timedelta(seconds=30 * seconds)):
            assert phone.send(told(number)).status_code == 201
            actions.withdraw_record(SYSTEM, phone.project_id, number, "asked", blobs=blobs)
            drain(app)
    for seconds, passes in ((61, 0), (91, 0), (161, 2), (300, 2)):  # the keys, then the tables
        with clock.frozen(now + dt.timedelta(seconds=seconds)):
            drain(app)
        assert len(written) == passes


def test_s45_what_is_large_has_the_night(
    server: str, app: Flask, phone: Phone, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_ask_for_checkpoints(server)
    small = dataclasses.replace(overwriting.BY_DAY, most_bytes=0)
    monkeypatch.setattr(overwriting, "BY_DAY", small)
    needles = send_and_withdraw(phone, app, blobs)
    minutes_later(app, 1.5)
    assert "a coded answer" in found(server, needles)
    assert "a wrapped key" not in found(server, needles), "so nothing that is sealed can be opened"
    jobs.begin_day()
    drain(app)
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
