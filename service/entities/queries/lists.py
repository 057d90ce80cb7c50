"""Lists: how often each has changed, what stands in it, which forms use it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.entities.tables import Entity, ListState
from service.entities.versions import Conflict
from service.forms.entity_lists import Telling
from service.forms.tables import (
    EntityList,
    EntityProperty,
    EntityUse,
    Form,
    FormVersion,
    WantedList,
)
from service.foundation.columns import UtcDateTime
from service.foundation.problems import NOT_FOUND, Problem

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class ListRef:
    """A list as a form, a person or a script made it."""

    list_pk: int
    project_id: int
    name: str
    approval_required: bool
    telling: Telling
    created_at: dt.datetime
    is_of_places: bool = False
    """Its entities are of places; a phone holds those of the places where it works."""


_REF = sa.select(*(getattr(EntityList, name) for name in ListRef.__dataclass_fields__))


def find(connection: Connected, project_id: int, which: int | str) -> ListRef | None:
    """A list by our key, or by its name as it is written."""
    by = EntityList.name == which if isinstance(which, str) else EntityList.list_pk == which
    row = connection.execute(_REF.where(EntityList.project_id == project_id, by)).first()
    return None if row is None else ListRef(**row._mapping)


def get(connection: Connected, project_id: int, which: int | str) -> ListRef:
    """The same, or Problem(NOT_FOUND)."""
    found = find(connection, project_id, which)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def set_telling(connection: Connected, list_pk: int, telling: Telling) -> None:
    connection.execute(
        sa.update(EntityList).where(EntityList.list_pk == list_pk).values(telling=telling)
    )


def set_of_places(connection: Connected, list_pk: int) -> None:
    connection.execute(
        sa.update(EntityList).where(EntityList.list_pk == list_pk).values(is_of_places=True)
    )


def set_approval(connection: Connected, list_pk: int, *, required: bool) -> None:
    connection.execute(
        sa.update(EntityList)
        .where(EntityList.list_pk == list_pk)
        .values(approval_required=required)
    )


def lock(connection: Connected, project_id: int, list_pks: Collection[int]) -> None:
    """Whoever changes entities of these lists comes one after the other; what is read after this
    is as it stands."""
    for list_pk in sorted(set(list_pks)):
        new = {"project_id": project_id, "list_pk": list_pk, "revision": 1}
        connection.execute(postgresql.insert(ListState).on_conflict_do_nothing(), [new])
        connection.execute(
            sa.select(ListState.revision)
            .where(ListState.project_id == project_id, ListState.list_pk == list_pk)
            .with_for_update()
        )


def touch(connection: Connected, project_id: int, list_pks: Collection[int]) -> dict[int, int]:
    """These lists are not what they were: whoever holds a copy fetches it again. Answers the
    revision that each has now, which the entities that changed are to carry (`changed`)."""
    if not list_pks:
        return {}
    lock(connection, project_id, list_pks)
    done = connection.execute(
        sa.update(ListState)
        .where(ListState.project_id == project_id, ListState.list_pk.in_(sorted(set(list_pks))))
        .values(revision=ListState.revision + 1)
        .returning(ListState.list_pk, ListState.revision)
    )
    return {row.list_pk: row.revision for row in done}


def revision(connection: Connected, project_id: int, list_pk: int) -> int:
    query = sa.select(ListState.revision).where(
        ListState.project_id == project_id, ListState.list_pk == list_pk
    )
    return connection.execute(query).scalar() or 0


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """A list as people see it."""

    ref: ListRef
    entities: int
    conflicts: int
    last_at: dt.datetime | None


def list_counted(session: Session, project_id: int) -> list[ListRow]:
    """All lists of a project with how many entities they hold, in two statements."""
    refs = session.execute(_REF.where(EntityList.project_id == project_id))
    nothing: tuple[int, int, dt.datetime | None] = (0, 0, None)
    counted = session.execute(
        sa.select(
            Entity.list_pk,
            sa.func.count(),
            sa.func.count(Entity.conflict),
            sa.func.max(
                sa.func.coalesce(Entity.updated_at, Entity.created_at), type_=UtcDateTime()
            ),
        )
        .where(Entity.project_id == project_id, *_ARE_THERE)
        .group_by(Entity.list_pk)
    )
    numbers = {row[0]: (row[1], row[2], row[3]) for row in counted}
    found = []
    for row in refs:
        entities, conflicts, last_at = numbers.get(row.list_pk, nothing)
        ref = ListRef(**row._mapping)
        found.append(ListRow(ref=ref, entities=entities, conflicts=conflicts, last_at=last_at))
    return sorted(found, key=lambda one: one.ref.name.casefold())


_ARE_THERE = (Entity.deleted_at.is_(None), Entity.erased_at.is_(None))


def list_undeclared(session: Session, project_id: int) -> list[ListRef]:
    """Lists with properties of which nobody said of whom they tell, by name."""
    has_properties = sa.exists().where(EntityProperty.list_pk == EntityList.list_pk)
    query = _REF.where(
        EntityList.project_id == project_id,
        EntityList.telling == Telling.UNDECLARED,
        has_properties,
    )
    return [ListRef(**row._mapping) for row in session.execute(query.order_by(EntityList.name))]


def creators_of(connection: Connected, project_id: int, list_pk: int) -> list[int | None]:
    """Whoever made entities of the list that are there."""
    query = (
        sa.select(Entity.creator_id)
        .where(Entity.project_id == project_id, Entity.list_pk == list_pk, *_ARE_THERE)
        .distinct()
    )
    return list(connection.execute(query).scalars())


@dataclass(frozen=True, kw_only=True)
class ListsCounted:
    """How many lists a project has, and when the newest entity in one was made."""

    lists: int
    last_at: dt.datetime | None


def count_lists(session: Session, project_ids: Collection[int]) -> dict[int, ListsCounted]:
    """Of each of these projects, in two statements."""
    held = session.execute(
        sa.select(EntityList.project_id, sa.func.count())
        .where(EntityList.project_id.in_(project_ids))
        .group_by(EntityList.project_id)
    )
    lists = {row[0]: row[1] for row in held}
    newest = session.execute(
        sa.select(Entity.project_id, sa.func.max(Entity.created_at, type_=UtcDateTime()))
        .where(Entity.project_id.in_(project_ids), *_ARE_THERE)
        .group_by(Entity.project_id)
    )
    last = {row[0]: row[1] for row in newest}
    return {
        key: ListsCounted(lists=lists.get(key, 0), last_at=last.get(key)) for key in project_ids
    }


def count_entities(connection: Connected, project_id: int, list_pk: int) -> int:
    query = sa.select(sa.func.count()).where(
        Entity.project_id == project_id, Entity.list_pk == list_pk, *_ARE_THERE
    )
    return connection.execute(query).scalar() or 0


def list_conflicts(
    connection: Connected, project_id: int, list_pk: int, limit: int = 100
) -> list[tuple[uuid.UUID, Conflict]]:
    """(entity, how bad) of those that two changed, the hard ones first."""
    query = (
        sa.select(Entity.entity_id, Entity.conflict)
        .where(
            Entity.project_id == project_id,
            Entity.list_pk == list_pk,
            Entity.conflict.is_not(None),
            *_ARE_THERE,
        )
        .order_by(Entity.conflict, Entity.entity_pk)
        .limit(limit)
    )
    return [(key, conflict) for key, conflict in connection.execute(query) if key and conflict]


@dataclass(frozen=True, kw_only=True)
class FormUse:
    """What the version of a form that is offered now does to a list."""

    form_id: str
    title: str
    creates: bool
    updates: bool
    properties: tuple[str, ...]


def forms_of(session: Session, list_pk: int) -> list[FormUse]:
    """Forms whose offered version makes or changes entities of the list, by formID."""
    query = (
        sa.select(
            Form.form_id,
            FormVersion.title,
            EntityUse.creates,
            EntityUse.updates,
            EntityUse.properties,
        )
        .select_from(EntityUse)
        .join(FormVersion, FormVersion.version_pk == EntityUse.version_pk)
        .join(Form, Form.current_version_pk == FormVersion.version_pk)
        .where(EntityUse.list_pk == list_pk, Form.deleted_at.is_(None))
        .order_by(Form.form_id)
    )
    return [
        FormUse(**{**row._mapping, "properties": tuple(row.properties)})
        for row in session.execute(query)
    ]


@dataclass(frozen=True, kw_only=True)
class FormNamed:
    form_id: str
    title: str


def readers_of(session: Session, project_id: int, name: str) -> list[FormNamed]:
    """Forms whose offered version reads the list, by formID."""
    query = (
        sa.select(Form.form_id, FormVersion.title)
        .select_from(WantedList)
        .join(FormVersion, FormVersion.version_pk == WantedList.version_pk)
        .join(Form, Form.current_version_pk == FormVersion.version_pk)
        .where(Form.project_id == project_id, Form.deleted_at.is_(None), WantedList.name == name)
        .order_by(Form.form_id)
    )
    return [FormNamed(**row._mapping) for row in session.execute(query)]


def count_of(session: Session, project_id: int, list_pk: int) -> ListRow | None:
    """One list with how many entities it holds."""
    rows = list_counted(session, project_id)
    return next((one for one in rows if one.ref.list_pk == list_pk), None)


def lists_wanted(session: Session, project_id: int, version_pks: Collection[int]) -> list[ListRef]:
    """Lists that one of these form versions refers to as CSV, by name."""
    wanted = sa.select(WantedList.name).where(WantedList.version_pk.in_(sorted(version_pks)))
    query = _REF.where(EntityList.project_id == project_id, EntityList.name.in_(wanted)).order_by(
        EntityList.name
    )
    return [ListRef(**row._mapping) for row in session.execute(query)]


def list_named(session: Session, project_id: int, names: Collection[str]) -> list[ListRef]:
    """Those of these names that there are, by name."""
    query = _REF.where(EntityList.project_id == project_id, EntityList.name.in_(sorted(names)))
    return [ListRef(**row._mapping) for row in session.execute(query.order_by(EntityList.name))]


def is_wanted_by(
    session: Session, project_id: int, ref: ListRef, form_ids: Collection[str]
) -> bool:
    """Whether one of these forms, in any version, refers to the list."""
    query = (
        sa.select(sa.literal(1))
        .select_from(WantedList)
        .join(FormVersion, FormVersion.version_pk == WantedList.version_pk)
        .join(Form, Form.form_pk == FormVersion.form_pk)
        .where(
            Form.project_id == project_id,
            Form.deleted_at.is_(None),
            Form.form_id.in_(sorted(form_ids)),
            WantedList.name == ref.name,
        )
    )
    return session.execute(query.limit(1)).first() is not None


@dataclass(frozen=True, kw_only=True)
class PropertyRow:
    name: str
    created_at: dt.datetime


def list_properties(connection: Connected, list_pk: int) -> list[PropertyRow]:
    """In the order in which they came to be."""
    query = (
        sa.select(EntityProperty.name, EntityProperty.created_at)
        .where(EntityProperty.list_pk == list_pk)
        .order_by(EntityProperty.property_pk)
    )
    return [PropertyRow(**row._mapping) for row in connection.execute(query)]


def property_names(connection: Connected, list_pk: int) -> list[str]:
    return [one.name for one in list_properties(connection, list_pk)]


def property_alike(connection: Connected, list_pk: int, name: str) -> str:
    """The property that has this name, capitals aside; "" where there is none."""
    names = property_names(connection, list_pk)
    return next((one for one in names if one.casefold() == name.casefold()), "")
