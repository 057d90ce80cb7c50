"""Roles bound to areas, roles that end, access for a day: what each gives, and what never."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import uuid

import pytest

from service.accounts import policy, ranks
from service.accounts.actor import SITE, SYSTEM, Actor, Emergency, Role
from service.accounts.explain import WhyNot, explain
from service.accounts.held import Held, Reason, bearing
from service.accounts.policy import ABOUT_ONESELF, ALLOWED, ANYWHERE, BY_EMERGENCY, IN_AREA, Act
from service.accounts.reach import NOWHERE, WHOLE, Reach, Thing, is_area, outermost
from service.foundation.problems import NOT_ALLOWED, NOT_FOUND, Problem

HERE, ELSEWHERE = 3, 4
BATTAMBANG, BANAN, PAILIN = "02", "0201", "24"
NOW = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
LATER, BEFORE = NOW + dt.timedelta(hours=1), NOW - dt.timedelta(hours=1)
PEOPLE = sorted(ranks.HUMAN_ROLES)


def holding(*held: Held, id: int = 1, at: dt.datetime = NOW) -> Actor:  # noqa: A002
    given = bearing(held, at)
    return Actor(
        is_fresh=True,
        id=id,
        name="ដារ៉ា",
        roles=given.roles,
        areas=given.areas,
        emergencies=given.emergencies,
    )


def role(
    name: Role, area: str = "", project_id: int = HERE, ends_at: dt.datetime | None = None
) -> Held:
    return Held(role=name, project_id=project_id, area=area, ends_at=ends_at)


def for_a_day(name: Role, ends_at: dt.datetime = LATER, project_id: int = HERE) -> Held:
    return Held(
        role=name, project_id=project_id, ends_at=ends_at, emergency=7, reason=Reason.DANGER
    )


@pytest.mark.parametrize("code", ["02", "0201", "020101"])
def test_a_role_can_be_bound_to_a_province_district_or_commune(code: str) -> None:
    assert is_area(code)


@pytest.mark.parametrize("code", ["", "2", "020", "02010101", "081201x1ab", "unknown", "02 "])
def test_and_to_nothing_else(code: str) -> None:
    assert not is_area(code)


def test_an_area_holds_what_lies_in_it() -> None:
    reach = Reach(areas=frozenset({BANAN, PAILIN}))
    assert reach.holds(BANAN)
    assert reach.holds("020101")
    assert reach.holds("2401")
    assert not reach.holds(BATTAMBANG)
    assert not reach.holds("0202")
    assert not reach.holds(None)
    assert WHOLE.holds(None)
    assert not NOWHERE
    assert outermost({"02", "0201", "24"}) == {"02", "24"}


def test_s12_a_role_in_an_area_gives_what_lies_there_and_nothing_elsewhere() -> None:
    bopha = holding(role(Role.REVIEWER, BATTAMBANG))
    assert policy.may(bopha, Act.SUBMISSION_LIST, HERE)
    assert policy.may(bopha, Act.SUBMISSION_LIST, HERE, BANAN)
    for place in (PAILIN, None, ""):
        assert not policy.may(bopha, Act.SUBMISSION_LIST, HERE, place)
    assert not policy.may(bopha, Act.SUBMISSION_LIST, ELSEWHERE, BANAN)
    with pytest.raises(Problem) as raised:  # there, but not yours: as if it were not there
        policy.demand(bopha, Act.SUBMISSION_LIST, HERE, PAILIN)
    assert raised.value.kind is NOT_FOUND


@pytest.mark.parametrize("act", sorted(set(Act) - IN_AREA - ABOUT_ONESELF))
def test_s12_what_has_no_place_needs_the_whole_project(act: Act) -> None:
    for name in ALLOWED[act] - {Role.DEVICE}:
        bound, whole = holding(role(name, BATTAMBANG)), holding(role(name))
        assert policy.may(whole, act, HERE)
        assert not policy.may(bound, act, HERE)
        with pytest.raises(Problem) as raised:
            policy.demand(bound, act, HERE)
        assert raised.value.kind is NOT_ALLOWED


def test_a_role_held_everywhere_is_not_narrowed_by_one_in_an_area() -> None:
    bopha = holding(role(Role.REVIEWER, BATTAMBANG), role(Role.REVIEWER))
    assert policy.reach(bopha, Act.SUBMISSION_LIST, HERE) == WHOLE
    mixed = holding(role(Role.REVIEWER, BATTAMBANG), role(Role.ANALYST))
    assert policy.reach(mixed, Act.FIGURES_READ, HERE) == WHOLE
    assert policy.reach(mixed, Act.SUBMISSION_LIST, HERE) == Reach(areas=frozenset({BATTAMBANG}))


def test_s06_a_role_ends_at_its_moment_without_anybodys_doing() -> None:
    ends = role(Role.COORDINATOR, ends_at=NOW)
    assert policy.may(holding(ends, at=NOW - dt.timedelta(microseconds=1)), Act.FORM_PUBLISH, HERE)
    assert not policy.may(holding(ends, at=NOW), Act.FORM_PUBLISH, HERE)


@pytest.mark.parametrize("name", [Role.REVIEWER, Role.ANALYST])
def test_access_for_a_day_reads_and_changes_nothing(name: Role) -> None:
    admin = holding(role(Role.ADMIN, project_id=SITE), for_a_day(name))
    own = holding(role(Role.ADMIN, project_id=SITE))
    for act in set(Act) - ABOUT_ONESELF:
        gained = policy.may(admin, act, HERE) and not policy.may(own, act, HERE)
        assert not gained or act in BY_EMERGENCY
        assert policy.may(admin, act, ELSEWHERE) == policy.may(own, act, ELSEWHERE)
    assert policy.may(admin, Act.FIGURES_READ, HERE)
    assert policy.may(admin, Act.SUBMISSION_LIST, HERE) is (name is Role.REVIEWER)


def test_access_for_a_day_widens_a_role_that_is_bound_to_an_area() -> None:
    bopha = holding(role(Role.REVIEWER, BATTAMBANG), for_a_day(Role.REVIEWER))
    assert policy.reach(bopha, Act.SUBMISSION_LIST, HERE) == WHOLE
    assert policy.reach(bopha, Act.FORM_PUBLISH, HERE) == NOWHERE


def for_a_record(*records: uuid.UUID, ends_at: dt.datetime = LATER) -> list[Held]:
    return [
        dataclasses.replace(for_a_day(Role.REVIEWER, ends_at), record=record) for record in records
    ]


ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def thing(record: uuid.UUID = ONE, place: str | None = BANAN, sender: int | None = 9) -> Thing:
    return Thing(place=place, sender=sender, record=record)


def test_access_to_one_record_gives_that_record_and_nothing_else() -> None:
    admin = holding(role(Role.ADMIN, project_id=SITE), *for_a_record(ONE))
    own = holding(role(Role.ADMIN, project_id=SITE))
    for act in set(Act) - ABOUT_ONESELF:
        gained = policy.may(admin, act, HERE) and not policy.may(own, act, HERE)
        assert gained is (act is Act.RECORD_READ), act
        assert not policy.may(admin, act, HERE, BANAN) or policy.may(own, act, HERE, BANAN)
        assert policy.may(admin, act, ELSEWHERE) == policy.may(own, act, ELSEWHERE)
    reach = policy.reach(admin, Act.RECORD_READ, HERE)
    assert reach == Reach(records=frozenset({ONE}))
    assert [reach.holds_thing(thing(one)) for one in (ONE, OTHER)] == [True, False]
    with pytest.raises(Problem) as raised:
        policy.demand_thing(admin, Act.RECORD_READ, HERE, thing(OTHER))
    assert raised.value.kind is NOT_FOUND
    over = holding(*for_a_record(ONE, ends_at=NOW))
    assert not policy.reach(over, Act.RECORD_READ, HERE)


def test_access_to_records_adds_to_what_a_role_reaches() -> None:
    bopha = holding(role(Role.REVIEWER, BATTAMBANG), *for_a_record(ONE, OTHER))
    reach = policy.reach(bopha, Act.RECORD_READ, HERE)
    assert reach == Reach(areas=frozenset({BATTAMBANG}), records=frozenset({ONE, OTHER}))
    assert policy.reach(bopha, Act.SUBMISSION_LIST, HERE) == Reach(areas=frozenset({BATTAMBANG}))
    assert reach.holds_thing(thing(uuid.UUID(int=3)))
    assert not reach.holds_thing(thing(uuid.UUID(int=3), PAILIN))


def test_an_advocate_reaches_what_she_sent_wherever_it_lies() -> None:
    for area in ("", BATTAMBANG):
        advocate = holding(role(Role.ADVOCATE, area))
        for act in (Act.RECORD_READ, Act.TESTIMONY_READ, Act.TESTIMONY_SHOW):
            reach = policy.reach(advocate, act, HERE)
            assert reach == Reach(sender=1)
            for place in (BANAN, PAILIN, None):
                assert reach.holds_thing(thing(place=place, sender=1))
                for other in (9, None):
                    assert not reach.holds_thing(thing(place=place, sender=other))
        assert not policy.may(advocate, Act.SUBMISSION_LIST, HERE)
    both = holding(role(Role.ADVOCATE), role(Role.REVIEWER, BATTAMBANG))
    reach = policy.reach(both, Act.RECORD_READ, HERE)
    assert reach == Reach(areas=frozenset({BATTAMBANG}), sender=1)
    assert policy.reach(both, Act.TESTIMONY_READ, HERE) == Reach(sender=1), "a reviewer opens none"


# --- who gives what (S-17) ----------------------------------------------------------------------
GIVEN_BY_HAND = {
    Role.ADMIN: {"coordinator", "reviewer", "advocate", "field_worker", "analyst"},
    Role.COORDINATOR: {"reviewer", "advocate", "field_worker", "analyst"},
}
"""Everybody else gives nothing; nobody makes an administrator but the host's shell."""


