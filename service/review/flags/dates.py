"""Days that have not come yet, and years of the Buddhist era.

What has happened cannot be later than its receipt. A day of grace is given (`latest`): clocks of
phones run a little fast, and a phone may be set to a zone east of here.
"""

from __future__ import annotations

import datetime as dt
import re

from service.facts.answers import digits
from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.seen import Seen

PAST = {
    "meta.date": "interview",
    "meta.time": "interview",
    "petition.date": "signature",
    "incident.date": "incident",
    "incident.year": "incident",
    "need.since": "need",
    "issue.date": "breach",
    "issue.answer_date": "answer",
    "service.date": "service",
    "concern.report_date": "report",
    "concern.answer_date": "answer",
    "consent.date": "consent",
    "directory.checked_on": "check",
}
"""Questions about what has happened, and of what. (The next visit, and the last day of a consent,
are to come.)"""
BUDDHIST = (2450, 2700)
"""Years that are of no calendar but the Buddhist one."""
BEFORE = 543
"""Years by which it is ahead; from Visak Bochea (May) on 544."""
_ROUGH = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])")


def future(seen: Seen, latest: dt.date) -> Flag | None:
    told = {
        found: None
        for tag, what in PAST.items()
        for answer in seen.answers(tag)
        if (found := _told(what, answer, latest))
    }
    reasons = tuple(Reason(why=why, values=dict(values)) for why, values in told)
    return Flag(code=Code.FUTURE, reasons=reasons) if reasons else None


_Told = tuple[str, tuple[tuple[str, str | int], ...]]


def _told(what: str, answer: str, latest: dt.date) -> _Told | None:
    read = _ROUGH.match(digits(answer.strip()))
    if read is None:
        return None
    year, month, day = (int(part) if part else None for part in read.groups())
    if year is None:
        return None
    if BUDDHIST[0] <= year <= BUDDHIST[1]:
        return f"buddhist_{what}", (("year", year), ("means", year - BEFORE))
    try:
        first = dt.date(year, month or 1, day or 1)
    except ValueError:
        return None
    return (f"future_{what}", (("when", read[0]),)) if first > latest else None
