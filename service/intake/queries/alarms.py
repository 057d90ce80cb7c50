"""Phones that sent in clear what should have been sealed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.intake.tables import AlarmKind, SealAlarm

Connected = Session | sa.Connection


def insert(connection: Connected, row: Mapping[str, Any]) -> None:
    connection.execute(sa.insert(SealAlarm), [dict(row)])


@dataclass(frozen=True, kw_only=True)
class AlarmListed:
    """What one phone (or person) did, over all its alarms of a kind."""

    kind: AlarmKind
    submitter: str | None
    records: int
    files: int
    last_at: dt.datetime


def list_alarms(connection: Connected, project_id: int, since: dt.datetime) -> list[AlarmListed]:
    """Alarms since then by phone and kind, the latest first. One statement."""
    last_at = sa.func.max(SealAlarm.raised_at).label("last_at")
    rows = connection.execute(
        sa.select(
            SealAlarm.kind,
            ActorRow.display_name.label("submitter"),
            sa.func.count(SealAlarm.submission_pk.distinct()).label("records"),
            sa.func.sum(SealAlarm.files).label("files"),
            last_at,
        )
        .outerjoin(ActorRow, ActorRow.id == SealAlarm.submitter_id)
        .where(SealAlarm.project_id == project_id, SealAlarm.raised_at >= since)
        .group_by(SealAlarm.kind, SealAlarm.submitter_id, ActorRow.display_name)
        .order_by(last_at.desc())
    )
    return [AlarmListed(**row._mapping) for row in rows]
