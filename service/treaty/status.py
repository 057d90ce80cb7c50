"""How a signature stands, and why. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Status(enum.StrEnum):
    """Codes of the list line_status, and two that only the treaty knows."""

    VALID = "valid"
    MINOR = "minor"
    DUPLICATE_SUSPECTED = "duplicate_suspected"
    DUPLICATE_CONFIRMED = "duplicate_confirmed"
    ILLEGIBLE = "illegible"
    NO_MARK = "no_mark"
    WITHDRAWN = "withdrawn"
    OUT_OF_SCOPE = "out_of_scope"
    UNRECONCILED = "unreconciled"
    """Its sheet does not add up, or was keyed twice: in no published total."""
    NOT_COUNTED = "not_counted"
    """Its record was removed, rejected or corrected, or consent to be counted is over."""


ENTERS = frozenset({Status.VALID, Status.MINOR, Status.DUPLICATE_SUSPECTED, Status.UNRECONCILED})
"""With one of these a signature comes into the log. Once in it, whatever becomes of it is told."""
COUNTS = frozenset({Status.VALID, Status.MINOR})
"""Of these nobody is to be there twice."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is known of one signature."""

    told: str
    """List line_status, as the form or the keyer said."""
    may_count: bool
    """Its record stands, and consent to be counted is in force."""
    is_taken_back: bool = False
    is_reconciled: bool = True
    """True where it stands on no sheet."""
    is_of_campaign: bool = True
    """The sheet names our campaign, and the day lies in it."""
    is_suspected: bool = False
    is_double: bool = False
    """People decided that the same person signed earlier."""


def status_of(one: Standing) -> Status:
    """The first reason against it; else what was told."""
    if one.is_taken_back:
        return Status.WITHDRAWN
    if not one.may_count:
        return Status.NOT_COUNTED
    told = Status(one.told) if one.told in {*Status} else Status.ILLEGIBLE
    if told not in COUNTS:
        return told
    rules = (
        (not one.is_of_campaign, Status.OUT_OF_SCOPE),
        (not one.is_reconciled, Status.UNRECONCILED),
        (one.is_double, Status.DUPLICATE_CONFIRMED),
        (one.is_suspected, Status.DUPLICATE_SUSPECTED),
    )
    return next((status for holds, status in rules if holds), told)


def next_line(logged: Status | None, now: Status) -> bool:
    """Whether the log has something to say of a signature that stands so."""
    return now in ENTERS if logged is None else now is not logged
