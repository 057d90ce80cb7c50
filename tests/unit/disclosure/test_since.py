"""Releases of one series beside each other: T4 and T8 of docs/disclosure.md, and an attacker who
holds all of them and knows every inner cell's equation."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import highspy
import numpy as np
import pytest

from service.disclosure import since
from service.disclosure.hiding import Codes, Orders
from service.disclosure.holdings import Measure, Row, Shown, shown
from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import SafeTable
from service.disclosure.since import TooClose
from service.disclosure.suppress import protect
from tests.unit.disclosure.tables import a_table

PEOPLE = Measure(n="assessed")
Cells = Mapping[tuple[str, ...], int]


def released(
    cells: Cells, by: tuple[str, ...], *earlier: Shown, audience: Audience = Audience.PUBLIC
) -> Shown:
    """The next release of these counts; the same once more where it is carried."""
    raw = a_table(by, cells)
    number = len(earlier) + 1
    found = since.settle(
        lambda orders: protect(raw, audience, also=orders), earlier, PEOPLE, number
    )
    if isinstance(found, SafeTable):
        return shown(number, found.as_dict(), PEOPLE)
    return replace(found, number=number)


def row_of(table: Shown, codes: Codes) -> Row | None:
    """None: this table has no such row. What is not listed is a true zero."""
    if not {name for name, _ in codes} <= set(table.by):
        return None
    return table.rows.get(codes, Row(n=0, d=None))


def number(table: Shown, **codes: str) -> int | None:
    row = row_of(table, frozenset(codes.items()))
    return row.n if row else None


def test_t4_a_number_moves_by_nothing_or_by_k() -> None:
    first = released({(): 31}, ())
    second = released({(): 33}, (), first)
    third = released({(): 38}, (), first, second)
    assert [number(one) for one in (first, second, third)] == [31, 31, 38]


def test_t4_the_whole_table_is_carried_and_not_a_cell() -> None:
    first = released({("male",): 20, ("female",): 30}, ("sex",))
    second = released({("male",): 40, ("female",): 31}, ("sex",), first)
    assert second.rows == first.rows
    third = released({("male",): 40, ("female",): 36}, ("sex",), first, second)
    assert number(third, sex="male") == 40
    assert number(third, sex="female") == 36


def test_t8_a_number_that_fell_by_a_few_is_hidden_with_enough_beside_it() -> None:
    first = released({("02",): 16, ("12",): 20, ("17",): 30}, ("province",))
    second = released({("02",): 14, ("12",): 20, ("17",): 30}, ("province",), first)
    assert number(second, province="02") is None
    assert number(second) is None  # or the total gives it back
    assert number(first, province="02") == 16, "what was printed stays"


def test_what_was_shown_two_releases_ago_still_counts() -> None:
    first = released({("02",): 16, ("12",): 20, ("17",): 30}, ("province",))
    second = released({("02",): 14, ("12",): 20, ("17",): 30}, ("province",), first)
    third = released({("02",): 19, ("12",): 26, ("17",): 30}, ("province",), first, second)
    assert number(third, province="02") is None, "19 beside 16"


def test_the_same_row_of_another_breakdown_counts_too() -> None:
    first = released({("02",): 16, ("12",): 20, ("17",): 30}, ("province",))
    cells = {(p, sex): n for p, n in (("02", 9), ("12", 15), ("17", 25)) for sex in ("f", "m")}
    second = released(cells, ("province", "sex"), first)
    assert number(second, province="02") is None
    assert number(second, sex="f") == 49


def test_a_partner_holds_both_so_the_public_is_held_to_what_partners_have() -> None:
    first = released({("02",): 16, ("12",): 20}, ("province",), audience=Audience.PARTNER)
    by_four = {("02",): 20, ("12",): 20}
    assert number(released(by_four, ("province",), first), province="02") == 20
    assert number(released({("02",): 18, ("12",): 20}, ("province",), first), province="02") is None


def test_what_cannot_be_hidden_is_not_released() -> None:
    first = released({(): 31}, ())
    second = released({(): 30}, (), first)
    assert number(second) is None
    with pytest.raises(TooClose):
        since.settle(
            lambda _: protect(a_table((), {(): 30}), Audience.PUBLIC),
            [first],
            PEOPLE,
            2,
        )


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER])
def test_nobody_who_came_between_two_releases_is_found_out(audience: Audience, seed: int) -> None:
    """Six releases of a growing population; whoever holds two of them learns of no cell that it
    changed by fewer than k, unless it is that it did not."""
    chance, by = random.Random(seed), ("province", "sex")
    cells = {
        (province, sex): chance.choice((0, 2, 4, 9, 30, 80))
        for province in ("02", "12", "17", "22")
        for sex in ("male", "female", "other")
    }
    series: list[Shown] = []
    moved = 0
    for _ in range(6):
        series.append(released(cells, by, *series, audience=audience))
        moved += len(series) > 1 and series[-1].rows != series[-2].rows
        for key in cells:
            cells[key] += chance.choice((0, 0, 0, 1, 6, 12))
    for then, now in itertools.combinations(series, 2):
        found = known_changes(list(cells), by, then, now)
        k = RULES[audience].k
        assert [one for one in found if one[1] - one[0] < k and one[1] > 0 and one[0] < k] == []


def known_changes(
    inner: Sequence[tuple[str, ...]], by: tuple[str, ...], then: Shown, now: Shown
) -> list[tuple[int, int]]:
    """(least, most) change of each inner cell and total, to somebody who knows that nobody left."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    size = len(inner)
    solver.addVars(2 * size, np.zeros(2 * size), np.full(2 * size, 1e4))
    keys = {
        frozenset(one for one, kept in zip(zip(by, cell, strict=True), keep, strict=True) if kept)
        for cell in inner
        for keep in itertools.product((True, False), repeat=len(by))
    }

    def members(codes: Codes) -> list[int]:
        return [
            at for at, cell in enumerate(inner) if codes <= set(zip(by, cell, strict=True))
        ]  # fmt: skip

    for offset, table in ((0, then), (size, now)):
        for codes in keys:
            row = row_of(table, codes)
            if row is not None and row.n is not None:
                at = np.array([offset + one for one in members(codes)], dtype=np.int32)
                solver.addRow(row.n, row.n, len(at), at, np.ones(len(at)))
    for at in range(size):
        both = np.array([at, size + at], dtype=np.int32)
        solver.addRow(0.0, 1e4, 2, both, np.array([-1.0, 1.0]))
    found = []
    for codes in keys:
        cost = np.zeros(2 * size)
        for at in members(codes):
            cost[at], cost[size + at] = -1.0, 1.0
        ends = []
        for sign in (1.0, -1.0):
            every = np.arange(2 * size, dtype=np.int32)
            solver.changeColsCost(2 * size, every, sign * cost)
            solver.run()
            assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends.append(float(cost @ np.asarray(solver.getSolution().col_value)))
        found.append((int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))))
    return found


def test_rows_to_hide_are_known_by_the_codes_that_readers_see() -> None:
    """Age bands lie in groups, which a table by age does not show."""
    cells = {("child", "0511"): 20, ("child", "1217"): 30, ("adult", "1859"): 40}
    cells[("adult", "60p")] = 50
    raw = a_table(("age_group", "age"), cells, nested={"age": "age_group"}, asked=("age",))
    inside = {key: cell for key, cell in raw.cells.items() if key[0] or not key[1]}
    raw = replace(raw, cells=inside)
    assert not [row for row in protect(raw, Audience.PUBLIC).cells if row.hidden]
    order = Orders(n=frozenset({frozenset({("age", "1859")})}))
    found = protect(raw, Audience.PUBLIC, also=order)
    assert {row.key for row in found.cells if row.hidden} >= {("1859",)}
    assert not [row for row in found.totals if row.hidden]
