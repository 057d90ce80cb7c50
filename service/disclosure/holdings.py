"""Released tables as their readers hold them: which number stands for which people.

Two indicators may count the same people: the base of people in need is the people assessed. So a
number is known by what it counts and of whom (`Cell`), in whichever table it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.disclosure.hiding import Codes
from service.disclosure.rules import AGE_GROUP, NESTED, Audience

Cell = tuple[str, Codes]
"""What is counted, and of whom."""
GROUPS = frozenset({"child", "adult"})
_CHILDREN = frozenset({"0004", "0511", "1217", "unk_child"})
_ADULTS = frozenset({"1859", "60p", "unk_adult"})


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What the numbers of an indicator count, by names that other indicators share."""

    n: str
    each: str = ""
    """What rows of an overlapping dimension count (one need); "": the indicator has none."""
    d: str = ""
    within: str = ""
    """Who is counted is one of these, whom other indicators count; "": nobody says."""
    overlapping: frozenset[str] = frozenset()
    restricted: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a table shows of a row; None: hidden."""

    n: int | None
    d: int | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table as its readers have it."""

    number: int
    """Of the release."""
    moment: int
    """Of the release whose people are in it: an older one, where the table was carried."""
    audience: Audience
    measure: Measure
    by: tuple[str, ...]
    rows: Mapping[Codes, Row]

    @cached_property
    def names(self) -> frozenset[str]:
        """Its dimensions. Age bands may be told as children and adults alone."""
        return frozenset(self._named(name) for name in self.by)

    @cached_property
    def cells(self) -> dict[Cell, int | None]:
        """Every number that is listed. Of need rows the base is that of their people."""
        found: dict[Cell, int | None] = {}
        for codes, row in self.rows.items():
            found[self.cell(codes)] = row.n
            base = self.base(codes)
            if base is not None:
                found[base] = row.d
        return found

    def cell(self, codes: Codes) -> Cell:
        named = self._renamed(codes)
        is_each = any(name in self.measure.overlapping for name, _ in named)
        return (self.measure.each if is_each else self.measure.n, named)

    def base(self, codes: Codes) -> Cell | None:
        if not self.measure.d:
            return None
        return (self.measure.d, self._single(codes))

    def within(self, codes: Codes) -> Cell | None:
        """The number of those whom this row is a part of, wherever it is told."""
        return (self.measure.within, self._single(codes)) if self.measure.within else None

    def tells(self, cell: Cell) -> bool:
        """Whether the table has such a row, or says zero by having none."""
        what, codes = cell
        names = {name for name, _ in codes}
        is_each = bool(names & self.measure.overlapping)
        counts = what in (self.measure.d, self.measure.each if is_each else self.measure.n)
        return counts and names <= self.names

    def _single(self, codes: Codes) -> Codes:
        named = self._renamed(codes)
        return frozenset(one for one in named if one[0] not in self.measure.overlapping)

    @cached_property
    def _is_by_group(self) -> bool:
        return any(name == "age" and code in GROUPS for codes in self.rows for name, code in codes)

    def _named(self, name: str) -> str:
        return AGE_GROUP if name == "age" and self._is_by_group else name

    def _renamed(self, codes: Codes) -> Codes:
        if not self._is_by_group:
            return codes
        return frozenset((self._named(name), code) for name, code in codes)


def shown(number: int, table: Mapping[str, Any], measure: Measure) -> Shown:
    """A released table, from the JSON of it."""
    by = tuple(table["by"])
    rows = {
        frozenset((name, row[name]) for name in by if name in row): Row(n=row["n"], d=row["d"])
        for row in (*table["cells"], *table["totals"])
    }
    return Shown(
        number=number,
        moment=table.get("carried_from") or number,
        audience=Audience(table["audience"]),
        measure=measure,
        by=by,
        rows=rows,
    )


def lines(table: Shown, *, of_base: bool = False) -> Iterator[tuple[Cell, list[Cell]]]:
    """Each total, and the cells that add up to it."""
    every = dict.fromkeys(  # in the order of the rows: programs take their steps in it
        cell[1]
        for codes in table.rows
        if (cell := table.base(codes) if of_base else table.cell(codes)) is not None
    )
    overlapping = table.measure.overlapping
    for name in sorted(table.names - overlapping):
        parts: dict[Codes, list[Codes]] = {}
        for codes in every:
            if _has(codes, name) and not has_inner(codes, name):
                parts.setdefault(_without(codes, name), []).append(codes)
        for whole, cells in parts.items():
            if is_total(whole, name, table.names):
                yield _of(table, whole, of_base), [_of(table, c, of_base) for c in cells]
        for outer in _told_of(name, table.names):
            wider: dict[Codes, list[Codes]] = {}
            for codes in every:
                if _has(codes, name):
                    wider.setdefault(_widened(codes, name, outer), []).append(codes)
            for whole, cells in wider.items():
                yield _of(table, whole, of_base), [_of(table, c, of_base) for c in cells]


def whole_times(cell: Cell) -> frozenset[tuple[str, str]]:
    """The codes of a cell, and of all that those lie in."""
    found = set(cell[1])
    for name, code in cell[1]:
        for outer in ("quarter", "year", AGE_GROUP):
            if (wider := widen(name, code, outer)) is not None:
                found.add((outer, wider))
    return frozenset(found)


def wider_cells(cell: Cell) -> Iterator[Cell]:
    """The quarter and the year of a month, children of an age band: where all else is the same."""
    what, codes = cell
    for name, code in codes:
        for outer in ("quarter", "year", AGE_GROUP):
            if (wider := widen(name, code, outer)) is not None:
                yield what, frozenset({*(codes - {(name, code)}), (outer, wider)})


def widen(name: str, code: str, outer: str) -> str | None:
    """The code of the outer dimension in which this one lies; None where it is not told by it."""
    if name == "age" and outer == AGE_GROUP:
        return "child" if code in _CHILDREN else "adult" if code in _ADULTS else code
    if name == "month" and outer == "quarter":
        return f"{code[:4]}-Q{(int(code[5:]) + 2) // 3}"
    if name in ("month", "quarter") and outer == "year":
        return code[:4]
    return None


def _told_of(name: str, names: frozenset[str]) -> Iterator[str]:
    """Outer dimensions that the table does not have, and whose rows are sums of its own."""
    outer = NESTED.get(name)
    while outer is not None and outer not in names:
        if name in ("month", "quarter", "age"):
            yield outer
        outer = NESTED.get(outer)


def _of(table: Shown, codes: Codes, of_base: bool) -> Cell:
    if of_base:
        return (table.measure.d, codes)
    is_each = any(name in table.measure.overlapping for name, _ in codes)
    return (table.measure.each if is_each else table.measure.n, codes)


def _has(codes: Codes, name: str) -> bool:
    return any(one == name for one, _ in codes)


def has_inner(codes: Codes, name: str) -> bool:
    """Whether something lies in this dimension's code: districts in a province."""
    return any(NESTED.get(one) == name for one, _ in codes)


def _without(codes: Codes, name: str) -> Codes:
    return frozenset(one for one in codes if one[0] != name)


def _widened(codes: Codes, name: str, outer: str) -> Codes:
    return frozenset(
        (outer, widen(name, code, outer) or "") if one == name else (one, code)
        for one, code in codes
    )


def is_total(whole: Codes, name: str, by: Sequence[str] | frozenset[str]) -> bool:
    """Districts add up to their province, and to nothing that no province is told of."""
    outer = NESTED.get(name)
    return outer not in by or any(one == outer for one, _ in whole)
