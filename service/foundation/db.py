"""The database: SQLite on one machine, PostgreSQL beyond. Three ways in, and no other.

- `reading()`: a session that never blocks a writer and cannot write.
- `unit_of_work()`: a session that commits when the block ends well.
- `commit_together(work)`: for the submission's way. On SQLite many callers share one durable
  commit: whoever gets the lock runs everybody's work, each in a savepoint, and commits once.
  (With one transaction each, an fsync per submission caps the server, and writers that poll for
  SQLite's lock see waits of a second.) On PostgreSQL it is a transaction of its own, repeated
  when the server reports a serialisation failure.

Nobody is answered before the commit that holds their work has returned. Whoever writes gives up
the turn (`turns`) for good: waiting for the writer with it would keep the writer from computing.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from service.foundation import durability, strands, turns, written_anew
from service.foundation.group_commit import GroupCommit
from service.foundation.insert_together import InsertTogether, Rows
from service.foundation.own_connections import (
    RETRIED,
    TRIES,
    OwnConnections,
    wrapped,
)
from service.foundation.prepared import Prepared
from service.foundation.problems import BUSY, DISK_FULL, UNSTORABLE, Problem
from service.foundation.running_writes import RunningWrites, settled_on_postgresql

T = TypeVar("T")

LOG_WAIT_MS = 200
"""How long emptying the log may hold up those who write."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of all mapped classes."""

    metadata = sa.MetaData(naming_convention=NAMES)


_BINARY = 1  # psycopg.pq.Format.BINARY: on SQLite nobody loads the driver
IN_BINARY = {"in_binary": True}
"""Execution options of a statement with many bytes in its rows: PostgreSQL sends them as they are,
not as hexadecimal text. A third of the time that a page of records took."""


def _in_binary(
    _connection: Any, cursor: Any, _sql: Any, _values: Any, context: Any, _many: Any
) -> None:
    if context is not None and context.execution_options.get("in_binary"):
        cursor.format = _BINARY


