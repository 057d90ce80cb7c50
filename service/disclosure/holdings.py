"""Released tables as their readers hold them: which number stands for which people.

Two indicators may count the same people: the base of people in need is the people assessed. So a
number is known by what it counts and of whom (`Cell`), in whichever table it stands.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from service.disclosure.hiding import Codes
from service.disclosure.restated import Part, Restated
from service.disclosure.rules import AGE_GROUP, NESTED, Audience

Cell = tuple[str, Codes]
"""What is counted, and of whom."""
Term = tuple[float, Cell]
"""A sign, and what it is the sign of."""
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
    restated: Restated | None = None
    of: Measure | None = None
    """The figure whose rows it tells: by that one's names its numbers are known."""
    gathers: tuple[str, frozenset[str]] | None = None
    """Whoever is counted is in a row of one of these codes of that overlapping dimension, which
    another figure tells (`Gathered`)."""
    gathers_where: Codes = frozenset()
    """And the row is about these, besides."""
    gathers_all: bool = False
    """And whoever is in one of those rows is counted."""
    gathered: Measure | None = None
    """The figure that tells those rows."""


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
        """By the name of the figure whose row it is, if it is one."""
        terms = self.terms(codes)
        if terms is not None and len(terms) == 1:
            return terms[0][1]
        named = self._renamed(codes)
        is_each = any(name in self.measure.overlapping for name, _ in named)
        return (self.measure.each if is_each else self.measure.n, named)

    def base(self, codes: Codes) -> Cell | None:
        if not self.measure.d:
            return None
        terms = self.terms(codes, of_base=True)
        if terms is not None and len(terms) == 1:
            return terms[0][1]
        return (self.measure.d, self._single(codes))

    def terms(self, codes: Codes, *, of_base: bool = False) -> list[Term] | None:
        """Rows of the other figure of which the number is the sum; None: it is of its own."""
        if self.measure.restated is None or self.measure.of is None:
            return None
        named = self._single(codes) if of_base else self._renamed(codes)
        return terms_of(self.measure.restated, self.measure.of, named, of_base=of_base)

    def sums(self) -> Iterator[tuple[Cell, list[Term]]]:
        """Its numbers that are sums of several rows of the other figure."""
        if self.measure.restated is None:
            return
        for codes in self.rows:
            terms, base = self.terms(codes), self.base(codes)
            if terms is not None and len(terms) != 1:
                yield self.cell(codes), terms
            terms = self.terms(codes, of_base=True)
            if base is not None and terms is not None and len(terms) != 1:
                yield base, terms

    def sums_of_all(self) -> Iterator[tuple[Cell, str, str]]:
        """Its numbers that are sums of all rows of an overlapping dimension of the other figure,
        with that and what such a row counts."""
        restated, of = self.measure.restated, self.measure.of
        if restated is None or of is None or restated.n is None:
            return
        for name in of.overlapping & {name for part in restated.n for name in part}:
            for codes in self.rows:
                said = {one for one, _ in codes}
                if name not in said and not said & restated.own and self.terms(codes) is None:
                    yield self.cell(codes), name, of.each

    def within(self, codes: Codes) -> Cell | None:
        """The number of those whom this row is a part of, wherever it is told."""
        return (self.measure.within, self._single(codes)) if self.measure.within else None

    def tells(self, cell: Cell) -> bool:
        """Whether the table has such a row, or says zero by having none."""
        return self.codes_of(cell) is not None or self._is_base(cell)

    def codes_of(self, cell: Cell) -> Codes | None:
        """The row of which the cell is the number, listed or not; None: of none."""
        what, codes = cell
        for same in self._same_rows:
            left = codes - same.codes
            said = dict(left)
            if (
                what == same.counted
                and same.codes <= codes
                and said.keys() <= self.names
                and all(some.holds(said[name]) for name, some in same.part.items() if name in said)
                and same.part.keys() <= said.keys()
            ):
                return left | same.coded
        names = {name for name, _ in codes}
        is_each = bool(names & self.measure.overlapping)
        is_own = what == (self.measure.each if is_each else self.measure.n)
        return codes if is_own and names <= self.names else None

    def _is_base(self, cell: Cell) -> bool:
        what, codes = cell
        for same in self._same_bases:
            names = {name for name, _ in codes - same.codes}
            if what == same.counted and same.codes <= codes and names <= self.names:
                return True
        return what == self.measure.d and {name for name, _ in codes} <= self.names

    @cached_property
    def _same_rows(self) -> list[_Same]:
        return list(_same_rows(self.measure, self.names, of_base=False))

    @cached_property
    def _same_bases(self) -> list[_Same]:
        return list(_same_rows(self.measure, self.names, of_base=True))

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


