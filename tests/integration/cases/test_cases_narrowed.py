"""What somebody takes back by the paper, not at a visit, holds in the office too; and nothing that
is written while somebody takes everything back stays. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.cases.tables import Case, CaseVisit
from service.consent import actions as withdrawing
from service.consent.actions import erasing
from service.consent.requests import Reason
from service.facts.tables import NeedState, PersonDenial
from service.foundation import clock, db, ids
from service.foundation.db import reading
from service.foundation.problems import BUSY, Problem
from service.persons.verdicts import Verdict
from tests.integration.cases.conftest import HOUSEHOLD, Cases, met, person
from tests.integration.cases.test_joined_cases import say

LEG, TALK = ("reh_prosthesis", "p2"), ("psy_peer", "p1")
SOON_S = 20
SETTLES_S = 0.7
"""By then the other has come as far as to the lock."""


def narrow(site: Cases, instance_id: str, *scopes: str) -> None:
    """These uses of the record are taken back, as by its code."""
    order = erasing.Order(
        project_id=site.project_id,
        withdrawal_pk=ids.new_uuid(),
        channel="paper",
        reason=Reason.OTHER,
        asked_at=clock.now(),
        scopes=frozenset(scopes),
    )
    erasing.carry_out(order, [site.key(instance_id)], site.blobs)
    site.work()


def test_s44_a_yes_of_a_visit_ends_with_what_is_taken_back_of_the_record(site: Cases) -> None:
    told = site.assess(person(LEG), c_share_case="no")
    site.visit()
    assert site.case().may_share is True
    narrow(site, told, "share_case")
    assert site.case().may_share is None, "the record says, and it says no"
    site.visit(today=clock.now().date().isoformat())
    assert site.case().may_share is None, "nor does a visit of that very day bring it back"


def test_s44_what_is_taken_back_of_a_visit_was_refused_at_it(site: Cases) -> None:
    site.assess(person(LEG))
    visited = site.visit()
    narrow(site, visited, "share_case", "contact")
    assert (site.case().may_share, site.case().may_contact) == (False, False)
    assert (site.rows("cases"), site.rows("open_needs")) == ([], [])


@contextmanager
def held_at(statement: str) -> Iterator[tuple[threading.Event, threading.Event]]:
    """(it is there, it may go on) of whoever comes to such a statement first."""
    there, go_on = threading.Event(), threading.Event()

    def wait(_c: Any, _k: Any, said: str, *_: Any) -> None:
        if statement in said and not there.is_set():
            there.set()
            assert go_on.wait(SOON_S)

    engine = db.current().writer
    sa.event.listen(engine, "before_cursor_execute", wait)
    try:
        yield there, go_on
    finally:
        go_on.set()
        sa.event.remove(engine, "before_cursor_execute", wait)


def taken_back_at(site: Cases, statement: str, told: str) -> None:
    """The worker has come to this statement when somebody takes the record back."""
    failed: list[BaseException] = []

    def run(what: Callable[[], Any]) -> None:
        try:
            try:
                what()
            except Problem as problem:
                if problem.kind is not BUSY:
                    raise
                what()  # two waited for each other, and one of them is asked again
        except BaseException as error:
            failed.append(error)

    def withdraw() -> None:
        withdrawing.withdraw_record(SYSTEM, site.project_id, told, "asked", blobs=site.blobs)

    with held_at(statement) as (there, go_on):
        working = threading.Thread(target=run, args=(site.work,))
        working.start()
        assert there.wait(SOON_S), "nobody came there"
        taking = threading.Thread(target=run, args=(withdraw,))
        taking.start()
        taking.join(SETTLES_S)
        go_on.set()
        working.join(SOON_S)
        taking.join(SOON_S)
    assert not failed, failed
    site.work()


def left() -> list[str]:
    with reading() as session:
        return [
            table.__tablename__
            for table in (Case, CaseVisit, NeedState, PersonDenial)
            if session.scalars(sa.select(table)).first() is not None
        ]


def test_s45_what_a_fold_writes_meanwhile_goes_with_the_record(site: Cases) -> None:
    told = site.assess(person(LEG))
    site.visit(met("reh_prosthesis"), c_stats="no")
    later = {"today": "2026-11-21", "c_store": "yes", "c_method": "signature", "found": "found"}
    site.send(
        "follow_up", {**later, "case_id": site.rows("cases")[0]["name"], "c_stats": "yes"},
        works=False,
    )  # fmt: skip
    taken_back_at(site, "person_denials", told)
    assert left() == []


@pytest.mark.parametrize("statement", ["INSERT INTO cases", "INSERT INTO case_ids"])
def test_s45_no_case_is_opened_for_somebody_who_takes_it_back_meanwhile(
    site: Cases, statement: str
) -> None:
    told = site.send("needs_assessment", {**HOUSEHOLD, "person": [person(LEG)]}, works=False)
    taken_back_at(site, statement, told)
    assert left() == []


def test_s45_no_visit_is_linked_that_is_taken_back_meanwhile(site: Cases) -> None:
    told = site.assess(person(LEG))
    [case] = site.rows("cases")
    visited = site.send(
        "follow_up",
        {"today": "2026-11-21", "c_store": "yes", "c_method": "signature", "found": "found",
         "case_id": case["name"]},
        works=False,
    )  # fmt: skip
    taken_back_at(site, "INSERT INTO case_visits", visited)
    assert "case_visits" not in left()
    assert site.case() is not None, told


def test_s45_what_a_fold_writes_of_a_joined_record_without_a_case_goes_with_it(
    site: Cases,
) -> None:
    site.assess(person(LEG, phone="012 345 678"))
    second = site.assess(
        person(LEG, phone="012 345 678"), today="2026-11-03", hh_id="X", c_contact="no"
    )
    gone = site.key(second)
    [case] = site.rows("cases")
    say(site, Verdict.SAME)
    site.send(
        "follow_up",
        {"today": "2026-11-20", "c_store": "yes", "c_contact": "yes", "c_method": "signature",
         "prov": "02", "case_id": case["name"], "visit_no": 1, "found": "found",
         "visited": [{"open_need": "x", **met("reh_prosthesis")}]},
        works=False,
    )  # fmt: skip
    taken_back_at(site, "DELETE FROM need_states", second)
    with reading() as session:
        assert session.scalars(sa.select(NeedState.record_pk)).all()
        theirs = sa.select(NeedState).where(NeedState.record_pk == gone)
        assert session.scalars(theirs).all() == []
