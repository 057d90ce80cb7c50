"""Codes of the app and of the paper, and when they are due."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.accounts import policy, second_factor
from service.accounts.actor import Due, Role

SEED = b"12345678901234567890"
NOW = dt.datetime(2026, 11, 24, 8, 0, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"),
        (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    """Appendix B, SHA-1, the last six of the eight digits."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert second_factor.code_at(SEED, second_factor.step_at(moment)) == code
    assert second_factor.matching_step(SEED, code, moment) == seconds // 30


def test_a_clock_may_be_a_step_off_and_no_more() -> None:
    step = second_factor.step_at(NOW)
    for off, is_right in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = second_factor.code_at(SEED, step + off)
        assert second_factor.matching_step(SEED, code, NOW) == (step + off if is_right else None)


def test_a_code_may_be_typed_with_a_gap_and_in_khmer_digits() -> None:
    step = second_factor.step_at(NOW)
    code = second_factor.code_at(SEED, step)
    khmer = code.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    for typed in (f"{code[:3]} {code[3:]}", f" {code}\n", khmer):
        assert second_factor.matching_step(SEED, typed, NOW) == step


@given(st.text(max_size=20))
def test_no_text_crashes_the_reader(text: str) -> None:
    second_factor.matching_step(SEED, text, NOW)
    second_factor.recovery_sha256(text)


def test_the_uri_is_what_apps_scan() -> None:
    uri = urlsplit(second_factor.uri(SEED, "bopha@example.org"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert uri.path == "/Samleng:bopha%40example.org"
    told = parse_qs(uri.query)
    assert told["secret"] == [second_factor.seed_text(SEED)]
    assert told["issuer"] == ["Samleng"]
    assert len(second_factor.new_seed()) == 20
    assert "=" not in second_factor.seed_text(second_factor.new_seed())


def test_s11_recovery_codes_are_ten_of_eighty_bits() -> None:
    codes = second_factor.new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert len(code.replace("-", "")) * 5 == 80
        stored = second_factor.recovery_sha256(code)
        assert stored is not None
        assert code.encode() not in stored
        for typed in (code.upper(), code.replace("-", " "), f" {code} ", code.replace("-", "")):
            assert second_factor.recovery_sha256(typed) == stored


def test_signs_that_look_alike_are_read_as_what_codes_have() -> None:
    assert second_factor.recovery_sha256("olbo-olbo-olbo-olbo") == second_factor.recovery_sha256(
        "0180-0180-0180-0180"
    )
    for nothing in ("", "abcd", "abcd-abcd-abcd-abc", "abcd-abcd-abcd-abc9", "123456"):
        assert second_factor.recovery_sha256(nothing) is None


def test_s11_who_needs_a_second_factor_and_when() -> None:
    needed = {Role.ADVOCATE, Role.REVIEWER, Role.COORDINATOR, Role.ADMIN}
    for role in Role:
        missing = second_factor.due([role], has_factor=False, is_proven=False)
        assert missing == (Due.ENROL if role in needed else None)
        assert second_factor.due([role], has_factor=True, is_proven=False) is Due.CODE
        assert second_factor.due([role], has_factor=True, is_proven=True) is None
    mixed = [Role.ANALYST, Role.REVIEWER]
    assert second_factor.due(mixed, has_factor=False, is_proven=True) is Due.ENROL
    assert second_factor.due([], has_factor=False, is_proven=False) is None


def test_s11_no_role_that_reads_people_is_without_it() -> None:
    assert policy.READS_PEOPLE <= second_factor.NEEDED_BY
