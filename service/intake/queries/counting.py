"""How many: what a coordinator sees first, and the law that nothing received is ever lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from service.accounts.reach import Reach
from service.foundation.audit import AuditEntry
from service.intake.queries.listing import Connected, within
from service.intake.tables import (
    Quarantined,
    State,
    Submission,
)


@dataclass(frozen=True, kw_only=True)
class Today:
    """What a coordinator sees first. Counts only."""

    received_since: int
    total: int
    sealed: int
    """Of these, how many only the key kept offline opens: they count, and have no facts."""
    queued: int
    """Copies that wait for a person; and below, how many of them came since then."""
    queued_since: int
    quarantined: int
    incomplete: int
    unprojected: int
    last_received_at: dt.datetime | None


def today(session: Connected, project_id: int, since: dt.datetime, reach: Reach) -> Today:
    """Counts of what is within reach, in two statements. What could not be read has no place."""
    is_current = sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None))
    waits = sa.and_(Submission.state == State.QUEUED, Submission.deleted_at.is_(None))

    def count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            count_where(sa.and_(is_current, Submission.received_at >= since)),
            count_where(is_current),
            count_where(sa.and_(is_current, Submission.sealed_to.is_not(None))),
            count_where(waits),
            count_where(sa.and_(waits, Submission.received_at >= since)),
            count_where(sa.and_(is_current, Submission.files_present < Submission.files_expected)),
            count_where(sa.and_(is_current, Submission.projected_at.is_(None))),
            sa.func.max(Submission.received_at),
        ).where(Submission.project_id == project_id, within(reach))
    ).one()
    quarantined = count_quarantined(session, project_id) if reach.is_whole else 0
    return Today(
        received_since=row[0],
        total=row[1],
        sealed=row[2],
        queued=row[3],
        queued_since=row[4],
        quarantined=quarantined,
        incomplete=row[5],
        unprojected=row[6],
        last_received_at=row[7],
    )


@dataclass(frozen=True, kw_only=True)
class Conservation:
    """Everything that was ever received, and what became of it."""

    received: int
    """By the audit log, which nothing takes back."""
    live: int
    superseded: int
    parked: int
    quarantined: int
    erased: int

    @property
    def holds(self) -> bool:
        kept = self.live + self.superseded + self.parked + self.quarantined + self.erased
        return self.received == kept


_RECEIVING = (
    "submission.receive",
    "submission.queue",
    "submission.quarantine",
    "submission.receive_erased",
)


def conservation(session: Connected, project_id: int) -> Conservation:
    """The law that nothing received is ever lost, in numbers. Reads all of a project's entries."""
    received = session.execute(
        sa.select(sa.func.count()).where(
            AuditEntry.project_id == project_id, AuditEntry.action.in_(_RECEIVING)
        )
    ).scalar_one()
    states = session.execute(
        sa.select(Submission.state, sa.func.count())
        .where(Submission.project_id == project_id)
        .group_by(Submission.state)
    )
    counts = {row[0]: row[1] for row in states}
    quarantined = session.execute(
        sa.select(sa.func.count()).where(Quarantined.project_id == project_id)
    ).scalar_one()
    return Conservation(
        received=received,
        live=counts.get(State.CURRENT, 0),
        superseded=counts.get(State.SUPERSEDED, 0),
        parked=counts.get(State.QUEUED, 0),
        quarantined=quarantined,
        erased=counts.get(State.ERASED, 0) + counts.get(State.EXPIRED, 0),
    )


def count_quarantined(session: Connected, project_id: int) -> int:
    query = sa.select(sa.func.count()).where(
        Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None)
    )
    return session.execute(query).scalar_one()


def last_received(session: Connected, project_ids: Collection[int]) -> dict[int, dt.datetime]:
    """When the newest record of each of these projects came."""
    query = sa.select(Submission.project_id, sa.func.max(Submission.received_at)).where(
        Submission.project_id.in_(project_ids),
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(Submission.project_id))}


def of_forms(session: Connected, project_id: int) -> dict[int, tuple[int, dt.datetime]]:
    """{form's key: (records as they stand, when the newest came)}."""
    query = sa.select(
        Submission.form_pk, sa.func.count(), sa.func.max(Submission.received_at)
    ).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    rows = session.execute(query.group_by(Submission.form_pk))
    return {row[0]: (row[1], row[2]) for row in rows}


def count_current(session: Connected, project_id: int) -> int:
    """Records as they stand: no older versions, no copies that wait, nothing deleted."""
    query = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    return session.execute(query).scalar_one()


def count_unprojected(session: Connected, project_id: int) -> int:
    """Records whose facts are still to be computed."""
    query = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
        Submission.projected_at.is_(None),
    )
    return session.execute(query).scalar_one()