class Database:
    """One open database, shared by all threads of the process."""

    def __init__(
        self, url: str, *, read_url: str | None = None, pool: int = 16, for_migrations: bool = False
    ) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        options = {
            "json_serializer": lambda value: orjson.dumps(value).decode(),
            "json_deserializer": orjson.loads,
            "hide_parameters": True,
        }
        if self.is_sqlite:
            args: dict[str, Any] = {"check_same_thread": False}
            self.writer = sa.create_engine(
                url,
                connect_args=args,
                pool_size=1,
                max_overflow=2,
                poolclass=sa.QueuePool,
                **options,
            )
            self.reader = sa.create_engine(
                url,
                connect_args=args,
                pool_size=pool,
                max_overflow=pool,
                poolclass=sa.QueuePool,
                **options,
            )
            sa.event.listen(self.writer, "connect", durability.prepare_sqlite)
            sa.event.listen(self.reader, "connect", durability.prepare_sqlite_reader)
            if not for_migrations:
                sa.event.listen(self.writer, "connect", durability.keep_schema)
                sa.event.listen(self.reader, "connect", durability.keep_schema)
            sa.event.listen(self.writer, "begin", durability.begin_immediate)
            sa.event.listen(self.reader, "begin", durability.begin_deferred)
        else:
            self.writer = sa.create_engine(url, pool_size=pool, max_overflow=2, **options)
            sa.event.listen(self.writer, "connect", durability.verify_postgresql)
            sa.event.listen(self.writer, "connect", strands.take)
            sa.event.listen(self.writer, "before_cursor_execute", _in_binary)
            self.reader = self.writer.execution_options(postgresql_readonly=True)
        self.replica = self.reader
        if read_url and not self.is_sqlite:
            replica = sa.create_engine(read_url, pool_size=pool, **options)
            sa.event.listen(replica, "before_cursor_execute", _in_binary)
            self.replica = replica.execution_options(postgresql_readonly=True)
        self._own = OwnConnections(self.reader if self.is_sqlite else self.writer)
        self._group = GroupCommit(self.writer)
        self._running = RunningWrites()

    @property
    def has_replica(self) -> bool:
        return self.replica is not self.reader

    def dispose(self) -> None:
        self._own.close()
        self._group.close()
        self.writer.dispose()
        self.reader.dispose()
        self.replica.dispose()

    def revision(self) -> str | None:
        """The schema's revision, as the migrations left it; None for an empty database."""
        with as_problems(), self.writer.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            return None if found is None else str(found)

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session; commits at the end of the block, rolls back if it raises."""
        with (
            self._one_writer(),
            as_problems(),
            Session(self.writer, expire_on_commit=False) as session,  # a sessionmaker is a class
            session.begin(),
        ):
            yield session

    @contextmanager
    def reading(self, *, may_lag: bool = False) -> Iterator[Session]:
        """A session that sees one moment and writes nothing. Where it `may_lag`, a replica may
        answer, which is a little behind: good for figures, wrong for rights and for what a
        decision follows from."""
        source = self.replica if may_lag else self.reader
        with as_problems(), Session(source, expire_on_commit=False) as session:
            yield session

    def look(self, statement: Prepared, **parameters: Any) -> tuple[Any, ...] | None:
        """The first row of a prepared SELECT, outside any transaction: for the
        look-ups that every request of a phone makes."""
        with as_problems():
            return self._own.run(lambda c: statement.first(c, **parameters))

    def insert_alone(self, insert: InsertTogether, rows: Rows) -> bool:
        """`insert.run` as a transaction of its own; True once the rows are durable."""
        turns.give_up()
        with as_problems():
            if self.is_sqlite:
                with self._running.noted():
                    return self._group.insert(insert, rows)
            return self._own.run(lambda c: insert.run(c, rows))

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """SQLite has one writer: queue here, fairly, instead of polling for its file lock."""
        turns.give_up()
        if not self.is_sqlite:
            yield
            return
        with self._running.noted(), self._group.lock:
            yield

    def truncate_log(self) -> bool:
        """Let what was overwritten leave SQLite's write-ahead log too. False while somebody still
        reads from it: try again later. PostgreSQL keeps its log as its own settings say."""
        if not self.is_sqlite:
            return True
        with self._one_writer(), as_problems():
            pooled = self.writer.raw_connection()
            try:
                driver: Any = pooled.driver_connection
                driver.execute(f"PRAGMA busy_timeout={LOG_WAIT_MS}")
                (is_busy, *_) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                usual = durability.SQLITE_PRAGMAS["busy_timeout"]
                driver.execute(f"PRAGMA busy_timeout={usual}")
            finally:
                pooled.close()
        return not is_busy

    @contextmanager
    def alone(self) -> Iterator[sa.Connection]:
        """A connection outside any transaction: each statement is one (`written_anew`)."""
        with as_problems(), self.writer.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def log_kept_longer(self) -> tuple[str, ...]:
        """What keeps PostgreSQL's log when it could be gone; see `written_anew`."""
        if self.is_sqlite:
            return ()
        with self.alone() as connection:
            return tuple(written_anew.kept_longer(connection))

    def weak_settings(self) -> list[str]:
        """What an open connection would lose in a power cut. Raises NotDurableError for one that
        must be opened first."""
        weak = durability.weak_sqlite if self.is_sqlite else durability.weak_postgresql
        with as_problems():
            pooled = self.writer.raw_connection()
            try:
                return list(weak(pooled.driver_connection))
            finally:
                pooled.close()

    def log_bytes(self) -> int:
        """Size of SQLite's write-ahead log; 0 on PostgreSQL, which bounds its own."""
        if not self.is_sqlite:
            return 0
        log = Path(f"{self.writer.url.database}-wal")
        return log.stat().st_size if log.exists() else 0

    def commit_together(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work`, return its result once it is durable. `work` may run more than once."""
        turns.give_up()
        with as_problems():
            if not self.is_sqlite:
                return self._commit_alone(work)
            with self._running.noted():
                return self._group.run(work)

    def settled(self) -> dt.datetime:
        """A moment before which nothing is stamped any more that is not committed: who tells what
        changed asks this first, then looks, and goes no further."""
        if self.is_sqlite:
            return self._running.settled()
        with as_problems():
            return settled_on_postgresql(self.writer)

    def _commit_alone(self, work: Callable[[sa.Connection], T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self.writer.begin() as connection:
                    return work(connection)
            except (DBAPIError, self.writer.dialect.loaded_dbapi.Error) as error:
                found = wrapped(self.writer.dialect, error)
                if _sqlstate(found) not in RETRIED or attempt == TRIES:
                    raise found from error
        raise AssertionError("unreachable")


def _sqlstate(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or "")


@contextmanager
def as_problems() -> Iterator[None]:
    """A database that is full, busy or away is a Problem the phone can act on, never a 500."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Problem(BUSY) from error
    except DBAPIError as error:
        text = str(error.orig)
        if isinstance(error, DataError):  # a NUL, or a number beyond the column's
            raise Problem(UNSTORABLE) from error
        if _sqlstate(error) == "53100" or "disk is full" in text:
            raise Problem(DISK_FULL) from error
        away = _sqlstate(error)[:2] in ("08", "53", "57") or error.connection_invalidated
        away = away or _sqlstate(error) in RETRIED  # two waited for each other: one is asked again
        is_broken = any(words in text for words in _SQLITE_AWAY)
        if away or is_broken or (not _sqlstate(error) and _is_away(error)):
            raise Problem(BUSY) from error
        raise


_SQLITE_AWAY = ("disk I/O error", "database is locked", "unable to open database file")


def _is_away(error: DBAPIError) -> bool:
    """A PostgreSQL that cannot be reached gives an OperationalError without a state."""
    return isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)


# --- the database of this process ---------------------------------------------------------------
_current: Database | None = None


def use(database: Database | None) -> None:
    """Make `database` the one that `unit_of_work()` and `reading()` mean."""
    global _current  # noqa: PLW0603 - a process has one database
    _current = database


def current() -> Database:
    if _current is None:
        raise RuntimeError("no database: create_app() or db.use() comes first")
    return _current


def is_answering() -> bool:
    """Whether the database takes a question now. Raises BUSY where it is away."""
    with reading() as session:
        return session.scalar(sa.select(1)) == 1


def unit_of_work() -> AbstractContextManager[Session]:
    """See `Database.unit_of_work`."""
    return current().unit_of_work()


def reading(*, may_lag: bool = False) -> AbstractContextManager[Session]:
    """See `Database.reading`."""
    return current().reading(may_lag=may_lag)


def of_one_moment(session: Session) -> sa.Connection:
    """The connection of a session that has asked nothing yet, which sees one moment until it
    ends: SQLite's always do, PostgreSQL's by REPEATABLE READ."""
    if current().is_sqlite:
        return session.connection()
    return session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def settled() -> dt.datetime:
    """See `Database.settled`."""
    return current().settled()


def look(statement: Prepared, **parameters: Any) -> tuple[Any, ...] | None:
    """See `Database.look`."""
    return current().look(statement, **parameters)


def insert_alone(insert: InsertTogether, rows: Rows) -> bool:
    """See `Database.insert_alone`."""
    return current().insert_alone(insert, rows)


def truncate_log() -> bool:
    """See `Database.truncate_log`."""
    return current().truncate_log()


def commit_together(work: Callable[[sa.Connection], T]) -> T:
    """See `Database.commit_together`."""
    return current().commit_together(work)
