"""Expressions that both databases understand, each in its own words."""

from __future__ import annotations

from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from service.indicators.layout import SEPARATOR

_MOST_DAYS = 3_660
"""A longer course is a typing error, and told as unknown."""


def joined(*columns: Any) -> sa.ColumnElement[Any]:
    between: Any = sa.literal_column(f"'{SEPARATOR}'")
    parts = [part for column in columns for part in (between, column)][1:]
    return reduce(lambda left, right: left.op("||")(right), parts)


def said(holds: Any, word: str) -> sa.ColumnElement[Any]:
    return sa.case((holds, sa.literal_column(f"'{word}'")), else_=sa.literal_column("''"))


def mentions(several: Any, code: str) -> sa.ColumnElement[bool]:
    return sa.cast(several, sa.String).like(f'%"{code}"%')


def is_empty(several: Any) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(sa.cast(several, sa.String), "[]") == "[]"


def days_between(start: Any, end: Any) -> sa.ColumnElement[Any]:
    """Days from one to the other as text; "" where one is missing, or they lie the wrong way."""
    days = _Days(start, end)
    is_told = sa.and_(start.is_not(None), end.is_not(None), days >= 0, days <= _MOST_DAYS)
    return sa.case((is_told, sa.cast(days, sa.String)), else_=sa.literal_column("''"))


class _Days(FunctionElement[int]):
    """Days between two dates."""

    type = sa.Integer()
    inherit_cache = True


@compiles(_Days, "sqlite")
def _days_in_sqlite(element: _Days, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(one, **more) for one in element.clauses)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


@compiles(_Days, "postgresql")
def _days_in_postgresql(element: _Days, compiler: Any, **more: Any) -> str:
    start, end = (compiler.process(one, **more) for one in element.clauses)
    return f"({end} - {start})"


class Day(FunctionElement[Any]):
    """The day of a moment, by the project's clock."""

    type = sa.Date()
    inherit_cache = True


@compiles(Day, "sqlite")
def _day_in_sqlite(element: Day, compiler: Any, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+7 hours')"


@compiles(Day, "postgresql")
def _day_in_postgresql(element: Day, compiler: Any, **more: Any) -> str:
    return f"({compiler.process(element.clauses, **more)} AT TIME ZONE 'Asia/Phnom_Penh')::date"


class Bytes(FunctionElement[bytes]):
    """A submission's key as its bytes: a UUID of Python's costs more than the row."""

    type = sa.LargeBinary()
    inherit_cache = True


@compiles(Bytes, "sqlite")
def _in_sqlite(element: Bytes, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(Bytes, "postgresql")
def _in_postgresql(element: Bytes, compiler: Any, **more: Any) -> str:
    return f"uuid_send({compiler.process(element.clauses, **more)})"
