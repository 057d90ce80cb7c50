"""What somebody with a pencil and a solver finds out about the hidden cells.

The attacker knows every shown cell, that people are whole and not negative, that totals add, that
nobody is counted who is not in the base, and of totals which count people once that they lie
between the largest of their cells and the sum of them. First the pencil: bounds passed along the
lines until nothing moves. Then the solver: a linear program (HiGHS) gives the least and the most
that each hidden cell can be.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache

import highspy
import numpy as np
from numpy.typing import NDArray

from service.disclosure import effort
from service.disclosure.hiding import GaveUp
from service.disclosure.level import Counts, Level, Mask, Name

REACH = 12
"""Variables stay within REACH × k of the truth: a smaller world than the attacker's, so what is
found wide here is wide there, and the numbers stay small."""
PRIMAL = 4
TINY = 1e-6
PASSES = 20
ROUNDS = 8
"""Programs that push all unsettled cells at once, before cells are looked at one by one."""
STEPS = 20_000
"""Of the simplex method, for one program. Steps, not seconds: two tables that share a block must
decide it alike, on whichever machine and under whatever load."""
ALONE = 300
"""Up to so many cells are looked at one by one in an audit; the others count as narrow."""
Reals = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Row:
    """least ≤ Σ signs × variables ≤ most."""

    variables: Counts
    signs: Reals
    least: float
    most: float


@dataclass(frozen=True, kw_only=True)
class _View:
    """A level with the variables of its hidden cells, −1 where a cell is shown."""

    level: Level
    n_at: Counts
    d_at: Counts | None

    @property
    def highest(self) -> int:
        return max(
            int(self.n_at.max(initial=-1)),
            -1 if self.d_at is None else int(self.d_at.max(initial=-1)),
        )


class Attacker:
    """The constraints of a level and of those beside it, with a variable for each hidden cell."""

    def __init__(self, level: Level, k: int) -> None:
        self.k = k
        self._level = level
        self._count = 0
        self._numbers: dict[Hashable, int] = {}
        self._views = [self._seen(one) for one in level.and_beside()]
        size = 1 + max((int(view.highest) for view in self._views), default=-1)
        self.truth = np.zeros(size)
        for view in self._views:
            self.truth[view.n_at[view.n_at >= 0]] = view.level.n[view.n_at >= 0]
            if view.d_at is not None and view.level.d is not None:
                self.truth[view.d_at[view.d_at >= 0]] = view.level.d[view.d_at >= 0]
        self.low = np.maximum(self.truth - REACH * k, 0.0)
        self.high = self.truth + REACH * k
        self.rows: list[Row] = []
        for view in self._views:
            self._bound_by_base(view)
            for axis, overlaps in enumerate(view.level.overlapping):
                if overlaps:
                    self._count_once(view, axis)
                else:
                    self._add_up(view.n_at, axis)
                if view.d_at is not None and view.d_at.shape[axis] > 1:
                    self._add_up(view.d_at, axis)

    def _seen(self, level: Level) -> _View:
        n_at = self._numbered(level.hidden, level.name)
        if level.hidden_d is None:
            return _View(level=level, n_at=n_at, d_at=None)
        return _View(level=level, n_at=n_at, d_at=self._numbered(level.hidden_d, level.name_d))

    def _numbered(self, hidden: Mask, name: Name) -> Counts:
        """The variable of each hidden cell, −1 of the others; one for a cell seen twice."""
        at = np.full(hidden.shape, -1, dtype=np.int64)
        if not self._level.beside:
            first = self._count
            self._count += int(hidden.sum())
            at[hidden] = np.arange(first, self._count)
            return at
        for index in map(tuple, np.argwhere(hidden).tolist()):
            at[index] = self._numbers.setdefault(name(index), len(self._numbers))
        return at

    def narrow(self) -> tuple[Mask, Mask | None]:
        """Hidden cells (n, d) of which the attacker is left with k candidates or fewer. Not
        always all of them, but none only if there are none. Where a cell beside the level has
        become narrow, those that tie it to the level are blamed. Raises GaveUp."""
        is_narrow = self._by_pencil()
        if not is_narrow.any():
            is_narrow = self._by_solver()
        own = self._views[0]
        n, d = _marked(own.n_at, is_narrow), None
        if own.d_at is not None:
            d = _marked(own.d_at, is_narrow)
        if is_narrow.any() and not n.any() and (d is None or not d.any()):
            n |= self._level.hidden & ~self._level.is_inner()
        return n, d

    def _by_pencil(self) -> NDArray[np.bool_]:
        low, high = self.low.copy(), self.high.copy()
        if self.rows:
            lines = _Lines(self.rows)
            for _ in range(PASSES):
                if not lines.tighten(low, high):
                    break
        return np.asarray(high - low < self.k)

    def _by_solver(self) -> NDArray[np.bool_]:
        size = len(self.truth)
        low, high = self.truth.copy(), self.truth.copy()
        if size == 0:
            return np.zeros(0, dtype=bool)
        solver = self._program()
        chance = np.random.default_rng(1)
        before = size
        for _ in range(ROUNDS):
            push = np.where(high - low < self.k, chance.choice((-1.0, 1.0), size), 0.0)
            for cost in (push, -push):
                _widen(low, high, _solve(solver, cost))
            left = int((high - low < self.k).sum())
            if left == 0 or left > before - before // 8:
                break
            before = left
        for at in np.flatnonzero(high - low < self.k)[:ALONE]:
            for sign in (1.0, -1.0):
                if high[at] - low[at] < self.k:
                    cost = np.zeros(size)
                    cost[at] = sign
                    _widen(low, high, _solve(solver, cost))
        return np.asarray(high - low < self.k)

    def _program(self) -> highspy.Highs:
        let_it_greet()
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        # Only costs change from one program to the next: go on from the last corner.
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("simplex_strategy", PRIMAL)
        solver.setOptionValue("simplex_iteration_limit", STEPS)
        solver.addVars(len(self.truth), self.low, self.high)
        if self.rows:
            starts = np.cumsum([0, *(len(row.variables) for row in self.rows)])
            solver.addRows(
                len(self.rows),
                np.array([row.least for row in self.rows]),
                np.array([row.most for row in self.rows]),
                int(starts[-1]),
                starts[:-1].astype(np.int32),
                np.concatenate([row.variables for row in self.rows]).astype(np.int32),
                np.concatenate([row.signs for row in self.rows]),
            )
        return solver

    def _add_up(self, at: Counts, axis: int) -> None:
        """Cells of a line minus their total = 0, the shown part moved to the other side."""
        lines = np.moveaxis(at, axis, -1).reshape(-1, at.shape[axis])
        for line in lines[(lines >= 0).any(axis=1)]:
            signs = np.ones(len(line))
            signs[-1] = -1.0
            variables, signs = line[line >= 0], signs[line >= 0]
            known = float(signs @ self.truth[variables])
            self.rows.append(Row(variables=variables, signs=signs, least=known, most=known))

    def _count_once(self, view: _View, axis: int) -> None:
        """largest cell ≤ people ≤ sum of cells, for each line along an overlapping axis."""
        size = view.n_at.shape[axis]
        at = np.moveaxis(view.n_at, axis, -1).reshape(-1, size)
        n = np.moveaxis(view.level.n, axis, -1).reshape(-1, size)
        some = (at >= 0).any(axis=1)
        for line, true in zip(at[some], n[some], strict=True):
            self._at_most(line[-1:], line[:-1], float(true[:-1].sum() - true[-1]))
            if line[-1] >= 0:
                for cell in np.flatnonzero(line[:-1] >= 0):
                    self._at_most(line[[cell]], line[-1:], float(true[-1] - true[cell]))
                shown = true[:-1][line[:-1] < 0]
                self.low[line[-1]] = max(self.low[line[-1]], shown.max(initial=0))
            else:
                cells = line[:-1][line[:-1] >= 0]
                self.high[cells] = np.minimum(self.high[cells], true[-1])

    def _bound_by_base(self, view: _View) -> None:
        level = view.level
        if level.d is None or view.d_at is None:
            return
        d, d_at = (
            np.broadcast_to(level.d, level.n.shape),
            np.broadcast_to(view.d_at, level.n.shape),
        )
        alone = (view.n_at >= 0) & (d_at < 0)
        self.high[view.n_at[alone]] = np.minimum(self.high[view.n_at[alone]], d[alone])
        shown = (view.n_at < 0) & (d_at >= 0)
        np.maximum.at(self.low, d_at[shown], level.n[shown].astype(np.float64))
        for cell in map(tuple, np.argwhere((view.n_at >= 0) & (d_at >= 0))):
            room = float(d[cell] - level.n[cell])
            self._at_most(np.array([view.n_at[cell]]), np.array([d_at[cell]]), room)

    def _at_most(self, less: Counts, more: Counts, room: float) -> None:
        """Σ less ≤ Σ more, written as changes from the truth, where `room` is left."""
        less, more = less[less >= 0], more[more >= 0]
        variables = np.concatenate([less, more])
        signs = np.concatenate([np.ones(len(less)), -np.ones(len(more))])
        most = float(signs @ self.truth[variables]) + room
        if len(variables):
            self.rows.append(Row(variables=variables, signs=signs, least=-math.inf, most=most))


class _Lines:
    """All rows end to end, so that bounds can be passed along all of them at once."""

    def __init__(self, rows: list[Row]) -> None:
        self.row = np.repeat(np.arange(len(rows)), [len(row.variables) for row in rows])
        self.variable = np.concatenate([row.variables for row in rows])
        self.sign = np.concatenate([row.signs for row in rows])
        self.least = np.array([row.least for row in rows])[self.row]
        self.most = np.array([row.most for row in rows])[self.row]

    def tighten(self, low: Reals, high: Reals) -> bool:
        """What the others leave for each member of each row; whether anything moved."""
        plus = self.sign > 0
        least = np.where(plus, low[self.variable], -high[self.variable])
        most = np.where(plus, high[self.variable], -low[self.variable])
        room = self.most - (np.bincount(self.row, least)[self.row] - least)
        need = self.least - (np.bincount(self.row, most)[self.row] - most)
        before = float((high - low).sum())
        np.minimum.at(high, self.variable, np.where(plus, room, -need))
        np.maximum.at(low, self.variable, np.where(plus, need, -room))
        return float((high - low).sum()) < before


def _marked(at: Counts, is_narrow: NDArray[np.bool_]) -> Mask:
    mask = np.zeros(at.shape, dtype=bool)
    mask[at >= 0] = is_narrow[at[at >= 0]]
    return mask


def _solve(solver: highspy.Highs, cost: Reals) -> Reals:
    """The corner of least cost."""
    solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
    solver.run()
    steps = solver.getInfo().simplex_iteration_count
    effort.spend_on_program(len(cost) + solver.getNumRow(), steps)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise GaveUp(str(solver.getModelStatus()))
    return np.asarray(solver.getSolution().col_value)


def _widen(low: Reals, high: Reals, found: Reals) -> None:
    """People are whole: a bound of 3.5 tells the attacker 4 from below and 3 from above."""
    np.minimum(low, np.ceil(found - TINY), out=low)
    np.maximum(high, np.floor(found + TINY), out=high)


@cache
def let_it_greet() -> None:
    """HiGHS 1.16 prints its name on standard output when the first solver is made, whatever its
    options; commands print one JSON object there. Once a process, into nothing."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        highspy.Highs()  # type: ignore[no-untyped-call]
        ctypes.CDLL(None).fflush(None)  # it went through C's own buffer
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)
