"""The one gate: whoever reads facts to use them goes through `usable`, by purpose and day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.facts import scopes, tables
from service.facts.counting import APPROVED, REJECTED
from service.facts.queries.storing import Key
from service.facts.scopes import NEEDS, Purpose

Kind = TypeVar("Kind", bound=tables.OfSubmission)


MADE = 256
"""So many cuts of tables are kept: to tell SQLAlchemy of one takes longer than to run it."""


@lru_cache(maxsize=MADE)
def usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """`kind` cut to the rows of a project that may be used for this purpose on that day.

    To be selected from like the table itself. A fact without consent, or whose consent ended,
    was narrowed or was never asked for, is not in it; nor is one that review rejected, or, to be
    counted, one that the project's policy does not count.
    """
    stands = _stands(kind, purpose, project_id)
    may = [kind.project_id == project_id, stands, *_may(kind, purpose, on)]
    return aliased(kind, sa.select(kind).where(*may).subquery())


@lru_cache(maxsize=MADE)
def not_usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """The others, to be told how many they are and nothing else: a refusal is counted."""
    may = sa.and_(*_may(kind, purpose, on))
    rest = [kind.project_id == project_id, _stands(kind, purpose, project_id), sa.not_(may)]
    return aliased(kind, sa.select(kind).where(*rest).subquery())


def _stands(
    kind: type[tables.OfSubmission], purpose: Purpose, project_id: int
) -> sa.ColumnElement[bool]:
    """By what review decided. The policy is asked within the statement, once: no caller can forget
    it, and no table is counted by two."""
    if purpose is not Purpose.COUNT:
        return kind.standing != REJECTED
    policy = tables.CountingPolicy
    approved_only = sa.exists().where(policy.project_id == project_id, policy.approved_only)
    not_rejected = sa.and_(kind.standing != REJECTED, sa.not_(approved_only))
    return sa.or_(kind.standing == APPROVED, not_rejected)


def _may(
    kind: type[tables.OfSubmission], purpose: Purpose, on: dt.date
) -> list[sa.ColumnElement[bool]]:
    """Never NULL: what follows from it may be negated."""
    if purpose is Purpose.COUNT:  # by columns of its own: figures read millions of rows
        return [kind.stats.is_(True), _not_over(kind.stats_until, on)]
    needed = scopes.bits(NEEDS[purpose])
    closing = 0 if purpose in scopes.NAMELESS else scopes.CODES_ALONE
    held = kind.scopes.bitwise_and(needed | closing)
    return [held == needed, _not_over(kind.scopes_until, on)]


def _not_over(until: Any, on: dt.date) -> sa.ColumnElement[bool]:
    return sa.or_(until.is_(None), until >= on)


def may_use(
    session: Session, project_id: int, submission_pk: uuid.UUID, purpose: Purpose, on: dt.date
) -> bool:
    """Whether what stands in a record itself (its XML, its files) may be used for this purpose:
    all for whom the record speaks must have allowed it."""

    def rows(kind: type[tables.OfSubmission]) -> sa.Select[int]:
        theirs = (kind.project_id == project_id, kind.submission_pk == submission_pk)
        return sa.select(sa.literal(1)).where(*theirs)

    speaking = (tables.Consent, tables.Person, tables.Signature)
    denied = [rows(kind).where(sa.not_(sa.and_(*_may(kind, purpose, on)))) for kind in speaking]
    asked = session.scalar(sa.select(rows(tables.Consent).exists()))
    return bool(asked) and not session.scalar(sa.select(sa.union_all(*denied).exists()))


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What may be done with a record itself today, by all for whom it speaks."""

    is_asked: bool
    """Consent was asked; where it was not, nothing is allowed."""
    purposes: frozenset[Purpose]
    until: dt.date | None = None
    """The first day, today or later, on which one of the consents ends by itself."""


NOT_ASKED = Allowed(is_asked=False, purposes=frozenset())


def allowed_of_many(
    session: Session,
    project_id: int,
    submission_pks: Collection[uuid.UUID],
    purposes: Sequence[Purpose],
    on: dt.date,
) -> dict[uuid.UUID, Allowed]:
    """`may_use` of many records and several purposes, in one statement; records of which nobody
    was asked are not in it."""

    def rows(kind: type[tables.OfSubmission]) -> sa.Select[Any]:
        holds = [
            sa.case((sa.and_(*_may(kind, purpose, on)), 1), else_=0).label(f"p{number}")
            for number, purpose in enumerate(purposes)
        ]
        is_consent = sa.literal(1 if kind is tables.Consent else 0).label("asked")
        theirs = (kind.project_id == project_id, kind.submission_pk.in_(submission_pks))
        ends = sa.case((kind.scopes_until >= on, kind.scopes_until)).label("ends")
        return sa.select(kind.submission_pk, is_consent, ends, *holds).where(*theirs)

    speaking = (tables.Consent, tables.Person, tables.Signature)
    all_rows = sa.union_all(*(rows(kind) for kind in speaking)).subquery()
    least = [sa.func.min(all_rows.c[f"p{number}"]) for number in range(len(purposes))]
    ends = sa.func.min(all_rows.c.ends)
    query = sa.select(all_rows.c.submission_pk, sa.func.max(all_rows.c.asked), ends, *least)
    found = {}
    for key, asked, until, *held in session.execute(query.group_by(all_rows.c.submission_pk)):
        may = frozenset(p for p, holds in zip(purposes, held, strict=True) if holds and asked)
        found[key] = Allowed(is_asked=bool(asked), purposes=may, until=until)
    return found


def persons_allowing(
    session: Session,
    project_id: int,
    submission_pks: Collection[uuid.UUID],
    purpose: Purpose,
    on: dt.date,
) -> set[tuple[uuid.UUID, int]]:
    """(submission, place in it) of the people of these who allow the purpose, each for themselves:
    what tells of one of them asks nobody else."""
    person = usable(tables.Person, purpose, project_id, on)
    query = sa.select(person.submission_pk, person.ordinal).where(
        person.submission_pk.in_(list(submission_pks))
    )
    return {(key, ordinal) for key, ordinal in session.execute(query)}


def over_between(project_id: int, since: dt.date, until: dt.date) -> sa.Select[uuid.UUID]:
    """Keys of submissions, to be joined: of somebody there consent was over by itself from `since`
    on and before `until`. Nobody changed them, and what may be done with them is another."""
    kinds = (tables.Consent, tables.Person, tables.Signature)
    rows = [
        sa.select(kind.submission_pk).where(
            kind.project_id == project_id, kind.scopes_until >= since, kind.scopes_until < until
        )
        for kind in kinds
    ]
    return sa.select(sa.union_all(*rows).subquery().c.submission_pk)


def what_is_counted(connection: sa.Connection, keys: Sequence[Key], on: dt.date) -> list[str]:
    """The kinds of facts of these submissions that figures count on that day: persons, needs …"""
    found = []
    for kind in (tables.Person, tables.Need, tables.Signature):
        for project_id, submission_pk in keys:
            seen = usable(kind, Purpose.COUNT, project_id, on)
            any_one = sa.select(seen.submission_pk).where(seen.submission_pk == submission_pk)
            if connection.execute(any_one.limit(1)).first() is not None:
                found.append(kind.__tablename__)
                break
    return found
