"""For how long a project keeps what people told, and from when on what is over goes.

A record is kept from the last contact on: the arrival of its newest version, by this server's
clock, for that of a phone may be years off. What cannot be read is kept from its arrival on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from service.facts.circumstances import PHNOM_PENH
from service.facts.scopes import months_after
from service.foundation.problems import INVALID_PARAMETER, Problem

LONGEST_MONTHS = 120
SHORTEST_DAYS, LONGEST_DAYS = 7, 3650
NOTICE = dt.timedelta(days=31)
"""What is over when it is looked at for the first time (after an update) goes a month later."""
PAUSE = dt.timedelta(days=8)
"""Where nobody looked for longer, or the clock went back, it may be wrong, or a backup was put
back: coordinators are told, and a week passes."""
AFTER_PAUSE = dt.timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Periods:
    """As a project has chosen; the usual ones where it has not."""

    records_months: int = 24
    """Names, words, pictures, voices: what identifies somebody, and what they told."""
    testimony_months: int | None = None
    """Of those, what they told, in words, pictures and voices: None as long as the rest."""
    quarantine_days: int = 180
    """What could not be read when it came."""

    def __post_init__(self) -> None:
        """Raises INVALID_PARAMETER."""
        _demand("records_months", self.records_months, 1, LONGEST_MONTHS)
        if self.testimony_months is not None:
            _demand("testimony_months", self.testimony_months, 1, self.records_months)
        _demand("quarantine_days", self.quarantine_days, SHORTEST_DAYS, LONGEST_DAYS)

    def is_shorter_than(self, other: Periods) -> bool:
        return (
            self.records_months < other.records_months
            or self._told_months < other._told_months
            or self.quarantine_days < other.quarantine_days
        )

    @property
    def _told_months(self) -> int:
        return self.records_months if self.testimony_months is None else self.testimony_months

    def records_before(self, now: dt.datetime) -> dt.datetime:
        """Records of which nothing came since then are over."""
        return _months_before(now, self.records_months)

    def told_before(self, now: dt.datetime) -> dt.datetime | None:
        """The same of what was told; None where it has no period of its own."""
        if self.testimony_months is None:
            return None
        return _months_before(now, self.testimony_months)

    def ends(self, newest: dt.datetime) -> dt.date:
        """The day from which on a record may go whose newest version came then."""
        return months_after(newest.astimezone(PHNOM_PENH).date(), self.records_months)

    def quarantined_before(self, now: dt.datetime) -> dt.datetime:
        return now - dt.timedelta(days=self.quarantine_days)


@dataclass(frozen=True, kw_only=True)
class Look:
    """When it was looked at last what is over, and from when on it goes."""

    looked_at: dt.datetime | None = None
    erases_from: dt.datetime | None = None

    def after(self, now: dt.datetime) -> Look:
        """The next look, now."""
        since = self.erases_from
        if self.looked_at is None or since is None:
            since = now + NOTICE
        elif not dt.timedelta() <= now - self.looked_at <= PAUSE:
            since = max(since, now + AFTER_PAUSE)
        return Look(looked_at=now, erases_from=since)

    def erases(self, now: dt.datetime) -> bool:
        return self.erases_from is not None and self.erases_from <= now


def _months_before(now: dt.datetime, months: int) -> dt.datetime:
    day = months_after(now.astimezone(PHNOM_PENH).date(), -months)
    return dt.datetime.combine(day, dt.time(), PHNOM_PENH).astimezone(dt.UTC)


def _demand(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Problem(INVALID_PARAMETER, name=name, reason=f"{least} to {most}")
