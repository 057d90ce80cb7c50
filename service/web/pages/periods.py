"""Days as people enter them, widened to what an audience may have: whole months or quarters.

From two periods a day apart one day's people could be had, so figures refuse odd days; the page
widens instead of refusing, and shows the period it used. Pure.
"""

from __future__ import annotations

import calendar
import datetime as dt

from service.disclosure.rules import RULES, Audience


def months_at_once(audience: Audience) -> int | None:
    """1 or 3; None where any day will do."""
    if audience is Audience.INTERNAL:
        return None
    return 1 if "month" in RULES[audience].times else 3


def widen(
    start: dt.date | None, end: dt.date | None, months: int | None
) -> tuple[dt.date | None, dt.date | None]:
    """The shortest period of whole `months` around these days; an open end stays open."""
    if months is None:
        return start, end
    if start is not None:
        start = _first(start, months)
    if end is not None:
        month = _first(end, months).month + months - 1
        end = end.replace(month=month, day=calendar.monthrange(end.year, month)[1])
    return start, end


def _first(day: dt.date, months: int) -> dt.date:
    return day.replace(month=day.month - (day.month - 1) % months, day=1)
