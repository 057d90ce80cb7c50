"""How entries find their place: each takes the next in a strand, in the transaction of its act.

The end of a strand is its last row, nothing beside it: what is rolled back, to a savepoint or
altogether, leaves no gap. On SQLite Python links the entries of a shared commit, one look at the
end for all of a project; on PostgreSQL the statement that inserts looks and hashes by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import clock, ids, strands
from service.foundation.audit.canonical import BEGINNING, around_place, hash_at, plain
from service.foundation.audit.tables import NO_PROJECT, AuditEntry
from service.foundation.prepared import Connected, Prepared

_ENTRIES = cast(sa.Table, AuditEntry.__table__)
_SAID = ("project_id", "entry_pk", "at", "actor_id", "action", "subject", "details")
_PLACE = ("strand", "seq", "hash")

Entry = Mapping[str, Any]
End = tuple[int, bytes]
"""seq and hash of a strand's last entry."""

_end = Prepared(
    sa.select(_ENTRIES.c.seq, _ENTRIES.c.hash)
    .where(
        _ENTRIES.c.project_id == sa.bindparam("project_id", type_=sa.Integer),
        _ENTRIES.c.strand == sa.literal_column(str(strands.ONLY)),
    )
    .order_by(_ENTRIES.c.seq.desc())
    .limit(sa.literal_column("1"))
)
"""The end of SQLite's strand."""


def entry(
    *, project_id: int | None, actor_id: int | None, action: str, subject: object, **details: Any
) -> dict[str, Any]:
    """An entry that has no place yet, for `InsertTogether` with `LOG`."""
    said: dict[str, Any] = {
        "project_id": project_id or NO_PROJECT,
        "entry_pk": ids.new_uuid(),
        "at": clock.now(),
        "actor_id": actor_id,
        "action": action,
        "subject": str(subject),
        "details": plain(details) if details else {},
    }
    said["before"], said["after"] = around_place(said)
    return said


def record(
    session: Session | sa.Connection,
    *,
    actor_id: int | None,
    action: str,
    subject: object,
    project_id: int | None = None,
    **details: Any,
) -> None:
    """Write one entry in the caller's transaction."""
    said = entry(
        project_id=project_id, actor_id=actor_id, action=action, subject=subject, **details
    )
    record_all(session, [said])


def record_all(session: Session | sa.Connection, entries: Sequence[Entry]) -> None:
    """Write these, in their order, with one look at the end of the chain on SQLite."""
    if not entries:
        return
    if isinstance(session, Session):
        session.flush()  # the act, then its entry
    connection = session.connection() if isinstance(session, Session) else session
    if connection.dialect.name == "postgresql":
        told = [{f"told_{name}": one for name, one in said.items()} for said in entries]
        connection.execute(_ALONE, told)
        return

    def end(project_id: int) -> End | None:
        found = connection.execute(cast(Any, _end.statement), {"project_id": project_id}).first()
        return None if found is None else (found.seq, found.hash)

    connection.execute(sa.insert(_ENTRIES), _linked(entries, end))


class Log:
    """The table, for `InsertTogether`: entries join the rows of their act."""

    table = _ENTRIES

    def placed(self, connection: Connected, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        """The rows of these entries, in their order, on SQLite."""
        return _linked(
            entries,
            lambda project_id: cast("End | None", _end.first(connection, project_id=project_id)),
        )

    def insert(self, named: Callable[[str], str], *conditions: Any) -> sa.Insert:
        """An INSERT of one entry where `conditions` hold, on PostgreSQL. `named` gives the
        parameter's name for each part of an `entry`."""

        def told(name: str) -> sa.BindParameter[Any]:
            return sa.bindparam(named(name), type_=_ENTRIES.c[name].type)

        def text(name: str) -> sa.BindParameter[Any]:
            return sa.bindparam(named(name), type_=sa.Text)

        place = _next_place(told("project_id"), conditions)
        content = sa.func.concat(
            text("before"), _SEQ, place.c.seq, _STRAND, place.c.strand, _COMMA, text("after")
        )
        linked = place.c.previous.op("||")(sa.func.convert_to(content, sa.literal_column("'UTF8'")))
        row = sa.select(
            *(told(name).label(name) for name in _SAID),
            place.c.strand,
            place.c.seq,
            sa.func.sha256(linked),
        ).select_from(place)
        return sa.insert(_ENTRIES).from_select([*_SAID, *_PLACE], row, include_defaults=False)


LOG = Log()

_SEQ, _STRAND, _COMMA = (
    sa.literal_column(f"'{part}'", sa.Text) for part in (',"seq":', ',"strand":', ",")
)
_BEFORE_ALL = sa.literal_column(rf"'\x{BEGINNING.hex()}'::bytea", sa.LargeBinary)


def _next_place(project_id: sa.BindParameter[Any], conditions: Iterable[Any]) -> sa.Subquery:
    """strand, seq and `previous` hash of the next entry on this connection."""
    setting = sa.func.current_setting(sa.literal_column(f"'{strands.SETTING}'"))
    mine = sa.select(sa.cast(setting, sa.Integer).label("strand")).subquery("mine")
    earlier = _ENTRIES.alias("earlier")
    last = (
        sa.select(earlier.c.seq, earlier.c.hash)
        .where(earlier.c.project_id == project_id, earlier.c.strand == mine.c.strand)
        .order_by(earlier.c.seq.desc())
        .limit(sa.literal_column("1"))
        .lateral("last")
    )
    seq = sa.func.coalesce(last.c.seq, sa.literal_column("0")) + sa.literal_column("1")
    return (
        sa.select(
            mine.c.strand,
            seq.label("seq"),
            sa.func.coalesce(last.c.hash, _BEFORE_ALL).label("previous"),
        )
        .select_from(mine.outerjoin(last, sa.true()))
        .where(*conditions)
        .subquery("place")
    )


_ALONE = LOG.insert(lambda name: f"told_{name}")


def _linked(entries: Sequence[Entry], end_of: Callable[[int], End | None]) -> list[dict[str, Any]]:
    """Rows, each after the one before of its project."""
    ends: dict[int, End] = {}
    rows = []
    for said in entries:
        project_id = said["project_id"]
        seq, previous = ends.get(project_id) or end_of(project_id) or (0, BEGINNING)
        around = (said["before"], said["after"])
        hashed = hash_at(previous, around, strands.ONLY, seq + 1)
        ends[project_id] = (seq + 1, hashed)
        row = {name: said[name] for name in _SAID}
        rows.append(row | {"strand": strands.ONLY, "seq": seq + 1, "hash": hashed})
    return rows
