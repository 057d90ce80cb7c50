"""Counts of one kind of fact by some dimensions: made once, then counted on. Pure.

A cube holds only groups in which there is somebody, in the order of their keys. Of groups that may
rest on few households it knows those exactly, and how many different people there are at least;
when records of a household come or go, what it adds to its groups is counted without and with them.
A cube of fewer dimensions is made from one of more that was just read, if there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.indicators.apart import told_apart, told_apart_packed
from service.indicators.axes import BLOCK, Holds, Keys, Shape
from service.indicators.columns import Bools, Columns, Ints, Store
from service.indicators.units import spans

DENSE = 1 << 16
"""Keys below it, and below half as many as there are rows, are counted in an array with a place for
each; others are sorted."""
MOST_LATE = 20_000
SHARE_LATE = 64
"""Rows that came or went since a cube was looked at, and of how many it is more than one, before it
is made again: that is quicker."""
AROUND = 6_000
"""Bytes of a cube with nobody in it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The groups of a cube, in columns of equal length."""

    codes: Mapping[str, tuple[list[str], Ints]]
    """Of each dimension: its codes, and which of them each group has."""
    persons: Ints
    firsts: Ints
    """How many of them are the first of their visit."""
    households: Ints
    """Distinct ones where `is_exact`."""
    people: Ints
    """Least number of different ones, where `is_exact`."""
    is_exact: Bools

    def listed(self, names: Sequence[str]) -> list[list[str]]:
        """The codes of each group, for each of these dimensions."""
        told = (self.codes[name] for name in names)
        return [list(np.array(codes, object)[at]) if len(at) else [] for codes, at in told]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of groups with few households, for cubes of fewer dimensions."""

    packed: Ints
    """In order, each its group and, in the lowest `bits`, its unit."""
    bits: int
    starts: Ints
    """By group; of those that are not few, nothing."""
    sizes: Ints
    late: tuple[Ints, Ints]
    """Rows of households with units that came late, and their groups; they are not in `packed`."""

    @property
    def bytes(self) -> int:
        return sum(one.nbytes for one in (self.packed, self.starts, self.sizes, *self.late))


