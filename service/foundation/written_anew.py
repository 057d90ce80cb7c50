"""What PostgreSQL keeps of rows that are gone: in their tables, in its statistics, in its log.

SQLite overwrites at once (`durability`). PostgreSQL marks a row as dead, keeps samples of columns
for its planner, and keeps segments of its log to write over later. All of it is done by the owner
of the database; a role that may do more (docs/for-operators.md) needs less of the disk for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError


@dataclass(frozen=True, kw_only=True)
class Care:
    """How much whoever works with a table may be kept waiting while it is written anew."""

    most_bytes: int
    """Larger tables are only cleaned."""
    wait_s: int
    """So long others wait behind us for a table that is in use; then it is left."""


AT_NIGHT = Care(most_bytes=512 * 1024 * 1024, wait_s=3)
"""A table of that size is written anew in some seconds."""
PASSED_AFTER_S = 30
"""Later than the server's own checkpoint, which it takes its time for."""
_READ_AS_OF_BEFORE = sa.text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_xmin IS NOT NULL AND pid <> pg_backend_pid()"
    " AND xact_start < now() - interval '1 minute')"
)
"""Of sessions of this role; those of others are seen by a role that may (pg_monitor)."""
_STATISTICS = "pg_catalog.pg_statistic"
_NOT_ALLOWED = (OperationalError, ProgrammingError)
_PIECE = 4_000_000
"""Bytes of nothing in one entry of the log."""


def tables(connection: sa.Connection, names: Sequence[str], care: Care) -> bool:
    """Write these tables anew, without their dead rows. It locks a table for as long, so the large
    are only cleaned, and one in use is left for the next time. False if one was, or if somebody
    still reads as of a minute ago: then dead rows stay, for them.
    `connection`: outside any transaction. Names may tell their schema."""
    is_done = not connection.execute(_READ_AS_OF_BEFORE).scalar_one()
    connection.execute(sa.text(f"SET lock_timeout = '{care.wait_s}s'"))
    for name in (*names, _STATISTICS):
        table = ".".join(map(connection.dialect.identifier_preparer.quote, name.split(".")))
        size = sa.text("SELECT pg_table_size(CAST(:name AS regclass))")
        is_small = connection.scalar(size, {"name": table}) <= care.most_bytes
        how = "FULL, ANALYZE" if is_small and name != _STATISTICS else "FULL" if is_small else ""
        try:
            connection.execute(sa.text(f"VACUUM {f'({how}) ' if how else ''}{table}"))
        except OperationalError:  # somebody works with it
            is_done = False
    connection.execute(sa.text("RESET lock_timeout"))
    return is_done


def log(connection: sa.Connection) -> float:
    """Write over what the log held until now. Segments that a checkpoint has passed are used again,
    with what they hold until then: so the one in use is left, a checkpoint passes it, and nothing
    is written until all that were ready for use have been used. A role that may not ask for a
    checkpoint has PostgreSQL's own, minutes later: then calling again does the rest. Answers in how
    many seconds that is, 0 if this role may ask."""
    _write_nothing(connection, _bytes_of(connection, "wal_segment_size"))
    again_s = 0.0
    try:
        connection.execute(sa.text("CHECKPOINT"))
    except _NOT_ALLOWED:
        own = sa.text("SELECT setting::float FROM pg_settings WHERE name = 'checkpoint_timeout'")
        again_s = float(connection.execute(own).scalar_one()) + PASSED_AFTER_S
    _write_nothing(connection, _bytes_ready(connection))
    return again_s


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
