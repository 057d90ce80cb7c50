"""Sheets of paper, and what each went through."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import ids
from service.treaty.custody import Step
from service.treaty.queries.signers import AT_ONCE
from service.treaty.tables import CustodyStep, PaperSheet

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class SheetHeld:
    """A sheet as its last step left it."""

    number: str
    serial: int
    batch_pk: uuid.UUID
    rows: int
    campaign: str
    statement: str
    holder: str
    step: Step
    lines: int | None
    signed_on: dt.date | None
    commune: str


@dataclass(frozen=True, kw_only=True)
class StepTold:
    number: str
    step: Step
    at: dt.datetime
    by_id: int
    holder: str
    lines: int | None


_SHEET = sa.select(*(getattr(PaperSheet, name) for name in SheetHeld.__dataclass_fields__))
_STEP = sa.select(*(getattr(CustodyStep, name) for name in StepTold.__dataclass_fields__))


def _read(connection: Connected, query: sa.Select[Any]) -> list[SheetHeld]:
    return [SheetHeld(**row._mapping) for row in connection.execute(query)]


def find(connection: Connected, project_id: int, number: str) -> SheetHeld | None:
    return these(connection, project_id, [number]).get(number)


def these(connection: Connected, project_id: int, numbers: Collection[str]) -> dict[str, SheetHeld]:
    """Of these numbers those that were issued here."""
    found, wanted = dict[str, SheetHeld](), sorted(numbers)
    for at in range(0, len(wanted), AT_ONCE):
        some = wanted[at : at + AT_ONCE]
        query = _SHEET.where(PaperSheet.project_id == project_id, PaperSheet.number.in_(some))
        found |= {one.number: one for one in _read(connection, query)}
    return found


def page(
    connection: Connected, project_id: int, steps: Collection[Step], after: int, limit: int
) -> list[SheetHeld]:
    """Those at one of these steps, by number, after a serial."""
    query = _SHEET.where(
        PaperSheet.project_id == project_id,
        PaperSheet.step.in_(list(steps)),
        PaperSheet.serial > after,
    )
    return _read(connection, query.order_by(PaperSheet.serial).limit(limit))


def pages(
    connection: Connected, project_id: int, steps: Collection[Step], limit: int = 400
) -> Iterator[list[SheetHeld]]:
    """All of them, so many at once."""
    after = 0
    while found := page(connection, project_id, steps, after, limit):
        yield found
        after = found[-1].serial


def of_batch(connection: Connected, project_id: int, batch_pk: uuid.UUID) -> list[SheetHeld]:
    query = _SHEET.where(PaperSheet.project_id == project_id, PaperSheet.batch_pk == batch_pk)
    return _read(connection, query.order_by(PaperSheet.serial))


@dataclass(frozen=True, kw_only=True)
class Batch:
    batch_pk: uuid.UUID
    holder: str
    sheets: int
    first: str
    last: str


def newest_batches(connection: Connected, project_id: int, limit: int) -> list[Batch]:
    first, last = sa.func.min(PaperSheet.number), sa.func.max(PaperSheet.number)
    query = (
        sa.select(
            PaperSheet.batch_pk,
            PaperSheet.holder,
            sa.func.count().label("sheets"),
            first.label("first"),
            last.label("last"),
        )
        .where(PaperSheet.project_id == project_id)
        .group_by(PaperSheet.batch_pk, PaperSheet.holder)
        .order_by(sa.func.max(PaperSheet.serial).desc())
    )
    return [Batch(**row._mapping) for row in connection.execute(query.limit(limit))]


def last_serial(connection: Connected, project_id: int) -> int:
    query = sa.select(sa.func.max(PaperSheet.serial)).where(PaperSheet.project_id == project_id)
    return connection.execute(query).scalar() or 0


def count_by_step(connection: Connected, project_id: int) -> dict[Step, int]:
    query = (
        sa.select(PaperSheet.step, sa.func.count())
        .where(PaperSheet.project_id == project_id)
        .group_by(PaperSheet.step)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def insert(connection: Connected, project_id: int, sheets: Iterable[SheetHeld]) -> None:
    rows = [{"project_id": project_id, **vars(one)} for one in sheets]
    connection.execute(sa.insert(PaperSheet), rows)


def put(connection: Connected, project_id: int, number: str, values: Mapping[str, Any]) -> None:
    one = (PaperSheet.project_id == project_id, PaperSheet.number == number)
    connection.execute(sa.update(PaperSheet).where(*one).values(values))


def add_steps(connection: Connected, project_id: int, steps: Iterable[StepTold]) -> None:
    rows = [{"project_id": project_id, "step_pk": ids.new_uuid(), **vars(one)} for one in steps]
    connection.execute(sa.insert(CustodyStep), rows)


def steps_of(
    connection: Connected, project_id: int, numbers: Collection[str]
) -> dict[str, list[StepTold]]:
    """Number -> its steps, the first first."""
    query = _STEP.where(
        CustodyStep.project_id == project_id, CustodyStep.number.in_(list(numbers))
    ).order_by(CustodyStep.step_pk)
    found: dict[str, list[StepTold]] = {one: [] for one in numbers}
    for row in connection.execute(query):
        found[row.number].append(StepTold(**row._mapping))
    return found
