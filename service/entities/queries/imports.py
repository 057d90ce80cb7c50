"""Files that were brought into a list at once, as long as that can be undone."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.entities.tables import Import
from service.foundation import clock

Connected = Session | sa.Connection


def insert_import(connection: Connected, row: dict[str, Any]) -> None:
    connection.execute(sa.insert(Import), [row])


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    import_pk: uuid.UUID
    list_pk: int
    created: int
    changed: int
    actor_id: int | None
    imported_at: dt.datetime
    undone_at: dt.datetime | None


_IMPORT = sa.select(*(getattr(Import, name) for name in ImportRow.__dataclass_fields__))


def list_imports(session: Session, project_id: int, list_pk: int, limit: int) -> list[ImportRow]:
    """The newest first."""
    query = (
        _IMPORT.where(Import.project_id == project_id, Import.list_pk == list_pk)
        .order_by(Import.import_pk.desc())
        .limit(limit)
    )
    return [ImportRow(**row._mapping) for row in session.execute(query)]


def last_import(connection: Connected, project_id: int, list_pk: int) -> uuid.UUID | None:
    """The newest, undone or not."""
    query = (
        sa.select(Import.import_pk)
        .where(Import.project_id == project_id, Import.list_pk == list_pk)
        .order_by(Import.import_pk.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def find_by_bytes(
    connection: Connected, project_id: int, list_pk: int, actor_id: int | None, came_by: bytes
) -> ImportRow | None:
    """The newest that this caller brought by these, and that was not undone."""
    query = (
        _IMPORT.where(
            Import.project_id == project_id,
            Import.list_pk == list_pk,
            Import.actor_id == actor_id,
            Import.came_by == came_by,
            Import.undone_at.is_(None),
        )
        .order_by(Import.import_pk.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else ImportRow(**row._mapping)


def forget_came_by(connection: Connected, project_id: int, before: dt.datetime) -> None:
    """By what older ones came."""
    connection.execute(
        sa.update(Import)
        .where(
            Import.project_id == project_id,
            Import.came_by.is_not(None),
            Import.imported_at < before,
        )
        .values(came_by=None)
    )


def take_import(connection: Connected, project_id: int, import_pk: uuid.UUID) -> ImportRow | None:
    """One that was not undone, and is from now on."""
    is_open = (
        Import.project_id == project_id,
        Import.import_pk == import_pk,
        Import.undone_at.is_(None),
    )
    row = connection.execute(_IMPORT.where(*is_open).with_for_update()).first()
    if row is None:
        return None
    connection.execute(sa.update(Import).where(*is_open).values(undone_at=clock.now()))
    return ImportRow(**row._mapping)
