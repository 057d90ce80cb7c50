"""A person and the doors, for tests of signing in: the clock stands at START."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

import sqlalchemy as sa

from service.accounts import actions, caller, credentials, queries, second_factor
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Actor, Role
from service.accounts.tables import User
from service.foundation import clock, telemetry
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Kind, Problem
from service.web import entering
from tests.factories import a_project, at

EMAIL, PASSWORD, WRONG = "bopha@example.org", "ស្រែ ត្នោត មេឃ ទន្លេ", "not the password"
KEY = "5e" * 16 + "a7" * 16
START = at("2026-11-24T08:00")
T = TypeVar("T")


def from_network(address: str, agent: str = "pytest/9") -> caller.Caller:
    return caller.of_request(KEY, address, telemetry.coarse_address(address), agent)


HERE, ELSEWHERE = from_network("203.0.113.7"), from_network("198.51.100.9")


def a_person(role: Role, encoded: str, email: str = EMAIL) -> int:
    """Her id. `encoded`: the hash of PASSWORD, made once for all tests."""
    with unit_of_work() as session:
        projects = queries.list_projects(session)
        project = projects[0] if projects else a_project(session)
        user = actions.create_user(session, SYSTEM, email, role, project.id)
        user.password_hash = encoded
        return user.id


def enrol(user_id: int) -> bytes:
    """A second factor; answers its seed."""
    with unit_of_work() as session:
        second_factors.enrol_from_shell(session, SYSTEM, user_id)
    return seed_of(user_id)


def seed_of(user_id: int) -> bytes:
    with reading() as session:
        factor = queries.find_factor(session, user_id)
        assert factor is not None
        return second_factors.unsealed(factor)


def code(seed: bytes, steps_on: int = 0) -> str:
    return second_factor.code_at(seed, second_factor.step_at(clock.now()) + steps_on)


def sign_in(
    totp: str = "", password: str = PASSWORD, email: str = EMAIL, came_from: caller.Caller = HERE
) -> actions.NewSignIn:
    return entering.open_session(KEY, email, password, totp, came_from)


def refusal(work: Callable[[], object]) -> Kind | None:
    """The kind of problem that the work ends with; None where it goes well."""
    try:
        work()
    except Problem as problem:
        return problem.kind
    return None


def who(opened: actions.NewSignIn) -> Actor | None:
    """Whom the access token names now, as a request with it would find."""
    claims = credentials.read_access_token(KEY, opened.token, opened.created_at)
    assert claims is not None
    with reading() as session:
        secret = credentials.token_sha256(claims.secret)
        return queries.find_by_access_token(session, claims.sign_in_pk, secret, clock.now())


def acts(action: str) -> int:
    """How many audit entries of that name there are."""
    with reading() as session:
        count = sa.select(sa.func.count()).where(AuditEntry.action == action)
        return session.scalar(count) or 0


def switch_off(user_id: int) -> None:
    with unit_of_work() as session:
        session.execute(sa.update(User).where(User.id == user_id).values(is_active=False))


def at_once(times: int, work: Callable[[], T]) -> list[T]:
    """What each of so many threads gets, all let go at the same moment."""
    start, results = Barrier(times), []

    def run() -> None:
        start.wait()
        results.append(work())

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == times
    return results
