"""What a project counts today."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from service.facts.counting import Counting
from service.facts.queries import find_policy
from service.foundation import clock
from service.indicators.counting import Scope

CAMBODIA = dt.timezone(dt.timedelta(hours=7))


def scope_of(session: Session, project_id: int) -> Scope:
    """All that is on record, as the project counts it, and consents allow it today."""
    counting = find_policy(session, project_id).counting
    return Scope(
        project_id=project_id,
        as_of=day_in_cambodia(),
        approved_only=counting is Counting.APPROVED_ONLY,
    )


def day_in_cambodia() -> dt.date:
    """Today."""
    return clock.now().astimezone(CAMBODIA).date()
