"""The SQL of figures: facts as the columns of `columns.Store` take them. It counts nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from service.indicators.arrivals import Arrivals
from service.indicators.columns import Kind, Row, names_of
from service.indicators.queries.expressions import Bytes, Day
from service.indicators.queries.selecting import SOURCES, selected
from service.indicators.queries.unfolding import unfolded
from service.intake.tables import Submission

_AT_ONCE = 20_000
_KEYS_AT_ONCE = 500


def stream(connection: sa.Connection, project_id: int, kind: Kind) -> Iterator[Sequence[Row]]:
    """All facts of a kind, those of a submission together, in the order of their keys: whether
    they may be counted or not, which is a column of theirs."""
    query = selected(kind, project_id, names_of(kind))
    if connection.dialect.name == "sqlite":
        yield from _whole_submissions(kind, _of_driver(connection, query))
        return
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as found:
        yield from _whole_submissions(kind, found.partitions())


def _of_driver(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    """Rows as SQLite's driver gives them: all is text, bytes and numbers, and rows of SQLAlchemy's
    own would take a third of the time. (Where SQLAlchemy fetches ahead, as a connection that once
    yielded by parts still says, the first row would be its.)"""
    unbuffered = {"yield_per": None, "stream_results": False}
    with closing(connection.execute(query, execution_options=unbuffered)) as found:
        cursor: Any = found.cursor
        while rows := cursor.fetchmany(_AT_ONCE):
            yield rows


def _whole_submissions(kind: Kind, parts: Any) -> Iterator[Sequence[Row]]:
    """The rows of a submission together in one part: what is unfolded is told apart within it."""
    held: list[Any] = []
    for part in parts:
        rows = [*held, *part]
        last = rows[-1][0]
        at = len(rows)
        while at and rows[at - 1][0] == last:
            at -= 1
        held = rows[at:]
        if at:
            yield unfolded(kind, rows[:at])
    if held:
        yield unfolded(kind, held)


def arrivals(
    connection: sa.Connection, project_id: int, keys: Collection[uuid.UUID] | None = None
) -> Arrivals:
    """Of submissions, the day on which their record came first: an edit came later, and
    tells of what was there."""
    first = aliased(Submission)
    same = sa.and_(
        first.project_id == Submission.project_id, first.submission_pk == Submission.record_pk
    )
    day = Day(sa.func.coalesce(first.received_at, Submission.received_at))
    query = sa.select(Bytes(Submission.submission_pk), sa.cast(day, sa.String))
    query = query.outerjoin(first, same).where(Submission.project_id == project_id)
    query = query.order_by(Submission.submission_pk)
    if keys is not None:
        listed = sorted(keys)
        parts = [listed[at : at + _KEYS_AT_ONCE] for at in range(0, len(listed), _KEYS_AT_ONCE)]
        some = [query.where(Submission.submission_pk.in_(part)) for part in parts]
        return _arrivals(row for one in some for row in connection.execute(one))
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as found:
        return _arrivals(found)


def _arrivals(rows: Iterable[Any]) -> Arrivals:
    keys, days, seen = list[bytes](), list[str](), dict[str, str]()
    for key, day in rows:
        keys.append(key)
        days.append(seen.setdefault(day, day))
    return Arrivals(keys, days)


def are_many(connection: sa.Connection, project_id: int, most: int) -> bool:
    """Whether there are more than `most` facts of a kind. Looks no further than that."""
    for table in {source.table for source in SOURCES.values()}:
        query = sa.select(sa.literal(1)).where(table.project_id == project_id)
        if connection.scalar(query.offset(most).limit(1)) is not None:
            return True
    return False


def facts_of(
    connection: sa.Connection, project_id: int, kind: Kind, keys: Collection[uuid.UUID]
) -> list[Row]:
    """Those of some submissions."""
    listed = sorted(keys)
    rows: list[Row] = []
    for at in range(0, len(listed), _KEYS_AT_ONCE):
        asked = {"project_id": project_id, "keys": listed[at : at + _KEYS_AT_ONCE]}
        rows += unfolded(kind, connection.execute(_of_some(kind), asked).all())
    return rows


@cache
def _of_some(kind: Kind) -> Any:
    """The statement, put together once: for one record that took longer than the database."""
    keys: sa.BindParameter[Any] = sa.bindparam("keys", expanding=True)
    return selected(kind, sa.bindparam("project_id", type_=sa.Integer), names_of(kind), keys)
