"""Texts that may be used now, for a purpose: consent is asked of the one gate, in the statement
and again of all for whom each record speaks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import WHOLE, Reach
from service.facts import queries as facts
from service.facts import tables
from service.facts.scopes import Purpose
from service.intake.queries.listing import within
from service.intake.tables import State, Submission
from service.testimonies.tables import ToldText
from service.testimonies.terms import Kind, Naming, Wanted, answers_allowing, namings_of


@dataclass(frozen=True, kw_only=True)
class Usable:
    """A text that may be used, in codes."""

    version_pk: uuid.UUID
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    kind: str
    language: str
    tells_of: str
    """Of list testimony_kind."""
    province: str
    namings: tuple[Naming, ...]
    until: dt.date | None
    """The last day, where consent ends by itself."""
    digest: str


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; "": by nothing."""

    language: str = ""
    tells_of: str = ""
    province: str = ""


NO_FILTERS = Filters()


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some of the texts that may be used."""

    texts: list[Usable]
    after: uuid.UUID | None
    """Where the next page begins; None on the last one. Not every text up to there is in it."""


def usable(
    session: Session,
    project_id: int,
    wanted: Wanted,
    on: dt.date,
    *,
    reach: Reach = WHOLE,
    filters: Filters = NO_FILTERS,
    version_pk: uuid.UUID | None = None,
    among: Collection[uuid.UUID] | None = None,
    beside: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = 1,
) -> Page:
    """The newest first, from `before` (exclusive) on; or the one, or those `among` some; or what is
    that one in another language (`beside`)."""
    purposes = wanted.purposes
    told, *others = (
        facts.usable(tables.Testimony, purpose, project_id, on) for purpose in purposes
    )
    version = ToldText
    query = (
        sa.select(
            version.version_pk, version.record_pk, version.kind, version.language,
            version.shown_digest, Submission.submission_pk, told.kind.label("tells_of"),
            told.adm1, told.attribution,
        )
        .select_from(version)
        .join(Submission, _current(project_id))
        .join(told, told.submission_pk == Submission.submission_pk)
        .where(
            version.project_id == project_id,
            version.released_digest == version.shown_digest,
            version.approved_digest == version.shown_digest,
            within(reach),
            *_narrowed(told, filters),
        )
        .order_by(version.version_pk.desc())
        .limit(limit)
    )  # fmt: skip
    for other in others:
        query = query.join(other, other.submission_pk == Submission.submission_pk)
    if answers := answers_allowing(wanted.naming):
        query = query.where(told.attribution.in_(answers))
    if version_pk is not None:
        query = query.where(version.version_pk == version_pk)
    if among is not None:
        query = query.where(version.version_pk.in_(list(among)))
    if beside is not None:
        query = query.where(_translates(project_id, beside))
    if before is not None:
        query = query.where(version.version_pk < before)
    rows = session.execute(query).all()
    return Page(
        texts=_by_all(session, project_id, rows, purposes, on),
        after=rows[-1].version_pk if len(rows) == limit else None,
    )


def _by_all(
    session: Session,
    project_id: int,
    rows: Sequence[Any],
    purposes: Sequence[Purpose],
    on: dt.date,
) -> list[Usable]:
    """Those that everybody for whom the record speaks allows."""
    asked = dict.fromkeys((*purposes, Purpose.NAME))
    keys = {row.submission_pk for row in rows}
    allowed = facts.allowed_of_many(session, project_id, keys, list(asked), on) if rows else {}
    found = []
    for row in rows:
        said = allowed.get(row.submission_pk, facts.NOT_ASKED)
        if not said.purposes.issuperset(purposes):
            continue
        values = row._mapping
        names = ("version_pk", "record_pk", "submission_pk", "kind", "language", "tells_of")
        found.append(
            Usable(
                **{name: values[name] for name in names},
                province=row.adm1,
                namings=namings_of(row.attribution, may_name=Purpose.NAME in said.purposes),
                until=said.until,
                digest=row.shown_digest,
            )
        )
    return found


def _current(project_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        Submission.project_id == project_id,
        Submission.record_pk == ToldText.record_pk,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )


def _translates(project_id: int, version_pk: uuid.UUID) -> sa.ColumnElement[bool]:
    """Translations of that text, and the text that it translates."""
    one = aliased(ToldText)
    theirs = (one.project_id == project_id, one.version_pk == version_pk)
    translated = sa.select(one.source_pk).where(*theirs, one.kind == Kind.TRANSLATION)
    is_translation = sa.and_(ToldText.source_pk == version_pk, ToldText.kind == Kind.TRANSLATION)
    written_in = sa.select(one.language).where(*theirs).scalar_subquery()
    return sa.and_(
        sa.or_(is_translation, ToldText.version_pk.in_(translated)),
        ToldText.language != written_in,
    )


def is_told(session: Session, project_id: int, submission_pk: uuid.UUID, on: dt.date) -> bool:
    """Whether somebody told their story there, and lets the team work with it."""
    told = facts.usable(tables.Testimony, Purpose.WORK, project_id, on)
    query = sa.select(told.submission_pk).where(told.submission_pk == submission_pk)
    return session.scalar(query.limit(1)) is not None


def _narrowed(told: type[tables.Testimony], filters: Filters) -> list[sa.ColumnElement[bool]]:
    chosen = (
        (ToldText.language, filters.language),
        (told.kind, filters.tells_of),
        (told.adm1, filters.province),
    )
    return [column == value for column, value in chosen if value]
