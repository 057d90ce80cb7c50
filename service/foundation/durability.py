"""What every database connection must promise, set and read back when it is opened.

A server that would acknowledge what a power cut can take back is refused at the start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit survives a power cut; NORMAL does not in WAL mode
    "foreign_keys": 1,
    "busy_timeout": 10_000,  # ms
    "secure_delete": 1,  # what was erased is overwritten, not only unlinked
    "trusted_schema": 0,
    "recursive_triggers": 1,  # INSERT OR REPLACE is a removal too: the audit log refuses it
}
"""Set and read back on every connection; the start is refused where one does not hold."""


REFUSED_AT_RUN_TIME = frozenset(
    {
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_INDEX,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_INDEX,
        sqlite3.SQLITE_DROP_TEMP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
        sqlite3.SQLITE_DROP_VTABLE,
    }
)
"""What only a migration does: a statement that somebody slipped in opens no file and changes no
schema, the triggers of the audit log included."""
_SCHEMAS = frozenset({"sqlite_master", "sqlite_schema", "sqlite_temp_master"})
_WRITES = frozenset({sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE})
_PRAGMAS_OF_SCHEMA = frozenset({"writable_schema", "schema_version", "trusted_schema"})
_FILES = frozenset({"load_extension", "readfile", "writefile", "fts3_tokenizer"})


class NotDurableError(Exception):
    """The database would acknowledge what a power cut can take back. The start is refused."""


def prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours (see begin_immediate), not the driver's
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)  # no statement opens another file
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    for weak in weak_sqlite(connection):
        raise NotDurableError(
            f"SQLite does not keep {weak}. The data directory must be on a local disk, and the "
            "database must not be in memory."
        )


def authorize(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    """Asked by SQLite of whatever a statement would do, once when it is prepared."""
    is_refused = (
        action in REFUSED_AT_RUN_TIME
        or (action in _WRITES and first in _SCHEMAS)
        or (action == sqlite3.SQLITE_PRAGMA and second is not None and first in _PRAGMAS_OF_SCHEMA)
        or (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FILES)
    )
    return sqlite3.SQLITE_DENY if is_refused else sqlite3.SQLITE_OK


def keep_schema(connection: Any, _record: Any) -> None:
    """Last of what is done when a connection is opened: it sets pragmas no more."""
    connection.set_authorizer(authorize)


def weak_sqlite(connection: Any) -> Iterator[str]:
    """What of an open connection is not as it must be: “synchronous=2 (it says 1)”."""
    for name, value in SQLITE_PRAGMAS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            yield f"{name}={value} (it says {found})"


def prepare_sqlite_reader(connection: Any, record: Any) -> None:
    prepare_sqlite(connection, record)
    connection.execute("PRAGMA query_only=1")


def begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def begin_deferred(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def verify_postgresql(connection: Any, _record: Any) -> None:
    for weak in weak_postgresql(connection):
        raise NotDurableError(f"PostgreSQL runs with {weak}")


def weak_postgresql(connection: Any) -> Iterator[str]:
    """What is not as it must be; settings of a server that runs can be changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN "
            "('fsync', 'full_page_writes', 'synchronous_commit')"
        )
        found = dict(cursor.fetchall())
    connection.rollback()
    for name in ("fsync", "full_page_writes"):
        if found.get(name) != "on":
            yield f"{name}={found.get(name)}; it must be on"
    if found.get("synchronous_commit") not in ("on", "remote_apply"):
        yield f"synchronous_commit={found.get('synchronous_commit')}; it must be on or remote_apply"
