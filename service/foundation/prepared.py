"""Statements compiled once, run on the driver's own cursor: for the way of every submission.

SQLAlchemy writes the SQL and converts the values; what is left out is its work per execution,
which cost more than the database did (0.6 of 1.0 ms a submission).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase

Convert = Callable[[Any], Any]


class OwnConnection:
    """A driver connection outside SQLAlchemy's pool, in autocommit, owned by one thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self.dialect = engine.dialect
        self._pooled = engine.raw_connection()
        self._driver = cast(Any, self._pooled.driver_connection)
        self._pooled.detach()
        self.dbapi_errors: type[Exception] = self.dialect.loaded_dbapi.Error
        if self.dialect.name == "postgresql":
            self._driver.autocommit = True

    def cursor(self) -> Any:
        return self._driver.cursor()

    def execute(self, sql: str) -> None:
        """A statement without parameters or rows: BEGIN, COMMIT, SAVEPOINT."""
        self._driver.execute(sql)

    def close(self) -> None:
        self._driver.close()

    def __del__(self) -> None:
        """Its thread is gone, or the database was disposed of."""
        self.close()

    def is_dead(self, error: Exception) -> bool:
        return self.dialect.is_disconnect(error, self._driver, None)  # type: ignore[arg-type]

    @staticmethod
    def sqlstate(error: Exception) -> str:
        return str(getattr(error, "sqlstate", "") or "")

    def wrapped(self, error: Exception) -> Exception:
        """The error as SQLAlchemy would have raised it."""
        module = self.dialect.loaded_dbapi
        return sa.exc.DBAPIError.instance(
            None,
            None,
            error,
            module.Error,
            hide_parameters=True,
            dialect=self.dialect,
            connection_invalidated=self.is_dead(error),
        )


Connected = sa.Connection | OwnConnection


def _cursor(connection: Connected) -> Any:
    if isinstance(connection, OwnConnection):
        return connection.cursor()
    return connection.connection.cursor()


class Prepared:
    """A SELECT or INSERT with named parameters."""

    def __init__(self, statement: sa.Executable) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, connection: Connected, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row, its values converted, or None."""
        compiled = self._for(connection.dialect)
        cursor = compiled.execute(_cursor(connection), parameters)
        try:
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else compiled.converted(row)

    def run(self, connection: Connected, parameters: Mapping[str, Any]) -> int:
        """Execute; answers how many rows were touched."""
        cursor = self._for(connection.dialect).execute(_cursor(connection), parameters)
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
        self.sql: str = compiled.string
        self.is_positional = bool(compiled.positional)
        self.names: list[str] = list(compiled.positiontup or compiled.binds)
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
        given = values if self.is_positional else dict(zip(self.names, values, strict=True))
        cursor.execute(self.sql, given, **self.options)
        return cursor

    def converted(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            value if convert is None else convert(value)
            for value, convert in zip(row, self.results, strict=True)
        )


class InsertTogether:
    """Inserts a guarding row and, only if it was new, the rows that belong to it.

    The unique constraint on the first table decides, never a SELECT before. On PostgreSQL all of
    it is one statement (one round trip); SQLite has no such statement and no round trips either.
    Callers give a row (column name -> value) for each table, in the order of the tables, always
    with the same columns.
    """

    def __init__(self, guard: type[DeclarativeBase], *others: type[DeclarativeBase]) -> None:
        self.tables = [cast(sa.Table, mapped.__table__) for mapped in (guard, *others)]
        self._one_by_one: list[Prepared] = []
        self._one_statement: Prepared | None = None

    def run(self, connection: Connected, *rows: Mapping[str, Any]) -> bool:
        """Whether the guarding row was new. In the caller's transaction."""
        if connection.dialect.name == "postgresql":
            return self.run_one_statement(connection, *rows)
        if not self._one_by_one:
            self._one_by_one = self._prepare_one_by_one(rows)
        numbered = list(zip(self._one_by_one, rows, strict=True))
        for n, (statement, row) in enumerate(numbered):
            values = {f"t{n}_{name}": value for name, value in row.items()}
            if statement.run(connection, values) == 0 and n == 0:
                return False
        return True

    def run_one_statement(self, connection: Connected, *rows: Mapping[str, Any]) -> bool:
        """The same as one PostgreSQL statement: atomic even without a transaction around it."""
        if self._one_statement is None:
            self._one_statement = self._prepare_one_statement(rows)
        values = {f"t{n}_{name}": v for n, row in enumerate(rows) for name, v in row.items()}
        found = self._one_statement.first(connection, **values)
        return bool(found and found[0])

    def _prepare_one_by_one(self, rows: tuple[Mapping[str, Any], ...]) -> list[Prepared]:
        statements = []
        for n, (table, row) in enumerate(zip(self.tables, rows, strict=True)):
            insert = sqlite_insert(table).values({c: _parameter(n, table, c) for c in row})
            statements.append(Prepared(insert.on_conflict_do_nothing() if n == 0 else insert))
        return statements

    def _prepare_one_statement(self, rows: tuple[Mapping[str, Any], ...]) -> Prepared:
        first, row = self.tables[0], rows[0]
        guard = (
            postgresql_insert(first)
            .values({name: _parameter(0, first, name) for name in row})
            .on_conflict_do_nothing()
            .returning(sa.literal_column("1").label("is_new"))
            .cte("guard")
        )
        parts = []
        for n, (table, row) in enumerate(zip(self.tables[1:], rows[1:], strict=True), start=1):
            values = [_parameter(n, table, name).label(name) for name in row]
            only_new = sa.select(*values).where(sa.exists(sa.select(guard.c.is_new)))
            insert = sa.insert(table).from_select(list(row), only_new, include_defaults=False)
            parts.append(insert.cte(f"t{n}"))
        return Prepared(sa.select(sa.func.count()).select_from(guard).add_cte(*parts))


