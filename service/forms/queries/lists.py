"""Entity lists that forms declare, and their properties."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.forms.queries.standing import insert_unless_there
from service.forms.tables import EntityList, EntityProperty
from service.foundation import clock


def find_list(session: Session, project_id: int, which: int | str) -> EntityList | None:
    """A list by our key or its name, capitals aside."""
    by = EntityList.list_pk == which
    if isinstance(which, str):
        by = EntityList.name_key == which.casefold()
    query = sa.select(EntityList).where(EntityList.project_id == project_id, by)
    return session.scalars(query).first()


def list_lists(session: Session, project_id: int) -> list[EntityList]:
    """All lists of a project, by name."""
    query = sa.select(EntityList).where(EntityList.project_id == project_id)
    return sorted(session.scalars(query), key=lambda one: one.name_key)


def get_or_insert_list(session: Session, new: EntityList) -> EntityList:
    """That one, or the one that has its name, capitals aside."""
    found = find_list(session, new.project_id, new.name)
    if found is not None or insert_unless_there(session, new):
        return found or new
    return session.scalars(
        sa.select(EntityList).where(
            EntityList.project_id == new.project_id, EntityList.name_key == new.name_key
        )
    ).one()


def list_properties(session: Session, list_pk: int) -> list[EntityProperty]:
    """In the order in which they came to be."""
    query = sa.select(EntityProperty).where(EntityProperty.list_pk == list_pk)
    return list(session.scalars(query.order_by(EntityProperty.property_pk)))


def insert_property(session: Session, list_pk: int, name: str) -> bool:
    """False where the list has one of that name, capitals aside."""
    new = EntityProperty(
        list_pk=list_pk, name=name, name_key=name.casefold(), created_at=clock.now()
    )
    return insert_unless_there(session, new)
