"""Somebody who reads of many people in a short time: shown to coordinators. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

MANY = 20
WITHIN = dt.timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Somebody read who somebody is, or what they told: in one record, or in `records` at once."""

    actor_id: int | None
    name: str
    record: uuid.UUID | None
    """None: several, of which the log does not say which."""
    records: int = 1
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One of them as coordinators read of it."""

    at: dt.datetime
    entry: uuid.UUID
    actor_id: int | None
    name: str
    action: str
    record: uuid.UUID | None
    """None: of several, or of one that was erased since (`is_gone`): no page leads to that."""
    is_gone: bool
    records: int
    classes: tuple[str, ...]
    """Of answers that could be seen; none is said of files and lists."""
    form_pk: int | None
    list_pk: int | None
    media_type: str | None
    """Of a file; None: it is gone since, or it was none."""
    purpose: str
    """"" of entries that earlier releases made without one."""


@dataclass(frozen=True, kw_only=True)
class Burst:
    """The most records of which somebody read within WITHIN, and when that began."""

    name: str
    records: int
    since: dt.datetime


def bursts(openings: Sequence[Opening]) -> list[Burst]:
    """Of everybody who read of MANY records within WITHIN. `openings` by time, oldest first."""
    found: dict[int | None, Burst] = {}
    windows: dict[int | None, _Window] = defaultdict(_Window)
    for opening in openings:
        who = opening.actor_id
        window = windows[who]
        window.take(opening)
        most = found[who].records if who in found else MANY - 1
        if window.records > most:
            found[who] = Burst(name=opening.name, records=window.records, since=window.since)
    return sorted(found.values(), key=lambda burst: burst.since, reverse=True)


@dataclass
class _Window:
    """What one person read within WITHIN."""

    _openings: deque[Opening] = field(default_factory=deque)
    _named: Counter[uuid.UUID] = field(default_factory=Counter)
    _unnamed: int = 0

    @property
    def records(self) -> int:
        """Each named one once. Of others nobody knows whether they were the same."""
        return len(self._named) + self._unnamed

    @property
    def since(self) -> dt.datetime:
        return self._openings[0].at

    def take(self, opening: Opening) -> None:
        self._openings.append(opening)
        self._count(opening, 1)
        while opening.at - self.since > WITHIN:
            self._count(self._openings.popleft(), -1)

    def _count(self, opening: Opening, sign: int) -> None:
        if opening.record is None:
            self._unnamed += sign * opening.records
            return
        self._named[opening.record] += sign
        if not self._named[opening.record]:
            del self._named[opening.record]
