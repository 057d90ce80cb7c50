"""Samples of sheets, and what people found on them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import ids
from service.treaty.status import Status
from service.treaty.tables import SampleCheck, SignerRow

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class CheckTold:
    check_pk: uuid.UUID
    drawn_at: dt.datetime
    seed: int
    sheets: dict[str, int]
    chosen: list[str]
    found: dict[str, int]

    @property
    def left(self) -> list[str]:
        """Sheets that nobody has looked at yet."""
        return [one for one in self.chosen if one not in self.found]


def valid_by_sheet(connection: Connected, project_id: int) -> dict[str, int]:
    """Sheet -> how many of its lines count."""
    query = (
        sa.select(SignerRow.sheet, sa.func.count())
        .where(
            SignerRow.project_id == project_id,
            SignerRow.status == Status.VALID,
            SignerRow.sheet != "",
        )
        .group_by(SignerRow.sheet)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def newest(connection: Connected, project_id: int, *, lock: bool = False) -> CheckTold | None:
    columns = [getattr(SampleCheck, name) for name in CheckTold.__dataclass_fields__]
    query = sa.select(*columns).where(SampleCheck.project_id == project_id)
    ordered = query.order_by(SampleCheck.check_pk.desc()).limit(1)
    row = connection.execute(ordered.with_for_update() if lock else ordered).first()
    return None if row is None else CheckTold(**row._mapping)


def insert(
    connection: Connected,
    project_id: int,
    drawn_at: dt.datetime,
    seed: int,
    sheets: Mapping[str, int],
    chosen: Sequence[str],
) -> uuid.UUID:
    row = {
        "project_id": project_id,
        "check_pk": ids.new_uuid(),
        "drawn_at": drawn_at,
        "seed": seed,
        "sheets": dict(sheets),
        "chosen": list(chosen),
        "found": {},
    }
    connection.execute(sa.insert(SampleCheck), [row])
    return row["check_pk"]  # type: ignore[return-value]


def put_found(
    connection: Connected, project_id: int, check_pk: uuid.UUID, found: Mapping[str, int]
) -> None:
    one = (SampleCheck.project_id == project_id, SampleCheck.check_pk == check_pk)
    connection.execute(sa.update(SampleCheck).where(*one).values(found=dict(found)))
