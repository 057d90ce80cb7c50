"""The SQL of figures: facts as the columns of `columns.Store` take them. It counts nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from service.indicators.columns import Kind, Row, names_of
from service.indicators.queries.selecting import SOURCES, selected, unfolded

_AT_ONCE = 20_000
_KEYS_AT_ONCE = 500


def stream(connection: sa.Connection, project_id: int, kind: Kind) -> Iterator[Sequence[Row]]:
    """All facts of a kind, those of a submission together, in the order of their keys: whether
    they may be counted or not, which is a column of theirs."""
    query = selected(kind, project_id, names_of(kind))
    with connection.execution_options(yield_per=_AT_ONCE).execute(query) as found:
        yield from _whole_submissions(kind, found.partitions())


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
