"""Coded facts row by row, for people and programs who may read them. No names, no words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.facts import tables
from service.facts.circumstances import PHNOM_PENH
from service.facts.queries import reading
from service.foundation import audit, clock
from service.foundation.problems import INVALID_PARAMETER, Problem

KINDS: Mapping[str, type[tables.OfSubmission]] = {
    "households": tables.Household,
    "persons": tables.Person,
    "incidents": tables.Incident,
    "needs": tables.Need,
    "visits": tables.Visit,
    "follow-ups": tables.FollowUp,
    "services": tables.FollowUp,
    "rights-issues": tables.RightsIssue,
    "clearance-concerns": tables.Concern,
    "testimonies": tables.Testimony,
    "signatures": tables.Signature,
    "sheets": tables.Sheet,
    "providers": tables.Provider,
    "consents": tables.Consent,
}
"""What a program may ask for, as addresses name it. `services`: follow-ups by which somebody was
served."""


Beside = Callable[[Session, int, Sequence[Mapping[str, Any]]], Sequence[Mapping[str, Any]]]
"""Of rows with `submission_pk` and `ordinal`, what is to be told beside each."""


@dataclass(frozen=True, kw_only=True)
class Page:
    items: list[dict[str, Any]]
    end: list[Any] | None
    """The key of the last row, where more follow."""


def list_facts(
    session: Session,
    actor: Actor,
    project_id: int,
    kind: str,
    after: Sequence[Any],
    limit: int,
    beside: Beside | None = None,
) -> Page:
    """`limit` facts of a kind after a key, in the order of keys. Raises what `policy` raises, and
    INVALID_PARAMETER for a key of another kind. `beside`: what a later room knows of each."""
    policy.demand(actor, Act.FACTS_READ, project_id=project_id)
    table = KINDS[kind]
    rows = reading.page(
        session,
        table,
        project_id,
        clock.now().astimezone(PHNOM_PENH).date(),  # by the clock of the people who were asked
        policy.reach(actor, Act.FACTS_READ, project_id),
        restricted=policy.reach(actor, Act.IDENTITY_READ, project_id),
        after=_key(table, after),
        served_alone=kind == "services",
        limit=limit + 1,
    )
    shown, more = rows[:limit], len(rows) > limit
    items = [_plain(row) for row in shown]
    for item, more_of_it in zip(
        items, beside(session, project_id, shown) if beside else (), strict=False
    ):
        item.update(more_of_it)
    end = reading.plain_key(reading.key_values(table, shown[-1])) if more else None
    return Page(items=items, end=end)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in row.items()
        if name != "submission_pk"
    }


def note_reading(session: Session, actor: Actor, project_id: int, kind: str, rows: int) -> None:
    """Write into the audit log that somebody read so many facts of a kind."""
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.FACTS_READ,
        subject=kind,
        rows=rows,
    )


def _key(table: type[tables.OfSubmission], after: Sequence[Any]) -> tuple[Any, ...]:
    if not after:
        return ()
    try:
        return reading.read_key(table, after)
    except (ValueError, TypeError, AttributeError):
        raise Problem(
            INVALID_PARAMETER, name="cursor", reason="give one that you were answered, or none"
        ) from None
