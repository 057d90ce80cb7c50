"""Sentences of leaders, used: what somebody said with their signature, and let be published with
their name. Written down as every use is, so that whoever takes it back is told where it went."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.foundation import audit, clock, ids, keys
from service.foundation.problems import CONSENT_MISSING, NOT_FOUND, REVIEW_OUTDATED, Problem
from service.persons.actions import today
from service.testimonies.actions.desk import note_reading, record_key
from service.testimonies.queries import texts, uses
from service.testimonies.terms import Audience, Means, Naming
from service.treaty.actions import quoting
from service.treaty.actions.quoting import Quote
from service.treaty.queries import quotes
from service.treaty.queries.quotes import Leader

MOST_LISTED = 50
_BEYOND = {Audience.ABROAD: Purpose.ABROAD, Audience.GOVERNMENT: Purpose.GOVERNMENT}
"""What must be allowed beside the name, which is published for anybody in the country."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    quote: Quote
    digest: str
    """Stand-in of name and words as they were read."""
    submission_pk: uuid.UUID


def find(
    session: Session, project_id: int, signer_pk: uuid.UUID, audience: Audience
) -> Leader | None:
    """The leader, where the sentence may be used so today."""
    found = quotes.list_leaders(session, project_id, today(), limit=1, signer_pk=signer_pk)
    allowed = _allowing(session, project_id, found, [audience])
    return allowed[0] if allowed else None


def list_leaders(
    session: Session, actor: Actor, project_id: int, audiences: Collection[Audience]
) -> list[Leader]:
    """Whose sentence may be used before all of these today; codes alone."""
    policy.demand(actor, Act.TESTIMONY_LIBRARY, project_id)
    if not policy.reach(actor, Act.TESTIMONY_LIBRARY, project_id).is_whole:
        return []  # signatures have no area of somebody's
    found = quotes.list_leaders(session, project_id, today(), limit=MOST_LISTED)
    return _allowing(session, project_id, found, audiences)


def _allowing(
    session: Session, project_id: int, leaders: list[Leader], audiences: Collection[Audience]
) -> list[Leader]:
    purposes = [_BEYOND[one] for one in sorted(audiences) if one in _BEYOND]
    if not (purposes and leaders):
        return leaders
    keys_ = {one.submission_pk for one in leaders}
    allowed = facts.allowed_of_many(session, project_id, keys_, purposes, today())
    return [
        one
        for one in leaders
        if allowed.get(one.submission_pk, facts.NOT_ASKED).purposes.issuperset(purposes)
    ]


def open_leader(
    session: Session,
    actor: Actor,
    project_id: int,
    signer_pk: uuid.UUID,
    audiences: Collection[Audience],
) -> Opened:
    """Name and sentence. Every look is an entry. Raises NOT_FOUND for nobody's, CONSENT_MISSING."""
    opened = look_at(session, actor, project_id, signer_pk, audiences)
    note_reading(session, actor, project_id, opened.submission_pk, Purpose.NAME, named=True)
    return opened


def look_at(
    session: Session,
    actor: Actor,
    project_id: int,
    signer_pk: uuid.UUID,
    audiences: Collection[Audience],
) -> Opened:
    """The same for whoever draws pages before anybody is shown them. No entry: `open_leader` and
    `use` write it before the pages leave."""
    policy.demand(actor, Act.TESTIMONY_USE, project_id)
    if not policy.reach(actor, Act.IDENTITY_READ, project_id).is_whole:
        raise Problem(CONSENT_MISSING)
    found = quotes.list_leaders(session, project_id, today(), limit=1, signer_pk=signer_pk)
    if not found:
        raise Problem(NOT_FOUND)
    if not _allowing(session, project_id, found, audiences):
        raise Problem(CONSENT_MISSING)
    (leader,) = found
    quote = quoting.sentence(session, project_id, leader)
    if quote is None:
        raise Problem(NOT_FOUND)
    return Opened(quote=quote, digest=_digest(signer_pk, quote), submission_pk=leader.submission_pk)


def use(
    session: Session,
    actor: Actor,
    project_id: int,
    signer_pk: uuid.UUID,
    audience: Audience,
    means: Means,
    whither: str,
    seen: str,
    use_pk: uuid.UUID | None = None,
) -> uuid.UUID:
    """Write a use down; refused where it is not allowed at this moment. `use_pk`: the key that it
    gets, where something names it already. Raises as `open_leader`, and REVIEW_OUTDATED where the
    sentence is another by now."""
    opened = open_leader(session, actor, project_id, signer_pk, [audience])
    if opened.digest != seen:
        raise Problem(REVIEW_OUTDATED)
    leader = find(session, project_id, signer_pk, audience)
    if leader is None:
        raise Problem(CONSENT_MISSING)
    record_pk = record_key(session, project_id, leader.submission_pk)
    if texts.find_record(session, project_id, record_pk, lock=True) is None:
        raise Problem(NOT_FOUND)
    use_pk = use_pk or ids.new_uuid()
    uses.insert(
        session,
        {
            "project_id": project_id,
            "use_pk": use_pk,
            "record_pk": record_pk,
            "version_pk": None,
            "audience": audience.value,
            "naming": Naming.FULL_NAME.value,
            "means": means.value,
            "whither": whither,
            "digest": opened.digest,
            "used_by": actor.id,
            "used_at": clock.now(),
        },
    )
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TESTIMONY_USE,
        subject=use_pk,
        what="used",
        means=means.value,
        audience=audience.value,
        naming=Naming.FULL_NAME.value,
    )
    return use_pk


def _digest(signer_pk: uuid.UUID, quote: Quote) -> str:
    said = keys.current().stand_in("leader", signer_pk, quote.name, quote.role, quote.words)
    return said.hex()
