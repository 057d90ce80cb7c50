"""Who looked at what, from the audit log."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.policy import Act
from service.accounts.tables import ActorRow
from service.foundation.audit import AuditEntry
from service.review.browsing import Opening

MOST = 5000


def list_openings(session: Session, project_id: int, since: dt.datetime) -> list[Opening]:
    """Who opened files of which records, oldest first; the newest MOST at most."""
    rows = session.execute(
        sa.select(AuditEntry.actor_id, ActorRow.display_name, AuditEntry.subject, AuditEntry.at)
        .outerjoin(ActorRow, ActorRow.id == AuditEntry.actor_id)
        .where(
            AuditEntry.project_id == project_id,
            AuditEntry.action == sa.literal_column(f"'{Act.TESTIMONY_READ}'"),  # as the index says
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.at.desc())
        .limit(MOST)
    ).all()
    return [
        Opening(actor_id=who, name=name or "–", record=uuid.UUID(subject), at=at)
        for who, name, subject, at in reversed(rows)
    ]
