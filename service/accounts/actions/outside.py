"""Roles that read people, given by somebody who reads none there: an administrator, or the host's
shell. Coordinators are told, and where there is or was one, an administrator's waits for her."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from service.accounts import policy, queries, ranks
from service.accounts.actions.invitations import end_open_links
from service.accounts.actor import Actor, Role
from service.accounts.policy import Act
from service.accounts.queries import role_notices
from service.accounts.queries.coordinators import end_if_came_in, has_other_coordinator
from service.accounts.queries.grants import GrantKey, settle_grant
from service.accounts.tables import User
from service.foundation import audit, clock
from service.foundation.problems import COORDINATOR_MAKES_LINK, NOT_ALLOWED, NOT_FOUND, Problem

TOLD = dt.timedelta(days=30)
"""Longer, until a coordinator answers: somebody may be on leave, or was switched off."""


def waits(session: Session, actor: Actor, key: GrantKey) -> bool:
    """Whether the role, given by the actor, waits until a coordinator agrees. What is done in the
    host's shell does not: whoever has it has the data, and somebody must be able to help where the
    only coordinator is lost."""
    _, project_id, role, _ = key
    return (
        actor.id is not None
        and _is_from_outside(actor, role, project_id)
        and has_other_coordinator(session, key)
    )


def note(session: Session, actor: Actor, key: GrantKey, now: dt.datetime) -> None:
    """Let coordinators know, where there is something to know. Of the first people of a project
    there is nothing: nobody is there yet to whom it would be news from the shell."""
    _, project_id, role, _ = key
    if not _is_from_outside(actor, role, project_id):
        return
    if actor.id is not None or has_other_coordinator(session, key):
        role_notices.insert_notice(session, key, actor.id, now)


def _is_from_outside(actor: Actor, role: Role, project_id: int) -> bool:
    return role in policy.READS_PEOPLE and not ranks.reads_people(actor, project_id)


def may_link(session: Session, actor: Actor, user_id: int) -> bool:
    """Whether the actor may make a link for somebody. Where nothing but the link lets her in, and
    she reads people whom the actor does not read, a coordinator makes it: whoever makes a link can
    open it. Of whoever came in already that holds where nobody else coordinates, too: she would be
    taken over, and it is no beginning that would be held up."""
    if actor.id is None or queries.find_factor(session, user_id) is not None:
        return True
    came_in = session.get_one(User, user_id).password_hash is not None
    return not any(
        role in policy.READS_PEOPLE
        and not ranks.reads_people(actor, project_id)
        and (came_in or has_other_coordinator(session, (user_id, project_id, role, area)))
        for project_id, role, area in queries.list_holding(session, user_id)
    )


def end_links(session: Session, actor: Actor, role: Role, project_id: int, user_id: int) -> None:
    """A link that lies about when somebody here gives (or agrees to) a role that reads people, and
    that alone would let its holder in, ends: who made it might read by it. Hers is made anew."""
    if role not in policy.READS_PEOPLE or not ranks.reads_people(actor, project_id):
        return
    if queries.find_factor(session, user_id) is None:
        end_open_links(session, user_id)


def take(session: Session, actor: Actor, key: GrantKey) -> bool:
    """Take a role away. A coordinator's stays as one that is over, unless the host's shell takes
    it: who gives roles afterwards is to find that there was one. False where it is gone already."""
    if actor.id is not None and key[2] is Role.COORDINATOR:
        ended = end_if_came_in(session, key, clock.now())
        if ended is not None:
            return ended
    return queries.delete_grant(session, key)


def demand_may_link(session: Session, actor: Actor, user_id: int) -> None:
    """Raises COORDINATOR_MAKES_LINK."""
    if not may_link(session, actor, user_id):
        raise Problem(COORDINATOR_MAKES_LINK)


def answer_role(
    session: Session, actor: Actor, project_id: int, notice_id: int, *, agrees: bool | None
) -> None:
    """Agree to a role that was given from outside, or end it; or (None) say that one knows of one
    that holds or is over. Again is no error, and what became of it meanwhile stays. Raises
    NOT_FOUND; NOT_ALLOWED about oneself."""
    policy.demand(actor, Act.ROLE_ANSWER, project_id)
    told = role_notices.find_notice(session, project_id, notice_id)
    if told is None:
        raise Problem(NOT_FOUND)
    if told.user_id == actor.id:
        raise Problem(NOT_ALLOWED)
    key = (told.user_id, project_id, Role(told.role), told.area)
    if agrees is None:
        is_done = told.answered_at is None
    else:
        is_done = settle_grant(session, key) if agrees else _end(session, key, told.given_at)
    if not is_done:
        return
    if agrees:
        end_links(session, actor, Role(told.role), project_id, told.user_id)
    told.answered_by, told.answered_at = actor.id, clock.now()
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.ROLE_ANSWER,
        subject=told.user_id,
        role=told.role,
        answer={True: "agree", False: "end", None: "known"}[agrees],
        **({"area": told.area} if told.area else {}),
    )


def _end(session: Session, key: GrantKey, given_at: dt.datetime) -> bool:
    """Only what was told of: a role that somebody here gave since then is another."""
    return queries.delete_grant(session, key, given_at)
