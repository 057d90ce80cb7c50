"""Counts of one kind of fact by some dimensions: made once, then counted on. Pure.

A cube holds only groups in which there is somebody, in the order of their keys; a key is the
groups' codes as one number. Of groups that may rest on few households it keeps the rows as well:
those are told apart exactly, which for all rows would be a sort of every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.indicators.columns import Bools, Codes, Columns, Ints, Kind, Store
from service.indicators.layout import Tell

DENSE = 1 << 25
"""Keys below it are counted in an array with a place for each; others are sorted."""
BLOCK = 1 << 20
"""Rows looked at at once: what lies between stays in the processor's caches."""
FEW = 64
"""Least rows of first persons below which a group's rows are kept."""
MOST_LATE = 200_000
"""Rows that came since a cube was made, before it is made again."""


class OutgrownError(Exception):
    """A dimension has more codes than a cube was made for: it has to be made again."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What is counted. `by`: name of a dimension -> (column, what its values say), in order;
    `only`: column -> whether its values count at all."""

    kind: Kind
    by: Mapping[str, tuple[str, Tell]]
    only: Mapping[str, Callable[[Any], bool]]


@dataclass(frozen=True, slots=True)
class Counts:
    """The groups of a cube, in columns of equal length."""

    codes: Sequence[Sequence[str]]
    """For each dimension, the code of each group."""
    persons: Sequence[int]
    firsts: Sequence[int]
    """How many of them are the first of their visit."""
    households: Sequence[int]
    """Distinct ones where `is_exact`."""
    people: Sequence[int]
    """Least number of different ones, where `is_exact`."""
    is_exact: Sequence[bool]


class _Axis:
    """A dimension: its codes, and how far apart neighbours are in a key."""

    def __init__(self, stride: int, room: int) -> None:
        self.codes = Codes()
        self.stride, self.room = stride, room

    def part(self, code: str) -> int:
        number = self.codes[code]
        if number >= self.room:
            raise OutgrownError
        return number * self.stride


class _Reader:
    """What one column adds to the key, and whether its values count: by their numbers."""

    def __init__(self, codes: Codes, tell: Callable[[Any], int]) -> None:
        self._codes, self._tell = codes, tell
        self._parts: NDArray[np.int64] = np.empty(0, np.int64)

    def parts(self) -> NDArray[np.int64]:
        """-1 for a value that does not count."""
        known = len(self._parts)
        if known < len(self._codes.values_seen):
            more = [self._tell(value) for value in self._codes.values_seen[known:]]
            self._parts = np.append(self._parts, np.array(more, np.int64))
        return self._parts


