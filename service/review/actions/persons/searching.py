"""Somebody is looked for by name. Nothing holds names in clear: keys of what was typed find
records, and those alone are opened."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.forms.schema import Sensitivity
from service.foundation import audit, keys
from service.foundation.formats.collation import sort_key
from service.foundation.problems import INVALID_PARAMETER, Problem
from service.persons import actions as persons
from service.persons import blocking, names, normal
from service.persons.queries import visits
from service.persons.queries.visits import Found, Visit

OPENED = 200
"""Records that one search opens at most: those whose names share the most sounds."""
SHOWN = 25
PLACES = (2, 4, 6, 8)
"""Digits of the codes of places."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Somebody whose name is like what was typed. `likeness` 0 to 1."""

    visit: Visit
    name: str = field(repr=False)
    likeness: float


@dataclass(frozen=True, kw_only=True)
class Searched:
    """`is_cut`: there are more; a place tells them apart."""

    hits: Sequence[Hit]
    is_cut: bool


def search(
    session: Session, actor: Actor, project_id: int, typed: str, place: str, purpose: Purpose
) -> Searched:
    """Whom the actor may see, for this purpose; one entry each time, without what was typed. Raises
    what `policy` raises; INVALID_PARAMETER for what is no name, and no place."""
    policy.demand(actor, Act.PERSON_SEARCH, project_id)
    policy.demand(actor, Act.IDENTITY_READ, project_id)
    name = normal.read(typed)
    if not name.readings:
        raise Problem(INVALID_PARAMETER, name="name", reason="letters")
    if place and not (place.isascii() and place.isdecimal() and len(place) in PLACES):
        raise Problem(INVALID_PARAMETER, name="place", reason="the code of a place")
    found = _find(session, actor, project_id, name, place, purpose)
    opened = _allowed(session, project_id, found[:OPENED], purpose)
    hits = _rank(session, actor, project_id, name, opened)
    shown = hits[:SHOWN]
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.PERSON_SEARCH,
        subject=project_id,
        purpose=purpose.value,
        classes=Sensitivity.IDENTITY.value,
        records=len({one.visit.record_pk for one in shown}),
    )
    return Searched(hits=shown, is_cut=len(found) > OPENED or len(hits) > SHOWN)


def _find(
    session: Session,
    actor: Actor,
    project_id: int,
    name: normal.Name,
    place: str,
    purpose: Purpose,
) -> list[Found]:
    wanted = blocking.search_keys(project_id, name, place, keys.current().stand_in)
    reach = policy.reach(actor, Act.PERSON_SEARCH, project_id)
    on = persons.today()
    return visits.search(
        session, project_id, wanted, reach, purpose, on, under=place, limit=OPENED + 1
    )


def _allowed(
    session: Session, project_id: int, found: Sequence[Found], purpose: Purpose
) -> list[Found]:
    """Those of whose record everybody for whom it speaks allowed it."""
    wanted = list(dict.fromkeys((Purpose.CODES, purpose)))
    versions = {one.submission_pk for one in found}
    on = persons.today()
    may = facts.allowed_of_many(session, project_id, versions, wanted, on) if versions else {}
    return [
        one for one in found if may.get(one.submission_pk, facts.NOT_ASKED).purposes >= {*wanted}
    ]


def _rank(
    session: Session, actor: Actor, project_id: int, name: normal.Name, found: Sequence[Found]
) -> list[Hit]:
    """The likeliest first; whose name is not like it is not among them."""
    told = persons.tell(session, project_id, {one.submission_pk for one in found})
    by_place = {(one.submission_pk, one.standing.ordinal): one for one in told}
    reach = policy.reach(actor, Act.IDENTITY_READ, project_id)
    mention_pks = [one.mention_pk for one in found]
    seen = visits.list_visits(session, project_id, mention_pks, reach, persons.today())
    hits = []
    for one in found:
        person = by_place.get((one.submission_pk, one.ordinal))
        visit = seen.get(one.mention_pk)
        if person is not None and visit is not None:
            likeness = names.likeness(name, person.described.name).score
            if likeness >= names.PERHAPS:
                hits.append(Hit(visit=visit, name=person.name, likeness=likeness))
    return sorted(hits, key=_rank_of)


def _rank_of(hit: Hit) -> tuple[float, bytes, int, uuid.UUID]:
    """Of those who are equally like, as a dictionary has them; of one spelling the newest visit."""
    visit = hit.visit
    return -hit.likeness, sort_key(hit.name), -visit.happened_on.toordinal(), visit.mention_pk
