"""What records told of signatures and sheets: of those who may be counted, through the gate."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.facts import tables
from service.facts.scopes import Purpose
from service.intake.tables import Submission

Connected = Session | sa.Connection
Line = tuple[uuid.UUID, int]
"""Submission, and place in it."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """One signature that may be counted, in codes."""

    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int
    line_status: str
    sex: str
    submitter_id: int | None
    device_key: str | None
    happened_on: dt.date
    adm1: str
    adm2: str
    adm3: str

    @property
    def place(self) -> str:
        """The innermost that is known, a commune at most; "" for none."""
        places = (self.adm3, self.adm2, self.adm1)
        return next((one for one in places if one.isdecimal()), "")


def list_signed(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID], on: dt.date
) -> list[Signed]:
    one: Any = facts.usable(tables.Signature, Purpose.COUNT, project_id, on)
    query = (
        sa.select(
            Submission.record_pk,
            one.submission_pk,
            one.ordinal,
            one.line_status,
            one.sex,
            one.submitter_id,
            Submission.device_key,
            one.happened_on,
            one.adm1,
            one.adm2,
            one.adm3,
        )
        .join(
            Submission,
            sa.and_(
                Submission.project_id == project_id,
                Submission.submission_pk == one.submission_pk,
            ),
        )
        .where(one.submission_pk.in_(list(submission_pks)))
        .order_by(one.submission_pk, one.ordinal)
    )
    return [Signed(**row._mapping) for row in connection.execute(query)]


def may_be_compared(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID], on: dt.date
) -> frozenset[Line]:
    """Those whose names may be read inside, as whoever compares them does."""
    one: Any = facts.usable(tables.Signature, Purpose.WORK, project_id, on)
    query = sa.select(one.submission_pk, one.ordinal).where(
        one.submission_pk.in_(list(submission_pks))
    )
    return frozenset((row.submission_pk, row.ordinal) for row in connection.execute(query))


def has_signed(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID], on: dt.date
) -> bool:
    """Whether any of these tells of a signature or a sheet."""
    for kind, purpose in ((tables.Signature, Purpose.COUNT), (tables.Sheet, Purpose.CODES)):
        one: Any = facts.usable(kind, purpose, project_id, on)
        query = sa.select(one.submission_pk).where(one.submission_pk.in_(list(submission_pks)))
        if connection.execute(query.limit(1)).first() is not None:
            return True
    return False


@dataclass(frozen=True, kw_only=True)
class SheetTold:
    """One keyed sheet."""

    submission_pk: uuid.UUID
    number: str
    campaign: str
    statement: str
    declared_lines: int | None
    tallies: dict[str, int]
    is_reconciled: bool
    happened_on: dt.date


def list_sheets(
    connection: Connected,
    project_id: int,
    on: dt.date,
    *,
    numbers: Collection[str] | None = None,
    submission_pks: Collection[uuid.UUID] | None = None,
) -> list[SheetTold]:
    """All that stand, or those of these numbers, or in these records, by number."""
    one: Any = facts.usable(tables.Sheet, Purpose.CODES, project_id, on)
    query = sa.select(*(getattr(one, name) for name in SheetTold.__dataclass_fields__))
    if numbers is not None:
        query = query.where(one.number.in_(list(numbers)))
    if submission_pks is not None:
        query = query.where(one.submission_pk.in_(list(submission_pks)))
    ordered = query.order_by(one.number, one.submission_pk)
    return [SheetTold(**row._mapping) for row in connection.execute(ordered)]