@pytest.mark.parametrize("giver", PEOPLE)
def test_s17_nobody_gives_a_role_that_is_not_below_their_own(giver: Role) -> None:
    actor = holding(role(giver, project_id=SITE if giver is Role.ADMIN else HERE))
    for given in Role:
        may = ranks.may_give(actor, given, HERE, 2)
        assert may is (given in GIVEN_BY_HAND.get(giver, set())), given


def test_s17_nobody_gives_a_role_to_themselves() -> None:
    for giver in (Role.ADMIN, Role.COORDINATOR):
        actor = holding(role(giver, project_id=SITE if giver is Role.ADMIN else HERE))
        assert ranks.may_give(actor, Role.ANALYST, HERE, 2)
        assert not ranks.may_give(actor, Role.ANALYST, HERE, actor.id)


def test_s17_a_coordinator_gives_roles_in_her_own_area_and_project() -> None:
    chanthou = holding(role(Role.COORDINATOR, BATTAMBANG))
    assert ranks.may_give(chanthou, Role.REVIEWER, HERE, 2, BATTAMBANG)
    assert ranks.may_give(chanthou, Role.REVIEWER, HERE, 2, BANAN)
    for area in ("", PAILIN):
        assert not ranks.may_give(chanthou, Role.REVIEWER, HERE, 2, area)
    assert not ranks.may_give(chanthou, Role.REVIEWER, ELSEWHERE, 2, BATTAMBANG)


