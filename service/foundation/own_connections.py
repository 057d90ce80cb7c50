"""Driver connections outside SQLAlchemy's pool, in autocommit, for statements made in advance."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")
RETRIED = {"40001", "40P01"}  # serialization_failure, deadlock_detected
TRIES = 4


class OwnConnection:
    """One of them. It closes itself in C, with the driver's own object, and must never have a
    `__del__`: Python that runs while a thread of the server ends crashes the process."""

    _driver: Any = None

    def __init__(self, engine: sa.Engine) -> None:
        """Raises SQLAlchemy's DBAPIError where the database is away."""
        self.dialect = engine.dialect
        self.dbapi_errors: type[Exception] = self.dialect.loaded_dbapi.Error
        try:
            self._connect(engine)
        except self.dbapi_errors as error:
            raise self.wrapped(error, is_dead=True) from error

    def _connect(self, engine: sa.Engine) -> None:
        pooled = engine.raw_connection()
        self._driver = pooled.driver_connection
        pooled.detach()
        if self.dialect.name == "postgresql":
            self._driver.autocommit = True
            # Everything asked here is asked by key. A plan made while a table was empty reads it
            # from end to end, and is kept (for foreign keys too) when it holds a million rows.
            self._driver.execute("SET enable_seqscan = off")

    def cursor(self) -> Any:
        return raw_cursor(self._driver)

    def execute(self, sql: str) -> None:
        """A statement without parameters or rows: BEGIN, COMMIT, SAVEPOINT."""
        self._driver.execute(sql)

    def close(self) -> None:
        self._driver.close()

    def is_dead(self, error: Exception) -> bool:
        return self.dialect.is_disconnect(error, self._driver, None)  # type: ignore[arg-type]

    @staticmethod
    def sqlstate(error: Exception) -> str:
        return str(getattr(error, "sqlstate", "") or "")

    def wrapped(self, error: Exception, *, is_dead: bool) -> BaseException:
        return wrapped(self.dialect, error, is_dead=is_dead)


def wrapped(dialect: sa.Dialect, error: BaseException, *, is_dead: bool = False) -> BaseException:
    """A driver's error as SQLAlchemy would have raised it; any other as it is."""
    dbapi_error = dialect.loaded_dbapi.Error
    if not isinstance(error, dbapi_error):
        return error
    return sa.exc.DBAPIError.instance(
        None,
        None,
        error,
        dbapi_error,
        hide_parameters=True,
        dialect=dialect,
        connection_invalidated=is_dead,
    )


def raw_cursor(driver: Any) -> Any:
    """psycopg's raw cursor takes PostgreSQL's own `$1` and looks for nothing in the statement."""
    if isinstance(driver, sqlite3.Connection):
        return driver.cursor()
    import psycopg  # a server on SQLite never loads it

    return psycopg.RawCursor(driver)


class OwnConnections:
    """As many as are used at once; the one used last is used next, while its pages are warm."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._idle: list[OwnConnection] = []
        """`append` and `pop` of a list need no lock."""

    def run(self, work: Callable[[OwnConnection], T]) -> T:
        """`work` on one of them; again if that was dead, or if PostgreSQL reports a
        serialisation failure. Raises SQLAlchemy's DBAPIError."""
        for attempt in range(1, TRIES + 1):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = OwnConnection(self._engine)
            try:
                value = work(connection)
            except connection.dbapi_errors as error:
                is_dead = connection.is_dead(error)
                if is_dead:
                    connection.close()
                    self.close()  # what killed it will have killed the others
                else:
                    self._idle.append(connection)
                if not (is_dead or connection.sqlstate(error) in RETRIED) or attempt == TRIES:
                    raise connection.wrapped(error, is_dead=is_dead) from error
            except BaseException:
                connection.close()  # in the middle of a statement, for all we know
                raise
            else:
                self._idle.append(connection)
                return value
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close those that nobody uses now."""
        while True:
            try:
                self._idle.pop().close()
            except IndexError:
                return
