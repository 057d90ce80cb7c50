"""What is told on Today unasked: each notice to those who can act on it, as long as it matters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actions import EMERGENCY_TOLD
from service.accounts.policy import Act
from service.forms import queries as forms
from service.foundation import keys
from service.foundation.db import reading
from service.foundation.keys import recovery
from service.intake.queries import alarms
from service.review import browsing
from service.review import queries as review
from service.web.identify import actor

WATCHED = dt.timedelta(days=7)
"""How long coordinators are told that somebody opened the files of many people at once."""
TOLD_FOR = dt.timedelta(days=30)
"""How long of keys and phones: somebody may be on leave."""


def notices(project_id: int, now: dt.datetime) -> dict[str, Any]:
    """For `notices.html`: what is empty is not shown."""

    def may(act: Act) -> bool:
        return policy.may(actor(), act, project_id)

    since = now - TOLD_FOR
    with reading() as session:
        return {
            "recovery": _recovery(now) if may(Act.HEALTH_READ) else None,
            "key_changes": forms.list_key_changes(session, project_id, since)
            if may(Act.FORM_PUBLISH)
            else [],
            "seal_alarms": alarms.list_alarms(session, project_id, since)
            if may(Act.DEVICE_MANAGE)
            and policy.reach(actor(), Act.SUBMISSION_LIST, project_id).is_whole
            else [],
            "bursts": browsing.bursts(review.list_openings(session, project_id, now - WATCHED))
            if policy.reach(actor(), Act.TESTIMONY_READ, project_id).is_whole
            else [],
            "emergencies": accounts.list_emergencies(session, project_id, now - EMERGENCY_TOLD)
            if may(Act.ACCESS_EXPLAIN)
            else [],
            "told_days": TOLD_FOR.days,
        }


def _recovery(now: dt.datetime) -> str | None:
    """What is still to be done about the recovery key."""
    copy = recovery.find(keys.current())
    if copy is None:
        return "make"
    if copy.is_proven(now):
        return None
    return "prove" if copy.proven_at is None else "prove_again"
