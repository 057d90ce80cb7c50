"""How much two tables tell of changes that they do not show: a linear program over both at once."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import highspy
import numpy as np

from service.disclosure.attacker import TINY, let_it_greet
from service.disclosure.hiding import Codes

MANY = 100_000.0
"""A hidden number is looked at up to so many: what is wide there is wide."""
Numbers = Mapping[Codes, int | None]
"""Of each row of both tables; None: hidden."""


def narrow(
    lines: Sequence[Sequence[Codes]], then: Numbers, now: Numbers, k: int
) -> frozenset[Codes]:
    """Rows whose change is not shown, may be a small one, and is known to fewer than k: each line
    is a total and what adds up to it. Nobody is taken to have left where no shown number fell:
    that is what a reader would think."""
    hidden = [c for c in sorted(then, key=sorted) if then[c] is None or now[c] is None]
    if not hidden or not lines:
        return frozenset()
    both = [(then[c], now[c]) for c in then]
    rises = all(a is None or b is None or b >= a for a, b in both)
    program = _Program(lines, then, now, rises=rises)
    found = set()
    for codes in hidden:
        low, high = program.change(codes)
        if high - low < k and -k < high and low < k and (low, high) != (0, 0):
            found.add(codes)
    return frozenset(found)


class _Program:
    """What somebody knows who holds both: whole people, none negative, and totals that add."""

    def __init__(
        self, lines: Sequence[Sequence[Codes]], then: Numbers, now: Numbers, *, rises: bool
    ) -> None:
        self._tables = (then, now)
        unknown = [
            (at, codes)
            for at, table in enumerate(self._tables)
            for codes in sorted(table, key=sorted)
            if table[codes] is None
        ]
        self._place = {each: place for place, each in enumerate(unknown)}
        let_it_greet()
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.setOptionValue("presolve", "off")
        size = len(unknown)
        self._solver.addVars(size, np.zeros(size), np.full(size, MANY))
        for at, line in itertools.product((0, 1), lines):
            signs = [-1.0, *[1.0] * (len(line) - 1)]
            self._bind({(at, c): sign for sign, c in zip(signs, line, strict=True)}, most=0.0)
        for codes in then if rises else ():
            self._bind({(1, codes): 1.0, (0, codes): -1.0}, most=MANY)

    def change(self, codes: Codes) -> tuple[int, int]:
        """(least, most)."""
        each = {(1, codes): 1.0, (0, codes): -1.0}
        known = sum(sign * self._known(one) for one, sign in each.items())
        costs = {self._place[one]: sign for one, sign in each.items() if one in self._place}
        low = self._least(costs)
        high = -self._least({at: -cost for at, cost in costs.items()})
        return int(np.ceil(known + low - TINY)), int(np.floor(known + high + TINY))

    def _known(self, one: tuple[int, Codes]) -> int:
        return self._tables[one[0]][one[1]] or 0

    def _bind(self, signs: Mapping[tuple[int, Codes], float], most: float) -> None:
        """0 ≤ the sum ≤ most, as far as it is not known anyway."""
        mine = {self._place[one]: sign for one, sign in signs.items() if one in self._place}
        known = sum(sign * self._known(one) for one, sign in signs.items())
        if mine:
            at = np.array(list(mine), dtype=np.int32)
            values = np.array(list(mine.values()))
            self._solver.addRow(-known, most - known, len(mine), at, values)

    def _least(self, costs: Mapping[int, float]) -> float:
        for at, cost in costs.items():
            self._solver.changeColCost(at, cost)
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"disclosure audit: {self._solver.getModelStatus()}")
        values = self._solver.getSolution().col_value
        for at in costs:
            self._solver.changeColCost(at, 0.0)
        return sum(cost * float(values[at]) for at, cost in costs.items())
