"""Legal holds: two people keep a record; taken back meanwhile, it is used by nobody, and goes when
the hold ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts.actor import SYSTEM, Actor
from service.consent import actions, queries
from service.consent.actions import holding
from service.consent.periods import Look
from service.consent.requests import Status
from service.consent.tables import LegalHold, Withdrawal
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.facts.tables import Consent, Person
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import INVALID_PARAMETER, SECOND_PERSON_NEEDED, Problem
from service.intake.tables import State, Submission
from tests.conftest import drain
from tests.factories import Phone
from tests.survivors import a_survivors_phone, told

START = dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC)
OVER = dt.datetime(2028, 11, 22, 3, tzinfo=dt.UTC)
CODE = "7K2M-9QXT-4RWD"
_HIDDEN = AuditEntry.action == "consent.hide"
CHANTHOU, BOPHA = replace(SYSTEM, id=71), replace(SYSTEM, id=72)


@pytest.fixture
def phone(app: Flask) -> Iterator[Phone]:
    with clock.frozen(START):
        found = a_survivors_phone(app.test_client())
        for number in (1, 2):
            code = CODE if number == 1 else ""
            assert found.send(told(f"uuid:{number}", code=code, name="សុខ")).status_code == 201
        drain(app)
        yield found


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


def hold(phone: Phone, until: str, record: str = "uuid:1", by: Actor = BOPHA) -> LegalHold:
    with unit_of_work() as session:
        holding.ask(session, CHANTHOU, phone.project_id, record, "court", until)
    with reading() as session:
        found = queries.list_holds(session, phone.project_id, 1)[0]
    with unit_of_work() as session:
        holding.agree(session, by, phone.project_id, found.hold_pk)
    return found


def states() -> list[State]:
    """Of the first record and of the second."""
    with reading() as session:
        query = sa.select(Submission.state).order_by(Submission.submission_pk)
        return list(session.scalars(query))


def look(app: Flask, phone: Phone, at: dt.datetime) -> None:
    with clock.frozen(at):
        with unit_of_work() as session:
            past = Look(looked_at=at - dt.timedelta(days=1), erases_from=at - dt.timedelta(days=9))
            queries.put_look(session, phone.project_id, past)
        actions.erase_what_is_over(phone.project_id, app.extensions["samleng.blobs"])


def count(kind: type) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def usable() -> set[Purpose]:
    """Purposes for which anything of the first record may be used."""
    with reading() as session:
        pk = session.scalar(
            sa.select(Submission.submission_pk).where(Submission.instance_id == "uuid:1")
        )
        assert pk is not None
        day = clock.today()
        return {one for one in Purpose if facts.may_use(session, 1, pk, one, day)}


def test_what_is_held_outlives_its_period_and_goes_after_the_hold(app: Flask, phone: Phone) -> None:
    hold(phone, "2028-11-19")
    with clock.frozen(OVER - dt.timedelta(days=4)):
        hold(phone, "2029-01-10")
    look(app, phone, OVER)
    assert states() == [State.CURRENT, State.EXPIRED]
    look(app, phone, dt.datetime(2029, 1, 11, 3, tzinfo=dt.UTC))
    assert states() == [State.EXPIRED, State.EXPIRED]


def test_nothing_is_held_until_a_second_person_agrees(app: Flask, phone: Phone) -> None:
    with pytest.raises(Problem) as refused:
        hold(phone, "2028-11-19", by=CHANTHOU)
    assert refused.value.kind is SECOND_PERSON_NEEDED
    look(app, phone, OVER)
    assert states() == [State.EXPIRED, State.EXPIRED]


def test_taken_back_under_a_hold_it_is_used_by_nobody_and_erased_when_that_ends(
    app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    found = hold(phone, "2027-11-19")
    assert Purpose.COUNT in usable()
    actions.ask_by_code(phone.project_id, CODE, network="n", blobs=blobs)
    assert usable() == set(), "at once, before any job ran"
    drain(app)
    assert usable() == set()
    assert states()[0] is State.CURRENT
    with reading() as session:
        (row,) = session.scalars(sa.select(Withdrawal)).all()
    assert (row.state, row.done_at) == (Status.HELD, None)
    holding.end(BOPHA, phone.project_id, found.hold_pk, blobs)
    assert states()[0] is State.ERASED
    with reading() as session:
        (row,) = session.scalars(sa.select(Withdrawal)).all()
        said = list(
            session.scalars(
                sa.select(AuditEntry.action).where(
                    sa.or_(AuditEntry.action.startswith("hold."), _HIDDEN)
                )
            )
        )
    assert (row.state, row.instances) == (Status.DONE, 1)
    assert sorted(said) == ["consent.hide", "hold.agree", "hold.ask", "hold.end"]
    assert count(Person) == 1


def test_a_hold_that_ran_out_lets_go_of_what_was_taken_back(
    app: Flask, phone: Phone, blobs: LocalBlobs
) -> None:
    hold(phone, "2026-12-01")
    actions.withdraw_record(CHANTHOU, phone.project_id, "uuid:1", "asked", blobs=blobs)
    look(app, phone, dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC))
    assert states()[0] is State.CURRENT
    look(app, phone, dt.datetime(2026, 12, 2, 3, tzinfo=dt.UTC))
    assert states()[0] is State.ERASED


def test_a_start_leaves_it_hidden_and_held(app: Flask, phone: Phone, blobs: LocalBlobs) -> None:
    hold(phone, "2027-11-19")
    actions.withdraw_record(CHANTHOU, phone.project_id, "uuid:1", "asked", blobs=blobs)
    actions.replay(blobs)
    assert usable() == set()
    assert states()[0] is State.CURRENT
    with reading() as session:
        assert set(session.scalars(sa.select(Withdrawal.state))) == {Status.HELD}
        assert session.scalar(sa.select(sa.func.count()).select_from(Consent)) == 2


@pytest.mark.parametrize("until", ["2026-11-19", "2029-01-01", "soon", ""])
def test_a_hold_has_a_last_day_within_two_years(phone: Phone, until: str) -> None:
    with pytest.raises(Problem) as refused:
        hold(phone, until)
    assert refused.value.kind is INVALID_PARAMETER
