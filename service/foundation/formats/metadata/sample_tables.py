"""Where the samples of a track lie in the file (ISO 14496-12 §8.6, §8.7)."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from service.foundation.formats.metadata.boxes import Box, cut_to, only
from service.foundation.formats.metadata.patches import NotUnderstood, number

_ENTRY = {b"stts": 8, b"ctts": 8, b"stsc": 12, b"stss": 4, b"stco": 4, b"co64": 8}
"""Bytes of an entry."""
MAX_CHUNKS = 200_000
KEPT = frozenset({*_ENTRY, b"stsz"})


def cut(data: bytearray, box: Box) -> int:
    """Zeros behind the entries that a table says it has; answers how many those are."""
    if box.kind == b"elst":
        entry = 20 if number(data, box.inside, 1) == 1 else 12
    else:
        entry = _ENTRY[box.kind]
    count = number(data, box.inside + 4)
    cut_to(data, box, 8 + count * entry)
    return count


def ranges(data: bytearray, tables: list[Box]) -> list[tuple[int, int]]:
    """(first byte, byte after the last) of each chunk, as the table has them."""
    for box in tables:
        if box.kind != b"stsz":
            cut(data, box)
    offsets = _offsets(data, tables)
    sizes = _Sizes(data, only(tables, b"stsz"))
    runs = _runs(data, only(tables, b"stsc"), len(offsets))
    found, first = [], 0
    for (begin, per_chunk), (end, _) in zip(runs, [*runs[1:], (len(offsets), 0)], strict=True):
        for chunk in range(begin, end):
            after = min(first + per_chunk, sizes.count)  # the last chunk may be shorter
            found.append((offsets[chunk], offsets[chunk] + sizes.total(first, after)))
            first = after
    if first != sizes.count:
        raise NotUnderstood
    return found


def _offsets(data: bytearray, tables: list[Box]) -> Sequence[int]:
    found = [box for box in tables if box.kind in (b"stco", b"co64")]
    if len(found) != 1:
        raise NotUnderstood
    (box,) = found
    return _numbers(data, box.inside + 8, number(data, box.inside + 4), _ENTRY[box.kind])


def _runs(data: bytearray, box: Box, chunks: int) -> list[tuple[int, int]]:
    """(number of a chunk, samples in each chunk from there on), counted from 0."""
    flat = _numbers(data, box.inside + 8, 3 * number(data, box.inside + 4), most=3 * MAX_CHUNKS)
    runs = [(first - 1, samples) for first, samples in zip(flat[::3], flat[1::3], strict=True)]
    starts = [first for first, _ in runs]
    if chunks == 0 and not runs:
        return []
    is_rising = starts == sorted(set(starts))
    if not runs or not is_rising or starts[0] != 0 or starts[-1] >= chunks:
        raise NotUnderstood
    return runs


def _numbers(
    data: bytearray, at: int, count: int, size: int = 4, most: int = MAX_CHUNKS
) -> Sequence[int]:
    """`count` big-endian numbers of 4 or 8 bytes: tight, for there may be millions."""
    if count > most or at + count * size > len(data):
        raise NotUnderstood
    found = array("Q" if size == 8 else "I", bytes(data[at : at + count * size]))
    if sys.byteorder == "little":
        found.byteswap()
    return found


class _Sizes:
    """Sizes of samples: each its own, or all the same."""

    def __init__(self, data: bytearray, box: Box) -> None:
        self._same, self.count = number(data, box.inside + 4), number(data, box.inside + 8)
        own = 0 if self._same else self.count
        cut_to(data, box, 12 + 4 * own)
        self._own = _numbers(data, box.inside + 12, own, most=own)

    def total(self, first: int, after: int) -> int:
        """Bytes of the samples from `first` to before `after`."""
        return (after - first) * self._same if self._same else sum(self._own[first:after])
