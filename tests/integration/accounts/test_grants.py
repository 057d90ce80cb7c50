"""Roles with areas and ends, and access for a day: what the rows do, on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from service.accounts import actions, policy, queries
from service.accounts.actor import SITE, SYSTEM, Actor, Role
from service.accounts.held import Reason
from service.accounts.policy import Act
from service.accounts.queries import people
from service.accounts.reach import NOWHERE, WHOLE, Reach
from service.accounts.tables import ActorRow, EmergencyRow, Grant, SecondFactor, SignIn
from service.foundation import clock, db, ids
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    INVALID_PARAMETER,
    NOT_ABOVE,
    NOT_ALLOWED,
    NOT_FOUND,
    Kind,
    Problem,
)
from tests.factories import a_project, at
from tests.integration.accounts.people import at_once

START = at("2026-11-24T08:00")
DAY = dt.timedelta(hours=24)
RECORD = uuid.UUID(int=7)


@dataclass(frozen=True, kw_only=True)
class Team:
    """Chanthou coordinates, Bopha does nothing yet, Sokha administers."""

    project_id: int
    chanthou: int
    bopha: int
    sokha: int

    def actor(self, user_id: int, now: dt.datetime | None = None) -> Actor:
        """The person as the next request finds them."""
        with unit_of_work() as session:
            key = ids.new_uuid()
            if session.get(SecondFactor, (user_id, True)) is None:
                session.add(
                    SecondFactor(
                        user_id=user_id, is_confirmed=True, key_pk=ids.new_uuid(), sealed=b"no",
                        made_at=START,
                    )
                )  # fmt: skip
            session.add(
                SignIn(
                    sign_in_pk=key, user_id=user_id, created_at=START, seen_at=START,
                    factor_at=now or clock.now(), expires_at=START + dt.timedelta(days=365),
                    idle_until=START + dt.timedelta(days=365),
                )
            )  # fmt: skip
        with reading() as session:
            found = queries.find_signed_in(session, key, now or clock.now())
        assert found is not None
        return found


@pytest.fixture
def team(database: db.Database) -> Iterator[Team]:
    with clock.frozen(START):
        with unit_of_work() as session:
            project_id, other = a_project(session).id, a_project(session, "Pailin").id
            people = {
                "chanthou": (Role.COORDINATOR, project_id),
                "bopha": (Role.FIELD_WORKER, project_id),
                "sokha": (Role.ADMIN, None),
                "dara": (Role.COORDINATOR, other),
            }
            made = {
                name: actions.create_user(session, SYSTEM, f"{name}@example.org", role, place).id
                for name, (role, place) in people.items()
            }
        made.pop("dara")
        yield Team(project_id=project_id, **made)


def refused(kind: Kind, work: object, *args: object, **more: object) -> None:
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        work(session, *args, **more)  # type: ignore[operator]
    assert raised.value.kind is kind


def entries(action: str) -> list[tuple[int | None, dict[str, object]]]:
    with reading() as session:
        rows = session.execute(
            sa.select(AuditEntry.actor_id, AuditEntry.details)
            .where(AuditEntry.action == action)
            .order_by(AuditEntry.entry_pk)
        )
        return [(row.actor_id, row.details) for row in rows]


def test_a_role_is_given_in_areas_and_reaches_those(team: Team) -> None:
    with unit_of_work() as session:
        for area in ("02", "2401"):
            actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id, area)
    found = policy.reach(team.actor(team.bopha), Act.SUBMISSION_LIST, team.project_id)
    assert found == Reach(areas=frozenset({"02", "2401"}))
    with unit_of_work() as session:
        actions.revoke_grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id, "02")
        actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id)
    found = policy.reach(team.actor(team.bopha), Act.SUBMISSION_LIST, team.project_id)
    assert found == WHOLE
    assert [details.get("area") for _, details in entries("user.grant")] == ["02", "2401", None]


def test_s06_a_role_that_ends_is_gone_at_that_moment_and_stays_explained(team: Team) -> None:
    ends = START + DAY
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id, "", ends)
    a_moment = dt.timedelta(milliseconds=1)
    for now, may in ((ends - a_moment, True), (ends, False)):
        actor = team.actor(team.bopha, now)
        assert policy.may(actor, Act.SUBMISSION_LIST, team.project_id) is may
    with reading() as session:
        members = {one.id: one for one in queries.list_members(session, team.project_id)}
    assert any(one.ends_at == ends for one in members[team.bopha].held)


def test_given_again_a_role_has_a_new_end_and_one_row(team: Team) -> None:
    role = (team.bopha, Role.REVIEWER, team.project_id, "02")
    for ends in (START + DAY, None, None):
        with unit_of_work() as session:
            actions.grant(session, SYSTEM, *role, ends)
    with reading() as session:
        rows = session.scalars(sa.select(Grant).where(Grant.role == "reviewer")).all()
    assert [(row.area, row.ends_at, row.granted_at) for row in rows] == [("02", None, START)]
    assert len(entries("user.grant")) == 2


def test_nothing_is_given_that_is_over_or_no_area(team: Team) -> None:
    role = (SYSTEM, team.bopha, Role.REVIEWER, team.project_id)
    refused(INVALID_PARAMETER, actions.grant, *role, "", START)
    refused(INVALID_PARAMETER, actions.grant, *role, "02010101")
    refused(INVALID_PARAMETER, actions.grant, *role, "Battambang")


def test_s17_a_coordinator_gives_roles_below_her_own_and_it_says_that_she_did(team: Team) -> None:
    chanthou = team.actor(team.chanthou)
    with unit_of_work() as session:
        actions.grant(session, chanthou, team.bopha, Role.REVIEWER, team.project_id)
    with reading() as session:
        row = session.get_one(Grant, (team.bopha, team.project_id, "reviewer", ""))
    assert (row.granted_by, row.granted_at) == (team.chanthou, START)
    for role, to in ((Role.COORDINATOR, team.bopha), (Role.REVIEWER, team.chanthou)):
        refused(NOT_ABOVE, actions.grant, chanthou, to, role, team.project_id)
    refused(NOT_FOUND, actions.grant, chanthou, team.bopha, Role.REVIEWER, team.project_id + 1)


def test_s17_an_administrator_makes_no_administrator_and_gives_herself_nothing(team: Team) -> None:
    sokha = team.actor(team.sokha)
    refused(NOT_ABOVE, actions.create_user, sokha, "z@example.org", Role.ADMIN)
    refused(NOT_ABOVE, actions.grant, sokha, team.sokha, Role.REVIEWER, team.project_id)
    refused(NOT_ABOVE, actions.revoke_grant, sokha, team.sokha, Role.ADMIN, None)
    with unit_of_work() as session:
        actions.grant(session, sokha, team.bopha, Role.COORDINATOR, team.project_id)


def test_of_many_who_give_a_role_at_once_one_gives_it(team: Team) -> None:
    def give() -> None:
        with unit_of_work() as session:
            actions.grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id, "02")

    def take() -> None:
        with suppress(Problem), unit_of_work() as session:
            actions.revoke_grant(session, SYSTEM, team.bopha, Role.REVIEWER, team.project_id, "02")

    at_once(8, give)
    assert len(entries("user.grant")) == 1
    at_once(8, take)
    assert len(entries("user.revoke_grant")) == 1


# --- access for a day ---------------------------------------------------------------------------
def open_for(
    team: Team, user_id: int, role: Role = Role.REVIEWER, record: uuid.UUID | None = None
) -> int:
    chanthou = team.actor(team.chanthou)
    with unit_of_work() as session:
        return actions.open_emergency(
            session, chanthou, team.project_id, user_id, role, Reason.DANGER, record
        )


def test_access_for_a_day_reads_for_a_day_and_ends_by_itself(team: Team) -> None:
    assert not policy.may(team.actor(team.sokha), Act.SUBMISSION_LIST, team.project_id)
    open_for(team, team.sokha)
    for now, may in ((START + DAY - dt.timedelta(seconds=1), True), (START + DAY, False)):
        sokha = team.actor(team.sokha, now)
        assert policy.may(sokha, Act.SUBMISSION_LIST, team.project_id) is may
        assert not policy.may(sokha, Act.FORM_PUBLISH, team.project_id)
        assert not policy.may(sokha, Act.SUBMISSION_LIST, team.project_id + 1)
    told = {"user": team.sokha, "role": "reviewer", "purpose": "danger"}
    assert entries("emergency.open") == [(team.chanthou, told)]


def rows_of_access() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(EmergencyRow)) or 0


@pytest.mark.parametrize("record", [None, RECORD])
def test_of_many_who_press_at_once_one_opens_it(team: Team, record: uuid.UUID | None) -> None:
    """A double tap, a form sent again, two coordinators: one row, one entry, one thing to end."""
    chanthou = team.actor(team.chanthou)
    access = (team.project_id, team.sokha, Role.REVIEWER, Reason.DANGER, record)

    def press() -> int:
        with unit_of_work() as session:
            return actions.open_emergency(session, chanthou, *access)

    keys = at_once(8, press)
    assert len(set(keys)) == rows_of_access() == len(entries("emergency.open")) == 1
    assert open_for(team, team.sokha, record=record) == keys[0]
    assert rows_of_access() == 1


def test_what_differs_is_opened_beside_it_and_what_is_over_anew(team: Team) -> None:
    first = open_for(team, team.sokha)
    others = [
        open_for(team, team.sokha, Role.ANALYST),
        open_for(team, team.sokha, record=RECORD),
        open_for(team, team.sokha, record=uuid.UUID(int=8)),
        open_for(team, team.bopha, record=RECORD),
    ]
    assert len({first, *others}) == 5
    with clock.frozen(START + DAY):
        assert open_for(team, team.sokha) not in {first, *others}
    chanthou = team.actor(team.chanthou)
    with unit_of_work() as session:
        actions.end_emergency(session, chanthou, team.project_id, others[1])
    assert open_for(team, team.sokha, record=RECORD) not in {first, *others}


def test_access_to_one_record_is_that_record_and_ends_by_itself(team: Team) -> None:
    open_for(team, team.sokha, record=RECORD)
    for now, reach in (
        (START + DAY - dt.timedelta(seconds=1), Reach(records=frozenset({RECORD}))),
        (START + DAY, NOWHERE),
    ):
        sokha = team.actor(team.sokha, now)
        assert policy.reach(sokha, Act.RECORD_READ, team.project_id) == reach
        assert not policy.may(sokha, Act.SUBMISSION_LIST, team.project_id)
    told = {"user": team.sokha, "role": "reviewer", "purpose": "danger", "record": str(RECORD)}
    assert entries("emergency.open") == [(team.chanthou, told)]
    with reading() as session:
        (listed,) = queries.list_emergencies(session, team.project_id, START)
    assert listed.record == RECORD


def test_access_for_a_day_can_be_ended_earlier_once(team: Team) -> None:
    key = open_for(team, team.sokha)
    chanthou = team.actor(team.chanthou)
    for _ in range(2):
        with unit_of_work() as session:
            actions.end_emergency(session, chanthou, team.project_id, key)
    assert not policy.may(team.actor(team.sokha), Act.SUBMISSION_LIST, team.project_id)
    assert len(entries("emergency.end")) == 1
    refused(NOT_FOUND, actions.end_emergency, chanthou, team.project_id, key + 1)


def test_s17_only_a_coordinator_of_the_whole_project_gives_it_and_never_to_herself(
    team: Team,
) -> None:
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, team.bopha, Role.COORDINATOR, team.project_id, "02")
    rest = (team.project_id, team.bopha, Role.REVIEWER, Reason.FAULT)
    chanthou = team.actor(team.chanthou)
    for giver in (team.sokha, team.bopha):
        refused(NOT_ALLOWED, actions.open_emergency, team.actor(giver), *rest)
    refused(NOT_ALLOWED, actions.open_emergency, SYSTEM, *rest)
    own = (team.project_id, team.chanthou, Role.REVIEWER, Reason.FAULT)
    refused(NOT_ALLOWED, actions.open_emergency, chanthou, *own)
    more = (team.project_id, team.sokha, Role.COORDINATOR, Reason.FAULT)
    refused(INVALID_PARAMETER, actions.open_emergency, chanthou, *more)
    for nobody in (10_000, SITE):
        stranger = (team.project_id, nobody, Role.REVIEWER, Reason.FAULT)
        refused(NOT_FOUND, actions.open_emergency, chanthou, *stranger)
    foreign = (team.project_id + 1, team.sokha, Role.REVIEWER, Reason.FAULT)
    refused(NOT_FOUND, actions.open_emergency, chanthou, *foreign)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(EmergencyRow)) == 0


def test_whoever_has_it_gives_none(team: Team) -> None:
    open_for(team, team.bopha)
    rest = (team.project_id, team.sokha, Role.REVIEWER, Reason.FAULT)
    refused(NOT_ALLOWED, actions.open_emergency, team.actor(team.bopha), *rest)


def test_coordinators_are_told_until_a_week_after_its_end(team: Team) -> None:
    open_for(team, team.sokha)
    for after, told in ((dt.timedelta(0), 1), (DAY * 8 - dt.timedelta(seconds=1), 1), (DAY * 8, 0)):
        since = START + after - actions.EMERGENCY_TOLD
        with reading() as session:
            listed = queries.list_emergencies(session, team.project_id, since)
            assert queries.list_emergencies(session, team.project_id + 1, since) == []
        assert len(listed) == told
    assert (listed or told) == 0


def test_its_project_is_in_the_list_of_who_has_it(team: Team) -> None:
    with unit_of_work() as session:
        actions.revoke_grant(session, SYSTEM, team.bopha, Role.FIELD_WORKER, team.project_id)
        session.add(
            EmergencyRow(
                project_id=team.project_id, user_id=team.bopha, role="analyst", reason="fault",
                granted_by=team.chanthou, granted_at=START, ends_at=START + DAY,
            )
        )  # fmt: skip
    for now, listed in ((START, [team.project_id]), (START + DAY, [])):
        bopha = team.actor(team.bopha, now)
        with reading() as session:
            found = queries.list_projects_of(session, bopha)
        assert [one.id for one in found] == listed


def test_who_holds_nothing_is_listed_with_nothing(team: Team) -> None:
    with unit_of_work() as session:
        actions.revoke_grant(session, SYSTEM, team.bopha, Role.FIELD_WORKER, team.project_id)
    with reading() as session:
        everybody = {one.id: one for one in queries.list_members(session)}
        here = {one.id for one in queries.list_members(session, team.project_id)}
    assert everybody[team.bopha].held == ()
    assert here == {team.chanthou, team.sokha}


def test_people_are_listed_as_a_khmer_dictionary_has_them(team: Team) -> None:
    names = ["Zed", "អុំ", "ឥន្ទ", "Élan", "សុខា"]
    with unit_of_work() as session:
        for at, name in enumerate(names):
            email = f"p{at}@example.org"
            user = actions.create_user(session, SYSTEM, email, Role.REVIEWER, team.project_id)
            session.execute(
                sa.update(ActorRow).where(ActorRow.id == user.id).values(display_name=name)
            )
    with reading() as session:
        members = [one.name for one in queries.list_members(session, team.project_id)]
        found = people.list_people(session, team.project_id, START)
    wanted = ["សុខា", "ឥន្ទ", "អុំ", "Élan", "Zed"]
    assert [one for one in members if one in names] == wanted
    assert [one.name for one in found if one.name in names] == wanted
