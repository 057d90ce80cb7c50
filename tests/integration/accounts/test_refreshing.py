"""S-05: a refresh token is used once; whoever comes with a used one ends the family."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.accounts import actions, credentials, lifetimes
from service.accounts.actor import Role
from service.accounts.caller import Caller
from service.accounts.tables import RefreshToken, SignIn
from service.foundation import clock, db
from service.foundation.db import reading, unit_of_work
from tests.integration.accounts.people import (
    ELSEWHERE,
    HERE,
    KEY,
    START,
    a_person,
    acts,
    at_once,
    from_network,
    sign_in,
    switch_off,
    who,
)

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def opened(database: db.Database, encoded: str) -> Iterator[actions.NewSignIn]:
    """An analyst's session, opened by a program at START."""
    with clock.frozen(START):
        a_person(Role.ANALYST, encoded)
        yield sign_in()


def renew(token: str, came_from: Caller = HERE) -> actions.NewSignIn | None:
    with unit_of_work() as session:
        return actions.refresh(session, KEY, token, came_from)


def renewed(token: str, came_from: Caller = HERE) -> actions.NewSignIn:
    found = renew(token, came_from)
    assert found is not None
    return found


def is_alive(opened: actions.NewSignIn) -> bool:
    return who(opened) is not None


def test_s05_each_use_brings_the_next_token_and_a_new_access_token(
    opened: actions.NewSignIn,
) -> None:
    with clock.frozen(START + lifetimes.ACCESS):
        assert credentials.read_access_token(KEY, opened.token, clock.now()) is None
        second = renewed(opened.refresh_token)
        assert credentials.read_access_token(KEY, second.token, clock.now()) is not None
        third = renewed(second.refresh_token)
    tokens = {opened.refresh_token, second.refresh_token, third.refresh_token}
    assert len(tokens) == 3
    assert all(token.startswith("smr-") and len(token) >= 47 for token in tokens)
    assert is_alive(third)


def test_s05_of_32_threads_with_one_token_one_family_member_lives(
    opened: actions.NewSignIn,
) -> None:
    answers = [answer for answer in at_once(32, lambda: renew(opened.refresh_token)) if answer]
    assert 1 <= len(answers) <= 2, "the use, and one replay"
    assert len({answer.refresh_token for answer in answers}) == 1
    assert is_alive(opened)
    with reading() as session:
        unused = sa.select(sa.func.count()).where(RefreshToken.used_at.is_(None))
        assert session.scalar(unused) == 1
    assert renew(answers[0].refresh_token) is not None


def test_s05_a_lost_answer_can_be_fetched_once_more_within_ten_seconds(
    opened: actions.NewSignIn,
) -> None:
    second = renewed(opened.refresh_token)
    with clock.frozen(START + lifetimes.REPLAY - SECOND):
        assert renewed(opened.refresh_token).refresh_token == second.refresh_token
        assert renew(opened.refresh_token) is None, "once"
        assert is_alive(opened), "a client that asks too often is no thief"
        assert renew(second.refresh_token) is not None


def test_s05_the_predecessor_after_ten_seconds_ends_the_family(opened: actions.NewSignIn) -> None:
    second = renewed(opened.refresh_token)
    with clock.frozen(START + lifetimes.REPLAY):
        assert renew(opened.refresh_token) is None
        assert not is_alive(second)
        assert renew(second.refresh_token) is None
    assert acts("session.reuse") == 1


def test_s05_a_grandparent_ends_the_family_at_any_time(opened: actions.NewSignIn) -> None:
    third = renewed(renewed(opened.refresh_token).refresh_token)
    assert renew(opened.refresh_token) is None
    assert not is_alive(third)
    assert renew(third.refresh_token) is None
    assert acts("session.reuse") == 1


@pytest.mark.parametrize("thief", [ELSEWHERE, from_network("203.0.113.7", "curl/8")])
def test_s05_a_used_token_from_another_client_ends_the_family_at_once(
    opened: actions.NewSignIn, thief: Caller
) -> None:
    second = renewed(opened.refresh_token)
    assert renew(opened.refresh_token, thief) is None
    assert not is_alive(second)


def test_s05_a_thief_who_is_first_is_found_out_by_the_owner(opened: actions.NewSignIn) -> None:
    stolen = renewed(opened.refresh_token, ELSEWHERE)
    assert renew(opened.refresh_token) is None
    assert not is_alive(stolen)


def test_s05_a_family_that_ended_is_not_renewed(opened: actions.NewSignIn) -> None:
    actor = who(opened)
    assert actor is not None
    with unit_of_work() as session:
        actions.sign_out(session, actor)
    assert renew(opened.refresh_token) is None


def test_s06_whoever_is_switched_off_renews_nothing(opened: actions.NewSignIn) -> None:
    switch_off(opened.user_id)
    assert renew(opened.refresh_token) is None


def test_s05_fourteen_days_without_use_end_it(opened: actions.NewSignIn) -> None:
    with clock.frozen(START + lifetimes.PROGRAM_IDLE - SECOND):
        second = renewed(opened.refresh_token)
    with clock.frozen(START + 2 * lifetimes.PROGRAM_IDLE - SECOND):
        assert renew(second.refresh_token) is None
        assert not is_alive(second)


def test_s05_ninety_days_end_it_however_busy(opened: actions.NewSignIn) -> None:
    token, moment = opened.refresh_token, START
    while moment + dt.timedelta(days=9) < START + lifetimes.PROGRAM:
        moment += dt.timedelta(days=9)
        with clock.frozen(moment):
            token = renewed(token).refresh_token
    with clock.frozen(START + lifetimes.PROGRAM):
        assert renew(token) is None


@pytest.mark.parametrize("token", ["", "smr-", "smr-" + "x" * 43, "ក" * 50])
def test_s05_what_never_was_a_token_ends_nothing(opened: actions.NewSignIn, token: str) -> None:
    assert renew(token) is None
    assert renew(opened.token) is None, "an access token"
    assert is_alive(opened)


def test_s04_a_refresh_token_is_no_access_token(opened: actions.NewSignIn) -> None:
    assert credentials.read_access_token(KEY, opened.refresh_token, START) is None


def test_s05_hashes_alone_are_stored(opened: actions.NewSignIn) -> None:
    second = renewed(opened.refresh_token)
    with reading() as session:
        stored = set(session.scalars(sa.select(RefreshToken.token_sha256)))
    assert stored == {
        credentials.token_sha256(token) for token in (opened.refresh_token, second.refresh_token)
    }
    assert opened.refresh_token not in repr(opened)
    assert credentials.next_refresh_token("c1" * 32, opened.refresh_token) != second.refresh_token


def test_tokens_of_families_that_ended_are_swept_at_the_next_sign_in(
    opened: actions.NewSignIn,
) -> None:
    renewed(opened.refresh_token)
    with unit_of_work() as session:
        session.execute(sa.update(SignIn).values(ended_at=START))
    again = sign_in()
    with reading() as session:
        stored = set(session.scalars(sa.select(RefreshToken.token_sha256)))
    assert stored == {credentials.token_sha256(again.refresh_token)}
