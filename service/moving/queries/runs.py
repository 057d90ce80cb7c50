"""Moves: asked for, claimed, made; and their reports, page by page."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.consent.queries import has_taken_back
from service.foundation.problems import NOT_FOUND, Problem
from service.moving.states import State
from service.moving.tables import MovePage, MoveRun

STOPPED_S = 300
"""A move that was not seen to go on for so long has stopped: its process was killed."""
MOST_ATTEMPTS = 20
"""A large move may meet several restarts; each goes on where the last one stopped."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A move as it is told."""

    project_id: int
    run_pk: uuid.UUID
    kind: str
    address: str
    of_project: str
    form_ids: list[str]
    is_dry: bool
    state: State
    problem: str | None
    reason: str
    asked_by: int
    asked_at: dt.datetime
    asker: str | None
    started_at: dt.datetime | None
    beat_at: dt.datetime | None
    due_at: dt.datetime | None
    waits_since: dt.datetime | None
    finished_at: dt.datetime | None
    mark: Mapping[str, Any]
    counts: Mapping[str, int]
    pages: int
    secret: bytes | None = field(repr=False)
    secret_key_pk: uuid.UUID | None
    key_pk: uuid.UUID | None
    file_blob: str | None
    file_key_pk: uuid.UUID | None
    file_bound: bytes | None = field(repr=False)
    file_size: int | None
    file_ending: str | None
    mapping: Mapping[str, Any] | None
    groups: Mapping[str, Any]

    @property
    def file_columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _OF_FILE}

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def per_second(self) -> int | None:
        """Rows a second since it was last begun, once that says something."""
        end = self.finished_at or self.beat_at
        if self.started_at is None or end is None or not self.total:
            return None
        return round(self.total / max((end - self.started_at).total_seconds(), 0.1))


_OF_FILE = ("file_blob", "file_key_pk", "file_bound", "file_size", "file_ending")
_OWN = [c for c in MoveRun.__table__.columns if c.name != "attempts"]
_RUNS = sa.select(*_OWN, ActorRow.display_name.label("asker")).outerjoin(
    ActorRow, ActorRow.id == MoveRun.asked_by
)


def insert_run(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(MoveRun), [dict(row)])


def list_runs(session: Session, project_id: int, limit: int) -> list[Run]:
    """The newest first."""
    query = _RUNS.where(MoveRun.project_id == project_id).order_by(MoveRun.run_pk.desc())
    return [Run(**row._mapping) for row in session.execute(query.limit(limit))]


def find_run(session: Session, project_id: int, run_pk: uuid.UUID) -> Run | None:
    row = session.execute(
        _RUNS.where(MoveRun.project_id == project_id, MoveRun.run_pk == run_pk)
    ).first()
    return row and Run(**row._mapping)


def get_run(session: Session, project_id: int, run_pk: uuid.UUID) -> Run:
    """Raises NOT_FOUND."""
    run = find_run(session, project_id, run_pk)
    if run is None:
        raise Problem(NOT_FOUND)
    return run


def change(
    session: Session,
    run: Run,
    was: Collection[State],
    *,
    begun_at: dt.datetime | None = None,
    **values: Any,
) -> bool:
    """Change a move that is in one of these states, and was begun then; whether it was."""
    which = [
        MoveRun.project_id == run.project_id,
        MoveRun.run_pk == run.run_pk,
        MoveRun.state.in_(was),
    ]
    if begun_at is not None:
        which.append(MoveRun.started_at == begun_at)
    query = sa.update(MoveRun).where(*which).values(**values).returning(MoveRun.run_pk)
    return session.execute(query).first() is not None


def find_due(session: Session, now: dt.datetime) -> tuple[int, uuid.UUID] | None:
    """The move that has waited longest, or one that stopped."""
    row = session.execute(
        sa.select(MoveRun.project_id, MoveRun.run_pk)
        .where(_is_open(), _is_due(now))
        .order_by(MoveRun.asked_at)
        .limit(1)
    ).first()
    return None if row is None else (row.project_id, row.run_pk)


def claim(session: Session, project_id: int, run_pk: uuid.UUID, now: dt.datetime) -> int | None:
    """Begin it or go on with it, unless another worker was faster; how often that was tried."""
    return session.execute(
        sa.update(MoveRun)
        .where(MoveRun.project_id == project_id, MoveRun.run_pk == run_pk, _is_due(now))
        .values(state=State.RUNNING, started_at=now, beat_at=now, attempts=MoveRun.attempts + 1)
        .returning(MoveRun.attempts)
    ).scalar_one_or_none()


def release_all(session: Session) -> None:
    """What a killed process was at goes on at once: for a worker that knows it is the only one."""
    session.execute(
        sa.update(MoveRun)
        .where(_is_open(), MoveRun.state == State.RUNNING)
        .values(state=State.QUEUED)
    )


