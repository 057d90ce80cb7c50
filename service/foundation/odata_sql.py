"""`$filter` and `$orderby` (`formats.odata_filter`) -> SQL, over the fields that somebody names.

Comparisons with null are SQL's own, but for `eq` and `ne`, which are null-safe, as ODK Central's.
"""

from __future__ import annotations

import datetime as dt
import operator
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.foundation import clock
from service.foundation.columns import Uid, UtcDateTime
from service.foundation.formats import odata_filter as tree
from service.foundation.problems import (
    ODATA_FIELD_UNSUPPORTED,
    ODATA_UNPARSABLE,
    ODATA_UNSUPPORTED,
    Problem,
)

Fields = Mapping[str, sa.ColumnElement[Any]]
_LARGEST = 2**31


class UtcPart(FunctionElement[int]):
    """A part of a moment by UTC: PostgreSQL would take the session's zone, SQLite answers text."""

    inherit_cache = True
    type = sa.Integer()

    def __init__(self, part: str, moment: sa.ColumnElement[Any]) -> None:
        super().__init__(sa.literal_column(f"'{part}'"), moment)


@compiles(UtcPart, "postgresql")
def _of_postgresql(element: UtcPart, compiler: SQLCompiler, **options: Any) -> str:
    part, moment = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(floor(date_part({part}, {moment} AT TIME ZONE 'UTC')) AS INTEGER)"


@compiles(UtcPart, "sqlite")
def _of_sqlite(element: UtcPart, compiler: SQLCompiler, **options: Any) -> str:
    part, moment = (compiler.process(one, **options) for one in element.clauses)
    return f"CAST(strftime({_SQLITE_PARTS[part]}, {moment}) AS INTEGER)"


_SQLITE_PARTS = {
    "'year'": "'%Y'", "'month'": "'%m'", "'day'": "'%d'",
    "'hour'": "'%H'", "'minute'": "'%M'", "'second'": "'%S'",
}  # fmt: skip


def condition(expression: tree.Expression, fields: Fields) -> sa.ColumnElement[bool]:
    """Raises ODATA_FIELD_UNSUPPORTED for a field that is not among `fields`, ODATA_UNPARSABLE where
    two values cannot be compared."""
    return _Compiler(fields).condition(expression)


def order(clauses: Sequence[tree.Ordered], fields: Fields) -> list[sa.ColumnElement[Any]]:
    """Nothing comes first, or last in descending order."""
    found: list[sa.ColumnElement[Any]] = []
    for one in clauses:
        column = _field(fields, one.path, "$orderby")
        found.append(column.desc().nulls_last() if one.is_descending else column.nulls_first())
    return found


def _field(fields: Fields, path: str, name: str) -> sa.ColumnElement[Any]:
    if path not in fields:
        raise Problem(ODATA_FIELD_UNSUPPORTED, what=f"{name}: {path[:80]}")
    return fields[path]


class _Compiler:
    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._now = clock.now()

    def condition(self, one: tree.Expression) -> sa.ColumnElement[bool]:
        match one:
            case tree.Compared():
                return self._compared(one)
            case tree.Joined(operator="and"):
                return sa.and_(self.condition(one.left), self.condition(one.right))
            case tree.Joined():
                return sa.or_(self.condition(one.left), self.condition(one.right))
            case tree.Negated():
                return sa.not_(self.condition(one.of))
            case tree.Literal(value=bool(value)):
                return sa.true() if value else sa.false()
        raise _mistake("it compares nothing")

    def _compared(self, one: tree.Compared) -> sa.ColumnElement[bool]:
        if tree.is_condition(one.left) or tree.is_condition(one.right):
            raise Problem(ODATA_UNSUPPORTED, what="$filter: comparing conditions")
        left, right = self._value(one.left), self._value(one.right)
        if isinstance(left, sa.ColumnElement) or isinstance(right, sa.ColumnElement):
            kind = left.type if isinstance(left, sa.ColumnElement) else right.type
            return _OPERATORS[one.operator](_as(kind, left), _as(kind, right))
        return _between_constants(one.operator, left, right)

    def _value(self, one: tree.Expression) -> Any:
        match one:
            case tree.Name():
                return _field(self._fields, one.path, "$filter")
            case tree.Literal():
                return one.value
            case tree.Call(function="now"):
                return self._now
            case tree.Call() if one.argument is not None:
                return self._part(one.function, one.argument)
        raise _mistake("a condition stands where a value is expected")

    def _part(self, function: str, argument: tree.Expression) -> Any:
        value = self._value(argument)
        if isinstance(value, sa.ColumnElement) and isinstance(value.type, UtcDateTime):
            return UtcPart(function, value)
        if isinstance(value, dt.datetime):
            return getattr(value, function)
        if isinstance(value, dt.date) and function in ("year", "month", "day"):
            return getattr(value, function)
        raise _mistake(f"{function}() takes a moment")


def _as(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    """A constant as the column beside it holds its like."""
    if value is None or isinstance(value, sa.ColumnElement):
        return value
    if isinstance(kind, UtcDateTime):
        return sa.literal(_moment(value), kind)
    if isinstance(kind, Uid):
        return sa.literal(_uuid(value), kind)
    if isinstance(kind, sa.Integer):
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            raise _mistake("a number is expected")
        if not -_LARGEST < value < _LARGEST:
            raise _mistake("the number is too large")
        return sa.literal(value if isinstance(value, int) else float(value))
    if not isinstance(value, str) or "\0" in value:
        raise _mistake("a text in single quotes is expected")
    return sa.literal(value, sa.String())


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    try:
        found = dt.datetime.fromisoformat(value)
    except (ValueError, TypeError):
        raise _mistake("a moment is expected, such as 2026-11-22T08:00:00.000Z") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _uuid(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise _mistake("a UUID in single quotes is expected") from None


def _same(left: Any, right: Any) -> sa.ColumnElement[bool]:
    if left is None or right is None:
        column: sa.ColumnElement[Any] = right if left is None else left
        return column.is_(None)
    found: sa.ColumnElement[bool] = left.is_not_distinct_from(right)
    return found


_OPERATORS: dict[str, Callable[[Any, Any], sa.ColumnElement[bool]]] = {
    "eq": _same,
    "ne": lambda left, right: sa.not_(_same(left, right)),
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def _between_constants(name: str, left: Any, right: Any) -> sa.ColumnElement[bool]:
    try:
        holds = _PLAIN[name](left, right)
    except TypeError:
        raise _mistake("values of two kinds are compared") from None
    return sa.true() if holds else sa.false()


_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    name: getattr(operator, name) for name in tree.COMPARISONS
}


def _mistake(reason: str) -> Problem:
    return Problem(ODATA_UNPARSABLE, name="$filter", reason=reason)
