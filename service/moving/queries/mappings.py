"""Mappings that a project keeps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.moving.tables import ImportMapping


def find(session: Session, project_id: int, name: str) -> dict[str, Any] | None:
    row = session.get(ImportMapping, (project_id, name))
    return None if row is None else row.mapping


def names(session: Session, project_id: int) -> list[str]:
    query = sa.select(ImportMapping.name).where(ImportMapping.project_id == project_id)
    return list(session.scalars(query.order_by(ImportMapping.name)))


def put(
    session: Session,
    project_id: int,
    name: str,
    mapping: dict[str, Any],
    changed_by: int | None,
    at: dt.datetime,
) -> None:
    row = session.get(ImportMapping, (project_id, name))
    if row is None:
        row = ImportMapping(project_id=project_id, name=name)
        session.add(row)
    row.mapping, row.changed_by, row.changed_at = mapping, changed_by, at
