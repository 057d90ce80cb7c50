"""The audit log: one row per act, written in the transaction of the act, never changed.

Rows hold ids and codes only: no names, no values, no free text. Triggers on both databases
refuse UPDATE and DELETE (migration 0001).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.foundation import clock, ids
from service.foundation.columns import BY_KEY, Json, Uid, UtcDateTime
from service.foundation.db import Base

NO_PROJECT = 0
"""`project_id` of acts that belong to no project (sign-in, settings)."""


class AuditEntry(Base):
    """Who did what to what, and when."""

    __tablename__ = "audit_entries"
    __table_args__ = (BY_KEY,)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(sa.String(48))
    subject: Mapped[str] = mapped_column(sa.String(300))
    details: Mapped[dict[str, Any]] = mapped_column(Json)


def entry(
    *, project_id: int | None, actor_id: int | None, action: str, subject: object, **details: Any
) -> dict[str, Any]:
    """A row for `AuditEntry`, for callers that insert several rows in one statement."""
    return {
        "project_id": project_id or NO_PROJECT,
        "entry_pk": ids.new_uuid(),
        "at": clock.now(),
        "actor_id": actor_id,
        "action": action,
        "subject": str(subject),
        "details": details,
    }


def record(
    session: Session | sa.Connection,
    *,
    actor_id: int | None,
    action: str,
    subject: object,
    project_id: int | None = None,
    **details: Any,
) -> None:
    """Write one entry in the caller's transaction."""
    row = entry(project_id=project_id, actor_id=actor_id, action=action, subject=subject, **details)
    session.execute(sa.insert(AuditEntry), [row])
