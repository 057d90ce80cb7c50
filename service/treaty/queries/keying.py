"""What people keyed of sheets, sealed; and pictures of sheets."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.treaty.tables import SheetKeying, SheetScan

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """What one person keyed."""

    keying_pk: uuid.UUID
    number: str
    turn: int
    """1 and 2; 3 is what was decided of both."""
    by_id: int
    at: dt.datetime
    key_pk: uuid.UUID
    sealed: bytes


def of_sheet(connection: Connected, project_id: int, number: str) -> list[Sealed]:
    columns = [getattr(SheetKeying, name) for name in Sealed.__dataclass_fields__]
    query = sa.select(*columns).where(
        SheetKeying.project_id == project_id, SheetKeying.number == number
    )
    return [Sealed(**row._mapping) for row in connection.execute(query.order_by(SheetKeying.turn))]


def keyers(
    connection: Connected, project_id: int, numbers: Collection[str]
) -> dict[tuple[str, int], int]:
    """(number, turn) -> who."""
    query = sa.select(SheetKeying.number, SheetKeying.turn, SheetKeying.by_id).where(
        SheetKeying.project_id == project_id, SheetKeying.number.in_(list(numbers))
    )
    return {(row.number, row.turn): row.by_id for row in connection.execute(query)}


def insert(connection: Connected, project_id: int, one: Sealed) -> None:
    connection.execute(sa.insert(SheetKeying), [{"project_id": project_id, **vars(one)}])


def delete(connection: Connected, project_id: int, number: str) -> list[uuid.UUID]:
    """Answers the keys that nothing is sealed under any more."""
    theirs = (SheetKeying.project_id == project_id, SheetKeying.number == number)
    gone = list(connection.execute(sa.select(SheetKeying.key_pk).where(*theirs)).scalars())
    connection.execute(sa.delete(SheetKeying).where(*theirs))
    return gone


# --- pictures -----------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Scan:
    """The picture of a sheet."""

    project_id: int
    number: str
    blob: str
    media_type: str
    key_pk: uuid.UUID
    bound: bytes
    delete_on: dt.date


_SCAN = sa.select(*(getattr(SheetScan, name) for name in Scan.__dataclass_fields__))


def find_scan(connection: Connected, project_id: int, number: str) -> Scan | None:
    query = _SCAN.where(SheetScan.project_id == project_id, SheetScan.number == number)
    row = connection.execute(query).first()
    return None if row is None else Scan(**row._mapping)


def put_scan(connection: Connected, scan: Scan) -> None:
    delete_scans(connection, [scan])
    connection.execute(sa.insert(SheetScan), [vars(scan)])


def due_scans(connection: Connected, on: dt.date, limit: int) -> list[Scan]:
    """Of all projects those whose day has come."""
    query = _SCAN.where(SheetScan.delete_on <= on).order_by(SheetScan.project_id, SheetScan.number)
    return [Scan(**row._mapping) for row in connection.execute(query.limit(limit))]


def delete_scans(connection: Connected, scans: Collection[Scan]) -> None:
    for one in scans:
        theirs = (SheetScan.project_id == one.project_id, SheetScan.number == one.number)
        connection.execute(sa.delete(SheetScan).where(*theirs))


def named_blobs(session: Session, names: Collection[str]) -> set[str]:
    """Those that are pictures of sheets."""
    return set(session.scalars(sa.select(SheetScan.blob).where(SheetScan.blob.in_(list(names)))))
