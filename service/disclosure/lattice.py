"""A table with all its margins as arrays, cut into levels.

Each axis is one dimension of `by`; its last index is the total over that dimension. A *level* is
a subset of the dimensions: the cells which have a code in exactly those. Levels are settled from
the grand total inwards, and what is decided about a level depends on nothing finer. So two tables
that share a margin hide the same cells in it, and cannot be played against each other there.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.disclosure.safe_table import ALL, Counted, Key, RawTable

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Level:
    """One level together with everything coarser: what an attacker of this level looks at.

    `n` and `d` have the same number of axes; `d` has length 1 where people overlap. The masks are
    views into the lattice: settling a level writes there.
    """

    n: Counts
    hidden: Mask
    d: Counts | None = None
    hidden_d: Mask | None = None
    overlapping: tuple[bool, ...] = ()
    """Axes over which totals count people once, so that inner cells only bound them."""

    def is_inner(self) -> Mask:
        """Cells of the level itself, not of anything coarser."""
        mask = np.zeros(self.n.shape, dtype=bool)
        mask[(slice(None, -1),) * self.n.ndim] = True
        return mask


def _adds_up(n: Counts, axis: int) -> bool:
    inner, total = _split(n, axis)
    return bool(np.array_equal(inner.sum(axis=axis), total))


def _split(n: Counts, axis: int) -> tuple[Counts, Counts]:
    return np.delete(n, -1, axis=axis), np.take(n, -1, axis=axis)


@dataclass(kw_only=True)
class Lattice:
    """All levels of one table. `hidden` and `hidden_d` are filled while levels are settled."""

    table: RawTable
    codes: tuple[tuple[str | None, ...], ...]
    n: Counts
    d: Counts | None
    overlapping: tuple[bool, ...]
    hidden: Mask = field(init=False)
    hidden_d: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = np.zeros(self.n.shape, dtype=bool)
        self.hidden_d = np.zeros((0,) if self.d is None else self.d.shape, dtype=bool)
        self._check_that_totals_add()

    @classmethod
    def of(cls, table: RawTable) -> Lattice:
        keys = {*table.cells, *(table.base or {})}
        codes = tuple(
            (*sorted({part for key in keys if (part := key[axis]) is not ALL}), ALL)
            for axis in range(len(table.by))
        )
        overlapping = tuple(name in table.overlapping for name in table.by)
        d = None
        if table.base is not None:
            base_codes = tuple(
                (ALL,) if overlaps else axis
                for axis, overlaps in zip(codes, overlapping, strict=True)
            )
            d = _filled(base_codes, table.base)
        return cls(
            table=table, codes=codes, n=_filled(codes, table.cells), d=d, overlapping=overlapping
        )

    def levels(self) -> Iterator[tuple[int, ...]]:
        """Axes of each level, from the grand total to the whole table."""
        axes = range(len(self.codes))
        for size in range(len(self.codes) + 1):
            yield from itertools.combinations(axes, size)

    def view(self, axes: tuple[int, ...]) -> Level:
        """The level of these axes. An overlapping axis that adds up is taken at its word: whoever
        guesses that nobody stands there twice can subtract, so the attacker may as well."""
        cut = self._cut(axes)
        n = self.n[cut]
        overlapping = tuple(
            self.overlapping[axis] and not _adds_up(n, at) for at, axis in enumerate(axes)
        )
        if self.d is None:
            return Level(n=n, hidden=self.hidden[cut], overlapping=overlapping)
        return Level(
            n=n,
            hidden=self.hidden[cut],
            d=self.d[cut],
            hidden_d=self.hidden_d[cut],
            overlapping=overlapping,
        )

    def view_of_base(self, axes: tuple[int, ...]) -> Level | None:
        """The denominators of the level as a table of their own; None where it has none."""
        if self.d is None or any(self.overlapping[axis] for axis in axes):
            return None
        cut = self._cut(axes)
        return Level(n=self.d[cut], hidden=self.hidden_d[cut], overlapping=(False,) * len(axes))

    def key(self, index: Index) -> Key:
        return tuple(codes[at] for codes, at in zip(self.codes, index, strict=True))

    def base_index(self, index: Index) -> Index:
        """Where the denominator of the cell stands in `d`."""
        return tuple(0 if over else at for over, at in zip(self.overlapping, index, strict=True))

    def _cut(self, axes: tuple[int, ...]) -> tuple[Any, ...]:
        whole = (slice(None) if axis in axes else -1 for axis in range(len(self.codes)))
        return (*whole, ...)  # the ellipsis makes numpy answer a view even of a single cell

    def _check_that_totals_add(self) -> None:
        for axis, overlaps in enumerate(self.overlapping):
            arrays = [] if overlaps else [self.n] if self.d is None else [self.n, self.d]
            if not all(_adds_up(array, axis) for array in arrays):
                raise ValueError(f"totals over {self.table.by[axis]!r} do not add up")


def _filled(codes: tuple[tuple[str | None, ...], ...], cells: Mapping[Key, Counted]) -> Counts:
    places = [{code: at for at, code in enumerate(axis)} for axis in codes]
    array = np.zeros(tuple(len(axis) for axis in codes), dtype=np.int64)
    for key, counted in cells.items():
        array[tuple(place[part] for place, part in zip(places, key, strict=True))] = counted.persons
    return array
