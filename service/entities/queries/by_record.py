"""What records gave to entities: whose they are, and what goes with a record."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from service.entities.queries.filtering import LIVE
from service.entities.queries.storing import (
    FOUND,
    Connected,
    Found,
    found_of,
    in_pages,
)
from service.entities.tables import Entity, EntityVersion
from service.intake.tables import State, Submission


def of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[Found]:
    """Entities to which any version of these records gave something."""
    found: dict[uuid.UUID, Found] = {}
    for page in in_pages(sorted(record_pks)):
        given = sa.select(EntityVersion.entity_pk).where(
            EntityVersion.project_id == project_id, EntityVersion.record_pk.in_(page)
        )
        query = FOUND.where(
            Entity.project_id == project_id,
            Entity.entity_pk.in_(given),
            Entity.erased_at.is_(None),
        )
        found |= {one.entity_pk: one for one in map(found_of, connection.execute(query))}
    return [found[key] for key in sorted(found)]


def adopt(
    connection: Connected,
    project_id: int,
    entity_pks: Collection[uuid.UUID],
    record_pk: uuid.UUID | None,
    submission_pk: uuid.UUID | None,
) -> None:
    """These entities, which an import made, are of this record: what it brought goes with it."""
    for page in in_pages(sorted(entity_pks)):
        for table in (Entity, EntityVersion):
            values = {"record_pk": record_pk}
            if table is EntityVersion:
                values["submission_pk"] = submission_pk
            connection.execute(
                sa.update(table)
                .where(
                    table.project_id == project_id,
                    table.entity_pk.in_(page),
                    table.import_pk.is_not(None),
                    table.record_pk.is_(None),
                )
                .values(values)
            )


def lock_deleted(
    connection: Connected, project_id: int, before: dt.datetime, limit: int
) -> dict[uuid.UUID, uuid.UUID | None]:
    """{entity: its data key} of those that were deleted before then, and that no record gave."""
    by_record = sa.exists().where(
        EntityVersion.project_id == Entity.project_id,
        EntityVersion.entity_pk == Entity.entity_pk,
        EntityVersion.record_pk.is_not(None),
    )
    query = (
        sa.select(Entity.entity_pk, Entity.key_pk)
        .where(
            Entity.project_id == project_id,
            Entity.deleted_at < before,
            Entity.erased_at.is_(None),
            Entity.record_pk.is_(None),
            ~by_record,
        )
        .order_by(Entity.entity_pk)
        .limit(limit)
        .with_for_update(of=Entity)
    )
    return {row.entity_pk: row.key_pk for row in connection.execute(query)}


def erase(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID], now: dt.datetime
) -> None:
    """Leave of each entity its stand-in, and nothing that was said."""
    for page in in_pages(sorted(entity_pks)):
        theirs = (EntityVersion.project_id == project_id, EntityVersion.entity_pk.in_(page))
        connection.execute(sa.delete(EntityVersion).where(*theirs))
        connection.execute(
            sa.update(Entity)
            .where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
            .values(tombstone(now))
        )


def hand_over(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, of: uuid.UUID, to: uuid.UUID
) -> None:
    """What this version gave, as one of the record `of`, is of the record `to`."""
    theirs = sa.and_(
        EntityVersion.project_id == project_id,
        EntityVersion.record_pk == of,
        EntityVersion.submission_pk == submission_pk,
    )
    made = sa.select(EntityVersion.entity_pk).where(theirs, EntityVersion.number == 1)
    which = (Entity.project_id == project_id, Entity.entity_pk.in_(made), Entity.record_pk == of)
    connection.execute(sa.update(Entity).where(*which).values(record_pk=to))
    connection.execute(sa.update(EntityVersion).where(theirs).values(record_pk=to))


def forget_records(
    connection: Connected,
    project_id: int,
    entity_pks: Collection[uuid.UUID],
    record_pks: Collection[uuid.UUID],
) -> None:
    """These entities stay; of these records, which are no more, nothing is said any longer."""
    gone = sorted(record_pks)
    for page in in_pages(sorted(entity_pks)):
        for table, columns in (
            (EntityVersion, {"record_pk": None, "submission_pk": None}),
            (Entity, {"record_pk": None}),
        ):
            connection.execute(
                sa.update(table)
                .where(
                    table.project_id == project_id,
                    table.entity_pk.in_(page),
                    table.record_pk.in_(gone),
                )
                .values(columns)
            )


def tombstone(now: dt.datetime) -> Mapping[str, Any]:
    """The columns of an erased entity, but for keys, list and time of creation."""
    return {
        "entity_id": None,
        "version": 0,
        "conflict": None,
        "resolved_to": 0,
        "key_pk": None,
        "record_pk": None,
        "import_pk": None,
        "creator_id": None,
        "updated_at": now,
        "deleted_at": now,
        "erased_at": now,
        "person_ordinal": None,
        "place": None,
    }


def standing_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[uuid.UUID, str | None]]:
    """{record: (its version that stands, where it lies)}; removed ones are left out."""
    found: dict[uuid.UUID, tuple[uuid.UUID, str | None]] = {}
    for page in in_pages(sorted(record_pks)):
        query = sa.select(Submission.record_pk, Submission.submission_pk, Submission.place).where(
            Submission.project_id == project_id,
            Submission.record_pk.in_(page),
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        found |= {
            row.record_pk: (row.submission_pk, row.place) for row in connection.execute(query)
        }
    return found


def forms_of(
    connection: Connected, project_id: int, submission_pks: Collection[uuid.UUID]
) -> dict[int, set[uuid.UUID]]:
    """The forms by which these were sent, each with its own."""
    found: dict[int, set[uuid.UUID]] = defaultdict(set)
    for page in in_pages(sorted(submission_pks)):
        query = sa.select(Submission.form_pk, Submission.submission_pk).where(
            Submission.project_id == project_id, Submission.submission_pk.in_(page)
        )
        for row in connection.execute(query):
            found[row.form_pk].add(row.submission_pk)
    return found


def records_of(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Of each entity, the records that gave something to it."""
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for page in in_pages(sorted(entity_pks)):
        query = (
            sa.select(EntityVersion.entity_pk, EntityVersion.record_pk)
            .where(
                EntityVersion.project_id == project_id,
                EntityVersion.entity_pk.in_(page),
                EntityVersion.record_pk.is_not(None),
            )
            .distinct()
        )
        for entity_pk, record_pk in connection.execute(query):
            if record_pk is not None:
                found[entity_pk].add(record_pk)
    return found


def holds_of_records(connection: Connected, project_id: int, list_pk: int) -> bool:
    """Whether a record gave something to any entity of the list that is there."""
    query = (
        sa.select(sa.literal(1))
        .select_from(Entity)
        .join(
            EntityVersion,
            sa.and_(
                EntityVersion.project_id == Entity.project_id,
                EntityVersion.entity_pk == Entity.entity_pk,
            ),
        )
        .where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            EntityVersion.record_pk.is_not(None),
            *LIVE.clauses,
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None
