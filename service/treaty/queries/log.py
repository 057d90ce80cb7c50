"""The log: where it ends, its lines, tiles and signed heads."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from service.foundation.db import Base
from service.foundation.sealing import key_id
from service.treaty import merkle, receipts
from service.treaty.heads import Head
from service.treaty.merkle import TILE, Tree
from service.treaty.status import Status
from service.treaty.tables import Log, LogEntry, LogHead, LogTile

Connected = Session | sa.Connection
PAGE = 5_000


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line to be written: the `number`-th about the signature with this code."""

    code: str
    number: int
    was: Status | None
    now: Status


@dataclass(frozen=True, kw_only=True)
class End:
    """Where the log ends."""

    size: int = 0
    root: bytes = merkle.EMPTY
    counts: Mapping[str, int]


def lock(connection: Connected, project_id: int) -> End:
    """Where the log ends; whoever else wants to append waits until this transaction is over."""
    row = {"project_id": project_id, "size": 0, "root": merkle.EMPTY, "counts": {}}
    table = Base.metadata.tables[Log.__tablename__]
    connection.execute(postgresql.insert(table).on_conflict_do_nothing(), [row])
    return _end(connection, project_id, for_update=True)


def end(connection: Connected, project_id: int) -> End:
    return _end(connection, project_id)


def _end(connection: Connected, project_id: int, *, for_update: bool = False) -> End:
    query = sa.select(Log.size, Log.root, Log.counts).where(Log.project_id == project_id)
    row = connection.execute(query.with_for_update() if for_update else query).first()
    return End(counts={}) if row is None else End(
        size=row.size, root=bytes(row.root), counts=row.counts
    )  # fmt: skip


