"""All rules over one record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from service.review.flags import ages, dates, distance, doubles, pace, straight
from service.review.flags.distance import Taken
from service.review.flags.kinds import Flag
from service.review.flags.looks import Look
from service.review.flags.pace import Pace
from service.review.flags.seen import Seen


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What the record is compared with; all of it earlier."""

    paces: Sequence[Pace] = ()
    """Of the form's newest records."""
    taken: Sequence[Taken] = ()
    """Where the commune's newest records were taken."""
    alike: Sequence[Look] = ()
    """Records that may be of the same people."""


def flags_of(seen: Seen, look: Look, beside: Beside, latest: dt.date) -> list[Flag]:
    """`latest`: the last day on which what it tells can have happened."""
    usual = pace.usual(beside.paces)
    quick = pace.is_quick(look.seconds, look.answered, usual)
    found = (
        doubles.double(look, beside.alike),
        pace.too_fast(look.seconds, look.answered, usual),
        distance.far(seen.point, look.village, look.commune, beside.taken),
        dates.future(seen, latest),
        straight.straight_lining(seen, is_quick=quick),
        ages.implausible(seen),
    )
    return [flag for flag in found if flag is not None]
