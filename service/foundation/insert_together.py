"""Rows that stand or fall with one guarding row: for the way of every submission.

The unique constraint on the guard's table decides, never a SELECT before. On PostgreSQL all of it
is one statement, one round trip, atomic by itself. On SQLite the rows of many callers go in
table by table, so that a shared commit costs a few statements, not a few for each caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase

from service.foundation.prepared import (
    Connected,
    Prepared,
    Row,
    Shapes,
    cursor_of,
    insert_rows,
    names_of,
)

_NEW = " ON CONFLICT DO NOTHING RETURNING "
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of one act.

    `each` has one for every table of the `InsertTogether`, in that order. `more` has any number
    for tables that only the caller knows: structs or mappings of values that JSON can carry.
    """

    each: Sequence[dict[str, Any]]
    more: Mapping[sa.Table, Sequence[Row]] = field(default_factory=dict)


class Linked(Protocol):
    """A table whose rows each follow from the one before, which only the transaction knows."""

    table: sa.Table

    def placed(self, connection: Connected, rows: Sequence[Any]) -> Sequence[Row]:
        """The rows in full, in their order, on SQLite."""

    def insert(self, named: Callable[[str], str], *conditions: Any) -> sa.Insert:
        """The INSERT of one row where `conditions` hold, on PostgreSQL."""


@dataclass(frozen=True, kw_only=True)
class OnlyIf:
    """The last row of `Rows.each` goes into `table` only where `holds`.

    `holds` is SQL; it names a column of the guarding row with `of_guard`.
    """

    table: type[DeclarativeBase]
    holds: sa.ColumnElement[bool]


def of_guard(column: Any) -> sa.BindParameter[Any]:
    """The guarding row's value of a mapped column, within `OnlyIf.holds`."""
    return sa.bindparam(f"t0_{column.key}", type_=column.type)


class _Encoded(sa.types.TypeDecorator[str]):
    """JSON that is encoded already."""

    impl = postgresql.JSONB
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> None:
        return None


