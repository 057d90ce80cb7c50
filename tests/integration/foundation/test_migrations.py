"""An installation of yesterday becomes one of today with all that it holds."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import alembic.command
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import audit, columns, db, job_queue, strands
from tests import postgres
from tests.audit_logs import SIGNER

KEY = uuid.UUID(int=7)
NOW = "2026-11-24 08:00:00.000000"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/old.db"
        return
    server: str = request.getfixturevalue("postgres_url")
    name = f"m{uuid.uuid4().hex[:16]}"
    postgres.execute(server, f'CREATE DATABASE "{name}"')
    yield postgres.on(server, name)
    postgres.execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(database: db.Database) -> None:
    """A form with its file, a submission with XML and a signature, an audit entry."""
    key: object = KEY.bytes if database.is_sqlite else KEY
    with database.writer.begin() as connection:
        for statement in (
            (
                "INSERT INTO projects (id, name, slug, language, created_at)"
                " VALUES (1, 'Battambang', 'battambang', 'km', :now)"
            ),
            (
                "INSERT INTO forms (form_pk, project_id, form_id, state, created_at)"
                " VALUES (1, 1, 'visit', 'open', :now)"
            ),
            (
                "INSERT INTO form_versions"
                " (version_pk, form_pk, version, title, xml, md5, warnings, published_at)"
                " VALUES (1, 1, '1', 'សម្ភាសន៍', :xml, 'abc', '[]', :now)"
            ),
            (
                "INSERT INTO form_files (version_pk, name, sha256, md5, size, media_type)"
                " VALUES (1, 'a.csv', 'x', 'y', 1, 'text/csv')"
            ),
            (
                "INSERT INTO submissions (project_id, submission_pk, form_pk, version, instance_id,"
                " record_pk, state, xml_sha256, canonical_sha256, expected_files, files_expected,"
                " flags, channel, user_agent, received_at) VALUES (1, :key, 1, '1', 'uuid:1', :key,"
                " 'current', :xml, :xml, '[]', 0, '[]', 'openrosa', '', :now)"
            ),
            "INSERT INTO submission_xml (project_id, submission_pk, xml) VALUES (1, :key, :xml)",
            (
                "INSERT INTO signatures (project_id, submission_pk, happened_on, month, adm1, adm2,"
                " adm3, adm4, stats, ordinal, line_status, kind, mark, sex, age_band) VALUES (1,"
                " :key, '2026-11-24', '2026-11', '02', 'unknown', 'unknown', 'unknown', true, 0,"
                " 'valid', 'survivor', 'thumb', 'female', '1859')"
            ),
            "INSERT INTO actors (id, kind, display_name, created_at) VALUES (1, 'user', 'x', :now)",
            "INSERT INTO users (id, email) VALUES (1, 'bopha@example.org')",
            "INSERT INTO grants (user_id, project_id, role) VALUES (1, 1, 'reviewer')",
            (
                "INSERT INTO audit_entries (project_id, entry_pk, at, action, subject, details)"
                " VALUES (1, :key, :now, 'submission.receive', '7', '{}')"
            ),
        ):
            wanted = {"now": NOW, "key": key, "xml": b"<data/>"}
            named = {name: value for name, value in wanted.items() if f":{name}" in statement}
            connection.execute(sa.text(statement), named)


def held(database: db.Database) -> list[int]:
    with database.writer.connect() as connection:
        return [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("form_files", "submission_xml", "signatures", "audit_entries")
        ]


def test_rows_and_their_guards_survive_the_way_up_down_and_up(empty_url: str) -> None:
    postgres.migrate(empty_url, "0001")
    database = db.Database(empty_url)
    fill(database)
    postgres.migrate(empty_url)
    assert held(database) == [1, 1, 1, 1]
    alembic.command.downgrade(postgres.config(empty_url), "0001")
    postgres.migrate(empty_url)
    assert held(database) == [1, 1, 1, 1]
    for statement in ("DELETE FROM audit_entries", "UPDATE audit_entries SET action = 'x'"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writer.begin() as c:
            c.exec_driver_sql(statement)
    with database.writer.begin() as connection:  # facts still go with their submission
        connection.exec_driver_sql("DELETE FROM submissions")
    assert held(database) == [1, 0, 0, 1]
    database.dispose()


BEGUN = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
EARLIER_ENTRIES = [
    {
        "project_id": n % 2,
        "entry_pk": uuid.UUID(int=n + 1),
        "at": BEGUN + dt.timedelta(seconds=n * 7919 % 2503, microseconds=n % 3),
        "actor_id": None if n % 5 else n,
        "action": "submission.receive",
        "subject": f"ស {n}",
        "details": {"reason": 'é "x"\n', "files": [n, None, True]} if n % 4 else {},
    }
    for n in range(2500)
]
"""Of two projects, in no order, more than a batch."""


def fill_audit_log(database: db.Database) -> None:
    old = sa.Table(
        "audit_entries",
        sa.MetaData(),
        sa.Column("project_id", sa.Integer),
        sa.Column("entry_pk", columns.Uid),
        sa.Column("at", columns.UtcDateTime),
        sa.Column("actor_id", sa.Integer),
        sa.Column("action", sa.String),
        sa.Column("subject", sa.String),
        sa.Column("details", columns.Json),
    )
    with database.writer.begin() as connection:
        connection.execute(sa.insert(old), EARLIER_ENTRIES)


def exported(database: db.Database, project_id: int) -> list[bytes]:
    with database.unit_of_work() as session:
        begun = audit.begin_export(session, SIGNER, project_id, actor_id=None)
    with database.reading() as session:
        return list(audit.export_lines(session, begun))


def test_entries_of_an_earlier_release_are_chained_in_the_order_of_their_times(
    empty_url: str,
) -> None:
    postgres.migrate(empty_url, "0003")
    database = db.Database(empty_url)
    fill_audit_log(database)
    postgres.migrate(empty_url)
    for project_id in (0, 1):
        lines = exported(database, project_id)
        found = audit.verify(lines, [SIGNER.public_key])
        assert (found.entries, found.strands) == (1251, 1 if database.is_sqlite else 2)
        entries = [json.loads(line).get("entry", {}) for line in lines]
        times = [entry["at"] for entry in entries if entry.get("strand") == strands.ONLY]
        assert times == sorted(times)
    database.dispose()


def test_the_audit_log_keeps_what_it_says_on_the_way_down_and_up(empty_url: str) -> None:
    postgres.migrate(empty_url, "0003")
    database = db.Database(empty_url)
    fill_audit_log(database)
    before = said(database)
    postgres.migrate(empty_url)
    alembic.command.downgrade(postgres.config(empty_url), "0003")
    assert said(database) == before
    postgres.migrate(empty_url)
    assert said(database) == before
    for place in ("NULL, seq, hash", "0, NULL, hash", "0, 9999, NULL"):
        with pytest.raises(sa.exc.IntegrityError), database.writer.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO audit_entries (strand, seq, hash, project_id, entry_pk, at, action,"
                f" subject, details) SELECT {place}, project_id, entry_pk, at, action, subject,"
                " details FROM audit_entries LIMIT 1"
            )
    database.dispose()


def said(database: db.Database) -> list[str]:
    with database.writer.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT project_id, entry_pk, at, actor_id, action, subject, details"
            " FROM audit_entries ORDER BY entry_pk"
        )
        return [repr(tuple(row)) for row in rows]


def test_files_that_are_stored_get_a_job_once_for_each_record(empty_url: str) -> None:
    """They are prepared for those who may look at them, as new ones are (0006)."""
    postgres.migrate(empty_url, "0001")
    database = db.Database(empty_url)
    fill(database)
    postgres.migrate(empty_url, "0004")
    key: object = KEY.bytes if database.is_sqlite else KEY
    with database.writer.begin() as connection:
        for name in ("a.jpg", "b.jpg"):
            connection.execute(
                sa.text(
                    "INSERT INTO attachments (project_id, submission_pk, name, digest, size, blob,"
                    " is_current, received_at) VALUES (1, :key, :name, 'd', 1, 'b', true, :now)"
                ),
                {"key": key, "name": name, "now": NOW},
            )
    postgres.migrate(empty_url)
    with Session(database.writer) as session:
        (job,) = job_queue.claim(session)
        assert (job.project_id, job.event, job.subject) == (1, "submission.files_arrived", KEY)
        session.rollback()
    alembic.command.downgrade(postgres.config(empty_url), "0004")
    with database.writer.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar_one() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM attachments").scalar_one() == 2
    database.dispose()


EXPECTED = """UPDATE submissions SET files_expected = 2, expected_files = '["ស្រី.jpg", "b.m4a"]'"""
FILE = (
    "INSERT INTO attachments (project_id, submission_pk, name, digest, size, blob, is_current,"
    " received_at) VALUES (1, :key, 'ស្រី.jpg', 'd', 1, 'b', true, :now)"
)
COPY_OF_IT = (
    "INSERT INTO prepared_files (project_id, prepared_pk, submission_pk, name, digest, part,"
    " media_type, size, blob, key_pk, bound, prepared_at) VALUES (1, :key, :key, 'ស្រី.jpg', 'd',"
    " 'copy', 'image/jpeg', 1, 'c', :key, :bytes, :now)"
)


def run(database: db.Database, *statements: str) -> None:
    wanted = {"key": KEY.bytes if database.is_sqlite else KEY, "now": NOW, "bytes": b"bytes"}
    with database.writer.begin() as connection:
        for statement in statements:
            given = {name: value for name, value in wanted.items() if f":{name}" in statement}
            connection.execute(sa.text(statement), given)


def names_of(database: db.Database, column: str) -> list[str]:
    """What submission, file and copy say."""
    places = (
        ("expected_files", "submissions"),
        (column, "attachments"),
        (column, "prepared_files"),
    )
    with database.writer.connect() as connection:
        found = [connection.exec_driver_sql(f"SELECT {name} FROM {at}") for name, at in places]
        return [str(each.scalar_one()) for each in found]


def test_s38_names_of_files_stay_on_the_way_up_down_and_up_until_they_are_sealed(
    empty_url: str,
) -> None:
    postgres.migrate(empty_url, "0001")
    database = db.Database(empty_url)
    fill(database)
    postgres.migrate(empty_url, "0011")
    run(database, EXPECTED, FILE, COPY_OF_IT)
    before = names_of(database, "name")
    postgres.migrate(empty_url)
    assert names_of(database, "name_digest")[1:] == before[1:] == ["ស្រី.jpg"] * 2
    alembic.command.downgrade(postgres.config(empty_url), "0011")
    assert names_of(database, "name") == before
    postgres.migrate(empty_url)
    run(database, "UPDATE attachments SET name_digest = 'n'")
    assert names_of(database, "name_digest")[1:] == ["n"] * 2, "a copy follows its file"
    run(database, "UPDATE attachments SET sealed_name = :bytes")
    with pytest.raises(RuntimeError, match="Nothing changed"):
        alembic.command.downgrade(postgres.config(empty_url), "0011")
    run(database, "DELETE FROM attachments", """UPDATE submissions SET expected_files = '["n"]'""")
    with pytest.raises(RuntimeError, match="Nothing changed"):
        alembic.command.downgrade(postgres.config(empty_url), "0011")
    database.dispose()


def test_roles_stay_as_they_were_and_records_get_the_place_of_their_facts(empty_url: str) -> None:
    postgres.migrate(empty_url, "0001")
    database = db.Database(empty_url)
    fill(database)
    postgres.migrate(empty_url)
    with database.writer.begin() as connection:
        found = connection.exec_driver_sql("SELECT role, area, ends_at, granted_by FROM grants")
        assert [tuple(row) for row in found] == [("reviewer", "", None, None)]
        place = connection.exec_driver_sql("SELECT place FROM submissions").scalar_one()
        assert place == "02"
        connection.exec_driver_sql(
            "INSERT INTO grants (user_id, project_id, role, area) VALUES (1, 1, 'analyst', '02')"
        )
    alembic.command.downgrade(postgres.config(empty_url), "0003")
    with database.writer.connect() as connection:  # what was limited must not become unlimited
        found = connection.exec_driver_sql("SELECT role FROM grants")
        assert [row.role for row in found] == ["reviewer"]
    database.dispose()


def test_access_to_one_record_does_not_become_access_to_all_on_the_way_down(
    empty_url: str,
) -> None:
    postgres.migrate(empty_url, "0001")
    database = db.Database(empty_url)
    fill(database)
    postgres.migrate(empty_url)
    when = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
    shared = {
        "project_id": 1, "user_id": 1, "role": "reviewer", "reason": "fault", "granted_by": 1,
        "granted_at": when, "ends_at": when,
    }  # fmt: skip
    emergencies = sa.table(
        "emergencies",
        sa.column("id"),
        *(sa.column(name) for name in shared if not name.endswith("_at")),
        sa.column("granted_at", columns.UtcDateTime),
        sa.column("ends_at", columns.UtcDateTime),
        sa.column("record_pk", columns.Uid),
    )
    with database.writer.begin() as connection:
        for number, record in ((1, None), (2, KEY)):
            row = {**shared, "id": number, "record_pk": record}
            connection.execute(sa.insert(emergencies).values(row))
    database.dispose()
    alembic.command.downgrade(postgres.config(empty_url), "0013")
    with database.writer.connect() as connection:
        assert [row.id for row in connection.exec_driver_sql("SELECT id FROM emergencies")] == [1]
    database.dispose()
