"""Cases as coordinators and programs read them. No names; each reading by a program is noted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.cases.events import Visited
from service.cases.queries import listing, storing, told
from service.cases.queries.listing import CaseTold, Filters, NeedTold
from service.cases.queries.storing import EventRow
from service.entities.actions.phones import day_of_consent
from service.facts.actions.listing import Page
from service.foundation import clock
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One case with all that is known of it."""

    case: CaseTold
    needs: Sequence[NeedTold]
    visits: Sequence[tuple[uuid.UUID, Visited]]
    """Record of the visit, and what it says; in the order in which they happened."""
    events: Sequence[EventRow]
    may_share: bool
    """In force today: by the last visit that asked, else by the record."""
    codes: Sequence[str]
    """Of cases of the same person that are joined to this one: they lead here."""


def get(
    session: Session, actor: Actor, project_id: int, case_pk: uuid.UUID, act: Act = Act.CASE_READ
) -> CaseTold:
    """Raises NOT_FOUND, out of reach too, and where the record is not to be read any more."""
    policy.demand(actor, act, project_id)
    reach = policy.reach(actor, act, project_id)
    found = listing.find(session, project_id, case_pk, day_of_consent(), reach)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def open_case(session: Session, actor: Actor, project_id: int, case_pk: uuid.UUID) -> Opened:
    """Raises as `get` does."""
    case = get(session, actor, project_id, case_pk)
    today, joined = day_of_consent(), joined_to(session, project_id, case)
    of_all = [case.case_pk, *joined]
    records = storing.visits_of(session, project_id, of_all)
    visits = told.visits(session, project_id, list(records), today)
    events = storing.events_of(session, project_id, of_all).values()
    return Opened(
        case=case,
        needs=listing.needs_of(session, project_id, [case.case_pk]).get(case.case_pk, ()),
        visits=sorted(visits.items(), key=lambda one: one[1].when.place),
        events=sorted((one for of in events for one in of), key=lambda one: one.event_pk),
        may_share=may_share(session, project_id, case),
        codes=tuple(joined.values()),
    )


def joined_to(session: Session, project_id: int, case: CaseTold) -> Mapping[uuid.UUID, str]:
    """The other cases of the same person, and their codes."""
    return storing.list_joined(session, project_id, [case.case_pk]).get(case.case_pk, {})


def may_share(session: Session, project_id: int, case: CaseTold) -> bool:
    """Whether the person's file may go to a provider today."""
    if case.may_share is not None:
        return case.may_share
    today = day_of_consent()
    return listing.record_shares(session, project_id, case.submission_pk, case.ordinal, today)


def list_page(
    session: Session,
    actor: Actor,
    project_id: int,
    filters: Filters,
    after: uuid.UUID | None,
    limit: int,
) -> list[CaseTold]:
    """Within the reader's reach."""
    policy.demand(actor, Act.CASE_READ, project_id)
    reach = policy.reach(actor, Act.CASE_READ, project_id)
    return listing.page(
        session, project_id, day_of_consent(), reach, filters=filters, after=after, limit=limit
    )


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What waits for somebody: clocks that ran out, visits that are due."""

    late: int
    due: int


def count_waiting(session: Session, actor: Actor, project_id: int) -> Waiting:
    reach, today = policy.reach(actor, Act.CASE_READ, project_id), day_of_consent()
    late, due = Filters(late_before=clock.now()), Filters(due_until=today)
    return Waiting(
        late=listing.count(session, project_id, today, reach, late),
        due=listing.count(session, project_id, today, reach, due),
    )


# --- as facts -----------------------------------------------------------------------------------
def list_facts(
    session: Session, actor: Actor, project_id: int, after: Sequence[Any], limit: int
) -> Page:
    """`limit` cases after a key, each with its needs: three statements. Raises as
    `facts.actions.listing.list_facts` does."""
    policy.demand(actor, Act.FACTS_READ, project_id=project_id)
    reach = policy.reach(actor, Act.FACTS_READ, project_id)
    rows = listing.page(
        session, project_id, day_of_consent(), reach, after=_key(after), limit=limit + 1
    )
    shown, more = rows[:limit], len(rows) > limit
    keys = [one.case_pk for one in shown]
    needs = listing.needs_of(session, project_id, keys)
    joined = storing.list_joined(session, project_id, keys)
    items = [
        _plain(one, needs) | {"joined_codes": [*joined.get(one.case_pk, {}).values()]}
        for one in shown
    ]
    return Page(items=items, end=[shown[-1].case_pk.hex] if more else None)


def _plain(one: CaseTold, needs: Mapping[uuid.UUID, Sequence[NeedTold]]) -> dict[str, Any]:
    return {
        "instance_id": one.instance_id,
        "version_id": one.version_id,
        "person_ordinal": one.ordinal,
        "code": one.code,
        "place": one.place or "unknown",
        "state": one.state,
        "open_needs": one.open_needs,
        "priority": one.priority or None,
        "late_at": _text(one.late_at),
        "due_on": _text(one.due_on),
        "visits": one.visits,
        "last_on": _text(one.last_on),
        "opened_at": _text(one.opened_at),
        "needs": [
            {
                "need_code": need.need_code,
                "status": need.status,
                "is_open": need.is_open,
                "priority": need.priority,
                "told_on": _text(need.told_on),
                "late_at": _text(need.late_at),
                "last_on": _text(need.last_on),
            }
            for need in needs.get(one.case_pk, ())
        ],
    }


def _text(value: dt.date | dt.datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _key(after: Sequence[Any]) -> uuid.UUID | None:
    if not after:
        return None
    try:
        (text,) = after
        return uuid.UUID(hex=text)
    except (ValueError, TypeError, AttributeError):
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None
