"""How much of the disk projects use: what was counted, and what came since."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.intake.tables import (
    Attachment,
    PreparedFile,
    ProjectShare,
    Quarantined,
    QuarantinedFile,
    SubmissionXml,
)

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class Share:
    """In bytes. `most` 0: no limit of its own."""

    most: int = 0
    held: int = 0

    @property
    def percent(self) -> int:
        return self.held * 100 // self.most if self.most else 0


def find_share(session: Connected, project_id: int) -> Share:
    row = session.execute(
        sa.select(ProjectShare.most_bytes, ProjectShare.held_bytes).where(
            ProjectShare.project_id == project_id
        )
    ).first()
    return Share() if row is None else Share(most=row.most_bytes, held=row.held_bytes)


def count_held(session: Connected, project_id: int) -> int:
    """Bytes of all that a project holds. Reads each of its rows: once a day, not for a request."""
    total = 0
    for table, size in _SIZES:
        query = sa.select(sa.func.coalesce(sa.func.sum(size), 0)).where(
            table.project_id == project_id
        )
        total += int(session.execute(query).scalar_one())
    return total


_SIZES: tuple[tuple[Any, Any], ...] = (
    (SubmissionXml, sa.func.length(SubmissionXml.xml)),
    (Attachment, Attachment.size),
    (PreparedFile, PreparedFile.size),
    (Quarantined, Quarantined.size),
    (QuarantinedFile, QuarantinedFile.size),
)


def list_limited(session: Connected) -> list[int]:
    """Projects with a share of their own."""
    query = sa.select(ProjectShare.project_id).where(ProjectShare.most_bytes > 0)
    return list(session.execute(query.order_by(ProjectShare.project_id)).scalars())


def put_share(session: Connected, project_id: int, share: Share, counted_at: dt.datetime) -> None:
    values = {"most_bytes": share.most, "held_bytes": share.held, "counted_at": counted_at}
    new = {"project_id": project_id, **values}
    insert = postgresql.insert(ProjectShare)  # either database understands it
    session.execute(insert.on_conflict_do_update(index_elements=["project_id"], set_=values), [new])


def put_counted(session: Connected, project_id: int, held: int, counted_at: dt.datetime) -> None:
    session.execute(
        sa.update(ProjectShare)
        .where(ProjectShare.project_id == project_id)
        .values(held_bytes=held, counted_at=counted_at)
    )


def add_held(session: Connected, project_id: int, more: int) -> None:
    session.execute(
        sa.update(ProjectShare)
        .where(ProjectShare.project_id == project_id)
        .values(held_bytes=ProjectShare.held_bytes + more)
    )
