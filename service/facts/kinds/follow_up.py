"""What came of it: visits to a case, and how each of its needs stands now."""

from __future__ import annotations

import datetime as dt

from service.facts.kinds.visits import OfSubmission


class Visit(OfSubmission, frozen=True, kw_only=True):
    """One visit to somebody whose case is open, found or not.

    Source: tags `case.…` (form F5).
    """

    case_id: str
    """Which case, as the list on the phone has it; never a name."""
    visit_no: int | None
    """The how many-th visit it was, by the phone."""
    found: str
    """List found: whether the person was there, has moved, died or would not speak."""
    next_visit: dt.date | None
    """The day on which to come again."""


class FollowUp(OfSubmission, frozen=True, kw_only=True):
    """How one need of a case stands at a visit, and what was done about it.

    Source: tags `need.…`, `referral.outcome` and `service.…`, inside the repeat of a form that
    visits cases (F5). Needs told there for the first time are follow-ups, too: `is_new`.
    """

    ordinal: int
    """Place in the record, from 0: needs that were open, then new ones."""
    case_id: str
    """As of the visit."""
    need_id: str | None
    """Which need, as the list on the phone has it; None of a new one."""
    need_code: str
    """List need."""
    is_new: bool
    """Told at this visit for the first time."""
    status: str
    """List need_status. Met is what the person confirms: partly confirmed is partly_met, not
    confirmed in_progress."""
    told_status: str
    """As it was filled in."""
    confirmed: str
    """Whether the person says so, list confirmed."""
    priority: str
    """Of a new need, list priority."""
    barriers: tuple[str, ...]
    """What is in the way, list barrier."""
    referral_outcome: str
    """What became of a referral, list referral_outcome."""
    provider: str | None
    """Code of who served, as in the service directory; "in_words" where the record names them
    otherwise; None: nobody."""
    service_on: dt.date | None
    """Day of the service; None: none told."""
    cost_khr: int | None
    """What the person paid, in riel."""
    minutes: int | None
    """How long the way there was, one way."""
    quality: int | None
    """How good it was, 1 to 5, by the person."""
