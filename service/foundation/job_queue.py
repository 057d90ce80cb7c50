"""Jobs: rows that join the transaction of what caused them, and are worked off later.

Several workers may claim at once, on any number of machines: on PostgreSQL `FOR UPDATE SKIP
LOCKED`, on SQLite the one writer. A claim is a lease; a worker that dies loses it after
LEASE_S and another takes over, so a job runs at least once and must be safe to run again.
A job that failed MAX_ATTEMPTS times is buried: kept, counted on the health page, never dropped.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, Session, mapped_column

from service.foundation import clock, ids
from service.foundation.columns import Uid, UtcDateTime
from service.foundation.db import Base

LEASE_S = 120
MAX_ATTEMPTS = 8
ALONE_FROM = 3
"""Attempts after which a job is claimed by itself: whoever shared a batch with a job that kills
the process, or a machine whose power failed eight times, shall not be buried with it."""


class JobRow(Base):
    """One piece of work to come. `subject` is the id of what it is about."""

    __tablename__ = "jobs"
    __table_args__ = (
        sa.Index(
            "ix_jobs_due",
            "due_at",
            "job_pk",
            sqlite_where=sa.text("buried_at IS NULL"),
            postgresql_where=sa.text("buried_at IS NULL"),
        ),
    )
    job_pk: Mapped[uuid.UUID] = mapped_column(Uid, primary_key=True)
    project_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event: Mapped[str] = mapped_column(sa.String(48))
    subject: Mapped[uuid.UUID] = mapped_column(Uid)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    """Not before this moment; a claim moves it to the end of its lease."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    buried_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    claim: Mapped[uuid.UUID | None] = mapped_column(Uid)
    """Whose lease it is: a worker that lost its lease finishes nothing."""
    error: Mapped[str | None] = mapped_column(sa.String(200))
    """Class of the last error; never its text, which may quote an answer."""


TABLE: sa.Table = Base.metadata.tables[JobRow.__tablename__]
"""For a row that is inserted with others."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A claimed job."""

    project_id: int
    job_pk: uuid.UUID
    event: str
    subject: uuid.UUID
    attempts: int
    claim: uuid.UUID


def row(*, project_id: int, event: str, subject: uuid.UUID, after_s: float = 0) -> dict[str, Any]:
    """A row for `JobRow`, due in `after_s` seconds."""
    return {
        "project_id": project_id,
        "job_pk": ids.new_uuid(),
        "event": event,
        "subject": subject,
        "due_at": clock.now() + dt.timedelta(seconds=after_s),
    }


def enqueue(
    session: Session | sa.Connection,
    *,
    project_id: int,
    event: str,
    subject: uuid.UUID,
    after_s: float = 0,
) -> None:
    """Add a job in the caller's transaction."""
    new = row(project_id=project_id, event=event, subject=subject, after_s=after_s)
    session.execute(sa.insert(JobRow), [new])


def enqueue_daily(session: Session, *, event: str) -> None:
    """Add the job of this day (UTC), of no project, unless it waits already. Several workers may
    try, and one that starts anew tries again: handlers find their work done."""
    day = clock.today()
    name = uuid.uuid5(uuid.NAMESPACE_OID, f"{event} {day}")
    new = row(project_id=0, event=event, subject=name) | {"job_pk": name}
    session.execute(postgresql.insert(JobRow).on_conflict_do_nothing(), [new])  # either database


def claim(session: Session, limit: int = 100) -> list[Job]:
    """Take up to `limit` due jobs for LEASE_S seconds, oldest first; or a single one of those
    that were tried ALONE_FROM times."""
    now = clock.now()
    jobs = _claim(session, now, JobRow.attempts < ALONE_FROM, limit)
    jobs = jobs or _claim(session, now, JobRow.attempts < MAX_ATTEMPTS, 1)
    if not jobs:
        _bury_killers(session, now)
    return jobs


