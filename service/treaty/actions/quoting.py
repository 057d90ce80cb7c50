"""What leaders say to be read by anybody, with their name: as long as they allow it, and as long as
the office shows it. The words stay sealed in their record and are opened for the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import actions as facts
from service.facts.answers import Values
from service.foundation import audit
from service.foundation.problems import NOT_FOUND, Problem
from service.persons.actions import today
from service.treaty.queries import quotes as queries
from service.treaty.queries.quotes import Leader

MOST_SHOWN, MOST_LETTERS, MOST_OF_A_NAME = 6, 300, 60
"""On the public page, which stays below 60 kB with them."""
MOST_LISTED = 50
Key = tuple[int, uuid.UUID, int]


@dataclass(frozen=True, kw_only=True)
class Quote:
    name: str = field(repr=False)
    role: str = field(repr=False)
    """Title and organisation, as told; may be empty."""
    kind: str
    words: str = field(repr=False)


_opened: dict[Key, Quote | None] = {}
"""What the page shows now, so that it is not opened for everybody who asks. What may no longer be
shown goes with the next who asks."""


def shown(session: Session, project_id: int) -> list[Quote]:
    """For anybody. By consent and status of this moment."""
    leaders = queries.list_leaders(session, project_id, today(), limit=MOST_SHOWN, only_shown=True)
    keys = [(project_id, one.submission_pk, one.ordinal) for one in leaders]
    for gone in [key for key in _opened if key[0] == project_id and key not in keys]:
        _opened.pop(gone, None)
    if missing := [one for one, key in zip(leaders, keys, strict=True) if key not in _opened]:
        _open(session, project_id, missing)
    return [quote for key in keys if (quote := _opened.get(key))]


def _open(session: Session, project_id: int, leaders: list[Leader]) -> None:
    kinds = {(project_id, one.submission_pk, one.ordinal): one.kind for one in leaders}
    wanted = {one.submission_pk for one in leaders}
    for row, said in facts.told_of_signers(session, project_id, wanted):
        for ordinal, values in enumerate(said):
            key = (project_id, row.submission_pk, ordinal)
            if key in kinds:
                _opened[key] = _quote(values, kinds[key])


def sentence(session: Session, project_id: int, leader: Leader) -> Quote | None:
    """One that may be named today, opened for whoever asked whether they may; None where no
    sentence was told, or it went since. Not remembered."""
    for row, said in facts.told_of_signers(session, project_id, {leader.submission_pk}):
        if row.submission_pk == leader.submission_pk and leader.ordinal < len(said):
            return _quote(said[leader.ordinal], leader.kind)
    return None


def _quote(values: Values, kind: str) -> Quote | None:
    """None where no sentence was told, or it went since."""
    words, name = (values.get(tag, "").strip() for tag in ("testimony.quote", "petition.name"))
    if not (words and name):
        return None
    role = (values.get(tag, "").strip() for tag in ("petition.title", "petition.org"))
    return Quote(
        name=name[:MOST_OF_A_NAME],
        role=", ".join(one[:MOST_OF_A_NAME] for one in role if one),
        kind=kind,
        words=words if len(words) <= MOST_LETTERS else words[:MOST_LETTERS].rstrip() + " …",
    )


# --- the office ---------------------------------------------------------------------------------
def list_leaders(session: Session, actor: Actor, project_id: int) -> list[Leader]:
    """Who may be shown; what they said is read on the pages of their records."""
    policy.demand(actor, Act.TREATY_READ, project_id=project_id)
    return queries.list_leaders(session, project_id, today(), limit=MOST_LISTED)


def show(session: Session, actor: Actor, project_id: int, signer_pk: uuid.UUID) -> None:
    """Raises NOT_FOUND for whoever may not be named, or does not count."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    found = queries.list_leaders(session, project_id, today(), limit=1, signer_pk=signer_pk)
    if not found:
        raise Problem(NOT_FOUND)
    queries.show(session, project_id, found[0])
    _record(session, actor, project_id, signer_pk, "quote_shown")


def take_down(session: Session, actor: Actor, project_id: int, signer_pk: uuid.UUID) -> None:
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    queries.take_down(session, project_id, signer_pk)
    _record(session, actor, project_id, signer_pk, "quote_taken_down")


def _record(
    session: Session, actor: Actor, project_id: int, signer_pk: uuid.UUID, what: str
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_DECIDE,
        subject=signer_pk,
        what=what,
    )
