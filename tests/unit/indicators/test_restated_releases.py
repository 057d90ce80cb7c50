"""Releases know rows of one figure in another: what came between two of them is not told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.disclosure import since
from service.disclosure.holdings import Shown, shown
from service.disclosure.rules import Audience
from service.disclosure.safe_table import SafeTable
from service.disclosure.since import TooClose
from service.indicators.measured import MEASURES
from tests.attack.pages import making
from tests.attack.people import Person
from tests.attack.reading import true_count
from tests.unit.disclosure.test_histories import somebody

PARTNER = Audience.PARTNER
By = tuple[str, ...]


def people(survivors: int, others: int, remote: int = 20) -> tuple[Person, ...]:
    found = [somebody(number) for number in range(survivors + others)]
    return tuple(
        replace(
            one,
            household=number,
            victim="direct_injured" if number < survivors else "not_victim",
            remoteness="r3" if number < remote else "r1",
        )
        for number, one in enumerate(found)
    )


def released(
    of: tuple[Person, ...], code: str, by: By, earlier: list[Shown], number: int
) -> SafeTable | Shown | None:
    try:
        return since.settle(making(of, code, by, PARTNER), earlier, MEASURES[code], number)
    except TooClose:
        return None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("I02", ("sex",)), ("I01", ("victim",))),
        (("I01", ("victim",)), ("I02", ("sex",))),
        (("I01", ("remoteness",)), ("I09", ("sex",))),
        (("I09", ("sex",)), ("I01", ("remoteness",))),
        (("I32", ("reach",)), ("I11", ("remoteness",))),
        (("I11", ("remoteness",)), ("I32", ("reach",))),
    ],
)
def test_one_survivor_more_is_not_told_by_two_figures(
    first: tuple[str, By], second: tuple[str, By]
) -> None:
    """Forty survivors of a hundred people, twenty of them far away; then one more of each."""
    before, after = people(40, 60), people(41, 60, remote=21)
    told = released(before, *first, [], 1)
    assert isinstance(told, SafeTable)
    assert any(row.n for row in (*told.cells, *told.totals))
    held = [shown(1, told.as_dict(), MEASURES[first[0]])]
    then = released(after, *second, held, 2)
    assert not isinstance(then, Shown)
    numbers = {} if then is None else {row.key: row.n for row in (*then.cells, *then.totals)}
    secret = {"I01": ("direct_injured", "r3"), "I11": ("r3",)}
    for key, n in numbers.items():
        is_theirs = any(part in secret.get(second[0], ("female", "remote", None)) for part in key)
        assert n is None or not is_theirs, (second, key, n)


def test_the_same_people_may_be_told_by_both() -> None:
    of = people(40, 60)
    told = released(of, "I02", ("sex",), [], 1)
    assert isinstance(told, SafeTable)
    held = [shown(1, told.as_dict(), MEASURES["I02"])]
    found = released(of, "I01", ("victim",), held, 2)
    assert isinstance(found, SafeTable)
    row = found.find(victim="direct_injured")
    assert row is not None
    assert row.n == 40 == true_count(("survivors", frozenset()), of)
