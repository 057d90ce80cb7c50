"""An installation that can be backed up, put back and killed, on both databases."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.foundation import db, keys
from service.foundation.db import Base
from service.foundation.settings import Settings
from tests import commands

OF_RECORDS = (
    "submissions", "submission_xml", "attachments", "prepared_files", "households",
    "consents", "removed_codes", "persons", "needs", "signatures", "narrowed_consents",
    "withdrawals", "jobs", "person_mentions", "person_keys", "person_pairs", "person_decisions",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Backup:
    """Yesterday's copy of records, blobs and data keys."""

    rows: dict[str, list[dict[str, Any]]]
    keys: list[dict[str, Any]]
    store: list[bytes]
    """Whatever else lies in the key store: every value of bytes in any table."""
    blobs: Path


def back_up(settings: Settings, place: Path) -> Backup:
    with db.reading() as session:
        rows = {
            name: [dict(row) for row in session.execute(sa.select(table)).mappings()]
            for name in OF_RECORDS
            for table in [Base.metadata.tables[name]]
        }
    shutil.copytree(settings.blobs_dir, place)
    return Backup(rows=rows, keys=key_rows(), store=store_values(), blobs=place)


def key_rows() -> list[dict[str, Any]]:
    """Every data key there is, wrapped."""
    store = keys.current()
    store.prepare()
    with store.database.reading() as connection:
        return [dict(row) for row in connection.execute(sa.select(store._keys)).mappings()]


def store_values() -> list[bytes]:
    database = keys.current().database
    held = sa.MetaData(schema=database.tables.metadata.schema)
    with database.reading() as connection:
        held.reflect(connection)
        return [
            bytes(value)
            for table in held.tables.values()
            for row in connection.execute(sa.select(table))
            for value in row
            if isinstance(value, bytes)
        ]


def put_back(backup: Backup, settings: Settings, *, keys_too: bool) -> None:
    """Everything as it was; the list of erasures lies elsewhere, and stays."""
    with db.unit_of_work() as session:
        for name in reversed(OF_RECORDS):
            session.execute(sa.delete(Base.metadata.tables[name]))
        for name in OF_RECORDS:
            if backup.rows[name]:
                session.execute(sa.insert(Base.metadata.tables[name]), backup.rows[name])
    put_back_blobs(backup, settings)
    if keys_too:
        put_back_keys(backup)


def put_back_blobs(backup: Backup, settings: Settings) -> None:
    shutil.rmtree(settings.blobs_dir)
    shutil.copytree(backup.blobs, settings.blobs_dir)


def put_back_keys(backup: Backup) -> None:
    store = keys.current()
    with store.database.writing() as connection:
        connection.execute(store._keys.delete())
        connection.execute(store._keys.insert(), backup.keys)


def withdraw_and_be_killed(
    settings: Settings, code: str, at: str, scopes: tuple[str, ...] = ()
) -> int:
    """Give a code in another process, which a SIGKILL meets there; answers how it ended."""
    ask = (
        f"actions.ask_by_code(1, {code!r}, network='n', scopes={scopes!r},"
        "blobs=app.extensions['samleng.blobs'])"
    )
    return do_and_be_killed(settings, ask, at)


def do_and_be_killed(settings: Settings, act: str, at: str) -> int:
    """Run a line of Python in another process, which a SIGKILL meets at that point; answers how
    it ended. It knows `app`, and `actions` of consent."""
    environment = {
        **os.environ,
        "SAMLENG_DATA_DIR": str(settings.data_dir),
        "SAMLENG_DATABASE_URL": settings.database_url,
        "SAMLENG_KEYS_DATABASE_URL": settings.keys_database_url,
        "SAMLENG_KEY_FILE": str(settings.key_file),
        "SAMLENG_SECRETS_FILE": str(settings.secrets_file),
    }
    program = (
        "from service.app import create_app; from service.consent import actions\n"
        "from service.foundation import crash_points\n"
        f"crash_points._ARMED = {at!r}  # as it would be, had this process imported it itself\n"
        f"app = create_app();{act}"
    )
    return commands.run((), environment, program=program).returncode
