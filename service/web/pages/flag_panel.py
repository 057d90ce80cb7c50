"""What a record's page says of its flags: each explained, and a button for whoever looked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from service.accounts.reach import Reach
from service.review.actions import flagging
from service.review.flags.kinds import Reason
from service.web.pages import frame
from service.web.pages.texts import text


def panel(
    session: Any, project_id: int, submission_pk: uuid.UUID, reach: Reach
) -> list[dict[str, Any]]:
    """For the template: of a version its flags, the sentences that explain each, and the record
    that it is compared with, where the reader may see that."""
    found = flagging.tell(session, project_id, submission_pk, reach)
    return [
        {"flag": one, "words": explain(one.reasons, frame.page_language()), "other": one.other}
        for one in found
    ]


def explain(reasons: Sequence[Reason], language: str) -> list[str]:
    """Each reason as a sentence."""
    return [text(f"flags.why_{one.why}", language, **one.values) for one in reasons]
