"""Meetings, and what was said there."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.dialogue.tables import (
    Answer,
    Meeting,
    MeetingPartner,
    MeetingQuote,
    MeetingRelease,
    Promise,
    Question,
)
from service.testimonies.tables import ToldUse


def insert_meeting(session: Session, row: Mapping[str, Any], partners: Collection[str]) -> None:
    session.execute(sa.insert(Meeting), [dict(row)])
    mine = {name: row[name] for name in ("project_id", "meeting_pk")}
    session.execute(sa.insert(MeetingPartner), [{**mine, "code": one} for one in partners])


def find_meeting(
    session: Session, project_id: int, meeting_pk: uuid.UUID, *, lock: bool = False
) -> Meeting | None:
    """One that was not removed. Locked: whoever adds to it or removes it comes one after the
    other."""
    query = sa.select(Meeting).where(
        Meeting.project_id == project_id,
        Meeting.meeting_pk == meeting_pk,
        Meeting.removed_at.is_(None),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one_or_none()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A meeting in the list, without its words."""

    meeting_pk: uuid.UUID
    held_on: dt.date
    place: str
    partners: tuple[str, ...]
    questions: int
    promises: int


def list_meetings(
    session: Session,
    project_id: int,
    before: tuple[dt.date, uuid.UUID] | None,
    limit: int,
    partner: str = "",
) -> list[Line]:
    """The latest first, those after `before` in this order."""
    key = sa.tuple_(Meeting.held_on, Meeting.meeting_pk)
    counts = [_count(kind).label(name) for name, kind in _COUNTED]
    query = (
        sa.select(Meeting.meeting_pk, Meeting.held_on, Meeting.place, *counts)
        .where(Meeting.project_id == project_id, Meeting.removed_at.is_(None))
        .order_by(Meeting.held_on.desc(), Meeting.meeting_pk.desc())
        .limit(limit)
    )
    if before is not None:
        day, last = before
        query = query.where(
            key < sa.tuple_(sa.literal(day, sa.Date), sa.literal(last, Meeting.meeting_pk.type))
        )
    if partner:
        theirs = sa.select(MeetingPartner.meeting_pk).where(
            MeetingPartner.project_id == project_id, MeetingPartner.code == partner
        )
        query = query.where(Meeting.meeting_pk.in_(theirs))
    rows = session.execute(query).all()
    with_whom = partners_of(session, project_id, [row.meeting_pk for row in rows])
    return [Line(**row._mapping, partners=with_whom.get(row.meeting_pk, ())) for row in rows]


_COUNTED: tuple[tuple[str, Any], ...] = (("questions", Question), ("promises", Promise))


def _count(kind: Any) -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .select_from(kind)
        .where(kind.project_id == Meeting.project_id, kind.meeting_pk == Meeting.meeting_pk)
        .correlate(Meeting)
        .scalar_subquery()
    )


