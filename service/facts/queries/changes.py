"""Whose facts changed: written beside every change, read by whoever counts on from before.

A reader keeps a mark, and asks for what it did not see then. On PostgreSQL a transaction that
began to write earlier may commit later, so a number would not do: the mark is the snapshot itself,
which says of every transaction whether it was seen. SQLite has one writer, and a number does.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts.tables import FactChange
from service.foundation import clock
from service.foundation.db import Base
from service.foundation.prepared import InsertMany

CHANGES: sa.Table = Base.metadata.tables[FactChange.__tablename__]
_insert = InsertMany(CHANGES)
KEPT = dt.timedelta(days=2)
"""So long a change can be followed."""
FOLLOWED = dt.timedelta(days=1)
"""Whoever has not looked for as long counts anew: what it missed may be gone."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row, as the way of every submission writes it."""

    project_id: int
    submission_pk: uuid.UUID | None
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What changed since a mark."""

    keys: frozenset[uuid.UUID]
    """Submissions."""
    is_all: bool
    """All of the project may have changed."""


def changes_of(keys: Iterable[tuple[int, uuid.UUID]]) -> list[Change]:
    """A row for each of these submissions."""
    now = clock.now()
    return [
        Change(project_id=project_id, submission_pk=submission_pk, at=now)
        for project_id, submission_pk in dict.fromkeys(keys)
    ]


def note_changed(connection: sa.Connection, keys: Iterable[tuple[int, uuid.UUID]]) -> None:
    """In the transaction that changes the facts of these submissions."""
    _insert.run(connection, changes_of(keys))


def note_all_changed(connection: sa.Connection, project_id: int) -> None:
    """The facts of a project are written anew."""
    _insert.run(connection, [Change(project_id=project_id, submission_pk=None, at=clock.now())])


def mark_now(connection: sa.Connection) -> str:
    """What this connection sees, to ask `changed_since` by. The connection is of one moment
    (`db.of_one_moment`) and has written nothing."""
    if connection.dialect.name == "postgresql":
        return str(connection.scalar(sa.text("SELECT pg_current_snapshot()::text")))
    return str(connection.scalar(sa.select(sa.func.max(CHANGES.c.seq))) or 0)


def changed_since(connection: sa.Connection, project_id: int, mark: str) -> Changed:
    """What this connection sees, its own changes too, and the mark does not."""
    query = sa.select(CHANGES.c.submission_pk).where(CHANGES.c.project_id == project_id)
    if connection.dialect.name == "postgresql":
        query = query.where(
            CHANGES.c.xid >= int(mark.partition(":")[0]), _was_not_seen.bindparams(mark=mark)
        )
    else:
        query = query.where(CHANGES.c.seq > int(mark))
    keys = set(connection.scalars(query))
    return Changed(keys=frozenset(key for key in keys if key is not None), is_all=None in keys)


def has_changed_itself(connection: sa.Connection, project_id: int, mark: str) -> bool:
    """Whether this connection's own transaction changed facts of the project. `mark` was made after
    the connection looked first: on SQLite what it sees beyond can only be its own."""
    query = sa.select(sa.literal(1)).where(CHANGES.c.project_id == project_id)
    if connection.dialect.name == "postgresql":
        own = sa.text("xid = pg_current_xact_id_if_assigned()::text::bigint")
        return connection.execute(query.where(own).limit(1)).first() is not None
    return connection.execute(query.where(CHANGES.c.seq > int(mark)).limit(1)).first() is not None


_was_not_seen = sa.text(
    "NOT pg_visible_in_snapshot(fact_changes.xid::text::xid8, CAST(:mark AS pg_snapshot))"
)


def forget_changes(session: Session, project_id: int) -> None:
    """Those that nobody follows any more; of a database that was copied elsewhere, those whose
    transactions are not of this server."""
    is_over = CHANGES.c.at < clock.now() - KEPT
    if session.get_bind().dialect.name == "postgresql":
        is_over = sa.or_(
            is_over, sa.text("xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        )
    session.execute(sa.delete(CHANGES).where(CHANGES.c.project_id == project_id, is_over))
