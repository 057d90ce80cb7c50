"""Who was assessed twice and is one person has one case; without the join, each has its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.cases.actions import JOINED
from service.cases.tables import Case, CaseNeed
from service.facts import actions as facts
from service.facts.tables import Need, NeedState, Person, PersonDenial
from service.foundation import clock, job_queue
from service.foundation.db import reading, unit_of_work
from service.persons.queries import pairs
from service.persons.verdicts import Verdict
from service.review import actions as removing
from service.review.removing import Why
from tests import visited
from tests.integration.cases.conftest import Cases, met, person

LEG, TALK, WASH = ("reh_prosthesis", "p2"), ("psy_peer", "p1"), ("sei_wash", "p3")


def say(site: Cases, verdict: Verdict) -> None:
    """Of the only pair, as if people had."""
    (pair,) = visited.pairs()
    with unit_of_work() as session:
        pairs.say(session, site.project_id, pair.pair_pk, verdict, None, clock.now())
        for leg in (pair.first_pk, pair.second_pk):
            job_queue.enqueue(session, project_id=site.project_id, event=JOINED, subject=leg)
    site.work()


def twice(site: Cases) -> tuple[str, str]:
    """He told a need in November and two in December; both are records of their own."""
    first = site.assess(person(LEG, phone="012 345 678"))
    second = site.assess(
        person(LEG, TALK, phone="012 345 678"), today="2026-12-01", hh_id="BTB-03-0018"
    )
    return first, second


def rows(table: Any) -> list[dict[str, Any]]:
    with reading() as session:
        found = session.execute(sa.select(*table.__table__.c))
        return sorted((dict(row._mapping) for row in found), key=str)


def everything(site: Cases) -> dict[str, Any]:
    """All that follows from cases: the office's, facts, and what phones hold."""
    phone = {
        (of, at): [{k: v for k, v in row.items() if not k.startswith("__")} for row in held]
        for of in ("cases", "open_needs")
        for at, by in enumerate((site.phone, site.other))
        for held in [sorted(site.rows(of, by), key=str)]
    }
    with reading() as session:
        described = facts.describe(session, site.project_id)
    return {"phones": phone, "facts": described} | {
        table.__tablename__: rows(table)
        for table in (Case, CaseNeed, NeedState, PersonDenial, Need, Person)
    }


def in_force() -> list[Any]:
    with reading() as session:
        query = sa.select(Case).where(Case.joined_to.is_(None)).order_by(Case.case_pk)
        return list(session.scalars(query))


def test_one_person_has_one_case_with_each_need_once(site: Cases) -> None:
    twice(site)
    oldest, newer = in_force()
    say(site, Verdict.SAME)
    [case] = in_force()
    assert (case.case_pk, case.code, case.open_needs, case.priority) == (
        oldest.case_pk, oldest.code, 2, "p1",
    )  # fmt: skip
    with reading() as session:
        joined = session.get_one(Case, (site.project_id, newer.case_pk))
    assert (joined.joined_to, joined.code) == (oldest.case_pk, newer.code)
    [row] = site.rows("cases")
    assert (row["code"], row["name"]) == (oldest.code, str(oldest.entity_id))
    needs = site.rows("open_needs")
    assert sorted(one["need_code"] for one in needs) == ["psy_peer", "reh_prosthesis"]
    assert {one["case"] for one in needs} == {str(oldest.entity_id)}


def test_taking_it_back_gives_each_its_case_as_if_never_joined(site: Cases) -> None:
    twice(site)
    before = everything(site)
    for verdict in (Verdict.APART, Verdict.DIFFERENT, Verdict.UNSURE, Verdict.AGAIN):
        say(site, Verdict.SAME)
        assert everything(site) != before
        say(site, verdict)
        assert everything(site) == before


