"""The group of each row as one number: a part for each column, added up. Pure.

What dimensions say is told by values of columns, and there are few values: each column in use has
an axis of the combinations that its values say ("02", "0201", "2026-05"), and a table of what each
value adds to the number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.indicators.columns import Codes, Columns, Ints, Kind
from service.indicators.layout import Tell

_SMALL = 1 << 27
"""Keys below it are added up in 32 bits."""
BLOCK = 1 << 18
"""Rows looked at at once: what lies between stays in the processor's caches."""


class OutgrownError(Exception):
    """A dimension has more codes than a cube was made for: it has to be made again."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is counted. `by`: name of a dimension -> (column, what its values say), in order;
    `only`: column -> whether its values count at all."""

    kind: Kind
    by: Mapping[str, tuple[str, Tell]]
    only: Mapping[str, Callable[[Any], bool]]


class Axis:
    """Dimensions that one column tells: their combinations, and how far apart these are in a
    key."""

    def __init__(self, names: Sequence[str], tells: Sequence[Tell], codes: Codes) -> None:
        self.names = tuple(names)
        self._tells = tuple(tells)
        self.combinations = Codes()
        self.stride = 1
        self.has_outsiders = False
        """Whether some values are in no group: what is dropped from the key still counts."""
        for value in codes.values_seen:
            self.number(value)
        self.room = len(self.combinations) + max(4, len(self.combinations) // 4)

    def number(self, value: Any) -> int | None:
        """The combination that the value says; None if one of the dimensions has no group for
        it."""
        said = tuple(tell(value) for tell in self._tells)
        if None in said:
            self.has_outsiders = True
            return None
        return self.combinations[said]

    def part(self, value: Any) -> int | None:
        """Raises OutgrownError."""
        number = self.number(value)
        if number is not None and number >= self.room:
            raise OutgrownError
        return None if number is None else number * self.stride


class _Reader:
    """What each value of a column adds to a key, by its number."""

    def __init__(
        self, codes: Codes, axis: Axis | None, only: Callable[[Any], bool] | None, outside: int
    ) -> None:
        self._codes, self._axis, self._only, self._outside = codes, axis, only, outside
        dtype = np.int32 if outside >= -_SMALL else np.int64
        self._parts: NDArray[Any] = np.empty(0, dtype)

    def _part(self, value: Any) -> int:
        if self._only is not None and not self._only(value):
            return self._outside
        part = 0 if self._axis is None else self._axis.part(value)
        return self._outside if part is None else part

    def parts(self) -> NDArray[Any]:
        known = len(self._parts)
        if known < len(self._codes.values_seen):
            more = [self._part(value) for value in self._codes.values_seen[known:]]
            self._parts = np.append(self._parts, np.array(more, self._parts.dtype))
        return self._parts


class Keys:
    """Of one `Shape` of the columns of its kind."""

    def __init__(self, columns: Columns, shape: Shape) -> None:
        self._columns = columns
        self.axes: dict[str, Axis] = {}
        self.size = 1
        """Keys are below it."""
        for column, codes in columns.codes.items():
            names = [name for name, (of, _) in shape.by.items() if of == column]
            if names:
                axis = Axis(names, [shape.by[name][1] for name in names], codes)
                axis.stride = self.size
                self.axes[column] = axis
                self.size *= axis.room
        outside = -_SMALL if self.size <= _SMALL else -(1 << 56)
        self._readers = {
            column: _Reader(codes, self.axes.get(column), shape.only.get(column), outside)
            for column, codes in columns.codes.items()
            if column in self.axes or column in shape.only
        }

    def of_all(self) -> tuple[Ints, Ints]:
        """All rows that stand and count, and their keys."""
        columns, found, keys = self._columns, [], []
        parts = {name: reader.parts() for name, reader in self._readers.items()}
        for at in range(0, columns.count, BLOCK):
            block = slice(at, min(at + BLOCK, columns.count))
            told = self._added({name: columns[name][block] for name in parts}, parts)
            counts = columns["stands"][block]
            if told is None:
                told = np.zeros(len(counts), np.int32)
            else:
                counts = counts & (told >= 0)
            rows = np.flatnonzero(counts)
            found.append((rows + at).astype(np.int32))
            keys.append(told[rows])
        if not found:
            return np.empty(0, np.int32), np.empty(0, np.int32)
        return np.concatenate(found), np.concatenate(keys)

    def of_rows(self, rows: Ints) -> tuple[Ints, Ints]:
        """Those of these rows that count, standing or not, and their keys."""
        parts = {name: reader.parts() for name, reader in self._readers.items()}
        told = self._added({name: self._columns[name][rows] for name in parts}, parts)
        if told is None:
            return rows, np.zeros(len(rows), np.int32)
        counts = told >= 0
        return rows[counts], told[counts]

    @staticmethod
    def _added(
        values: Mapping[str, NDArray[Any]], parts: Mapping[str, NDArray[Any]]
    ) -> NDArray[Any] | None:
        keys: NDArray[Any] | None = None
        for name, numbers in values.items():
            told = parts[name][numbers]
            if keys is None:
                keys = told
            else:
                keys += told
        return keys

    def codes_of(self, keys: Ints) -> dict[str, tuple[list[str], Ints]]:
        """Of each dimension: its codes, and which of them each key has."""
        found: dict[str, tuple[list[str], Ints]] = {}
        for axis in self.axes.values():
            numbers = keys // axis.stride % axis.room
            for at, name in enumerate(axis.names):
                codes = Codes()
                told = codes.numbers([one[at] for one in axis.combinations.values_seen])
                found[name] = (codes.values_seen, told[numbers])
        return found

    def coarser(self, other: Keys, keys: Ints) -> NDArray[np.int64] | None:
        """Keys of `other`, which has some of these dimensions, for each of `keys`; None where it
        counts what these do not."""
        found = np.zeros(len(keys), np.int64)
        for column, axis in self.axes.items():
            theirs = other.axes.get(column)
            kept = () if theirs is None else theirs.names
            if axis.has_outsiders and kept != axis.names:
                return None
            if theirs is None:
                continue
            at = [axis.names.index(name) for name in kept]
            table = [
                theirs.combinations[tuple(one[n] for n in at)] * theirs.stride
                for one in axis.combinations.values_seen
            ]
            found += np.array(table, np.int64)[keys // axis.stride % axis.room]
        return found
