"""What was decided about a block is decided again for every table that has it.

A block depends on nothing finer, so tables that share a margin share its blocks, and a record more
changes few of them. What is kept is a digest of the block and which of its cells are hidden:
no count. The same of a level beside other tables.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from service.disclosure import effort
from service.disclosure.hiding import GaveUp, Orders
from service.disclosure.level import Level, Mask

MOST_BYTES = 32 * 1024 * 1024
"""Of masks, a bit a cell; the ones that nobody asked for longest go."""
_OF_AN_ENTRY = 200


class _Entry(NamedTuple):
    hidden: bytes
    holds: bool
    steps: int
    """What it cost to find out."""


_lock = threading.Lock()
_kept: OrderedDict[bytes, _Entry] = OrderedDict()
_bytes = 0


def remembered(level: Level, primary: Mask, k: int, settle: Callable[[], bool]) -> bool:
    """Whether the level holds; its masks are as `settle` leaves them."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(level, primary, k):
        digest.update(part)
    key = digest.digest()
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    if found is None:
        before = effort.spent()
        holds = settle()
        _keep(key, _Entry(np.packbits(level.hidden).tobytes(), holds, effort.spent() - before))
        return holds
    effort.spend(found.steps)  # or what a table is would hang on what was asked for before
    bits = np.unpackbits(np.frombuffer(found.hidden, np.uint8), count=level.hidden.size)
    level.hidden[...] = bits.astype(np.bool_).reshape(level.hidden.shape)
    return found.holds


class _Told(NamedTuple):
    orders: Orders | None
    """None: it was given up."""
    steps: int


MOST_TOLD = 4_000
"""So many levels, and what others tell of them; the ones that nobody asked for longest go."""
_told: OrderedDict[bytes, _Told] = OrderedDict()


def remembered_orders(parts: Iterable[bytes], find: Callable[[], Orders]) -> Orders:
    """What `find` finds; `parts`: everything that decides it. Raises GaveUp as it does."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    key = digest.digest()
    with _lock:
        told = _told.get(key)
        if told is not None:
            _told.move_to_end(key)
    if told is None:
        before, orders = effort.spent(), None
        with suppress(GaveUp):
            orders = find()
        told = _Told(orders, effort.spent() - before)
        with _lock:
            _told[key] = told
            while len(_told) > MOST_TOLD:
                _told.popitem(last=False)
    else:
        effort.spend(told.steps)
    if told.orders is None:
        raise GaveUp("beside other tables")
    return told.orders


def forget() -> None:
    """All of it. For tests, which change how blocks are settled."""
    global _bytes  # noqa: PLW0603 - guarded by the lock, like the dict
    with _lock:
        _kept.clear()
        _told.clear()
        _bytes = 0


def _keep(key: bytes, entry: _Entry) -> None:
    global _bytes  # noqa: PLW0603 - guarded by the lock, like the dict
    with _lock:
        before = _kept.pop(key, None)
        _bytes -= len(before.hidden) + _OF_AN_ENTRY if before else 0
        _kept[key] = entry
        _bytes += len(entry.hidden) + _OF_AN_ENTRY
        while _bytes > MOST_BYTES:
            _, gone = _kept.popitem(last=False)
            _bytes -= len(gone.hidden) + _OF_AN_ENTRY


def _parts(level: Level, primary: Mask, k: int) -> Iterator[bytes]:
    """Everything that decides it. Cells that are seen at two levels are told by their names."""
    yield repr((k, level.n.shape, level.overlapping)).encode()
    yield np.packbits(primary).tobytes()
    for one in level.and_beside():
        yield repr((one.n.shape, None if one.d is None else one.d.shape)).encode()
        yield np.ascontiguousarray(one.n).tobytes()
        yield np.packbits(one.hidden).tobytes()
        if one.d is not None and one.hidden_d is not None:
            yield np.ascontiguousarray(one.d).tobytes()
            yield np.packbits(one.hidden_d).tobytes()
        if level.beside:
            yield repr((one.overlapping, *_names(one))).encode()


def _names(level: Level) -> Iterator[object]:
    for index in map(tuple, np.argwhere(level.hidden).tolist()):
        yield level.name(index)
    if level.hidden_d is not None:
        for index in map(tuple, np.argwhere(level.hidden_d).tolist()):
            yield level.name_d(index)
