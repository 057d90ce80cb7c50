"""Where the key store lives: a file or a schema of its own, as durable as the data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from service.foundation import durability
from service.foundation.db import LOG_WAIT_MS, as_problems
from service.foundation.keys.tables import tables_in

_SCHEMA = "samleng_keys"
_LOCK = 7_302_711
"""PostgreSQL's advisory lock of whoever makes the tables."""


class KeyDatabase:
    """Connections to the store. One that is full, busy or away is a Problem, never a 500."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.tables = tables_in(None if self.is_sqlite else _SCHEMA)
        if self.is_sqlite:
            args = {"check_same_thread": False}
            self._engine = sa.create_engine(url, connect_args=args, hide_parameters=True)
            sa.event.listen(self._engine, "connect", durability.prepare_sqlite)
            sa.event.listen(self._engine, "begin", durability.begin_immediate)
            self._reader = sa.create_engine(url, connect_args=args, hide_parameters=True)
            sa.event.listen(self._reader, "connect", durability.prepare_sqlite_reader)
            sa.event.listen(self._reader, "begin", durability.begin_deferred)
        else:
            self._engine = sa.create_engine(url, pool_size=2, hide_parameters=True)
            sa.event.listen(self._engine, "connect", durability.verify_postgresql)
            self._reader = self._engine

    def dispose(self) -> None:
        self._engine.dispose()
        self._reader.dispose()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction."""
        with as_problems(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with as_problems(), self._reader.connect() as connection:
            yield connection

    def make_tables(self, connection: sa.Connection) -> None:
        """What is missing of them. Until the transaction ends nobody else makes any."""
        if not self.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            connection.execute(sa.schema.CreateSchema(_SCHEMA, if_not_exists=True))
        self.tables.metadata.create_all(connection)

    def earlier_copies(self) -> sa.Table | None:
        """The table in which an earlier release kept the recovery copy, if it is still there."""
        table = self.tables.earlier_copies
        with self.reading() as connection:
            is_there = sa.inspect(connection).has_table(table.name, schema=table.schema)
        return table if is_there else None

    def drop_earlier_copies(self) -> None:
        """And leave nothing of it: free pages are overwritten (secure_delete), the log emptied."""
        with self.writing() as connection:
            self.tables.earlier.drop_all(connection)
        self.truncate_log()

    @contextmanager
    def alone(self) -> Iterator[sa.Connection]:
        """A connection outside any transaction: each statement is one (`written_anew`)."""
        with as_problems(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def truncate_log(self) -> bool:
        """Leave no copy of what was deleted in SQLite's write-ahead log. False while somebody still
        reads from it: try again later."""
        if not self.is_sqlite:
            return True
        raw = self._engine.raw_connection()
        try:
            driver: Any = raw.driver_connection
            driver.execute(f"PRAGMA busy_timeout={LOG_WAIT_MS}")
            (is_busy, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            driver.execute(f"PRAGMA busy_timeout={durability.SQLITE_PRAGMAS['busy_timeout']}")
        finally:
            raw.close()
        return not is_busy
