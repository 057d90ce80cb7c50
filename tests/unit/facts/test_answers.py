"""Reading text answers: what cannot be read is unknown, and nothing raises."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import codes
from service.facts.answers import coded, day, local_day, several, whole_number, yes_or_no

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")


@pytest.mark.parametrize(
    ("answer", "code"),
    [("female", "female"), (" Female ", "female"), ("f", "female"), ("ស្រី", "unknown"),
     ("", "not_asked"), ("   ", "unknown"), ("refused", "no_answer"), ("dont_know", "unknown"),
     ("no_answer", "no_answer"), ("not_asked", "not_asked")],
)  # fmt: skip
def test_unknown_refused_and_not_asked_are_never_merged(answer: str, code: str) -> None:
    assert coded(answer, codes.SEX) == code


def test_several_codes_come_sorted_and_once() -> None:
    assert several("distance  attitude distance", codes.BARRIER) == ("attitude", "distance")
    assert several("distance ឆ្ងាយ", codes.BARRIER) == ("distance", "unknown")
    assert several("", codes.BARRIER) == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [("yes", True), ("YES", True), ("OK", True), ("1", True), ("no", False), ("0", False),
     ("", None), ("2", None), ("unknown", None), ("បាទ", None)],
)  # fmt: skip
def test_only_a_plain_yes_is_yes(answer: str, said: bool | None) -> None:
    assert yes_or_no(answer) is said


@pytest.mark.parametrize(
    ("answer", "number"),
    [("7", 7), ("7.0", 7), ("៧", 7), (" 7 ", 7), ("7.5", None), ("", None), ("nan", None),
     ("inf", None), ("1e3", None), ("101", None), ("-1", None), ("9" * 5000, None), ("១០០", 100)],
)  # fmt: skip
def test_whole_numbers_within_bounds(answer: str, number: int | None) -> None:
    assert whole_number(answer, 0, 100) == number


def test_days_are_those_of_the_right_clock() -> None:
    assert day("2026-11-22T23:30:00.000+07:00") == dt.date(2026, 11, 22)
    assert local_day("2026-11-22T20:30:00.000Z", PHNOM_PENH) == dt.date(2026, 11, 23)
    assert local_day("2026-11-22T20:30:00", PHNOM_PENH) == dt.date(2026, 11, 22)
    assert day("ថ្ងៃនេះ") is None
    assert local_day("0001-01-01T00:00:00+14:00", PHNOM_PENH) is not None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    coded(text, codes.SEX)
    several(text, codes.BARRIER)
    yes_or_no(text)
    whole_number(text, 0, 100)
    day(text)
    local_day(text, PHNOM_PENH)