def test_s17_a_role_in_an_area_does_not_lend_its_area_to_another_role() -> None:
    """An administrator's reach is none of the coordinator's in Battambang."""
    both = holding(role(Role.COORDINATOR, BATTAMBANG), role(Role.ANALYST))
    assert not ranks.may_give(both, Role.REVIEWER, HERE, 2, PAILIN)


def test_s17_access_for_a_day_gives_no_role() -> None:
    admin = holding(for_a_day(Role.REVIEWER))
    assert not any(ranks.may_give(admin, given, HERE, 2) for given in Role)


def test_the_host_shell_makes_administrators_and_no_machine() -> None:
    given = {
        one
        for one in Role
        if ranks.may_give(SYSTEM, one, SITE, 2) or ranks.may_give(SYSTEM, one, HERE, 2)
    }
    assert given == set(PEOPLE)


def test_s17_roles_are_offered_where_the_giver_may_give_them_somewhere() -> None:
    below = {Role.REVIEWER, Role.ADVOCATE, Role.ANALYST, Role.FIELD_WORKER}
    for area in ("", BATTAMBANG):
        assert set(ranks.grantable(holding(role(Role.COORDINATOR, area)), HERE)) == below
        assert ranks.grantable(holding(role(Role.COORDINATOR, area)), HERE, 1) == [], "to herself"
        assert ranks.grantable(holding(role(Role.REVIEWER, area)), HERE) == []


