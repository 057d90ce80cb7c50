"""What facts are computed from, and which are still to come."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import State, Submission, SubmissionXml

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class ForProjection:
    """What projection needs of one submission."""

    project_id: int
    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    form_pk: int
    version: str
    version_pk: int | None
    instance_id: str
    deprecated_id: str | None
    submitter_id: int | None
    received_at: dt.datetime
    is_counted: bool
    """Current and not deleted: only such records have facts."""
    xml: bytes
    """Sealed, unless `key_pk` is null: `actions.with_xml` opens it."""
    key_pk: uuid.UUID | None
    identity_key_pk: uuid.UUID | None
    testimony_key_pk: uuid.UUID | None
    place: str | None


_FOR_PROJECTION = sa.select(
    Submission.project_id,
    Submission.submission_pk,
    Submission.record_pk,
    Submission.form_pk,
    Submission.version,
    Submission.version_pk,
    Submission.instance_id,
    Submission.deprecated_id,
    Submission.submitter_id,
    Submission.received_at,
    sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None)).label("is_counted"),
    SubmissionXml.xml,
    SubmissionXml.key_pk,
    SubmissionXml.identity_key_pk,
    SubmissionXml.testimony_key_pk,
    Submission.place,
).join(
    SubmissionXml,
    sa.and_(
        SubmissionXml.project_id == Submission.project_id,
        SubmissionXml.submission_pk == Submission.submission_pk,
    ),
)


def of_records(project_id: int, record_pks: Collection[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Versions of these, by the index of records. (No index has the sum: SQLite, which takes a
    project for ten rows, would look through all of it.)"""
    return sa.and_(
        Submission.project_id + 0 == project_id, Submission.record_pk.in_(list(record_pks))
    )


def _for_projection(row: Any) -> ForProjection:
    values = dict(row._mapping)
    return ForProjection(
        **{**values, "is_counted": bool(values["is_counted"]), "xml": bytes(values["xml"])}
    )


def find_key(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> uuid.UUID | None:
    """Under which key a submission's XML is sealed."""
    query = sa.select(SubmissionXml.key_pk).where(
        SubmissionXml.project_id == project_id, SubmissionXml.submission_pk == submission_pk
    )
    return connection.execute(query).scalar_one_or_none()


def list_for_projection(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> list[ForProjection]:
    """A batch of submissions of one project, in one statement."""
    query = _FOR_PROJECTION.where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(keys))
    )
    return [_for_projection(row) for row in connection.execute(query)]


def list_replaced(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[ForProjection]:
    """The versions of these records that edits took the place of."""
    query = _FOR_PROJECTION.where(
        of_records(project_id, record_pks), Submission.state == State.SUPERSEDED
    )
    return [_for_projection(row) for row in connection.execute(query)]


def stream_for_projection(
    connection: Connected, project_id: int, batch: int = 500
) -> Iterator[list[ForProjection]]:
    """All counted submissions of a project in key order, by keyset pages: memory stays flat."""
    after: uuid.UUID | None = None
    while True:
        query = _FOR_PROJECTION.where(
            Submission.project_id == project_id,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        if after is not None:
            query = query.where(Submission.submission_pk > after)
        page = query.order_by(Submission.submission_pk).limit(batch)
        rows = [_for_projection(row) for row in connection.execute(page)]
        if not rows:
            return
        yield rows
        after = rows[-1].submission_pk


def list_records(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """The records that these submissions are versions of."""
    query = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(keys))
    )
    return frozenset(connection.execute(query).scalars())


def user_agent_of(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> str:
    """What the client called itself that sent it."""
    query = sa.select(Submission.user_agent).where(
        Submission.project_id == project_id, Submission.submission_pk == submission_pk
    )
    return connection.execute(query).scalar() or ""


def lock_counted(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of `keys` that still count, locked: an edit that comes now waits, and is seen."""
    return lock_all(connection, project_id, keys).counted


@dataclass(frozen=True, kw_only=True)
class Locked:
    """What became of versions since they were read. Each is in one at most."""

    counted: frozenset[uuid.UUID]
    kept: frozenset[uuid.UUID]
    """And not counted: removed records as they stood, versions that were replaced, and copies that
    wait for a person or were set aside."""
    expired: frozenset[uuid.UUID]
    """Their period ended: their facts cannot be computed again."""


def lock_all(connection: Connected, project_id: int, keys: Collection[uuid.UUID]) -> Locked:
    """All of them at once: whoever writes to versions later in a transaction than it locked some of
    them waits for those who wait for it."""
    query = (
        sa.select(Submission.submission_pk, Submission.state, Submission.deleted_at.is_not(None))
        .where(Submission.project_id == project_id, Submission.submission_pk.in_(list(keys)))
        .order_by(Submission.submission_pk)
        .with_for_update()
    )
    found: dict[str, set[uuid.UUID]] = defaultdict(set)
    for key, state, is_removed in connection.execute(query):
        found[_stands(state, is_removed=is_removed)].add(key)
    return Locked(**{name: frozenset(found[name]) for name in ("counted", "kept", "expired")})


def _stands(state: State, *, is_removed: bool) -> str:
    if state == State.CURRENT:
        return "kept" if is_removed else "counted"
    return "kept" if state in (State.SUPERSEDED, State.QUEUED) else str(state)


def list_current(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """The version that stands of each of these records, by its record."""
    query = sa.select(Submission.record_pk, Submission.submission_pk).where(
        of_records(project_id, record_pks),
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    return {row.record_pk: row.submission_pk for row in connection.execute(query)}


def lock_records(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """Whatever stands of these records, locked: whoever erases one waits, or was waited for."""
    query = (
        sa.select(Submission.submission_pk)
        .where(of_records(project_id, record_pks), Submission.state == State.CURRENT)
        .order_by(Submission.submission_pk)
        .with_for_update()
    )
    connection.execute(query).all()


def mark_projected(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID], now: dt.datetime
) -> None:
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk.in_(list(keys)))
        .values(projected_at=now)
    )


def place_submissions(
    connection: Connected, project_id: int, places: Mapping[uuid.UUID, str | None]
) -> None:
    """Say of these where they lie: one statement for each place."""
    keys_by_place: dict[str | None, list[uuid.UUID]] = defaultdict(list)
    for key, place in places.items():
        keys_by_place[place].append(key)
    for place, keys in keys_by_place.items():
        connection.execute(
            sa.update(Submission)
            .where(Submission.project_id == project_id, Submission.submission_pk.in_(keys))
            .values(place=place)
        )


# --- pages --------------------------------------------------------------------------------------
