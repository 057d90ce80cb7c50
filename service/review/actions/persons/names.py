"""What people of visits are called: for a purpose that they allowed, and that the log keeps."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.persons import actions as persons
from service.persons.queries.visits import Visit
from service.review import classes
from service.review.actions import records as review
from service.review.queries import records

PURPOSES = tuple(
    purpose for purpose, opened in classes.OPENED.items() if Sensitivity.IDENTITY in opened
)
"""For which names are shown."""


@dataclass(frozen=True, kw_only=True)
class NameTold:
    """`name` as it was written down; None where it may not be seen for this purpose."""

    name: str | None = field(repr=False)


def purpose_of(given: str) -> Purpose:
    """Raises INVALID_PARAMETER."""
    if given not in PURPOSES:
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(PURPOSES))
    return Purpose(given)


def open_names(
    session: Session,
    actor: Actor,
    project_id: int,
    visits: Collection[Visit],
    purpose: Purpose,
) -> dict[uuid.UUID, NameTold]:
    """Of each of these visits. Each record is looked at by the rule of all looks at a record, and
    is an entry of its own. Raises what `policy` raises."""
    policy.demand(actor, Act.IDENTITY_READ, project_id)
    open_records = [
        version
        for version in sorted({one.submission_pk for one in visits})
        if _sees(session, actor, project_id, version, purpose)
    ]
    told = persons.tell(session, project_id, open_records)
    names = {(one.submission_pk, one.standing.ordinal): one.name for one in told}
    return {
        one.mention_pk: NameTold(name=names.get((one.submission_pk, one.ordinal))) for one in visits
    }


def _sees(
    session: Session, actor: Actor, project_id: int, version: uuid.UUID, purpose: Purpose
) -> bool:
    record = records.find_by_key(session, project_id, version)
    if record is None:
        return False
    policy.demand_thing(actor, Act.IDENTITY_READ, project_id, record.thing)
    sight = review.look(session, actor, project_id, record, purpose)
    return Sensitivity.IDENTITY in sight.seen
