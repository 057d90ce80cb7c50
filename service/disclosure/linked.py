"""All tables of one moment beside each other: what somebody knows who solves them together.

Each table was protected by itself. They share margins, bases and totals, and months of one are the
quarters of another, so together they may tell of a hidden number what none of them tells alone.
A linear program over all of them says how far each hidden number may still be; where that is too
little, its dual names the numbers that prove it, and one of those is hidden in the table that is
being made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from service.disclosure import effort
from service.disclosure.attacker import TINY, let_it_greet
from service.disclosure.hiding import Codes, GaveUp
from service.disclosure.holdings import Cell, Shown, lines, whole_times

Reals = NDArray[np.float64]
MANY = 100_000.0
"""A hidden number is looked at up to so many: what is wide there is wide."""
PUSHES = 10
UNKNOWN = 900
"""So many numbers that are not told, bound to each other, are looked at on a page."""
STEPS = 50_000
"""Of the simplex method, for one program. A release that takes more is not made."""
Range = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class _Relation:
    """least ≤ Σ signs × cells ≤ most."""

    signs: Mapping[Cell, float]
    least: float
    most: float


class Moment:
    """What some tables of the same people say together."""

    def __init__(
        self,
        tables: Sequence[Shown],
        wanted: Collection[Cell] = (),
        others: Sequence[Shown] = (),
    ) -> None:
        """`others`: tables of another moment, of which it is known what their numbers are sums
        of."""
        self._tables, self._others = tables, others
        self.known: dict[Cell, int] = {}
        for table in tables:
            self.known |= {cell: n for cell, n in table.cells.items() if n is not None}
        self.hidden = {cell for table in tables for cell in table.cells if cell not in self.known}
        self._parts: dict[tuple[str, str], dict[Codes, list[Cell]]] = {}
        named = frozenset(wanted) | self.hidden | self.known.keys()
        self._relations = list(self._all_relations(named))
        self._programs = _Programs(self._relations, self.value)

    def value(self, cell: Cell) -> int | None:
        """None: not told."""
        found = self.known.get(cell)
        if found is None and cell not in self.hidden:
            return 0 if any(table.tells(cell) for table in self._tables) else None
        return found

    def ranges(self, cells: Iterable[Cell], k: int) -> dict[Cell, Range]:
        """The least and the most that each may be; exact where they are less than k apart."""
        values = {cell: self.value(cell) for cell in cells}
        asked = [one for one, n in values.items() if n is None]
        found = {cell: (n, n) for cell, n in values.items() if n is not None}
        return found | self._programs.ranges(asked, k)

    def check_size(self) -> None:
        """Raises GaveUp where too much is bound to each other for a page."""
        if self._programs.largest > UNKNOWN:
            raise GaveUp(f"{self._programs.largest} unknown numbers")

    @property
    def disagrees(self) -> bool:
        """Whether no people can be as the tables say: they are not of one moment."""
        return not self._programs.have_answers

    def is_of_nobody(self, cell: Cell) -> bool:
        """Whether something wider says zero, as it may."""
        codes = whole_times(cell)
        bases = {table.measure.d for table in self._tables} | {cell[0]}
        bases |= {t.measure.n for t in self._tables if t.measure.each == cell[0]}
        return any(
            n == 0 and what in bases and wider <= codes for (what, wider), n in self.known.items()
        )

    def room(self, table: Shown, codes: Codes) -> int | None:
        """As many as there are of those whom it is one of: nobody can be kept from knowing it."""
        around = table.within(codes)
        return None if around is None else self.value(around)

    def proof(self, cell: Cell) -> set[Cell]:
        """The known numbers from which the least and the most of this one follow."""
        return self._programs.proof(cell)

    def beside(self, cells: Collection[Cell]) -> set[Cell]:
        """Everything that stands in a relation with one of these."""
        found = set[Cell]()
        for relation in self._relations:
            if any(cell in relation.signs for cell in cells):
                found |= relation.signs.keys()
        return found

    def _all_relations(self, wanted: frozenset[Cell]) -> Iterator[_Relation]:
        seen = set[tuple[Cell, frozenset[Cell]]]()
        for table in self._tables:
            kinds = (False, True) if table.measure.d else (False,)
            for of_base in kinds:
                for whole, parts in lines(table, of_base=of_base):
                    line = (whole, frozenset(parts))
                    if line in seen or not (table.tells(whole) or whole in wanted):
                        continue
                    seen.add(line)
                    signs = {whole: -1.0, **dict.fromkeys(parts, 1.0)}
                    yield _Relation(signs=signs, least=0.0, most=0.0)
            yield from _bounds(table)
        for table in (*self._tables, *self._others):
            yield from self._sums(table)

    def _all_of(self, counted: str, dimension: str) -> dict[Codes, list[Cell]]:
        """Rows of each code of the dimension, by what else they are about."""
        if (counted, dimension) not in self._parts:
            found: dict[Codes, list[Cell]] = {}
            for what, codes in sorted((*self.known, *self.hidden), key=_in_order):
                rest = frozenset(one for one in codes if one[0] != dimension)
                if what == counted and rest != codes:
                    found.setdefault(rest, []).append((what, codes))
            self._parts[counted, dimension] = found
        return self._parts[counted, dimension]

    def _sums(self, table: Shown) -> Iterator[_Relation]:
        """Numbers that are sums of rows of another figure, or gather rows of it."""
        for cell, dimension, counted in table.sums_of_all():
            parts = self._all_of(counted, dimension).get(cell[1], [])
            signs = {cell: -1.0, **dict.fromkeys(parts, 1.0)}
            yield _Relation(signs=signs, least=0.0, most=0.0)
        for cell, terms in table.sums():
            signs = {cell: -1.0}
            for sign, one in terms:
                signs[one] = signs.get(one, 0.0) + sign
            yield _Relation(signs=signs, least=0.0, most=0.0)
        yield from self._gathered(table)

    def _gathered(self, table: Shown) -> Iterator[_Relation]:
        """Whoever is counted is in one of the rows; and, where the figure gathers all who are,
        anybody who is in any row at all is counted or in one of the others."""
        measure = table.measure
        if measure.gathers is None or measure.gathered is None:
            return
        (dimension, wanted), of = measure.gathers, measure.gathered
        for codes in table.rows:
            cell = table.cell(codes)
            inside = cell[1] | measure.gathers_where
            parts = [(of.each, inside | {(dimension, code)}) for code in sorted(wanted)]
            signs = {**dict.fromkeys(parts, 1.0), cell: -1.0}
            yield _Relation(signs=signs, least=0.0, most=math.inf)
            yield _Relation(signs={(of.n, inside): 1.0, cell: -1.0}, least=0.0, most=math.inf)
            if not measure.gathers_all:
                continue
            for part in parts:
                yield _Relation(signs={cell: 1.0, part: -1.0}, least=0.0, most=math.inf)
            every = self._all_of(of.each, dimension).get(inside, [])
            if every and not measure.gathers_where:
                signs = {**dict.fromkeys(every, 1.0), **dict.fromkeys(parts, 0.0)}
                signs = {one: sign for one, sign in signs.items() if sign}
                signs |= {cell: 1.0, (of.n, inside): -1.0}
                yield _Relation(signs=signs, least=0.0, most=math.inf)


def _in_order(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return cell[0], sorted(cell[1])


def _bounds(table: Shown) -> Iterator[_Relation]:
    """Nobody is counted who is not of the base; a total over needs counts each person once."""
    sums: dict[Cell, dict[Cell, float]] = {}
    for codes in table.rows:
        cell, base = table.cell(codes), table.base(codes)
        if base is not None:
            yield _Relation(signs={base: 1.0, cell: -1.0}, least=0.0, most=math.inf)
        if (all_ := table.within(codes)) is not None:
            yield _Relation(signs={all_: 1.0, cell: -1.0}, least=0.0, most=math.inf)
        single = frozenset(one for one in cell[1] if one[0] not in table.measure.overlapping)
        if single != cell[1]:
            whole = (table.measure.n, single)
            yield _Relation(signs={whole: 1.0, cell: -1.0}, least=0.0, most=math.inf)
            sums.setdefault(whole, {})[cell] = 1.0
    for whole, parts in sums.items():
        yield _Relation(signs={**parts, whole: -1.0}, least=0.0, most=math.inf)


class _Programs:
    """What is bound together is solved together; what is not, apart."""

    def __init__(self, relations: Sequence[_Relation], value: Callable[[Cell], int | None]) -> None:
        unknown = [[cell for cell in one.signs if value(cell) is None] for one in relations]
        leader: dict[Cell, Cell] = {}

        def first(cell: Cell) -> Cell:
            while leader.setdefault(cell, cell) != cell:
                leader[cell] = leader[leader[cell]]
                cell = leader[cell]
            return cell

        for cells in unknown:
            for cell in cells:
                leader[first(cell)] = first(cells[0])
        parted: dict[Cell | None, list[_Relation]] = {}
        for one, cells in zip(relations, unknown, strict=True):
            parted.setdefault(first(cells[0]) if cells else None, []).append(one)
        told = parted.pop(None, [])
        self._programs = {root: _Program(some, value) for root, some in parted.items()}
        self._of = {cell: self._programs[first(cell)] for cell in leader}
        self.have_answers = all(_holds(one, value) for one in told) and all(
            one.has_answer for one in self._programs.values()
        )

    @property
    def largest(self) -> int:
        return max((len(one.places) for one in self._programs.values()), default=0)

    def ranges(self, cells: Iterable[Cell], k: int) -> dict[Cell, Range]:
        asked: dict[int, list[Cell]] = {}
        for cell in cells:
            if cell in self._of:
                asked.setdefault(id(self._of[cell]), []).append(cell)
        found: dict[Cell, Range] = {}
        if self.have_answers:
            for some in asked.values():
                found |= self._of[some[0]].ranges(some, k)
        return found

    def proof(self, cell: Cell) -> set[Cell]:
        return self._of[cell].proof(cell)


def _holds(relation: _Relation, value: Callable[[Cell], int | None]) -> bool:
    total = sum(sign * (value(cell) or 0) for cell, sign in relation.signs.items())
    return relation.least - TINY <= total <= relation.most + TINY


class _Program:
    """Whole people, none negative, with a variable for each number that is not told."""

    def __init__(self, relations: Sequence[_Relation], value: Callable[[Cell], int | None]) -> None:
        self._relations: list[_Relation] = []
        self.places: dict[Cell, int] = {}
        bound: list[tuple[NDArray[np.int32], Reals, float, float]] = []
        for relation in relations:
            known, at, signs = 0.0, list[int](), list[float]()
            for cell, sign in relation.signs.items():
                number = value(cell)
                if number is None:
                    at.append(self.places.setdefault(cell, len(self.places)))
                    signs.append(sign)
                else:
                    known += sign * number
            if at:
                self._relations.append(relation)
                bound.append(
                    (
                        np.array(at, dtype=np.int32),
                        np.array(signs),
                        relation.least - known,
                        relation.most - known,
                    )
                )
        self._solver = _solver(len(self.places), bound)
        self._cost = np.zeros(len(self.places))
        self.has_answer = not bound or self._agrees()

    def ranges(self, cells: Sequence[Cell], k: int) -> dict[Cell, Range]:
        """All at once while that settles many, then each by itself."""
        if not cells or not self.has_answer:
            return {}
        at = np.array([self.places[cell] for cell in cells])
        low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
        chance = np.random.default_rng(1)
        left = len(at)
        for _ in range(PUSHES):
            push = np.zeros(len(self.places))
            push[at] = np.where(high - low < k, chance.choice((-1.0, 1.0), len(at)), 0.0)
            for cost in (push, -push):
                _widen(low, high, self._must_solve(cost)[at])
            before, left = left, int((high - low < k).sum())
            if left == 0 or left > before - before // 8:
                break
        for one in np.flatnonzero(high - low < k):
            for sign in (1.0, -1.0):
                if high[one] - low[one] < k:
                    cost = np.zeros(len(self.places))
                    cost[at[one]] = sign
                    _widen(low, high, self._must_solve(cost)[at])
        ends = zip(low, high, strict=True)
        return {cell: (int(a), int(b)) for cell, (a, b) in zip(cells, ends, strict=True)}

    def _agrees(self) -> bool:
        """Raises GaveUp."""
        if self._solve(self._cost) is not None:
            return True
        if self._solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return False
        raise GaveUp(str(self._solver.getModelStatus()))

    def proof(self, cell: Cell) -> set[Cell]:
        found = set[Cell]()
        for sign in (1.0, -1.0):
            cost = np.zeros(len(self.places))
            cost[self.places[cell]] = sign
            self._must_solve(cost)
            duals = np.abs(np.asarray(self._solver.getSolution().row_dual)) > TINY
            for at in np.flatnonzero(duals):
                found |= self._relations[int(at)].signs.keys()
        return {one for one in found if one not in self.places}

    def _must_solve(self, cost: Reals) -> Reals:
        found = self._solve(cost)
        if found is None:
            raise GaveUp(str(self._solver.getModelStatus()))
        return found

    def _solve(self, cost: Reals) -> Reals | None:
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self._solver.run()
        steps = self._solver.getInfo().simplex_iteration_count
        effort.spend_on_program(len(cost) + self._solver.getNumRow(), steps)
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(self._solver.getSolution().col_value)


def _solver(
    size: int, bound: Sequence[tuple[NDArray[np.int32], Reals, float, float]]
) -> highspy.Highs:
    let_it_greet()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("simplex_iteration_limit", STEPS)
    solver.addVars(size, np.zeros(size), np.full(size, MANY))
    if bound:
        starts = np.cumsum([0, *(len(at) for at, *_ in bound)])
        solver.addRows(
            len(bound),
            np.array([least for *_, least, _ in bound]),
            np.array([most for *_, most in bound]),
            int(starts[-1]),
            starts[:-1].astype(np.int32),
            np.concatenate([at for at, *_ in bound]),
            np.concatenate([signs for _, signs, *_ in bound]),
        )
    return solver


def _widen(low: Reals, high: Reals, found: Reals) -> None:
    """People are whole: a bound of 3.5 tells 4 from below and 3 from above."""
    np.minimum(low, np.ceil(found - TINY), out=low)
    np.maximum(high, np.floor(found + TINY), out=high)
