"""What has been kept for long enough: records by their newest version, what nobody could read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.tables import Form
from service.foundation.columns import Uid, UtcDateTime
from service.intake.envelope import MOVED
from service.intake.queries import erasing
from service.intake.queries.erasing import Row
from service.intake.tables import PERIOD_OVER, Quarantined, QuarantinedFile, State, Submission

Connected = Session | sa.Connection
_IS_HELD = Submission.state.not_in((State.ERASED, State.EXPIRED))


Place = tuple[dt.datetime, uuid.UUID]
"""Where a look goes on: time of receipt and key of the last one seen."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of what is old: keys of records, and where the next page begins; None: no further."""

    keys: Sequence[uuid.UUID]
    after: Place | None


SLACK = dt.timedelta(days=1)


def list_old(
    session: Connected, project_id: int, before: dt.datetime, after: Place | None, limit: int
) -> Page:
    """Records of which something came before that moment, but for what was brought along. Keys
    rise with time, so the oldest are at the beginning, and the look ends at what is younger: no
    index that each submission would pay for."""
    query = (
        sa.select(Submission.submission_pk, Submission.record_pk, Submission.received_at)
        .where(Submission.project_id == project_id, _IS_HELD, Submission.channel != MOVED)
        .order_by(Submission.submission_pk)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Submission.submission_pk > after[1])
    rows = session.execute(query).all()
    old = dict.fromkeys(row.record_pk for row in rows if row.received_at < before)
    is_last = len(rows) < limit or rows[-1].received_at > before + SLACK
    last = None if is_last else (rows[-1].received_at, rows[-1].submission_pk)
    return Page(keys=list(old), after=last)


def list_old_moved(
    session: Connected, project_id: int, before: dt.datetime, after: Place | None, limit: int
) -> Page:
    """The same of what was brought along, whose keys are of the day on which it came here: by the
    time of receipt, which has an index for them alone."""
    query = (
        sa.select(Submission.submission_pk, Submission.record_pk, Submission.received_at)
        .where(
            Submission.project_id == project_id,
            Submission.channel == sa.literal_column(f"'{MOVED}'"),  # as the index says it
            Submission.received_at < before,
            _IS_HELD,
        )
        .order_by(Submission.received_at, Submission.submission_pk)
        .limit(limit)
    )
    if after is not None:
        at = sa.literal(after[0], UtcDateTime)
        query = query.where(
            sa.tuple_(Submission.received_at, Submission.submission_pk)
            > sa.tuple_(at, sa.literal(after[1], Uid))
        )
    rows = session.execute(query).all()
    old = dict.fromkeys(row.record_pk for row in rows)
    is_last = len(rows) < limit
    last = None if is_last else (rows[-1].received_at, rows[-1].submission_pk)
    return Page(keys=list(old), after=last)


WALKS = (list_old, list_old_moved)
"""Both together find every record of which something is older."""


def list_over(
    connection: sa.Connection,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    before: dt.datetime,
) -> list[Row]:
    """All that hangs on those of these records of which nothing came since that moment, locked. A
    copy beside a record goes with that."""
    rows = erasing.list_hanging(connection, project_id, record_pks)
    if all(row.received_at < before for row in rows):
        return [row for row in rows if not row.is_beside]
    found: dict[uuid.UUID, Row] = {}
    for record_pk in record_pks:  # something young is among them: it keeps only what it hangs on
        rows = erasing.list_hanging(connection, project_id, [record_pk])
        if all(row.received_at < before for row in rows):
            found |= {row.submission_pk: row for row in rows}
    return [row for row in found.values() if not row.is_beside]


@dataclass(frozen=True, kw_only=True)
class Old:
    """How many records of a form are over, and since when the first of them is not touched."""

    form_id: str
    records: int
    since: dt.datetime


def count_old(session: Connected, project_id: int, before: dt.datetime) -> list[Old]:
    """By form. Reads all of a project's receipts: for whoever asks, not for each request."""
    last = sa.func.max(Submission.received_at)
    records = (
        sa.select(sa.func.min(Submission.form_pk).label("form_pk"), last.label("last"))
        .where(Submission.project_id == project_id, _IS_HELD)
        .group_by(Submission.record_pk)
        .having(last < sa.bindparam("before", before, UtcDateTime))
        .subquery()
    )
    rows = session.execute(
        sa.select(Form.form_id, sa.func.count(), sa.func.min(records.c.last))
        .join(records, records.c.form_pk == Form.form_pk)
        .group_by(Form.form_id)
        .order_by(Form.form_id)
    )
    return [Old(form_id=form_id, records=n, since=_aware(since)) for form_id, n, since in rows]


def _aware(moment: dt.datetime | str) -> dt.datetime:
    """SQLite gives the text of a moment that was computed."""
    found = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


# --- what nobody could read ---------------------------------------------------------------------
def count_old_quarantined(session: Connected, project_id: int, before: dt.datetime) -> int:
    query = sa.select(sa.func.count()).where(*_old_quarantined(project_id, before))
    return session.execute(query).scalar_one()


def _old_quarantined(project_id: int, before: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Quarantined.project_id == project_id,
        Quarantined.received_at < before,
        Quarantined.reason != PERIOD_OVER,
    )


@dataclass(frozen=True, kw_only=True)
class Held:
    """What hangs on a page of it."""

    quarantined_pks: Sequence[uuid.UUID]
    keys: Sequence[uuid.UUID]
    blobs: Sequence[str]


def lock_old_quarantined(
    connection: sa.Connection, project_id: int, before: dt.datetime, limit: int
) -> Held:
    rows = connection.execute(
        sa.select(Quarantined.quarantined_pk, Quarantined.key_pk)
        .where(*_old_quarantined(project_id, before))
        .order_by(Quarantined.quarantined_pk)
        .limit(limit)
        .with_for_update()
    ).all()
    mine = [row.quarantined_pk for row in rows]
    files = connection.execute(
        sa.select(QuarantinedFile.key_pk, QuarantinedFile.blob).where(
            QuarantinedFile.project_id == project_id, QuarantinedFile.quarantined_pk.in_(mine)
        )
    ).all()
    held = {row.key_pk for row in (*rows, *files)} - {None}
    return Held(quarantined_pks=mine, keys=sorted(held), blobs=sorted({row.blob for row in files}))


def expire_quarantined(
    connection: sa.Connection, project_id: int, keys: Sequence[uuid.UUID], now: dt.datetime
) -> None:
    """Leave of each the stand-in by which it is known when it comes again."""
    connection.execute(
        sa.delete(QuarantinedFile).where(
            QuarantinedFile.project_id == project_id, QuarantinedFile.quarantined_pk.in_(keys)
        )
    )
    left = {"xml": b"", "size": 0, "reason": PERIOD_OVER, "submitter_id": None, "resolved_at": now}
    connection.execute(
        sa.update(Quarantined)
        .where(Quarantined.project_id == project_id, Quarantined.quarantined_pk.in_(keys))
        .values(left)
    )
