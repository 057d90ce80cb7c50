"""Strands of the audit log: who writes at once writes apart.

A chain has one end, and whoever appends to it must wait until the one before has committed. On
PostgreSQL that would make every submission of a project wait for the fsync of another. So each
connection has a strand of its own, a number that no other connection of the database has while
this one lives, and appends to the chain of that number. SQLite has one writer, and one strand.

The number is held by an advisory lock of the session and known to SQL as a setting. Two that
shared one would still break nothing: the key of an entry is its place, and one of them would fail.
"""

from __future__ import annotations

from typing import Any

ONLY = 0
"""SQLite's strand, and that of entries older than the chain."""
SETTING = "samleng.strand"
_LOCKS = 7_302_712
"""PostgreSQL's advisory locks (this number, the strand's)."""
_TAKE = (
    f"SELECT set_config('{SETTING}', n::text, false)"  # noqa: S608 - our own two constants
    " FROM generate_series(1, current_setting('max_connections')::int) n"
    f" WHERE pg_try_advisory_lock({_LOCKS}, n) LIMIT 1"
)


def take(connection: Any, _record: Any) -> None:
    """Give a new connection to PostgreSQL the smallest number that is free."""
    with connection.cursor() as cursor:
        if cursor.execute(_TAKE).fetchone() is None:
            raise RuntimeError("no strand of the audit log is free")
    connection.commit()  # a setting made in a transaction goes with its rollback
