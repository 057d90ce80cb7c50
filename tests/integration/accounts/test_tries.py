"""S-03: guessing is slow, and nobody is kept out by others who fail in her name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from service.accounts import credentials
from service.accounts.actions import signing_in, tries
from service.accounts.actor import Role
from service.accounts.caller import Caller
from service.accounts.tables import User
from service.foundation import clock, db, throttling
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import BUSY, TOO_MANY_REQUESTS, WRONG_CREDENTIALS
from service.foundation.throttling import Throttle
from service.web import entering
from tests.integration.accounts.people import (
    ELSEWHERE,
    EMAIL,
    HERE,
    KEY,
    START,
    a_person,
    at_once,
    from_network,
    refusal,
    sign_in,
)


@pytest.fixture
def sokha(database: db.Database, encoded: str) -> Iterator[int]:
    with clock.frozen(START):
        yield a_person(Role.ANALYST, encoded)


def in_s(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def begin(came_from: Caller, email: str = EMAIL) -> tries.Try:
    with unit_of_work() as session:
        return tries.begin_sign_in(session, email, came_from)


def fail(times: int, came_from: Caller) -> None:
    """Without the time that hashing takes."""
    for _ in range(times):
        tried = begin(came_from)
        wrong = signing_in.Verdict(outcome=signing_in.Outcome.WRONG_PASSWORD, user_id=tried.user_id)
        with unit_of_work() as session:
            assert signing_in.sign_in(session, KEY, tried, wrong) is WRONG_CREDENTIALS


def is_refused(came_from: Caller, email: str = EMAIL) -> bool:
    return refusal(lambda: begin(came_from, email)) is TOO_MANY_REQUESTS


def test_s03_the_sixth_failure_waits_wherever_it_comes_from(sokha: int) -> None:
    for number in range(5):
        fail(1, from_network(f"198.51.100.{number}"))
    assert is_refused(from_network("198.51.100.77"))


def test_s03_of_a_hundred_at_once_five_are_checked(sokha: int) -> None:
    def one(number: list[int] = list(range(100))) -> bool:  # noqa: B006 - each takes its own
        return is_refused(from_network(f"198.51.100.{number.pop()}"))

    assert at_once(100, one).count(False) == 5


def test_s03_others_who_fail_in_her_name_do_not_keep_the_owner_out(sokha: int) -> None:
    """From a network that she came in from before, her tries are counted apart."""
    sign_in()
    moment = 0
    for _ in range(6):  # for hours, the next try of the attacker is always the first
        with clock.frozen(in_s(moment)):
            while not is_refused(ELSEWHERE):
                pass
            assert refusal(sign_in) is None
        moment += 60


def test_s03_from_a_network_she_never_used_the_owner_waits_fifteen_minutes_at_most(
    sokha: int,
) -> None:
    for moment in range(0, 7200, 30):
        with clock.frozen(in_s(moment)):
            if not is_refused(ELSEWHERE):
                continue
    with reading() as session:
        blocked_until = session.get_one(User, sokha).blocked_until
    assert blocked_until is not None
    assert blocked_until - in_s(7200) <= dt.timedelta(minutes=15)
    with clock.frozen(blocked_until):
        assert refusal(sign_in) is None


def test_s03_nobody_keeps_her_out_of_a_network_she_never_used(sokha: int) -> None:
    """Somebody who fails every five seconds for hours, from two hundred addresses, with a right
    password of hers between any two: within 15 minutes she is in."""
    came_in, passed = [], 0
    quarters = 12 if db.current().is_sqlite else 4  # the counting is the same
    for second in range(0, quarters * 900, 5):
        with clock.frozen(in_s(second)):
            passed += not is_refused(from_network(f"198.51.100.{second % 200}"))
        if second % 900 == 895:
            hers = from_network(f"203.0.{second // 900}.200")
            with clock.frozen(in_s(second + 2)):
                came_in.append(refusal(lambda hers=hers: sign_in(came_from=hers)))
    assert came_in == [None] * quarters
    assert passed <= quarters * (tries.FREE_FAILURES + tries.AROUND + 4), "and guessing stays slow"


def test_s03_beside_the_block_a_coarse_network_has_two_tries_in_a_quarter_of_an_hour(
    sokha: int,
) -> None:
    fail(5, ELSEWHERE)
    assert is_refused(from_network("198.51.100.99")), "the same network, roughly"
    for moment in (0, 900):
        with clock.frozen(in_s(moment)):
            while not is_refused(ELSEWHERE):
                pass
            got = [is_refused(from_network(f"203.0.113.{number}")) for number in range(6)]
            assert got == [False] * 2 + [True] * 4
            far = [is_refused(from_network(f"2001:db8:7:{number}::1")) for number in range(6)]
            assert far == [False] * 2 + [True] * 4


def test_s03_failures_from_a_known_network_are_counted_there(sokha: int) -> None:
    sign_in()
    fail(5, HERE)
    assert is_refused(HERE)
    assert not is_refused(ELSEWHERE)
    with clock.frozen(in_s(60)):
        assert refusal(sign_in) is None
        fail(4, HERE)
        assert not is_refused(HERE), "a success counts anew"


def test_s03_a_network_is_known_for_ninety_days(sokha: int) -> None:
    sign_in()
    with clock.frozen(START + tries.KNOWN_FOR):
        assert not begin(HERE).is_known_network


def test_s03_a_network_gets_thirty_tries_a_minute_for_whatever_accounts(sokha: int) -> None:
    for number in range(tries.PER_NETWORK):
        begin(ELSEWHERE, f"nobody{number}@example.org")
    assert is_refused(ELSEWHERE, "nobody@example.org")
    assert is_refused(ELSEWHERE)
    assert refusal(sign_in) is None, "another network"
    with clock.frozen(in_s(60)):
        assert not is_refused(ELSEWHERE)


def test_s03_all_together_have_a_ceiling(sokha: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "TOGETHER", 50)
    for number in range(50):
        begin(from_network(f"198.51.100.{number}"), "nobody@example.org")
    assert is_refused(from_network("198.51.100.99"), "nobody@example.org")
    with clock.frozen(in_s(60)):
        assert not is_refused(HERE)


def test_s03_few_networks_use_up_the_ceiling_of_strangers_and_nobody_elses(sokha: int) -> None:
    """Ten do, which try whatever names: whoever comes from where she came in before is not kept
    out; nobody else comes in by that."""
    with clock.frozen(in_s(-60)):
        sign_in()
    networks = tries.TOGETHER // tries.PER_NETWORK
    for number in range(networks):
        for _ in range(tries.PER_NETWORK):
            begin(from_network(f"198.51.{number}.1"), "nobody@example.org")
    assert is_refused(ELSEWHERE)
    assert is_refused(HERE, "nobody@example.org")
    assert refusal(sign_in) is None
    beside = from_network("203.0.113.99")
    assert refusal(lambda: sign_in(came_from=beside)) is None, "her carrier gave another address"
    fail(5, HERE)
    assert is_refused(HERE), "guessing is as slow as ever"
    for _ in range(tries.PER_NETWORK):
        is_refused(HERE)
    with clock.frozen(in_s(60)):
        assert not is_refused(ELSEWHERE)


def test_s03_a_ceiling_holds_against_many_at_once(database: db.Database) -> None:
    def count() -> None:
        with unit_of_work() as session:
            throttling.count(session, "x", most=7)

    def one() -> bool:
        return refusal(count) is None

    assert at_once(40, one).count(True) == 7


def test_rows_of_throttles_do_not_pile_up(database: db.Database) -> None:
    for hour in range(3):
        with clock.frozen(START + hour * dt.timedelta(hours=2)), unit_of_work() as session:
            for number in range(5):
                throttling.count(session, f"{hour}/{number}", most=9)
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Throttle)) == 5


def test_s02_whoever_finds_the_server_busy_has_not_failed(sokha: int) -> None:
    places = 10
    for _ in range(places):
        assert credentials._places.acquire(blocking=False)
    try:
        for _ in range(12):
            assert refusal(sign_in) is BUSY
    finally:
        for _ in range(places):
            credentials._places.release()
    assert refusal(sign_in) is None


def test_s03_an_address_that_is_not_there_is_answered_and_counted_alike(sokha: int) -> None:
    unknown = refusal(lambda: sign_in(email="nobody@example.org", came_from=ELSEWHERE))
    wrong = refusal(lambda: sign_in(password="x" * 12, came_from=ELSEWHERE))
    assert unknown is wrong is WRONG_CREDENTIALS
    assert refusal(lambda: entering.open_page_session("nobody@example.org", "x", HERE)) is unknown
