"""How a promise stands: what was said of it, folded. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass


class Status(enum.StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    PARTLY = "partly"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"
    """By whoever gave it."""


class Due(enum.StrEnum):
    """Of a promise that is open."""

    LATER = "later"
    SOON = "soon"
    LATE = "late"


SOON = dt.timedelta(days=30)
"""So long before its day *Today* reminds of a promise."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """One line of its history, which nobody changes. The first is said when it is given."""

    number: int
    status: Status
    said_on: dt.date
    due_on: dt.date | None = None
    """Another day, where one was agreed; None: the day of before stays."""


def status(words: Sequence[Word]) -> Status:
    """The last one."""
    return words[-1].status


def due_on(words: Sequence[Word]) -> dt.date | None:
    """The day that was agreed last."""
    days = [one.due_on for one in words if one.due_on is not None]
    return days[-1] if days else None


def due(words: Sequence[Word], today: dt.date) -> Due | None:
    """None for one that is not open any more, or that has no day."""
    day = due_on(words)
    if status(words) is not Status.OPEN or day is None:
        return None
    if day < today:
        return Due.LATE
    return Due.SOON if day <= today + SOON else Due.LATER


def wants_reason(now: Status, before: Status | None) -> bool:
    """Whatever is said after the beginning has a reason, but that it was kept."""
    return before is not None and now is not Status.KEPT
