"""Entries find their place in the transaction of their act, and nobody takes them out again."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import audit, clock, db, strands
from service.foundation.audit import AuditEntry, AuditHead, record
from service.foundation.db import commit_together, reading, unit_of_work
from service.foundation.sealing import Signer
from tests import audit_logs, postgres
from tests.audit_logs import SIGNER

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)


def act(number: int, project_id: int | None = 1) -> None:
    with unit_of_work() as session:
        record(session, project_id=project_id, actor_id=7, action="act", subject=number, of="ស")


def places(project_id: int = 1) -> list[tuple[int, int]]:
    with reading() as session:
        query = sa.select(AuditEntry.strand, AuditEntry.seq)
        rows = session.execute(query.where(AuditEntry.project_id == project_id))
        return sorted((row.strand, row.seq) for row in rows)


def exported(project_id: int = 1, signer: Signer = SIGNER) -> list[bytes]:
    with unit_of_work() as session:
        begun = audit.begin_export(session, signer, project_id, actor_id=None)
    with reading() as session:
        return list(audit.export_lines(session, begun))


def verified(project_id: int = 1, kept: Any = ()) -> audit.Verified:
    return audit.verify(exported(project_id), [SIGNER.public_key], kept)


def test_entries_follow_each_other_in_chains_of_their_project(database: db.Database) -> None:
    for number in range(3):
        act(number)
        act(number, project_id=2)
    act(0, project_id=None)
    assert [seq for _, seq in places(1)] == [1, 2, 3]
    assert [seq for _, seq in places(2)] == [1, 2, 3]
    assert [seq for _, seq in places(audit.NO_PROJECT)] == [1]
    assert verified(1).entries == verified(2).entries == 4, "the export is an act too"
    assert verified(audit.NO_PROJECT).entries == 2


def test_what_is_exported_is_what_the_documents_say(database: db.Database) -> None:
    """Chained anew by other code from what the entries say, it is the same."""
    for number in range(3):
        act(number)
    with unit_of_work() as session:
        record(session, project_id=1, actor_id=None, action="b", subject='a "b"\\ é\n', n=[1, None])
    lines = [json.loads(line) for line in exported()]
    entries = [line for line in lines if "entry" in line]
    assert entries == audit_logs.chained([line["entry"] for line in entries])
    assert len(entries) == 5


def test_several_entries_of_one_transaction_stand_in_their_order(database: db.Database) -> None:
    with unit_of_work() as session:
        for number in range(5):
            record(session, project_id=1, actor_id=None, action="a", subject=number)
    with reading() as session:
        query = sa.select(AuditEntry.subject).order_by(AuditEntry.strand, AuditEntry.seq)
        assert list(session.scalars(query)) == ["0", "1", "2", "3", "4"]
    assert verified().strands == 1


def test_s49_an_act_that_is_taken_back_takes_its_entry_and_leaves_no_gap(
    database: db.Database,
) -> None:
    act(1)
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:
        _record_and_fail(session)
    with unit_of_work() as session:
        record(session, project_id=1, actor_id=None, action="a", subject=3)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            _record_and_fail(session)
        record(session, project_id=1, actor_id=None, action="a", subject=5)
    act(6)
    assert sum(seq for _, seq in places()) == 1 + 2 + 3 + 4
    assert verified().entries == 5


def _record_and_fail(session: Session) -> None:
    record(session, project_id=1, actor_id=None, action="a", subject="not done")
    raise ZeroDivisionError


def test_s49_callers_that_commit_together_stand_in_one_chain_without_those_that_fail(
    database: db.Database,
) -> None:
    def work(number: int) -> None:
        def insert(connection: sa.Connection) -> None:
            record(connection, project_id=1, actor_id=number, action="a", subject=number)
            if number % 4 == 0:
                raise ValueError(number)

        start.wait()
        try:
            commit_together(insert)
        except ValueError:
            failed.append(number)

    start, failed = threading.Barrier(40), list[int]()
    _all([threading.Thread(target=work, args=(n,)) for n in range(40)])
    assert len(failed) == 10
    assert verified().entries == 31


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


# --- strands ------------------------------------------------------------------------------------
def test_eight_that_write_at_once_leave_whole_chains(database: db.Database) -> None:
    def work(number: int) -> None:
        start.wait()
        for each in range(25):
            act(number * 100 + each)

    start = threading.Barrier(8)
    _all([threading.Thread(target=work, args=(n,)) for n in range(8)])
    found = verified()
    assert found.entries == 8 * 25 + 1
    assert found.strands == 1 if database.is_sqlite else 1 <= found.strands <= 8 + 2


@on_postgresql
def test_nobody_waits_for_the_commit_of_another(database: db.Database) -> None:
    """Sixteen transactions of one project stand open, each with its entry, one after the other
    begun by a thread that waits for none of them."""
    open_ones = [database.writer.connect() for _ in range(16)]
    for number, connection in enumerate(open_ones):
        connection.execute(sa.text("SET lock_timeout = '1s'"))
        record(connection, project_id=1, actor_id=None, action="a", subject=number)
    for connection in reversed(open_ones):
        connection.commit()
        connection.close()
    assert verified().strands == 16


@on_postgresql
def test_strands_of_connections_that_are_gone_are_taken_up_again(database: db.Database) -> None:
    for number in range(5):
        act(number)
        database.dispose()
    assert verified().strands <= 2


@on_postgresql
def test_one_who_sees_one_moment_appends_beside_the_others(database: db.Database) -> None:
    """A rebuild of hours sees the chains as they were, and appends to its own."""
    act(1)
    with unit_of_work() as session:
        db.of_one_moment(session).execute(sa.select(1))
        for number in range(3):
            act(number)
        record(session, project_id=1, actor_id=None, action="facts.rebuild", subject=1)
    assert verified().entries == 6


@on_postgresql
def test_two_that_shared_a_strand_would_not_fork_it(database: db.Database) -> None:
    """Should an operator's tool break the locks: one of two fails, and the chain stays whole."""
    shared = sa.text(f"SELECT set_config('{strands.SETTING}', '99', false)")
    with database.writer.connect() as one, database.writer.connect() as two:
        for connection in (one, two):
            connection.execute(shared)
            connection.commit()
        two.execution_options(isolation_level="REPEATABLE READ")
        two.execute(sa.select(1))
        record(one, project_id=1, actor_id=None, action="a", subject=1)
        one.commit()
        with pytest.raises(sa.exc.IntegrityError, match="pk_audit_entries"):
            record(two, project_id=1, actor_id=None, action="a", subject=2)
        two.rollback()
        for connection in (one, two):
            connection.invalidate()
    assert verified().entries == 2


