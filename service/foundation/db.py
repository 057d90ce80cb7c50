"""The database: SQLite on one machine, PostgreSQL beyond. Three ways in, and no other.

- `reading()`: a session that never blocks a writer and cannot write.
- `unit_of_work()`: a session that commits when the block ends well.
- `commit_together(work)`: for the submission's way. On SQLite many callers share one durable
  commit: whoever gets the lock runs everybody's work, each in a savepoint, and commits once.
  (With one transaction each, an fsync per submission caps the server, and writers that poll for
  SQLite's lock see waits of a second.) On PostgreSQL it is a transaction of its own, repeated
  when the server reports a serialisation failure.

Nobody is answered before the commit that holds their work has returned.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from service.foundation.problems import BUSY, DISK_FULL, Problem

T = TypeVar("T")

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

SQLITE_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: a commit survives a power cut; NORMAL does not in WAL mode
    "foreign_keys": 1,
    "busy_timeout": 10_000,  # ms
    "secure_delete": 1,  # what was erased is overwritten, not only unlinked
    "trusted_schema": 0,
}
"""Set and read back on every connection; the start is refused where one does not hold."""

MAX_TOGETHER = 64
RETRIED = {"40001", "40P01"}  # serialization_failure, deadlock_detected
TRIES = 4


class Base(DeclarativeBase):
    """Root of all mapped classes."""

    metadata = sa.MetaData(naming_convention=NAMES)


class NotDurableError(Exception):
    """The database would acknowledge what a power cut can take back. The start is refused."""


class _Ticket:
    """One caller's work and, later, what became of it."""

    def __init__(self, work: Callable[[sa.Connection], Any]) -> None:
        self.work = work
        self.is_done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, connection: sa.Connection) -> None:
        """In a savepoint of its own: one caller's failure takes nothing from the others."""
        connection.exec_driver_sql("SAVEPOINT ticket")
        try:
            self.value = self.work(connection)
        except Exception as error:
            self.error = error
            connection.exec_driver_sql("ROLLBACK TO ticket")
        connection.exec_driver_sql("RELEASE ticket")

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class Database:
    """One open database, shared by all threads of the process."""

    def __init__(self, url: str, *, read_url: str | None = None, pool: int = 16) -> None:
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
            sa.event.listen(self.writer, "connect", _prepare_sqlite)
            sa.event.listen(self.reader, "connect", _prepare_sqlite_reader)
            sa.event.listen(self.writer, "begin", _begin_immediate)
            sa.event.listen(self.reader, "begin", _begin_deferred)
        else:
            self.writer = sa.create_engine(
                url, pool_size=pool, max_overflow=pool, pool_pre_ping=False, **options
            )
            sa.event.listen(self.writer, "connect", _verify_postgresql)
            self.reader = self.writer
            if read_url:
                self.reader = sa.create_engine(read_url, pool_size=pool, **options)
        self._write_lock = threading.Lock()
        self._waiting: deque[_Ticket] = deque()

    def dispose(self) -> None:
        self.writer.dispose()
        self.reader.dispose()

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session; commits at the end of the block, rolls back if it raises."""
        sessions = sessionmaker(self.writer, expire_on_commit=False)
        with self._one_writer(), _as_problems(), sessions.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one moment and writes nothing."""
        with _as_problems(), Session(self.reader, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """SQLite has one writer: queue here, fairly, instead of polling for its file lock."""
        if not self.is_sqlite:
            yield
            return
        with self._write_lock:
            yield

    def commit_together(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work`, return its result once it is durable. `work` may run more than once."""
        with _as_problems():
            if not self.is_sqlite:
                return self._commit_alone(work)
            ticket = _Ticket(work)
            self._waiting.append(ticket)
            with self._write_lock:
                while not ticket.is_done:
                    self._commit_waiting()
            return ticket.result()  # type: ignore[no-any-return]

    def _commit_alone(self, work: Callable[[sa.Connection], T]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                with self.writer.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if _sqlstate(error) not in RETRIED or attempt == TRIES:
                    raise
        raise AssertionError("unreachable")

    def _commit_waiting(self) -> None:
        """Runs with the write lock held: commits up to MAX_TOGETHER tickets as one transaction."""
        batch: list[_Ticket] = []
        while self._waiting and len(batch) < MAX_TOGETHER:
            batch.append(self._waiting.popleft())
        try:
            with self.writer.begin() as connection:
                for ticket in batch:
                    ticket.run(connection)
        except BaseException as error:  # the commit failed: nobody's work is durable
            for ticket in batch:
                ticket.error = error
        finally:
            for ticket in batch:
                ticket.is_done = True


class InsertTogether:
    """Inserts a guarding row and, only if it was new, the rows that belong to it.

    The unique constraint on the first table decides, never a SELECT before. On PostgreSQL all of
    it is one statement (one round trip); SQLite has no such statement and no round trips either.
    Callers give a row (column name -> value) for each table, in the order of the tables.
    """

    def __init__(self, guard: type[Base], *others: type[Base]) -> None:
        self.tables = [cast(sa.Table, mapped.__table__) for mapped in (guard, *others)]
        self._prepared: dict[tuple[Any, ...], Any] = {}

    def run(self, connection: sa.Connection, *rows: Mapping[str, Any]) -> bool:
        """Whether the guarding row was new. Raises ValueError if rows and tables do not match."""
        if len(rows) != len(self.tables):
            raise ValueError(f"{len(self.tables)} rows needed, {len(rows)} given")
        shape = (connection.dialect.name, *(tuple(row) for row in rows))
        prepared = self._prepared.get(shape)
        if prepared is None:
            prepared = self._prepared[shape] = self._prepare(connection.dialect.name, rows)
        if isinstance(prepared, list):
            return self._one_by_one(connection, prepared, rows)
        values = {f"t{n}_{name}": v for n, row in enumerate(rows) for name, v in row.items()}
        return bool(connection.execute(prepared, values).scalar())

    @staticmethod
    def _one_by_one(
        connection: sa.Connection, prepared: list[Any], rows: Sequence[Mapping[str, Any]]
    ) -> bool:
        if connection.execute(prepared[0], dict(rows[0])).rowcount == 0:
            return False
        for statement, row in zip(prepared[1:], rows[1:], strict=True):
            connection.execute(statement, dict(row))
        return True

    def _prepare(self, dialect: str, rows: Sequence[Mapping[str, Any]]) -> Any:
        if dialect == "sqlite":
            first = sqlite_insert(self.tables[0]).on_conflict_do_nothing()
            return [first, *(sa.insert(table) for table in self.tables[1:])]
        table, row = self.tables[0], rows[0]
        guard = (
            postgresql_insert(table)
            .values({name: _parameter(0, table, name) for name in row})
            .on_conflict_do_nothing()
            .returning(sa.literal(1).label("is_new"))
            .cte("guard")
        )
        parts = [guard]
        for n, (table, row) in enumerate(zip(self.tables[1:], rows[1:], strict=True), start=1):
            values = [_parameter(n, table, name).label(name) for name in row]
            only_new = sa.select(*values).where(sa.exists(sa.select(guard.c.is_new)))
            parts.append(
                sa.insert(table)
                .from_select(list(row), only_new, include_defaults=False)
                .cte(f"t{n}")
            )
        return sa.select(sa.func.count()).select_from(guard).add_cte(*parts[1:])


def _parameter(number: int, table: sa.Table, name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(f"t{number}_{name}", type_=table.c[name].type)


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", "") or "")


@contextmanager
def _as_problems() -> Iterator[None]:
    """A database that is full, busy or away is a Problem the phone can act on, never a 500."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Problem(BUSY) from error
    except DBAPIError as error:
        text = str(error.orig)
        if _sqlstate(error) == "53100" or "disk is full" in text:
            raise Problem(DISK_FULL) from error
        away = _sqlstate(error)[:2] in ("08", "53", "57") or error.connection_invalidated
        if away or "database is locked" in text or (not _sqlstate(error) and _is_away(error)):
            raise Problem(BUSY) from error
        raise


def _is_away(error: DBAPIError) -> bool:
    """A PostgreSQL that cannot be reached gives an OperationalError without a state."""
    return isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)


# --- what every connection must promise ---------------------------------------------------------
def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours (see _begin_immediate), not the driver's
    for name, value in SQLITE_PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    for name, value in SQLITE_PRAGMAS.items():
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != value:
            raise NotDurableError(
                f"SQLite does not keep {name}={value} (it says {found}). The data directory must "
                "be on a local disk, and the database must not be in memory."
            )


def _prepare_sqlite_reader(connection: Any, record: Any) -> None:
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA query_only=1")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _verify_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN "
            "('fsync', 'full_page_writes', 'synchronous_commit')"
        )
        found = dict(cursor.fetchall())
    connection.rollback()
    for name in ("fsync", "full_page_writes"):
        if found.get(name) != "on":
            raise NotDurableError(f"PostgreSQL runs with {name}={found.get(name)}; it must be on")
    if found.get("synchronous_commit") not in ("on", "remote_apply"):
        raise NotDurableError("PostgreSQL must run with synchronous_commit on or remote_apply")


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


def unit_of_work() -> AbstractContextManager[Session]:
    """See `Database.unit_of_work`."""
    return current().unit_of_work()


def reading() -> AbstractContextManager[Session]:
    """See `Database.reading`."""
    return current().reading()


def commit_together(work: Callable[[sa.Connection], T]) -> T:
    """See `Database.commit_together`."""
    return current().commit_together(work)
