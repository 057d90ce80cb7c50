"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from service.foundation import clock


class Uid(TypeDecorator[uuid.UUID]):
    """A UUID: 16 bytes on SQLite (half the index of text), the native type on PostgreSQL."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(sa.LargeBinary(16))

    def process_bind_param(self, value: uuid.UUID | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else _as_bytes(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> uuid.UUID | None:
        return value if isinstance(value, uuid.UUID) else _from_bytes(value)

    # What follows a receipt reads a hundred of these: one call for each, not three.
    def bind_processor(self, dialect: Dialect) -> Any:
        return None if dialect.name == "postgresql" else _as_bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return None if dialect.name == "postgresql" else _from_bytes


def _as_bytes(value: uuid.UUID | None) -> bytes | None:
    return None if value is None else value.int.to_bytes(16, "big")


def _from_bytes(value: bytes | None) -> uuid.UUID | None:
    return None if value is None else uuid.UUID(int=int.from_bytes(value, "big"))


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware datetime. A naive one is refused: it would silently mean another instant."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to a UTC column")
        value = value.astimezone(dt.UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=dt.UTC)  # type: ignore[no-any-return]
        return value.astimezone(dt.UTC)  # type: ignore[no-any-return]


def touched() -> MappedColumn[Any]:
    """When the row was last changed by an UPDATE; who inserts it may say so too."""
    return mapped_column(UtcDateTime, onupdate=clock.now)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""JSON; stored as JSONB on PostgreSQL."""


class ByValue(TypeDecorator[Any]):
    """A StrEnum stored by its value, so that the code seen in the database is the code we speak."""

    impl = sa.String(40)
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else str(self.kind(value).value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value)


BY_KEY = {"sqlite_with_rowid": False}
"""For `__table_args__`: rows lie in the tree of their primary key. One page to write instead of
two, where the key rises and rows are small; no help where other indexes are many."""
