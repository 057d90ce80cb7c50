"""Codes on paper: 60 bits, read aloud, typed badly, found all the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import paper_codes


@given(st.integers(0, 2**60 - 1))
def test_a_code_is_60_bits_and_one_code_for_each_number(number: int) -> None:
    code = paper_codes.plain(paper_codes.spelled(number))
    assert len(code) == 12
    value = 0
    for character in code:
        value = value << 5 | paper_codes.ALPHABET.index(character)
    assert value == number


@pytest.mark.parametrize(
    "typed",
    ["7K1M-9QX0-4RWD", "7k1m9qx04rwd", " 7KIM 9QXO 4RWD ", "៧K១M-៩QX០-៤RWD", "7klm–9qxo–4rwd",
     "７Ｋ１Ｍ９ＱＸ０４ＲＷＤ"],
)  # fmt: skip
def test_every_spelling_is_the_same_code(typed: str) -> None:
    assert paper_codes.plain(typed) == "7K1M9QX04RWD"
    assert paper_codes.is_strong(typed)


@given(st.text(max_size=200))
def test_anything_may_be_typed(text: str) -> None:
    assert len(paper_codes.plain(text)) <= 64 * 18
    paper_codes.is_strong(text)


def test_a_short_code_is_not_enough() -> None:
    assert not paper_codes.is_strong("BTB-7731")
