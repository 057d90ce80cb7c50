"""The SQL of figures: facts as the columns of `columns.Store` take them. It counts nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from service.facts.tables import Household, Need, Person, Signature
from service.indicators.columns import SEPARATOR, Kind, Row

Facts = type[Household] | type[Person] | type[Need] | type[Signature]
_TABLES: Mapping[Kind, Facts] = {
    Kind.VISIT: Household,
    Kind.PERSON: Person,
    Kind.NEED: Need,
    Kind.SIGNATURE: Signature,
}
_PERSON = ("sex", "age_band", "disability", "victim_type", "device", "remoteness")
_AT_ONCE = 20_000
_KEYS_AT_ONCE = 500


def stream(connection: sa.Connection, project_id: int, kind: Kind) -> Iterator[Sequence[Row]]:
    """All facts of a kind, those of a submission together, in the order of their keys: whether
    they may be counted or not, which is a column of theirs."""
    query = _facts(kind, project_id).order_by(_TABLES[kind].submission_pk)
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as found:
        yield from found.partitions()


def facts_of(
    connection: sa.Connection, project_id: int, kind: Kind, keys: Collection[uuid.UUID]
) -> list[Row]:
    """Those of some submissions."""
    table, listed = _TABLES[kind], sorted(keys)
    rows: list[Row] = []
    for at in range(0, len(listed), _KEYS_AT_ONCE):
        theirs = table.submission_pk.in_(listed[at : at + _KEYS_AT_ONCE])
        query = _facts(kind, project_id).where(theirs).order_by(table.submission_pk)
        rows += connection.execute(query).all()
    return rows


def _facts(kind: Kind, project_id: int) -> sa.Select[Any]:
    """In the order of `columns.NAMES`. Codes that are seldom many together are one text: it is
    one look-up for all of them."""
    table: Any = _TABLES[kind]
    who: Any = sa.literal_column("''")
    what = home = who
    ordinal: Any = sa.literal_column("0")
    if kind in (Kind.PERSON, Kind.NEED):
        who = _joined(*(getattr(table, name) for name in _PERSON))
        home = table.household_key
    if kind is Kind.VISIT:
        home = table.household_key
    if kind is Kind.PERSON:
        ordinal = table.ordinal
        what = _said(table.open_needs > 0, "open")
    elif kind is Kind.NEED:
        ordinal = table.person_ordinal
        what = _joined(table.need_code, _said(table.is_open, "open"))
    elif kind is Kind.SIGNATURE:
        ordinal = table.ordinal
        who = _joined(table.sex, table.age_band)
        what = _joined(table.kind, table.line_status)
    until = sa.func.coalesce(sa.cast(table.stats_until, sa.String), "")
    return sa.select(
        _Bytes(table.submission_pk),
        (ordinal == sa.literal_column("0")).label("first"),
        _joined(table.adm1, table.adm2, table.adm3).label("place"),
        sa.cast(table.happened_on, sa.String).label("day"),
        who.label("who"),
        _joined(table.standing, _said(table.stats, "yes"), until).label("terms"),
        home.label("home"),
        sa.func.coalesce(table.submitter_id, sa.literal_column("-1")).label("submitter"),
        what.label("what"),
    ).where(table.project_id == project_id)


def _joined(*columns: Any) -> sa.ColumnElement[Any]:
    between: Any = sa.literal_column(f"'{SEPARATOR}'")
    parts = [part for column in columns for part in (between, column)][1:]
    return reduce(lambda left, right: left.op("||")(right), parts)


def _said(holds: Any, word: str) -> sa.ColumnElement[Any]:
    return sa.case((holds, sa.literal_column(f"'{word}'")), else_=sa.literal_column("''"))


class _Bytes(FunctionElement[bytes]):
    """A submission's key as its bytes: a UUID of Python's costs more than the row."""

    type = sa.LargeBinary()
    inherit_cache = True


@compiles(_Bytes, "sqlite")
def _in_sqlite(element: _Bytes, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(_Bytes, "postgresql")
def _in_postgresql(element: _Bytes, compiler: Any, **more: Any) -> str:
    return f"uuid_send({compiler.process(element.clauses, **more)})"
