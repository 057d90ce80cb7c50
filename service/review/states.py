"""What a look at a record found. Pure."""

from __future__ import annotations

import enum
import uuid


class ReviewState(enum.StrEnum):
    """Words of ODK Central; none means that nobody has said anything yet."""

    EDITED = "edited"
    HAS_ISSUES = "hasIssues"
    REJECTED = "rejected"
    APPROVED = "approved"


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
