"""Cases open, follow and end by themselves, in whatever order things come; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.cases import actions as cases
from service.cases.actions import following
from service.cases.tables import Case
from service.consent import actions as withdrawing
from service.entities import actions as entities
from service.entities.queries import lists
from service.facts import actions as facts
from service.facts.tables import Need, NeedState, Person, PersonDenial
from service.forms import actions as forms
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.review import actions as removing
from service.review.actions import deciding
from service.review.actions.deciding import Decision
from service.review.removing import Why
from service.review.states import Stage
from tests.conftest import drain
from tests.integration.cases.conftest import (
    HOUSEHOLD,
    NAMES,
    VILLAGE,
    Cases,
    met,
    person,
    update,
)

LEG, TALK = ("reh_prosthesis", "p2"), ("psy_peer", "p1")


def test_a_case_opens_for_each_who_told_a_need_and_may_be_contacted(site: Cases) -> None:
    site.assess(person(LEG, TALK), person(name=NAMES[1]))
    case = site.case()
    assert (case.place, case.state, case.open_needs, case.priority) == (VILLAGE, "open", 2, "p1")
    assert case.due_on == dt.date(2026, 11, 5)
    assert site.case(1) is None  # no need
    with reading() as session:
        opened = sa.select(sa.func.count()).where(AuditEntry.action == "case.open")
        assert session.scalar(opened) == 1


def test_nobody_has_a_case_who_may_not_be_contacted(site: Cases) -> None:
    site.assess(person(LEG), c_contact="no", c_share_case="yes")
    assert site.case() is None
    cases.round_of_the_day(site.project_id)
    assert site.case() is None, "nor by the round that looks for whom a job missed"


def test_the_phone_gets_a_code_and_a_first_name_and_no_more(site: Cases) -> None:
    site.assess(person(LEG, TALK))
    [row] = site.rows("cases")
    code = site.case().code
    assert row["first_name"] == "វិបុល"
    assert {row["code"], row["label"]} == {code, f"វិបុល {code}"}
    assert (row["due_on"], row["visit_no"]) == ("2026-11-05", "0")
    assert NAMES[0].split()[0] not in "".join(row.values())
    needs = site.rows("open_needs")
    assert {(one["need_code"], one["status"], one["priority"], one["case"]) for one in needs} == {
        ("reh_prosthesis", "unmet", "p2", row["name"]), ("psy_peer", "unmet", "p1", row["name"]),
    }  # fmt: skip


def test_a_list_of_that_name_with_which_no_form_works_is_left_alone(site: Cases) -> None:
    with unit_of_work() as session:
        forms.delete_form(session, SYSTEM, site.project_id, "follow_up")
    site.assess(person(LEG))
    assert site.case().open_needs == 1
    with reading() as session:
        counted = lists.list_counted(session, site.project_id)
    assert {one.ref.name: one.entities for one in counted} == {"cases": 0, "open_needs": 0}


def test_a_visit_closes_a_need_where_the_person_says_so(site: Cases) -> None:
    site.assess(person(LEG, TALK))
    assert site.facts()[0] == 2
    site.visit(met("reh_prosthesis"), met("psy_peer", "no"), next_visit="2026-12-20")
    assert site.needs() == {"reh_prosthesis": "met", "psy_peer": "in_progress"}
    open_needs, needs = site.facts()
    assert open_needs == 1
    assert needs == {
        "reh_prosthesis": ("met", False, "unmet"), "psy_peer": ("in_progress", True, "unmet"),
    }  # fmt: skip
    [row] = site.rows("cases")
    assert (row["visit_no"], row["due_on"]) == ("1", "2026-12-20")
    assert {one["need_code"]: one["status"] for one in site.rows("open_needs")} == site.needs()


def test_a_need_told_at_a_visit_is_counted_with_its_person(site: Cases) -> None:
    site.assess(person(LEG))
    added = [{"new_need": "sei_wash", "priority": "p3"}]
    site.visit(met("reh_prosthesis"), has_new="yes", added=added)
    assert site.facts() == (
        1, {"reh_prosthesis": ("met", False, "unmet"), "sei_wash": ("unmet", True, None)},
    )  # fmt: skip
    assert len(site.rows("open_needs")) == 2


def test_a_need_that_a_correction_takes_out_leaves_the_phones(site: Cases) -> None:
    told = site.assess(person(LEG, TALK))
    site.assess(person(LEG), meta={"deprecatedID": told})
    assert site.needs() == {"reh_prosthesis": "unmet"}
    assert [one["need_code"] for one in site.rows("open_needs")] == ["reh_prosthesis"]
    assert site.facts()[0] == 1


def test_facts_computed_again_are_the_same_to_the_checksum(site: Cases) -> None:
    site.assess(person(LEG, TALK))
    site.visit(met("reh_prosthesis"), has_new="yes", added=[{"new_need": "sei_wash"}])
    with reading() as session:
        live = facts.describe(session, site.project_id)
    with unit_of_work() as session:
        assert facts.rebuild(session, site.project_id) == live


def test_two_phones_at_once_on_one_case_lose_nothing(site: Cases) -> None:
    """Both went offline with the same list; each found another need met, and both visits count."""
    site.assess(person(LEG, TALK))
    site.assess(person(name=NAMES[1]), hh_id="BTB-03-0018")
    with unit_of_work() as session:
        for name in ("cases", "open_needs"):
            entities.allow_phone(session, SYSTEM, site.project_id, name, site.other.id, "0204")
    before = site.rows("cases"), site.rows("open_needs")
    site.visit(met("reh_prosthesis"), next_visit="2026-12-01")
    case = before[0][0]
    need = next(one for one in before[1] if one["need_code"] == "psy_peer")
    meta = {"entity": update("open_needs", need)}
    second = {"open_need": need["name"], **met("psy_peer"), "meta": meta}
    site.send("follow_up", {
        "today": "2026-11-20", "c_store": "yes", "c_contact": "yes", "c_stats": "yes",
        "c_method": "signature", "prov": "02", "case_id": case["name"], "visit_no": 1,
        "found": "found", "visited": [second], "due_on": "2027-01-01",
        "meta": {"entity": update("cases", case)},
    }, by=site.other)  # fmt: skip
    assert set(site.needs().values()) == {"met"}
    assert (site.case().visits, site.case().state) == (2, "done")
    [row] = site.rows("cases")
    assert row["visit_no"] == "2"
    with reading() as session:
        open_ones = lists.list_counted(session, site.project_id)
    assert [one.conflicts for one in open_ones] == [0, 0], "the fold has settled it"


def test_a_visit_at_which_contact_is_refused_takes_the_case_off_phones(site: Cases) -> None:
    site.assess(person(LEG, TALK))
    site.visit(c_contact="no", c_share_case="no")
    assert (site.case().state, site.case().may_contact, site.case().may_share) == (
        "refused", False, False,
    )  # fmt: skip
    assert (site.rows("cases"), site.rows("open_needs")) == ([], [])
    assert site.facts()[0] == 2  # the need is not met by that


def test_what_is_taken_back_at_a_visit_counts_as_refused(site: Cases) -> None:
    site.assess(person(LEG))
    site.visit(consent_recheck="yes", withdraw_scopes="contact")
    assert site.rows("open_needs") == []


def test_what_is_refused_at_a_visit_holds_for_that_person_alone(site: Cases) -> None:
    site.assess(person(LEG), person(TALK, name=NAMES[1]))
    with unit_of_work() as session:
        for name in ("cases", "open_needs"):
            entities.allow_phone(session, SYSTEM, site.project_id, name, site.phone.id, "02")

    def counted() -> list[tuple[int, bool]]:
        with reading() as session:
            query = sa.select(Person.ordinal, Person.stats).order_by(Person.ordinal)
            return [(row.ordinal, row.stats) for row in session.execute(query)]

    case = next(one for one in site.rows("cases") if one["first_name"] == "វិបុល")
    said = {
        "c_store": "yes", "c_contact": "yes", "c_method": "signature", "prov": "02",
        "case_id": case["name"], "visit_no": 1, "found": "found",
    }  # fmt: skip
    site.send("follow_up", {"today": "2026-11-20", **said, "c_stats": "no"})
    assert counted() == [(0, False), (1, True)]
    with reading() as session:
        live = facts.describe(session, site.project_id)
    with unit_of_work() as session:
        assert facts.rebuild(session, site.project_id) == live
    site.send("follow_up", {"today": "2026-11-25", **said, "c_stats": "yes"})
    assert counted() == [(0, True), (1, True)]


def test_a_visit_that_is_rejected_is_as_if_it_had_not_been(site: Cases) -> None:
    site.assess(person(LEG))
    visited = site.visit(met("reh_prosthesis"))
    decide(site, visited, Stage.REJECTED)
    assert site.needs() == {"reh_prosthesis": "unmet"}
    assert site.facts()[0] == 1
    decide(site, visited, Stage.APPROVED)
    assert site.facts()[0] == 0


def decide(site: Cases, instance_id: str, stage: Stage) -> None:
    with unit_of_work() as session:
        deciding.make(
            session, SYSTEM, site.project_id, site.key(instance_id), Decision(stage=stage)
        )
    site.work()


def test_who_is_rejected_or_removed_leaves_phones_and_comes_back(site: Cases) -> None:
    told = site.assess(person(LEG))
    decide(site, told, Stage.REJECTED)
    assert (site.rows("cases"), site.rows("open_needs")) == ([], [])
    decide(site, told, Stage.APPROVED)
    assert len(site.rows("cases")) == 1
    key = site.key(told)
    with unit_of_work() as session:
        removing.remove_record(session, SYSTEM, site.project_id, key, Why.MISTAKE)
    site.work()
    assert (site.rows("cases"), site.rows("open_needs")) == ([], [])
    with unit_of_work() as session:
        removing.restore_record(session, SYSTEM, site.project_id, key)
    site.work()
    assert (len(site.rows("cases")), len(site.rows("open_needs"))) == (1, 1)


def test_a_visit_that_is_removed_hides_nobody(site: Cases) -> None:
    site.assess(person(LEG))
    key = site.key(site.visit(met("reh_prosthesis")))
    with unit_of_work() as session:
        removing.remove_record(session, SYSTEM, site.project_id, key, Why.PRACTICE)
    site.work()
    assert site.needs() == {"reh_prosthesis": "unmet"}
    assert [one["visit_no"] for one in site.rows("cases")] == ["0"]
    with unit_of_work() as session:
        removing.restore_record(session, SYSTEM, site.project_id, key)
    site.work()
    assert site.needs() == {"reh_prosthesis": "met"}


def test_who_takes_everything_back_is_nowhere(site: Cases) -> None:
    told = site.assess(person(LEG))
    site.visit(met("reh_prosthesis", "partly"))
    withdraw(site, told)
    assert site.case() is None
    assert (site.rows("cases"), site.rows("open_needs")) == ([], [])
    with reading() as session:
        for table in (NeedState, PersonDenial):
            assert session.scalars(sa.select(table)).all() == []


def test_a_visit_that_is_taken_back_is_forgotten_and_the_case_is_not(site: Cases) -> None:
    site.assess(person(LEG, TALK))
    before = site.rows("cases")[0]["name"]
    visited = site.visit(met("reh_prosthesis"))
    withdraw(site, visited)
    assert site.needs() == {"reh_prosthesis": "unmet", "psy_peer": "unmet"}
    [row] = site.rows("cases")
    assert row["name"] != before  # what was erased does not come back under its name
    assert (row["first_name"], row["visit_no"]) == ("វិបុល", "0")
    assert len(site.rows("open_needs")) == 2
    # A phone that was offline meanwhile knows it by the old name.
    site.send("follow_up", {
        "today": "2026-11-25", "c_store": "yes", "c_contact": "yes", "c_method": "signature",
        "prov": "02", "case_id": before, "visit_no": 1, "found": "found",
        "visited": [{"open_need": "x", **met("psy_peer")}],
    })  # fmt: skip
    assert site.needs() == {"reh_prosthesis": "unmet", "psy_peer": "met"}
    site.visit(met("reh_prosthesis"), today="2026-11-26")
    assert set(site.needs().values()) == {"met"}


def withdraw(site: Cases, instance_id: str) -> None:
    withdrawing.withdraw_record(SYSTEM, site.project_id, instance_id, "asked", blobs=site.blobs)
    site.work()


def test_a_phone_without_an_area_gets_the_villages_where_it_assessed_somebody(site: Cases) -> None:
    site.assess(person(LEG))
    assert site.rows("cases", site.other) == site.rows("open_needs", site.other) == []
    site.send("needs_assessment", {
        "today": "2026-11-03", "c_store": "yes", "c_contact": "yes", "c_method": "signature",
        "prov": "02", "dist": "0204", "comm": "020401", "vill": "02040102", "hh_id": "X-2",
        "person": [person(LEG, name=NAMES[1])],
    }, by=site.other)  # fmt: skip
    [row] = site.rows("cases", site.other)
    assert row["first_name"] == "សុផល"
    assert [one["first_name"] for one in site.rows("cases")] == ["វិបុល"]


@pytest.mark.parametrize("how", ["rejected", "removed"])
def test_s08_an_invented_record_opens_no_village_once_somebody_looked(
    site: Cases, how: str
) -> None:
    """Whoever found a phone can send that somebody lives anywhere."""
    site.assess(person(LEG))
    invented = site.send(
        "needs_assessment", {**HOUSEHOLD, "hh_id": "X", "person": [person(LEG, name="ក ខ")]},
        by=site.other,
    )  # fmt: skip
    assert len(site.rows("cases", site.other)) == 2
    if how == "rejected":
        decide(site, invented, Stage.REJECTED)
    else:
        with unit_of_work() as session:
            removing.remove_record(
                session, SYSTEM, site.project_id, site.key(invented), Why.MISTAKE
            )
        site.work()
    assert site.rows("cases", site.other) == site.rows("open_needs", site.other) == []


@pytest.mark.parametrize(("area", "count"), [("02", 1), ("020401", 1), ("0205", 0)])
def test_a_phone_with_an_area_gets_that(site: Cases, area: str, count: int) -> None:
    site.assess(person(LEG))
    with unit_of_work() as session:
        entities.allow_phone(session, SYSTEM, site.project_id, "cases", site.other.id, area)
    assert len(site.rows("cases", site.other)) == count


def test_of_one_household_each_speaks_for_themselves(site: Cases) -> None:
    """A child for whom nobody was asked hides the child, and not its father."""
    child = person(("sei_education", "p3"), name="សុខ ដារ៉ា", age=9)
    site.assess(person(LEG), child)
    assert [one["first_name"] for one in site.rows("cases")] == ["វិបុល"]


def test_a_case_that_is_done_leaves_the_phones_after_a_while(site: Cases) -> None:
    site.assess(person(LEG))
    site.visit(met("reh_prosthesis"))
    last = dt.datetime(2026, 11, 20, 5, tzinfo=dt.UTC)
    for days, count in ((30, 1), (33, 0)):
        with clock.frozen(last + dt.timedelta(days=days)):
            cases.round_of_the_day(site.project_id)
            assert len(site.rows("cases")) == len(site.rows("open_needs")) == count


def test_the_daily_round_takes_a_page_at_a_time_and_lets_others_in_between(
    site: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 2)
    for number in range(5):
        site.assess(person(LEG, name=NAMES[number % len(NAMES)]))
    with unit_of_work() as session:
        records = session.scalars(sa.select(Case.record_pk)).all()
        cases.strike(session.connection(), site.project_id, records)
    count = sa.select(sa.func.count()).select_from(Case)
    cases.round_of_the_day(site.project_id)
    with reading() as session:
        waiting = session.execute(sa.select(JobRow.event, JobRow.subject)).all()
        assert (session.scalar(count), waiting) == (2, [(cases.LATE, sorted(records)[1])])
    drain(site.app)
    with reading() as session:
        assert session.scalar(count) == 5


def test_the_daily_round_opens_what_was_told_before_there_were_cases(site: Cases) -> None:
    site.assess(person(LEG))
    with unit_of_work() as session:
        cases.strike(session.connection(), site.project_id, [site.case().record_pk])
    assert site.case() is None
    cases.round_of_the_day(site.project_id)
    assert site.case().open_needs == 1
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_facts_say_when_a_service_was_had_and_since_when_a_need_is_met(site: Cases) -> None:
    """And they do so after all facts were computed again."""
    site.assess(person(LEG, TALK))
    site.visit(met("reh_prosthesis") | {"service_date": "2026-11-10"})

    def told() -> dict[str, tuple[dt.date | None, dt.date | None]]:
        with reading() as session:
            query = sa.select(Need.need_code, Need.served_on, Need.met_on)
            return {row[0]: (row[1], row[2]) for row in session.execute(query)}

    expected = {
        "reh_prosthesis": (dt.date(2026, 11, 10), dt.date(2026, 11, 20)), "psy_peer": (None, None),
    }  # fmt: skip
    assert told() == expected
    with unit_of_work() as session:
        facts.rebuild(session, site.project_id)
    assert told() == expected
