"""Promises and their history, which grows and is never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.dialogue.promises import Status, Word
from service.dialogue.tables import Meeting, Promise, PromiseWord


def insert(session: Session, row: Mapping[str, Any], first: Mapping[str, Any]) -> None:
    session.execute(sa.insert(Promise), [dict(row)])
    session.execute(sa.insert(PromiseWord), [dict(first)])


def insert_word(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(PromiseWord), [dict(row)])


def find(
    session: Session, project_id: int, promise_pk: uuid.UUID, *, lock: bool = False
) -> Promise | None:
    """Of a meeting that was not removed. Locked: two words come one after the other."""
    query = _STANDING.where(Promise.project_id == project_id, Promise.promise_pk == promise_pk)
    if lock:
        query = query.with_for_update(of=Promise).execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; None and "": by nothing."""

    partner: str = ""
    status: Status | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    places: frozenset[str] | None = None
    meeting_pk: uuid.UUID | None = None
    keys: frozenset[uuid.UUID] | None = None


def list_promises(
    session: Session, project_id: int, filters: Filters, limit: int
) -> Sequence[Promise]:
    """Those that were given last come first."""
    query = _STANDING.where(Promise.project_id == project_id, *_narrowed(project_id, filters))
    order = (Promise.promised_on.desc(), Promise.promise_pk.desc())
    return session.scalars(query.order_by(*order).limit(limit)).all()


def words_of(
    session: Session, project_id: int, promises: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[PromiseWord]]:
    """In their order."""
    query = (
        sa.select(PromiseWord)
        .where(PromiseWord.project_id == project_id, PromiseWord.promise_pk.in_(list(promises)))
        .order_by(PromiseWord.promise_pk, PromiseWord.number)
    )
    found: dict[uuid.UUID, list[PromiseWord]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.promise_pk].append(row)
    return found


def as_word(row: PromiseWord) -> Word:
    return Word(number=row.number, status=row.status, said_on=row.said_on, due_on=row.due_on)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Open promises whose day is near, or over."""

    soon: int
    late: int


def count_waiting(session: Session, project_id: int, today: dt.date, soon: dt.date) -> Waiting:
    """In one statement. `soon`: up to which day one is near."""
    due = _due().label("due_on")
    open_ones = (
        sa.select(due)
        .select_from(Promise)
        .join(Meeting, _ITS)
        .where(
            Promise.project_id == project_id,
            Meeting.removed_at.is_(None),
            _last_status() == Status.OPEN,
        )
        .subquery()
    )
    day = open_ones.c.due_on
    row = session.execute(
        sa.select(
            sa.func.count(sa.case((day < today, 1))),
            sa.func.count(sa.case((sa.and_(day >= today, day <= soon), 1))),
        )
    ).one()
    return Waiting(late=row[0], soon=row[1])


def _narrowed(project_id: int, filters: Filters) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.partner:
        found.append(Promise.partner == filters.partner)
    if filters.status is not None:
        found.append(_last_status() == filters.status)
    if filters.since is not None:
        found.append(Promise.promised_on >= filters.since)
    if filters.until is not None:
        found.append(Promise.promised_on <= filters.until)
    if filters.places is not None:
        found.append(Promise.place.in_(sorted(filters.places)))
    if filters.meeting_pk is not None:
        found.append(Promise.meeting_pk == filters.meeting_pk)
    if filters.keys is not None:
        found.append(Promise.promise_pk.in_(sorted(filters.keys)))
    return found


def _mine() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        PromiseWord.project_id == Promise.project_id,
        PromiseWord.promise_pk == Promise.promise_pk,
    )


def _last_status() -> sa.ScalarSelect[Status]:
    query = sa.select(PromiseWord.status).where(*_mine()).order_by(PromiseWord.number.desc())
    return query.limit(1).correlate(Promise).scalar_subquery()


def _due() -> sa.ScalarSelect[dt.date | None]:
    """The day that was agreed last."""
    query = sa.select(PromiseWord.due_on).where(*_mine(), PromiseWord.due_on.is_not(None))
    return query.order_by(PromiseWord.number.desc()).limit(1).correlate(Promise).scalar_subquery()


_ITS = sa.and_(Meeting.project_id == Promise.project_id, Meeting.meeting_pk == Promise.meeting_pk)
_STANDING = sa.select(Promise).join(Meeting, _ITS).where(Meeting.removed_at.is_(None))
