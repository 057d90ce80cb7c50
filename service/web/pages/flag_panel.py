"""What a record's page says of its flags: each explained, and a button for whoever looked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from service.accounts.reach import Reach
from service.review import queries as rights
from service.review.actions import flagging
from service.review.flags.kinds import Reason
from service.review.queries.flags import FlagTold
from service.web.pages import frame
from service.web.pages.texts import text


def panel(
    session: Any, project_id: int, submission_pk: uuid.UUID, reach: Reach
) -> list[dict[str, Any]]:
    """For the template: of a version its flags, the sentences that explain each, and the record
    that it is compared with, where the reader may see that."""
    found = flagging.tell(session, project_id, submission_pk)
    near = [other for one in found if (other := other_of(one)) is not None]
    reached = rights.list_reached(session, project_id, near, reach) if near else set()
    return [
        {
            "flag": one,
            "words": explain(one.reasons, frame.page_language()),
            "other": other if (other := other_of(one)) in reached else None,
        }
        for one in found
    ]


def explain(reasons: Sequence[Reason], language: str) -> list[str]:
    """Each reason as a sentence."""
    return [text(f"flags.why_{one.why}", language, **one.values) for one in reasons]


def other_of(flag: FlagTold) -> uuid.UUID | None:
    """The record with which it was compared."""
    keys = (one.values.get("other") for one in flag.reasons)
    return next((uuid.UUID(hex=key) for key in keys if key), None)
