"""A PostgreSQL database that one test has after the other, emptied between them, and the
connections to it, which are tidied up and handed on.

To make and drop a database is a third of what a test costs the server; to open connections, each
of which reads again what tables there are, is most of the rest. What a test changed but rows, or
left connected, is noticed: then the next one has a new copy of the template, as it has after `USES`
tests, and as a test has that is marked `fresh_database`.
"""

from __future__ import annotations

import itertools
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import pq
from psycopg.adapt import AdaptersMap

from service.foundation.keys.database import KeyDatabase
from tests import postgres

USES = 40
IDLE = 8
"""Connections that are kept; a test seldom opens more."""
LARGE = 8_000_000
_OWN = "tests_own"
_NOTICE = f"""
CREATE SCHEMA {_OWN};
CREATE SEQUENCE {_OWN}.changes;
CREATE FUNCTION {_OWN}.changed() RETURNS event_trigger SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
  IF tg_event = 'sql_drop' OR EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands()) THEN
    PERFORM nextval('{_OWN}.changes');
  END IF;
END $$;
CREATE EVENT TRIGGER tests_changed ON ddl_command_end EXECUTE FUNCTION {_OWN}.changed();
CREATE EVENT TRIGGER tests_dropped ON sql_drop EXECUTE FUNCTION {_OWN}.changed();
"""
_AS_IT_WAS = f"""
SELECT NOT (SELECT is_called FROM {_OWN}.changes)
  AND %s = (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384)
  AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
                  AND backend_type = 'client backend' AND pid <> ALL (%s))
  AND NOT EXISTS (SELECT 1 FROM pg_db_role_setting JOIN pg_database ON setdatabase = pg_database.oid
                  WHERE datname = current_database())
  AND (SELECT version_num FROM alembic_version) = %s
"""
_ANALYZED = "SELECT count(*) FROM pg_statistic WHERE starelid >= 16384"
"""Not none at first: PostgreSQL analyzes the template by itself, after a minute or two."""
_FILLED = """
SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
"""
_NUMBERED = f"""
SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
FROM pg_sequences WHERE last_value IS NOT NULL AND schemaname <> '{_OWN}'
"""


def prepare(template_url: str) -> None:
    """So that what is made of it notices a change, and has the tables of keys."""
    keys = KeyDatabase(template_url)
    with keys.writing() as connection:
        keys.make_tables(connection)
    keys.dispose()
    with psycopg.connect(_address(template_url), autocommit=True) as administrator:
        administrator.execute(_NOTICE)


def _address(url: str) -> str:
    return url.replace("+psycopg", "")


class Standing:
    """The database, by its URL; one for each process of the run."""

    def __init__(self, copies: postgres.Copies) -> None:
        self._copies, self._uses = copies, itertools.count()
        self._url, self._name, self._revision = "", "", ""
        self._analyzed = 0
        self._keeper: psycopg.Connection[Any] | None = None
        self._idle: list[pq.abc.PGconn] = []

    def next(self, *, fresh: bool = False) -> str:
        """URL of an empty database with the schema; `fresh`: that no test had before."""
        if fresh:
            self.end()
            return self._copies.next()
        if self._keeper is None or next(self._uses) >= USES or not self._emptied(self._keeper):
            self._begin()
        return self._url

    def _begin(self) -> None:
        self.end()
        self._url, self._uses = self._copies.next(), itertools.count(1)
        self._name = str(sa.make_url(self._url).database)
        self._keeper = psycopg.connect(_address(self._url), autocommit=True)
        found = self._keeper.execute("SELECT version_num FROM alembic_version").fetchone()
        self._revision = found[0] if found else ""
        counted = self._keeper.execute(_ANALYZED).fetchone()
        self._analyzed = counted[0] if counted else 0

    def _emptied(self, keeper: psycopg.Connection[Any]) -> bool:
        """Whether it is as it was made, now that its rows are gone."""
        ours = [one.backend_pid for one in (keeper.pgconn, *self._idle)]
        try:
            as_made = [self._analyzed, ours, self._revision]
            if keeper.execute(_AS_IT_WAS, as_made).fetchone() != (True,):
                return False
            filled = dict(keeper.execute(_FILLED).fetchall())
            if sum(filled.values()) > LARGE:
                return False
            gone = "; ".join(f"DELETE FROM {table}" for table in filled) or "SELECT 1"
            keeper.execute("SET session_replication_role = replica")  # nobody is asked, no trigger
            keeper.execute(gone)  # type: ignore[arg-type]
            keeper.execute(_NUMBERED)
        except psycopg.Error:
            return False
        return True

    def end(self) -> None:
        while self._idle:
            self._idle.pop().finish()
        if self._keeper is not None:
            self._keeper.close()
        self._keeper, self._name = None, ""

    def connect(self, args: Any, params: dict[str, Any]) -> psycopg.Connection[Any] | None:
        """One that is left from before, as new, or a new one; None: to another database."""
        if not self._name or params.get("dbname") != self._name:
            return None
        if not self._idle:
            opened = Kept.connect(*args, **params)
        else:
            opened = Kept(self._idle.pop())
            opened.prepare_threshold = params.get("prepare_threshold", 5)
            if params.get("context"):
                opened._adapters = AdaptersMap(params["context"].adapters)
        opened.standing = self
        return opened

    def take_back(self, used: pq.abc.PGconn) -> bool:
        """Whether it is kept: a test may have left it in the middle of something."""
        status = used.transaction_status
        if used.db.decode() != self._name or len(self._idle) >= IDLE:
            return False
        if status not in (_IDLE, *_IN_TRANSACTION):
            return False
        asked = [b"ROLLBACK"] * (status in _IN_TRANSACTION) + [b"DISCARD ALL"]
        if any(used.exec_(one).status != pq.ExecStatus.COMMAND_OK for one in asked):
            return False
        self._idle.append(used)
        return True


_IDLE = pq.TransactionStatus.IDLE
_IN_TRANSACTION = (pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR)


class Kept(psycopg.Connection[Any]):
    """What closes it has an object that is closed; what lies behind it is handed on."""

    standing: Standing

    def close(self) -> None:
        if self.closed:
            return
        used, self.pgconn, self._closed = self.pgconn, _nothing(), True
        if not self.standing.take_back(used):
            used.finish()


def _nothing() -> pq.abc.PGconn:
    """Of a connection that is closed."""
    made = pq.PGconn.connect(b"host=/nowhere/at/all")
    made.finish()
    return made