def test_a_visit_to_either_code_is_a_visit_to_the_person(site: Cases) -> None:
    twice(site)
    [newer] = [row for row in site.rows("cases") if row["code"] == in_force()[1].code]
    say(site, Verdict.SAME)
    before = everything(site)
    site.visit(met("reh_prosthesis"), case_id=newer["name"], today="2026-12-10")
    [case] = in_force()
    assert (case.visits, case.open_needs) == (1, 1)
    with reading() as session:
        states = session.execute(sa.select(Need.need_code, Need.status)).all()
    told = [("psy_peer", "unmet"), *[("reh_prosthesis", "met")] * 2]
    assert sorted(map(tuple, states)) == told
    say(site, Verdict.APART)
    first, second = in_force()
    assert (first.visits, second.visits) == (0, 1)  # it named the second
    assert (first.open_needs, second.open_needs) == (1, 1)
    say(site, Verdict.SAME)
    assert everything(site) != before


def test_a_record_of_before_without_a_case_is_folded_in_and_let_go(site: Cases) -> None:
    """Who refused to be contacted at the second assessment is not to be visited for the first."""
    site.assess(person(LEG, phone="012 345 678"))
    again = person(("psy_peer", "p1"), phone="012 345 678")
    site.assess(again, today="2026-12-01", hh_id="BTB-03-0018", c_contact="no")
    assert len(site.rows("cases")) == 1
    before = everything(site)
    say(site, Verdict.SAME)
    [case] = in_force()
    assert (case.open_needs, case.priority) == (2, "p1")
    assert site.rows("cases") == site.rows("open_needs") == []
    say(site, Verdict.APART)
    assert everything(site) == before


def test_refusing_at_a_visit_holds_for_all_that_was_told_before(site: Cases) -> None:
    twice(site)
    before = everything(site)
    say(site, Verdict.SAME)
    site.visit(c_stats="no", today="2026-12-10")
    with reading() as session:
        assert session.scalars(sa.select(Person.stats)).all() == [False, False]
    say(site, Verdict.APART)
    with reading() as session:
        by_record = dict(session.execute(sa.select(Person.submission_pk, Person.stats)).all())
    assert sorted(by_record.values()) == [False, True]  # it named the first
    assert before["persons"] != rows(Person)


def test_an_edit_that_puts_a_join_in_doubt_parts_the_cases(site: Cases) -> None:
    _, second = twice(site)
    say(site, Verdict.SAME)
    other = person(LEG, TALK, name="ហេង វណ្ណា", sex="female", age=30)
    site.assess(other, today="2026-12-01", hh_id="X", meta={"deprecatedID": second})
    assert [one.open_needs for one in in_force()] == [1, 2]
    assert len(site.rows("cases")) == 2


def test_the_older_record_removed_erased_and_back(site: Cases) -> None:
    first, second = twice(site)
    oldest, newer = in_force()
    say(site, Verdict.SAME)
    joined = everything(site)
    keys = [site.key(first), site.key(second)]
    with unit_of_work() as session:
        removing.remove_record(session, SYSTEM, site.project_id, keys[0], Why.PRACTICE)
    site.work()
    [row] = site.rows("cases")
    assert row["code"] == newer.code
    with unit_of_work() as session:
        removing.restore_record(session, SYSTEM, site.project_id, keys[0])
    site.work()
    assert everything(site)["cases"] == joined["cases"]
    assert everything(site)["phones"] == joined["phones"]
    visited.erase(site.app, site.project_id, second)
    site.work()
    [row] = site.rows("cases")
    assert row["code"] == oldest.code
    assert [one["need_code"] for one in site.rows("open_needs")] == ["reh_prosthesis"]
    [case] = in_force()
    assert (case.open_needs, case.last_record_pk) == (1, None)


def test_facts_computed_again_are_the_same_while_joined(site: Cases) -> None:
    twice(site)
    say(site, Verdict.SAME)
    site.visit(met("reh_prosthesis"), today="2026-12-10")
    with reading() as session:
        live = facts.describe(session, site.project_id)
    with unit_of_work() as session:
        assert facts.rebuild(session, site.project_id) == live
