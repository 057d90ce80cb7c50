"""Entities and their versions, sealed as they lie; `actions.opening` opens them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.entities.queries.filtering import LIVE, Which
from service.entities.tables import Entity, EntityVersion
from service.entities.versions import Conflict
from service.foundation import keys
from service.intake.tables import State, Submission

Connected = Session | sa.Connection
PAGE = 500


def digest(project_id: int, entity_id: uuid.UUID) -> bytes:
    """Stands in for an entity's id, and outlives it."""
    return keys.current().stand_in("entity", project_id, entity_id.hex)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An entity's own row."""

    entity_pk: uuid.UUID
    list_pk: int
    entity_id: uuid.UUID | None
    digest: bytes
    version: int
    conflict: Conflict | None
    resolved_to: int
    key_pk: uuid.UUID | None
    record_pk: uuid.UUID | None
    import_pk: uuid.UUID | None
    creator_id: int | None
    created_at: dt.datetime
    updated_at: dt.datetime | None
    deleted_at: dt.datetime | None
    erased_at: dt.datetime | None
    person_ordinal: int | None
    place: str | None


FOUND_NAMES = tuple(Found.__dataclass_fields__)
_FOUND = sa.select(*(getattr(Entity, name) for name in FOUND_NAMES))


def _found(row: Any) -> Found:
    values = dict(row._mapping)
    return Found(**{**values, "digest": bytes(values["digest"])})


def find_by_digest(
    connection: Connected, project_id: int, digests: Collection[bytes]
) -> dict[bytes, Found]:
    """Those that are there, deleted and erased ones too."""
    found: dict[bytes, Found] = {}
    for page in _pages(sorted(digests)):
        query = _FOUND.where(Entity.project_id == project_id, Entity.digest.in_(page))
        for row in connection.execute(query):
            one = _found(row)
            found[one.digest] = one
    return found


@dataclass(frozen=True, kw_only=True)
class SealedVersion:
    """A version as it lies."""

    entity_pk: uuid.UUID
    number: int
    sealed: bytes = field(repr=False)
    base_version: int | None
    branch_id: uuid.UUID | None
    trunk_version: int | None
    branch_base: int | None
    conflicting: tuple[str, ...]
    is_forced: bool
    record_pk: uuid.UUID | None
    submission_pk: uuid.UUID | None
    import_pk: uuid.UUID | None
    creator_id: int | None
    user_agent: str
    created_at: dt.datetime


_VERSION_NAMES = tuple(SealedVersion.__dataclass_fields__)
_VERSION = sa.select(*(getattr(EntityVersion, name) for name in _VERSION_NAMES))


def _version(row: Any) -> SealedVersion:
    values = dict(row._mapping)
    return SealedVersion(
        **{
            **values,
            "sealed": bytes(values["sealed"]),
            "conflicting": tuple(values["conflicting"]),
        }
    )


def versions_of(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[SealedVersion]]:
    """All versions, from the first to the current one."""
    found: dict[uuid.UUID, list[SealedVersion]] = defaultdict(list)
    for page in _pages(sorted(entity_pks)):
        query = _VERSION.where(
            EntityVersion.project_id == project_id, EntityVersion.entity_pk.in_(page)
        ).order_by(EntityVersion.entity_pk, EntityVersion.number)
        for row in connection.execute(query):
            one = _version(row)
            found[one.entity_pk].append(one)
    return found


