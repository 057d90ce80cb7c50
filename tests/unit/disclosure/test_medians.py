"""Statistics beside rows: told where enough is behind them, and never of a row that is hidden."""

from __future__ import annotations

import random

import pytest

from service.disclosure.medians import (
    LEAST,
    Numbers,
    Wanted,
    quantile,
    rounded,
    rows,
    with_completeness,
    with_numbers,
    with_ratio,
)
from service.disclosure.rules import Audience
from service.disclosure.safe_table import ALL, Counted, Key, RawTable, SafeTable
from service.disclosure.suppress import protect

DAYS = Wanted(names=("median", "p90"), unit="days", step=5)
SUM = Wanted(names=("sum",), unit="households")


def shared(n: dict[Key, int], d: dict[Key, int] | None, by: tuple[str, ...]) -> RawTable:
    def cells(of: dict[Key, int]) -> dict[Key, Counted]:
        return {key: Counted(persons=count, households=count) for key, count in of.items()}

    return RawTable(
        indicator="I24", unit="needs", by=by, cells=cells(n), base=None if d is None else cells(d)
    )


def told(safe: SafeTable) -> dict[Key, dict[str, float]]:
    found = safe.as_dict()["statistics"]["rows"]
    return {
        tuple(row.get(name, ALL) for name in safe.by): {
            name: row[name] for name in ("median", "p90", "sum", "ratio") if name in row
        }
        for row in found
    }


def of_one(numbers: Numbers, audience: Audience, wanted: Wanted = DAYS) -> dict[str, float]:
    size = sum(numbers.values())
    safe = protect(shared({(): size}, None, ()), audience)
    return told(with_numbers(safe, wanted, lambda _key: numbers, restricted=False)).get((), {})


@pytest.mark.parametrize(
    ("audience", "size", "names"),
    [
        (Audience.PUBLIC, 9, set()),
        (Audience.PUBLIC, 10, {"median"}),
        (Audience.PUBLIC, 19, {"median"}),
        (Audience.PUBLIC, 20, {"median", "p90"}),
        (Audience.PARTNER, 4, set()),
        (Audience.PARTNER, 5, {"median"}),
        (Audience.PARTNER, 10, {"median", "p90"}),
        (Audience.INTERNAL, 1, {"median", "p90"}),
    ],
)
def test_a_median_needs_ten_and_a_p90_twenty_for_partners_half(
    audience: Audience, size: int, names: set[str]
) -> None:
    assert set(of_one(dict.fromkeys(range(size), 1), audience)) == names


def test_days_are_rounded_to_five_for_all_but_the_team() -> None:
    days = {12: 5, 13: 5, 48: 11}
    assert of_one(days, Audience.PUBLIC) == {"median": 50, "p90": 50}
    assert of_one(days, Audience.INTERNAL) == {"median": 48, "p90": 48}
    assert [rounded(n, 5) for n in (0, 2, 3, 7, 8, 12, 13)] == [0, 0, 5, 5, 10, 10, 15]


def test_of_restricted_topics_there_is_none() -> None:
    safe = protect(shared({(): 90}, None, ()), Audience.PARTNER)
    assert told(with_numbers(safe, DAYS, lambda _key: {3: 90}, restricted=True)) == {}


def test_a_quantile_is_the_value_of_a_fact_that_is_there() -> None:
    chance = random.Random(8)
    for _ in range(200):
        values = sorted(chance.choices(range(12), k=chance.randrange(1, 30)))
        numbers = {value: values.count(value) for value in values}
        for share in (0.5, 0.9):
            rank = next(n for n in range(1, len(values) + 1) if 10 * n >= 10 * share * len(values))
            assert quantile(numbers, share) == values[rank - 1]


def test_a_hidden_row_has_no_statistic() -> None:
    """Two in Pailin, thirty in Battambang, twenty in Kampot: the small one goes, with another."""
    n = {("24",): 2, ("02",): 30, ("07",): 20, (ALL,): 52}
    table = shared(n, None, ("province",))
    for audience in (Audience.PUBLIC, Audience.PARTNER):
        safe = protect(table, audience)
        found = told(with_numbers(safe, DAYS, lambda _key: {7: 50}, restricted=False))
        hidden = {row.key for row in rows(safe) if row.hidden}
        assert ("24",) in hidden
        assert not hidden & set(found)
        assert (ALL,) in found


@pytest.mark.parametrize(
    ("parts", "is_told"),
    [
        ({5: 12}, True),
        ({1: 11, 100: 1}, False),  # nearly all of it is one
        ({1: 10, 40: 1, 100: 1}, False),  # who told the 40 knows the 100 to a tenth
        ({2: 10, 40: 1, 100: 1}, True),
        ({5: 9}, False),  # too few
    ],
)
def test_a_sum_tells_nobody_what_somebody_else_told(parts: Numbers, is_told: bool) -> None:
    total = sum(value * times for value, times in parts.items())
    assert of_one(parts, Audience.PUBLIC, SUM) == ({"sum": total} if is_told else {})
    assert of_one(parts, Audience.INTERNAL, SUM) == {"sum": total}


def gap(remote: tuple[int, int], near: tuple[int, int], audience: Audience) -> SafeTable:
    n = {("remote",): remote[0], ("near",): near[0], (ALL,): remote[0] + near[0]}
    d = {("remote",): remote[1], ("near",): near[1], (ALL,): remote[1] + near[1]}
    return with_ratio(protect(shared(n, d, ("reach",)), audience), "reach", "remote", "near")


def test_a_ratio_is_divided_from_the_rates_as_they_are_shown() -> None:
    safe = gap((30, 60), (40, 160), Audience.PUBLIC)
    assert safe.as_dict()["statistics"]["rows"] == [{"ratio": 2.0}]


@pytest.mark.parametrize(
    ("remote", "near"),
    [
        ((2, 60), (40, 160)),  # too few with the need
        ((8, 12), (40, 160)),  # too few of whom it is the share
        ((58, 60), (40, 160)),  # too few without it
        ((30, 60), (0, 160)),  # nothing to divide by
    ],
)
def test_a_ratio_of_which_one_rate_is_hidden_is_told_to_nobody(
    remote: tuple[int, int], near: tuple[int, int]
) -> None:
    assert gap(remote, near, Audience.PUBLIC).as_dict()["statistics"]["rows"] == []


def test_how_much_is_known_is_had_from_shown_rows_alone() -> None:
    known = {("female",): 50, ("male",): 40, ("unknown",): 10, (ALL,): 100}
    safe = with_completeness(protect(shared(known, None, ("sex",)), Audience.PUBLIC))
    assert safe.as_dict()["completeness"] == {"sex": 90}
    few = {("female",): 50, ("male",): 47, ("unknown",): 3, (ALL,): 100}
    safe = with_completeness(protect(shared(few, None, ("sex",)), Audience.PUBLIC))
    assert safe.as_dict()["completeness"] == {"sex": None}
    all_known = {("female",): 50, ("male",): 50, (ALL,): 100}
    safe = with_completeness(protect(shared(all_known, None, ("sex",)), Audience.PUBLIC))
    assert safe.as_dict()["completeness"] == {"sex": 100}


def test_the_thresholds_are_those_of_the_rules() -> None:
    assert Audience.RESTRICTED not in LEAST
    assert (LEAST[Audience.PUBLIC].median, LEAST[Audience.PUBLIC].p90) == (10, 20)
    assert (LEAST[Audience.PARTNER].median, LEAST[Audience.PARTNER].p90) == (5, 10)
