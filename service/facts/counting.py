"""Whether figures count what nobody approved yet: the policy of a project. Pure."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class Counting(enum.StrEnum):
    ALL_BUT_REJECTED = "all_but_rejected"
    """What came in counts, until somebody rejects it."""
    APPROVED_ONLY = "approved_only"
    """What came in counts once somebody approved it."""


RECEIVED, APPROVED, REJECTED = "received", "approved", "rejected"
"""How a version stands, as its facts carry it."""

PAUSE = dt.timedelta(days=30)
"""Between two changes. Whoever has a table from before and one from after can subtract what is not
approved: once is a fact of life, to and fro as often as somebody likes would be a tool."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """As the project has chosen it; the usual one where it has not."""

    counting: Counting = Counting.ALL_BUT_REJECTED
    changed_at: dt.datetime | None = None

    def may_change_from(self) -> dt.datetime | None:
        """The first moment at which it may be changed; None: it never was."""
        return self.changed_at and self.changed_at + PAUSE
