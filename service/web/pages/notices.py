"""What is told on Today unasked: each notice to those who can act on it, as long as it matters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from service.accounts import actions, policy
from service.accounts import queries as accounts
from service.accounts.policy import Act
from service.accounts.queries.role_notices import RoleTold, list_notices
from service.accounts.reach import Reach
from service.checkup import looking
from service.checkup.checks import findings
from service.checkup.vitals import Finding
from service.entities.queries import holders, lists
from service.forms import queries as forms
from service.foundation.db import reading
from service.intake.queries import alarms
from service.review import browsing
from service.review.queries import readings
from service.web import asking
from service.web.asking import settings
from service.web.identify import actor
from service.web.pages import frame, wording

WATCHED = dt.timedelta(days=7)
"""How long coordinators are told that somebody read of many people at once."""
TOLD_BELOW = frozenset({"queue", "quarantine"})
TOLD_FOR = dt.timedelta(days=30)
"""How long of keys and phones: somebody may be on leave."""


def notices(project_id: int, now: dt.datetime) -> dict[str, Any]:
    """For `notices.html`: what is empty is not shown."""

    def may(act: Act) -> bool:
        return policy.may(actor(), act, project_id)

    since = now - TOLD_FOR
    with reading() as session:
        return {
            "findings": _findings(project_id) if may(Act.HEALTH_READ) else [],
            "key_changes": forms.list_key_changes(session, project_id, since)
            if may(Act.FORM_PUBLISH)
            else [],
            "undeclared": lists.list_undeclared(session, project_id)
            if may(Act.LIST_MANAGE)
            else [],
            "lists_ended": holders.list_ended_by_renewal(session, project_id, since)
            if may(Act.LIST_ALLOW)
            else [],
            "seal_alarms": alarms.list_alarms(session, project_id, since)
            if may(Act.DEVICE_MANAGE)
            and policy.reach(actor(), Act.SUBMISSION_LIST, project_id).is_whole
            else [],
            "bursts": browsing.bursts(readings.list_openings(session, project_id, now - WATCHED))
            if policy.reach(actor(), Act.TESTIMONY_READ, project_id).is_whole
            else [],
            "emergencies": accounts.list_emergencies(
                session, project_id, now - actions.EMERGENCY_TOLD
            )
            if may(Act.ACCESS_EXPLAIN)
            else [],
            "outside": _outside(list_notices(session, project_id, now - actions.ROLES_TOLD, now))
            if may(Act.ROLE_ANSWER)
            else [],
            "outside_here": _outside_here(
                list_notices(session, project_id, now, now),
                policy.reach(actor(), Act.USER_MANAGE, project_id),
            ),
            "outside_days": actions.ROLES_TOLD.days,
            "sees_records": policy.reach(actor(), Act.RECORD_READ, project_id).is_whole,
            "told_days": TOLD_FOR.days,
        }


def _outside_here(told: Sequence[RoleTold], reach: Reach) -> list[tuple[RoleTold, str]]:
    """Those that wait within the areas of somebody who coordinates there: to agree is for whoever
    sees the whole, but she may give the same role herself."""
    if reach.is_whole:
        return []
    return _outside([one for one in told if one.waits and one.area and reach.holds(one.area)])


def _outside(told: Sequence[RoleTold]) -> list[tuple[RoleTold, str]]:
    """Roles that somebody gave who reads nobody here, and where they hold; not the reader's own."""
    language = frame.page_language()
    return [
        (
            one,
            wording.areas([one.area], language) if one.area else frame.say("access.whole_project"),
        )
        for one in told
        if one.user_id != actor().id
    ]


def _findings(project_id: int) -> list[Finding]:
    """What is not well; what waits for a person is told below to whoever sees what arrives."""
    found = findings(looking.look(settings(), asking.blobs(), project_id))
    sees_what_waits = policy.reach(actor(), Act.SUBMISSION_LIST, project_id).is_whole
    return [one for one in found if not (sees_what_waits and one.check.name in TOLD_BELOW)]
