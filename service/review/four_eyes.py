"""Four eyes: what one person proposes, and another has to agree to. Pure.

Both are recorded; a proposal that nobody agrees to in time is void; and two accounts are two people
only if two people are behind them: a script is its maker's hand.
"""

from __future__ import annotations

import datetime as dt
import enum

OPEN_FOR = dt.timedelta(days=14)


class Kind(enum.StrEnum):
    """What takes two. (Whatever lets figures out will be here too.)"""

    APPROVE_TESTIMONY = "approve_testimony"
    JOIN_PERSONS = "join_persons"
    """The subject is a pair of persons (`persons.tables.Pair`)."""


def is_second(first: int, other: int) -> bool:
    """Whether these are two people."""
    return first != other
