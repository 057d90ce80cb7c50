"""No released table gives back a hidden cell. The attackers here share no code with the house."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import ALL, Cell, Counted, RawTable, SafeTable
from service.disclosure.suppress import protect
from tests.unit.disclosure.tables import a_table

SMALL = st.one_of(st.integers(0, 6), st.integers(0, 60))


def rows_of(safe: SafeTable) -> tuple[Cell, ...]:
    return (*safe.cells, *safe.totals)


def inner_keys(table: RawTable, by: tuple[str, ...]) -> list[tuple[str, ...]]:
    axes = [sorted({key[table.by.index(name)] for key in table.cells} - {ALL}) for name in by]
    return list(itertools.product(*axes))


class Solver:
    """Inner cells as variables, each shown cell as an equation, an unlisted one as zero."""

    def __init__(self, table: RawTable, safe: SafeTable) -> None:
        self.keys = inner_keys(table, safe.by)
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("log_to_console", False)
        size = len(self.keys)
        self.solver.addVars(size, np.zeros(size), np.full(size, 10_000.0))
        shown = {row.key: row.n for row in rows_of(safe) if not row.hidden}
        listed = {row.key for row in rows_of(safe)}
        unlisted = {key: 0 for key in self.keys if key not in listed}
        for key, n in {**shown, **unlisted}.items():
            under = self.under(key)
            self.solver.addRow(
                n, n, len(under), np.array(under, dtype=np.int32), np.ones(len(under))
            )

    def under(self, key: tuple[str | None, ...]) -> list[int]:
        return [
            at
            for at, inner in enumerate(self.keys)
            if all(part in {ALL, code} for part, code in zip(key, inner, strict=True))
        ]

    def width(self, key: tuple[str | None, ...]) -> int:
        cost = np.zeros(len(self.keys))
        cost[self.under(key)] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), sign * cost)
            self.solver.run()
            ends.append(sign * self.solver.getObjectiveValue())
        return math.floor(ends[1] + 1e-6) - math.ceil(ends[0] - 1e-6)


def every_table(
    table: RawTable, safe: SafeTable, most: int
) -> Iterator[dict[tuple[str, ...], int]]:
    """All whole tables with cells up to `most` that agree with what is shown, by trying."""
    keys = inner_keys(table, safe.by)
    shown = {row.key: row.n for row in rows_of(safe) if not row.hidden}
    listed = {row.key for row in rows_of(safe)}
    choices = [
        [shown[key]] if key in shown else [0] if key not in listed else range(most + 1)
        for key in keys
    ]
    lines = [
        (
            n,
            [
                at
                for at, k in enumerate(keys)
                if all(p in {ALL, c} for p, c in zip(key, k, strict=True))
            ],
        )
        for key, n in shown.items()
        if ALL in key
    ]

    def go(at: int, chosen: list[int]) -> Iterator[dict[tuple[str, ...], int]]:
        if at == len(keys):
            yield dict(zip(keys, chosen, strict=True))
            return
        for value in choices[at]:
            now = [*chosen, value]
            fits = all(
                sum(now[i] for i in line if i <= at) <= n
                and (max(line) > at or sum(now[i] for i in line) == n)
                for n, line in lines
            )
            if fits:
                yield from go(at + 1, now)

    yield from go(0, [])


@st.composite
def tables(
    draw: st.DrawFn, shape: tuple[int, ...], numbers: st.SearchStrategy[int] = SMALL
) -> RawTable:
    by = ("province", "sex", "age", "wg")[: len(shape)]
    cells = {
        tuple(f"{at}" for at in key): draw(numbers)
        for key in itertools.product(*(range(size) for size in shape))
    }
    return a_table(by, cells)


@settings(max_examples=60, deadline=None)
@given(
    tables((2, 3), st.integers(0, 8)).filter(lambda table: table.at((ALL, ALL)) > 0),
)
def test_s51_trying_every_whole_table_leaves_hidden_cells_wide(table: RawTable) -> None:
    safe = protect(table, Audience.PARTNER)
    hidden = [row.key for row in rows_of(safe) if row.hidden]
    if not hidden or safe.find().hidden:
        return
    seen: dict[tuple[str | None, ...], set[int]] = {key: set() for key in hidden}
    for other in every_table(table, safe, most=table.at((ALL, ALL))):
        for key, values in seen.items():
            values.add(
                sum(
                    n
                    for inner, n in other.items()
                    if all(p in {ALL, c} for p, c in zip(key, inner, strict=True))
                )
            )
        if all(len(values) > 3 for values in seen.values()):
            return
    assert {key: len(v) for key, v in seen.items() if max(v) - min(v) < 3} == {}


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([(4,), (3, 3), (5, 4), (2, 2, 2), (4, 3, 2), (3, 2, 2, 2)]).flatmap(tables),
    st.sampled_from([Audience.PUBLIC, Audience.PARTNER]),
)
def test_s51_the_solver_leaves_no_hidden_cell_narrow(table: RawTable, audience: Audience) -> None:
    safe = protect(table, audience)
    solver = Solver(table, safe)
    narrow = {
        row.key for row in rows_of(safe) if row.hidden and solver.width(row.key) < RULES[audience].k
    }
    assert narrow == set()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(3, 3), (4, 3, 2)]).flatmap(tables))
def test_no_small_number_is_shown_and_shown_numbers_are_true(table: RawTable) -> None:
    safe = protect(table, Audience.PUBLIC)
    for row in rows_of(safe):
        assert row.hidden == (row.n is None)
        key = tuple(row.key[safe.by.index(name)] if name in safe.by else ALL for name in table.by)
        if row.n is not None:
            assert row.n == table.at(key)
            assert row.n == 0 or row.n >= 5


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([(4, 3), (3, 3, 2)]).flatmap(tables))
def test_tables_that_share_a_margin_hide_the_same_cells_in_it(table: RawTable) -> None:
    fine = protect(table, Audience.PUBLIC)
    coarse = protect(table.without(table.by[-1]), Audience.PUBLIC)
    if fine.by != table.by or coarse.by != table.by[:-1]:
        return
    in_fine = {row.key[:-1]: row.hidden for row in rows_of(fine) if row.key[-1] is ALL}
    in_coarse = {row.key: row.hidden for row in rows_of(coarse)}
    assert in_fine == in_coarse


@settings(max_examples=60, deadline=None)
@given(
    tables((4, 3)),
    st.lists(st.integers(0, 40), min_size=12, max_size=12),
)
def test_rows_with_a_hidden_base_give_neither_number(table: RawTable, more: list[int]) -> None:
    cells = {key: table.at(key) for key in table.cells if ALL not in key}
    base = {key: n + more[at] for at, (key, n) in enumerate(sorted(cells.items()))}
    safe = protect(a_table(table.by, cells, base), Audience.PUBLIC)
    for row in rows_of(safe):
        if row.d is None:
            assert row.n in {None, 0}
        elif row.n is not None and 0 < row.n < row.d:
            assert row.d >= 20
            assert row.d - row.n >= 5


def a_matrix_of_needs(seed: int) -> RawTable:
    """People with several needs each, by need × province × sex, counted from the people."""
    chance = np.random.default_rng(seed)
    cells: dict[tuple[str | None, ...], int] = {}
    base: dict[tuple[str | None, ...], int] = {}
    for _ in range(400):
        province, sex = (
            f"{chance.integers(1, 7):02}",
            str(chance.choice(("f", "m", "x"), p=(0.5, 0.48, 0.02))),
        )
        needs = [f"n{n}" for n in range(8) if chance.random() < 0.5 / (n + 1)]
        for p, s in itertools.product((province, ALL), (sex, ALL)):
            base[ALL, p, s] = base.get((ALL, p, s), 0) + 1
            for need in (*needs, *([ALL] if needs else [])):
                cells[need, p, s] = cells.get((need, p, s), 0) + 1
    return RawTable(
        indicator="I12",
        unit="persons",
        by=("need", "province", "sex"),
        overlapping=frozenset({"need"}),
        cells={key: Counted(persons=n) for key, n in cells.items()},
        base={key: Counted(persons=n) for key, n in base.items()},
    )


class SolverOfNeeds:
    """Variables: people with each need, with any need ("any") and asked ("all"), by inner place."""

    def __init__(self, table: RawTable, safe: SafeTable) -> None:
        places = inner_keys(table, safe.by[1:])
        self.needs = sorted({key[0] for key in table.cells} - {ALL})
        self.at = {
            (what, place): at
            for at, (what, place) in enumerate(
                itertools.product([*self.needs, "any", "all"], places)
            )
        }
        self.places = places
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("log_to_console", False)
        size = len(self.at)
        self.solver.addVars(size, np.zeros(size), np.full(size, 10_000.0))
        listed = {row.key for row in rows_of(safe)}
        for row in rows_of(safe):
            if row.n is not None:
                self.add(self.under(row.key[0] or "any", row.key), [], row.n, row.n)
            if row.d is not None:
                self.add(self.under("all", row.key), [], row.d, row.d)
        for need, place in itertools.product(self.needs, places):
            if (need, *place) not in listed:
                self.add([self.at[need, place]], [], 0, 0)
        for place in places:
            any_, all_ = self.at["any", place], self.at["all", place]
            each = [self.at[need, place] for need in self.needs]
            self.add([all_], [any_], 0, np.inf)
            self.add(each, [any_], 0, np.inf)
            for one in each:
                self.add([any_], [one], 0, np.inf)

    def add(self, plus: list[int], minus: list[int], least: float, most: float) -> None:
        signs = np.array([1.0] * len(plus) + [-1.0] * len(minus))
        at = np.array([*plus, *minus], dtype=np.int32)
        self.solver.addRow(least, most, len(at), at, signs)

    def under(self, what: str, key: tuple[str | None, ...]) -> list[int]:
        return [
            self.at[what, place]
            for place in self.places
            if all(part in {ALL, code} for part, code in zip(key[1:], place, strict=True))
        ]

    def width(self, at: list[int]) -> int:
        cost = np.zeros(len(self.at))
        cost[at] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            self.solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), sign * cost)
            self.solver.run()
            assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
            ends.append(sign * self.solver.getObjectiveValue())
        return math.floor(ends[1] + 1e-6) - math.ceil(ends[0] - 1e-6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.PARTNER])
def test_s51_needs_people_and_bases_together_resist_the_solver(
    seed: int, audience: Audience
) -> None:
    table = a_matrix_of_needs(seed)
    safe = protect(table, audience)
    assert safe.by[0] == "need"
    assert any(row.hidden for row in rows_of(safe))
    solver = SolverOfNeeds(table, safe)
    k = RULES[audience].k
    for row in rows_of(safe):
        if row.n is None:
            assert solver.width(solver.under(row.key[0] or "any", row.key)) >= k, row
        if row.d is None:
            assert solver.width(solver.under("all", row.key)) >= k, row
