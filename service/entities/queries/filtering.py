"""What `$filter` may ask of entities: what is said of them, never what they hold. Answers lie
sealed, and a filter by what is masked would tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from service.entities.tables import Entity
from service.foundation import odata_sql
from service.foundation.formats import odata_filter

_DELETED = "__system/deletedAt"
FIELDS: odata_sql.Fields = {
    "__id": Entity.entity_id.expression,
    "__system/createdAt": Entity.created_at.expression,
    "__system/updatedAt": Entity.updated_at.expression,
    _DELETED: Entity.deleted_at.expression,
    "__system/creatorId": Entity.creator_id.expression,
    "__system/conflict": sa.type_coerce(Entity.conflict, sa.String()),
}


@dataclass(frozen=True, kw_only=True)
class Which:
    """Entities of a list. `deleted`: those alone; None: whether they are deleted or not."""

    conditions: tuple[sa.ColumnElement[bool], ...] = ()
    deleted: bool | None = False

    @property
    def clauses(self) -> list[sa.ColumnElement[Any]]:
        found: list[sa.ColumnElement[Any]] = [Entity.erased_at.is_(None), *self.conditions]
        if self.deleted is not None:
            is_there = Entity.deleted_at.is_(None)
            found.append(sa.not_(is_there) if self.deleted else is_there)
        return found


LIVE = Which()


def asked(expression: odata_filter.Expression) -> Which:
    """Deleted ones are hidden unless the filter names when they were. Raises NOT_IMPLEMENTED for
    other fields, INVALID_PARAMETER for values that cannot be compared."""
    names_deleted = _DELETED in odata_filter.names(expression)
    return Which(
        conditions=(odata_sql.condition(expression, FIELDS),),
        deleted=None if names_deleted else False,
    )


def ordered(order: Sequence[odata_filter.Ordered]) -> list[sa.ColumnElement[Any]]:
    """`$orderby`, by the same fields. Raises NOT_IMPLEMENTED for others."""
    return odata_sql.order(order, FIELDS)


def listed(*, deleted: bool, in_conflict: bool) -> Which:
    conditions = (Entity.conflict.is_not(None),) if in_conflict else ()
    return Which(conditions=conditions, deleted=deleted)
