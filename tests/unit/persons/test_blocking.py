"""Who is compared with whom, by keyed digests alone."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.persons import blocking, normal
from service.persons.matching import NEAR_YEARS, Described, match_if_likely
from service.persons.years import YearRange


def keyed(secret: bytes) -> Callable[..., bytes]:
    return lambda *parts: hmac.digest(secret, repr(parts).encode(), "sha256")


STAND_IN = keyed(b"one")
DARA = Described(
    name=normal.read("សុខ ដារ៉ា"), sex="male", born=YearRange(first=1974, last=1976), place="02030405"
)


def keys(person: Described) -> set[int]:
    return set(blocking.pair_keys(1, person, STAND_IN))


@pytest.mark.parametrize(
    "change",
    [
        {"name": normal.read("Dara Sok"), "sex": "unknown", "place": "02030499", "born": None},
        {"name": normal.read("Dara Sok"), "born": YearRange(first=1979, last=1981)},
        {"name": normal.read("Ra"), "born": None},
        {"name": normal.read("Sok Darra"), "place": "02030406"},
        {"name": normal.read("Sok Dara"), "place": "17010101"},
    ],
)
def test_who_may_be_one_meets(change: dict[str, object]) -> None:
    assert keys(DARA) & keys(replace(DARA, **change))


def test_who_is_somebody_else_elsewhere_does_not() -> None:
    assert not keys(DARA) & keys(replace(DARA, name=normal.read("Chea Vuthy")))
    assert not keys(DARA) & keys(replace(DARA, place="17010101", sex="unknown", born=None))


@pytest.mark.parametrize("change", [{"sex": "female"}, {"born": YearRange(first=1990, last=1991)}])
def test_who_contradicts_never_meets_and_would_be_no_pair(change: dict[str, object]) -> None:
    """A key for people who cannot be one costs, and hides others: too many would share it."""
    assert match_if_likely(DARA, replace(DARA, **change)) is None
    assert not keys(DARA) & keys(replace(DARA, **change))


@given(st.integers(1900, 2039), st.integers(0, 14), st.integers(0, NEAR_YEARS), st.integers(0, 14))
def test_whose_years_are_not_far_apart_meet(first: int, long: int, apart: int, other: int) -> None:
    born = YearRange(first=first, last=first + long)
    later = YearRange(first=born.last + apart, last=born.last + apart + other)
    assert keys(replace(DARA, born=born)) & keys(replace(DARA, born=later))


@pytest.mark.parametrize("field", ["phone", "household"])
def test_a_phone_or_household_alone_is_enough_to_meet(field: str) -> None:
    one = Described(name=normal.read("Sokha"), sex="male", **{field: "digest"})
    other = Described(name=normal.read("Vuthy"), sex="male", **{field: "digest"})
    assert len(keys(one) & keys(other)) == 1


def test_keys_say_nothing_without_the_secret_and_stay_in_their_project() -> None:
    mine = keys(DARA)
    assert not mine & set(blocking.pair_keys(1, DARA, keyed(b"other")))
    assert not mine & set(blocking.pair_keys(2, DARA, STAND_IN))
    assert all(-(2**63) <= key < 2**63 for key in mine)


def test_a_typed_name_finds_its_other_spellings() -> None:
    def found(name: str, place: str = "") -> set[int]:
        return set(blocking.search_keys(1, normal.read(name), place, STAND_IN))

    kept = found("ឈឹម ចាន់ណារ៉េត", "02030405")
    for typed in ("Channareth", "Chanareth Chhim", "chan nareth", "ណារ៉េត"):
        assert found(typed, "020304") & kept, typed
    assert not found("Reth") & kept, "in the country thousands are called so"
    assert found("Reth", "020304") & kept
    assert not found("Reth", "170101") & kept


def test_keys_of_pairs_and_of_searches_are_told_apart_in_one_column() -> None:
    searched = blocking.search_keys(1, DARA.name, DARA.place, STAND_IN)
    assert {key % 2 for key in keys(DARA)} == {0}
    assert {key % 2 for key in searched} == {1}


@given(st.lists(st.lists(st.integers(0, 12), max_size=4), max_size=40))
def test_candidates_are_the_pairs_that_share_a_key(keys_of: list[list[int]]) -> None:
    found = blocking.candidates(keys_of)
    expected = [
        (a, b)
        for a, b in itertools.combinations(range(len(keys_of)), 2)
        if set(keys_of[a]) & set(keys_of[b])
    ]
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == expected
    assert (found.huge, found.left_out) == (0, 0)


def test_of_a_huge_block_each_meets_its_neighbours_and_what_is_left_out_is_counted() -> None:
    count = blocking.HUGE + 50
    found = blocking.candidates([[7]] * count)
    assert found.huge == 1
    assert np.all(found.second - found.first <= blocking.NEIGHBOURS)
    assert len(found.first) + found.left_out == count * (count - 1) // 2
    assert set(found.first.tolist()) | set(found.second.tolist()) == set(range(count))
