"""Deciding a table without nested places, level by level: denominators first, then numerators."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from service.disclosure.complement import settle
from service.disclosure.hiding import (
    Decisions,
    Hide,
    Orders,
    Unprotectable,
    is_small_place,
    why_hidden,
)
from service.disclosure.lattice import Index, Lattice, Mask
from service.disclosure.rules import Rules, why_small
from service.disclosure.safe_table import Counted, Key, RawTable


def decide_flat(
    table: RawTable, rules: Rules, orders: Orders, within: int | None = None
) -> Decisions:
    """Rows to hide. `within`: only levels that contain this axis, the others being decided and
    known. Raises Unprotectable with the dimensions of the level that cannot be made to hold."""
    lattice = Lattice.of(table)
    for axes in lattice.levels():
        if within is not None and within not in axes:
            continue
        if not _settle_level(lattice, axes, rules, orders):
            raise Unprotectable([table.by[axis] for axis in axes])
    return {key: _read(lattice, key) for key in listed(lattice)}


def listed(lattice: Lattice) -> list[Key]:
    """Keys of the rows to be written: whatever is not a plain zero, and every row with a base of
    its own. The grand total is always there."""
    wanted = np.asarray((lattice.n > 0) | lattice.hidden)
    if lattice.d is not None:
        has_base = np.zeros(lattice.n.shape, dtype=bool)
        own = tuple(slice(-1, None) if over else slice(None) for over in lattice.overlapping)
        has_base[own] = lattice.d > 0
        wanted = np.asarray(wanted | has_base)
    wanted[(-1,) * wanted.ndim] = True
    return [lattice.key(tuple(index)) for index in np.argwhere(wanted).tolist()]


def _read(lattice: Lattice, key: Key) -> Hide:
    index = tuple(codes.index(part) for codes, part in zip(lattice.codes, key, strict=True))
    hides_d = lattice.d is not None and bool(lattice.hidden_d[lattice.base_index(index)])
    return Hide(n=bool(lattice.hidden[index]), d=hides_d)


def _settle_level(lattice: Lattice, axes: tuple[int, ...], rules: Rules, orders: Orders) -> bool:
    base = lattice.view_of_base(axes)
    if base is not None:
        primary = _mask(lattice, axes, lambda key: _hides_base(lattice, key, rules, orders), True)
        nothing = np.zeros(base.n.shape, dtype=bool)
        if not settle(base, primary, nothing, rules.k):
            return False
    level = lattice.view(axes)
    primary = _mask(lattice, axes, lambda key: _hides(lattice, key, rules, orders), False)
    shown = _mask(lattice, axes, orders.shows_n, False)
    return settle(level, primary & ~shown, shown, rules.k)


def _hides_base(lattice: Lattice, key: Key, rules: Rules, orders: Orders) -> bool:
    table = lattice.table
    counted = _counted(table.base or {}, key)
    return orders.hides_d(key) or (
        counted.persons > 0
        and (is_small_place(table, key, rules) or why_small(counted, rules) is not None)
    )


def _hides(lattice: Lattice, key: Key, rules: Rules, orders: Orders) -> bool:
    """A numerator goes with its denominator, except a zero: it is no part of anything hidden."""
    counted = _counted(lattice.table.cells, key)
    if orders.hides_n(key):
        return True
    if lattice.d is not None and counted.persons > 0:
        index = tuple(c.index(part) for c, part in zip(lattice.codes, key, strict=True))
        if lattice.hidden_d[lattice.base_index(index)]:
            return True
    return why_hidden(lattice.table, key, counted, rules) is not None


def _counted(cells: Mapping[Key, Counted], key: Key) -> Counted:
    return cells.get(key) or Counted(persons=0)


def _mask(
    lattice: Lattice, axes: tuple[int, ...], test: Callable[[Key], bool], of_base: bool
) -> Mask:
    """Cells of the level itself that pass `test`, in the shape of the level's view."""
    whole = lattice.view_of_base(axes) if of_base else lattice.view(axes)
    assert whole is not None  # noqa: S101 - the caller has asked
    mask = np.zeros(whole.n.shape, dtype=bool)
    for inner in np.argwhere(whole.is_inner()).tolist():
        mask[tuple(inner)] = test(lattice.key(_spread(axes, inner, len(lattice.codes))))
    return mask


def _spread(axes: tuple[int, ...], inner: list[int], size: int) -> Index:
    index = [-1] * size
    for axis, at in zip(axes, inner, strict=True):
        index[axis] = at
    return tuple(index)
