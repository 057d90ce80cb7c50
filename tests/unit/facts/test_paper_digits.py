"""Codes of sixteen digits: two of them find what people mistype."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.facts import paper_codes

NUMBERS = st.integers(0, paper_codes.BY_CHANCE - 1)


@given(NUMBERS, st.integers(0, 15), st.integers(1, 9))
def test_each_wrong_digit_is_found(number: int, at: int, by: int) -> None:
    code = paper_codes.plain(paper_codes.digits(number))
    assert len(code) == paper_codes.DIGITS
    assert not paper_codes.is_mistyped(code)
    assert paper_codes.is_strong(code)
    assert paper_codes.is_digits(code)
    wrong = f"{code[:at]}{(int(code[at]) + by) % 10}{code[at + 1 :]}"
    assert paper_codes.is_mistyped(wrong)
    assert paper_codes.is_mistyped(code[:at] + code[at + 1 :])


@given(NUMBERS, st.integers(0, 14))
def test_two_that_changed_places_are_found(number: int, at: int) -> None:
    code = paper_codes.plain(paper_codes.digits(number))
    wrong = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert paper_codes.is_mistyped(wrong) == (wrong != code)


def test_twelve_signs_of_before_are_never_called_mistyped() -> None:
    assert not paper_codes.is_mistyped("1234-5678-9012")
    assert not paper_codes.is_mistyped("7K2M-9QXT-4RWD")
