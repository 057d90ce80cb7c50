"""Statements compiled once, run on the driver's own cursor: for the way of every submission.

SQLAlchemy writes the SQL and converts the values; what is left out is its work per execution,
which cost more than the database did (0.6 of 1.0 ms a submission).
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from service.foundation.columns import Uid
from service.foundation.own_connections import OwnConnection, raw_cursor

Convert = Callable[[Any], Any]


Connected = sa.Connection | OwnConnection
Row = dict[str, Any] | msgspec.Struct
"""Column name to value."""


def cursor_of(connection: Connected) -> Any:
    if isinstance(connection, OwnConnection):
        return connection.cursor()
    return raw_cursor(connection.connection.driver_connection)


class Prepared:
    """A SELECT or INSERT with named parameters."""

    def __init__(self, statement: sa.Executable) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connected, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row, its values converted, or None."""
        compiled = self._for(connection.dialect)
        cursor = compiled.execute(cursor_of(connection), parameters)
        try:
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else compiled.converted(row)

    def run(self, connection: Connected, parameters: Mapping[str, Any]) -> int:
        """Execute; answers how many rows were touched."""
        cursor = self._for(connection.dialect).execute(cursor_of(connection), parameters)
        count: int = cursor.rowcount
        cursor.close()
        return count

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        return found


class _Compiled:
    """The statement in one database's words."""

    def __init__(self, statement: sa.Executable, dialect: Dialect) -> None:
        compiled = cast(Any, statement).compile(dialect=dialect)
        self.sql: str | bytes = compiled.string
        self.names: list[str] = compiled.positiontup
        if dialect.name == "postgresql":
            self.sql, self.names = _numbered(compiled.string)
        self.fixed: dict[str, Any] = {
            name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required
        }
        self.converts: dict[str, Convert | None] = {
            name: _converter(bind.type, dialect) for name, bind in compiled.binds.items()
        }
        self.results: list[Convert | None] = []
        if isinstance(statement, sa.Select):
            self.results = [
                column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in statement.selected_columns
            ]
        self.options = {"prepare": True} if dialect.name == "postgresql" else {}

    def execute(self, cursor: Any, parameters: Mapping[str, Any]) -> Any:
        values = []
        for name in self.names:
            value = parameters[name] if name in parameters else self.fixed[name]
            convert = self.converts[name]
            values.append(value if convert is None else convert(value))
        cursor.execute(self.sql, values, **self.options)
        return cursor

    def converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            value if convert is None else convert(value)
            for value, convert in zip(row, self.results, strict=True)
        )


def _numbered(sql: str) -> tuple[bytes, list[str]]:
    """`%(name)s` as `$1`, and the names in that order. As bytes, whose hash Python remembers:
    the driver finds its prepared statement by them."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        return f"${numbers.setdefault(found[1], len(numbers) + 1)}"

    numbered = re.sub(r"%\((\w+)\)s", number, sql).replace("%%", "%")
    return numbered.encode(), list(numbers)


class Shape:
    """How rows of a table with these columns go in: values in the driver's own types."""

    def __init__(self, table: sa.Table, dialect: Dialect, names: tuple[str, ...]) -> None:
        quote = dialect.identifier_preparer.quote
        # Names come from the mapped classes, never from a request.
        self._into = f"{quote(table.name)} ({', '.join(map(quote, names))})"
        self._marks = f"({', '.join('?' * len(names))})"
        self._of_mapping = itemgetter(*names)  # two columns at least: they answer a tuple
        self._of_struct = attrgetter(*names)
        self._converts = [
            (place, convert)
            for place, name in enumerate(names)
            if (convert := _converter(table.c[name].type, dialect))
        ]
        self._inserts: dict[tuple[int, str], str] = {}

    @property
    def copy(self) -> str:
        return f"COPY {self._into} FROM STDIN"

    def insert(self, count: int, ending: str = "") -> str:
        """SQLite's INSERT of `count` rows at once: one step, where executemany takes a step for
        each row and lets another thread in at each."""
        found = self._inserts.get((count, ending))
        if found is None:
            marks = ", ".join([self._marks] * count)
            found = f"INSERT INTO {self._into} VALUES {marks}{ending}"  # noqa: S608 - marks alone
            self._inserts[count, ending] = found
        return found

    def values(self, row: Row) -> list[Any]:
        # Rows are dicts or structs; asking whether one is a Mapping costs as much as a column.
        got = self._of_mapping(row) if isinstance(row, dict) else self._of_struct(row)
        picked = list(got)
        for place, convert in self._converts:
            picked[place] = convert(picked[place])
        return picked


def names_of(row: Row) -> tuple[str, ...]:
    """The columns that a row gives."""
    return tuple(row) if isinstance(row, dict) else row.__struct_fields__


class Shapes:
    """Shapes of one table, made at first use."""

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self._made: dict[tuple[str, ...], Shape] = {}

    def of(self, row: Row, dialect: Dialect) -> Shape:
        names = names_of(row)
        key = (dialect.name, *names)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Shape(self.table, dialect, names)
        return found


class InsertMany:
    """Inserts many rows with the same columns: multi-row INSERTs on SQLite, COPY on PostgreSQL
    (where executemany is a round of messages for each row)."""

    def __init__(self, table: sa.Table) -> None:
        self._shapes = Shapes(table)

    def run(self, connection: Connected, rows: Sequence[Row]) -> None:
        """In the caller's transaction. Every row has the columns of the first."""
        if not rows:
            return
        shape = self._shapes.of(rows[0], connection.dialect)
        cursor = cursor_of(connection)
        if connection.dialect.name == "postgresql":
            with cursor.copy(shape.copy) as copy:
                for row in rows:
                    copy.write_row(shape.values(row))
        else:
            insert_rows(cursor, shape, rows)
        cursor.close()


ROWS_AT_ONCE = 16
"""Rows of one INSERT on SQLite: few enough that the driver keeps all lengths prepared."""


def insert_rows(cursor: Any, shape: Shape, rows: Sequence[Row]) -> None:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        values = list(chain.from_iterable(map(shape.values, some)))
        cursor.execute(shape.insert(len(some)), values)


_AS_IS = (sa.Integer, sa.String, sa.Boolean, sa.LargeBinary)
"""Types whose Python values the SQLite driver takes as they are."""


def _converter(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """SQLAlchemy's own converter or, on SQLite, a shorter way to the very same value."""
    if dialect.name == "sqlite":
        if isinstance(kind, _AS_IS):
            return None
        if isinstance(kind, Uid):
            return _uuid_bytes
        if isinstance(kind, sa.Date):
            return _iso_date
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _uuid_bytes(value: uuid.UUID | None) -> bytes | None:
    return None if value is None else value.bytes


def _iso_date(value: dt.date | None) -> str | None:
    return None if value is None else value.isoformat()
