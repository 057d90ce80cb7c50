"""Somebody who opens many people's files in a short time: shown to coordinators. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

MANY = 20
WITHIN = dt.timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Somebody opened a file of a record."""

    actor_id: int | None
    name: str
    record: uuid.UUID
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One opening as coordinators read of it."""

    at: dt.datetime
    entry: uuid.UUID
    actor_id: int | None
    name: str
    record: uuid.UUID
    media_type: str | None
    """None: the file is gone since."""
    purpose: str


@dataclass(frozen=True, kw_only=True)
class Burst:
    """The most records that somebody opened within WITHIN, and when that began."""

    name: str
    records: int
    since: dt.datetime


def bursts(openings: Sequence[Opening]) -> list[Burst]:
    """Of everybody who opened MANY records within WITHIN. `openings` by time, oldest first."""
    found: dict[int | None, Burst] = {}
    windows: dict[int | None, deque[Opening]] = defaultdict(deque)
    records: dict[int | None, Counter[uuid.UUID]] = defaultdict(Counter)
    for opening in openings:
        who = opening.actor_id
        window, seen = windows[who], records[who]
        window.append(opening)
        seen[opening.record] += 1
        while opening.at - window[0].at > WITHIN:
            left = window.popleft().record
            seen[left] -= 1
            if not seen[left]:
                del seen[left]
        most = found[who].records if who in found else MANY - 1
        if len(seen) > most:
            found[who] = Burst(name=opening.name, records=len(seen), since=window[0].at)
    return sorted(found.values(), key=lambda burst: burst.since, reverse=True)
