"""Settling one level: hide what is small, then enough beside it, then let the attacker try.

Costs are persons hidden: of all ways to protect a cell, take the one that hides fewest people.
"""

from __future__ import annotations

import itertools

import numpy as np

from service.disclosure.attacker import Attacker
from service.disclosure.boxes import Costs, cheapest_boxes, rooms
from service.disclosure.hiding import GaveUp
from service.disclosure.level import Level, Mask
from service.disclosure.remembering import remembered

ROUNDS = 24
WIDER = 3
"""How often whole lines may be hidden before the breakdown is given up."""
SEARCHED = 9
"""Up to so many candidate cells every set is tried, so that the answer is the best there is."""
PRUNED = 24
"""Up to so many extra cells each is given back on trial."""
PRUNED_HIDDEN = 300


def settle(level: Level, primary: Mask, k: int) -> bool:
    """Hide `primary` and as few others of the level's own cells as keep all hidden cells wide.
    Returns False, with everything hidden, if nothing suffices or the audit does not end."""
    inner = level.is_inner()
    level.hidden[primary & inner] = True
    if not level.hidden.any() and (level.hidden_d is None or not level.hidden_d.any()):
        return True
    return remembered(level, primary & inner, k, lambda: _settled(level, primary & inner, k))


def _settled(level: Level, primary: Mask, k: int) -> bool:
    price = _price(level, level.is_inner(), k)
    try:
        if _widened(level, price, k):
            _improve(level, primary, price, k)
            return True
        level.hidden[np.isfinite(price)] = True
        return not _narrow(level, k).any()
    except GaveUp:
        level.hidden[np.isfinite(price)] = True
        return False


def _widened(level: Level, price: Costs, k: int) -> bool:
    """Hide more until nothing is narrow; False if that leads nowhere."""
    wider = 0
    for _ in range(ROUNDS):
        narrow = _narrow(level, k)
        if not narrow.any():
            return True
        if not _hide_beside(level, narrow, price, k):
            wider += 1
            if wider > WIDER or not _hide_around(level, narrow, price):
                return False
    return False


def _price(level: Level, may_hide: Mask, k: int) -> Costs:
    """Persons lost by hiding a cell. A shown zero tells the reader much, and a hidden one little
    to the attacker: it costs like a large cell. What was decided before costs infinitely much, and
    so does a zero of nobody where the reader sees that it is nobody."""
    price = np.where(may_hide, np.where(level.n > 0, level.n, 12 * k) + 1.0, np.inf)
    if level.d is not None:
        is_told = level.d == 0 if level.hidden_d is None else (level.d == 0) & ~level.hidden_d
        nobody = np.broadcast_to(is_told, level.n.shape)
        price = np.where(nobody & (level.n == 0), np.inf, price)
    return np.asarray(price)


def _narrow(level: Level, k: int) -> Mask:
    """Cells the attacker comes too close to; a narrow base is blamed on its numerators."""
    n, d = Attacker(level, k).narrow()
    if d is None or not d.any():
        return n
    return n | np.broadcast_to(d, n.shape)


def _hide_beside(level: Level, narrow: Mask, price: Costs, k: int) -> bool:
    """Add a box around each narrow cell; whether anything new was hidden."""
    room = rooms(level)
    covered = np.zeros(level.n.shape, dtype=bool)
    before = int(level.hidden.sum())
    for cell in map(tuple, np.argwhere(narrow)):
        if covered[cell]:
            continue
        cost = np.where(level.hidden, 0.0, price)
        for box in cheapest_boxes(level, room, cost, cell, k):
            for corner in box.corners:
                level.hidden[corner] = True
                covered[corner] |= box.width >= k
    return int(level.hidden.sum()) > before


def _hide_around(level: Level, narrow: Mask, price: Costs) -> bool:
    """Where no box helps: all of the level's own cells on the lines through the narrow ones."""
    last = level.n.ndim - 1
    around = np.zeros(level.n.shape, dtype=bool)
    for cell in np.argwhere(narrow).tolist():
        open_ = [axis for axis in range(last + 1) if cell[axis] == level.n.shape[axis] - 1]
        for axis in range(last + 1):
            free = {axis, *open_}
            around[tuple(slice(None) if at in free else cell[at] for at in range(last + 1))] = True
    around &= np.isfinite(price) & ~level.hidden
    level.hidden[around] = True
    return bool(around.any())


def _improve(level: Level, primary: Mask, price: Costs, k: int) -> None:
    """Exchange the extra cells for cheaper ones where that can be tried out in time."""
    extra = level.hidden & np.isfinite(price) & ~primary
    if not extra.any():
        return
    free = np.argwhere(np.isfinite(price) & ~primary)
    holds = level.hidden.copy()
    try:
        if len(free) <= SEARCHED:
            _search(level, [tuple(cell) for cell in free], price, extra, k)
        elif extra.sum() <= PRUNED and level.hidden.sum() <= PRUNED_HIDDEN:
            _prune(level, extra, price, k)
    except GaveUp:
        level.hidden[...] = holds


def _search(level: Level, free: list[tuple[int, ...]], price: Costs, extra: Mask, k: int) -> None:
    """The cheapest set of all. The one at hand is the bound."""
    limit = float(price[extra].sum())
    kept = level.hidden & ~extra
    sets = (
        (sum(float(price[cell]) for cell in chosen), chosen)
        for size in range(len(free) + 1)
        for chosen in itertools.combinations(free, size)
    )
    for _, chosen in sorted(one for one in sets if one[0] < limit):
        level.hidden[...] = kept
        for cell in chosen:
            level.hidden[cell] = True
        if not _has_lonely_cell(level) and not _narrow(level, k).any():
            return
    level.hidden[...] = kept | extra


def _has_lonely_cell(level: Level) -> bool:
    """Whether some line has a single hidden member: it is what the others leave over."""
    return any(
        bool((level.hidden.sum(axis=axis) == 1).any())
        for axis, overlaps in enumerate(level.overlapping)
        if not overlaps
    )


def _prune(level: Level, extra: Mask, price: Costs, k: int) -> None:
    cells = [tuple(cell) for cell in np.argwhere(extra)]
    for cell in sorted(cells, key=lambda cell: (-float(price[cell]), cell)):
        level.hidden[cell] = False
        if _has_lonely_cell(level) or _narrow(level, k).any():
            level.hidden[cell] = True
