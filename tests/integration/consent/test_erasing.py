"""What was taken back cannot be had again: not from the disk, not from a backup, not by a kill."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import signal
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.accounts.actor import SYSTEM
from service.app import create_app
from service.consent import actions, queries
from service.consent.requests import Status
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts.tables import Person
from service.foundation import clock, db, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.keys import paper, recovery
from service.foundation.keys.ring import WrappingKey
from service.foundation.keys.wrapping import unwrap
from service.foundation.sealing import DataKey, Unsealable, streams, unseal
from service.foundation.settings import Settings
from service.intake.actions.sealed import opened_name, xml_place
from service.intake.queries import counting
from service.intake.tables import PreparedFile, State, Submission, SubmissionXml
from tests import kept_copy, media_files, postgres
from tests.conftest import close, drain
from tests.factories import Phone
from tests.integration.consent.installation import (
    Backup,
    back_up,
    key_rows,
    put_back,
    put_back_blobs,
    put_back_keys,
    withdraw_and_be_killed,
)
from tests.survivors import QUESTIONS, a_survivors_phone, told

CODE = "7K2M-9QXT-4RWD"
SEEN_AS = ("sex", "age", "victim", "need", "prov", "today", "size", "photo", "sound")
"""Answers that are codes, numbers or days; all others may hold any text, and do here."""
CANARIES = {
    name: f"ក-{hashlib.sha256(name.encode()).hexdigest()[:20]}"
    for name in QUESTIONS
    if name not in SEEN_AS and not QUESTIONS[name][1].startswith("consent.")
} | {"witness": "ក-witness-7f31a9", "code": CODE}
PHOTO = hashlib.sha256(b"photo").hexdigest().encode() * 4000


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def send_all(phone: Phone, app: Flask) -> None:
    """A record with a photo, its edit, a contradiction of that, and somebody else's record."""
    full = {**CANARIES, "contact": "yes", "photo": "face-7f3a.jpg"}
    first, edit = (
        told("uuid:canary-1", **full),
        told("uuid:canary-2", edits="uuid:canary-1", **full),
    )
    assert phone.send(first, {"face-7f3a.jpg": PHOTO}).status_code == 201
    assert phone.send(edit).status_code == 201
    assert phone.send(told("uuid:canary-2", **{**full, "wish": "another"})).status_code == 202
    assert phone.send(told("uuid:other", name="somebody else")).status_code == 201
    drain(app)


def withdraw(phone: Phone, blobs: LocalBlobs) -> uuid.UUID:
    asked = actions.withdraw_record(SYSTEM, phone.project_id, "uuid:canary-1", "asked", blobs=blobs)
    assert asked.status == "done"
    return asked.id


