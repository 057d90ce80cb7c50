"""The one gate: whoever reads facts to use them goes through `usable`, by purpose and day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.facts import scopes, tables
from service.facts.queries.storing import Key
from service.facts.scopes import NEEDS, Purpose

Kind = TypeVar("Kind", bound=tables.OfSubmission)


def usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """`kind` cut to the rows of a project that may be used for this purpose on that day.

    To be selected from like the table itself. A fact without consent, or whose consent ended,
    was narrowed or was never asked for, is not in it; nor is one that review rejected.
    """
    may = [kind.project_id == project_id, kind.standing != "rejected", *_may(kind, purpose, on)]
    return aliased(kind, sa.select(kind).where(*may).subquery())


def not_usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """The others, to be told how many they are and nothing else: a refusal is counted."""
    may = sa.and_(*_may(kind, purpose, on))
    rest = [kind.project_id == project_id, kind.standing != "rejected", sa.not_(may)]
    return aliased(kind, sa.select(kind).where(*rest).subquery())


def _may(
    kind: type[tables.OfSubmission], purpose: Purpose, on: dt.date
) -> list[sa.ColumnElement[bool]]:
    """Never NULL: what follows from it may be negated."""
    if purpose is Purpose.COUNT:  # by columns of its own: figures read millions of rows
        return [kind.stats.is_(True), _not_over(kind.stats_until, on)]
    needed = scopes.bits(NEEDS[purpose])
    held = kind.scopes.bitwise_and(needed)
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
class Verdict:
    """Of many records: whom their people let use them for a purpose, and who was asked at all."""

    allowed: frozenset[uuid.UUID]
    asked: frozenset[uuid.UUID]


def may_use_many(
    connection: Session | sa.Connection,
    project_id: int,
    submission_pks: Collection[uuid.UUID],
    purpose: Purpose,
    on: dt.date,
) -> Verdict:
    """`may_use` of some hundreds of records, in four statements."""

    def those(kind: type[tables.OfSubmission], *more: sa.ColumnElement[bool]) -> set[uuid.UUID]:
        query = sa.select(kind.submission_pk).where(
            kind.project_id == project_id, kind.submission_pk.in_(sorted(submission_pks)), *more
        )
        return set(connection.execute(query.distinct()).scalars())

    if not submission_pks:
        return Verdict(allowed=frozenset(), asked=frozenset())
    asked = those(tables.Consent)
    denied: set[uuid.UUID] = set()
    for kind in (tables.Consent, tables.Person, tables.Signature):
        denied |= those(kind, sa.not_(sa.and_(*_may(kind, purpose, on))))
    return Verdict(allowed=frozenset(asked - denied), asked=frozenset(asked | denied))


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
