"""Whose names somebody sees in a list, and what a program may not do to what it does not see."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import SITE, Actor, Role
from service.accounts.policy import Act
from service.entities.actions.phones import consents_for
from service.entities.queries import by_record, listing
from service.entities.queries.lists import ListRef
from service.entities.queries.storing import Found
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.foundation.problems import ENTITY_MASKED, Problem


def may_see_names(actor: Actor, project_id: int) -> bool:
    """Whether labels and properties of people may be shown now: to the shell, to scripts with that
    scope, to coordinators who gave a code minutes ago."""
    if not policy.may(actor, Act.ENTITY_NAMES, project_id):
        return False
    is_person = actor.scopes is None and Role.SYSTEM not in actor.roles_in(SITE)
    return actor.is_fresh or not is_person


def shown(
    session: Session, ref: ListRef, purpose: Purpose | None, entities: Sequence[Found]
) -> frozenset[uuid.UUID]:
    """Those whose values are seen by somebody who reads names for a purpose, or none (None): by
    what the list tells, by where they come from, and by what their people allowed."""
    everybody = frozenset(one.entity_pk for one in entities)
    if ref.telling is Telling.NOBODY:
        return everybody
    if purpose is None and ref.telling is Telling.PEOPLE:
        return frozenset()
    given = by_record.records_of(session, ref.project_id, everybody)
    if purpose is None:
        return everybody - given.keys()
    records = frozenset(one for of in given.values() for one in of)
    standing = by_record.standing_records(session, ref.project_id, records)
    allowed, asked = consents_for(session, ref.project_id, standing, purpose)
    seen = {
        one for one in records if one in standing and (one in allowed or one not in asked)
    }  # of a removed record nobody may be told, whoever else gave to the entity (`may_hold`)
    return frozenset(one for one in everybody if given.get(one, set()) <= seen)


def demand_seen(session: Session, actor: Actor, ref: ListRef, those: Sequence[Found]) -> None:
    """A script does not delete whom it sees masked: it compared a table of IDs with one of names
    (pyodk's `merge`), and would empty the list. Raises ENTITY_MASKED."""
    if actor.scopes is None:
        return
    purpose = Purpose.WORK if may_see_names(actor, ref.project_id) else None
    seen = shown(session, ref, purpose, those)
    if any(one.entity_pk not in seen for one in those):
        raise Problem(ENTITY_MASKED)


def demand_to_add(session: Session, actor: Actor, ref: ListRef) -> None:
    """Nor does it add where it sees somebody masked: it cannot know who is there already. An empty
    list it may fill. The list is locked. Raises ENTITY_MASKED."""
    if actor.scopes is None or may_see_names(actor, ref.project_id):
        return
    at = (session, ref.project_id, ref.list_pk)
    if (ref.telling is Telling.PEOPLE and listing.count(*at, most=1)) or (
        ref.telling is Telling.UNDECLARED and by_record.holds_of_records(*at)
    ):
        raise Problem(ENTITY_MASKED)
