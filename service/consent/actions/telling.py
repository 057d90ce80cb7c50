"""What people are told of a withdrawal, on the page and on the paper."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor, Role
from service.accounts.policy import Act
from service.consent import queries, requests, withdrawal
from service.consent.requests import Reason, Status
from service.consent.tables import Withdrawal
from service.consent.withdrawal import Dates
from service.facts import queries as fact_queries
from service.facts.circumstances import PHNOM_PENH
from service.facts.scopes import scopes_of
from service.foundation import keys
from service.foundation.keys import recovery
from service.foundation.problems import NOT_FOUND, Problem
from service.testimonies.queries import uses
from service.testimonies.terms import RECALLABLE


@dataclass(frozen=True, kw_only=True)
class Told:
    """One withdrawal. Names nobody."""

    id: uuid.UUID
    asked_at: dt.datetime
    channel: str
    reason: Reason
    status: Status
    scopes: tuple[str, ...]
    """What was taken back; () = everything."""
    ends_on: dt.date | None
    """After which day, where not at once."""
    instances: int
    """Erased or narrowed; of a code that waits, how many records carry it."""
    counted: tuple[str, ...]
    """The kinds of facts that figures had counted: persons, needs, signatures."""
    acts: tuple[dict[str, Any], ...]
    """[{act, times, first, last, is_wide, records}]: what the audit log knows it was used in."""
    first_received_on: dt.date | None
    dates: Dates | None
    """Once it is erased; None before, and where a record stays."""
    is_open: bool
    """Until `unreadable_on` an older copy of the key store would still open an old backup."""
    records: tuple[uuid.UUID, ...] = ()
    """Those for which it waits."""
    stories: tuple[Gone, ...] = ()
    """Where what was told had been published or printed."""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A use of a text or a file that ended by a withdrawal."""

    medium: str
    means: str
    whither: str
    on: dt.date
    is_recalled: bool
    """Taken down at once; what was printed or said cannot be."""


def tell(session: Session, actor: Actor, project_id: int, withdrawal_pk: uuid.UUID) -> Told:
    """Raises NOT_FOUND, for one that somebody else wrote down, too, to who sees only their own."""
    policy.demand(actor, Act.WITHDRAWAL_READ, project_id)
    row = queries.find_withdrawal(session, project_id, withdrawal_pk)
    if row is None or not _may_see(actor, project_id, row):
        raise Problem(NOT_FOUND)
    told = replace(
        _told(row, recovery.closed(keys.current())),
        stories=tuple(_gone(one) for one in uses.ended_by(session, project_id, withdrawal_pk)),
    )
    if row.state is not Status.WAITING or row.code_digest is None:
        return told
    found = fact_queries.find_by_code(
        session.connection(), project_id, row.code_digest, row.asked_at
    )
    return replace(told, instances=len(found))


def list_told(
    session: Session, actor: Actor, project_id: int, after: uuid.UUID | None, limit: int
) -> list[Told]:
    """Newest first; an advocate's own ones alone."""
    policy.demand(actor, Act.WITHDRAWAL_READ, project_id)
    only = None if _sees_all(actor, project_id) else actor.id
    rows = queries.list_withdrawals(session, project_id, after, limit, only_of=only)
    closed = recovery.closed(keys.current())
    return [_told(row, closed) for row in rows]


def _gone(use: uses.Ended) -> Gone:
    return Gone(
        medium=use.medium,
        means=use.means,
        whither=use.whither,
        on=use.used_at.astimezone(PHNOM_PENH).date(),
        is_recalled=use.means in RECALLABLE,
    )


def _sees_all(actor: Actor, project_id: int) -> bool:
    return policy.reach_of(actor, Role.COORDINATOR, project_id).is_whole


def _may_see(actor: Actor, project_id: int, row: Withdrawal) -> bool:
    is_own = row.actor_id is not None and row.actor_id == actor.id
    return is_own or _sees_all(actor, project_id)


def _told(row: Withdrawal, closed: recovery.Closed | None) -> Told:
    told: Dates | None = None
    is_replaced = False
    if row.done_at is not None and not row.scopes:
        done_on = row.done_at.astimezone(PHNOM_PENH).date()
        replaced_on = None
        if closed is not None and row.done_at < closed.before:
            is_replaced, replaced_on = True, closed.at.astimezone(PHNOM_PENH).date()
        told = withdrawal.dates(done_on, replaced_on)
    return Told(
        id=row.withdrawal_pk,
        asked_at=row.asked_at,
        channel=row.channel,
        reason=row.reason,
        status=row.state,
        scopes=tuple(sorted(scopes_of(row.scopes))),
        ends_on=row.ends_on,
        instances=row.instances,
        counted=tuple(row.uses.get("counted", ())),
        acts=tuple(row.uses.get("acts", ())),
        first_received_on=row.first_received_on,
        dates=told,
        is_open=told is not None and not is_replaced,
        records=tuple(sorted(requests.records_of(row.uses))) if row.state is Status.WAITING else (),
    )
