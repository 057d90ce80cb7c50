"""Where a record stands on its way through review. Pure.

A record is received, somebody takes it on, and decides: approved, returned to whoever sent it, or
rejected. ODK Central's clients know four words and none (docs/decisions/0053-review.md says how
the two are told apart).
"""

from __future__ import annotations

import enum
import uuid

from service.facts import counting


class ReviewState(enum.StrEnum):
    """Words of ODK Central; none means that nobody has said anything yet."""

    EDITED = "edited"
    HAS_ISSUES = "hasIssues"
    REJECTED = "rejected"
    APPROVED = "approved"


class Stage(enum.StrEnum):
    """The same as our pages and the sync API say it."""

    RECEIVED = "received"
    EDITED = "edited"
    """Received anew: what it says was changed since somebody decided, or before anybody did."""
    IN_REVIEW = "in_review"
    """Somebody took it on. Central's clients read of it as before."""
    APPROVED = "approved"
    RETURNED = "returned"
    """With reasons, to whoever sent it; Central's `hasIssues`."""
    REJECTED = "rejected"


class What(enum.StrEnum):
    """One step of a record's history. (What arrived, its versions tell.)"""

    TAKEN_ON = "taken_on"
    LET_GO = "let_go"
    AGREED_TO = "agreed_to"
    """Approved by one, where two must: it waits for the second."""
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    REOPENED = "reopened"
    """What was decided was taken back, or another version was put in its place."""
    REMOVED = "removed"
    RESTORED = "restored"


class Reason(enum.StrEnum):
    """Why a record is returned or rejected. A list, for phones are told it in clear: a sentence
    might name somebody. What else there is to say is a comment, which is sealed."""

    INCOMPLETE = "incomplete"
    UNCLEAR = "unclear"
    CONTRADICTS = "contradicts"
    CONSENT = "consent"
    PLACE = "place"
    DATES = "dates"
    PERSONS = "persons"
    NEEDS = "needs"
    FILES = "files"
    DUPLICATE = "duplicate"
    PRACTICE = "practice"
    CALL = "call"
    """What it is cannot be said here: the worker is to call the office."""


DECISIONS = (Stage.APPROVED, Stage.RETURNED, Stage.REJECTED)
WANT_REASON = frozenset({Stage.RETURNED, Stage.REJECTED})
WHAT = {
    Stage.APPROVED: What.APPROVED,
    Stage.RETURNED: What.RETURNED,
    Stage.REJECTED: What.REJECTED,
    Stage.RECEIVED: What.REOPENED,
    Stage.EDITED: What.REOPENED,
}
_STAGES = {
    None: Stage.RECEIVED,
    ReviewState.EDITED: Stage.EDITED,
    ReviewState.APPROVED: Stage.APPROVED,
    ReviewState.HAS_ISSUES: Stage.RETURNED,
    ReviewState.REJECTED: Stage.REJECTED,
}
WORDS: dict[Stage, ReviewState | None] = {stage: word for word, stage in _STAGES.items()}
"""Stage -> Central's word; of one in review it is the word from before."""
_STANDING = {ReviewState.APPROVED: counting.APPROVED, ReviewState.REJECTED: counting.REJECTED}


def present_state(
    record_pk: uuid.UUID,
    current_pk: uuid.UUID,
    decided: ReviewState | None,
    looked_at: uuid.UUID | None,
) -> ReviewState | None:
    """Of a record whose present version is `current_pk`. What was decided (if `looked_at`) holds
    for the version that was looked at: a later one is edited, whoever sent it, until somebody
    looks again."""
    if looked_at == current_pk:
        return decided
    return None if current_pk == record_pk else ReviewState.EDITED


def stage_of(state: ReviewState | None, *, has_owner: bool = False) -> Stage:
    """Of a present state (`present_state`). `has_owner`: somebody took this very version on."""
    is_open = state in (None, ReviewState.EDITED)
    return Stage.IN_REVIEW if is_open and has_owner else _STAGES[state]


def standing_of(state: ReviewState | None, *, is_copied: bool = False) -> str:
    """How the facts of the version stand. What was decided on another server rejects, and approves
    nothing: nobody here has looked."""
    if is_copied and state is ReviewState.APPROVED:
        return counting.RECEIVED
    return _STANDING.get(state, counting.RECEIVED) if state else counting.RECEIVED
