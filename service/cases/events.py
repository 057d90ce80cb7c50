"""What happens to a case, as `folding` takes it. Pure."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What the office can write down."""

    REFERRAL = "referral"
    """The person was sent to a provider for a need."""
    OUTCOME = "outcome"
    """What the provider, or the person, says came of it."""
    STATUS = "status"
    """A need cannot be met, was declined, or contact is lost: see `CLOSING`."""
    REOPEN = "reopen"
    """A need that was closed is open again."""


class Override(enum.StrEnum):
    """Why somebody was referred without having allowed it."""

    LIFE = "life"
    SAFETY = "safety"


DANGER_LASTS = dt.timedelta(hours=72)
"""As long as what is urgent waits (priority p1): so long a sheet is printed that nobody allowed.
Who is in danger after that is referred again, with an entry again."""


CLOSING = ("declined", "not_feasible", "closed_lost", "closed_deceased")
"""Statuses that the office may give to a need. Never met: that is the person's word, at a visit."""


@dataclass(frozen=True, kw_only=True)
class ToldNeed:
    """A need as the assessment has it."""

    code: str
    status: str
    priority: str


@dataclass(frozen=True, kw_only=True)
class FollowedUp:
    """What one visit says of one need."""

    code: str
    told_status: str
    """As it was filled in."""
    confirmed: str
    """Whether the person says so, list confirmed."""
    is_new: bool = False
    priority: str = "not_asked"
    outcome: str = "not_asked"
    """Of a referral, list referral_outcome."""
    service_on: dt.date | None = None
    """Day of a service that the person had."""


@dataclass(frozen=True, kw_only=True)
class When:
    """Order of events: the day, then the moment at which it came here, then the key."""

    on: dt.date
    at: dt.datetime
    key: uuid.UUID

    @property
    def place(self) -> tuple[dt.date, dt.datetime, bytes]:
        return (self.on, self.at, self.key.bytes)


@dataclass(frozen=True, kw_only=True)
class Visited:
    when: When
    found: str
    """List found."""
    visit_no: int | None = None
    next_visit: dt.date | None = None
    needs: Sequence[FollowedUp] = ()
    granted: frozenset[str] = field(default_factory=frozenset)
    """Scopes of consent, as of that visit."""
    refused: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True)
class OfficeEvent:
    when: When
    kind: Kind
    need_code: str
    outcome: str = ""
    """Of an outcome: list referral_outcome; of a status: one of CLOSING."""


@dataclass(frozen=True, kw_only=True)
class TakenBack:
    """Somebody took uses of the record back, by the code on the paper or in the office: what visits
    up to that day had allowed holds no more, and the record alone says what does."""

    on: dt.date
    scopes: frozenset[str]

    @property
    def when(self) -> When:
        """After all that was told on that day: it comes back with a later day alone."""
        return When(on=self.on, at=_END, key=uuid.UUID(int=0))


_END = dt.datetime.max.replace(tzinfo=dt.UTC)

Event = Visited | OfficeEvent | TakenBack


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """One assessment of a person, and all that happened to the case that it opened, if any."""

    when: When
    needs: Sequence[ToldNeed]
    events: Sequence[Event] = ()