@dataclass(frozen=True, kw_only=True)
class _Same:
    """How a row of a figure is one of another: with these codes beside its own (`coded`: without
    those), if its own codes are of the part."""

    counted: str
    codes: Codes
    coded: Codes
    part: Part


def terms_of(
    restated: Restated, of: Measure, named: Codes, *, of_base: bool = False
) -> list[Term] | None:
    """Rows of the figure `of` of which a number of these codes is the sum; None: it is of its own,
    or of rows that cannot be told one by one."""
    parts = restated.d if of_base else restated.n
    said = dict(named)
    if parts is None or restated.own & said.keys():
        return None
    for name, told in restated.coarser.items():
        if name in said:
            parts = told.get(said.pop(name), ())
    found: list[Term] = []
    for part in parts:
        terms = _terms_of_part(part, said)
        if terms is None:
            return None
        for sign, codes in terms:
            named_so = frozenset((_group(name, code), code) for name, code in codes.items())
            found.append((sign, (_counted(restated, of, codes, of_base=of_base), named_so)))
    return found


def _terms_of_part(
    part: Part, said: Mapping[str, str]
) -> list[tuple[float, dict[str, str]]] | None:
    """None: all but some codes, of which several dimensions, or an overlapping one, would be
    needed."""
    if any(name in said and not some.holds(said[name]) for name, some in part.items()):
        return []
    free = {name: some for name, some in part.items() if name not in said}
    negative = [name for name, some in free.items() if some.but]
    if negative:
        (name, some), *more = free.items()
        if more or not some.codes:
            return None
        rest = [(-1.0, {**said, name: code}) for code in sorted(some.codes)]
        return [(1.0, dict(said)), *rest]
    choices = [sorted(some.codes) for some in free.values()]
    return [
        (1.0, {**said, **dict(zip(free, chosen, strict=True))})
        for chosen in itertools.product(*choices)
    ]


def _group(name: str, code: str) -> str:
    return AGE_GROUP if name == "age" and code in GROUPS else name


def _counted(restated: Restated, of: Measure, codes: Mapping[str, str], *, of_base: bool) -> str:
    if of_base and restated.of_base:
        return of.d
    return of.each if of.overlapping & codes.keys() else of.n


def _same_rows(measure: Measure, names: frozenset[str], *, of_base: bool) -> Iterator[_Same]:
    """Where one row is one of the other figure."""
    restated, of = measure.restated, measure.of
    parts = None if restated is None else restated.d if of_base else restated.n
    if restated is None or of is None or parts is None:
        return
    options = [(frozenset[tuple[str, str]](), parts)]
    for name, told in restated.coarser.items():
        options += [(frozenset({(name, code)}), inside) for code, inside in told.items()]
    for coded, inside in options:
        if len(inside) != 1:
            continue
        (part,) = inside
        own = {name: some for name, some in part.items() if name in names}
        fixed = {name: some for name, some in part.items() if name not in names}
        if all(not some.but and len(some.codes) == 1 for some in fixed.values()):
            codes = {name: next(iter(some.codes)) for name, some in fixed.items()}
            named = frozenset((_group(name, code), code) for name, code in codes.items())
            kinds = {**codes, **dict.fromkeys(own, "")}
            for overlaps in (False, True):
                counted = _counted(restated, of, kinds, of_base=of_base)
                if overlaps and not of_base:
                    counted = of.each
                yield _Same(counted=counted, codes=named, coded=coded, part=own)


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
        cell
        for codes in table.rows
        if (cell := table.base(codes) if of_base else table.cell(codes)) is not None
    )
    overlapping = table.measure.overlapping
    for name in sorted(table.names - overlapping):
        parts: dict[Cell, list[Cell]] = {}
        for what, codes in every:
            if _has(codes, name) and not has_inner(codes, name):
                parts.setdefault((what, _without(codes, name)), []).append((what, codes))
        for (what, whole), cells in parts.items():
            if is_total(whole, name, table.names):
                yield (what, whole), cells
        for outer in _told_of(name, table.names):
            wider: dict[Cell, list[Cell]] = {}
            for what, codes in every:
                if _has(codes, name):
                    wider.setdefault((what, _widened(codes, name, outer)), []).append((what, codes))
            yield from wider.items()


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