def partners_of(
    session: Session, project_id: int, meetings: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[str, ...]]:
    query = sa.select(MeetingPartner.meeting_pk, MeetingPartner.code).where(
        MeetingPartner.project_id == project_id, MeetingPartner.meeting_pk.in_(list(meetings))
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for row in session.execute(query.order_by(MeetingPartner.code)):
        found[row.meeting_pk].append(row.code)
    return {key: tuple(codes) for key, codes in found.items()}


def keys_of(
    session: Session, project_id: int, meetings: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Meeting -> the key of its words, of those that were not removed."""
    query = sa.select(Meeting.meeting_pk, Meeting.key_pk).where(
        Meeting.project_id == project_id,
        Meeting.meeting_pk.in_(list(meetings)),
        Meeting.removed_at.is_(None),
        Meeting.key_pk.is_not(None),
    )
    return {row.meeting_pk: row.key_pk for row in session.execute(query)}


def days_of(
    session: Session, project_id: int, meetings: Collection[uuid.UUID]
) -> dict[uuid.UUID, dt.date]:
    """When they were held."""
    query = sa.select(Meeting.meeting_pk, Meeting.held_on).where(
        Meeting.project_id == project_id, Meeting.meeting_pk.in_(list(meetings))
    )
    return {row.meeting_pk: row.held_on for row in session.execute(query)}


def remove_meeting(
    session: Session, project_id: int, meeting_pk: uuid.UUID, at: dt.datetime
) -> None:
    """Its words go; that there was one, and on which day, stays."""
    for kind in (Question, Answer, Promise):
        session.execute(
            sa.update(kind)
            .where(kind.project_id == project_id, kind.meeting_pk == meeting_pk)
            .values(sealed=None)
        )
    session.execute(
        sa.update(Meeting)
        .where(Meeting.project_id == project_id, Meeting.meeting_pk == meeting_pk)
        .values(removed_at=at, key_pk=None, sealed=None)
    )


# --- questions and answers ------------------------------------------------------------------------
def insert_question(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(Question), [dict(row)])


def insert_answer(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(Answer), [dict(row)])


def find_question(session: Session, project_id: int, question_pk: uuid.UUID) -> Question | None:
    """Of a meeting that was not removed."""
    query = _standing(Question).where(
        Question.project_id == project_id, Question.question_pk == question_pk
    )
    return session.scalars(query).one_or_none()


def standing_questions(
    session: Session, project_id: int, questions: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of these of whose meeting nobody removed the words."""
    query = (
        _standing(Question)
        .where(Question.project_id == project_id, Question.question_pk.in_(list(questions)))
        .with_only_columns(Question.question_pk)
    )
    return set(session.scalars(query))


def list_questions(
    session: Session, project_id: int, meetings: Collection[uuid.UUID]
) -> Sequence[Question]:
    """In the order in which they were written down."""
    query = _standing(Question).where(
        Question.project_id == project_id, Question.meeting_pk.in_(list(meetings))
    )
    return session.scalars(query.order_by(Question.question_pk)).all()


def list_answers(
    session: Session, project_id: int, questions: Collection[uuid.UUID]
) -> Sequence[Answer]:
    query = _standing(Answer).where(
        Answer.project_id == project_id, Answer.question_pk.in_(list(questions))
    )
    return session.scalars(query.order_by(Answer.answered_on, Answer.answer_pk)).all()


def questions_at(
    session: Session, project_id: int, places: Collection[str] | None, limit: int
) -> list[tuple[Question, dt.date]]:
    """The latest first, of these places (None: of all), each with the day on which it was asked."""
    query = (
        sa.select(Question, Meeting.held_on)
        .join(Meeting, _its(Question))
        .where(Question.project_id == project_id, Meeting.removed_at.is_(None))
        .order_by(Meeting.held_on.desc(), Question.question_pk.desc())
        .limit(limit)
    )
    if places is not None:
        query = query.where(Question.place.in_(sorted(places)))
    return [(row[0], row[1]) for row in session.execute(query)]


def places_asked(session: Session, project_id: int) -> set[str]:
    """Places of questions and promises."""
    found: set[str] = set()
    for kind in (Question, Promise):
        query = (
            sa.select(kind.place)
            .join(Meeting, _its(kind))
            .where(kind.project_id == project_id, Meeting.removed_at.is_(None))
            .distinct()
        )
        found |= set(session.scalars(query))
    return found


def _its(kind: Any) -> sa.ColumnElement[bool]:
    return sa.and_(Meeting.project_id == kind.project_id, Meeting.meeting_pk == kind.meeting_pk)


def _standing(kind: Any) -> sa.Select[Any]:
    return sa.select(kind).join(Meeting, _its(kind)).where(Meeting.removed_at.is_(None))


# --- releases and quotes --------------------------------------------------------------------------
def insert_release(session: Session, project_id: int, meeting_pk: uuid.UUID, number: int) -> None:
    """Again is no error."""
    row = {"project_id": project_id, "meeting_pk": meeting_pk, "number": number}
    session.execute(postgresql.insert(MeetingRelease).values(row).on_conflict_do_nothing())


def list_releases(session: Session, project_id: int, meeting_pk: uuid.UUID) -> list[int]:
    query = sa.select(MeetingRelease.number).where(
        MeetingRelease.project_id == project_id, MeetingRelease.meeting_pk == meeting_pk
    )
    return list(session.scalars(query.order_by(MeetingRelease.number)))


def insert_quote(session: Session, row: Mapping[str, Any]) -> None:
    session.execute(sa.insert(MeetingQuote), [dict(row)])


@dataclass(frozen=True, kw_only=True)
class QuoteRow:
    """A use of somebody's words at a meeting, in codes."""

    use_pk: uuid.UUID
    signer_pk: uuid.UUID | None
    version_pk: uuid.UUID | None
    audience: str
    naming: str
    digest: str
    ended_at: dt.datetime | None
    is_taken_back: bool


def list_quotes(
    session: Session,
    project_id: int,
    meeting_pk: uuid.UUID,
    use_pk: uuid.UUID | None = None,
) -> list[QuoteRow]:
    query = (
        sa.select(
            MeetingQuote.use_pk,
            MeetingQuote.signer_pk,
            ToldUse.version_pk,
            ToldUse.audience,
            ToldUse.naming,
            ToldUse.digest,
            ToldUse.ended_at,
            ToldUse.withdrawal_pk.is_not(None).label("is_taken_back"),
        )
        .join(
            ToldUse,
            sa.and_(
                ToldUse.project_id == MeetingQuote.project_id,
                ToldUse.use_pk == MeetingQuote.use_pk,
            ),
        )
        .where(MeetingQuote.project_id == project_id, MeetingQuote.meeting_pk == meeting_pk)
        .order_by(MeetingQuote.use_pk)
    )
    if use_pk is not None:
        query = query.where(MeetingQuote.use_pk == use_pk)
    return [QuoteRow(**row._mapping) for row in session.execute(query)]
