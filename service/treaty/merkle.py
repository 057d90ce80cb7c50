"""The tree over the log, by the rules of RFC 9162 §2.1: roots, and what proves that a leaf is in a
tree and that a later tree only added to an earlier one. Pure; who checks has code of its own
(`verify_tally`).

A tree of a million leaves is not hashed anew for each question: of every 256 leaves in a row, from
the beginning, the hash of their subtree is kept (a tile), and a question needs tiles and a few
leaves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TILE = 256
"""Leaves under one kept hash; a power of two, so that every tree has it whole."""
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Of leaf hashes."""
    if not leaves:
        return EMPTY
    row = list(leaves)
    while len(row) > 1:
        odd = [row.pop()] if len(row) % 2 else []
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)] + odd
    return row[0]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """A tree of `size` leaves, as far as a question needs it."""

    size: int
    tiles: Sequence[bytes]
    """Of all whole tiles, in their order."""
    leaves: Mapping[int, bytes]
    """Place -> leaf hash: those of the tiles that the question is about (`needed`)."""

    def root(self) -> bytes:
        return self._subtree(0, self.size)

    def inclusion(self, index: int) -> list[bytes]:
        """What leads from this leaf to the root, from below. RFC 9162 §2.1.3.1."""
        low, high, path = 0, self.size, list[bytes]()
        while high - low > 1:
            middle = low + split(high - low)
            if index < middle:
                path.append(self._subtree(middle, high))
                high = middle
            else:
                path.append(self._subtree(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, earlier: int) -> list[bytes]:
        """What shows that the tree of the first `earlier` leaves is the beginning of this one.
        RFC 9162 §2.1.4.1."""
        if earlier in (0, self.size):
            return []
        low, high, is_whole, path = 0, self.size, True, list[bytes]()
        while earlier != high:
            middle = low + split(high - low)
            if earlier <= middle:
                path.append(self._subtree(middle, high))
                high = middle
            else:
                path.append(self._subtree(low, middle))
                low, is_whole = middle, False
        if not is_whole:
            path.append(self._subtree(low, high))
        return path[::-1]

    def _subtree(self, low: int, high: int) -> bytes:
        count = high - low
        if count > TILE:
            middle = low + split(count)
            return node_hash(self._subtree(low, middle), self._subtree(middle, high))
        if count == TILE:
            return self.tiles[low // TILE]
        return root_of([self.leaves[at] for at in range(low, high)])


def needed(size: int, *places: int) -> list[tuple[int, int]]:
    """(first, end) of the leaves that `Tree` needs for a question about these places: their tiles,
    and the last one, which is not whole."""
    tiles = {size // TILE, *(place // TILE for place in places)}
    return [
        (tile * TILE, min(size, (tile + 1) * TILE)) for tile in sorted(tiles) if tile * TILE < size
    ]


def new_tiles(leaves: Sequence[bytes]) -> list[bytes]:
    """Of leaves in a row, the first of which begins a tile: the hashes of their whole tiles."""
    whole = len(leaves) // TILE * TILE
    return [root_of(leaves[at : at + TILE]) for at in range(0, whole, TILE)]
