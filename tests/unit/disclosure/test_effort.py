"""What is not looked at to the end is not let out: it is dropped, and said to be coarser."""

from __future__ import annotations

import random

import pytest

from service.disclosure import attacker, effort, remembering, since
from service.disclosure.hiding import Orders
from service.disclosure.holdings import Measure, shown
from service.disclosure.rules import Audience
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.since import TooClose
from service.disclosure.suppress import protect
from tests.attack.greedy import a_table as a_wide_table
from tests.unit.disclosure.tables import a_table

FOUR_WAYS = [(4, 2, 3, 2)]


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    remembering.forget()


def a_table_of_four_dimensions() -> RawTable:
    return a_wide_table(random.Random(6), FOUR_WAYS)


def numbers(safe: SafeTable) -> set[int | None]:
    return {row.n for row in (*safe.cells, *safe.totals)}


def test_a_table_that_is_too_much_work_loses_dimensions(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    assert len(whole.by) == 4
    remembering.forget()
    monkeypatch.setattr(effort, "MOST", 500)
    coarser = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    assert 0 < len(coarser.by) < 4
    assert not numbers(coarser) & {1, 2}


def test_work_that_is_remembered_counts_as_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or what a table is would hang on which tables were asked for before."""
    first = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    monkeypatch.setattr(effort, "MOST", 500)
    again = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    remembering.forget()
    anew = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    assert len(first.by) == 4
    assert again.as_dict() == anew.as_dict()


def test_an_audit_that_gives_up_hides_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attacker, "STEPS", 0)
    safe = protect(a_table_of_four_dimensions(), Audience.PARTNER)
    assert len(safe.by) < 4
    assert not numbers(safe) & {1, 2}


def test_releases_that_cannot_be_solved_together_are_not_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = {(p, s): n for p, n in (("02", 2), ("12", 40), ("17", 9)) for s in ("f", "m", "x")}
    people = Measure(n="assessed")
    raw = a_table(("province", "sex"), cells)
    first = shown(1, protect(raw, Audience.PARTNER).as_dict(), people)

    def make(orders: Orders) -> SafeTable:
        return protect(raw, Audience.PARTNER, also=orders)

    assert isinstance(since.settle(make, [first], people, 1), SafeTable)
    monkeypatch.setattr("service.disclosure.linked.STEPS", 0)
    with pytest.raises(TooClose):
        since.settle(make, [first], people, 1)


def test_what_is_remembered_is_what_was_decided() -> None:
    tables = [a_wide_table(random.Random(seed)) for seed in range(6)]
    anew = []
    for table in tables:
        remembering.forget()
        anew.append(protect(table, Audience.PUBLIC).as_dict())
    assert [protect(table, Audience.PUBLIC).as_dict() for table in tables] == anew
    assert [protect(table, Audience.PUBLIC).as_dict() for table in tables] == anew
