"""Which rows of one kind tell of one household at one visit, and which visits are to one household.
Pure.

A unit is a visit to a household: rows of one submission that stand together. Units are numbered by
household, so whoever puts rows in the order of their units has households together, too: one sort
of one number tells them apart. Units that come later are numbered at the end, and looked up by
their household, until there are so many that all are numbered again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.integer[Any]]
_NONE = np.empty(0, np.int64)


def spans(starts: Ints, sizes: Ints) -> Ints:
    """The numbers of all these ranges, one after another."""
    if not len(starts):
        return _NONE
    before = np.cumsum(sizes) - sizes
    return np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))


class Units:
    """By the number of a unit: where its rows begin, how many they are, and its household."""

    def __init__(self) -> None:
        self.count = 0
        self.settled = 0
        """Units below it are in the order of their households."""
        self._starts = self._sizes = np.empty(0, np.int32)
        self._home_of = np.empty(0, np.int32)
        self._homes: NDArray[np.int64] = np.empty(0, np.int64)
        """Households in order: 64 bits of their stand-in each."""
        self._first_unit = np.zeros(1, np.int32)
        self._pending: list[tuple[Ints, Ints, NDArray[np.int64]]] = []
        self._late_numbers: dict[int, int] = {}
        self._late_of_home: dict[int, list[int]] = defaultdict(list)

    def add(self, starts: Ints, sizes: Ints, homes: NDArray[np.int64], *, is_late: bool) -> Ints:
        """Their numbers. Those that are not late can be looked up once all are `settle`d."""
        numbers = np.arange(self.count, self.count + len(starts), dtype=np.int32)
        self.count += len(starts)
        if not is_late:
            self._pending.append((starts.astype(np.int32), sizes.astype(np.int32), homes))
            return numbers
        own = self._numbers_of(homes)
        for number, home in zip(numbers.tolist(), own.tolist(), strict=True):
            self._late_of_home[home].append(number)
        self._starts = np.append(self._starts, starts.astype(np.int32))
        self._sizes = np.append(self._sizes, sizes.astype(np.int32))
        self._home_of = np.append(self._home_of, own.astype(np.int32))
        return numbers

    def _numbers_of(self, homes: NDArray[np.int64]) -> Ints:
        """Numbers of households, of new ones the next."""
        at = np.searchsorted(self._homes, homes)
        numbers = at.copy()
        inside = at < len(self._homes)
        is_known = np.zeros(len(homes), np.bool_)
        is_known[inside] = self._homes[at[inside]] == homes[inside]
        for n in np.flatnonzero(~is_known).tolist():
            following = len(self._homes) + len(self._late_numbers)
            numbers[n] = self._late_numbers.setdefault(int(homes[n]), following)
        return numbers

    def settle(self) -> Ints:
        """Number all units by household, and within one in their order: new number by old."""
        late = list(self._late_numbers)
        known = np.append(self._homes, np.array(late, np.int64))
        told = [(self._starts, self._sizes, known[self._home_of]), *self._pending]
        starts, sizes, homes = (np.concatenate(parts) for parts in zip(*told, strict=True))
        order = np.lexsort((starts, homes))
        numbers = np.empty(len(order), np.int32)
        numbers[order] = np.arange(len(order), dtype=np.int32)
        homes = homes[order]
        begins = np.flatnonzero(np.append(True, homes[1:] != homes[:-1])) if len(homes) else _NONE
        self._starts, self._sizes, self._homes = starts[order], sizes[order], homes[begins]
        self._first_unit = np.append(begins, len(homes)).astype(np.int32)
        counts = np.diff(self._first_unit)
        self._home_of = np.repeat(np.arange(len(begins), dtype=np.int32), counts)
        self.settled = self.count
        self._pending, self._late_numbers = [], {}
        self._late_of_home = defaultdict(list)
        return numbers

    def homes_of(self, units: Ints) -> Ints:
        """Numbers of their households."""
        return self._home_of[units]

    @property
    def homes(self) -> Ints:
        """Of all units, in order."""
        return self._home_of

    @property
    def late_homes(self) -> Ints:
        """Households with units that came late: those are not beside their others."""
        return np.fromiter(self._late_of_home, np.int64, len(self._late_of_home))

    def are_of_late_homes(self) -> NDArray[np.bool_]:
        """Of each unit, whether it is of one of them."""
        is_late = np.zeros(len(self._homes) + len(self._late_numbers), np.bool_)
        is_late[self.late_homes] = True
        return is_late[self._home_of]

    def rows_of(self, homes: Ints) -> Ints:
        """All rows of these households, those of a unit together."""
        old = homes[homes < len(self._homes)]
        starts = self._first_unit[old]
        units = spans(starts, self._first_unit[old + 1] - starts)
        late = [unit for home in homes.tolist() for unit in self._late_of_home.get(home, ())]
        units = np.append(units, np.array(late, np.int64))
        return spans(self._starts[units].astype(np.int64), self._sizes[units])

    @property
    def bytes(self) -> int:
        held = (self._starts, self._sizes, self._home_of, self._homes, self._first_unit)
        return sum(one.nbytes for one in held)