@on_postgresql
def test_a_connection_without_a_strand_writes_nothing(database: db.Database) -> None:
    with database.writer.connect() as connection:
        connection.exec_driver_sql(f"RESET {strands.SETTING}")
        with pytest.raises(sa.exc.DBAPIError):
            record(connection, project_id=1, actor_id=None, action="a", subject=1)
        connection.invalidate()


# --- append-only --------------------------------------------------------------------------------
@pytest.mark.parametrize("table", ["audit_entries", "audit_heads"])
@pytest.mark.parametrize(
    ("database_url", "statement"),
    [
        ("sqlite", "UPDATE {} SET project_id = 2"),
        ("sqlite", "DELETE FROM {}"),
        ("sqlite", "INSERT OR REPLACE INTO {0} SELECT * FROM {0}"),
        ("postgresql", "UPDATE {} SET project_id = 2"),
        ("postgresql", "DELETE FROM {}"),
        ("postgresql", "TRUNCATE {}"),
    ],
    indirect=["database_url"],
)
def test_s48_what_was_written_cannot_be_changed_or_removed(
    database: db.Database, table: str, statement: str
) -> None:
    act(1)
    exported()
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), unit_of_work() as session:
        session.execute(sa.text(statement.format(table)))
    assert verified().entries == 3


