"""Whatever lets somebody or something in later on wants a fresh code: a stolen session, hours after
its code, makes nothing that outlasts it. On both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext, suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import actions, passkeys, tables
from service.accounts.actions import passkeys as registering
from service.accounts.actions import second_factors
from service.accounts.actor import SITE, SYSTEM, Actor, Role, Scope
from service.accounts.held import Reason
from service.foundation import clock, db
from service.foundation.db import Base, unit_of_work
from service.foundation.problems import FRESH_CODE_NEEDED, Problem
from tests.factories import a_project, at
from tests.integration.accounts.test_grants import Team

START = at("2026-11-24T08:00")
PLACE = passkeys.Place(host="samleng.test", origin="http://samleng.test")
Make = Callable[[Session, Actor, Team], object]


@pytest.fixture
def team(database: db.Database) -> Team:
    with clock.frozen(START), unit_of_work() as session:
        project_id = a_project(session).id
        people = {
            "chanthou": (Role.COORDINATOR, project_id), "bopha": (Role.FIELD_WORKER, project_id),
            "sokha": (Role.ADMIN, None),
        }  # fmt: skip
        made = {
            name: actions.create_user(session, SYSTEM, f"{name}@example.org", role, place).id
            for name, (role, place) in people.items()
        }
        for user_id in made.values():
            second_factors.enrol_from_shell(session, SYSTEM, user_id)
    return Team(project_id=project_id, **made)


def a_phone(session: Session, by: Actor, team: Team) -> object:
    return actions.create_app_user(session, by, team.project_id, "ទូរសព្ទ", None)


def another_code_of_a_phone(session: Session, by: Actor, team: Team) -> object:
    made = actions.create_app_user(session, SYSTEM, team.project_id, "Arun", None)
    return actions.renew_app_user(session, by, team.project_id, made.id)


def a_script(session: Session, by: Actor, team: Team) -> object:
    return actions.create_api_token(session, by, "x", [team.project_id], {Scope.APP_USERS})


def a_person(session: Session, by: Actor, team: Team) -> object:
    return actions.invite(session, by, team.project_id, "new@example.org", Role.REVIEWER)


def a_role(session: Session, by: Actor, team: Team) -> object:
    return actions.grant(session, by, team.bopha, Role.REVIEWER, team.project_id)


def a_link(session: Session, by: Actor, team: Team) -> object:
    return actions.make_link(session, by, team.project_id, team.bopha)


def access_for_a_day(session: Session, by: Actor, team: Team) -> object:
    reviewer = (Role.REVIEWER, Reason.ABSENCE)
    return actions.open_emergency(session, by, team.project_id, team.bopha, *reviewer)


def a_factor(session: Session, by: Actor, _team: Team) -> object:
    return second_factors.offer(session, by)


def paper(session: Session, by: Actor, _team: Team) -> object:
    return second_factors.renew_recovery_codes(session, by)


def a_passkey(session: Session, by: Actor, _team: Team) -> object:
    return registering.register(session, by, PLACE, {}, "x")


LETS_IN: dict[type[Base], tuple[Make, ...]] = {
    tables.AppUser: (a_phone, another_code_of_a_phone),
    tables.ApiToken: (a_script,),
    tables.User: (a_person,),
    tables.Grant: (a_role,),
    tables.SetupLink: (a_link,),
    tables.EmergencyRow: (access_for_a_day,),
    tables.SecondFactor: (a_factor,),
    tables.RecoveryCode: (paper,),
    tables.Passkey: (a_passkey,),
}
"""Tables whose rows let in, to whatever makes one for a person who is signed in."""
OTHERS = {
    tables.SignIn, tables.RefreshToken, tables.ScriptSession,  # by a password, a code or a token
    tables.DeviceDigest, tables.AppUserForm, tables.ApiTokenProject,  # with the phone or script
    tables.Project, tables.ActorRow, tables.RoleNotice, tables.KnownNetwork, tables.DeviceAlarm,
    tables.DigestNonce,
}  # fmt: skip


def test_every_table_is_known_to_let_in_or_not() -> None:
    named = {one for one in vars(tables).values() if isinstance(one, type) and one is not Base}
    rooms = {one for one in named if issubclass(one, Base)}
    assert rooms == LETS_IN.keys() | OTHERS, "does a row of it let somebody in?"


@pytest.mark.parametrize("role", ["chanthou", "sokha"])
@pytest.mark.parametrize("make", [one for each in LETS_IN.values() for one in each])
def test_s11_what_lets_in_later_on_is_made_with_a_fresh_code_alone(
    team: Team, make: Make, role: str
) -> None:
    with clock.frozen(START):
        fresh = team.actor(getattr(team, role))
        assert fresh.is_fresh
        assert fresh.roles_in(SITE if role == "sokha" else team.project_id)
        stale = dataclasses.replace(fresh, is_fresh=False)
        if role == "sokha" and make is access_for_a_day:
            return  # nobody but a coordinator gives it
        before = counts()
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            make(session, stale, team)
        assert raised.value.kind is FRESH_CODE_NEEDED
        assert counts() == before
        allowed = suppress(Problem) if make is a_passkey else nullcontext()
        with allowed, unit_of_work() as session:  # a passkey would need a device's answer, too
            make(session, fresh, team)


@pytest.mark.parametrize("end", ["phone", "script", "sessions", "role"])
def test_ending_what_lets_in_is_another_matter(team: Team, end: str) -> None:
    """Phones and scripts are ended in haste; what is done to people wants a code all the same."""
    with clock.frozen(START):
        stale = dataclasses.replace(team.actor(team.chanthou), is_fresh=False)
        with unit_of_work() as session:
            phone = actions.create_app_user(session, SYSTEM, team.project_id, "Arun", None)
            script = actions.create_api_token(
                session, SYSTEM, "x", [team.project_id], {Scope.FIGURES}
            )
        work: dict[str, Callable[[Session], object]] = {
            "phone": lambda s: actions.revoke_app_user(s, stale, team.project_id, phone.id),
            "script": lambda s: actions.revoke_api_token(s, stale, script.id, team.project_id),
            "sessions": lambda s: actions.end_sessions_of(s, stale, team.project_id, team.bopha),
            "role": lambda s: actions.revoke_grant(
                s, stale, team.bopha, Role.FIELD_WORKER, team.project_id
            ),
        }
        if end in ("phone", "script"):
            with unit_of_work() as session:
                work[end](session)
            return
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            work[end](session)
        assert raised.value.kind is FRESH_CODE_NEEDED


def counts() -> dict[str, int]:
    with unit_of_work() as session:
        return {
            one.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(one)) or 0
            for one in LETS_IN
        }
