"""A role that reads people, given by somebody who reads none there: it is told to coordinators, and
an administrator's waits for one of them. On both databases."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from service.accounts import actions, credentials, policy, queries
from service.accounts.actor import SYSTEM, Role
from service.accounts.explain import WhyNot, explain
from service.accounts.policy import Act
from service.accounts.queries.role_notices import RoleTold, list_notices
from service.accounts.tables import SecondFactor, User
from service.foundation import clock, db
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    COORDINATOR_MAKES_LINK,
    COORDINATOR_PROLONGS,
    NOT_ALLOWED,
    NOT_FOUND,
)
from tests.integration.accounts.people import at_once
from tests.integration.accounts.test_grants import START, Team, entries, refused, team

__all__ = ["team"]
PUPPET = "puppet@example.org"
READING = [Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR]


def told(team: Team) -> list[RoleTold]:
    now = clock.now()
    with reading() as session:
        return list_notices(session, team.project_id, now - actions.ROLES_TOLD, now)


def reads(team: Team, user_id: int) -> bool:
    return policy.may(team.actor(user_id), Act.FIGURES_READ, team.project_id)


def invited(team: Team, by: int, role: Role, email: str = PUPPET) -> int:
    actor = team.actor(by)
    with unit_of_work() as session:
        return actions.invite(session, actor, team.project_id, email, role).user_id


def answer(team: Team, by: int, notice: int, *, agrees: bool | None) -> None:
    actor = team.actor(by)
    with unit_of_work() as session:
        actions.answer_role(session, actor, team.project_id, notice, agrees=agrees)


@pytest.fixture
def alone(team: Team) -> Team:
    """The same team without its coordinator."""
    with unit_of_work() as session:
        actions.revoke_grant(session, SYSTEM, team.chanthou, Role.COORDINATOR, team.project_id)
    return team


@pytest.mark.parametrize("role", READING)
def test_s17_what_an_administrator_gives_waits_for_a_coordinator(team: Team, role: Role) -> None:
    puppet = invited(team, team.sokha, role)
    assert not reads(team, puppet)
    assert queries_roles(team, puppet) == {}
    [one] = told(team)
    assert (one.user_id, one.role, one.given_by, one.waits) == (puppet, role, "sokha", True)
    answer(team, team.chanthou, one.id, agrees=True)
    assert reads(team, puppet)
    [one] = told(team)
    assert (one.waits, one.holds, one.answered_by) == (False, True, "chanthou")
    answer(team, team.chanthou, one.id, agrees=True)
    assert len(entries("role.answer")) == 1, "once"


def queries_roles(team: Team, user_id: int) -> dict[int, frozenset[Role]]:
    return dict(team.actor(user_id).roles)


@pytest.mark.parametrize("role", [Role.FIELD_WORKER, Role.ANALYST])
def test_what_reads_nobody_holds_at_once_and_is_no_news(team: Team, role: Role) -> None:
    somebody = invited(team, team.sokha, role)
    assert queries_roles(team, somebody) == {team.project_id: frozenset({role})}
    assert told(team) == []


def test_what_a_coordinator_gives_is_no_news(team: Team) -> None:
    bopha = invited(team, team.chanthou, Role.REVIEWER)
    assert reads(team, bopha)
    assert told(team) == []


def test_s17_it_can_be_ended_with_one_tap_also_a_coordinators_role(team: Team) -> None:
    puppet = invited(team, team.sokha, Role.COORDINATOR)
    [one] = told(team)
    answer(team, team.chanthou, one.id, agrees=True)
    answer(team, team.chanthou, one.id, agrees=False)
    assert not reads(team, puppet)
    [one] = told(team)
    assert (one.waits, one.holds) == (False, False)


def test_s17_where_there_is_no_coordinator_it_holds_and_the_next_one_is_told(alone: Team) -> None:
    """Somebody must be able to begin. Nor does it help to take the role away again."""
    team, puppet = alone, invited(alone, alone.sokha, Role.REVIEWER)
    assert reads(team, puppet)
    sokha = team.actor(team.sokha)
    with unit_of_work() as session:
        actions.revoke_grant(session, sokha, puppet, Role.REVIEWER, team.project_id)
        actions.grant(session, SYSTEM, team.chanthou, Role.COORDINATOR, team.project_id)
    [one] = told(team)
    assert (one.user_id, one.holds, one.waits) == (puppet, False, False)


def test_s17_the_shell_gives_at_once_and_coordinators_are_told(team: Team) -> None:
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id)
    assert reads(team, team.bopha)
    [one] = told(team)
    assert (one.given_by, one.holds) == (None, True)


def test_a_role_that_waits_is_given_by_whoever_may_give_it_here(team: Team) -> None:
    puppet = invited(team, team.sokha, Role.REVIEWER)
    chanthou = team.actor(team.chanthou)
    with unit_of_work() as session:
        actions.grant(session, chanthou, puppet, Role.REVIEWER, team.project_id)
    assert reads(team, puppet)


def test_s17_giving_it_again_or_for_longer_does_not_get_round_the_agreement(team: Team) -> None:
    puppet, sokha = invited(team, team.sokha, Role.REVIEWER), team.actor(team.sokha)
    ends = START + dt.timedelta(days=9)
    with unit_of_work() as session:
        actions.grant(session, sokha, puppet, Role.REVIEWER, team.project_id)
        actions.grant(session, sokha, puppet, Role.REVIEWER, team.project_id, ends_at=ends)
    assert not reads(team, puppet)
    answer(team, team.chanthou, told(team)[0].id, agrees=True)
    assert reads(team, puppet)
    with clock.frozen(ends):
        sokha = team.actor(team.sokha)
        with unit_of_work() as session:
            actions.grant(session, sokha, puppet, Role.REVIEWER, team.project_id)
        assert not reads(team, puppet), "what is over is given anew"


@pytest.mark.parametrize("days", [None, 10])
def test_s17_an_administrator_prolongs_no_role_that_reads_people(
    team: Team, days: int | None
) -> None:
    """It would read on with no coordinator asked; an earlier end takes nothing from anybody."""
    ends, sooner = START + dt.timedelta(days=9), START + dt.timedelta(days=8)
    later = days and START + dt.timedelta(days=days)
    chanthou, sokha = team.actor(team.chanthou), team.actor(team.sokha)
    terms = (team.bopha, Role.REVIEWER, team.project_id, "")
    with unit_of_work() as session:
        actions.grant(session, chanthou, *terms, ends)
    refused(COORDINATOR_PROLONGS, actions.grant, sokha, *terms, later)
    with unit_of_work() as session:
        key = (team.bopha, team.project_id, Role.REVIEWER, "")
        assert not queries.put_grant(session, key, later, sokha.id, START, waits=True), "at once"
        actions.grant(session, sokha, *terms, ends)
        actions.grant(session, sokha, *terms, sooner)
    with clock.frozen(sooner - dt.timedelta(minutes=1)):
        assert reads(team, team.bopha)
    with clock.frozen(sooner):
        assert not reads(team, team.bopha)
    [one] = told(team)
    assert (one.given_by, one.holds) == ("sokha", True)
    with unit_of_work() as session:
        actions.grant(session, chanthou, *terms, later)
    with clock.frozen(ends):
        assert reads(team, team.bopha)


def test_a_role_that_reads_nobody_is_prolonged_by_administrators_too(team: Team) -> None:
    ends = START + dt.timedelta(days=9)
    sokha, terms = team.actor(team.sokha), (team.bopha, Role.ANALYST, team.project_id, "")
    with unit_of_work() as session:
        actions.grant(session, sokha, *terms, ends)
        actions.grant(session, sokha, *terms)
    with clock.frozen(ends):
        assert Role.ANALYST in queries_roles(team, team.bopha)[team.project_id]


def test_where_nobody_coordinates_an_administrator_prolongs(alone: Team) -> None:
    ends = START + dt.timedelta(days=9)
    sokha, terms = alone.actor(alone.sokha), (alone.bopha, Role.REVIEWER, alone.project_id, "")
    with unit_of_work() as session:
        actions.grant(session, sokha, *terms, ends)
        actions.grant(session, sokha, *terms)
    with clock.frozen(ends):
        assert reads(alone, alone.bopha)


def test_s17_nobody_answers_for_herself_and_only_coordinators_of_the_whole_project(
    team: Team,
) -> None:
    puppet = invited(team, team.sokha, Role.COORDINATOR)
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, puppet, Role.REVIEWER, team.project_id)
        actions.grant(session, SYSTEM, team.bopha, Role.COORDINATOR, team.project_id, "02")
    own = next(one.id for one in told(team) if one.role is Role.COORDINATOR and one.waits)
    work, place = actions.answer_role, team.project_id
    for who in (team.sokha, team.bopha, puppet):
        refused(NOT_ALLOWED, work, team.actor(who), place, own, agrees=True)
    refused(NOT_FOUND, work, team.actor(team.chanthou), place, 99_999, agrees=True)
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, puppet, Role.COORDINATOR, team.project_id)
    refused(NOT_ALLOWED, work, team.actor(puppet), place, own, agrees=False)


def test_of_many_who_agree_at_once_it_is_written_down_once(team: Team) -> None:
    invited(team, team.sokha, Role.REVIEWER)
    [one] = told(team)
    chanthou = team.actor(team.chanthou)

    def agree() -> None:
        with unit_of_work() as session:
            actions.answer_role(session, chanthou, team.project_id, one.id, agrees=True)

    at_once(8, agree)
    assert len(entries("role.answer")) == 1


def test_s17_a_link_of_somebody_who_reads_and_has_no_factor_yet_is_a_coordinators(
    team: Team,
) -> None:
    """Whoever makes a link can open it: of somebody who was invited a minute ago, too."""
    bopha = invited(team, team.chanthou, Role.REVIEWER, "new@example.org")
    sokha, chanthou = team.actor(team.sokha), team.actor(team.chanthou)
    with unit_of_work() as session:
        session.execute(sa.delete(SecondFactor).where(SecondFactor.user_id == bopha))
    refused(COORDINATOR_MAKES_LINK, actions.make_link, sokha, team.project_id, bopha)
    with unit_of_work() as session:
        small = (team.project_id, "new@example.org", Role.FIELD_WORKER)
        assert actions.invite(session, sokha, *small).token is None, "nor by a smaller role"
        assert actions.make_link(session, chanthou, team.project_id, bopha)
    team.actor(bopha)  # has one now
    with unit_of_work() as session:
        assert actions.make_link(session, sokha, team.project_id, bopha)


@pytest.mark.parametrize("role", READING)
def test_s11_whoever_came_in_is_not_taken_over_by_a_link_where_nobody_else_coordinates(
    alone: Team, role: Role
) -> None:
    """She set her password, and has no second factor yet: who opens her link reads what she may."""
    bopha, sokha = invited(alone, alone.sokha, role, "first@example.org"), alone.actor(alone.sokha)
    with unit_of_work() as session:
        assert actions.make_link(session, sokha, alone.project_id, bopha), "she never came in"
    came_in(bopha)
    refused(COORDINATOR_MAKES_LINK, actions.make_link, sokha, alone.project_id, bopha)
    with unit_of_work() as session:
        assert actions.create_setup_link(session, SYSTEM, bopha), "the host's shell helps"
    alone.actor(bopha)  # has one now, and the link alone opens nothing
    with unit_of_work() as session:
        assert actions.make_link(session, sokha, alone.project_id, bopha)


def came_in(user_id: int) -> None:
    with unit_of_work() as session:
        session.get_one(User, user_id).password_hash = "of hers"
        session.execute(sa.delete(SecondFactor).where(SecondFactor.user_id == user_id))


def works(token: str) -> bool:
    with reading() as session:
        key = credentials.token_sha256(token)
        return queries.find_setup_link(session, key, clock.now()) is not None


@pytest.mark.parametrize("has_factor", [False, True])
def test_s11_a_link_of_before_ends_when_somebody_here_lets_its_holder_read(
    team: Team, has_factor: bool
) -> None:
    """An administrator has it still; where a second factor stands, it opens nothing."""
    sokha, chanthou = team.actor(team.sokha), team.actor(team.chanthou)
    with unit_of_work() as session:
        small = (team.project_id, "small@example.org", Role.FIELD_WORKER)
        one = actions.invite(session, sokha, *small)
        puppet = (team.project_id, PUPPET, Role.REVIEWER)
        other = actions.invite(session, sokha, *puppet)
    if has_factor:
        for user_id in (one.user_id, other.user_id):
            team.actor(user_id)
    with unit_of_work() as session:
        actions.grant(session, chanthou, one.user_id, Role.REVIEWER, team.project_id)
    answer(team, team.chanthou, told(team)[0].id, agrees=True)
    for made in (one, other):
        assert made.token is not None
        assert works(made.token) is has_factor
    with unit_of_work() as session:
        new = actions.make_link(session, chanthou, team.project_id, other.user_id)
    assert works(new)


@pytest.mark.parametrize("how", ["taken", "ended soon", "switched off"])
@pytest.mark.parametrize("role", READING)
def test_s17_an_administrator_gets_no_coordinator_out_of_the_way(
    team: Team, role: Role, how: str
) -> None:
    """Her role away, a puppet in, her role back: three clicks."""
    key, sokha = (team.chanthou, Role.COORDINATOR, team.project_id), team.actor(team.sokha)
    assert reads(team, team.chanthou), "came in"
    with unit_of_work() as session:
        if how == "taken":
            actions.revoke_grant(session, sokha, *key)
            actions.revoke_grant(session, sokha, *key)
        elif how == "ended soon":
            actions.grant(session, sokha, *key, ends_at=START + dt.timedelta(seconds=1))
        else:
            place = (team.project_id, team.chanthou)
            actions.set_active(session, sokha, *place, is_active=False)
    with clock.frozen(START + dt.timedelta(hours=1)):
        sokha = team.actor(team.sokha)
        if how != "switched off":
            assert not reads(team, team.chanthou)
        puppet = invited(team, team.sokha, role)
        assert not reads(team, puppet)
        with unit_of_work() as session:
            if how == "switched off":
                actions.set_active(session, sokha, *place, is_active=True)
            else:
                actions.grant(session, sokha, *key)
        assert reads(team, team.chanthou), "back, and asked"
        assert not reads(team, puppet)
        assert any(one.user_id == puppet and one.waits for one in told(team))


@pytest.fixture
def of_area(alone: Team) -> Team:
    """Nobody coordinates but Bopha, in one district."""
    with unit_of_work() as session:
        place = (alone.project_id, "0204")
        actions.grant(session, SYSTEM, alone.bopha, Role.COORDINATOR, *place)
    return alone


@pytest.mark.parametrize("role", READING)
@pytest.mark.parametrize("area", ["", "02", "0204", "020401"])
def test_s17_it_waits_where_anybody_coordinates_whom_it_would_reach(
    of_area: Team, role: Role, area: str
) -> None:
    team, sokha = of_area, of_area.actor(of_area.sokha)
    with unit_of_work() as session:
        terms = (team.project_id, PUPPET, role, "", area)
        puppet = actions.invite(session, sokha, *terms).user_id
    assert queries_roles(team, puppet) == {}
    assert [one.waits for one in told(team) if one.user_id == puppet] == [True]
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, puppet, role, team.project_id, area)
    assert queries_roles(team, puppet) == {team.project_id: frozenset({role})}, "by the shell"


def test_a_coordinator_of_the_area_gives_there_what_waited(of_area: Team) -> None:
    team, sokha, bopha = of_area, of_area.actor(of_area.sokha), of_area.actor(of_area.bopha)
    with unit_of_work() as session:
        terms = (team.project_id, PUPPET, Role.REVIEWER, "", "020401")
        puppet = actions.invite(session, sokha, *terms).user_id
        actions.grant(session, bopha, puppet, Role.REVIEWER, team.project_id, "020401")
    assert queries_roles(team, puppet) == {team.project_id: frozenset({Role.REVIEWER})}


@pytest.mark.parametrize("area", ["01", "0201", "020501"])
def test_where_nobody_coordinates_whom_it_would_reach_it_holds_at_once(
    of_area: Team, area: str
) -> None:
    """Provinces begin one after the other."""
    sokha = of_area.actor(of_area.sokha)
    with unit_of_work() as session:
        terms = (of_area.project_id, PUPPET, Role.COORDINATOR, "", area)
        puppet = actions.invite(session, sokha, *terms).user_id
    assert Role.COORDINATOR in queries_roles(of_area, puppet)[of_area.project_id]


def test_s17_nor_is_the_coordinator_of_an_area_got_out_of_the_way(of_area: Team) -> None:
    assert of_area.actor(of_area.bopha), "came in"
    sokha = of_area.actor(of_area.sokha)
    with unit_of_work() as session:
        key = (of_area.bopha, Role.COORDINATOR, of_area.project_id, "0204")
        actions.revoke_grant(session, sokha, *key)
    assert not reads(of_area, invited(of_area, of_area.sokha, Role.COORDINATOR))


def test_s17_a_link_of_whoever_reads_an_area_is_a_coordinators_too(of_area: Team) -> None:
    sokha, place = of_area.actor(of_area.sokha), of_area.project_id
    with unit_of_work() as session:
        near, far = (
            actions.create_user(session, SYSTEM, email, Role.REVIEWER, place, area=area).id
            for area, email in (("0204", "near@example.org"), ("01", "far@example.org"))
        )
        assert actions.make_link(session, sokha, place, far)
    refused(COORDINATOR_MAKES_LINK, actions.make_link, sokha, place, near)


def test_whoever_never_came_in_as_coordinator_holds_nothing_up(alone: Team) -> None:
    """An address that was mistyped."""
    wrong = invited(alone, alone.sokha, Role.COORDINATOR, "chantou@example.org")
    sokha = alone.actor(alone.sokha)
    with unit_of_work() as session:
        actions.revoke_grant(session, sokha, wrong, Role.COORDINATOR, alone.project_id)
    right = invited(alone, alone.sokha, Role.COORDINATOR, "chanthou@example.net")
    assert reads(alone, right)


def test_s17_it_is_told_until_a_coordinator_answers_however_late(team: Team) -> None:
    """She was switched off for a month, and finds what was done meanwhile."""
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id)
        actions.revoke_grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id)
    with clock.frozen(START + 3 * actions.ROLES_TOLD):
        [one] = told(team)
        assert (one.holds, one.answered_at) == (False, None)
        for _ in range(2):
            answer(team, team.chanthou, one.id, agrees=None)
        assert [one.answered_by for one in told(team)] == ["chanthou"]
    assert len(entries("role.answer")) == 1
    with clock.frozen(START + 4 * actions.ROLES_TOLD):
        assert told(team) == []


def test_why_she_may_not_yet_is_explained(team: Team, database: db.Database) -> None:
    puppet = invited(team, team.sokha, Role.REVIEWER)
    with reading() as session:
        members = queries.list_members(session, team.project_id)
    held = next(one.held for one in members if one.id == puppet)
    found = explain(puppet, held, Act.SUBMISSION_LIST, team.project_id, clock.now())
    assert (found.is_allowed, found.why_not) == (False, WhyNot.WAITS)
    assert [one.role for one in found.by] == [Role.REVIEWER]
