"""Uses that were taken back stay taken back: through a kill, a race, a backup and a rebuild."""

from __future__ import annotations

import signal
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM
from service.app import create_app
from service.consent import actions
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts import queries as fact_queries
from service.facts.actions import projecting
from service.facts.scopes import Purpose
from service.facts.tables import Consent, NarrowedConsent, Person
from service.foundation import clock, db
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.settings import Settings
from service.intake.actions import storing
from service.intake.tables import State, Submission
from tests.conftest import close, drain
from tests.factories import Phone
from tests.integration.consent.installation import withdraw_and_be_killed
from tests.survivors import a_survivors_phone, told

CODE = "7K2M-9QXT-4RWD"


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_survivors_phone(app.test_client())


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def counted(project_id: int = 1) -> int:
    with db.reading() as session:
        seen = fact_queries.usable(Person, Purpose.COUNT, project_id, clock.now().date())
        return session.scalar(sa.select(sa.func.count()).select_from(seen)) or 0


def current() -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(
            sa.select(Submission.submission_pk).where(Submission.state == State.CURRENT)
        ).one()


def narrow(phone: Phone, blobs: LocalBlobs, instance_id: str = "uuid:1") -> None:
    asked = actions.withdraw_record(
        SYSTEM, phone.project_id, instance_id, "asked", blobs=blobs, scopes=["stats", "contact"]
    )
    assert asked.status == "done"


@pytest.mark.parametrize("point", ["after_narrowing_listed", "after_narrowing_commit"])
def test_s45_a_narrowing_that_is_killed_anywhere_holds_before_the_next_answer(
    phone: Phone, app: Flask, settings: Settings, point: str
) -> None:
    assert phone.send(told("uuid:1", code=CODE)).status_code == 201
    assert counted() == 1
    close()
    assert withdraw_and_be_killed(settings, CODE, point, scopes=("stats",)) == -signal.SIGKILL
    again = create_app(settings)
    assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
    assert counted() == 0  # and no job has run
    drain(again)
    assert counted() == 0
    with db.reading() as session:
        assert session.scalars(sa.select(Withdrawal.state)).all() == ["done"]
        done = sa.select(AuditEntry.action).where(AuditEntry.action.startswith("consent.narrow"))
        was_listed = point == "after_narrowing_listed"
        assert session.scalars(done).all() == [
            "consent.narrow_again" if was_listed else "consent.narrow"
        ]


def test_s45_what_is_denied_at_once_is_what_computing_it_again_finds(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    assert phone.send(told("uuid:1", media="yes", contact="yes")).status_code == 201
    assert phone.send(told("uuid:2", media="yes", contact="yes")).status_code == 201
    narrow(phone, blobs)
    actions.withdraw_record(
        SYSTEM, phone.project_id, "uuid:2", "asked", blobs=blobs, scopes=["publish_media"]
    )
    with db.reading() as session:
        at_once = facts.describe(session, phone.project_id).sha256
    drain(app)
    with db.reading() as session:
        assert facts.describe(session, phone.project_id).sha256 == at_once
    with db.unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == at_once


def test_s45_a_job_that_read_before_a_narrowing_does_not_undo_it(
    phone: Phone, app: Flask, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert phone.send(told("uuid:1")).status_code == 201
    drain(app)
    real = projecting.commit_together

    def late(write: Any) -> Any:
        monkeypatch.setattr(projecting, "commit_together", real)
        narrow(phone, blobs)
        assert counted() == 0
        return real(write)

    monkeypatch.setattr(projecting, "commit_together", late)
    facts.project_received(phone.project_id, [current()])
    assert counted() == 0
    drain(app)
    assert counted() == 0


def test_s45_a_narrowing_holds_for_an_edit_that_comes_later(
    phone: Phone, app: Flask, blobs: LocalBlobs
) -> None:
    assert phone.send(told("uuid:1")).status_code == 201
    narrow(phone, blobs)
    assert phone.send(told("uuid:2", edits="uuid:1", age="45")).status_code == 201
    drain(app)
    assert counted() == 0
    with db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1


def test_facts_that_a_killed_narrowing_of_an_earlier_release_left_are_mended_by_a_rebuild(
    phone: Phone, app: Flask
) -> None:
    """It noted what was taken back, and died before it computed the facts again."""
    assert phone.send(told("uuid:1")).status_code == 201
    with db.unit_of_work() as session:
        record = {"project_id": phone.project_id, "record_pk": current(), "scopes": 1 << 3}
        more = {"withdrawal_pk": uuid.uuid4(), "narrowed_on": clock.now().date()}
        session.execute(sa.insert(NarrowedConsent), {**record, **more})
        assert session.scalar(sa.select(Consent.stats))
    assert counted() == 1
    with db.unit_of_work() as session:  # `flask facts rebuild`
        facts.rebuild(session, phone.project_id)
    assert counted() == 0


@pytest.mark.parametrize("scopes", [(), ("stats",)])
def test_s45_an_edit_that_is_being_stored_meanwhile_is_taken_back_with_its_record(
    phone: Phone,
    app: Flask,
    blobs: LocalBlobs,
    monkeypatch: pytest.MonkeyPatch,
    scopes: tuple[str, ...],
) -> None:
    """PostgreSQL: the withdrawal waits for the edit's lock, and its first look is of before."""
    if db.current().is_sqlite:
        return  # one writer
    assert phone.send(told("uuid:1")).status_code == 201
    real, is_stored, go_on = storing.carry_files, threading.Event(), threading.Event()

    def late(*given: Any) -> None:
        real(*given)
        is_stored.set()
        assert go_on.wait(30)

    monkeypatch.setattr(storing, "carry_files", late)
    other = Phone(
        client=app.test_client(), project_id=phone.project_id, token=phone.token, id=phone.id
    )
    edit = threading.Thread(target=other.send, args=(told("uuid:2", edits="uuid:1"),))
    edit.start()
    assert is_stored.wait(30)
    asked = threading.Thread(
        target=actions.withdraw_record,
        args=(SYSTEM, phone.project_id, "uuid:1", "asked"),
        kwargs={"blobs": blobs, "scopes": scopes},
    )
    asked.start()
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(3000):
        with db.reading() as session:
            if session.scalar(waits):
                break
    go_on.set()
    for thread in (edit, asked):
        thread.join(30)
        assert not thread.is_alive()
    drain(app)
    assert counted() == 0
    with db.reading() as session:
        alive = session.scalars(
            sa.select(Submission.instance_id).where(Submission.state == State.CURRENT)
        ).all()
    assert alive == ([] if not scopes else ["uuid:2"])