def current_versions(
    connection: Connected, project_id: int, entity_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, SealedVersion]:
    """The current version of each; none of those that were erased."""
    is_current = sa.and_(
        Entity.project_id == EntityVersion.project_id,
        Entity.entity_pk == EntityVersion.entity_pk,
        Entity.version == EntityVersion.number,
    )
    found: dict[uuid.UUID, SealedVersion] = {}
    for page in _pages(sorted(entity_pks)):
        query = _VERSION.join(Entity, is_current).where(
            EntityVersion.project_id == project_id, EntityVersion.entity_pk.in_(page)
        )
        found |= {row.entity_pk: _version(row) for row in connection.execute(query)}
    return found


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An entity with its current version, as lists show it."""

    entity: Found
    current: SealedVersion
    creator_name: str


_STANDING = (
    sa.select(
        *(getattr(Entity, name).label(f"e_{name}") for name in FOUND_NAMES),
        *(getattr(EntityVersion, name).label(f"v_{name}") for name in _VERSION_NAMES),
        ActorRow.display_name,
    )
    .join(
        EntityVersion,
        sa.and_(
            EntityVersion.project_id == Entity.project_id,
            EntityVersion.entity_pk == Entity.entity_pk,
            EntityVersion.number == Entity.version,
        ),
    )
    .outerjoin(ActorRow, ActorRow.id == Entity.creator_id)
)


def page_of(
    connection: Connected,
    project_id: int,
    list_pk: int,
    *,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    limit: int = PAGE,
    newest_first: bool = False,
    which: Which = LIVE,
) -> list[Standing]:
    """One page of a list by key, in one statement."""
    query = (
        _STANDING.where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            *which.clauses,
        )
        .order_by(Entity.entity_pk.desc() if newest_first else Entity.entity_pk)
        .limit(limit)
    )
    # Said of both sides of the join: else PostgreSQL, which may merge, reads all that came before
    # anew for each page.
    if after is not None:
        query = query.where(Entity.entity_pk > after, EntityVersion.entity_pk > after)
    if before is not None:
        query = query.where(Entity.entity_pk < before, EntityVersion.entity_pk < before)
    return [_standing(row) for row in connection.execute(query)]


_N, _M = len(FOUND_NAMES), len(_VERSION_NAMES)


def _standing(row: Any) -> Standing:
    """By position: lists of ten thousand come this way."""
    values = tuple(row)
    entity = dict(zip(FOUND_NAMES, values[:_N], strict=True))
    version = dict(zip(_VERSION_NAMES, values[_N : _N + _M], strict=True))
    entity["digest"] = bytes(entity["digest"])
    version["sealed"] = bytes(version["sealed"])
    version["conflicting"] = tuple(version["conflicting"])
    return Standing(
        entity=Found(**entity),
        current=SealedVersion(**version),
        creator_name=values[-1] or "",
    )


def pages_of(
    connection: Connected,
    project_id: int,
    list_pk: int,
    *,
    newest_first: bool = False,
    edge: uuid.UUID | None = None,
    which: Which = LIVE,
) -> Iterator[list[Standing]]:
    """The whole list, or what follows `edge` in its order, page by page."""
    while True:
        at: Mapping[str, Any] = {"before" if newest_first else "after": edge}
        page = page_of(
            connection,
            project_id,
            list_pk,
            newest_first=newest_first,
            which=which,
            **at,
        )
        if not page:
            return
        yield page
        edge = page[-1].entity.entity_pk


def pages_ordered(
    connection: Connected,
    project_id: int,
    list_pk: int,
    which: Which,
    order: Sequence[sa.ColumnElement[Any]],
) -> Iterator[list[Standing]]:
    """The whole list in another order, page by page: its keys first, 16 bytes each."""
    query = (
        sa.select(Entity.entity_pk)
        .where(Entity.project_id == project_id, Entity.list_pk == list_pk, *which.clauses)
        .order_by(*order, Entity.entity_pk.desc())
        .execution_options(yield_per=PAGE)
    )
    keys = b"".join(key.bytes for key in connection.execute(query).scalars())
    for at in range(0, len(keys), 16 * PAGE):
        page = [uuid.UUID(bytes=keys[n : n + 16]) for n in range(at, len(keys), 16)[:PAGE]]
        wanted = _STANDING.where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
        found = {one.entity.entity_pk: one for one in map(_standing, connection.execute(wanted))}
        yield [found[key] for key in page if key in found]


def count(
    connection: Connected,
    project_id: int,
    list_pk: int,
    which: Which = LIVE,
    most: int | None = None,
) -> int:
    """Counted no further than `most`."""
    found = sa.select(Entity.entity_pk).where(
        Entity.project_id == project_id, Entity.list_pk == list_pk, *which.clauses
    )
    query = sa.select(sa.func.count()).select_from(found.limit(most).subquery())
    return connection.execute(query).scalar() or 0


# --- writing --------------------------------------------------------------------------------------
def insert(
    connection: Connected,
    entities: Sequence[Mapping[str, Any]],
    versions: Sequence[Mapping[str, Any]],
) -> None:
    if entities:
        connection.execute(sa.insert(Entity), list(entities))
    if versions:
        connection.execute(sa.insert(EntityVersion), list(versions))


_advance = (
    sa.update(Entity.__table__)  # type: ignore[arg-type]
    .where(
        Entity.project_id == sa.bindparam("of_project"),
        Entity.entity_pk == sa.bindparam("of_entity"),
    )
    .values(
        version=sa.bindparam("now_version"),
        conflict=sa.bindparam("now_conflict"),
        resolved_to=sa.bindparam("now_resolved"),
        updated_at=sa.bindparam("now_at"),
        revision=sa.bindparam("now_revision"),
    )
)


def advance(connection: Connected, project_id: int, moved: Sequence[Mapping[str, Any]]) -> None:
    """Which version is current of each, and whether it is in conflict."""
    if moved:
        rows = [{"of_project": project_id, **one} for one in moved]
        connection.execute(_advance, rows)


def set_deleted(
    connection: Connected,
    project_id: int,
    entity_pks: Collection[uuid.UUID],
    at: dt.datetime | None,
) -> None:
    for page in _pages(sorted(entity_pks)):
        connection.execute(
            sa.update(Entity)
            .where(Entity.project_id == project_id, Entity.entity_pk.in_(page))
            .values(deleted_at=at)
        )


_about = (
    sa.update(Entity.__table__)  # type: ignore[arg-type]
    .where(
        Entity.project_id == sa.bindparam("of_project"), Entity.digest == sa.bindparam("of_digest")
    )
    .values(person_ordinal=sa.bindparam("whom"), place=sa.bindparam("where"))
)


def tell_of_person(
    connection: Connected, project_id: int, told: Mapping[bytes, tuple[int, str]]
) -> None:
    """Stand-in of an entity -> whom of its record it is about, and where that person is visited."""
    rows = [
        {"of_project": project_id, "of_digest": digest, "whom": ordinal, "where": place}
        for digest, (ordinal, place) in told.items()
    ]
    if rows:
        connection.execute(_about, rows)


def of_import(connection: Connected, project_id: int, import_pk: uuid.UUID) -> list[Found]:
    """Entities that an import made or changed last."""
    changed = sa.select(EntityVersion.entity_pk).where(
        EntityVersion.project_id == project_id, EntityVersion.import_pk == import_pk
    )
    query = _FOUND.where(Entity.project_id == project_id, Entity.entity_pk.in_(changed))
    return [_found(row) for row in connection.execute(query)]


# --- records --------------------------------------------------------------------------------------
def of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[Found]:
    """Entities to which any version of these records gave something."""
    found: dict[uuid.UUID, Found] = {}
    for page in _pages(sorted(record_pks)):
        given = sa.select(EntityVersion.entity_pk).where(
            EntityVersion.project_id == project_id, EntityVersion.record_pk.in_(page)
        )
        query = _FOUND.where(
            Entity.project_id == project_id,
            Entity.entity_pk.in_(given),
            Entity.erased_at.is_(None),
        )
        found |= {one.entity_pk: one for one in map(_found, connection.execute(query))}
    return [found[key] for key in sorted(found)]


def adopt(
    connection: Connected,
    project_id: int,
    entity_pks: Collection[uuid.UUID],
    record_pk: uuid.UUID | None,
    submission_pk: uuid.UUID | None,
) -> None:
    """These entities, which an import made, are of this record: what it brought goes with it."""
    for page in _pages(sorted(entity_pks)):
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
    for page in _pages(sorted(entity_pks)):
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
    for page in _pages(sorted(entity_pks)):
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
    for page in _pages(sorted(record_pks)):
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
    for page in _pages(sorted(submission_pks)):
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
    for page in _pages(sorted(entity_pks)):
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


def _pages(values: Collection[Any]) -> Iterator[list[Any]]:
    held = list(values)
    yield from (held[at : at + PAGE] for at in range(0, len(held), PAGE))
