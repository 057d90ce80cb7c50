"""The second factor in the database: sealed, spent once, and forced on whoever needs it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.accounts import actions, credentials, queries, second_factor
from service.accounts.actions import second_factors, signing_in, tries
from service.accounts.actor import SYSTEM, Actor, Due, Role
from service.accounts.tables import RecoveryCode, SecondFactor, SignIn
from service.foundation import clock, db
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    FRESH_CODE_NEEDED,
    SECOND_FACTOR_NEEDED,
    SECOND_FACTOR_TO_ENROL,
    TOO_MANY_REQUESTS,
    WRONG_CODE,
    WRONG_CREDENTIALS,
    Problem,
)
from service.web import entering
from tests.integration.accounts.people import (
    HERE,
    PASSWORD,
    START,
    WRONG,
    a_person,
    acts,
    at_once,
    code,
    enrol,
    refusal,
    seed_of,
    sign_in,
    who,
)

STEP = dt.timedelta(seconds=second_factor.STEP_S)


@pytest.fixture
def bopha(database: db.Database, encoded: str) -> Iterator[int]:
    """A reviewer without a second factor yet."""
    with clock.frozen(START):
        yield a_person(Role.REVIEWER, encoded)


def actor_of(opened: actions.NewSignIn) -> Actor:
    found = who(opened)
    assert found is not None
    return found


def test_s11_a_session_needs_the_code_besides_the_password(bopha: int) -> None:
    seed = enrol(bopha)
    assert refusal(sign_in) is SECOND_FACTOR_NEEDED
    assert refusal(lambda: sign_in("000000")) is WRONG_CODE
    assert refusal(lambda: sign_in(code(seed), WRONG)) is WRONG_CREDENTIALS
    assert refusal(lambda: sign_in(code(seed, -2))) is WRONG_CODE
    actor = actor_of(sign_in(code(seed)))
    assert actor.due is None
    assert actor.is_fresh


def test_s11_a_code_is_good_once_and_older_ones_never(bopha: int) -> None:
    seed = enrol(bopha)
    sign_in(code(seed))
    assert refusal(lambda: sign_in(code(seed))) is WRONG_CODE
    assert refusal(lambda: sign_in(code(seed, -1))) is WRONG_CODE
    with clock.frozen(START + STEP):
        assert refusal(lambda: sign_in(code(seed, -1))) is WRONG_CODE, "the one that was used"
        assert refusal(lambda: sign_in(code(seed))) is None


def test_s11_of_many_who_send_one_code_at_once_one_gets_in(bopha: int, encoded: str) -> None:
    seed = enrol(bopha)
    typed = code(seed)

    def spend() -> bool:
        with reading() as session:
            proof = second_factors.find_proof(session, bopha, typed)
        assert proof is not None
        with unit_of_work() as session:
            return second_factors.spend(session, bopha, proof)

    assert sorted(at_once(16, spend)) == [False] * 15 + [True]


def test_s11_no_seed_stands_in_the_database(bopha: int, database: db.Database) -> None:
    seed = enrol(bopha)
    with reading() as session:
        row = session.scalars(sa.select(SecondFactor)).one()
        stored = row.sealed
    assert seed not in stored
    assert second_factor.seed_text(seed).encode() not in stored


def test_s39_a_seed_opens_for_its_own_person_alone(bopha: int, encoded: str) -> None:
    dara = a_person(Role.REVIEWER, encoded, "dara@example.org")
    seed = enrol(bopha)
    enrol(dara)
    with unit_of_work() as session:
        hers = session.get_one(SecondFactor, (bopha, True))
        session.execute(
            sa.update(SecondFactor)
            .where(SecondFactor.user_id == dara)
            .values(sealed=hers.sealed, key_pk=hers.key_pk)
        )
    assert refusal(lambda: sign_in(code(seed), email="dara@example.org")) is WRONG_CODE
    assert refusal(lambda: sign_in(code(seed))) is None


def test_s11_recovery_codes_are_good_once_each_and_stored_as_hashes(bopha: int) -> None:
    opened = _enrol_by_herself(bopha)
    codes = opened[1]
    with reading() as session:
        assert queries.count_recovery_codes(session, bopha) == 10
        stored = set(session.scalars(sa.select(RecoveryCode.code_sha256)))
    assert stored == {second_factor.recovery_sha256(each) for each in codes}
    assert refusal(lambda: sign_in(codes[0])) is None
    assert refusal(lambda: sign_in(codes[0])) is WRONG_CODE
    assert refusal(lambda: sign_in(codes[1].upper())) is None
    assert acts("factor.recover") == 2
    assert acts("user.sign_in_failed") == 1
    with reading() as session:
        assert queries.count_recovery_codes(session, bopha) == 8


def _enrol_by_herself(user_id: int) -> tuple[Actor, list[str]]:
    """As the pages do it, after a sign-in that lacks the second factor."""
    with unit_of_work() as session:
        tried = tries.begin_code(session, user_id, HERE)
    verdict = signing_in.Verdict(outcome=signing_in.Outcome.TO_ENROL, user_id=user_id)
    with unit_of_work() as session:
        half = signing_in.sign_in_page(session, tried, verdict)
    assert isinstance(half, actions.NewPageSignIn)
    assert half.due is Due.ENROL
    actor = _by_cookie(half.cookie)
    with unit_of_work() as session:
        offered = second_factors.offer(session, actor)
    with unit_of_work() as session:
        assert second_factors.offer(session, actor).secret == offered.secret, "the same again"
        pending = queries.find_factor(session, user_id, is_confirmed=False)
        assert pending is not None
        seed = second_factors.unsealed(pending)
    with unit_of_work() as session:
        codes = second_factors.confirm(session, actor, code(seed))
    return _by_cookie(half.cookie), codes


def _by_cookie(cookie: str) -> Actor:
    with reading() as session:
        found = queries.find_by_cookie(session, credentials.token_sha256(cookie), clock.now())
    assert found is not None
    return found


def test_s11_who_enrols_has_given_it_and_its_first_code_is_used_up(bopha: int) -> None:
    actor, _ = _enrol_by_herself(bopha)
    assert actor.due is None
    assert actor.is_fresh
    assert refusal(lambda: sign_in(code(seed_of(bopha)))) is WRONG_CODE


def test_s11_a_role_that_needs_it_forces_enrolment_on_the_next_request(
    database: db.Database, encoded: str
) -> None:
    with clock.frozen(START):
        sokha = a_person(Role.ANALYST, encoded)
        opened = sign_in()
        assert actor_of(opened).due is None
        with unit_of_work() as session:
            actions.grant(session, SYSTEM, sokha, Role.REVIEWER, 1)
        assert actor_of(opened).due is Due.ENROL
        assert refusal(sign_in) is SECOND_FACTOR_TO_ENROL


def test_s11_whoever_enrols_by_choice_ends_the_sessions_opened_without(
    database: db.Database, encoded: str
) -> None:
    with clock.frozen(START):
        sokha = a_person(Role.ANALYST, encoded)
        here, there = sign_in(), sign_in()
        with unit_of_work() as session:
            second_factors.offer(session, actor_of(here))
            pending = queries.find_factor(session, sokha, is_confirmed=False)
            assert pending is not None
            second_factors.confirm(session, actor_of(here), code(second_factors.unsealed(pending)))
        assert actor_of(here).due is None
        assert who(there) is None, "it was opened without"


def test_s11_to_replace_it_wants_a_fresh_code_of_the_one_there_is(bopha: int) -> None:
    seed = enrol(bopha)
    opened = sign_in(code(seed))
    later = START + second_factor.FRESH + STEP
    with clock.frozen(later):
        stale = actor_of(opened)
        assert not stale.is_fresh
        for work in (second_factors.offer, second_factors.renew_recovery_codes):
            with pytest.raises(Problem) as raised, unit_of_work() as session:
                work(session, stale)
            assert raised.value.kind is FRESH_CODE_NEEDED
        assert entering.give_code(stale, code(seed), HERE)
        fresh = actor_of(opened)
        assert fresh.is_fresh
        with unit_of_work() as session:
            second_factors.offer(session, fresh)
        assert seed_of(bopha) == seed, "the one in use stays until the other is confirmed"


def test_wrong_codes_of_somebody_signed_in_are_counted_like_passwords(bopha: int) -> None:
    seed = enrol(bopha)
    opened = sign_in(code(seed))
    with clock.frozen(START + 2 * second_factor.FRESH):
        stale = actor_of(opened)
        for _ in range(5):
            assert not entering.give_code(stale, "000000", HERE)
        assert refusal(lambda: entering.give_code(stale, code(seed), HERE)) is TOO_MANY_REQUESTS
    with clock.frozen(START + 3 * second_factor.FRESH):
        assert entering.give_code(stale, code(seed), HERE)


def test_s03_the_right_password_does_not_forgive_wrong_codes(bopha: int) -> None:
    """Otherwise whoever has the password could go on guessing codes for ever."""
    seed = enrol(bopha)
    for _ in range(4):
        assert refusal(lambda: sign_in("000000")) is WRONG_CODE
        assert refusal(sign_in) is SECOND_FACTOR_NEEDED
    assert refusal(lambda: sign_in("000000")) is WRONG_CODE
    assert refusal(lambda: sign_in(code(seed))) is TOO_MANY_REQUESTS


def test_the_hosts_shell_takes_it_away_and_ends_what_was_open(bopha: int) -> None:
    seed = enrol(bopha)
    opened = sign_in(code(seed))
    with unit_of_work() as session:
        second_factors.take_away(session, SYSTEM, bopha)
    assert who(opened) is None
    assert refusal(sign_in) is SECOND_FACTOR_TO_ENROL


def test_a_session_that_waits_for_its_code_does_not_wait_for_ever(bopha: int) -> None:
    enrol(bopha)
    half = entering.open_page_session("bopha@example.org", PASSWORD, HERE)
    assert half.due is Due.CODE
    with reading() as session:
        key = credentials.token_sha256(half.cookie)
        late = START + dt.timedelta(minutes=30)
        assert queries.find_by_cookie(session, key, late) is None
        early = queries.find_by_cookie(session, key, late - dt.timedelta(seconds=1))
    assert early is not None
    assert early.due is Due.CODE


def test_a_cookie_that_was_seen_before_the_code_opens_nothing_after_it(bopha: int) -> None:
    seed = enrol(bopha)
    half = entering.open_page_session("bopha@example.org", PASSWORD, HERE)
    actor = _by_cookie(half.cookie)
    assert entering.give_code(actor, code(seed), HERE)
    with unit_of_work() as session:
        signing_in.change_cookie(session, actor)
    with reading() as session:
        key = credentials.token_sha256(half.cookie)
        assert queries.find_by_cookie(session, key, START) is None
        assert session.scalars(sa.select(SignIn)).one().factor_at == START


def test_nobody_proves_with_what_is_not_there(bopha: int) -> None:
    stranger = dataclasses.replace(SYSTEM, id=bopha)
    assert not entering.give_code(stranger, "000000", HERE)
