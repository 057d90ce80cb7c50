"""How much of a table is kept, beside a greedy that has this one table alone to protect.

The greedy hides what is small, then, while the solver knows a hidden row too well, the cheapest
row on each line of it; and at the end gives back, the dearest first, whatever is not needed. It
does so in three ways, and the best of them counts. It owes nothing to other tables: margins may be
hidden as it likes, and no other table has to hide the same ones.

    .venv/bin/python -m tests.attack.greedy 40        tables
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.rules import RULES, Audience, why_small
from service.disclosure.safe_table import ALL, Counted, Key, RawTable
from service.disclosure.suppress import protect
from tests.attack.counted import Figure
from tests.attack.solver import Codes, Knowledge, Row, Told

FIGURE = Figure(id="I01", n="assessed")
SHAPES = ((4, 3), (6, 4), (8, 3), (4, 3, 2), (5, 2, 4), (3, 2, 2, 2), (4, 2, 3, 2))
NAMES = ("commune", "sex", "age", "wg")
Price = Callable[[int], float]
PRICES: tuple[Price, ...] = (float, lambda n: 1.0, lambda n: (n + 1) ** 0.5)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Rows with somebody in them that are shown."""

    rows: int
    ours: int
    greedy: int


def a_table(chance: random.Random, shapes: Sequence[tuple[int, ...]] = SHAPES) -> RawTable:
    """Counts such as come from villages: many small ones, some large."""
    shape = chance.choice(shapes)
    axes = [[f"{at:02}" for at in range(size)] for size in shape]
    cells: dict[Key, int] = {}
    mean = chance.choice((4, 8, 20))
    for inner in itertools.product(*axes):
        n = int(chance.expovariate(1 / mean))
        for kept in itertools.product((True, False), repeat=len(shape)):
            key = tuple(p if keep else ALL for p, keep in zip(inner, kept, strict=True))
            cells[key] = cells.get(key, 0) + n
    return RawTable(
        indicator=FIGURE.id,
        unit="persons",
        by=NAMES[: len(shape)],
        cells={key: Counted(persons=n) for key, n in cells.items()},
        title={"en": "", "km": ""},
    )


def compare(table: RawTable, audience: Audience = Audience.PARTNER) -> Kept:
    rows = {codes(table, key): cell.persons for key, cell in table.cells.items() if cell.persons}
    safe = protect(table, audience)
    ours = sum(bool(row.n) for row in (*safe.cells, *safe.totals))
    hidden = [Greedy(table, audience, price).hidden() for price in PRICES]
    best = min(sum(codes in rows for codes in one) for one in hidden)
    return Kept(rows=len(rows), ours=ours, greedy=len(rows) - best)


def codes(table: RawTable, key: Key) -> Codes:
    return frozenset((n, code) for n, code in zip(table.by, key, strict=True) if code is not ALL)


class Greedy:
    """One table, and one price of hiding a row of so many."""

    def __init__(self, table: RawTable, audience: Audience, price: Price) -> None:
        self._table, self._price, rules = table, price, RULES[audience]
        self._k = rules.k
        self._n = {codes(table, key): table.at(key) for key in table.cells}
        self._lines = list(self._all_lines())
        self._primary = {
            codes(table, key)
            for key, cell in table.cells.items()
            if cell.persons and why_small(cell, rules) is not None
        }
        self._domain = {
            name: sorted({code for key in table.cells if (code := key[at]) is not ALL})
            for at, name in enumerate(table.by)
        }

    def hidden(self) -> set[Codes]:
        hidden = set(self._primary)
        while narrow := self._narrow(hidden):
            before = len(hidden)
            for line in self._lines:
                if any(one in line for one in narrow) and self._is_lonely(line, hidden):
                    hidden.add(self._cheapest(line, hidden))
            if len(hidden) == before:  # not lonely, and too close all the same
                line = next(line for line in self._lines if narrow & line and line - hidden)
                hidden.add(self._cheapest(line, hidden))
        for one in sorted(hidden - self._primary, key=lambda one: (-self._cost(one), sorted(one))):
            if not self._narrow(hidden - {one}):
                hidden.remove(one)
        return hidden

    def _is_lonely(self, line: frozenset[Codes], hidden: Collection[Codes]) -> bool:
        return sum(one in hidden for one in line) == 1

    def _cheapest(self, line: frozenset[Codes], hidden: Collection[Codes]) -> Codes:
        return min(
            (one for one in line if one not in hidden),
            key=lambda one: (self._cost(one), sorted(one)),
        )

    def _cost(self, one: Codes) -> float:
        return self._price(self._n[one]) if self._n[one] else 12.0 * self._k

    def _narrow(self, hidden: Collection[Codes]) -> set[Codes]:
        told = Told(figure=FIGURE, table=self._told(hidden), k=self._k)
        known = Knowledge([told], self._domain)
        rows: list[Row] = [("assessed", one) for one in hidden]
        ranges = known.ranges(rows, self._k)
        return {row[1] for row, (low, high) in ranges.items() if high - low < self._k}

    def _told(self, hidden: Collection[Codes]) -> Mapping[str, Any]:
        rows = [
            dict(one) | {"n": None if one in hidden else n, "d": None} for one, n in self._n.items()
        ]
        return {"by": list(self._table.by), "cells": rows, "totals": []}

    def _all_lines(self) -> Iterator[frozenset[Codes]]:
        """Each total with all that adds up to it."""
        for name in self._table.by:
            parts: dict[Codes, set[Codes]] = {}
            for one in self._n:
                whole = frozenset(pair for pair in one if pair[0] != name)
                parts.setdefault(whole, {whole}).add(one)
            yield from map(frozenset, parts.values())


def main(tables: int) -> None:
    ours = greedy = 0
    for seed in range(tables):
        table = a_table(random.Random(seed))
        kept = compare(table)
        ours, greedy = ours + kept.ours, greedy + kept.greedy
        print(f"{seed}: {'×'.join(table.by)}, rows {kept.rows}: {kept.ours} / {kept.greedy}")
    print(f"kept {ours}, the best greedy {greedy}: {ours / greedy:.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
