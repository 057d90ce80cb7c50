"""Who says on the form that nothing is to be kept is counted as a refusal; nothing else stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from service.consent import actions
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts.tables import Consent, Person
from service.foundation import db, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.settings import Settings
from service.intake.queries import counting, erasing
from service.intake.tables import Attachment, PreparedFile, State, Submission, SubmissionXml
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone
from tests.integration.consent.installation import back_up, put_back
from tests.survivors import a_survivors_phone, told

NAME = "a name that nobody may keep"


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def refuse(phone: Phone, app: Flask, **answers: str) -> str:
    record = told("uuid:no", name=NAME, store="no", photo="a.jpg", **answers)
    assert phone.send(record, {"a.jpg": media_files.jpeg()}).status_code == 201
    drain(app)
    return record


def held() -> list[int]:
    """Of XML, files, copies of files, persons."""
    with db.reading() as session:
        return [
            session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in (SubmissionXml, Attachment, PreparedFile, Person)
        ]


def states() -> list[State]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Submission.state).order_by(Submission.submission_pk)))


def refusals() -> list[tuple[list[str], str]]:
    with db.reading() as session:
        return [(row.refused, row.adm1) for row in session.scalars(sa.select(Consent))]


def test_s44_of_a_refusal_a_tally_is_kept_and_nothing_else(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    record = told("uuid:no", name=NAME, store="no", photo="a.jpg")
    phone.send(record, {"a.jpg": media_files.jpeg()})
    with db.reading() as session:
        sent = list(session.scalars(sa.select(Submission.submission_pk)))
        opening, _ = erasing.what_is_held(session, phone.project_id, sent)
    assert len(opening) == 2
    drain(app)
    assert held() == [0, 0, 0, 0]
    assert refusals() == [(["store"], "02")]
    assert states() == [State.EXPIRED]
    assert not keys.current().held(phone.project_id, opening), "and no key that opens a copy"
    assert not [one for one in blobs.root.rglob("*") if one.is_file() and one.stat().st_size > 200]
    with db.reading() as session:
        [row] = session.scalars(sa.select(Submission))
        assert (row.instance_id, row.user_agent, row.device_key) == ("", "", None)
        [withdrawal] = session.scalars(sa.select(Withdrawal))
        assert (withdrawal.channel, withdrawal.instances) == ("refused", 1)


def test_s46_what_was_refused_and_comes_again_is_answered_and_kept_nowhere(
    phone: Phone, app: Flask
) -> None:
    record = refuse(phone, app)
    assert phone.send(record, {"a.jpg": media_files.jpeg()}).status_code == 202
    assert phone.send(told("uuid:no", name=NAME)).status_code == 202, "whatever it says then"
    drain(app)
    assert held() == [0, 0, 0, 0]
    assert states() == [State.EXPIRED]
    assert len(refusals()) == 1


def test_computing_everything_again_leaves_the_tally(phone: Phone, app: Flask) -> None:
    phone.send(told("uuid:yes"))
    refuse(phone, app)
    with db.reading() as session:
        before = facts.describe(session, phone.project_id)
    with db.unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id) == before
    assert before.counts["consents"] == 2


def test_an_edit_that_says_yes_later_waits_for_a_person(phone: Phone, app: Flask) -> None:
    refuse(phone, app)
    assert phone.send(told("uuid:later", edits="uuid:no", name=NAME)).status_code == 202
    drain(app)
    assert states() == [State.EXPIRED, State.QUEUED]


def test_an_edit_that_says_no_erases_nobody(phone: Phone, app: Flask) -> None:
    """It opens nothing any more; to erase is asked for by a person."""
    phone.send(told("uuid:yes", name=NAME))
    phone.send(told("uuid:edit", edits="uuid:yes", store="no"))
    drain(app)
    assert states() == [State.SUPERSEDED, State.CURRENT]
    assert held()[0] == 2


def test_s46_a_backup_that_is_put_back_is_cleaned_of_refusals(
    phone: Phone,
    app: Flask,
    blobs: LocalBlobs,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    phone.send(told("uuid:no", name=NAME, store="no"))
    backup = back_up(settings, tmp_path_factory.mktemp("backup") / "blobs")
    drain(app)
    put_back(backup, settings, keys_too=True)
    assert held()[0] == 1
    actions.replay(blobs)
    drain(app)
    assert held() == [0, 0, 0, 0]
    assert states() == [State.EXPIRED]


def test_what_is_received_is_still_all_accounted_for(phone: Phone, app: Flask) -> None:
    phone.send(told("uuid:yes"))
    refuse(phone, app)
    with db.reading() as session:
        counted = counting.conservation(session, phone.project_id)
    assert counted.erased == 1
    assert counted.holds
