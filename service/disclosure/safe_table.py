"""The two faces of a table: counted (`RawTable`) and fit to leave the house (`SafeTable`).

A cell's key is a tuple as long as `by`: a code for each dimension, or `ALL` where the cell is a
total over that dimension. So one mapping holds the inner cells and every margin alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

ALL: None = None
"""Stands in a key for "all values of this dimension together"."""

Key = tuple[str | None, ...]
Bilingual = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What stands behind one number. Leaves the house only through `protect()`."""

    persons: int
    """As the number says it: one person at two visits is two."""
    people: int | None = None
    """At least so many different ones are among them; None: they all are."""
    households: int | None = None
    """Distinct households; None where a household is not what the figure rests on."""
    reporters: int | None = None
    """Distinct incidents or independent reports; None where people speak for themselves."""
    largest_share: float = 0.0
    """Share (0–1) of the persons that came from the busiest collector, organisation or incident."""

    @property
    def different(self) -> int:
        """At least so many different people."""
        return self.persons if self.people is None else self.people


@dataclass(frozen=True, kw_only=True)
class Source:
    """What of a place's records came from its busiest collector."""

    name: Bilingual
    """Of the place."""
    share: float


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Counts as SQL gives them, with all margins: true, and not for anybody's eyes."""

    indicator: str
    unit: str
    by: tuple[str, ...]
    """In the order in which they are decided (`rules.ORDER`)."""
    cells: Mapping[Key, Counted]
    """Numerators. A key that is missing is a true zero."""
    base: Mapping[Key, Counted] | None = None
    """Denominators, None for plain counts. Total over each dimension of `overlapping`."""
    overlapping: frozenset[str] = frozenset()
    """Dimensions in which one person may stand several times (need): totals do not add."""
    nested: Mapping[str, str] = field(default_factory=dict)
    """{"district": "province"}: the first is a finer split of the second."""
    asked: tuple[str, ...] | None = None
    """The dimensions that the reader wants, in his order; None: all of `by`. The others are what
    those lie in, and the times that a period is cut out of."""
    restricted: bool = False
    """A restricted topic (docs/disclosure.md), whoever asks."""
    title: Bilingual = field(default_factory=dict)
    note: Bilingual = field(default_factory=dict)
    """What this figure means; the sentences about protection are added by `protect()`."""
    period: tuple[dt.date, dt.date] | None = None
    as_of: dt.datetime | None = None
    refused_stats: int | None = 0
    """None where the number would tell who refused in a shorter period."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """By province."""
    counts: str = ""
    """Which records are counted, as the project chose (`facts.counting`); "" where nobody says."""
    has_unanswered: bool = False
    unanswered: int | None = None
    """Who would be in the denominator, had they been asked or answered; None as above, and only
    where `has_unanswered`."""
    has_minors: bool = False
    minors: int | None = None
    """The same; only where `has_minors`."""

    def at(self, key: Key) -> int:
        """Persons in the cell; zero if nobody."""
        found = self.cells.get(key)
        return found.persons if found else 0

    def base_key(self, key: Key) -> Key:
        """The key of the cell's denominator: the total over overlapping dimensions."""
        return tuple(
            ALL if name in self.overlapping else part
            for name, part in zip(self.by, key, strict=True)
        )

    def without(self, dimension: str) -> RawTable:
        """The coarser table that only keeps this dimension's totals; what it holds goes too."""
        for child, parent in self.nested.items():
            if parent == dimension and child in self.by:
                return self.without(child).without(dimension)
        at = self.by.index(dimension)

        def kept(cells: Mapping[Key, Counted]) -> dict[Key, Counted]:
            return {k[:at] + k[at + 1 :]: c for k, c in cells.items() if k[at] is ALL}

        return replace(
            self,
            by=self.by[:at] + self.by[at + 1 :],
            cells=kept(self.cells),
            base=None if self.base is None else kept(self.base),
            nested={c: p for c, p in self.nested.items() if dimension not in {c, p}},
        )


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One row of a released table. Hidden cells differ in nothing but their place."""

    key: Key
    n: int | None
    d: int | None
    hidden: bool


_SEAL = object()


class SafeTable:
    """A table that may leave the house. Only `suppress.protect()` can make one."""

    __slots__ = ("_facts", "by", "cells", "totals")

    by: tuple[str, ...]
    cells: tuple[Cell, ...]
    totals: tuple[Cell, ...]

    def __init__(
        self, seal: object, *, by: tuple[str, ...], rows: tuple[Cell, ...], facts: Mapping[str, Any]
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("a SafeTable is made by protect(), never by hand")
        self.by = by
        self.cells = tuple(row for row in rows if ALL not in row.key)
        self.totals = tuple(row for row in rows if ALL in row.key)
        if not by:
            self.cells, self.totals = (), tuple(rows)
        self._facts = dict(facts)

    @property
    def audience(self) -> str:
        return str(self._facts["audience"])

    @property
    def indicator(self) -> str:
        return str(self._facts["indicator"])

    def find(self, **codes: str) -> Cell | None:
        """The row of these codes, total over all other dimensions; None for a true zero."""
        key = tuple(codes.get(name, ALL) for name in self.by)
        return next((row for row in (*self.cells, *self.totals) if row.key == key), None)

    def only(self, keep: Callable[[Cell], bool], **facts: Any) -> SafeTable:
        """Some of its rows, each as it stands here, under other facts beside them. Nothing is
        counted anew, so it tells nothing that the whole table does not."""
        rows = tuple(row for row in (*self.cells, *self.totals) if keep(row))
        return SafeTable(_SEAL, by=self.by, rows=rows, facts={**self._facts, **facts})

    @property
    def basis(self) -> Mapping[str, int | None]:
        basis: Mapping[str, int | None] = self._facts["basis"]
        return basis

    def as_dict(self) -> dict[str, Any]:
        """The JSON of the interface: indicator, title, by, period, audience, cells, totals."""
        return {
            **self._facts,
            "by": list(self.by),
            "cells": [self._row(cell) for cell in self.cells],
            "totals": [self._row(cell) for cell in self.totals],
        }

    def _row(self, cell: Cell) -> dict[str, Any]:
        codes = {n: part for n, part in zip(self.by, cell.key, strict=True) if part is not ALL}
        return {**codes, "n": cell.n, "d": cell.d, "hidden": cell.hidden}


def _sealed(by: tuple[str, ...], rows: tuple[Cell, ...], facts: Mapping[str, Any]) -> SafeTable:
    """For `suppress.protect()` alone; the architecture test looks for other callers."""
    return SafeTable(_SEAL, by=by, rows=rows, facts=facts)
