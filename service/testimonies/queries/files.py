"""Pictures, voices and films of testimonies that may be used now, for a purpose: by the same gate
as texts, and only the clean copies."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import WHOLE, Reach
from service.facts import queries as facts
from service.facts import tables
from service.facts.scopes import Purpose
from service.foundation.formats import media_types
from service.intake.queries.listing import within
from service.intake.tables import Attachment, Part, PreparedFile, State, Submission
from service.testimonies.tables import ToldPicture
from service.testimonies.terms import (
    LOOKED_AT,
    MAY_LEAVE,
    Medium,
    Naming,
    Wanted,
    answers_allowing,
    namings_of,
)

BEGINS = {Medium.PICTURE: "image/", Medium.SOUND: "audio/", Medium.VIDEO: "video/"}
"""How the types of a medium begin."""


@dataclass(frozen=True, kw_only=True)
class UsableFile:
    """A file that may be used, in codes."""

    prepared_pk: uuid.UUID
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    medium: Medium
    tells_of: str
    """Of list testimony_kind."""
    province: str
    namings: tuple[Naming, ...]
    until: dt.date | None
    """The last day, where consent ends by itself."""


def medium_of(media_type: str) -> Medium | None:
    """None: no file of this type is published."""
    kind = media_types.kind(media_type).value
    return Medium(kind) if kind in BEGINS else None


def usable(
    session: Session,
    project_id: int,
    wanted: Wanted,
    on: dt.date,
    *,
    reach: Reach = WHOLE,
    prepared_pk: uuid.UUID | None = None,
    limit: int = 1,
) -> list[UsableFile]:
    """Of the medium that is wanted, the newest first; or the one. Once somebody said that nobody
    is to be seen on it, or known by it, who did not agree."""
    purposes = wanted.purposes
    told, *others = (
        facts.usable(tables.Testimony, purpose, project_id, on) for purpose in purposes
    )
    query = _of_records(project_id, wanted.medium, told).where(within(reach))
    for other in others:
        query = query.join(other, other.submission_pk == Submission.submission_pk)
    if answers := answers_allowing(wanted.naming):
        query = query.where(told.attribution.in_(answers))
    if wanted.medium in LOOKED_AT:
        query = query.where(_looked_at(project_id))
    if prepared_pk is not None:
        query = query.where(PreparedFile.prepared_pk == prepared_pk)
    rows = session.execute(query.order_by(PreparedFile.prepared_pk.desc()).limit(limit)).all()
    return _by_all(session, project_id, rows, wanted, on)


def _of_records(
    project_id: int, medium: Medium, told: type[tables.Testimony]
) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            PreparedFile.prepared_pk, Submission.record_pk, Submission.submission_pk,
            told.kind.label("tells_of"), told.adm1, told.attribution,
        )
        .select_from(PreparedFile)
        .join(
            Attachment,
            sa.and_(
                Attachment.project_id == PreparedFile.project_id,
                Attachment.submission_pk == PreparedFile.submission_pk,
                Attachment.name_digest == PreparedFile.name_digest,
                Attachment.digest == PreparedFile.digest,
                Attachment.is_current,
            ),
        )
        .join(
            Submission,
            sa.and_(
                Submission.project_id == PreparedFile.project_id,
                Submission.submission_pk == PreparedFile.submission_pk,
                Submission.state == State.CURRENT,
                Submission.deleted_at.is_(None),
            ),
        )
        .join(told, told.submission_pk == Submission.submission_pk)
        .where(
            PreparedFile.project_id == project_id,
            PreparedFile.part == Part.COPY,
            PreparedFile.media_type.startswith(BEGINS[medium]),
        )
    )  # fmt: skip


def _looked_at(project_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        ToldPicture.project_id == project_id,
        ToldPicture.prepared_pk == PreparedFile.prepared_pk,
        ToldPicture.faces.in_(sorted(MAY_LEAVE)),
    )


def _by_all(
    session: Session, project_id: int, rows: Sequence[Any], wanted: Wanted, on: dt.date
) -> list[UsableFile]:
    """Those that everybody for whom the record speaks allows."""
    asked = list(dict.fromkeys((*wanted.purposes, Purpose.NAME)))
    keys = {row.submission_pk for row in rows}
    allowed = facts.allowed_of_many(session, project_id, keys, asked, on) if rows else {}
    found = []
    for row in rows:
        said = allowed.get(row.submission_pk, facts.NOT_ASKED)
        if said.purposes.issuperset(wanted.purposes):
            found.append(
                UsableFile(
                    prepared_pk=row.prepared_pk,
                    record_pk=row.record_pk,
                    submission_pk=row.submission_pk,
                    medium=wanted.medium,
                    tells_of=row.tells_of,
                    province=row.adm1,
                    namings=namings_of(row.attribution, may_name=Purpose.NAME in said.purposes),
                    until=said.until,
                )
            )
    return found