# --- explain agrees with may --------------------------------------------------------------------
def everything_one_can_hold() -> list[Held]:
    roles = [
        Held(role=name, project_id=project, area=area, ends_at=ends)
        for name in PEOPLE
        for project, area in ((HERE, ""), (HERE, BATTAMBANG), (ELSEWHERE, ""), (SITE, ""))
        for ends in (None, BEFORE)
        if (name is Role.ADMIN) is (project == SITE)
    ]
    roles += [
        Held(role=Role.REVIEWER, project_id=HERE, area=area, waits=True)
        for area in ("", BATTAMBANG)
    ]
    days = [
        for_a_day(name, ends) for name in (Role.REVIEWER, Role.ANALYST) for ends in (LATER, BEFORE)
    ]
    records = [one for ends in (LATER, BEFORE) for one in for_a_record(ONE, ends_at=ends)]
    return roles + days + records


def test_the_explanation_agrees_with_the_door_over_all_combinations() -> None:
    some = everything_one_can_hold()
    sets = [(), *((one,) for one in some), *itertools.combinations(some, 2)]
    asked = [act for act in Act if act not in ABOUT_ONESELF]
    seen = set()
    for held in sets:
        actor = holding(*held)
        for act, place in itertools.product(asked, (ANYWHERE, BANAN, PAILIN, None)):
            told = explain(1, held, act, HERE, NOW, place)
            assert told.is_allowed is policy.may(actor, act, HERE, place), (held, act, place)
            assert bool(told.by) or not told.is_allowed
            assert (told.why_not is None) is told.is_allowed
            seen.add(told.why_not)
    assert seen == {None, *WhyNot} - {WhyNot.SWITCHED_OFF}


def test_the_explanation_names_what_comes_nearest() -> None:
    ended = role(Role.REVIEWER, ends_at=BEFORE)
    bound = role(Role.REVIEWER, BATTAMBANG)
    analyst = role(Role.ANALYST)
    cases = {
        (ended, analyst): (WhyNot.ENDED, (ended,)),
        (bound, analyst): (WhyNot.OUTSIDE, (bound,)),
        (role(Role.ADVOCATE), analyst): (WhyNot.OTHER_ROLE, (role(Role.ADVOCATE), analyst)),
        (analyst,): (WhyNot.OTHER_ROLE, (analyst,)),
        (role(Role.REVIEWER, project_id=ELSEWHERE),): (WhyNot.NO_ROLE, ()),
    }
    for held, (why, by) in cases.items():
        told = explain(1, held, Act.SUBMISSION_LIST, HERE, NOW, PAILIN)
        assert (told.why_not, told.by) == (why, by)
    told = explain(1, (bound,), Act.QUEUE_READ, HERE, NOW)
    assert (told.why_not, told.by) == (WhyNot.NEEDS_WHOLE, (bound,))
    told = explain(1, (analyst,), Act.FIGURES_READ, HERE, NOW, is_active=False)
    assert (told.is_allowed, told.why_not) == (False, WhyNot.SWITCHED_OFF)


def test_an_actor_says_nothing_of_how_access_came_about() -> None:
    access = Emergency(id=7, project_id=HERE, role=Role.REVIEWER, ends_at=LATER)
    assert holding(for_a_day(Role.REVIEWER)).emergencies == (access,)
    assert holding(for_a_day(Role.REVIEWER, BEFORE)).emergencies == ()
