"""Flags of records, and what is remembered to make them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import Reach
from service.accounts.tables import ActorRow
from service.foundation.db import Base
from service.foundation.prepared import InsertMany, Row
from service.intake.queries.listing import within
from service.intake.tables import Submission
from service.review.flags.kinds import Code, Flag, Reason
from service.review.flags.looks import Look
from service.review.tables import FlagLook, RecordFlag

AT_ONCE = 500
_LOOKS = InsertMany(Base.metadata.tables[FlagLook.__tablename__])
_FLAGS = InsertMany(Base.metadata.tables[RecordFlag.__tablename__])
STANDS = sa.and_(
    Submission.state == sa.literal_column("'current'"), Submission.deleted_at.is_(None)
)


# --- as people see them -------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class FlagTold:
    code: Code
    reasons: tuple[Reason, ...]
    made_at: dt.datetime
    looked_at: dt.datetime | None
    looked_by: str | None
    """Name of whoever looked."""

    @property
    def other(self) -> uuid.UUID | None:
        """The record with which it was compared."""
        return next((one.other for one in self.reasons if one.other), None)


def list_flags(session: Session, project_id: int, submission_pk: uuid.UUID) -> list[FlagTold]:
    """Of one version, those that somebody looked at too."""
    query = (
        sa.select(RecordFlag, ActorRow.display_name)
        .outerjoin(ActorRow, ActorRow.id == RecordFlag.looked_by)
        .where(RecordFlag.project_id == project_id, RecordFlag.submission_pk == submission_pk)
    )
    found = [
        FlagTold(
            code=row.code,
            reasons=_reasons(row.reasons),
            made_at=row.made_at,
            looked_at=row.looked_at,
            looked_by=name,
        )
        for row, name in session.execute(query)
    ]
    return sorted(found, key=lambda one: [*Code].index(one.code))


def list_standing(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of these versions that stand."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(list(submission_pks)),
        STANDS,
    )
    return set(session.scalars(query))


def delete_comparing(session: Session, project_id: int, gone: sa.Select[Any]) -> list[uuid.UUID]:
    """Flags of records that are compared with one of `gone`, whose codes they tell; answers the
    versions that had them. There are few such flags: all are looked through."""
    query = sa.select(RecordFlag.submission_pk, RecordFlag.reasons).where(
        RecordFlag.project_id == project_id, RecordFlag.code == Code.DOUBLE
    )
    others: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for key, reasons in session.execute(query):
        for one in _reasons(reasons):
            if one.other is not None:
                others[one.other].append(key)
    found: set[uuid.UUID] = set()
    wanted = sorted(others)
    for at in range(0, len(wanted), AT_ONCE):
        page = gone.where(Submission.submission_pk.in_(wanted[at : at + AT_ONCE]))
        found |= {key for other in session.scalars(page) for key in others[other]}
    deleted = sorted(found)
    for at in range(0, len(deleted), AT_ONCE):
        session.execute(
            sa.delete(RecordFlag).where(
                RecordFlag.project_id == project_id,
                RecordFlag.submission_pk.in_(deleted[at : at + AT_ONCE]),
                RecordFlag.code == Code.DOUBLE,
            )
        )
    return deleted


def list_open(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Code]]:
    """Of these versions the flags at which nobody looked, in one statement."""
    query = sa.select(RecordFlag.submission_pk, RecordFlag.code).where(
        RecordFlag.project_id == project_id,
        RecordFlag.submission_pk.in_(list(submission_pks)),
        RecordFlag.looked_at.is_(None),
    )
    found: dict[uuid.UUID, list[Code]] = defaultdict(list)
    for key, code in session.execute(query):
        found[key].append(code)
    return {key: sorted(codes, key=[*Code].index) for key, codes in found.items()}


def has_open() -> sa.ColumnElement[bool]:
    """Of a version in a list: whether a flag of it waits for somebody to look."""
    return sa.exists().where(
        RecordFlag.project_id == Submission.project_id,
        RecordFlag.submission_pk == Submission.submission_pk,
        RecordFlag.looked_at.is_(None),
    )


def count_open(session: Session, project_id: int, reach: Reach) -> int:
    """Records within reach with such flags."""
    query = sa.select(sa.func.count(RecordFlag.submission_pk.distinct())).where(
        RecordFlag.project_id == project_id,
        RecordFlag.looked_at.is_(None),
        Submission.project_id == RecordFlag.project_id,
        Submission.submission_pk == RecordFlag.submission_pk,
        STANDS,
        within(reach),
    )
    return session.scalar(query) or 0


def set_looked(
    session: Session,
    project_id: int,
    submission_pk: uuid.UUID,
    code: Code,
    by: int | None,
    at: dt.datetime,
) -> bool:
    """False where there is no such flag, or somebody looked at it before."""
    done = session.execute(
        sa.update(RecordFlag)
        .where(
            RecordFlag.project_id == project_id,
            RecordFlag.submission_pk == submission_pk,
            RecordFlag.code == code,
            RecordFlag.looked_at.is_(None),
        )
        .values(looked_by=by, looked_at=at)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


# --- as they are made ---------------------------------------------------------------------------
def insert_looks(connection: sa.Connection, project_id: int, looks: Sequence[Look]) -> None:
    """In place of what was remembered of these records: of one version each."""
    records = [one.record_pk for one in looks]
    connection.execute(
        sa.delete(FlagLook).where(
            FlagLook.project_id == project_id, FlagLook.record_pk.in_(records)
        )
    )
    _LOOKS.run(connection, [_row(project_id, one) for one in looks])


def _row(project_id: int, look: Look) -> dict[str, Any]:
    row = dict(vars(look))
    row["cell_row"], row["cell_column"] = row.pop("cell") or (None, None)
    return {**row, "project_id": project_id, "rules": 0}


def replace_flags(
    connection: sa.Connection,
    project_id: int,
    looks: Sequence[Look],
    flags: Mapping[uuid.UUID, Sequence[Flag]],
    rules: int,
    now: dt.datetime,
) -> None:
    """Make these (by version) the flags of these records. At what was looked at before, and is the
    very same, nobody need look again."""
    records = [one.record_pk for one in looks]
    theirs = (RecordFlag.project_id == project_id, RecordFlag.record_pk.in_(records))
    known = {
        (row.record_pk, row.code): row
        for row in connection.execute(sa.select(RecordFlag.__table__).where(*theirs))
        if row.looked_at is not None
    }
    connection.execute(sa.delete(RecordFlag).where(*theirs))
    rows: list[Row] = []
    for look in looks:
        for flag in flags.get(look.submission_pk, ()):
            reasons = [[one.why, dict(one.values)] for one in flag.reasons]
            before = known.get((look.record_pk, flag.code))
            is_same = before is not None and before.reasons == reasons
            rows.append(
                {
                    "project_id": project_id,
                    "submission_pk": look.submission_pk,
                    "code": flag.code,
                    "record_pk": look.record_pk,
                    "rules": rules,
                    "reasons": reasons,
                    "made_at": now,
                    "looked_by": before.looked_by if before is not None and is_same else None,
                    "looked_at": before.looked_at if before is not None and is_same else None,
                }
            )
    _FLAGS.run(connection, rows)
    connection.execute(
        sa.update(FlagLook)
        .where(FlagLook.project_id == project_id, FlagLook.record_pk.in_(records))
        .values(rules=rules)
    )


def _reasons(rows: Sequence[Any]) -> tuple[Reason, ...]:
    return tuple(Reason(why=why, values=values) for why, values in rows)
