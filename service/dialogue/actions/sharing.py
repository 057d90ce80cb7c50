"""Links for a partner: some of its promises and the releases it may see, without signing in."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import credentials, policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.dialogue import partners as rules
from service.dialogue.actions import figures, promising
from service.dialogue.actions.promising import PromiseTold
from service.dialogue.partners import Partner
from service.dialogue.queries import links
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries.promises import Filters
from service.dialogue.since import Frozen, in_force
from service.dialogue.tables import Link
from service.disclosure.rules import Audience
from service.foundation import audit, clock, ids, throttling
from service.foundation.db import unit_of_work
from service.foundation.problems import INVALID_PARAMETER, LINK_OVER, NOT_FOUND, Problem
from service.persons.actions import today

LONGEST_DAYS, USUAL_DAYS = 180, 30
MOST_PROMISES, MOST_LISTED = 100, 200
OPENED_PER_NETWORK, OPENED_IN_ALL = 60, 600
"""In a minute."""


@dataclass(frozen=True, kw_only=True)
class LinkGiven:
    """What a link is to show, to whom, for how many days."""

    partner: str
    audience: Audience
    promises: Collection[uuid.UUID]
    days: int = USUAL_DAYS


def make_link(
    session: Session, actor: Actor, project_id: int, given: LinkGiven
) -> tuple[uuid.UUID, str]:
    """(its key, the token, which is told this once). Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.DIALOGUE_SHARE, project_id=project_id)
    partner = partner_queries.all_of(session, project_id).get(given.partner)
    if partner is None:
        raise Problem(INVALID_PARAMETER, name="partner", reason="a partner of the project")
    if given.audience not in figures.INSIDE or not rules.may_see(partner, given.audience):
        reason = "public; or partner, of a partner with an agreement on sharing information"
        raise Problem(INVALID_PARAMETER, name="audience", reason=reason)
    if not 1 <= given.days <= LONGEST_DAYS:
        raise Problem(INVALID_PARAMETER, name="days", reason=f"1 to {LONGEST_DAYS}")
    chosen = frozenset(given.promises)
    theirs = _promises(session, project_id, partner.code, chosen, given.audience)
    if not 0 < len(chosen) <= MOST_PROMISES or len(theirs) < len(chosen):
        reason = f"1 to {MOST_PROMISES} promises of this partner"
        raise Problem(INVALID_PARAMETER, name="promises", reason=reason)
    token, link_pk, now = credentials.new_link_token(), ids.new_uuid(), clock.now()
    row = {
        "project_id": project_id,
        "link_pk": link_pk,
        "token_sha256": _sha256(token),
        "partner": partner.code,
        "audience": given.audience,
        "made_by": actor.id,
        "made_at": now,
        "expires_at": now + dt.timedelta(days=given.days),
    }
    links.insert(session, row, chosen)
    _note(session, actor, project_id, link_pk, "made", partner=partner.code, days=given.days,
          audience=given.audience.value, promises=len(chosen))  # fmt: skip
    return link_pk, token


@dataclass(frozen=True, kw_only=True)
class LinkTold:
    """A link, without what opens it."""

    link_pk: uuid.UUID
    partner: str
    audience: Audience
    made_at: dt.datetime
    made_by: int | None
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    is_open: bool
    opened: int
    opened_on: dt.date | None
    promises: int


def list_links(session: Session, actor: Actor, project_id: int) -> list[LinkTold]:
    """The newest first."""
    policy.demand(actor, Act.DIALOGUE_READ, project_id=project_id)
    rows, now = links.list_links(session, project_id, MOST_LISTED), clock.now()
    chosen = links.promises_of(session, project_id, [one.link_pk for one in rows])
    return [
        LinkTold(
            link_pk=one.link_pk,
            partner=one.partner,
            audience=one.audience,
            made_at=one.made_at,
            made_by=one.made_by,
            expires_at=one.expires_at,
            ended_at=one.ended_at,
            is_open=one.ended_at is None and one.expires_at > now,
            opened=one.opened,
            opened_on=one.opened_on,
            promises=len(chosen.get(one.link_pk, ())),
        )
        for one in rows
    ]