class Cube:
    """One `Shape` of a store, counted as far as the store had come. `limit`: groups with fewer
    first persons have their households told apart."""

    def __init__(self, store: Store, shape: Shape, limit: int = 0) -> None:
        self._columns: Columns = store.columns[shape.kind]
        self._terms = shape.only["terms"][0]
        self.limit = limit
        self.keyed = Keys(self._columns, shape)
        self._upto, self._upto_struck = self._columns.count, len(self._columns.struck)
        self.keys = self._persons = self._firsts = np.empty(0, np.int64)
        self._households = self._people = self.keys
        self._apart: Bools = np.empty(0, np.bool_)

    # --- making ---------------------------------------------------------------------------------
    def read(self) -> Rows:
        """Count all rows."""
        keys, first, units = self.keyed.of_all(with_units=self.limit > 0)
        bits = max(self._columns.units.count, 1).bit_length()
        if self.keyed.size.bit_length() + bits > 62:
            raise ValueError("more groups than a number can tell apart")
        if self.keyed.size <= max(DENSE, len(keys) // 2):
            few = self._count_dense(keys, first, units, bits)
        else:
            few = self._count_sorted(keys, first, units, bits)
        return self._told(few, bits)

    def _count_dense(self, keys: Ints, first: Bools, units: Ints, bits: int) -> Ints:
        """Rows of few groups, packed, in any order."""
        size = self.keyed.size
        persons, firsts = np.zeros(size, np.int64), np.zeros(size, np.int64)
        at_once = max(BLOCK, size)
        for at in range(0, len(keys), at_once):
            block = slice(at, at + at_once)
            both = np.bincount(keys[block].astype(np.int64) * 2 + first[block], minlength=2 * size)
            persons += both[::2]
            firsts += both[1::2]
        persons += firsts
        self.keys = np.flatnonzero(persons)
        self._counted(persons[self.keys], firsts[self.keys])
        if not self._apart.any():
            return np.empty(0, np.int64)
        group_of = np.full(size, -1, np.int32)
        group_of[self.keys[self._apart]] = np.flatnonzero(self._apart)
        groups = group_of.take(keys)
        is_few = groups >= 0
        packed: Ints = groups[is_few].astype(np.int64) << bits | units[is_few]
        return packed

    def _count_sorted(self, keys: Ints, first: Bools, units: Ints, bits: int) -> Ints:
        told = keys.astype(np.int64)
        if self.limit:
            told = told << bits | units
        told = told << 1 | first
        told.sort()
        of = told >> 1 + (bits if self.limit else 0)
        begins = np.flatnonzero(np.append(True, of[1:] != of[:-1])) if len(of) else of
        self.keys = of[begins]
        sizes = np.diff(np.append(begins, len(of)))
        self._counted(sizes, np.add.reduceat(told & 1, begins) if len(of) else of)
        if not self._apart.any():
            return np.empty(0, np.int64)
        groups = np.repeat(np.arange(len(begins)), sizes)
        packed: Ints = groups << bits | told >> 1 & (1 << bits) - 1
        return packed if self._apart.all() else packed[np.repeat(self._apart, sizes)]

    def _counted(self, persons: Ints, firsts: Ints) -> None:
        self._persons, self._firsts = persons.astype(np.int32), firsts.astype(np.int32)
        self._apart = self._firsts < self.limit
        self._households = np.zeros(len(persons), np.int32)
        self._people = np.zeros(len(persons), np.int32)

    def _told(self, packed: Ints, bits: int) -> Rows:
        """Tell households of few groups apart."""
        units = self._columns.units
        late: tuple[Ints, Ints] = (np.empty(0, np.int64), np.empty(0, np.int64))
        if len(packed) and units.settled < units.count:
            rows = units.rows_of(units.late_homes)
            rows, keys = self.keyed.of_rows(rows[self._columns["stands"][rows]])
            late = (rows, np.searchsorted(self.keys, keys))
            packed = packed[~units.are_of_late_homes()[packed & ((1 << bits) - 1)]]
        packed.sort()
        sizes = np.bincount(packed >> bits, minlength=len(self.keys))
        starts = np.cumsum(sizes) - sizes
        found = Rows(packed=packed, bits=bits, starts=starts, sizes=sizes, late=late)
        self._tell(packed, bits, late)
        return found

    def _tell(self, packed: Ints, bits: int, late: tuple[Ints, Ints]) -> None:
        homes = self._columns.units.homes
        found, households, people = told_apart_packed(packed, bits, homes)
        self._households[found] = households
        self._people[found] = people
        self._change_households(*late, 1)

    def made_from(self, finer: Cube, rows: Rows) -> bool:
        """Count from one that counts the same facts by more dimensions, just read; False where it
        does not count them all."""
        keys = finer.keyed.coarser(self.keyed, finer.keys)
        if keys is None:
            return False
        self.keys, group_of = np.unique(keys, return_inverse=True)
        size = len(self.keys)
        sums = (
            np.bincount(group_of, weights=one, minlength=size)
            for one in (finer._persons, finer._firsts)
        )
        self._counted(*(np.rint(one).astype(np.int64) for one in sums))
        inner = np.flatnonzero(self._apart[group_of])
        if not len(inner):
            return True
        sizes = rows.sizes[inner]
        at = spans(rows.starts[inner], sizes)
        units = rows.packed[at] & ((1 << rows.bits) - 1)
        packed = np.repeat(group_of[inner], sizes).astype(np.int64) << rows.bits | units
        packed.sort()
        self._tell(packed, rows.bits, (rows.late[0], group_of[rows.late[1]]))
        return True

    # --- counting on ----------------------------------------------------------------------------
    def count_on(self) -> bool:
        """Whatever came into the store, or was struck there, since; False where it is so much that
        the cube has to be made again."""
        columns = self._columns
        struck = columns.struck[self._upto_struck :]
        if columns.count == self._upto and not struck:
            return True
        gone = np.concatenate(struck) if struck else np.empty(0, np.int64)
        added = np.arange(self._upto, columns.count)
        if len(added) + len(gone) > max(MOST_LATE, columns.count // SHARE_LATE):
            return False
        self._change(*self.keyed.of_rows(added), 1)
        self._change(*self.keyed.of_rows(gone), -1)
        if self.limit:
            self._change_homes(np.append(added, gone), gone)
        self._upto, self._upto_struck = columns.count, len(columns.struck)
        return True

    def _change(self, rows: Ints, keys: Ints, sign: int) -> None:
        if not len(rows):
            return
        some, groups = np.unique(keys, return_inverse=True)
        at = np.searchsorted(self.keys, some)
        is_new = np.ones(len(some), np.bool_)
        inside = at < len(self.keys)
        is_new[inside] = self.keys[at[inside]] != some[inside]
        if is_new.any():
            where = at[is_new]
            self.keys = np.insert(self.keys, where, some[is_new])
            for name in ("_persons", "_firsts", "_households", "_people"):
                setattr(self, name, np.insert(getattr(self, name), where, 0))
            self._apart = np.insert(self._apart, where, self.limit > 0)
            at = np.searchsorted(self.keys, some)
        first = self._columns["first"][rows]
        self._persons[at] += sign * np.bincount(groups, minlength=len(some))
        self._firsts[at] += sign * np.bincount(groups[first], minlength=len(some))

    def _change_homes(self, changed: Ints, gone: Ints) -> None:
        """What these rows' households add to their groups: not what it was before, but now."""
        before, now = _of_same_homes(self._columns, changed, gone, self._upto)
        for some, sign in ((before, -1), (now, 1)):
            found, keys = self.keyed.of_rows(some)
            self._change_households(found, np.searchsorted(self.keys, keys), sign)

    def _change_households(self, rows: Ints, groups: Ints, sign: int) -> None:
        units = self._columns["unit"][rows]
        homes = self._columns.units.homes_of(units)
        found, households, people = told_apart(groups, homes, units)
        self._households[found] += sign * households
        self._people[found] += sign * people

    # --- what others read -----------------------------------------------------------------------
    def still_holds(self, terms: Holds) -> bool:
        """Whether the same terms would count today: consent ends by the day."""
        return self._terms.are_as(terms)

    def knows(self, of_plenty: int) -> bool:
        """Whether households are told apart wherever there are fewer first persons."""
        few = (self._firsts < of_plenty) & (self._persons > 0)
        return not (few & ~self._apart).any()

    def counts(self, of_plenty: int = 0) -> Counts:
        """All groups with somebody in them; it `knows`."""
        at = np.flatnonzero(self._persons > 0)
        return Counts(
            codes=self.keyed.codes_of(self.keys[at]),
            persons=self._persons[at],
            firsts=self._firsts[at],
            households=self._households[at],
            people=self._people[at],
            is_exact=self._firsts[at] < of_plenty,
        )

    @property
    def bytes(self) -> int:
        held = (self.keys, self._persons, self._firsts, self._households, self._people)
        return sum(one.nbytes for one in (*held, self._apart)) + AROUND


def _of_same_homes(columns: Columns, changed: Ints, gone: Ints, upto: int) -> tuple[Ints, Ints]:
    """Rows of all households of which some changed: those that stood before, when there were `upto`
    rows of which `gone` have been struck since, and those that stand now."""
    units = columns.units
    rows = units.rows_of(np.unique(units.homes_of(columns["unit"][changed])))
    stands = columns["stands"][rows]
    stood = (rows < upto) & (stands | np.isin(rows, gone))
    return rows[stood], rows[stands]


class Busiest:
    """How often households were visited: how many so often, of the rows that count."""

    def __init__(self, store: Store, shape: Shape) -> None:
        self._columns: Columns = store.columns[shape.kind]
        self._terms = shape.only["terms"][0]
        self._keyed = Keys(self._columns, shape)
        self._upto, self._upto_struck = self._columns.count, len(self._columns.struck)
        _, _, units = self._keyed.of_all(with_units=True)
        homes = self._columns.units.homes_of(units)
        self._times: NDArray[np.int64] = np.bincount(np.bincount(homes))

    def still_holds(self, terms: Holds) -> bool:
        """As `Cube` does."""
        return self._terms.are_as(terms)

    def count_on(self) -> bool:
        """As `Cube` does."""
        columns = self._columns
        struck = columns.struck[self._upto_struck :]
        if columns.count == self._upto and not struck:
            return True
        gone = np.concatenate(struck) if struck else np.empty(0, np.int64)
        changed = np.append(gone, np.arange(self._upto, columns.count))
        if len(changed) > max(MOST_LATE, columns.count // SHARE_LATE):
            return False
        before, now = _of_same_homes(columns, changed, gone, self._upto)
        for some, sign in ((before, -1), (now, 1)):
            found, _ = self._keyed.of_rows(some)
            homes = columns.units.homes_of(columns["unit"][found])
            _, times = np.unique(homes, return_counts=True)
            more = np.bincount(times, minlength=len(self._times))
            self._times = np.append(self._times, np.zeros(len(more) - len(self._times), np.int64))
            self._times += sign * more
        self._upto, self._upto_struck = columns.count, len(columns.struck)
        return True

    def of_most(self, homes: int) -> tuple[int, int]:
        """Visits to so many households that were visited most often, together; and to the one that
        was visited most often of all."""
        total, left = 0, homes
        times = np.flatnonzero(self._times[1:])[::-1] + 1
        for n in times.tolist():
            some = min(left, int(self._times[n]))
            total, left = total + some * n, left - some
        return total, int(times[0]) if len(times) else 0

    @property
    def bytes(self) -> int:
        return self._times.nbytes
