"""Extra cells that keep a hidden cell hidden: the corners of a box.

Hide a cell, one more in its row, one more in its column and the cell where those two meet: now
one person can be moved around the four corners and no total changes. The same works in any number
of dimensions (the hypercube method of Repsilber), and with a hidden total as a corner. How far
people can be moved around, up and down together, is how little the attacker knows.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.disclosure.level import Counts, Index, Level

ENOUGH = 1 << 40
Costs = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Box:
    """Corners (the cell itself among them), what hiding them costs, how far they can move."""

    corners: tuple[Index, ...]
    cost: float
    width: int


@dataclass(frozen=True, kw_only=True)
class Rooms:
    """How many persons each cell may gain or lose without breaking a bound the attacker knows."""

    up: Counts
    down: Counts
    down_paired: Counts
    """The same where another need of the same persons gains what this one loses."""


def rooms(level: Level) -> Rooms:
    """Bounds from the base and from totals that count people once, all others held still."""
    up = np.full(level.n.shape, ENOUGH) if level.d is None else level.d - level.n
    down, paired = level.n.copy(), level.n.copy()
    for axis, overlaps in enumerate(level.overlapping):
        if not overlaps:
            continue
        inner, total = np.delete(level.n, -1, axis=axis), np.take(level.n, [-1], axis=axis)
        spare = inner.sum(axis=axis, keepdims=True) - total
        cells = _at(level, axis, slice(None, -1))
        totals = _at(level, axis, slice(-1, None))
        up[cells] = np.minimum(up[cells], total - inner)
        down[cells] = np.minimum(down[cells], spare)
        up[totals] = np.minimum(up[totals], spare)
        above = total - inner.max(axis=axis, keepdims=True, initial=0)
        down[totals] = np.minimum(down[totals], above)
        paired[totals] = down[totals]
    return Rooms(up=up, down=down, down_paired=paired)


def cheapest_boxes(level: Level, room: Rooms, cost: Costs, cell: Index, k: int) -> list[Box]:
    """Boxes around `cell` to hide: the least costly that can move by k, or, where none can, those
    that let the cell gain and lose most for their cost. `cost`: 0 for hidden cells, infinite for
    those that stay shown. Empty if nothing more can be done."""
    found: list[Box] = []
    overlap = [axis for axis, overlaps in enumerate(level.overlapping) if overlaps]
    adding = [axis for axis in range(level.n.ndim) if axis not in overlap]
    for size in range(len(overlap) + 1):
        for also in itertools.combinations(overlap, size):
            down = room.down_paired if also else room.down
            axes = sorted([*adding, *also])
            found += _search(axes, cell, up=room.up, down=down, cost=cost, k=k)
    wide = [box for box in found if box.width >= k]
    return [min(wide, key=lambda box: box.cost)] if wide else found


def _at(level: Level, axis: int, part: slice) -> tuple[slice, ...]:
    return tuple(part if at == axis else slice(None) for at in range(level.n.ndim))


def _search(
    axes: list[int], cell: Index, *, up: Counts, down: Counts, cost: Costs, k: int
) -> list[Box]:
    """All boxes around `cell` along `axes` at once: one array axis for the choice in each."""
    signs = [_signs(up.shape[axis], cell[axis]) for axis in axes]
    shape = tuple(len(sign) for sign in signs)
    price: Costs = np.zeros(shape)
    forth = np.full(shape, ENOUGH)
    back = np.full(shape, ENOUGH)
    for far in itertools.product((False, True), repeat=len(axes)):
        cut: list[slice | int] = list(cell)
        sign: Counts = np.ones((1,) * len(axes), dtype=np.int64)
        for at, is_far in enumerate(far):
            if is_far:
                cut[axes[at]] = slice(None)
                sign = sign * _along(signs[at], at, len(axes))
        grown = tuple(size if is_far else 1 for size, is_far in zip(shape, far, strict=True))
        gain, loss = up[tuple(cut)].reshape(grown), down[tuple(cut)].reshape(grown)
        price += cost[tuple(cut)].reshape(grown)
        np.minimum(forth, np.where(sign > 0, gain, loss), out=forth)
        np.minimum(back, np.where(sign > 0, loss, gain), out=back)
    for at, axis in enumerate(axes):
        np.moveaxis(price, at, 0)[cell[axis]] = np.inf
    return [
        Box(
            corners=_corners(axes, cell, np.unravel_index(best, shape)),
            cost=float(price.flat[best]),
            width=int(forth.flat[best] + back.flat[best]),
        )
        for best in _choose(price, forth, back, k)
    ]


def _choose(price: Costs, forth: Counts, back: Counts, k: int) -> list[int]:
    """Flat places of the cheapest wide box, or of the best that are not hidden already."""
    wide = np.isfinite(price) & (forth + back >= k)
    if wide.any():
        return [int(np.argmin(np.where(wide, price, np.inf)))]
    new = np.isfinite(price) & (price > 0)
    chosen = []
    for way in (forth, back):
        if (new & (way > 0)).any():
            value = np.where(new, way / np.where(new, price, 1.0), 0.0)
            chosen.append(int(np.argmax(value)))
    return chosen


def _corners(axes: list[int], cell: Index, others: tuple[np.intp, ...]) -> tuple[Index, ...]:
    pairs: list[tuple[int, ...]] = [(at,) for at in cell]
    for axis, other in zip(axes, others, strict=True):
        pairs[axis] = (cell[axis], int(other))
    return tuple(itertools.product(*pairs))


def _signs(size: int, at: int) -> Counts:
    """−1 where the far corner must lose what the near one gains; its own total gains with it."""
    sign = np.full(size, 1 if at == size - 1 else -1, dtype=np.int64)
    sign[-1] = 1
    return sign


def _along(values: Counts, axis: int, dimensions: int) -> Counts:
    return values.reshape(tuple(-1 if at == axis else 1 for at in range(dimensions)))
