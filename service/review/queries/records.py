"""Records as programs are told of them: a record is all its versions, named by the first.

Nothing of what one says. What a look at it found is said of its present version.
"""

from __future__ import annotations

import datetime as dt
import math
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach, Thing
from service.intake.queries import listing
from service.intake.queries.receiving import PUT_IN_PLACE, instance_digest
from service.intake.tables import State, Submission
from service.review.states import ReviewState, Stage, present_state, stage_of
from service.review.tables import RecordReview

Handle = Session | sa.Connection
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionTold:
    """One version of a record."""

    submission_pk: uuid.UUID
    instance_id: str
    received_at: dt.datetime
    submitter_id: int | None
    device_key: str | None
    user_agent: str
    version: str
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTold:
    """A record, by its first version and its present one."""

    record_pk: uuid.UUID
    place: str | None
    first: VersionTold
    current: VersionTold
    state: ReviewState | None
    sealed_to: str | None
    deleted_at: dt.datetime | None = None
    """When it was removed; nothing of it is erased."""
    decided_at: dt.datetime | None = None
    origin: str | None = None
    """The server on which that was decided, where nobody did here."""
    owner_id: int | None = None
    """Who has the present version in hand."""

    @property
    def stage(self) -> Stage:
        return stage_of(self.state, has_owner=self.owner_id is not None)

    @property
    def updated_at(self) -> dt.datetime | None:
        """When it was last edited or decided on, as tables and their filters have it."""
        if self.current.submission_pk == self.record_pk:
            return self.decided_at
        return max(self.current.received_at, self.decided_at or self.current.received_at)

    @property
    def thing(self) -> Thing:
        return Thing(place=self.place, sender=self.first.submitter_id, record=self.record_pk)


_first = aliased(Submission)


def _columns(of: Any, name: str) -> list[sa.Label[Any]]:
    return [
        column.label(f"{name}_{column.key}")
        for column in (
            of.submission_pk,
            of.instance_id,
            of.received_at,
            of.submitter_id,
            of.device_key,
            of.user_agent,
            of.version,
        )
    ]


_RECORDS = (
    sa.select(
        Submission.record_pk,
        Submission.place,
        Submission.sealed_to,
        Submission.deleted_at,
        *_columns(_first, "first"),
        *_columns(Submission, "current"),
        RecordReview.state,
        RecordReview.submission_pk.label("looked_at"),
        RecordReview.decided_at,
        RecordReview.copied_from,
        RecordReview.owner_id,
    )
    .join(
        _first,
        sa.and_(
            _first.project_id == Submission.project_id,
            _first.submission_pk == Submission.record_pk,
        ),
    )
    .outerjoin(
        RecordReview,
        sa.and_(
            RecordReview.project_id == Submission.project_id,
            RecordReview.record_pk == Submission.record_pk,
        ),
    )
)


def _as_record(row: Any) -> RecordTold:
    values = row._mapping
    current = _version(values, "current", is_current=True)
    return RecordTold(
        record_pk=row.record_pk,
        place=row.place,
        sealed_to=row.sealed_to,
        deleted_at=row.deleted_at,
        decided_at=row.decided_at,
        origin=row.copied_from,
        first=_version(values, "first", is_current=row.record_pk == current.submission_pk),
        current=current,
        state=present_state(row.record_pk, current.submission_pk, row.state, row.looked_at),
        owner_id=row.owner_id if row.looked_at == current.submission_pk else None,
    )


def _version(values: Any, name: str, *, is_current: bool) -> VersionTold:
    return VersionTold(
        submission_pk=values[f"{name}_submission_pk"],
        instance_id=values[f"{name}_instance_id"],
        received_at=values[f"{name}_received_at"],
        submitter_id=values[f"{name}_submitter_id"],
        device_key=values[f"{name}_device_key"],
        user_agent=values[f"{name}_user_agent"],
        version=values[f"{name}_version"],
        is_current=is_current,
    )


_STANDS = sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None))
_REMOVED = sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_not(None))


