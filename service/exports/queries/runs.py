"""Runs: asked for, claimed, made, deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.tables import ActorRow
from service.consent.queries import has_taken_back
from service.exports import purposes
from service.exports.kinds import Kind, State, Why
from service.exports.tables import ExportRun
from service.facts import queries as facts
from service.facts.scopes import Purpose
from service.forms.tables import Form, FormVersion
from service.foundation import ids
from service.foundation.columns import UtcDateTime
from service.intake.tables import IS_EDITED, Submission

STOPPED_S = 60
"""A run that was not seen to go on for so long has stopped: its process was killed."""
MOST_ATTEMPTS = 3
COMMITTED_WITHIN = dt.timedelta(seconds=10)
"""An edit that was read before the run began may have been committed after it."""
EDITS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it is told."""

    project_id: int
    run_pk: uuid.UUID
    form_pk: int
    form_id: str
    title: str
    kind: Kind
    words: str
    purpose: str
    with_identity: bool
    state: State
    why: Why | None
    asked_by: int
    asked_at: dt.datetime
    asker: str | None
    agreed_by: int | None
    second: str | None
    started_at: dt.datetime | None
    beat_at: dt.datetime | None
    finished_at: dt.datetime | None
    records: int
    expected: int
    size: int
    blob: str | None
    key_pk: uuid.UUID | None
    bound: bytes | None
    good_until: dt.date | None
    asks_consent: bool
    areas: list[str] | None

    @property
    def per_second(self) -> int | None:
        """Records a second, once that says something."""
        end = self.finished_at or self.beat_at
        if self.started_at is None or end is None or not self.records:
            return None
        return round(self.records / max((end - self.started_at).total_seconds(), 0.1))


_Second = aliased(ActorRow, name="second")
_OWN = [c for c in ExportRun.__table__.columns if c.name != "attempts"]
_RUNS = (
    sa.select(
        *_OWN,
        Form.form_id,
        FormVersion.title,
        ActorRow.display_name.label("asker"),
        _Second.display_name.label("second"),
    )
    .join(Form, Form.form_pk == ExportRun.form_pk)
    .join(FormVersion, FormVersion.version_pk == Form.current_version_pk)
    .outerjoin(ActorRow, ActorRow.id == ExportRun.asked_by)
    .outerjoin(_Second, _Second.id == ExportRun.agreed_by)
)


def insert_run(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(ExportRun), [dict(row)])


def list_runs(
    session: Session, project_id: int, limit: int, only_by: int | None = None
) -> list[Run]:
    """The newest; of one person where `only_by`."""
    query = _RUNS.where(ExportRun.project_id == project_id)
    if only_by is not None:
        query = query.where(ExportRun.asked_by == only_by)
    rows = session.execute(query.order_by(ExportRun.run_pk.desc()).limit(limit))
    return [Run(**row._mapping) for row in rows]


def find_run(session: Session, project_id: int, run_pk: uuid.UUID) -> Run | None:
    row = session.execute(
        _RUNS.where(ExportRun.project_id == project_id, ExportRun.run_pk == run_pk)
    ).first()
    return row and Run(**row._mapping)


def change(
    session: Session,
    run: Run,
    was: Collection[State],
    *,
    begun_at: dt.datetime | None = None,
    **values: Any,
) -> bool:
    """Change a run that is in one of these states; whether it was. `begun_at`: and that was begun
    then, so that whoever lost it changes nothing any more."""
    which = [
        ExportRun.project_id == run.project_id,
        ExportRun.run_pk == run.run_pk,
        ExportRun.state.in_(was),
    ]
    if begun_at is not None:
        which.append(ExportRun.started_at == begun_at)
    query = sa.update(ExportRun).where(*which).values(**values).returning(ExportRun.run_pk)
    return session.execute(query).first() is not None


def find_due(session: Session, now: dt.datetime) -> tuple[int, uuid.UUID] | None:
    """The run that has waited longest, or one that stopped."""
    row = session.execute(
        sa.select(ExportRun.project_id, ExportRun.run_pk)
        .where(_is_open(), _is_due(now))
        .order_by(ExportRun.asked_at)
        .limit(1)
    ).first()
    return None if row is None else (row.project_id, row.run_pk)


def claim(session: Session, project_id: int, run_pk: uuid.UUID, now: dt.datetime) -> int | None:
    """Begin it, unless another worker was faster; answers how often that was tried."""
    return session.execute(
        sa.update(ExportRun)
        .where(ExportRun.project_id == project_id, ExportRun.run_pk == run_pk, _is_due(now))
        .values(
            state=State.RUNNING,
            started_at=now,
            beat_at=now,
            records=0,
            attempts=ExportRun.attempts + 1,
        )
        .returning(ExportRun.attempts)
    ).scalar_one_or_none()


def _is_open() -> sa.ColumnElement[bool]:
    states: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{state}'") for state in (State.QUEUED, State.RUNNING)
    ]
    return ExportRun.state.in_(states)  # as the index says it


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    stopped = now - dt.timedelta(seconds=STOPPED_S)
    return sa.or_(
        ExportRun.state == State.QUEUED,
        sa.and_(ExportRun.state == State.RUNNING, ExportRun.beat_at < stopped),
    )


def list_to_drop(
    session: Session, made_before: dt.datetime, today: dt.date
) -> list[tuple[Run, Why]]:
    """Files that are too old, and those in which somebody may be who does not allow it (any more):
    see `is_outdated`."""
    found = []
    for row in session.execute(_RUNS.where(ExportRun.state == State.DONE)):
        run = Run(**row._mapping)
        if is_outdated(session, run, today):
            found.append((run, Why.TAKEN_BACK))
        elif run.finished_at is not None and run.finished_at < made_before:
            found.append((run, Why.OLD))
    return found


def is_outdated(session: Session, run: Run, today: dt.date) -> bool:
    """Whether somebody of the project has taken something back since it was begun, or consent has
    ended that it rests on, or an edit of a record denies what the file was made for."""
    if run.started_at is None or (run.good_until is not None and run.good_until < today):
        return True
    taken_back = has_taken_back(
        run.project_id, sa.bindparam("since", run.started_at, UtcDateTime, unique=True)
    )
    return bool(session.scalar(sa.select(taken_back))) or _is_denied(session, run, today)


def _is_denied(session: Session, run: Run, today: dt.date) -> bool:
    """By one of the edits that came since, or had waited and took their place. What the file holds
    is not kept: one of somebody who denied it before, too, makes the file old."""
    if run.started_at is None or not run.asks_consent:
        return False
    wanted = {Purpose.CODES}
    told = purposes.read(run.purpose)
    if told is not None and (run.with_identity or told.purpose is Purpose.COUNT):
        wanted.add(told.purpose)
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == run.project_id,
        Submission.form_pk == run.form_pk,
        IS_EDITED,
        Submission.changed_at >= run.started_at - COMMITTED_WITHIN,
        Submission.record_pk < ids.first_of(run.finished_at or run.started_at),
        Submission.projected_at.is_not(None),  # until then nobody sees a word of it
    )
    edits = session.scalars(query).all()
    for start in range(0, len(edits), EDITS_AT_ONCE):
        some = edits[start : start + EDITS_AT_ONCE]
        may = facts.allowed_of_many(session, run.project_id, some, sorted(wanted), today)
        if any(not wanted <= may.get(one, facts.NOT_ASKED).purposes for one in some):
            return True
    return False


def named_blobs(session: Session, names: Collection[str]) -> set[str]:
    """Those that a run names."""
    query = sa.select(ExportRun.blob).where(ExportRun.blob.in_(names))
    return {blob for blob in session.scalars(query) if blob}
