"""Signing in and out, one-time links, phones: what the rows do, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.accounts import actions, caller, credentials, lifetimes, queries
from service.accounts.actions import second_factors, tries
from service.accounts.actions.signing_in import Outcome, Verdict, sign_in
from service.accounts.actor import SITE, SYSTEM, Actor, Role
from service.accounts.tables import AppUser, Grant, SetupLink, User
from service.foundation import clock, db
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    NOT_ABOVE,
    NOT_ALLOWED,
    NOT_FOUND,
    PROJECT_UNKNOWN,
    TOO_MANY_REQUESTS,
    WRONG_CREDENTIALS,
    Problem,
)
from service.web import entering
from tests.factories import a_coordinator, a_project, at

EMAIL, PASSWORD, WRONG = "bopha@example.org", "ស្រែ ត្នោត មេឃ ទន្លេ", "not the password"
KEY = "5e" * 16 + "a7" * 16
START = at("2026-11-24T08:00")


@pytest.fixture
def bopha(database: db.Database, encoded: str) -> Iterator[int]:
    """Her user id; the clock stands at START."""
    with clock.frozen(START):
        with unit_of_work() as session:
            project = a_project(session)
            user = actions.create_user(session, SYSTEM, EMAIL, Role.ANALYST, project.id)
            user.password_hash = encoded
        yield user.id


HERE = caller.of_request(KEY, "203.0.113.7", "203.0.113.0/24", "pytest/9")


def try_to_sign_in(
    password: str, email: str = EMAIL, came_from: caller.Caller = HERE
) -> actions.NewSignIn | None:
    """As the door for programs does; None where the credentials are wrong."""
    try:
        return entering.open_session(KEY, email, password, "", came_from)
    except Problem as problem:
        if problem.kind is not WRONG_CREDENTIALS:
            raise
        return None


def fail(user_id: int, times: int = 1, came_from: caller.Caller = HERE) -> None:
    """Wrong passwords, without the time that hashing each would take."""
    wrong = Verdict(outcome=Outcome.WRONG_PASSWORD, user_id=user_id)
    for _ in range(times):
        with unit_of_work() as session:
            tried = tries.begin_sign_in(session, EMAIL, came_from)
        with unit_of_work() as session:
            assert sign_in(session, KEY, tried, wrong) is WRONG_CREDENTIALS


def in_s(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def who(opened: actions.NewSignIn, when: dt.datetime = START) -> Actor | None:
    claims = credentials.read_access_token(KEY, opened.token, when)
    assert claims is not None
    with reading() as session:
        secret = credentials.token_sha256(claims.secret)
        return queries.find_by_access_token(session, claims.sign_in_pk, secret, when)


def acts() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.entry_pk)))


def test_the_right_password_opens_a_session_that_names_todays_roles(bopha: int) -> None:
    opened = try_to_sign_in(PASSWORD, " Bopha@Example.ORG ")
    assert opened is not None
    assert opened.expires_at == START + lifetimes.ACCESS
    actor = who(opened)
    assert actor is not None
    assert actor.id == bopha
    with unit_of_work() as session:
        other = a_project(session, "Pailin").id
        actions.grant(session, SYSTEM, bopha, Role.COORDINATOR, other)
    later = who(opened)
    assert later is not None
    assert later.roles_in(other) == {Role.COORDINATOR}
    assert acts()[-3:] == ["user.sign_in", "project.create", "user.grant"]


def test_a_session_ends_by_itself(bopha: int) -> None:
    opened = try_to_sign_in(PASSWORD)
    assert opened is not None
    claims = credentials.read_access_token(KEY, opened.token, START)
    assert claims is not None
    with reading() as session:
        for moment, is_open in (
            (START + lifetimes.PROGRAM_IDLE - dt.timedelta(seconds=1), True),
            (START + lifetimes.PROGRAM_IDLE, False),
        ):
            found = queries.find_signed_in(session, claims.sign_in_pk, moment)
            assert (found is not None) is is_open


def test_s03_five_wrong_passwords_block_for_a_minute_and_then_ever_longer(bopha: int) -> None:
    fail(bopha, 4)
    assert try_to_sign_in(WRONG) is None
    moment = 0.0
    for block_s in (60, 120, 240, 480, 900, 900):
        with clock.frozen(in_s(moment + block_s - 1)), pytest.raises(Problem) as raised:
            try_to_sign_in(PASSWORD)
        assert raised.value.kind is TOO_MANY_REQUESTS
        assert 1 <= raised.value.context["seconds"] <= 2
        moment += block_s
        with clock.frozen(in_s(moment)):
            fail(bopha)


def test_s03_the_right_password_works_after_the_block_and_counts_anew(bopha: int) -> None:
    fail(bopha, 5)
    with clock.frozen(in_s(61)):
        assert try_to_sign_in(PASSWORD) is not None
        fail(bopha, 4)
        assert try_to_sign_in(PASSWORD) is not None


def test_four_wrong_passwords_block_nobody(bopha: int) -> None:
    fail(bopha, 4)
    assert try_to_sign_in(PASSWORD) is not None


def test_neither_an_unknown_address_nor_a_wrong_password_opens_anything(bopha: int) -> None:
    assert try_to_sign_in(PASSWORD, "nobody@example.org") is None
    assert try_to_sign_in(WRONG) is None
    assert try_to_sign_in(PASSWORD, "") is None


def test_s06_who_was_switched_off_comes_in_neither_anew_nor_by_an_open_session(bopha: int) -> None:
    opened = try_to_sign_in(PASSWORD)
    assert opened is not None
    with unit_of_work() as session:
        session.execute(sa.update(User).where(User.id == bopha).values(is_active=False))
    assert who(opened) is None
    assert try_to_sign_in(PASSWORD) is None


def test_s06_signing_out_ends_that_session_at_once_and_no_other(bopha: int) -> None:
    here, there = try_to_sign_in(PASSWORD), try_to_sign_in(PASSWORD)
    assert here is not None
    assert there is not None
    actor = who(here)
    assert actor is not None
    with unit_of_work() as session:
        actions.sign_out(session, actor)
    assert who(here) is None
    assert who(there) is not None


def test_a_weak_hash_is_made_anew_at_the_next_sign_in(bopha: int) -> None:
    import argon2

    credentials.use(credentials.LEAST)
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD.encode())
    with unit_of_work() as session:
        session.execute(sa.update(User).where(User.id == bopha).values(password_hash=weak))
    assert try_to_sign_in(PASSWORD) is not None
    with reading() as session:
        stored = session.scalar(sa.select(User.password_hash).where(User.id == bopha))
    assert stored is not None
    assert not credentials.needs_rehash(stored)
    assert try_to_sign_in(PASSWORD) is not None


def test_a_one_time_link_works_once_and_ends_open_sessions(bopha: int, encoded: str) -> None:
    opened = try_to_sign_in(PASSWORD)
    assert opened is not None
    with unit_of_work() as session:
        token = actions.create_setup_link(session, SYSTEM, bopha)
    with unit_of_work() as session:
        assert actions.use_setup_link(session, token, encoded).id == bopha
    assert who(opened) is None
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.use_setup_link(session, token, encoded)
    assert raised.value.kind is NOT_FOUND


def test_a_one_time_link_lapses_after_a_day(bopha: int, encoded: str) -> None:
    with unit_of_work() as session:
        session.get_one(User, bopha).password_hash = None
        token = actions.create_setup_link(session, SYSTEM, bopha)
    with (
        clock.frozen(START + lifetimes.INVITATION),
        pytest.raises(Problem) as raised,
        unit_of_work() as session,
    ):
        actions.use_setup_link(session, token, encoded)
    assert raised.value.kind is NOT_FOUND


def test_a_one_time_link_lifts_a_block(bopha: int, encoded: str) -> None:
    fail(bopha, 5)
    with unit_of_work() as session:
        actions.use_setup_link(session, actions.create_setup_link(session, SYSTEM, bopha), encoded)
    assert try_to_sign_in(PASSWORD) is not None


def test_no_token_stands_in_the_database(bopha: int) -> None:
    with unit_of_work() as session:
        project_id = queries.list_projects(session)[0].id
        link = actions.create_setup_link(session, SYSTEM, bopha)
        phone = actions.create_app_user(session, SYSTEM, project_id, "ទូរសព្ទ", None)
    with reading() as session:
        hashes = [*session.scalars(sa.select(SetupLink.token_sha256))]
        hashes += session.scalars(sa.select(AppUser.token_sha256))
    assert set(hashes) == {credentials.token_sha256(link), credentials.token_sha256(phone.token)}
    assert link not in repr(phone)
    assert phone.token not in repr(phone)


def test_a_revoked_phone_is_nobody_from_the_next_request_on(bopha: int) -> None:
    with unit_of_work() as session:
        project_id = queries.list_projects(session)[0].id
        made = actions.create_app_user(session, SYSTEM, project_id, "ទូរសព្ទ", ["visit"])
    key = credentials.token_sha256(made.token)
    found = queries.find_device(key, START)
    assert found is not None
    assert found.form_ids == {"visit"}
    assert found.roles_in(project_id) == {Role.DEVICE}
    assert queries.find_device(key, START + actions.DEVICE_LIFE) is None
    for _ in range(2):  # again is no error
        with unit_of_work() as session:
            actions.revoke_app_user(session, SYSTEM, project_id, made.id)
    assert queries.find_device(key, START) is None
    assert acts().count("device.revoke") == 1


def test_dara_may_not_touch_the_phones_of_another_project(bopha: int) -> None:
    with unit_of_work() as session:
        project_id = queries.list_projects(session)[0].id
        other = a_project(session, "Pailin")
        made = actions.create_app_user(session, SYSTEM, project_id, "ទូរសព្ទ", None)
    dara = Actor(id=9, name="ដារ៉ា", roles={other.id: frozenset({Role.COORDINATOR})})
    for place in (project_id, other.id):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            actions.revoke_app_user(session, dara, place, made.id)
        assert raised.value.kind is NOT_FOUND
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.create_app_user(session, dara, project_id, "ទូរសព្ទ", None)
    assert raised.value.kind is NOT_FOUND


@pytest.mark.parametrize("name", ["", "  ", "ក" * 121])
def test_a_phone_needs_a_name_of_fit_length(database: db.Database, name: str) -> None:
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.create_app_user(session, SYSTEM, a_project(session).id, name, None)
    assert raised.value.kind is INVALID_PARAMETER


@pytest.mark.parametrize("email", ["", "no-at", "a@b@c", "a b@c", "@x", "x@"])
def test_an_address_must_look_like_one(database: db.Database, email: str) -> None:
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.create_user(session, SYSTEM, email, Role.ADMIN)
    assert raised.value.kind is INVALID_PARAMETER


def test_two_people_cannot_have_one_address(bopha: int) -> None:
    with pytest.raises(Problem) as raised, unit_of_work() as session:
        actions.create_user(session, SYSTEM, EMAIL.upper(), Role.ADMIN)
    assert raised.value.kind is ALREADY_EXISTS


@pytest.mark.parametrize("role", [Role.DEVICE, Role.SYSTEM])
def test_no_person_can_be_given_the_role_of_a_machine(bopha: int, role: Role) -> None:
    for work in (
        lambda s: actions.create_user(s, SYSTEM, "x@example.org", role, 1),
        lambda s: actions.grant(s, SYSTEM, bopha, role, 1),
    ):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            work(session)
        assert raised.value.kind is INVALID_PARAMETER


def test_a_role_other_than_admin_needs_a_project(database: db.Database) -> None:
    with pytest.raises(Problem), unit_of_work() as session:
        actions.create_user(session, SYSTEM, "x@example.org", Role.COORDINATOR)
    with unit_of_work() as session:
        admin = actions.create_user(session, SYSTEM, "x@example.org", Role.ADMIN)
    with reading() as session:
        assert queries.find_user(session, "x@example.org") is not None
        assert session.scalar(sa.text("SELECT project_id FROM grants")) == SITE
    assert admin.password_hash is None


def test_s17_a_coordinator_adds_people_below_her_in_her_own_project(bopha: int) -> None:
    with unit_of_work() as session:
        other = a_project(session, "Pailin").id
    chanthou = a_coordinator(1, id=5)
    for work, kind in (
        (lambda s: actions.create_user(s, chanthou, "x@x.org", Role.COORDINATOR, 1), NOT_ABOVE),
        (lambda s: actions.create_user(s, chanthou, "x@x.org", Role.ANALYST, other), NOT_FOUND),
        (lambda s: actions.create_user(s, chanthou, "x@x.org", Role.ADMIN), NOT_ALLOWED),
        (lambda s: actions.grant(s, chanthou, bopha, Role.COORDINATOR, 1), NOT_ABOVE),
        (lambda s: actions.grant(s, chanthou, 5, Role.REVIEWER, 1), NOT_ABOVE),
        (lambda s: actions.create_setup_link(s, chanthou, bopha), NOT_ALLOWED),
        (lambda s: second_factors.take_away(s, chanthou, bopha), NOT_ALLOWED),
        (lambda s: second_factors.enrol_from_shell(s, chanthou, bopha), NOT_ALLOWED),
        (lambda s: actions.create_project(s, chanthou, "Mine"), NOT_ALLOWED),
    ):
        with pytest.raises(Problem) as raised, unit_of_work() as session:
            work(session)
        assert raised.value.kind is kind
    with unit_of_work() as session:
        made = actions.invite(session, chanthou, 1, "arun@example.org", Role.REVIEWER)
        assert made.token
    with reading() as session:
        assert queries.list_grants(session, made.user_id) == [(1, Role.REVIEWER)]


@pytest.mark.parametrize("project_id", [0, -1, 99])
def test_no_role_in_a_project_that_is_not_there(bopha: int, project_id: int) -> None:
    """It would come to life with the project; and 0 means every project."""
    with unit_of_work() as session, pytest.raises(Problem) as refused:
        actions.create_user(session, SYSTEM, "z@x.org", Role.COORDINATOR, project_id)
    assert refused.value.kind is PROJECT_UNKNOWN
    with unit_of_work() as session, pytest.raises(Problem) as refused:
        actions.grant(session, SYSTEM, bopha, Role.COORDINATOR, project_id)
    assert refused.value.kind is PROJECT_UNKNOWN


def test_s06_a_role_that_is_taken_back_ends_at_the_next_request(bopha: int) -> None:
    with unit_of_work() as session:
        other = a_project(session, "Pailin").id
        actions.grant(session, SYSTEM, bopha, Role.ANALYST, other)
        actions.revoke_grant(session, SYSTEM, bopha, Role.ANALYST, other)
        with pytest.raises(Problem):
            actions.revoke_grant(session, SYSTEM, bopha, Role.ANALYST, other)
        assert session.get(Grant, (bopha, other, "analyst", "")) is None


def test_projects_with_khmer_names_have_addresses_of_their_own(database: db.Database) -> None:
    with unit_of_work() as session:
        made = [a_project(session, name) for name in ("បាត់ដំបង", "សៀមរាប", "Pailin  ")]
        assert [project.slug for project in made] == ["project-1", "project-2", "pailin"]
        assert made[2].name == "Pailin"
    for name in ("", "  "):
        with unit_of_work() as session, pytest.raises(Problem):
            a_project(session, name)