class InsertTogether:
    """Callers give rows of a table always with the same columns."""

    def __init__(
        self,
        guard: type[DeclarativeBase],
        *others: type[DeclarativeBase] | Linked,
        only_if: OnlyIf | None = None,
    ) -> None:
        self.tables = [
            _table(one) if isinstance(one, type) else one.table for one in (guard, *others)
        ]
        self._linked = {
            n: one for n, one in enumerate(others, start=1) if not isinstance(one, type)
        }
        self._shapes: dict[sa.Table, Shapes] = {}
        self._key = [column.name for column in self.tables[0].primary_key.columns]
        self._only_if = only_if
        self._conditional: Prepared | None = None
        self._statements: dict[tuple[sa.Table, ...], Prepared] = {}

    def run(self, connection: Connected, rows: Rows) -> bool:
        """Whether the guarding row was new. In the caller's transaction, or as one of its own
        where PostgreSQL's connection is in autocommit."""
        if connection.dialect.name == "postgresql":
            return self._run_one_statement(connection, rows)
        return self.run_all(connection, [rows])[0]

    # --- SQLite ---------------------------------------------------------------------------------
    def run_all(self, connection: Connected, batch: Sequence[Rows]) -> list[bool]:
        """Which guarding rows were new, in the caller's transaction on SQLite."""
        cursor = cursor_of(connection)
        try:
            is_new = self._insert_guards(connection, cursor, [rows.each[0] for rows in batch])
            new = [rows for rows, is_one in zip(batch, is_new, strict=True) if is_one]
            for n, table in enumerate(self.tables[1:], start=1):
                some: Sequence[Row] = [rows.each[n] for rows in new]
                if n in self._linked:
                    some = self._linked[n].placed(connection, some)
                self._insert(connection, cursor, table, some)
            for table in dict.fromkeys(table for rows in new for table in rows.more):
                more = [rows.more[table] for rows in new if table in rows.more]
                self._insert(connection, cursor, table, list(chain.from_iterable(more)))
        finally:
            cursor.close()
        if self._only_if is not None:
            for rows in new:
                values = _numbered(0, rows.each[0]) | _numbered(len(self.tables), rows.each[-1])
                self._prepare_conditional(rows).run(connection, values)
        return is_new

    def _insert_guards(
        self, connection: Connected, cursor: Any, guards: Sequence[dict[str, Any]]
    ) -> list[bool]:
        shape = self._shapes_of(self.tables[0]).of(guards[0], connection.dialect)
        names = names_of(guards[0])
        places = [names.index(name) for name in self._key]
        values = [shape.values(guard) for guard in guards]
        sql = shape.insert(len(guards), _NEW + ", ".join(self._key))
        cursor.execute(sql, list(chain.from_iterable(values)))
        new = set(cursor.fetchall())
        return [tuple(row[place] for place in places) in new for row in values]

    def _insert(
        self, connection: Connected, cursor: Any, table: sa.Table, rows: Sequence[Row]
    ) -> None:
        if rows:
            shape = self._shapes_of(table).of(rows[0], connection.dialect)
            insert_rows(cursor, shape, rows)

    def _shapes_of(self, table: sa.Table) -> Shapes:
        found = self._shapes.get(table)
        if found is None:
            found = self._shapes[table] = Shapes(table)
        return found

    def _prepare_conditional(self, rows: Rows) -> Prepared:
        if self._conditional is None:
            self._conditional = Prepared(self._insert_if(rows))
        return self._conditional

    # --- PostgreSQL -----------------------------------------------------------------------------
    def _run_one_statement(self, connection: Connected, rows: Rows) -> bool:
        key = tuple(rows.more)
        statement = self._statements.get(key)
        if statement is None:
            statement = self._statements[key] = self._prepare_one_statement(rows)
        values: dict[str, Any] = {}
        for n, row in enumerate(rows.each):
            values.update(_numbered(n, row))
        if rows.more:
            more = {table.name: told for table, told in rows.more.items()}
            values["more"] = _encode(more).decode()
        found = statement.first(connection, **values)
        return bool(found and found[0])

    def _prepare_one_statement(self, rows: Rows) -> Prepared:
        first, row = self.tables[0], rows.each[0]
        guard = (
            postgresql.insert(first)
            .values({name: _parameter(0, first, name) for name in row})
            .on_conflict_do_nothing()
            .returning(sa.literal_column("1").label("is_new"))
            .cte("guard")
        )
        only_new = sa.exists(sa.select(guard.c.is_new))
        parts = []
        for n, table in enumerate(self.tables[1:], start=1):
            if n in self._linked:
                parts.append(self._linked[n].insert(f"t{n}_{{}}".format, only_new))
                continue
            names = list(rows.each[n])
            values = [_parameter(n, table, name).label(name) for name in names]
            parts.append(_insert_from(table, names, sa.select(*values).where(only_new)))
        for table, told in rows.more.items():
            names = list(names_of(told[0]))
            parts.append(_insert_from(table, names, _from_json(table, names).where(only_new)))
        if self._only_if is not None:
            parts.append(self._insert_if(rows, only_new))
        ctes = [part.cte(f"part{n}") for n, part in enumerate(parts)]
        return Prepared(sa.select(sa.func.count()).select_from(guard).add_cte(*ctes))

    # --- both -----------------------------------------------------------------------------------
    def _insert_if(self, rows: Rows, *conditions: Any) -> sa.Insert:
        if self._only_if is None:
            raise AssertionError("there is no condition")
        table, names = _table(self._only_if.table), list(rows.each[-1])
        values = [_parameter(len(self.tables), table, name).label(name) for name in names]
        return _insert_from(
            table, names, sa.select(*values).where(self._only_if.holds, *conditions)
        )


def _numbered(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"t{number}_{name}": value for name, value in row.items()}


def _parameter(number: int, table: sa.Table, name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(f"t{number}_{name}", type_=table.c[name].type)


def _insert_from(table: sa.Table, names: list[str], rows: Any) -> sa.Insert:
    return sa.insert(table).from_select(names, rows, include_defaults=False)


def _from_json(table: sa.Table, names: list[str]) -> sa.Select[Any]:
    """Rows of `table` out of the one JSON parameter. `project_id` is said as a parameter, as in
    every other part: a database that is sharded by it must see that they agree."""
    more = sa.bindparam("more", type_=_Encoded)
    told_here = more.op("->")(sa.literal_column(f"'{table.name}'"))
    columns = [sa.column(name, table.c[name].type) for name in names]
    told = (
        sa.func.jsonb_to_recordset(told_here)
        .table_valued(*columns, name=f"told_{table.name}")
        .render_derived(name=f"told_{table.name}", with_types=True)
    )
    project_id = sa.bindparam("t0_project_id", type_=table.c.project_id.type)
    return sa.select(
        *(project_id.label(name) if name == "project_id" else told.c[name] for name in names)
    )


def _table(mapped: type[DeclarativeBase]) -> sa.Table:
    return cast(sa.Table, mapped.__table__)
