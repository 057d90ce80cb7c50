"""The fold of a case: any order of arrival gives one state; met is the person's word."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import uuid
from collections.abc import Sequence
from typing import Any

import pytest

from service.cases import folding
from service.cases.events import (
    Assessed,
    Event,
    FollowedUp,
    Kind,
    OfficeEvent,
    TakenBack,
    ToldNeed,
    Visited,
    When,
)
from service.cases.folding import CaseNow, CaseStatus
from service.cases.naming import code_of, first_name, need_id, read_code

DAY = dt.date(2026, 11, 2)
LEG = ToldNeed(code="reh_prosthesis", status="unmet", priority="p2")
TALK = ToldNeed(code="psy_peer", status="unmet", priority="p1")


def when(days: int, hour: int = 9, number: int = 0) -> When:
    on = DAY + dt.timedelta(days=days)
    at = dt.datetime.combine(on, dt.time(hour), tzinfo=dt.UTC)
    return When(on=on, at=at, key=uuid.UUID(int=number))


def visit(days: int, *needs: FollowedUp, number: int = 1, hour: int = 9, **more: Any) -> Visited:
    given = {"found": "found", "needs": needs, **more}
    return Visited(when=when(days, hour, number), **given)


def of(code: str, status: str, confirmed: str = "not_asked", **more: Any) -> FollowedUp:
    return FollowedUp(code=code, told_status=status, confirmed=confirmed, **more)


def office(days: int, kind: Kind, code: str, outcome: str = "", number: int = 9) -> OfficeEvent:
    return OfficeEvent(when=when(days, 12, number), kind=kind, need_code=code, outcome=outcome)


def fold(told: Sequence[ToldNeed], on: dt.date, events: Sequence[Any]) -> CaseNow:
    """Of a person who was assessed once."""
    return folding.fold([assessed(*told, days=(on - DAY).days, events=events)])


def assessed(
    *needs: ToldNeed, days: int = 0, number: int = 100, events: Sequence[Event] = ()
) -> Assessed:
    return Assessed(when=when(days, number=number), needs=needs, events=events)


@pytest.mark.parametrize(
    ("confirmed", "status", "why"),
    [
        ("yes", "met", ""),
        ("partly", "partly_met", "unconfirmed"),
        ("no", "in_progress", "unconfirmed"),
        ("not_asked", "in_progress", "unconfirmed"),
    ],
)
def test_a_need_is_met_when_the_person_says_so(confirmed: str, status: str, why: str) -> None:
    now = fold([LEG], DAY, [visit(9, of("reh_prosthesis", "met", confirmed))])
    need = now.needs["reh_prosthesis"]
    assert (need.status, need.why, need.is_open) == (status, why, status != "met")
    assert now.status is (CaseStatus.DONE if status == "met" else CaseStatus.OPEN)


def test_what_f5_makes_of_an_unconfirmed_need_is_told_too() -> None:
    """It sends what follows, and what the person said."""
    now = fold([LEG], DAY, [visit(9, of("reh_prosthesis", "in_progress", "no"))])
    assert now.needs["reh_prosthesis"].why == "unconfirmed"
    later = visit(20, of("reh_prosthesis", "in_progress"), number=2)
    assert fold([LEG], DAY, [later]).needs["reh_prosthesis"].why == ""


def test_any_order_of_arrival_gives_one_state() -> None:
    """Two phones on one day among them: the later one has the last word on what both speak of."""
    events = [
        office(1, Kind.REFERRAL, "reh_prosthesis"),
        visit(9, of("reh_prosthesis", "in_progress"), of("psy_peer", "met", "yes"), number=2),
        visit(9, of("reh_prosthesis", "met", "yes"), hour=10, number=1, next_visit=when(30).on),
        visit(40, of("sei_wash", "unmet", is_new=True, priority="p3"), number=3),
        office(50, Kind.REOPEN, "psy_peer"),
    ]
    found = [fold([LEG, TALK], DAY, order) for order in itertools.permutations(events)]
    assert all(one == found[0] for one in found)
    assert {code: need.status for code, need in found[0].needs.items()} == {
        "psy_peer": "unmet", "reh_prosthesis": "met", "sei_wash": "unmet",
    }  # fmt: skip
    assert (found[0].visits, found[0].last_on) == (3, when(50).on)


def test_the_clock_of_a_need_is_its_priority_and_stops_when_somebody_acts() -> None:
    told = [LEG, TALK, ToldNeed(code="sei_wash", status="unmet", priority="p3"),
            ToldNeed(code="sei_job", status="unmet", priority="p4")]  # fmt: skip
    now = fold(told, DAY, [])
    # From the beginning of the day in Cambodia, seven hours ahead.
    start = dt.datetime(2026, 11, 1, 17, tzinfo=dt.UTC)
    assert {code: need.late_at and need.late_at - start for code, need in now.needs.items()} == {
        "psy_peer": dt.timedelta(hours=72),
        "reh_prosthesis": dt.timedelta(days=30),
        "sei_wash": dt.timedelta(days=90),
        "sei_job": None,
    }
    assert (now.priority, now.due_on) == ("p1", DAY + dt.timedelta(days=3))
    sent = fold(told, DAY, [office(1, Kind.REFERRAL, "psy_peer")])
    assert sent.needs["psy_peer"].late_at is None
    refused = office(20, Kind.OUTCOME, "psy_peer", "refused_no_capacity", number=10)
    again = fold(told, DAY, [office(1, Kind.REFERRAL, "psy_peer"), refused])
    assert again.needs["psy_peer"].late_at == start + dt.timedelta(days=20, hours=72)


def test_a_service_given_is_no_need_met() -> None:
    served = office(5, Kind.OUTCOME, "psy_peer", "served")
    assert fold([TALK], DAY, [served]).needs["psy_peer"].status == "in_progress"
    with_status = office(5, Kind.STATUS, "psy_peer", "met")
    assert fold([TALK], DAY, [with_status]).needs["psy_peer"].status == "unmet"


def test_whoever_says_do_not_come_again_is_on_no_list() -> None:
    said = visit(9, refused=frozenset({"contact", "share_case"}))
    now = fold([LEG], DAY, [said])
    assert (now.status, now.may_contact, now.may_share) == (CaseStatus.REFUSED, False, False)
    assert not now.is_for_phones(DAY)
    later = visit(20, granted=frozenset({"contact"}), number=2)
    assert fold([LEG], DAY, [later, said]).may_contact


def test_a_death_closes_what_is_open() -> None:
    now = fold(
        [LEG, TALK],
        DAY,
        [visit(3, of("psy_peer", "met", "yes")), visit(9, number=2, found="deceased")],
    )
    assert {need.status for need in now.needs.values()} == {"met", "closed_deceased"}
    assert now.status is CaseStatus.DECEASED
    assert not now.is_for_phones(when(9).on)


def test_a_case_stays_a_while_so_that_a_visit_can_be_corrected() -> None:
    now = fold([LEG], DAY, [visit(9, of("reh_prosthesis", "met", "yes"))])
    assert now.is_for_phones(when(39).on)
    assert not now.is_for_phones(when(40).on)


def test_a_visit_that_was_agreed_is_the_next_until_it_was_made() -> None:
    agreed = visit(9, next_visit=when(60).on)
    assert fold([LEG], DAY, [agreed]).due_on == when(60).on
    between = visit(20, number=2)
    assert fold([LEG], DAY, [agreed, between]).due_on == when(60).on
    made = visit(61, number=2)
    assert fold([LEG], DAY, [agreed, made]).due_on == when(30).on  # the clock of the need


def test_what_a_case_is_called() -> None:
    assert code_of(7) == "000-000-007"
    assert read_code(" 482 913705") == read_code("៤៨២-៩១៣-៧០៥") == "482-913-705"
    assert read_code("48") == read_code("²" * 9) == ""
    assert first_name("សុខ វិបុល") == "វិបុល"
    case = uuid.uuid4()
    assert need_id(case, "psy_peer") == need_id(case, "psy_peer") != need_id(case, "sei_wash")
    assert need_id(case, "psy_peer").version == 4


def test_s44_what_is_taken_back_ends_the_yes_of_visits_before_it_and_of_none_after() -> None:
    yes = visit(3, granted=frozenset({"share_case", "contact"}))
    no = visit(4, refused=frozenset({"stats"}), number=2)
    back = TakenBack(on=DAY + dt.timedelta(days=5), scopes=frozenset({"share_case", "stats"}))
    now = fold([LEG], DAY, [back, yes, no])
    assert (now.may_share, now.may_contact, now.denied) == (None, True, {"stats"})
    assert now.last_on == no.when.on, "nobody was there"
    for days, share in ((5, None), (6, True)):
        again = visit(days, granted=frozenset({"share_case"}), hour=23, number=3)
        assert fold([LEG], DAY, [yes, back, again]).may_share is share


# --- joined -------------------------------------------------------------------------------------
def told(code: str, status: str = "unmet", priority: str = "p2") -> ToldNeed:
    return ToldNeed(code=code, status=status, priority=priority)


def test_two_assessments_of_one_person_are_one_case_with_each_need_once() -> None:
    first = assessed(LEG, number=1, events=[visit(9, of("reh_prosthesis", "met", "yes"), number=7)])
    second = assessed(told("reh_prosthesis"), TALK, days=20, number=2)
    now = folding.fold([second, first])
    assert sorted(now.needs) == ["psy_peer", "reh_prosthesis"]
    leg = now.needs["reh_prosthesis"]
    assert (leg.status, leg.told_on, leg.clock_from) == ("unmet", DAY, when(20).on)
    assert (now.visits, now.priority) == (1, "p1")


def test_what_is_told_again_keeps_its_clock_and_takes_the_later_priority() -> None:
    again = assessed(told("reh_prosthesis", priority="p1"), days=5, number=2)
    leg = folding.fold([assessed(LEG, number=1), again]).needs["reh_prosthesis"]
    assert (leg.clock_from, leg.priority) == (DAY, "p1")
    vague = assessed(told("reh_prosthesis", "unknown", "unknown"), days=5, number=2)
    leg = folding.fold([assessed(LEG, number=1), vague]).needs["reh_prosthesis"]
    assert (leg.status, leg.priority) == ("unmet", "p2")


def test_what_is_refused_at_a_visit_holds_for_what_was_told_before_it() -> None:
    refused = visit(9, number=7, refused=frozenset({"contact", "stats"}))
    first = assessed(LEG, number=1, events=[refused])
    before, after = assessed(TALK, days=5, number=2), assessed(TALK, days=20, number=2)
    now = folding.fold([first, before])
    assert now.status is CaseStatus.REFUSED
    assert {*now.denied_of.values()} == {frozenset({"contact", "stats"})}
    now = folding.fold([first, after])
    assert (now.status, now.may_contact) == (CaseStatus.OPEN, True)
    assert now.denied_of == {
        first.when.key: frozenset({"contact", "stats"}), after.when.key: frozenset(),
    }  # fmt: skip


def test_random_cases_joined_in_any_order_are_one_and_each_is_what_it_was() -> None:
    """What is joined is folded of the same things, in whatever order they come; every need is
    there once, and none that nobody told."""
    chance = random.Random(60)
    for _ in range(300):
        sides = [_some_case(chance, number) for number in range(chance.randint(1, 4))]
        alone = [folding.fold([one]) for one in sides]
        now = folding.fold(sides)
        assert folding.fold(chance.sample(sides, len(sides))) == now
        assert now.needs.keys() == {code for one in alone for code in one.needs}
        assert now.last_on == max(one.last_on for one in alone)
        assert now.visits >= max(one.visits for one in alone)
        assert now.denied_of.keys() == {one.when.key for one in sides}
        if len(sides) == 1:
            assert now == alone[0]
        for one, before in zip(sides, alone, strict=True):
            assert folding.fold([one]) == before


def _some_case(chance: random.Random, number: int) -> Assessed:
    codes = ("reh_prosthesis", "psy_peer", "sei_job", "sei_wash")
    start, events = chance.randint(0, 90), list[Event]()
    for at in range(chance.randint(0, 5)):
        key, day = 1000 * (number + 1) + at, start + chance.randint(-3, 60)
        code = chance.choice(codes)
        if chance.random() < 0.5:
            kind = chance.choice((Kind.REFERRAL, Kind.REOPEN))
            events.append(office(day, kind, code, number=key))
        else:
            found = of(code, chance.choice(("met", "unmet", "referred")), "yes",
                       is_new=chance.random() < 0.3)  # fmt: skip
            refused = frozenset(chance.sample(("contact", "stats"), chance.randint(0, 1)))
            events.append(visit(day, found, number=key, refused=refused))
    needs = [told(code) for code in chance.sample(codes, chance.randint(0, 3))]
    return assessed(*needs, days=start, number=number + 1, events=events)


def test_the_first_service_since_it_was_told_counts_and_met_is_since_the_visit_that_heard_so() -> (
    None
):
    day = DAY.replace
    before = visit(5, of(LEG.code, "in_progress", service_on=day(day=1)), number=1)
    second = visit(9, of(LEG.code, "in_progress", service_on=day(day=10)), number=2)
    first = visit(12, of(LEG.code, "in_progress", service_on=day(day=4)), number=3)
    met = visit(20, of(LEG.code, "met", "yes"), number=4)
    again = visit(25, of(LEG.code, "met", "yes"), number=5)
    for events in itertools.permutations((before, second, first, met, again)):
        need = fold([LEG], DAY, events).needs[LEG.code]
        assert (need.served_on, need.met_on) == (day(day=4), day(day=22))
    lost = office(27, Kind.REOPEN, LEG.code)
    need = fold([LEG], DAY, [first, met, lost]).needs[LEG.code]
    assert (need.status, need.served_on, need.met_on) == ("unmet", day(day=4), None)


def test_a_service_before_the_need_was_told_is_none_of_it() -> None:
    told = visit(5, of(LEG.code, "in_progress", service_on=DAY - dt.timedelta(days=1)))
    assert fold([LEG], DAY, [told]).needs[LEG.code].served_on is None
