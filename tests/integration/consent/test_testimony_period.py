"""What was told goes before the record does, where a project says so: by a key of its own."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from service.accounts.actor import SYSTEM
from service.app import create_app
from service.consent import actions
from service.consent.periods import Periods
from service.facts import actions as facts
from service.facts.tables import Need, Person
from service.foundation import clock, db, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.settings import Settings
from service.intake.actions.sealed import sealed_xml
from service.intake.queries import counting
from service.intake.tables import Attachment, PreparedFile, Submission, SubmissionXml
from service.review.actions import comments
from service.review.actions.parting_stored import part_stored
from service.review.queries import records
from service.review.queries.records import RecordTold
from tests import media_files, unsealed
from tests.conftest import close, drain
from tests.factories import Phone
from tests.integration.consent.installation import back_up, do_and_be_killed, key_rows, put_back
from tests.survivors import a_survivors_phone, told

START = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
OVER = dt.datetime(2027, 5, 22, 3, tzinfo=dt.UTC)
"""Six months and two days later."""
NAME, WORDS = "ក-name-7f3a", "ក-words-7f3a"
MINE = told("uuid:mine", name=NAME, wish=WORDS, need_text=WORDS, photo="face.jpg")
PHOTO = media_files.jpeg()


@pytest.fixture
def phone(app: Flask) -> Iterator[Phone]:
    with clock.frozen(START):
        yield a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def send(phone: Phone, app: Flask) -> None:
    with clock.frozen(START):
        assert phone.send(MINE, {"face.jpg": PHOTO}).status_code == 201
        drain(app)
    with clock.frozen(START + dt.timedelta(days=80)):
        assert phone.send(told("uuid:young", wish="young words")).status_code == 201
        drain(app)
    with db.unit_of_work() as session:
        actions.set_periods(session, SYSTEM, 1, Periods(testimony_months=6))


def look(blobs: LocalBlobs, at: dt.datetime) -> None:
    with clock.frozen(at):
        assert actions.erase_what_is_over(1, blobs)


def look_daily(blobs: LocalBlobs, until: dt.datetime) -> None:
    for days in range(40, -1, -5):
        look(blobs, until - dt.timedelta(days=days))


def mine(session: Session) -> RecordTold:
    of_it = sa.select(Submission.submission_pk).where(Submission.instance_id == "uuid:mine")
    found = records.find_by_key(session, 1, session.scalars(of_it).one())
    assert found is not None
    return found


def texts() -> str:
    with db.reading() as session:
        return b"".join(unsealed.xmls(session)).decode()


def count(table: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def gone(app: Flask, blobs: LocalBlobs) -> None:
    """Words, pictures and their keys; nothing else."""
    assert WORDS not in texts()
    assert NAME in texts()
    assert "young words" in texts()
    assert list(blobs.older_than(2e10)) == []
    assert count(PreparedFile) == 0
    with db.reading() as session:
        (file,) = session.scalars(sa.select(Attachment))
        assert keys.current().find(1, file.key_pk) is None  # type: ignore[arg-type]
        assert counting.conservation(session, 1).holds
        states = set(session.scalars(sa.select(Submission.state)))
    assert states == {"current"}
    with clock.frozen(OVER + dt.timedelta(minutes=1)):
        drain(app)
    assert (count(Person), count(Need)) == (2, 2)
    with db.reading() as session:
        live = facts.describe(session, 1).sha256
    with db.unit_of_work() as session:
        assert facts.rebuild(session, 1).sha256 == live


def test_s45_words_pictures_and_voices_go_and_who_somebody_is_stays(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send(phone, app)
    held = len(key_rows())
    look_daily(blobs, OVER - dt.timedelta(days=3))
    assert WORDS in texts()
    with db.reading() as session, clock.frozen(OVER - dt.timedelta(days=3)):
        assert actions.tell_due(session, SYSTEM, 1, days=3).told == 1
    look(blobs, OVER)
    gone(app, blobs)
    assert len(key_rows()) == held - 4, "of the words, the picture, and what was made of it"
    with db.reading() as session, clock.frozen(OVER):
        assert actions.tell_due(session, SYSTEM, 1, days=0).told == 0
        entries = sa.select(AuditEntry.details).where(AuditEntry.action == "retention.erase")
        assert [one["told"] for one in session.scalars(entries)] == [1]
    look(blobs, OVER + dt.timedelta(days=1))
    with db.reading() as session:
        assert len(session.scalars(entries).all()) == 1, "what is gone is not found again"


def test_s45_a_phone_that_sends_it_again_brings_nothing_told_back(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send(phone, app)
    look_daily(blobs, OVER)
    with clock.frozen(START):  # within the life of its token
        assert b"submit_duplicate" in phone.send(MINE, {"face.jpg": PHOTO}).data
    gone(app, blobs)


def test_s45_a_backup_that_is_put_back_has_none_of_it_before_the_first_answer(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, tmp_path_factory: Any
) -> None:
    send(phone, app)
    backup = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    look_daily(blobs, OVER)
    put_back(backup, settings, keys_too=True)
    assert WORDS in texts()
    close()
    again = create_app(settings)
    assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
    assert WORDS not in texts()
    assert NAME in texts()
    assert list(LocalBlobs(settings.blobs_dir).older_than(2e10)) == []


@pytest.mark.parametrize(
    "at",
    ["after_erasure_commit", "after_keys_destroyed", "after_blobs_removed"],
)
def test_s45_s49_killed_anywhere_it_is_finished_at_the_next_start(
    phone: Phone, app: Flask, blobs: LocalBlobs, settings: Settings, at: str
) -> None:
    send(phone, app)
    look_daily(blobs, OVER - dt.timedelta(days=3))
    act = (
        "\nimport datetime as dt; from service.foundation import clock\n"
        f"with clock.frozen(dt.datetime.fromisoformat({OVER.isoformat()!r})):\n"
        "    actions.erase_what_is_over(1, app.extensions['samleng.blobs'])"
    )
    assert do_and_be_killed(settings, act, at) == -signal.SIGKILL
    close()
    again = create_app(settings)
    again.test_client().get("/readyz", base_url=settings.public_url)
    gone(again, LocalBlobs(settings.blobs_dir))


def test_s45_what_an_earlier_release_sealed_whole_is_put_apart_first(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    send(phone, app)
    with db.unit_of_work() as session:
        record = mine(session)
        comments.add_comment(session, SYSTEM, 1, record, "to be kept")
    with db.unit_of_work() as session:
        for row in session.scalars(sa.select(SubmissionXml)):
            whole = sealed_xml(1, row.submission_pk, unsealed.opened(row, row.submission_pk))
            was, row.xml, row.key_pk = row.key_pk, whole["xml"], whole["key_pk"]
            session.flush()
            comments.seal_again(session, 1, row.submission_pk, was)  # type: ignore[arg-type]
            row.identity_key_pk = row.testimony_key_pk = None
    with db.reading() as session:
        before = {row.key_pk for row in session.scalars(sa.select(SubmissionXml)) if row.key_pk}
    assert not part_stored(1, lambda: True), "as one that is stopped, or killed"
    assert part_stored(1, lambda: False)
    look_daily(blobs, OVER)
    gone(app, blobs)
    with db.unit_of_work() as session:
        record = mine(session)
        said = comments.list_comments(session, SYSTEM, 1, record)
        assert [one.body for one in said] == ["to be kept"]
    with db.reading() as session:
        rows = {row.submission_pk: row for row in session.scalars(sa.select(SubmissionXml))}
    kept = {row.replaced_key_pk for row in rows.values()} - {None}
    assert kept < before
    assert keys.current().held(1, before) == kept, "of who is young still"
