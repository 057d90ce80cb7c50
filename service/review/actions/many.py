"""Many records decided on at once: those of which nothing asks for a closer look."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    NOT_FOUND,
    REVIEW_OUTDATED,
    SECOND_PERSON_NEEDED,
    Kind,
    Problem,
)
from service.intake.queries import copies, listing
from service.intake.queries.listing import Listed
from service.review import queries
from service.review.actions import deciding
from service.review.actions.deciding import Decision, Seen
from service.review.queries import flags

MOST = 50
"""At once: a page of the list."""


class Left(enum.StrEnum):
    """Why one of them was left as it was."""

    NOT_HERE = "not_here"
    """Out of reach, removed, or no record that stands."""
    CONFLICT = "conflict"
    """A copy waits that says otherwise."""
    FILES = "files"
    """Files are still to come."""
    FLAGGED = "flagged"
    """Something about it is odd, and wants a look."""
    NOTICED = "noticed"
    """A rule noticed something (`review.flags`), and nobody has looked at it."""
    OUTDATED = "outdated"
    """Somebody decided, or it was changed, since the list was shown."""
    SAME_PERSON = "same_person"
    """A second person has to agree."""


_LEFT: dict[Kind, Left] = {
    NOT_FOUND: Left.NOT_HERE,
    REVIEW_OUTDATED: Left.OUTDATED,
    SECOND_PERSON_NEEDED: Left.SAME_PERSON,
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What became of one of them."""

    submission_pk: uuid.UUID
    listed: Listed | None
    """None: it is nobody's to see here."""
    left: Left | None = None
    waits: bool = False
    """For a second person."""


def decide(actor: Actor, project_id: int, chosen: Sequence[Seen], decision: Decision) -> list[Told]:
    """The same decision of each, in its own transaction; one answer each, in their order. What is
    not as it was seen, or asks for a closer look, is left as it is."""
    policy.demand(actor, Act.REVIEW_STATE, project_id)
    with reading() as session:
        looked = _look(session, actor, project_id, [one.version for one in chosen])
    return [_decide(actor, project_id, one, looked[one.version], decision) for one in chosen]


Look = tuple[Listed | None, Left | None]


def _look(
    session: Session, actor: Actor, project_id: int, keys: Sequence[uuid.UUID]
) -> dict[uuid.UUID, Look]:
    reach = policy.reach(actor, Act.REVIEW_STATE, project_id)
    reached = queries.list_reached(session, project_id, keys, reach)
    rows = listing.list_keys(session, project_id, reached)
    records = {key: record_pk for key, (record_pk, _) in rows.items()}
    contradicted = copies.are_contradicted(session, project_id, set(records.values()))
    noticed = flags.list_open(session, project_id, reached)
    found: dict[uuid.UUID, Look] = dict.fromkeys(keys, (None, Left.NOT_HERE))
    for key, (record_pk, row) in rows.items():
        is_contradicted = record_pk in contradicted
        found[key] = (row, _why(row, is_contradicted=is_contradicted, is_noticed=key in noticed))
    return found


def _why(row: Listed, *, is_contradicted: bool, is_noticed: bool) -> Left | None:
    if row.deleted_at is not None:
        return Left.NOT_HERE
    if is_contradicted:
        return Left.CONFLICT
    if not row.is_complete:
        return Left.FILES
    if row.flags:
        return Left.FLAGGED
    return Left.NOTICED if is_noticed else None


def _decide(actor: Actor, project_id: int, seen: Seen, look: Look, decision: Decision) -> Told:
    listed, left = look
    if left is not None:
        return Told(submission_pk=seen.version, listed=listed, left=left)
    try:
        with unit_of_work() as session:
            done = deciding.make(session, actor, project_id, seen.version, decision, seen)
    except Problem as problem:
        if problem.kind not in _LEFT:
            raise
        return Told(submission_pk=seen.version, listed=listed, left=_LEFT[problem.kind])
    return Told(submission_pk=seen.version, listed=listed, waits=not done)