class InsertMany:
    """Inserts many rows with the same columns: executemany on SQLite, COPY on PostgreSQL (where
    executemany is a round of messages for each row)."""

    def __init__(self, table: sa.Table) -> None:
        self.table = table
        self._shapes: dict[tuple[str, ...], _Shape] = {}

    def run(self, connection: Connected, rows: Sequence[Mapping[str, Any]]) -> None:
        """In the caller's transaction. Every row has the columns of the first."""
        if not rows:
            return
        shape = self._for(connection.dialect, tuple(rows[0]))
        cursor = _cursor(connection)
        if connection.dialect.name == "postgresql":
            with cursor.copy(shape.sql) as copy:
                for row in rows:
                    copy.write_row(shape.values(row))
        else:
            cursor.executemany(shape.sql, map(shape.values, rows))
        cursor.close()

    def _for(self, dialect: Dialect, names: tuple[str, ...]) -> _Shape:
        key = (dialect.name, *names)
        if key not in self._shapes:
            self._shapes[key] = _Shape(self.table, dialect, names)
        return self._shapes[key]


class _Shape:
    """How rows with these columns go in."""

    def __init__(self, table: sa.Table, dialect: Dialect, names: tuple[str, ...]) -> None:
        quote = dialect.identifier_preparer.quote
        into = f"{quote(table.name)} ({', '.join(map(quote, names))})"
        marks = ", ".join("?" * len(names))
        copies = dialect.name == "postgresql"
        # Names come from the mapped classes, never from a request.
        self.sql = f"COPY {into} FROM STDIN" if copies else f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608
        self._pick = itemgetter(*names)  # two columns at least: it answers a tuple
        self._converts = [
            (place, convert)
            for place, name in enumerate(names)
            if (convert := _converter(table.c[name].type, dialect))
        ]

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        picked = list(self._pick(row))
        for place, convert in self._converts:
            picked[place] = convert(picked[place])
        return picked


def _converter(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    found: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found


def _parameter(number: int, table: sa.Table, name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(f"t{number}_{name}", type_=table.c[name].type)
