"""A walk back through the strands of an audit log, the newest entries first. Pure.

A log has no index by time: it would cost every submission a write. Entries lie by strand and
number, so a page looks back over so many numbers of each strand and merges what it found. What is
older than the least that one strand was looked through to waits for the next page, so the order is
that of time across pages, too; whatever is asked for, a page costs the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

LOOKED_AT = 20_000
"""Entries that a page looks through, in all strands together."""
LEAST = 200

Ends = Mapping[int, int]
"""Strand -> number of the newest entry that was not shown yet."""


class Entry(Protocol):
    @property
    def strand(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def at(self) -> dt.datetime: ...


E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Numbers of one strand that are looked through, both ends among them."""

    strand: int
    oldest: int
    newest: int


def windows(ends: Ends) -> list[Window]:
    each = max(LEAST, LOOKED_AT // max(1, len(ends)))
    return [
        Window(strand=strand, oldest=max(1, newest - each + 1), newest=newest)
        for strand, newest in sorted(ends.items())
        if newest > 0
    ]


def merged(
    found: Sequence[E],
    looked: Sequence[Window],
    reached: Mapping[int, dt.datetime],
    limit: int,
) -> tuple[list[E], Ends]:
    """The page, and where the next one begins (empty: nowhere). `found`: what fits, of each window
    the newest `limit` at most; `reached`: moment of the oldest entry of each window that has
    older ones behind it."""
    horizon = max(reached.values(), default=None)
    ordered = sorted(found, key=lambda one: (one.at, one.strand, one.seq), reverse=True)
    page = [one for one in ordered[:limit] if horizon is None or one.at >= horizon]
    ends = {}
    for window in looked:
        newest = _left(window, found, page, limit)
        if newest > 0:
            ends[window.strand] = newest
    return page, ends


def _left(window: Window, found: Sequence[E], page: Sequence[E], limit: int) -> int:
    """The newest number of a strand that is still to be shown, or looked at."""
    shown = [one.seq for one in page if one.strand == window.strand]
    number = sum(one.strand == window.strand for one in found)
    if len(shown) == number < limit:
        return window.oldest - 1
    return min(shown, default=window.newest + 1) - 1


def written(ends: Ends) -> str:
    """As an address carries it: `0.51` or `1.20-2.7`."""
    return "-".join(f"{strand}.{seq}" for strand, seq in sorted(ends.items()))


def read(text: str) -> Ends:
    """Raises ValueError."""
    pairs = (part.partition(".") for part in text.split("-"))
    return {int(strand): int(seq) for strand, _, seq in pairs}
