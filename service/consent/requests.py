"""Who may take consent back, and how a survivor proves it without an account."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from service.facts.codes import CONSENT_SCOPE
from service.facts.scopes import MEDIA
from service.foundation.problems import INVALID_PARAMETER, Problem

PER_NETWORK_AN_HOUR = 20
IN_ALL_AN_HOUR = 200
"""Codes of strangers that are held for records still to come. Over that, and over MOST_HELD, a code
takes back what is here all the same: nobody can shut this door for others by trying codes. To
guess is hopeless without a ceiling: of 60 bits, at 1,000 tries a second against the codes of
100,000 records, the first hit is to be expected after 365 years. Of sixteen digits it would be 12
days: over the ceiling such a code waits for a coordinator, as a short one does."""
OPENED_PER_NETWORK_AN_HOUR = 20
OPENED_IN_ALL_AN_HOUR = 2_000
"""Tries to read by a code. Of sixteen digits the first hit is to be expected after 57 years; over
it nobody reads, and everybody may still take back."""
MOST_HELD = 10_000
"""In a project. They are compared with what came in every few seconds."""
HELD_FOR = dt.timedelta(days=180)
"""How long a code waits for its record: no phone is away for longer."""

EVERYTHING: frozenset[str] = frozenset()
"""No scope in particular: the record goes."""


class Reason(enum.StrEnum):
    """Why. A choice, not a text: a name could stand in one, and would outlive what is erased."""

    ASKED = "asked"
    """The person asked for it."""
    GUARDIAN = "guardian"
    """The guardian of a child asked for it."""
    FAMILY = "family"
    """The family of somebody who died asked for it."""
    UNSAFE = "unsafe"
    """Keeping it puts somebody in danger."""
    MISTAKE = "mistake"
    """It should never have been recorded."""
    OTHER = "other"
    CODE = "code"
    """The code on the paper was given; nobody is asked why."""
    PERIOD = "period"
    """Nobody asked: it was kept for as long as the project keeps things."""


OFFERED = tuple(reason for reason in Reason if reason not in (Reason.CODE, Reason.PERIOD))


class Status(enum.StrEnum):
    """How far a withdrawal is."""

    WAITING = "waiting"
    """The code is too short to be enough by itself, or a script asked for a record to be erased: a
    coordinator decides."""
    UNMATCHED = "unmatched"
    """No record carries this code, yet: one that still comes is erased at once."""
    ERASING = "erasing"
    """Nothing can be read any more; files are being overwritten."""
    DONE = "done"
    HELD = "held"
    """Nothing of it is used any more; it is erased when the legal hold on its record ends."""
    REFUSED = "refused"
    """A coordinator found that the code is not this person's."""


def reason_of(text: str) -> Reason:
    """One of OFFERED; any other text is `other`, and is not kept."""
    word = text.strip().casefold()
    return Reason(word) if word in OFFERED else Reason.OTHER


def scopes_of(names: Iterable[str]) -> frozenset[str]:
    """The scopes to take back; to take back `store` is to take back all. Raises Problem."""
    scopes = frozenset(names)
    unknown = sorted(scopes - CONSENT_SCOPE.keys())
    if unknown:
        raise Problem(INVALID_PARAMETER, name="scopes", reason=", ".join(CONSENT_SCOPE))
    if "store" in scopes:
        return EVERYTHING
    return scopes | frozenset(MEDIA if "publish_media" in scopes else ())


def is_their_own(actor_id: int | None, submitters: Collection[int | None]) -> bool:
    """Whether an advocate sent what is to be taken back: the first version of each record."""
    return actor_id is not None and set(submitters) == {actor_id}


RECORDS = "records"


def records_of(uses: Mapping[str, Any]) -> frozenset[uuid.UUID]:
    """The records for which a withdrawal waits; none where it waits with a code, or no more."""
    return frozenset(uuid.UUID(hex=one) for one in uses.get(RECORDS, ()))