def test_what_is_begun_once_it_is_taken_away_is_not_old_however_long_the_rest_takes(
    app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    """On SQLite whoever reads keeps the log from being emptied: a job does it later, and until then
    every file that was made in the project was thrown away."""
    send_all(phone, app)
    before = clock.now()
    with db.reading() as somebody:
        somebody.execute(sa.select(Submission.submission_pk)).all()
        asked = actions.withdraw_record(
            SYSTEM, phone.project_id, "uuid:canary-1", "asked", blobs=blobs
        )
        assert asked.status == ("erasing" if db.current().is_sqlite else "done")
        assert is_old(phone, before)
        assert not is_old(phone, clock.now() + dt.timedelta(milliseconds=5))
    drain(app)
    assert is_old(phone, before)


def test_what_was_taken_away_and_not_seen_to_is_old_for_some_seconds(
    app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    """Killed before it knew of its commit, or an installation of an earlier release."""
    send_all(phone, app)
    withdraw(phone, blobs)
    for gone_at, later in ((clock.now() + dt.timedelta(seconds=10), 11), (None, None)):
        with db.unit_of_work() as session:
            session.execute(sa.update(Withdrawal).values(state="erasing", gone_at=gone_at))
        assert is_old(phone, clock.now() + dt.timedelta(seconds=5))
        after = clock.now() + dt.timedelta(seconds=later or 3600)
        assert is_old(phone, after) is (later is None)


def is_old(phone: Phone, since: dt.datetime) -> bool:
    """Whether a file that was begun then may hold something that was taken back."""
    moment = sa.bindparam("since", since, Withdrawal.asked_at.type)
    with db.reading() as session:
        return bool(session.scalar(sa.select(queries.has_taken_back(phone.project_id, moment))))


def spelled(text: bytes) -> Iterator[bytes]:
    yield text
    yield text.hex().encode()
    yield base64.b64encode(text)[:-4]
    yield text.decode().encode("utf-16-le")
    yield hashlib.sha256(text).digest()
    yield hashlib.sha256(text).hexdigest().encode()


def disk(settings: Settings) -> bytes:
    """Every byte of database, log, free pages, key store, blobs, list; of PostgreSQL its dump."""
    held = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    if settings.database_url.startswith("postgresql"):
        held += postgres.dump(settings.database_url)
    return held


def every_key() -> list[DataKey]:
    """All that the installation itself has."""
    found = []
    for row in key_rows():
        key = keys.current().find(row["project_id"], row["key_pk"])
        assert key is not None
        found.append(key)
    return found


def every_key_with(backup: Backup, sheet: paper.RecoveryKey, *copies: Path) -> list[DataKey]:
    """All that exist: besides, what an older copy of the key store gives to whoever has the file
    of wrapping keys, the paper, the recovery copies beside it, and time to try the paper on
    everything that lies in that store."""
    sealed = [*(recovery.read(one).sealed for one in copies), *backup.store]
    held = keys.current().ring.keys()
    found = {key.kek_id: key for key in held}
    for ring in filter(None, map(sheet.open, sealed)):
        for kek_id, secret in json.loads(ring)["keys"].items():
            found[kek_id] = WrappingKey(kek_id=kek_id, secret=bytes.fromhex(secret))
    return every_key() + [
        unwrap(found[row["kek_id"]], row["project_id"], row["key_pk"], bytes(row["wrapped"]))
        for row in backup.keys
        if row["kek_id"] in found
    ]


def opened(backup: Backup, with_keys: list[DataKey]) -> int:
    """How many sealed things of a backup some key opens: each is tried on each."""
    count = 0
    for row in backup.rows["submission_xml"]:
        place = xml_place(row["project_id"], row["submission_pk"])
        count += any(_opens(unseal, key, place, bytes(row["xml"])) for key in with_keys)
    for path in backup.blobs.rglob("*"):
        if path.is_file():
            count += any(_opens(_read_all, key, path) for key in with_keys)
    return count


def named(backup: Backup, with_keys: list[DataKey]) -> int:
    """How many files of a backup say what their phone called them."""
    return sum(
        any(
            _opens(opened_name, key, row["project_id"], row["submission_pk"], row["sealed_name"])
            for key in with_keys
        )
        for row in backup.rows["attachments"]
    )


def _opens(how: Any, *given: Any) -> bool:
    try:
        how(*given)
    except Unsealable:
        return False
    return True


def _read_all(key: DataKey, path: Path) -> None:
    with path.open("rb") as source:
        for _piece in streams.opened(key, source):
            pass


def left(*where: Any) -> int:
    with db.reading() as session:
        alive = sa.select(sa.func.count()).where(Submission.state != State.ERASED, *where)
        return session.scalar(alive) or 0


def erased(project_id: int = 1) -> None:
    """Only somebody else's record is there; everything adds up; facts follow from records."""
    with db.reading() as session:
        assert session.scalars(
            sa.select(Submission.instance_id).where(Submission.state != State.ERASED)
        ).all() == ["uuid:other"]
        assert session.scalar(sa.select(sa.func.count()).select_from(SubmissionXml)) == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1
        live = facts.describe(session, project_id).sha256
    with db.unit_of_work() as session:
        assert facts.rebuild(session, project_id).sha256 == live


# --- the disk -----------------------------------------------------------------------------------
def test_s45_no_byte_of_it_is_left_and_no_key_that_exists_opens_a_copy(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    assert b"uuid:canary-1" in disk(settings)
    assert opened(yesterday, every_key()) == 5  # four records and a photo
    assert named(yesterday, every_key()) == 2  # the photo, and the same of the edit
    withdraw(phone, blobs)
    erased()
    assert named(yesterday, every_key()) == 0
    held = disk(settings)
    for text in (*CANARIES.values(), "uuid:canary-1", "uuid:canary-2", "face-7f3a.jpg"):
        for form in spelled(text.encode()):
            assert form not in held, text
    assert PHOTO[:64] not in held
    assert opened(yesterday, every_key()) == 1  # somebody else's
    assert left() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_s45_while_somebody_reads_the_log_of_the_keys_it_is_not_called_done(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings
) -> None:
    """In the log lies the key that was destroyed, as it was wrapped. (PostgreSQL keeps its own log
    as its settings say.)"""
    send_all(phone, app)
    path = sa.make_url(settings.keys_database_url).database
    with closing(sqlite3.connect(str(path), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM data_keys").fetchone()
        terms = (SYSTEM, phone.project_id, "uuid:canary-1", "asked")
        asked = actions.withdraw_record(*terms, blobs=blobs)
        assert asked.status == "erasing"
    assert actions.finish_left(phone.project_id, asked.id, blobs) is Status.DONE


def test_s45_an_old_copy_of_the_keys_opens_old_backups_until_the_wrapping_key_is_replaced(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    """As the set-up demands it: with a paper that nobody burns, and the copy beside it."""
    store, stick = keys.current(), tmp_path_factory.mktemp("stick") / "copy.json"
    sheet = recovery.make(store)
    recovery.hand_out(store, stick)
    assert recovery.prove(store, sheet, recovery.read(stick))
    send_all(phone, app)
    backups = [back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")]
    keys.rotate(store, copy_to=stick)
    assert recovery.prove(store, sheet, recovery.read(stick))
    backups.append(back_up(settings, tmp_path_factory.mktemp("backup") / "blobs"))
    withdraw(phone, blobs)
    newest = backups[-1]
    assert opened(newest, every_key_with(newest, sheet, stick)) == 5  # so it is told to the person
    keys.rotate(store, copy_to=stick)
    copies = (stick, recovery.path_of(store))
    for backup in backups:
        assert opened(backup, every_key_with(backup, sheet, *copies)) == 1
        assert named(backup, every_key_with(backup, sheet, *copies)) == 0
    # What was not taken back still comes back, from paper, copy, and today's backup.
    backup = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    assert opened(backup, every_key_with(backup, sheet, stick)) == 1


def test_s45_the_paper_promises_no_earlier_day_than_holds(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    """New wrapping keys close old copies of the store, once the recovery copy was replaced too."""

    def told(withdrawal: uuid.UUID) -> actions.Told:
        with db.reading() as session:
            return actions.tell(session, SYSTEM, phone.project_id, withdrawal)

    send_all(phone, app)
    store, start = keys.current(), clock.now()
    sheet = recovery.make(store)
    assert kept_copy.prove(store, sheet)
    withdrawal = withdraw(phone, blobs)
    before = told(withdrawal)
    assert before.dates is not None
    assert before.is_open
    assert (before.dates.unreadable_on - before.dates.live_on).days == 31
    with clock.frozen(start + dt.timedelta(days=2)):
        keys.rotate(store)
        assert told(withdrawal).dates == before.dates
        assert told(withdrawal).is_open
    with clock.frozen(start + dt.timedelta(days=3)):
        assert kept_copy.prove(store, sheet)
        after = told(withdrawal)
    assert after.dates is not None
    assert not after.is_open
    assert (after.dates.unreadable_on - after.dates.live_on).days == 3
    recovery.make(store)
    assert told(withdrawal).dates == before.dates


def test_what_is_erased_is_overwritten_on_every_connection(app: Flask, settings: Settings) -> None:
    database, store = db.current(), keys.current()
    if not database.is_sqlite:
        return
    engines = (database.writer, database.reader, store.database._engine, store.database._reader)
    for engine in engines:
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1


def tables_of(url: str) -> bytes:
    own, *_log = postgres.files_of(url)
    return b"".join(one.read_bytes() for one in own.rglob("*") if one.is_file())


@pytest.mark.fresh_database
def test_s45_what_postgresql_keeps_of_it_is_gone_with_the_old_rows(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings
) -> None:
    """No name and no word lies there in clear at any time; ids and coded rows do, in rows that are
    dead, until the job of the night has written the tables anew (docs/for-operators.md). Its
    log, and a role that may do little: test_left_on_postgresql.py."""
    if db.current().is_sqlite:
        return
    send_all(phone, app)
    withdraw(phone, blobs)
    drain(app)
    url = settings.database_url
    assert b"uuid:canary-1" in tables_of(url), "else the job shows nothing"
    jobs.begin_day()
    drain(app)
    with (
        db.current().writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection
    ):
        connection.execute(sa.text("CHECKPOINT"))
    own, *_log = postgres.files_of(url)
    held = b"".join(one.read_bytes() for one in own.rglob("*") if one.is_file())
    assert b"uuid:other" in held
    for text in (*CANARIES.values(), "uuid:canary-1", "uuid:canary-2", "face-7f3a.jpg"):
        for form in spelled(text.encode()):
            assert form not in held, text


# --- backups ------------------------------------------------------------------------------------
@pytest.mark.parametrize("keys_too", [False, True])
def test_s45_a_backup_that_is_put_back_is_erased_again_before_the_first_answer(
    phone: Phone,
    app: Flask,
    blobs: LocalBlobs,
    settings: Settings,
    tmp_path_factory: Any,
    keys_too: bool,
) -> None:
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    withdrawal = withdraw(phone, blobs)
    put_back(yesterday, settings, keys_too=keys_too)
    assert left() == 4
    close()
    again = create_app(settings)
    answer = again.test_client().get("/readyz", base_url=settings.public_url)
    assert answer.status_code == 200
    erased()
    assert opened(yesterday, every_key()) == 1
    with db.reading() as session:
        assert session.get_one(Withdrawal, (phone.project_id, withdrawal)).state == "done"
        actions_ = session.scalars(sa.select(AuditEntry.action)).all()
    assert "consent.erase_again" in actions_
    stored = LocalBlobs(settings.blobs_dir)
    assert list(stored.older_than(2e10)) == []


def test_s45_an_old_copy_of_keys_or_files_alone_is_cleaned_too(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    """The database is today's and knows nothing of them any more: the list does."""
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    withdraw(phone, blobs)
    put_back_keys(yesterday)
    put_back_blobs(yesterday, settings)
    assert opened(yesterday, every_key()) == 5
    assert actions.replay(blobs) == 0
    assert opened(yesterday, every_key()) == 1
    assert list(blobs.older_than(2e10)) == []


def test_s46_after_a_backup_was_put_back_a_phone_does_not_bring_it_again(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    withdraw(phone, blobs)
    put_back(yesterday, settings, keys_too=True)
    actions.replay(blobs)
    full = {**CANARIES, "contact": "yes", "photo": "face-7f3a.jpg"}
    for instance in (told("uuid:canary-1", **full), told("uuid:new", edits="uuid:canary-2")):
        assert phone.send(instance, {"face-7f3a.jpg": PHOTO}).status_code == 202
    erased()
    with db.reading() as session:
        assert counting.conservation(session, phone.project_id).holds


def test_a_narrower_consent_survives_a_backup_too(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    actions.withdraw_record(
        SYSTEM, phone.project_id, "uuid:canary-2", "asked", blobs=blobs, scopes=["stats"]
    )
    put_back(yesterday, settings, keys_too=True)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Person.stats)) == 2
    actions.replay(blobs)
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Person.stats)) == 1


@pytest.mark.parametrize("was_here", [False, True])
def test_a_code_that_a_record_carried_is_remembered_through_a_backup(
    phone: Phone,
    app: Flask,
    blobs: LocalBlobs,
    settings: Settings,
    tmp_path_factory: Any,
    was_here: bool,
) -> None:
    """Also where the backup is older than the record, or has another with the same code."""
    before = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    assert phone.send(told("uuid:1", code=CODE)).status_code == 201
    after = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    actions.ask_by_code(phone.project_id, CODE, network="n", blobs=blobs)
    put_back(after if was_here else before, settings, keys_too=was_here)
    actions.replay(blobs)
    assert phone.send(told("uuid:2", code=CODE)).status_code == 201
    assert actions.honour_codes(blobs) == 1
    assert left() == 0
    with db.reading() as session:
        assert session.scalars(sa.select(Withdrawal.state)).all() == ["done"]


def test_where_nothing_was_put_back_a_start_writes_nothing(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send_all(phone, app)
    withdraw(phone, blobs)
    wrote: list[str] = []

    def listen(_c: Any, _cursor: Any, sql: str, *_rest: Any) -> None:
        if not sql.lstrip().upper().startswith(("SELECT", "BEGIN")):
            wrote.append(sql)

    sa.event.listen(db.current().writer, "before_cursor_execute", listen)
    assert actions.replay(blobs) == 0
    sa.event.remove(db.current().writer, "before_cursor_execute", listen)
    assert wrote == []


def test_looking_for_what_came_back_reads_no_table_from_end_to_end(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send_all(phone, app)
    withdraw(phone, blobs)
    if not db.current().is_sqlite:
        return  # a small table is always read whole there
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, sql: str, given: Any, *_rest: Any) -> None:
        if sql.lstrip().startswith("SELECT") and "submissions" in sql:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given)
            plans.extend(str(row[-1]) for row in cursor.fetchall())

    sa.event.listen(db.current().reader, "before_cursor_execute", explain)
    actions.replay(blobs)
    actions.honour_codes(blobs)
    actions.erase_late(phone.project_id, [uuid.uuid4()], blobs)
    sa.event.remove(db.current().reader, "before_cursor_execute", explain)
    assert len(plans) > 2
    assert [plan for plan in plans if plan.startswith("SCAN")] == []


def test_facts_that_a_rebuild_brought_back_meanwhile_go_again(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    """A rebuild sees one moment: on PostgreSQL an erasure may fall into it."""
    phone.send(told("uuid:canary-1"))
    with db.reading() as session:
        row = dict(session.execute(sa.select(Person.__table__)).mappings().one())
    withdraw(phone, blobs)
    with db.unit_of_work() as session:
        session.execute(sa.insert(Person), row)
        facts.drop_uncounted(session, phone.project_id)
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 0


# --- kills --------------------------------------------------------------------------------------
def as_left(settings: Settings) -> tuple[int, int]:
    """(erased instances, entries of erasures) in the database of a process that was killed."""
    engine = sa.create_engine(settings.database_url)
    gone = sa.select(sa.func.count()).where(Submission.state == State.ERASED)
    entries = sa.select(sa.func.count()).where(AuditEntry.action == "consent.withdraw")
    with engine.connect() as connection:
        found = connection.scalar(gone) or 0, connection.scalar(entries) or 0
    engine.dispose()
    return found


@pytest.mark.parametrize(
    "point",
    [
        "after_erasure_listed",
        "after_erasure_commit",
        "after_keys_destroyed",
        "after_blobs_removed",
    ],
)
def test_s45_s49_an_erasure_that_is_killed_anywhere_is_finished_at_the_next_start(
    phone: Phone, app: Flask, settings: Settings, tmp_path_factory: Any, point: str
) -> None:
    send_all(phone, app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    close()
    assert withdraw_and_be_killed(settings, CODE, point) == -signal.SIGKILL
    erased_rows, entries = as_left(settings)
    assert entries == bool(erased_rows) == (point != "after_erasure_listed")
    again = create_app(settings)
    assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
    erased()
    assert opened(yesterday, every_key()) == 1
    held = disk(settings)
    assert CANARIES["name"].encode() not in held
    assert b"uuid:canary-1" not in held
    with db.reading() as session:
        assert session.scalars(sa.select(Withdrawal.state)).all() == ["done"]


def test_s45_copies_that_were_made_of_files_go_with_them(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    """A clean copy and a small one of the record's photo, and of the one its edit keeps."""
    photo = {"a.jpg": media_files.jpeg()}
    assert phone.send(told("uuid:1", photo="a.jpg"), photo).status_code == 201
    assert phone.send(told("uuid:2", edits="uuid:1", photo="a.jpg")).status_code == 201
    drain(app)
    yesterday = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    assert len(yesterday.rows["prepared_files"]) == 4
    assert opened(yesterday, every_key()) == 2 + 1 + 4
    asked = actions.withdraw_record(SYSTEM, phone.project_id, "uuid:2", "asked", blobs=blobs)
    assert asked.status == "done"
    assert not list(blobs.older_than(2e10))
    assert opened(yesterday, every_key()) == 0
    put_back(yesterday, settings, keys_too=True)
    assert actions.replay(blobs) == 2
    assert not list(blobs.older_than(2e10))
    assert opened(yesterday, every_key()) == 0
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PreparedFile)) == 0
