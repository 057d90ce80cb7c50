"""Proposals that wait for a second person."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.review.tables import Proposal


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A proposal that nobody agreed to yet; it may be over."""

    proposal_pk: uuid.UUID
    seen: str
    proposed_by: int
    proposed_person: int
    proposed_at: dt.datetime
    expires_at: dt.datetime
    proposer: str
    """As people call whoever proposed it."""


_WAITING = (
    sa.select(
        Proposal.proposal_pk,
        Proposal.seen,
        Proposal.proposed_by,
        Proposal.proposed_person,
        Proposal.proposed_at,
        Proposal.expires_at,
        ActorRow.display_name.label("proposer"),
    )
    .join(ActorRow, ActorRow.id == Proposal.proposed_by)
    .where(Proposal.ended_at.is_(None))
)


def find_waiting(
    session: Session, project_id: int, kind: str, subject: uuid.UUID, *, lock: bool = False
) -> Waiting | None:
    query = _WAITING.where(
        Proposal.project_id == project_id, Proposal.kind == kind, Proposal.subject == subject
    )
    row = session.execute(query.with_for_update(of=Proposal) if lock else query).first()
    return None if row is None else Waiting(**row._mapping)


def list_waiting(
    session: Session, project_id: int, kind: str, subjects: Collection[uuid.UUID], at: dt.datetime
) -> dict[uuid.UUID, Waiting]:
    """Those of these subjects of which a proposal waits that is not over, in one statement."""
    query = _WAITING.add_columns(Proposal.subject).where(
        Proposal.project_id == project_id,
        Proposal.kind == kind,
        Proposal.subject.in_(list(subjects)),
        Proposal.expires_at > at,
    )
    found = [dict(row._mapping) for row in session.execute(query)]
    return {row.pop("subject"): Waiting(**row) for row in found}


def insert(session: Session, row: Mapping[str, Any]) -> None:
    session.add(Proposal(**row))
    session.flush()


def end(
    session: Session,
    project_id: int,
    proposal_pk: uuid.UUID,
    at: dt.datetime,
    agreed_by: int | None = None,
) -> None:
    session.execute(
        sa.update(Proposal)
        .where(Proposal.project_id == project_id, Proposal.proposal_pk == proposal_pk)
        .values(ended_at=at, agreed_by=agreed_by)
    )
