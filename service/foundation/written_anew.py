"""What PostgreSQL keeps of rows that are gone: in their tables, in its statistics, in its log.

SQLite overwrites at once (`durability`). PostgreSQL marks a row as dead, keeps samples of columns
for its planner, and keeps segments of its log to write over later. All of it is done by the owner
of the database; a role that may do more (docs/for-operators.md) needs less of the disk for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

WAIT_S = 3
MOST_BYTES = 512 * 1024 * 1024
"""A table of that size is written anew in some seconds, at night."""
_STATISTICS = "pg_catalog.pg_statistic"
_NOT_ALLOWED = (OperationalError, ProgrammingError)
_PIECE = 4_000_000
"""Bytes of nothing in one entry of the log."""


def tables(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    """Write these tables anew, without their dead rows. It locks a table for as long, so the large
    are only cleaned, and one in use is left for the next time; answers which were written.
    `connection`: outside any transaction. Names may tell their schema."""
    written = []
    connection.execute(sa.text(f"SET lock_timeout = '{WAIT_S}s'"))
    for name in (*names, _STATISTICS):
        table = ".".join(map(connection.dialect.identifier_preparer.quote, name.split(".")))
        size = sa.text("SELECT pg_table_size(CAST(:name AS regclass))")
        is_small = connection.scalar(size, {"name": table}) <= MOST_BYTES
        how = "FULL, ANALYZE" if is_small and name != _STATISTICS else "FULL" if is_small else ""
        try:
            connection.execute(sa.text(f"VACUUM {f'({how}) ' if how else ''}{table}"))
        except OperationalError:  # somebody works with it
            continue
        written += [name] if is_small else []
    connection.execute(sa.text("RESET lock_timeout"))
    return written


def log(connection: sa.Connection) -> None:
    """Write over what the log held until now. Segments that a checkpoint has passed are used again,
    with what they hold until then: so the one in use is left, a checkpoint passes it, and nothing
    is written until all that were ready for use have been used. A role that may not ask for a
    checkpoint has PostgreSQL's own, minutes later: calling again the next night does the rest."""
    _write_nothing(connection, _bytes_of(connection, "wal_segment_size"))
    with suppress(*_NOT_ALLOWED):
        connection.execute(sa.text("CHECKPOINT"))
    _write_nothing(connection, _bytes_ready(connection))


def server_of(connection: sa.Connection) -> int:
    """The same for all databases of one server."""
    found = sa.text("SELECT system_identifier FROM pg_control_system()")
    return int(connection.execute(found).scalar_one())


def kept_longer(connection: sa.Connection) -> Iterator[str]:
    """What of this server's settings keeps copies of its log that nobody writes over."""
    shown = sa.text(
        "SELECT name, setting FROM pg_settings WHERE name IN ('archive_mode', 'wal_keep_size')"
    )
    found: dict[str, str] = {row.name: row.setting for row in connection.execute(shown)}
    if found.get("archive_mode", "off") != "off":
        yield f"archive_mode={found['archive_mode']}"
    if found.get("wal_keep_size", "0") != "0":
        yield f"wal_keep_size={found['wal_keep_size']}MB"
    slots = sa.text("SELECT slot_name FROM pg_replication_slots WHERE NOT active ORDER BY 1")
    for name in connection.execute(slots).scalars():
        yield f"replication slot {name}"


def _bytes_ready(connection: sa.Connection) -> int:
    """How much of the log waits to be used again: as the server lists it to roles that may see
    that (pg_monitor), else as much as there may be."""
    segment = _bytes_of(connection, "wal_segment_size")
    listed = sa.text(
        "SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'"
        " AND name > pg_walfile_name(pg_current_wal_insert_lsn())"
    )
    try:
        return (int(connection.execute(listed).scalar_one()) + 1) * segment
    except _NOT_ALLOWED:
        return _bytes_of(connection, "max_wal_size") + segment


def _bytes_of(connection: sa.Connection, setting: str) -> int:
    size = sa.text("SELECT pg_size_bytes(current_setting(:name))")
    return int(connection.execute(size, {"name": setting}).scalar_one())


def _write_nothing(connection: sa.Connection, size: int) -> None:
    """Entries that no reader of the log cares for; each is on the disk when it returns."""
    nothing = sa.text("SELECT pg_logical_emit_message(true, 'samleng', repeat(' ', :size))")
    for _ in range(0, size, _PIECE):
        connection.execute(nothing, {"size": _PIECE})
