"""Who read who somebody is, or what they told: from the audit log (`audit.readings`)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.foundation.audit import AuditEntry, readings
from service.foundation.audit.readings import Of
from service.foundation.db import current
from service.intake.tables import PreparedFile, State, Submission
from service.review.browsing import Opening, Reading

MOST = 5000
_SAID = (
    AuditEntry.at,
    AuditEntry.entry_pk,
    AuditEntry.actor_id,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.details,
    ActorRow.display_name,
)


def list_readings(
    session: Session,
    project_id: int,
    *,
    who: int | None = None,
    record: uuid.UUID | None = None,
    before: tuple[dt.datetime, uuid.UUID] | None = None,
    limit: int,
) -> list[Reading]:
    """The newest first: of everybody, of one person, of one record. `before`: moment and entry of
    the last one that was seen."""
    rows = session.execute(newest(project_id, who=who, record=record, before=before, limit=limit))
    found = rows.all()
    types = _types(session, project_id, [uuid.UUID(file) for file in map(_file, found) if file])
    here = _here(session, project_id, [key for row in found if (key := _record(row))])
    return [_as_reading(row, types, here) for row in found]


def _is_reading() -> sa.TextClause:
    """Word for word as the indexes say it."""
    return sa.text(readings.ON_SQLITE if current().is_sqlite else readings.ON_POSTGRESQL)


def newest(
    project_id: int,
    *,
    who: int | None,
    record: uuid.UUID | None,
    before: tuple[dt.datetime, uuid.UUID] | None,
    limit: int,
) -> sa.Select[Any]:
    """What is asked: by an index of its own each way, however long the log is."""
    query = (
        sa.select(*_SAID)
        .outerjoin(ActorRow, ActorRow.id == AuditEntry.actor_id)
        .where(AuditEntry.project_id == project_id, _is_reading())
        .order_by(AuditEntry.at.desc(), AuditEntry.entry_pk.desc())
        .limit(limit)
    )
    if who is not None:
        query = query.where(AuditEntry.actor_id == who)
    if record is not None:
        query = query.where(AuditEntry.subject == str(record))
    if before is not None:
        query = query.where(sa.tuple_(AuditEntry.at, AuditEntry.entry_pk) < sa.tuple_(*_as(before)))
    return query


def _file(row: Any) -> str | None:
    file: str | None = row.details.get("file")
    return file


def _here(
    session: Session, project_id: int, records: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of them that were not erased."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(records),
        Submission.state.not_in((State.ERASED, State.EXPIRED)),
    )
    return frozenset(session.scalars(query))


def _as_reading(row: Any, types: Mapping[uuid.UUID, str], here: Collection[uuid.UUID]) -> Reading:
    file, details, record = _file(row), row.details, _record(row)
    return Reading(
        at=row.at,
        entry=row.entry_pk,
        actor_id=row.actor_id,
        name=row.display_name or "–",
        action=row.action,
        record=record if record in here else None,
        is_gone=record is not None and record not in here,
        records=readings.records_of(row.action, details),
        classes=_classes(details.get("classes", ())),
        form_pk=details.get("form"),
        list_pk=_list(row.subject),
        media_type=types.get(uuid.UUID(file)) if file else None,
        purpose=details.get("purpose", ""),
    )


def _record(row: Any) -> uuid.UUID | None:
    """The one record of which an entry is, where it is of one. The subject of a file that was made
    beforehand (`identity`) is that file."""
    if "identity" in row.details:
        return None
    try:
        return uuid.UUID(row.subject)
    except ValueError:
        return None


def _list(subject: str) -> int | None:
    kind, _, number = subject.partition(":")
    return int(number) if kind == "entity-list" and number.isdecimal() else None


def _classes(said: str | Collection[str]) -> tuple[str, ...]:
    """One record says them as a list, many in one text."""
    return tuple(filter(None, said.split(","))) if isinstance(said, str) else tuple(said)


def _as(seen: tuple[dt.datetime, uuid.UUID]) -> tuple[sa.ColumnElement[Any], ...]:
    at, entry = seen
    return sa.literal(at, AuditEntry.at.type), sa.literal(entry, AuditEntry.entry_pk.type)


def _types(session: Session, project_id: int, files: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Of those files that are still here."""
    found = session.execute(
        sa.select(PreparedFile.prepared_pk, PreparedFile.media_type).where(
            PreparedFile.project_id == project_id, PreparedFile.prepared_pk.in_(files)
        )
    )
    return {row.prepared_pk: row.media_type for row in found}


def list_openings(session: Session, project_id: int, since: dt.datetime) -> list[Opening]:
    """Who read of which records, or of how many, oldest first; the newest MOST at most. Not what
    phones carry: they ask by themselves."""
    rows = session.execute(
        sa.select(*_SAID)
        .outerjoin(ActorRow, ActorRow.id == AuditEntry.actor_id)
        .where(AuditEntry.project_id == project_id, _is_reading(), AuditEntry.at >= since)
        .order_by(AuditEntry.at.desc())
        .limit(MOST)
    ).all()
    return [_as_opening(row) for row in reversed(rows) if not _is_carried(row.action)]


def _is_carried(action: str) -> bool:
    return readings.READINGS.get(action) is Of.CARRIED


def _as_opening(row: Any) -> Opening:
    return Opening(
        actor_id=row.actor_id,
        name=row.display_name or "–",
        record=_record(row),
        records=readings.records_of(row.action, row.details),
        at=row.at,
    )