def stream(
    connection: Handle,
    project_id: int,
    form_pk: int,
    reach: Reach,
    *,
    removed: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> Iterator[RecordTold]:
    """Records of a form as they stand (or those that were removed), the one that first came last
    first, page by page: memory stays flat. An edit leaves a record in its place, so that whoever
    asks part by part misses none."""
    query = _RECORDS.where(
        Submission.project_id == project_id,
        Submission.form_pk == form_pk,
        _REMOVED if removed else _STANDS,
        listing.within(reach),
    ).order_by(Submission.record_pk.desc())
    page = query.offset(offset) if offset else query
    left = math.inf if limit is None else limit
    while left > 0:
        size = int(min(PAGE, left))
        rows = connection.execute(page.limit(size)).all()
        yield from map(_as_record, rows)
        if len(rows) < size:
            return
        left -= size
        page = query.where(Submission.record_pk < rows[-1].record_pk)


def state_of_list(
    session: Handle, project_id: int, form_pk: int, reach: Reach
) -> tuple[object, ...]:
    """What changes whenever the list of a form does: counts and last moments of what comes, is
    edited, takes its place (an edit that waited), removed, erased and looked at, as far as the
    reach goes: what changes elsewhere is not theirs to know. For who sees an area also of what is
    placed in it; who sees the whole is told nothing new by a place, and is sent no list again for
    it. Two statements, whatever the list's length."""
    placed = sa.null() if reach.is_whole else sa.func.max(Submission.projected_at)
    stands = sa.case((_STANDS, 1), else_=0)
    superseded = sa.case((Submission.state == State.SUPERSEDED, 1), else_=0)
    of_records = session.execute(
        sa.select(
            sa.func.sum(stands),
            sa.func.sum(superseded),
            sa.func.count(),
            sa.func.max(Submission.received_at),
            sa.func.max(Submission.deleted_at),
            placed,
        ).where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            listing.within(reach),
        )
    ).one()
    of_looks = session.execute(
        sa.select(sa.func.count(), sa.func.max(RecordReview.decided_at)).where(
            RecordReview.project_id == project_id,
            listing.record_within(project_id, RecordReview.record_pk, reach),
        )
    ).one()
    return (*of_records, *of_looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesTold:
    """How many records of a form stand as what; those approved or rejected are in none."""

    received: int
    has_issues: int
    edited: int


def count_states(session: Handle, project_id: int) -> dict[int, StatesTold]:
    """Of each form of a project that has records; as `present_state` says. One statement."""
    is_of_it = sa.func.coalesce(RecordReview.submission_pk == Submission.submission_pk, sa.false())
    is_first = Submission.submission_pk == Submission.record_pk
    by_look = {
        state: sa.and_(is_of_it, RecordReview.state == state)
        for state in (ReviewState.HAS_ISSUES, ReviewState.EDITED)
    }
    nobody_said = sa.and_(is_of_it, RecordReview.state.is_(None))
    unseen = sa.not_(is_of_it)
    rows = session.execute(
        sa.select(
            Submission.form_pk,
            _number(sa.or_(nobody_said, sa.and_(unseen, is_first))),
            _number(by_look[ReviewState.HAS_ISSUES]),
            _number(sa.or_(by_look[ReviewState.EDITED], sa.and_(unseen, sa.not_(is_first)))),
        )
        .outerjoin(
            RecordReview,
            sa.and_(
                RecordReview.project_id == Submission.project_id,
                RecordReview.record_pk == Submission.record_pk,
            ),
        )
        .where(Submission.project_id == project_id, _STANDS)
        .group_by(Submission.form_pk)
    )
    return {
        form_pk: StatesTold(received=received, has_issues=issues, edited=edited)
        for form_pk, received, issues, edited in rows
    }


def _number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def find(session: Handle, project_id: int, form_pk: int, instance_id: str) -> RecordTold | None:
    """The record that stands, by the instance ID of any of its versions."""
    return _find(session, project_id, form_pk, instance_id, _STANDS)


def find_removed(
    session: Handle, project_id: int, form_pk: int, instance_id: str
) -> RecordTold | None:
    """The same of one that was removed."""
    return _find(session, project_id, form_pk, instance_id, _REMOVED)


def find_by_key(session: Handle, project_id: int, submission_pk: uuid.UUID) -> RecordTold | None:
    """The record of which this is the version that stands."""
    is_it = (Submission.project_id == project_id, Submission.submission_pk == submission_pk)
    row = session.execute(_RECORDS.where(*is_it, _STANDS)).first()
    return None if row is None else _as_record(row)


def find_by_record(session: Handle, project_id: int, record_pk: uuid.UUID) -> RecordTold | None:
    """The record that stands, or was removed, by its own key."""
    is_it = (Submission.project_id == project_id, Submission.record_pk == record_pk)
    row = session.execute(_RECORDS.where(*is_it, sa.or_(_STANDS, _REMOVED))).first()
    return None if row is None else _as_record(row)


def _find(
    session: Handle,
    project_id: int,
    form_pk: int,
    instance_id: str,
    which: sa.ColumnElement[bool],
) -> RecordTold | None:
    named = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id,
        Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
        Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
    )
    row = session.execute(
        _RECORDS.where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(named.scalar_subquery()),
            which,
        )
    ).first()
    return None if row is None else _as_record(row)


def holds_copies(session: Handle, project_id: int, record_pk: uuid.UUID) -> bool:
    """Whether a copy was put in the place of a version of it."""
    flags = sa.select(Submission.flags).where(
        Submission.project_id == project_id,
        Submission.record_pk == record_pk,
        Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
    )
    return any(PUT_IN_PLACE in one for one in session.execute(flags).scalars())


def list_senders(session: Handle, project_id: int, form_pk: int, reach: Reach) -> list[int | None]:
    """Whoever sent the first version of a record that stands."""
    query = (
        sa.select(_first.submitter_id)
        .join_from(
            Submission,
            _first,
            sa.and_(
                _first.project_id == Submission.project_id,
                _first.submission_pk == Submission.record_pk,
            ),
        )
        .where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            _STANDS,
            listing.within(reach),
        )
        .distinct()
    )
    return list(session.execute(query).scalars())


def list_versions(session: Handle, project_id: int, record_pk: uuid.UUID) -> list[VersionTold]:
    """All versions of a record, the one that stands first, each before the one that it replaced:
    what waited for a person, or for its base, came before it."""
    rows = session.execute(
        sa.select(
            Submission.submission_pk,
            Submission.instance_id,
            Submission.deprecated_id,
            Submission.received_at,
            Submission.submitter_id,
            Submission.device_key,
            Submission.user_agent,
            Submission.version,
            (Submission.state == State.CURRENT).label("is_current"),
        )
        .where(
            Submission.project_id == project_id,
            Submission.record_pk == record_pk,
            Submission.state.in_((State.CURRENT, State.SUPERSEDED)),
        )
        .order_by(Submission.submission_pk.desc())
    ).all()
    left = {row.instance_id: row for row in rows}
    found: list[VersionTold] = []
    names = next((row.instance_id for row in rows if row.is_current), None)
    while left:
        row = left.pop(names or "", None) or left.pop(next(iter(left)))
        values = dict(row._mapping)
        names = values.pop("deprecated_id")
        found.append(VersionTold(**{**values, "is_current": bool(row.is_current)}))
    return found
