"""The audit log of a project, a page at a time, by the keys of its entries (`review.walking`)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.foundation.audit import AuditEntry, newest_of_strands
from service.review import walking
from service.review.walking import Ends, Window


@dataclass(frozen=True, kw_only=True)
class EntryTold:
    """One entry, and what its actor is called (None: the server itself)."""

    strand: int
    seq: int
    entry_pk: uuid.UUID
    at: dt.datetime
    actor_id: int | None
    name: str | None
    action: str
    subject: str
    details: dict[str, Any] = field(repr=False)


def page(
    session: Session,
    project_id: int,
    ends: Ends | None,
    *,
    action: str | None,
    who: int | None,
    limit: int,
) -> tuple[list[EntryTold], Ends]:
    """Entries, newest first, and where the next page begins (empty: there is none). `ends` None:
    from the newest on."""
    looked = walking.windows(newest_of_strands(session, project_id) if ends is None else ends)
    if not looked:
        return [], {}
    rows = session.execute(entries(project_id, looked, action=action, who=who, limit=limit))
    found = [EntryTold(**row._mapping) for row in rows]
    return walking.merged(found, looked, _reached(session, project_id, looked), limit)


def entries(
    project_id: int, looked: Sequence[Window], *, action: str | None, who: int | None, limit: int
) -> sa.Select[Any]:
    """What fits in these windows, of each the newest: by the key alone."""
    parts = [_of_window(project_id, one, action, who, limit) for one in looked]
    found = (parts[0] if len(parts) == 1 else sa.union_all(*parts)).subquery()
    return sa.select(*found.c, ActorRow.display_name.label("name")).outerjoin_from(
        found, ActorRow, ActorRow.id == found.c.actor_id
    )


def _of_window(
    project_id: int, window: Window, action: str | None, who: int | None, limit: int
) -> sa.Select[Any]:
    query = sa.select(
        AuditEntry.strand,
        AuditEntry.seq,
        AuditEntry.entry_pk,
        AuditEntry.at,
        AuditEntry.actor_id,
        AuditEntry.action,
        AuditEntry.subject,
        AuditEntry.details,
    ).where(
        AuditEntry.project_id == project_id,
        AuditEntry.strand == window.strand,
        AuditEntry.seq.between(window.oldest, window.newest),
    )
    if action is not None:
        query = query.where(AuditEntry.action == action)
    if who is not None:
        query = query.where(AuditEntry.actor_id == who)
    inner = query.order_by(AuditEntry.seq.desc()).limit(limit).subquery()
    return sa.select(*inner.c)


def _reached(session: Session, project_id: int, looked: Sequence[Window]) -> dict[int, dt.datetime]:
    """When the oldest entry was made of each window that has older ones behind it."""
    places = [(one.strand, one.oldest) for one in looked if one.oldest > 1]
    if not places:
        return {}
    rows = session.execute(
        sa.select(AuditEntry.strand, AuditEntry.at).where(
            AuditEntry.project_id == project_id,
            sa.or_(
                *(
                    sa.and_(AuditEntry.strand == strand, AuditEntry.seq == seq)
                    for strand, seq in places
                )
            ),
        )
    )
    return {row.strand: row.at for row in rows}