def append(connection: Connected, project_id: int, lines: Sequence[Line]) -> None:
    """Write these lines, in an order that says nothing of whom they are about. The caller holds
    the `lock`."""
    if not lines:
        return
    before = _end(connection, project_id)
    made = sorted((receipts.commitment(one.code, one.number), one.was, one.now) for one in lines)
    rows: list[dict[str, Any]] = [
        {
            "project_id": project_id,
            "place": place,
            "commitment": committed,
            "was": was,
            "now": now,
            "leaf": merkle.leaf_hash(receipts.line(committed, was, now)),
        }
        for place, (committed, was, now) in enumerate(made, start=before.size)
    ]
    first = before.size // TILE * TILE
    leaves = [*_leaves(connection, project_id, first, before.size).values()]
    leaves += [row["leaf"] for row in rows]
    tiles = merkle.new_tiles(leaves)
    connection.execute(sa.insert(LogEntry), rows)
    if tiles:
        connection.execute(
            sa.insert(LogTile),
            [
                {"project_id": project_id, "place": first // TILE + at, "hash": one}
                for at, one in enumerate(tiles)
            ],
        )
    _put_end(connection, project_id, before, rows)


def _put_end(
    connection: Connected, project_id: int, before: End, rows: Sequence[Mapping[str, Any]]
) -> None:
    size = before.size + len(rows)
    counts = Counter(before.counts)
    counts.update(row["now"].value for row in rows)
    counts.subtract(row["was"].value for row in rows if row["was"])
    values = {
        "size": size,
        "root": tree(connection, project_id, size).root(),
        "counts": {status: n for status, n in sorted(counts.items()) if n},
    }
    connection.execute(sa.update(Log).where(Log.project_id == project_id).values(**values))


def tree(connection: Connected, project_id: int, size: int, *places: int) -> Tree:
    """The tree of the first `size` lines, for a question about these places."""
    query = (
        sa.select(LogTile.hash)
        .where(LogTile.project_id == project_id, LogTile.place < size // TILE)
        .order_by(LogTile.place)
    )
    leaves: dict[int, bytes] = {}
    for first, last in merkle.needed(size, *places):
        leaves |= _leaves(connection, project_id, first, last)
    tiles = [bytes(one) for one in connection.execute(query).scalars()]
    return Tree(size=size, tiles=tiles, leaves=leaves)


def _leaves(connection: Connected, project_id: int, first: int, last: int) -> dict[int, bytes]:
    query = (
        sa.select(LogEntry.place, LogEntry.leaf)
        .where(LogEntry.project_id == project_id, LogEntry.place >= first, LogEntry.place < last)
        .order_by(LogEntry.place)
    )
    return {row.place: bytes(row.leaf) for row in connection.execute(query)}


@dataclass(frozen=True, kw_only=True)
class Found:
    """A line about a code."""

    number: int
    place: int
    now: Status


def find(connection: Connected, project_id: int, code: str, most: int = 40) -> list[Found]:
    """The lines about this (plain) code, in the order in which they were written."""
    marks = {receipts.commitment(code, number): number for number in range(most)}
    query = sa.select(LogEntry.commitment, LogEntry.place, LogEntry.now).where(
        LogEntry.project_id == project_id, LogEntry.commitment.in_(list(marks))
    )
    found = [
        Found(number=marks[bytes(row.commitment)], place=row.place, now=row.now)
        for row in connection.execute(query)
    ]
    return sorted(found, key=lambda one: one.number)


def known(
    connection: Connected, project_id: int, codes: Mapping[uuid.UUID, str]
) -> frozenset[uuid.UUID]:
    """Those of these of whose code the log speaks already."""
    marks = {receipts.commitment(code, 0): key for key, code in codes.items()}
    query = sa.select(LogEntry.commitment).where(
        LogEntry.project_id == project_id, LogEntry.commitment.in_(list(marks))
    )
    return frozenset(marks[bytes(one)] for one in connection.execute(query).scalars())


def lines(session: Session, project_id: int, first: int, last: int) -> Iterator[bytes]:
    """Lines from place `first` on and before `last`, as they are published."""
    while first < last:
        query = (
            sa.select(LogEntry.commitment, LogEntry.was, LogEntry.now)
            .where(
                LogEntry.project_id == project_id,
                LogEntry.place >= first,
                LogEntry.place < min(last, first + PAGE),
            )
            .order_by(LogEntry.place)
        )
        for row in session.execute(query):
            yield receipts.line(bytes(row.commitment), row.was, row.now)
        first += PAGE


# --- heads --------------------------------------------------------------------------------------
_HEAD = sa.select(LogHead.size, LogHead.root, LogHead.at, LogHead.signature)


def newest_head(connection: Connected, project_id: int) -> Head | None:
    query = _HEAD.where(LogHead.project_id == project_id).order_by(LogHead.size.desc()).limit(1)
    return next(_heads(connection, query), None)


def head_of(connection: Connected, project_id: int, size: int) -> Head | None:
    query = _HEAD.where(LogHead.project_id == project_id, LogHead.size == size)
    return next(_heads(connection, query), None)


def list_heads(connection: Connected, project_id: int) -> Iterator[Head]:
    query = _HEAD.where(LogHead.project_id == project_id).order_by(LogHead.size)
    return _heads(connection, query)


def _heads(connection: Connected, query: Any) -> Iterator[Head]:
    for row in connection.execute(query):
        yield Head(
            size=row.size, root=bytes(row.root), at=row.at, signature=bytes(row.signature)
        )  # fmt: skip


def counts_of(connection: Connected, project_id: int, size: int) -> dict[str, int]:
    """Status -> signatures, as they stood at this head."""
    query = sa.select(LogHead.counts).where(LogHead.project_id == project_id, LogHead.size == size)
    return connection.execute(query).scalar() or {}


def put_head(
    connection: Connected,
    project_id: int,
    head: Head,
    counts: Mapping[str, int],
    public_key: bytes,
) -> None:
    row = {
        "counts": dict(counts),
        "project_id": project_id,
        "size": head.size,
        "root": head.root,
        "at": head.at,
        "key_id": key_id(public_key),
        "signature": head.signature,
    }
    connection.execute(sa.insert(LogHead), [row])


def list_unsigned(connection: Connected) -> Collection[int]:
    """Projects whose log is longer than its newest head."""
    newest = (
        sa.select(LogHead.project_id, sa.func.max(LogHead.size).label("size"))
        .group_by(LogHead.project_id)
        .subquery()
    )
    query = (
        sa.select(Log.project_id)
        .outerjoin(newest, newest.c.project_id == Log.project_id)
        .where(Log.size > sa.func.coalesce(newest.c.size, -1))
    )
    return list(connection.execute(query).scalars())
