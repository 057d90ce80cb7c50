"""What two rows of sounds cost at least, without turning one into the other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.persons import sounds

rows = st.text(sounds._ALL, min_size=1, max_size=9)


@given(rows, rows)
def test_they_cost_no_less(one: str, other: str) -> None:
    assert sounds._at_least(one, other) <= sounds.distance(one, other, math.inf)


@given(rows, st.integers(0, 8), st.sampled_from(sounds._ALL))
def test_nor_do_those_that_differ_by_one_sound(one: str, at: int, sound: str) -> None:
    other = one[:at] + sound + one[at + 1 :]
    assert sounds._at_least(one, other) <= sounds.distance(one, other, math.inf)


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        ("TaRa", "DaRa", 0),
        ("TaRa", "TaLa", 1),
        ("TaRa", "KoM", 2),
        ("CaNt", "CaN", -1),
        ("CaNt", "CaNK", 0),  # a t that is seldom heard may be the K
    ],
)
def test_consonants_that_are_never_alike_cost_one_each(one: str, other: str, least: int) -> None:
    found = sounds._at_least(one, other)
    assert max(found, 0) == max(least, 0)
    assert math.isinf(sounds.distance(one, other, 0.9)) or least < 1
