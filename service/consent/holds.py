"""Legal holds: why a record is kept that would go, and until when. Pure."""

from __future__ import annotations

import datetime as dt
import enum

from service.foundation.problems import INVALID_PARAMETER, Problem

LONGEST = dt.timedelta(days=731)
"""Then two people look at it again."""


class HoldWhy(enum.StrEnum):
    """Why. A choice, not a text: a name could stand in one."""

    COURT = "court"
    """A court, or somebody who investigates a crime, asks for it."""
    CLAIM = "claim"
    """The person's own claim rests on it: compensation, a pension."""
    INQUIRY = "inquiry"
    """An inquiry into what the team itself did."""


def why_of(text: str) -> HoldWhy:
    """Raises INVALID_PARAMETER."""
    try:
        return HoldWhy(text)
    except ValueError:
        raise Problem(INVALID_PARAMETER, name="why", reason=", ".join(HoldWhy)) from None


def until_of(text: str, today: dt.date) -> dt.date:
    """The last day of a hold. Raises INVALID_PARAMETER."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not today <= found <= today + LONGEST:
        raise Problem(INVALID_PARAMETER, name="until", reason=f"a day, {LONGEST.days} days at most")
    return found
