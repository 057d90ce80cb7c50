"""What an attacker looks at, as arrays: one block of a table together with everything coarser."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Index = tuple[int, ...]
Name = Callable[[Index], Hashable]
"""Index -> what the cell is called in the whole table, however many levels show it."""


def _itself(index: Index) -> Hashable:
    return index


@dataclass(frozen=True, kw_only=True)
class Level:
    """Counts along axes whose last index is the total. `n` and `d` have the same number of axes;
    `d` has length 1 where people overlap. Settling a level writes into its masks."""

    n: Counts
    hidden: Mask
    d: Counts | None = None
    hidden_d: Mask | None = None
    overlapping: tuple[bool, ...] = ()
    """Axes over which totals count people once, so that inner cells only bound them."""
    name: Name = _itself
    name_d: Name = _itself
    beside: tuple[Level, ...] = ()
    """Coarser levels that share a hidden cell with this one: quarters of a hidden year are also
    bound by what the years add up to."""

    def is_inner(self) -> Mask:
        """Cells of the level itself, not of anything coarser."""
        mask = np.zeros(self.n.shape, dtype=bool)
        mask[(slice(None, -1),) * self.n.ndim] = True
        return mask

    def and_beside(self) -> Iterator[Level]:
        """This level, and all that it is bound to."""
        yield self
        for other in self.beside:
            yield from other.and_beside()


def adds_up(n: Counts, axis: int) -> bool:
    inner = np.delete(n, -1, axis=axis)
    return bool(np.array_equal(inner.sum(axis=axis), np.take(n, -1, axis=axis)))