class Cube:
    """One `Shape` of a store, counted as far as the store had come."""

    def __init__(self, store: Store, shape: Shape) -> None:
        self._columns: Columns = store.columns[shape.kind]
        self._axes, self._readers = _layout(self._columns, shape)
        self._terms = _Terms(self._columns.codes["terms"], shape.only.get("terms"))
        self._is_of_homes = "home" in shape.by
        self._few_keys: Ints
        self._few_rows: Ints
        self._late_keys: Ints
        self._late_rows: Ints
        self._make(FEW)

    def _make(self, limit: int) -> None:
        columns = self._columns
        self._upto, self._upto_struck = columns.count, len(columns.struck)
        rows, keys = self._count_rows(np.flatnonzero(columns["stands"]))
        first = columns["first"][rows]
        self.keys, self.persons, self.firsts = _grouped(keys, first, self._size())
        self._keep_few(rows, keys, limit)
        self._known = np.zeros(len(self.keys), np.bool_)
        self._households = np.zeros(len(self.keys), np.int64)
        self._people = np.zeros(len(self.keys), np.int64)

    def _size(self) -> int:
        if self._is_of_homes:
            return DENSE + 1
        last = next(reversed(self._axes.values()), None)
        return 1 if last is None else last.stride * last.room

    def _count_rows(self, rows: Ints) -> tuple[Ints, Ints]:
        """Those of these rows that count, and their keys."""
        pieces = [self._count_block(rows[at : at + BLOCK]) for at in range(0, len(rows), BLOCK)]
        if not pieces:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        found, keys = zip(*pieces, strict=True)
        return np.concatenate(found), np.concatenate(keys)

    def _count_block(self, rows: Ints) -> tuple[Ints, Ints]:
        columns, keys = self._columns, np.zeros(len(rows), np.int64)
        if self._is_of_homes:
            keys = columns["home"][rows]
        counts = None
        for name, reader in self._readers.items():
            parts = reader.parts()
            part = parts[columns[name][rows]]
            if (parts < 0).any():
                counts = part >= 0 if counts is None else counts & (part >= 0)
            if not self._is_of_homes:
                keys += part
        return (rows, keys) if counts is None else (rows[counts], keys[counts])

    # --- counting on ----------------------------------------------------------------------------
    def count_on(self) -> None:
        """Whatever came into the store, or was struck there, since."""
        columns = self._columns
        struck = columns.struck[self._upto_struck :]
        if columns.count == self._upto and not struck:
            return
        if len(self._late_rows) > MOST_LATE:
            self._make(FEW)
            return
        added, added_keys = self._count_rows(np.arange(self._upto, columns.count))
        gone = np.concatenate(struck) if struck else np.empty(0, np.int64)
        gone, gone_keys = self._count_rows(gone)
        self._upto, self._upto_struck = columns.count, len(columns.struck)
        self._change(added, added_keys, 1)
        self._change(gone, gone_keys, -1)
        if len(added):
            self._late_rows = np.append(self._late_rows, added)
            self._late_keys = np.append(self._late_keys, added_keys)

    def _change(self, rows: Ints, keys: Ints, sign: int) -> None:
        if not len(rows):
            return
        first = self._columns["first"][rows]
        some, persons, firsts = _grouped(keys, first, DENSE + 1)
        at = np.searchsorted(self.keys, some)
        is_new = np.ones(len(some), np.bool_)
        inside = at < len(self.keys)
        is_new[inside] = self.keys[at[inside]] != some[inside]
        if is_new.any():
            where = at[is_new]
            self.keys = np.insert(self.keys, where, some[is_new])
            for name in ("persons", "firsts", "_households", "_people", "_known", "_kept"):
                filler = name == "_kept"  # all of its rows are among the late ones
                setattr(self, name, np.insert(getattr(self, name), where, filler))
            at = np.searchsorted(self.keys, some)
        self.persons[at] += sign * persons
        self.firsts[at] += sign * firsts
        self._known[at] = False

    # --- households -----------------------------------------------------------------------------
    def _keep_few(self, rows: Ints, keys: Ints, limit: int) -> None:
        """The rows of groups with fewer first persons than `limit`, by group."""
        self._kept = self.firsts < limit
        self._late_rows = self._late_keys = np.empty(0, np.int64)
        self._few_keys = self._few_rows = np.empty(0, np.int64)
        if self._is_of_homes or not self._kept.any():
            return
        is_few = self._kept[np.searchsorted(self.keys, keys)]
        rows, keys = rows[is_few], keys[is_few]
        order = np.argsort(keys, kind="stable")
        self._few_keys, self._few_rows = keys[order], rows[order].astype(np.int32)

    def tell_apart(self, of_plenty: int) -> Bools:
        """Which groups have so few visits that households must be counted: they are, now."""
        few = (self.firsts < of_plenty) & (self.persons > 0)
        if (few & ~self._kept).any():
            self._make(max(2 * of_plenty, FEW))
            few = (self.firsts < of_plenty) & (self.persons > 0)
        unknown = np.flatnonzero(few & ~self._known)
        if len(unknown):
            self._tell(unknown)
        return few

    def _tell(self, groups: Ints) -> None:
        wanted = self.keys[groups]
        rows, keys = self._rows_among(wanted)
        stands = self._columns["stands"][rows]
        rows, keys = rows[stands], keys[stands]
        columns = self._columns
        found, households, people = told_apart(keys, columns["home"][rows], columns["visit"][rows])
        at = np.searchsorted(self.keys, found)
        self._households[at], self._people[at] = households, people
        self._known[groups] = True

    def _rows_among(self, wanted: Ints) -> tuple[Ints, Ints]:
        starts = np.searchsorted(self._few_keys, wanted, "left")
        sizes = np.searchsorted(self._few_keys, wanted, "right") - starts
        at = np.repeat(starts - np.append(0, np.cumsum(sizes)[:-1]), sizes) + np.arange(sizes.sum())
        rows, keys = self._few_rows[at].astype(np.int64), self._few_keys[at]
        if len(self._late_keys):
            late = np.isin(self._late_keys, wanted)
            rows = np.append(rows, self._late_rows[late])
            keys = np.append(keys, self._late_keys[late])
        return rows, keys

    # --- what others read -----------------------------------------------------------------------
    def still_holds(self, terms: Callable[[Any], bool]) -> bool:
        """Whether the same terms would count today: consent ends by the day."""
        return self._terms.are_said_by(terms)

    def counts(self, of_plenty: int = 0) -> Counts:
        """All groups with somebody in them."""
        few = self.tell_apart(of_plenty)
        at = np.flatnonzero(self.persons > 0)
        keys = self.keys[at]
        codes = []
        for axis in self._axes.values():
            names = np.array(axis.codes.values_seen, dtype=object)
            codes.append(names[keys // axis.stride % axis.room].tolist() if len(at) else [])
        return Counts(
            codes=codes,
            persons=self.persons[at].tolist(),
            firsts=self.firsts[at].tolist(),
            households=self._households[at].tolist(),
            people=self._people[at].tolist(),
            is_exact=few[at].tolist(),
        )

    @property
    def bytes(self) -> int:
        held = (self.keys, self.persons, self.firsts, self._households, self._people)
        kept = (self._few_keys, self._few_rows, self._late_keys, self._late_rows)
        return sum(one.nbytes for one in (*held, *kept, self._known, self._kept))


class _Terms:
    """Which terms a cube counts, and whether others would count the same."""

    def __init__(self, codes: Codes, counts: Callable[[Any], bool] | None) -> None:
        self._codes, self._counts = codes, counts

    def are_said_by(self, counts: Callable[[Any], bool]) -> bool:
        if self._counts is None:
            return True
        return all(counts(one) == self._counts(one) for one in self._codes.values_seen)


def _layout(columns: Columns, shape: Shape) -> tuple[dict[str, _Axis], dict[str, _Reader]]:
    """Axes with room for some more codes than there are, and a reader of each column in use."""
    axes: dict[str, _Axis] = {}
    stride = 1
    for name, (column, tell) in shape.by.items():
        if column == "home":
            continue
        told = {tell(value) for value in columns.codes[column].values_seen} - {None}
        room = len(told) + max(4, len(told) // 4)
        axes[name] = _Axis(stride, room)
        stride *= room
    readers = {}
    for column in columns.codes:
        of_column = [(axes[n], tell) for n, (c, tell) in shape.by.items() if c == column]
        only = shape.only.get(column)
        if of_column or only is not None:
            readers[column] = _Reader(columns.codes[column], _part_of(of_column, only))
    return axes, readers


def _part_of(
    axes: Iterable[tuple[_Axis, Tell]], only: Callable[[Any], bool] | None
) -> Callable[[Any], int]:
    held = tuple(axes)

    def part(value: Any) -> int:
        if only is not None and not only(value):
            return -1
        total = 0
        for axis, tell in held:
            code = tell(value)
            if code is None:
                return -1
            total += axis.part(code)
        return total

    return part


def _grouped(keys: Ints, first: Bools, size: int) -> tuple[Ints, Ints, Ints]:
    """Keys that there are, sorted, with their rows and first persons."""
    if size <= DENSE and len(keys) > size // 16:
        persons = np.bincount(keys, minlength=1)
        firsts = np.bincount(keys[first], minlength=len(persons))
        some = np.flatnonzero(persons)
        return some, persons[some], firsts[some]
    some, inverse, persons = np.unique(keys, return_inverse=True, return_counts=True)
    firsts = np.bincount(inverse[first], minlength=len(some))
    return some, persons, firsts


def told_apart(keys: Ints, homes: Ints, visits: Ints) -> tuple[Ints, Ints, Ints]:
    """Group -> distinct households, and how many different people there are at least. People of
    one visit are different ones; those of another visit to the same household may be the same, so
    of each household the fullest visit counts. Rows of one visit stand together."""
    if not len(keys):
        return keys, np.empty(0, np.int64), np.empty(0, np.int64)
    order = np.lexsort((homes, keys))  # stable: visits stay together
    keys, homes, visits = keys[order], homes[order], visits[order]
    of_home = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]) | (homes[1:] != homes[:-1])))
    new_home = np.zeros(len(keys), np.bool_)
    new_home[of_home] = True
    of_visit = np.flatnonzero(new_home | np.append(True, visits[1:] != visits[:-1]))
    sizes = np.diff(np.append(of_visit, len(keys)))
    fullest = np.maximum.reduceat(sizes, np.searchsorted(of_visit, of_home))
    keys = keys[of_home]
    of_group = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    households = np.diff(np.append(of_group, len(keys)))
    return keys[of_group], households, np.add.reduceat(fullest, of_group)