def _is_open() -> sa.ColumnElement[bool]:
    states: list[sa.ColumnElement[str]] = [
        sa.literal_column(f"'{state}'") for state in (State.QUEUED, State.RUNNING)
    ]
    return MoveRun.state.in_(states)  # as the index says it


def _is_due(now: dt.datetime) -> sa.ColumnElement[bool]:
    stopped = now - dt.timedelta(seconds=STOPPED_S)
    return sa.or_(
        sa.and_(
            MoveRun.state == State.QUEUED, sa.or_(MoveRun.due_at.is_(None), MoveRun.due_at <= now)
        ),
        sa.and_(MoveRun.state == State.RUNNING, MoveRun.beat_at < stopped),
    )


# --- reports ------------------------------------------------------------------------------------
def put_page(session: Session, run: Run, number: int, sealed: bytes) -> None:
    session.execute(
        sa.insert(MovePage),
        [
            {
                "project_id": run.project_id,
                "run_pk": run.run_pk,
                "number": number,
                "sealed": sealed,
            }
        ],
    )


def replace_page(session: Session, run: Run, number: int, sealed: bytes) -> None:
    mine = (MovePage.project_id == run.project_id, MovePage.run_pk == run.run_pk)
    session.execute(sa.delete(MovePage).where(*mine, MovePage.number == number))
    put_page(session, run, number, sealed)


def find_page(session: Session, run: Run, number: int) -> bytes | None:
    return session.execute(
        sa.select(MovePage.sealed).where(
            MovePage.project_id == run.project_id,
            MovePage.run_pk == run.run_pk,
            MovePage.number == number,
        )
    ).scalar_one_or_none()


def list_to_forget(session: Session, made_before: dt.datetime) -> list[Run]:
    """Reports that are old, and those of projects in which somebody has taken something back
    since: its instance ID may stand in them."""
    later = has_taken_back(MoveRun.project_id, MoveRun.asked_at)
    query = _RUNS.where(
        MoveRun.key_pk.is_not(None),
        MoveRun.finished_at.is_not(None),
        sa.or_(MoveRun.finished_at < made_before, later),
    )
    return [Run(**row._mapping) for row in session.execute(query)]


def list_ended_with_secret(session: Session) -> list[Run]:
    """Moves that are over, and whose process was killed before it destroyed what opens the
    source."""
    query = _RUNS.where(MoveRun.finished_at.is_not(None), MoveRun.secret_key_pk.is_not(None))
    return [Run(**row._mapping) for row in session.execute(query)]


def forget_secret(session: Session, run: Run) -> None:
    session.execute(
        sa.update(MoveRun)
        .where(MoveRun.project_id == run.project_id, MoveRun.run_pk == run.run_pk)
        .values(secret_key_pk=None)
    )


def forget_report(session: Session, run: Run) -> None:
    mine = (MovePage.project_id == run.project_id, MovePage.run_pk == run.run_pk)
    session.execute(sa.delete(MovePage).where(*mine))
    session.execute(
        sa.update(MoveRun)
        .where(MoveRun.project_id == run.project_id, MoveRun.run_pk == run.run_pk)
        .values(key_pk=None, pages=0)
    )


# --- export files -------------------------------------------------------------------------------
def take_file(session: Session, run: Run) -> bool:
    """Take the file from a move, for another; whether it was still there."""
    if run.file_blob is None:
        return False
    query = _without_file(run).where(MoveRun.file_blob == run.file_blob)
    return session.execute(query.returning(MoveRun.run_pk)).first() is not None


def forget_file(session: Session, run: Run) -> None:
    session.execute(_without_file(run))


def _without_file(run: Run) -> sa.Update:
    mine = (MoveRun.project_id == run.project_id, MoveRun.run_pk == run.run_pk)
    return sa.update(MoveRun).where(*mine).values(dict.fromkeys(_OF_FILE))


def end_waiting(session: Session, asked_before: dt.datetime, now: dt.datetime) -> None:
    """Of files that never came."""
    session.execute(
        sa.update(MoveRun)
        .where(MoveRun.state == State.WAITING, MoveRun.asked_at < asked_before)
        .values(state=State.STOPPED, finished_at=now)
    )


def list_files_to_forget(session: Session, ended_before: dt.datetime) -> list[Run]:
    is_looked_at = sa.and_(MoveRun.is_dry, MoveRun.state == State.DONE)
    later = has_taken_back(MoveRun.project_id, MoveRun.asked_at)
    query = _RUNS.where(
        MoveRun.file_blob.is_not(None),
        MoveRun.finished_at.is_not(None),
        sa.or_(sa.not_(is_looked_at), MoveRun.finished_at < ended_before, later),
    )
    return [Run(**row._mapping) for row in session.execute(query)]


def named_blobs(session: Session, names: Collection[str]) -> set[str]:
    """Those that a move names."""
    query = sa.select(MoveRun.file_blob).where(MoveRun.file_blob.in_(names))
    return {blob for blob in session.scalars(query) if blob}