def test_s48_the_owner_of_the_tables_has_no_right_to_change_them(postgres_url: str) -> None:
    """Who is not a superuser is refused before any trigger; the right must be taken back first."""
    name = f"owner{uuid.uuid4().hex[:12]}"
    postgres.execute(postgres_url, f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    postgres.execute(postgres_url, f"CREATE DATABASE {name} OWNER {name}")
    url = sa.make_url(postgres.on(postgres_url, name)).set(username=name, password="x")
    owned = url.render_as_string(hide_password=False)
    try:
        postgres.migrate(owned)
        with psycopg.connect(owned.replace("+psycopg", ""), autocommit=True) as connection:
            for table in ("audit_entries", "audit_heads"):
                for verb in ("UPDATE {} SET project_id = 2", "DELETE FROM {}", "TRUNCATE {}"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(verb.format(table))  # type: ignore[arg-type]
    finally:
        postgres.execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
        postgres.execute(postgres_url, f"DROP ROLE {name}")


# --- heads --------------------------------------------------------------------------------------
def heads(project_id: int = 1) -> list[AuditHead]:
    with reading() as session:
        query = sa.select(AuditHead).where(AuditHead.project_id == project_id)
        return list(session.scalars(query.order_by(AuditHead.at)))


def sign_day(moment: dt.datetime, project_id: int = 1) -> Any:
    with clock.frozen(moment), unit_of_work() as session:
        audit.sign_day(session, SIGNER, project_id)
    with clock.frozen(moment), reading() as session:
        return audit.head_of_day(session, project_id)


def test_a_day_has_one_head_and_it_stays(database: db.Database) -> None:
    act(1)
    first = sign_day(NOW)
    act(2)
    assert sign_day(NOW + dt.timedelta(hours=3)) == first
    assert sign_day(NOW + dt.timedelta(days=1))["head"]["count"] == 2
    assert [one.count for one in heads()] == [1, 2]


def test_of_two_who_sign_a_day_at_once_one_head_stands(database: db.Database) -> None:
    act(1)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        with unit_of_work() as session:
            audit.sign_day(session, SIGNER, 1)

    with clock.frozen(NOW):
        _all([threading.Thread(target=work) for _ in range(4)])
    assert len(heads()) == 1


def test_a_project_where_nothing_was_done_has_a_head_too(database: db.Database) -> None:
    assert sign_day(NOW, project_id=5)["head"]["strands"] == []


def test_s48_heads_of_earlier_days_are_held_against_a_later_export(database: db.Database) -> None:
    act(1)
    kept = sign_day(NOW)
    for number in range(3):
        act(number)
        sign_day(NOW + dt.timedelta(days=1 + number))
    assert verified(kept=[kept]).heads == 5
    written_anew = [json.loads(line) for line in exported()]
    entries = [line["entry"] for line in written_anew if "entry" in line]
    entries[0]["subject"] = "forged"
    forged = audit_logs.chained(entries)
    lines = audit_logs.a_file([audit_logs.a_head(forged)], forged)
    assert audit.verify(lines, [SIGNER.public_key]).entries == len(entries)
    with pytest.raises(audit.Unsound, match="not the one that the head signed at 2026-11-26"):
        audit.verify(lines, [SIGNER.public_key], [kept])


def test_an_export_while_others_write_is_whole(database: db.Database) -> None:
    stopping = threading.Event()

    def write() -> None:
        number = 0
        while not stopping.is_set():
            act(number)
            number += 1

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        found = [verified() for _ in range(5)]
    finally:
        stopping.set()
        _all_joined(writers)
    assert [one.heads for one in found] == [1, 2, 3, 4, 5]


def _all_joined(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(60)


# --- what it costs ------------------------------------------------------------------------------
@pytest.fixture
def statements(database: db.Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "audit_" in statement:
            seen.append(statement)

    sa.event.listen(database.writer, "before_cursor_execute", note)
    yield seen
    sa.event.remove(database.writer, "before_cursor_execute", note)


def test_an_entry_is_one_statement_on_postgresql_and_a_look_more_on_sqlite(
    database: db.Database, statements: list[str]
) -> None:
    act(1)
    assert len(statements) == (2 if database.is_sqlite else 1)


@on_sqlite
def test_a_shared_commit_looks_once_for_the_end_of_each_project(
    database: db.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's hot path: one look however many submissions, none to write where it ends."""
    from service.foundation import prepared

    looks, honest = [], prepared.Prepared.first

    def first(self: Any, connection: Any, **parameters: Any) -> Any:
        looks.append(parameters)
        return honest(self, connection, **parameters)

    monkeypatch.setattr(prepared.Prepared, "first", first)
    said = [
        audit.entry(project_id=1 + n % 2, actor_id=None, action="a", subject=n) for n in range(30)
    ]
    with database.writer.begin() as connection:
        rows = audit.LOG.placed(connection, said)
        connection.execute(sa.insert(AuditEntry.__table__), rows)
    assert looks == [{"project_id": 1}, {"project_id": 2}]
    assert verified(1).entries == verified(2).entries == 16
