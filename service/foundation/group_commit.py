"""SQLite's one writer: many callers share one durable commit (decision 0008).

Whoever gets the lock runs the work of all who wait and commits once. One caller's failure takes
nothing from the others; nobody hears of success before the commit has returned.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from service.foundation import turns
from service.foundation.insert_together import InsertTogether, Rows
from service.foundation.own_connections import OwnConnection, wrapped

T = TypeVar("T")
MAX_TOGETHER = 64


class _Ticket:
    """One caller's work and, later, what became of it."""

    insert: InsertTogether | None = None
    """Set where the work is this insert alone: it needs no SQLAlchemy, and joins its like."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.is_done = False
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self, connection: sa.Connection | OwnConnection) -> None:
        """In a savepoint of its own: one caller's failure takes nothing from the others."""
        execute = _execute(connection)
        execute("SAVEPOINT ticket")
        try:
            self.value = self.work(connection)
        except Exception as error:
            self.error = wrapped(connection.dialect, error)
            execute("ROLLBACK TO ticket")
        execute("RELEASE ticket")

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


class _Insertion(_Ticket):
    """Rows that go in together with those of other callers."""

    def __init__(self, insert: InsertTogether, rows: Rows) -> None:
        super().__init__(lambda connection: insert.run(connection, rows))
        self.insert, self.rows = insert, rows


def _insert_all(
    connection: sa.Connection | OwnConnection, insert: InsertTogether, group: list[_Insertion]
) -> None:
    """All at once or, where one of them is at fault, one by one."""
    execute = _execute(connection)
    execute("SAVEPOINT together")
    try:
        for ticket, value in zip(
            group, insert.run_all(connection, [ticket.rows for ticket in group]), strict=True
        ):
            ticket.value = value
    except Exception:
        execute("ROLLBACK TO together")
        for ticket in group:
            ticket.run(connection)
    execute("RELEASE together")


def _execute(connection: sa.Connection | OwnConnection) -> Callable[[str], Any]:
    if isinstance(connection, OwnConnection):
        return connection.execute
    return connection.exec_driver_sql


class GroupCommit:
    """The writer of one process."""

    def __init__(self, writer: sa.Engine) -> None:
        self.lock = threading.Lock()
        """Whoever writes holds it."""
        self._writer = writer
        self._own: OwnConnection | None = None
        self._waiting: deque[_Ticket] = deque()

    def run(self, work: Callable[[sa.Connection], T]) -> T:
        """The result of `work`, once it is durable."""
        return cast(T, self._commit(_Ticket(work)))

    def insert(self, insert: InsertTogether, rows: Rows) -> bool:
        """Whether the guarding row was new, once all rows are durable."""
        return bool(self._commit(_Insertion(insert, rows)))

    def close(self) -> None:
        if self._own is not None:
            self._own.close()
            self._own = None

    def _commit(self, ticket: _Ticket) -> Any:
        """Wait for the lock; whoever has it commits for all who wait, this ticket among them."""
        self._waiting.append(ticket)
        with self.lock:
            while not ticket.is_done:
                self._commit_waiting()
        return ticket.result()

    def _commit_waiting(self) -> None:
        """Runs with the write lock held: commits up to MAX_TOGETHER tickets as one transaction."""
        batch: list[_Ticket] = []
        while self._waiting and len(batch) < MAX_TOGETHER:
            batch.append(self._waiting.popleft())
        try:
            with self._transaction(batch) as connection:
                if len(batch) == 1:  # its failure is the transaction's
                    batch[0].value = batch[0].work(connection)
                    return
                for insert, tickets in groupby(batch, key=lambda ticket: ticket.insert):
                    if insert is not None:
                        _insert_all(connection, insert, cast(list[_Insertion], list(tickets)))
                        continue
                    for ticket in tickets:
                        ticket.run(connection)
        except BaseException as error:  # the commit failed: nobody's work is durable
            for ticket in batch:
                ticket.error = wrapped(self._writer.dialect, error)
        finally:
            for ticket in batch:
                ticket.is_done = True

    @contextmanager
    def _transaction(self, batch: list[_Ticket]) -> Iterator[sa.Connection | OwnConnection]:
        """One transaction of the only writer; without SQLAlchemy where nobody needs it."""
        if not all(ticket.insert for ticket in batch):
            with self._writer.begin() as connection:
                yield connection
            return
        own = self._own = self._own or OwnConnection(self._writer)
        try:
            own.execute("BEGIN IMMEDIATE")
            with turns.taken():
                yield own
            own.execute("COMMIT")
        except BaseException:
            self._own = None  # closing it takes back what was not committed
            own.close()
            raise
