"""The database keeps its promises on every connection, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.tables import Project
from service.foundation import clock, db, durability, ids, running_writes, turns
from service.foundation.audit import AuditEntry, record
from service.foundation.db import commit_together, reading, unit_of_work
from service.foundation.problems import BUSY, Problem
from tests import postgres
from tests.factories import a_project


def _count(session: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


def test_unit_of_work_commits_and_rolls_back(database: db.Database) -> None:
    with unit_of_work() as session:
        record(session, actor_id=None, action="a", subject=1)
    with pytest.raises(ZeroDivisionError):
        _write_then_fail()
    with reading() as session:
        assert _count(session) == 1


def _write_then_fail() -> None:
    with unit_of_work() as session:
        record(session, actor_id=None, action="b", subject=2)
        raise ZeroDivisionError


def test_nothing_is_settled_that_a_running_write_may_still_stamp(database: db.Database) -> None:
    """Ones that wait, too."""
    before = clock.now()
    with unit_of_work() as session:
        record(session, actor_id=None, action="slow", subject=1)
        began = clock.now()
        while clock.now() - began < dt.timedelta(milliseconds=50):
            pass
        assert db.settled() <= began - running_writes.MARGIN
    assert db.settled() > before - running_writes.MARGIN
    with reading() as session:  # a backup that reads for hours holds nobody up
        _count(session)
        reads = clock.now()
        assert db.settled() >= reads - running_writes.MARGIN


def test_commit_together_keeps_each_caller_apart(database: db.Database) -> None:
    """Of 40 callers at once, those that fail take nothing from the others."""
    start, failures = threading.Barrier(40), []

    def work(number: int) -> None:
        def insert(connection: sa.Connection) -> int:
            record(connection, actor_id=number, action="together", subject=number)
            if number % 4 == 0:
                raise ValueError(number)
            return number

        start.wait()
        try:
            assert commit_together(insert) == number
        except ValueError as error:
            failures.append(error.args[0])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failures) == list(range(0, 40, 4))
    with reading() as session:
        assert _count(session) == 30


def test_whoever_waits_for_the_writer_gives_up_the_turn(database: db.Database) -> None:
    """The writer takes the turn for its statements: otherwise each would wait for the other."""
    done = []

    def compute_and_write() -> None:
        with turns.taken():
            for write in (lambda: database.commit_together(lambda _c: 1), _unit(database)):
                write()
                done.append(1)

    threads = [threading.Thread(target=compute_and_write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(done) == 16


def _unit(database: db.Database) -> Callable[[], None]:
    def write() -> None:
        turns.take()
        with database.unit_of_work() as session:
            session.execute(sa.select(1))

    return write


@pytest.mark.parametrize("is_of_one_moment", [False, True])
def test_reading_cannot_write(database: db.Database, is_of_one_moment: bool) -> None:
    refused = (sa.exc.OperationalError, sa.exc.InternalError)
    with reading() as session:
        if is_of_one_moment:
            db.of_one_moment(session)
        with pytest.raises(refused, match=r"readonly|read-only"):
            record(session, actor_id=None, action="a", subject=1)
    with unit_of_work() as session:  # the connection comes back as one that writes
        record(session, actor_id=None, action="a", subject=1)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET action='x'", "DELETE FROM audit_entries"]
)
def test_audit_log_refuses_change(database: db.Database, statement: str) -> None:
    with unit_of_work() as session:
        record(session, actor_id=None, action="a", subject=1)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), unit_of_work() as session:
        session.execute(sa.text(statement))


def test_weak_sqlite_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(durability.NotDurableError):
        db.Database("sqlite://").writer.connect()


def test_s28_every_sqlite_connection_is_durable(tmp_path: Any) -> None:
    database = db.Database(f"sqlite:///{tmp_path}/x.db")
    for engine in (database.writer, database.reader):
        with engine.connect() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in durability.SQLITE_PRAGMAS
            }
        assert found == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 10_000,
            "secure_delete": 1,
            "trusted_schema": 0,
            "recursive_triggers": 1,
        }
    database.dispose()


def test_new_uuids_rise() -> None:
    made = [ids.new_uuid() for _ in range(5000)]
    assert made == sorted(set(made))
    assert all(u.version == 7 for u in made)


@pytest.mark.fresh_database
def test_only_what_may_lag_is_read_from_a_replica(database_url: str, tmp_path: Path) -> None:
    """A sign-out, a revoked phone, a destroyed key must act at once, however late the replica."""
    if database_url.startswith("sqlite"):
        return  # one file
    behind = postgres.copy_of(database_url)
    opened = db.Database(database_url, read_url=behind)
    with opened.unit_of_work() as session:
        a_project(session)
    counted = sa.select(sa.func.count()).select_from(Project)
    with opened.reading() as session:
        assert session.scalar(counted) == 1
    with opened.reading(may_lag=True) as session:
        assert session.scalar(counted) == 0
    opened.dispose()
    postgres.execute(behind, f'DROP DATABASE "{sa.make_url(behind).database}" WITH (FORCE)')


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_of_two_who_wait_for_each_other_one_is_asked_to_come_again(database: db.Database) -> None:
    """PostgreSQL ends one of them: that is no fault of the server (500), and worth a second try."""
    both, refused = threading.Barrier(2), []

    def take(first: int, second: int) -> None:
        lock = sa.text("SELECT pg_advisory_xact_lock(:n)")
        try:
            with unit_of_work() as session:
                session.execute(lock, {"n": first})
                both.wait(10)
                session.execute(lock, {"n": second})
        except Problem as problem:
            refused.append(problem.kind)

    threads = [threading.Thread(target=take, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refused == [BUSY]
