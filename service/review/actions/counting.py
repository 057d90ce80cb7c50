"""The verb by which a project says what its figures count."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import queries
from service.facts.circumstances import PHNOM_PENH
from service.facts.counting import Counting, Policy
from service.foundation import audit, clock
from service.foundation.problems import COUNTING_CHANGED_LATELY, Problem


def get_policy(session: Session, actor: Actor, project_id: int) -> Policy:
    policy.demand(actor, Act.FIGURES_READ, project_id)
    return queries.find_policy(session, project_id)


def set_policy(session: Session, actor: Actor, project_id: int, counting: Counting) -> None:
    """Count so from the commit on. Raises COUNTING_CHANGED_LATELY: see `counting.PAUSE`."""
    policy.demand(actor, Act.COUNTING_SET, project_id)
    before, now = queries.find_policy(session, project_id, lock=True), clock.now()
    if before.counting is counting:
        return
    from_then = before.may_change_from()
    if from_then is not None and now < from_then:
        day = from_then.astimezone(PHNOM_PENH).date()
        raise Problem(COUNTING_CHANGED_LATELY, day=day.isoformat())
    queries.put_policy(session, project_id, counting, now, actor.id)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.COUNTING_SET,
        subject=project_id,
        before=before.counting.value,
        counting=counting.value,
    )