def end_link(session: Session, actor: Actor, project_id: int, link_pk: uuid.UUID) -> None:
    """From now on it opens nothing. Again is no error. Raises NOT_FOUND."""
    policy.demand(actor, Act.DIALOGUE_CHANGE, project_id=project_id)
    done = links.end(session, project_id, link_pk, clock.now())
    if done is None:
        raise Problem(NOT_FOUND)
    if done:
        _note(session, actor, project_id, link_pk, "ended")


# --- for whoever has the link ---------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the link shows: nothing of anybody else, and no word that is for the team alone."""

    partner: Partner
    audience: Audience
    expires_at: dt.datetime
    promises: Sequence[PromiseTold] = field(repr=False)
    releases: Sequence[Frozen] = field(repr=False)


def open_link(project_id: int, token: str, *, network: str) -> Shared:
    """Each opening is counted, and nothing kept of whoever opens. Raises NOT_FOUND, LINK_OVER,
    TOO_MANY_REQUESTS."""
    _pace(network)
    with unit_of_work() as session:
        link = _find(session, project_id, token)
        links.count_opening(session, project_id, link.link_pk, today())
        chosen = links.promises_of(session, project_id, [link.link_pk])[link.link_pk]
        return Shared(
            partner=_partner(session, project_id, link),
            audience=link.audience,
            expires_at=link.expires_at,
            promises=_promises(session, project_id, link.partner, chosen, link.audience),
            releases=_releases(session, project_id, link),
        )


def open_release(project_id: int, token: str, number: int, *, network: str) -> Frozen:
    """One of its releases. Raises as `open_link`; NOT_FOUND for what this audience does not see."""
    _pace(network)
    with unit_of_work() as session:
        link = _find(session, project_id, token)
        for one in _releases(session, project_id, link):
            if one.number == number:
                return one
    raise Problem(NOT_FOUND)


def _pace(network: str) -> None:
    with unit_of_work() as session:
        throttling.count(session, f"shared/{network}", most=OPENED_PER_NETWORK)
        throttling.count(session, "shared", most=OPENED_IN_ALL)


def _find(session: Session, project_id: int, token: str) -> Link:
    found = links.find(session, project_id, _sha256(token))
    if found is None:
        raise Problem(NOT_FOUND)
    partner = _partner(session, project_id, found)
    is_over = found.ended_at is not None or found.expires_at <= clock.now()
    if is_over or not rules.may_see(partner, found.audience):  # the agreement ended
        raise Problem(LINK_OVER)
    return found


def _partner(session: Session, project_id: int, link: Link) -> Partner:
    found: Mapping[str, Partner] = partner_queries.all_of(session, project_id)
    if link.partner not in found:
        raise Problem(LINK_OVER)
    return found[link.partner]


def _releases(session: Session, project_id: int, link: Link) -> list[Frozen]:
    """The newest first."""
    shown = figures.published(session, project_id, figures.seen_by(link.audience))
    return list(reversed(in_force(shown)))


def _promises(
    session: Session,
    project_id: int,
    partner: str,
    chosen: frozenset[uuid.UUID],
    audience: Audience,
) -> list[PromiseTold]:
    filters = Filters(partner=partner, keys=chosen)
    return promising.told(session, project_id, filters, figures.seen_by(audience))


def _sha256(token: str) -> str:
    return credentials.token_sha256(token).hex()


def _note(
    session: Session,
    actor: Actor,
    project_id: int,
    link_pk: uuid.UUID,
    what: str,
    **more: object,
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.DIALOGUE_SHARE,
        subject=link_pk,
        what=what,
        **more,
    )