def _claim(
    session: Session, now: dt.datetime, which: sa.ColumnElement[bool], limit: int
) -> list[Job]:
    mine = ids.new_uuid()
    due = (
        sa.select(JobRow.job_pk)
        .where(JobRow.due_at <= now, JobRow.buried_at.is_(None), which)
        .order_by(JobRow.due_at, JobRow.job_pk)
        .limit(limit)
        .with_for_update(skip_locked=True)  # SQLite ignores it: it has one writer
    )
    claimed = session.execute(
        sa.update(JobRow)
        .where(JobRow.job_pk.in_(due.scalar_subquery()))
        .values(
            due_at=now + dt.timedelta(seconds=LEASE_S), attempts=JobRow.attempts + 1, claim=mine
        )
        .returning(JobRow.project_id, JobRow.job_pk, JobRow.event, JobRow.subject, JobRow.attempts),
    )
    jobs = [Job(**row._mapping, claim=mine) for row in claimed]
    return sorted(jobs, key=lambda job: job.job_pk)


def _bury_killers(session: Session, now: dt.datetime) -> None:
    """Jobs whose last attempt never came back: they kill the process that runs them."""
    session.execute(
        sa.update(JobRow)
        .where(JobRow.due_at <= now, JobRow.buried_at.is_(None), JobRow.attempts >= MAX_ATTEMPTS)
        .values(buried_at=now, error="ProcessDied")
    )


def release_all(session: Session) -> None:
    """Make every claimed job due again: for a worker that knows it is the only one and has just
    started, so that what a killed process held does not wait for its lease to end."""
    session.execute(
        sa.update(JobRow)
        .where(JobRow.claim.is_not(None), JobRow.buried_at.is_(None))
        .values(due_at=clock.now(), claim=None)
    )


def list_subjects(
    session: Session,
    project_id: int,
    events: Collection[str],
    after: uuid.UUID | None,
    limit: int,
) -> list[tuple[uuid.UUID, uuid.UUID]]:
    """(job, subject) of what is still to be done in a project, buried jobs too: for whoever cannot
    wait for the worker and does now what is safe to be done again."""
    query = (
        sa.select(JobRow.job_pk, JobRow.subject)
        .where(JobRow.project_id == project_id, JobRow.event.in_(sorted(events)))
        .order_by(JobRow.job_pk)
        .limit(limit)
    )
    if after is not None:
        query = query.where(JobRow.job_pk > after)
    return [(job_pk, subject) for job_pk, subject in session.execute(query)]


def finish(session: Session, jobs: Sequence[Job]) -> None:
    """The work is done and committed with this: forget the jobs that are still ours."""
    session.execute(
        sa.delete(JobRow).where(
            JobRow.job_pk.in_([job.job_pk for job in jobs]), JobRow.claim == jobs[0].claim
        )
    )


def fail(session: Session, job: Job, error: BaseException) -> None:
    """Try again after 2^attempts × 15 s, or bury the job after MAX_ATTEMPTS."""
    now = clock.now()
    wait = dt.timedelta(seconds=15 * 2**job.attempts)
    session.execute(
        sa.update(JobRow)
        .where(
            JobRow.project_id == job.project_id,
            JobRow.job_pk == job.job_pk,
            JobRow.claim == job.claim,  # another worker's lease is not ours to end
        )
        .values(
            due_at=now + wait,
            buried_at=now if job.attempts >= MAX_ATTEMPTS else None,
            error=type(error).__name__[:200],
        )
    )


def retry_buried(session: Session) -> int:
    """Give buried jobs all their tries again, from now on; answers how many."""
    done = session.execute(
        sa.update(JobRow)
        .where(JobRow.buried_at.is_not(None))
        .values(buried_at=None, attempts=0, claim=None, error=None, due_at=clock.now())
        .returning(JobRow.job_pk)
    )
    return len(done.all())


def count(session: Session) -> dict[str, int]:
    """{"waiting": n, "buried": n} over all projects."""
    buried = sa.func.count(JobRow.buried_at)
    total, dead = session.execute(sa.select(sa.func.count(), buried).select_from(JobRow)).one()
    return {"waiting": total - dead, "buried": dead}
