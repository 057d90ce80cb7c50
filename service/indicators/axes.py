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

from service.indicators.columns import Bools, Codes, Columns, Ints, Kind
from service.indicators.layout import Tell

_SMALL = 1 << 27
"""Keys below it are added up in 32 bits."""
BLOCK = 1 << 18
"""Rows looked at at once: what lies between stays in the processor's caches."""


class OutgrownError(Exception):
    """A dimension has more codes than a cube was made for: it has to be made again."""


class Told:
    """What the values of a column say in one dimension, as numbers of its codes: each value is
    asked once, whoever counts by it."""

    def __init__(self, codes: Codes, tell: Tell) -> None:
        self._codes, self._tell = codes, tell
        self.names = Codes()
        self._numbers: Ints = np.empty(0, np.int32)

    def numbers(self) -> Ints:
        """By the number of the value; -1 where it is in no group."""
        more = self._codes.values_seen[len(self._numbers) :]
        if more:
            said = [-1 if code is None else self.names[code] for code in map(self._tell, more)]
            self._numbers = np.append(self._numbers, np.array(said, np.int32))
        return self._numbers


class Holds:
    """Whether the values of a column count."""

    def __init__(self, codes: Codes, test: Callable[[Any], bool]) -> None:
        self._codes, self._test = codes, test
        self._holds: Bools = np.empty(0, np.bool_)

    def holds(self) -> Bools:
        """By the number of the value."""
        more = self._codes.values_seen[len(self._holds) :]
        if more:
            said = np.fromiter(map(self._test, more), np.bool_, len(more))
            self._holds = np.append(self._holds, said)
        return self._holds

    def are_as(self, other: Holds) -> bool:
        """Whether both say the same, of a column that is the same."""
        return self is other or bool(np.array_equal(self.holds(), other.holds()))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is counted. `by`: name of a dimension -> (column, what its values say), in order;
    `only`: column -> what its values must be to count, and of "terms" whether they allow it."""

    kind: Kind
    by: Mapping[str, tuple[str, Told]]
    only: Mapping[str, Sequence[Holds]]


class Axis:
    """Dimensions that one column tells: their combinations, and how far apart these are in a
    key."""

    def __init__(self, told: Mapping[str, Told]) -> None:
        self.told = dict(told)
        self.stride = 1
        self.codes: dict[str, Ints] = {}
        """Of each dimension: the number of its code in each combination."""
        said = {name: one.numbers() for name, one in told.items()}
        self._of_value, first = self._combined(said)
        self.codes = {name: numbers[first] for name, numbers in said.items()}
        self._more: dict[tuple[int, ...], int] = {}
        self.room = len(first) + max(4, len(first) // 4)

    @staticmethod
    def _combined(said: Mapping[str, Ints]) -> tuple[Ints, Ints]:
        """The combination of each value, -1 where one of the dimensions has no group for it; and a
        value of each combination."""
        inside = np.flatnonzero(np.all([numbers >= 0 for numbers in said.values()], axis=0))
        whole = np.zeros(len(inside), np.int64)
        for numbers in said.values():
            whole = whole * (int(numbers.max(initial=0)) + 1) + numbers[inside]
        _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
        of_value = np.full(len(next(iter(said.values()))), -1, np.int64)
        of_value[inside] = inverse
        return of_value, inside[first]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.told)

    def of_values(self) -> Ints:
        """The combination that each value of the column says, by its number. Raises
        OutgrownError."""
        said = [one.numbers() for one in self.told.values()]
        known = len(self._of_value)
        if known == len(said[0]):
            return self._of_value
        if not self._more:
            listed = (self.codes[name].tolist() for name in self.told)
            self._more = {one: at for at, one in enumerate(zip(*listed, strict=True))}
        found = [
            -1 if -1 in one else self._more.setdefault(one, len(self._more))
            for one in zip(*(numbers[known:].tolist() for numbers in said), strict=True)
        ]
        if len(self._more) > self.room:
            raise OutgrownError
        self._of_value = np.append(self._of_value, np.array(found, np.int64))
        every = list(zip(*self._more, strict=True)) or [()] * len(self.told)
        self.codes = {
            name: np.array(one, np.int32) for name, one in zip(self.told, every, strict=True)
        }
        return self._of_value


class _Reader:
    """What each value of a column adds to a key, by its number."""

    def __init__(self, axis: Axis | None, only: Sequence[Holds], outside: int) -> None:
        self._axis, self._only, self._outside = axis, only, outside
        self._dtype = np.int32 if outside >= -_SMALL else np.int64

    def parts(self) -> NDArray[Any]:
        """`outside` for those that do not count."""
        held = [one.holds() for one in self._only]
        numbers = np.zeros(len(held[0])) if self._axis is None else self._axis.of_values()
        counts = np.all([numbers >= 0, *held], axis=0)
        stride = 0 if self._axis is None else self._axis.stride
        return np.where(counts, numbers * stride, self._outside).astype(self._dtype)


class Keys:
    """Of one `Shape` of the columns of its kind."""

    def __init__(self, columns: Columns, shape: Shape) -> None:
        self._columns = columns
        self.axes: dict[str, Axis] = {}
        self.size = 1
        """Keys are below it."""
        for column in columns.codes:
            told = {name: one for name, (of, one) in shape.by.items() if of == column}
            if told:
                axis = Axis(told)
                axis.stride = self.size
                self.axes[column] = axis
                self.size *= axis.room
        outside = -_SMALL if self.size <= _SMALL else -(1 << 56)
        self._readers = {
            column: _Reader(self.axes.get(column), shape.only.get(column, ()), outside)
            for column in columns.codes
            if column in self.axes or column in shape.only
        }

    def of_all(self, *, with_units: bool) -> tuple[Ints, Bools, Ints]:
        """Of all rows that stand and count: their keys, whether they are first ones, and their
        units (or nothing)."""
        columns = self._columns
        parts = {name: reader.parts() for name, reader in self._readers.items()}
        dtype = np.int32 if self.size <= _SMALL else np.int64
        told = np.empty(min(BLOCK, columns.count), dtype)
        keys, firsts, units = [told[:0]], [columns["first"][:0]], [columns["unit"][:0]]
        for at in range(0, columns.count, BLOCK):
            block = slice(at, min(at + BLOCK, columns.count))
            values = {name: columns[name][block] for name in parts}
            sums = self._added(values, parts, told[: block.stop - at])
            counts = columns["stands"][block] & (sums >= 0)
            keys.append(sums[counts])
            firsts.append(columns["first"][block][counts])
            if with_units:
                units.append(columns["unit"][block][counts])
        return np.concatenate(keys), np.concatenate(firsts), np.concatenate(units)

    def of_rows(self, rows: Ints) -> tuple[Ints, Ints]:
        """Those of these rows that count, standing or not, and their keys."""
        parts = {name: reader.parts() for name, reader in self._readers.items()}
        values = {name: self._columns[name][rows] for name in parts}
        told = self._added(values, parts, np.empty(len(rows), np.int64))
        counts = told >= 0
        return rows[counts], told[counts]

    @staticmethod
    def _added(
        values: Mapping[str, NDArray[Any]], parts: Mapping[str, NDArray[Any]], sums: NDArray[Any]
    ) -> NDArray[Any]:
        sums[:] = 0
        for name, numbers in values.items():
            sums += parts[name].take(numbers)
        return sums

    def codes_of(self, keys: Ints) -> dict[str, tuple[list[str], Ints]]:
        """Of each dimension: its codes, and which of them each key has."""
        found: dict[str, tuple[list[str], Ints]] = {}
        for axis in self.axes.values():
            numbers = keys // axis.stride % axis.room
            for name, told in axis.told.items():
                found[name] = (told.names.values_seen, axis.codes[name][numbers])
        return found

    def coarser(self, other: Keys, keys: Ints) -> NDArray[np.int64] | None:
        """Keys of `other`, which has some of these dimensions, for each of `keys`; None where it
        counts what these do not."""
        found = np.zeros(len(keys), np.int64)
        for column, axis in self.axes.items():
            theirs, of_values = other.axes.get(column), axis.of_values()
            told = of_values >= 0
            if not told.all() and (theirs is None or theirs.names != axis.names):
                return None
            if theirs is not None:
                table = np.zeros(axis.room, np.int64)
                table[of_values[told]] = theirs.of_values()[told] * theirs.stride
                found += table[keys // axis.stride % axis.room]
        return found
