"""Data keys, wrapped, in a store of their own: another SQLite file, another PostgreSQL schema.

Backups of the data may live for years and those of this store for weeks, so a destroyed key is
destroyed everywhere. Keys are made ahead, many in one durable commit: a submission takes one from
memory and costs the store nothing. One that is never used stays a row of 90 bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.foundation import clock, crash_points, durability, ids, turns
from service.foundation.columns import Uid, UtcDateTime
from service.foundation.db import as_problems
from service.foundation.keys.ring import KeyRing, KeyRingError, WrappingKey
from service.foundation.sealing import DataKey, Unsealable

MADE_AHEAD = 256
_AT_ONCE = 500
_SCHEMA = "samleng_keys"
_NONCE = 12
_LOCK = 7_302_711
"""PostgreSQL's advisory lock of whoever makes the tables."""


class KeyStore:
    """One installation's data keys. Threads may share it, processes may have one each."""

    def __init__(self, url: str, ring: KeyRing, digest_key: bytes) -> None:
        self.ring = ring
        self._digest_key = digest_key
        self._is_sqlite = url.startswith("sqlite")
        if self._is_sqlite:
            args = {"check_same_thread": False}
            self._engine = sa.create_engine(url, connect_args=args, hide_parameters=True)
            sa.event.listen(self._engine, "connect", durability.prepare_sqlite)
            sa.event.listen(self._engine, "begin", durability.begin_immediate)
            self._reader = sa.create_engine(url, connect_args=args, hide_parameters=True)
            sa.event.listen(self._reader, "connect", durability.prepare_sqlite_reader)
            sa.event.listen(self._reader, "begin", durability.begin_deferred)
        else:
            self._engine = sa.create_engine(url, pool_size=2, hide_parameters=True)
            sa.event.listen(self._engine, "connect", durability.verify_postgresql)
            self._reader = self._engine
        self._metadata = sa.MetaData(schema=None if self._is_sqlite else _SCHEMA)
        self._keys = _data_keys(self._metadata)
        self._keks = _wrapping_keys(self._metadata)
        self._notes = _notes(self._metadata)
        self._pools: dict[int, deque[DataKey]] = {}
        self._filling = threading.Lock()
        self._is_prepared = False

    def dispose(self) -> None:
        self._engine.dispose()
        self._reader.dispose()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction; a store that is full, busy or away is a Problem, never a 500."""
        with as_problems(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with as_problems(), self._reader.connect() as connection:
            yield connection

    def prepare(self) -> None:
        """Tables and the first wrapping key, where there are none. Raises KeyRingError where data
        keys are held under a wrapping key that the ring does not have."""
        with self._filling:
            if not self._is_prepared:
                self._prepare()
                self._is_prepared = True

    def _prepare(self) -> None:
        with self._writing() as connection:
            if not self._is_sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
                connection.execute(sa.schema.CreateSchema(_SCHEMA, if_not_exists=True))
            self._metadata.create_all(connection)
            in_use = sa.select(self._keks.c.kek_id).where(self._keks.c.retired_at.is_(None))
            needed = set(connection.execute(in_use).scalars())
            if not needed and not self.ring.exists:
                self.ring.make()
            missing = needed - self.ring.ids()
            if missing:
                raise KeyRingError(
                    f"{self.ring.path} lacks the keys under which what is stored was sealed "
                    f"({', '.join(sorted(missing))}). Put the right file back from your copy "
                    "(docs/for-operators.md, Backup)"
                )
            self._register(connection, self.ring.current())

    def _register(self, connection: sa.Connection, key: WrappingKey) -> None:
        known = sa.select(self._keks.c.kek_id).where(self._keks.c.kek_id == key.kek_id)
        if connection.execute(known).first() is None:
            row = {"kek_id": key.kek_id, "made_at": clock.now(), "retired_at": None}
            connection.execute(self._keks.insert(), row)

    # --- using keys -----------------------------------------------------------------------------
    def digest(self, content_sha256: bytes) -> bytes:
        """A keyed stand-in for a content's hash: tells equal from different on this installation,
        and lets nobody who has the database alone try out what a content might be."""
        return hmac.digest(self._digest_key, content_sha256, "sha256")

    def take(self, project_id: int) -> DataKey:
        """A key that was never used, durable already."""
        pool = self._pools.setdefault(project_id, deque())
        while True:
            try:
                return pool.popleft()
            except IndexError:
                self._fill(project_id, pool)

    def _fill(self, project_id: int, pool: deque[DataKey]) -> None:
        self.prepare()
        with turns.aside(), self._filling:
            if pool:
                return
            made = [
                DataKey(key_pk=ids.new_uuid(), secret=os.urandom(32)) for _ in range(MADE_AHEAD)
            ]
            while not self._insert(project_id, made):  # rotated meanwhile: wrap under the new one
                self.ring.ids()
            crash_points.reached("after_keys")
            pool.extend(made)

    def _insert(self, project_id: int, made: Sequence[DataKey]) -> bool:
        kek = self.ring.current()
        rows = [
            {
                "project_id": project_id,
                "key_pk": key.key_pk,
                "kek_id": kek.kek_id,
                "wrapped": _wrap(kek, project_id, key),
            }
            for key in made
        ]
        # Locked: rotation, before it destroys a wrapping key, waits for whoever still uses it.
        is_valid = sa.select(self._keks.c.kek_id).where(
            self._keks.c.kek_id == kek.kek_id, self._keks.c.retired_at.is_(None)
        )
        with self._writing() as connection:
            self._register(connection, kek)
            if connection.execute(is_valid.with_for_update(read=True)).first() is None:
                return False
            connection.execute(self._keys.insert(), rows)
        return True

    def find(self, project_id: int, key_pk: uuid.UUID) -> DataKey | None:
        """The key, or None where it was destroyed."""
        return self.find_many(project_id, [key_pk]).get(key_pk)

    def find_many(
        self, project_id: int, key_pks: Iterable[uuid.UUID]
    ) -> Mapping[uuid.UUID, DataKey]:
        """Those that were not destroyed. Raises KeyRingError or Unsealable for what cannot be
        unwrapped. Never remembered here: what is destroyed is so for every process at once."""
        self.prepare()
        found: dict[uuid.UUID, DataKey] = {}
        wanted = iter(key_pks)
        while batch := list(islice(wanted, _AT_ONCE)):
            query = sa.select(self._keys.c.key_pk, self._keys.c.kek_id, self._keys.c.wrapped).where(
                self._keys.c.project_id == project_id, self._keys.c.key_pk.in_(batch)
            )
            with self._reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                found[row.key_pk] = self._unwrapped(project_id, row)
        return found

    def _unwrapped(self, project_id: int, row: Any) -> DataKey:
        kek = self.ring.find(row.kek_id)
        if kek is None:
            raise KeyRingError(f"{self.ring.path} lacks key {row.kek_id}")
        return _unwrap(kek, project_id, row.key_pk, bytes(row.wrapped))

    def destroy(self, project_id: int, key_pks: Iterable[uuid.UUID]) -> int:
        """Destroy keys for good, no copy left in the store's files; answers how many there were."""
        self.prepare()
        count, wanted = 0, iter(key_pks)
        while batch := list(islice(wanted, _AT_ONCE)):
            gone = self._keys.delete().where(
                self._keys.c.project_id == project_id, self._keys.c.key_pk.in_(batch)
            )
            with self._writing() as connection:
                count += connection.execute(gone).rowcount
        self._truncate_log()
        return count

    def _truncate_log(self) -> None:
        if self._is_sqlite:
            raw = self._engine.raw_connection()
            try:
                raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
            finally:
                raw.close()

    # --- rotation -------------------------------------------------------------------------------
    def rotate(self, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Wrap every data key anew under a new wrapping key, then destroy the older ones; answers
        how many were wrapped. While it runs both are readable. Killed at any moment, it is taken
        up where it was by calling it again."""
        self.prepare()
        if len(self.ring.ids()) == 1:
            self.ring.add()
        new = self.ring.current()
        with self._writing() as connection:
            self._register(connection, new)
        count = 0
        while True:
            count += self._wrap_all(new, progress)
            crash_points.reached("after_rewrap")
            if self._retire(new):
                break
        crash_points.reached("after_retire")
        self._truncate_log()
        self.ring.drop_others()
        return count

    def _wrap_all(self, new: WrappingKey, progress: Callable[[int], None]) -> int:
        keys, done = self._keys, 0
        last: tuple[int, uuid.UUID] | None = None
        while True:
            query = sa.select(keys).order_by(keys.c.project_id, keys.c.key_pk).limit(_AT_ONCE)
            if last is not None:
                query = query.where(sa.tuple_(keys.c.project_id, keys.c.key_pk) > last)
            with self._writing() as connection:
                rows = connection.execute(query).all()
                if not rows:
                    return done
                last = (rows[-1].project_id, rows[-1].key_pk)
                old = [row for row in rows if row.kek_id != new.kek_id]
                if old:
                    connection.execute(*self._rewrapping(new, old))
            done += len(old)
            progress(done)

    def _rewrapping(
        self, new: WrappingKey, rows: Sequence[sa.Row[tuple[int, uuid.UUID, str, bytes]]]
    ) -> tuple[sa.Update, list[dict[str, object]]]:
        statement = (
            self._keys.update()
            .where(
                self._keys.c.project_id == sa.bindparam("of_project"),
                self._keys.c.key_pk == sa.bindparam("of_key"),
            )
            .values(kek_id=sa.bindparam("new_kek"), wrapped=sa.bindparam("new_wrapped"))
        )
        values: list[dict[str, object]] = []
        for row in rows:
            key = self._unwrapped(row.project_id, row)
            values.append(
                {
                    "of_project": row.project_id,
                    "of_key": row.key_pk,
                    "new_kek": new.kek_id,
                    "new_wrapped": _wrap(new, row.project_id, key),
                }
            )
        return statement, values

    def _retire(self, new: WrappingKey) -> bool:
        """Let nobody wrap under older keys any more; False if somebody did while we worked."""
        others = self._keks.c.kek_id != new.kek_id
        left = sa.select(sa.func.count()).where(self._keys.c.kek_id != new.kek_id)
        with self._writing() as connection:
            connection.execute(
                self._keks.update()
                .where(others, self._keks.c.retired_at.is_(None))
                .values(retired_at=clock.now())
            )
            is_done = connection.execute(left).scalar() == 0
            if not is_done:
                connection.rollback()
        return is_done

    # --- notes ----------------------------------------------------------------------------------
    def is_noted(self, name: str) -> bool:
        """Whether something that is done once has been done."""
        self.prepare()
        with self._reading() as connection:
            known = sa.select(self._notes.c.name).where(self._notes.c.name == name)
            return connection.execute(known).first() is not None

    def note(self, name: str) -> None:
        self.prepare()
        if not self.is_noted(name):
            with self._writing() as connection:
                connection.execute(self._notes.insert(), {"name": name, "noted_at": clock.now()})

    def count(self) -> int:
        self.prepare()
        with self._reading() as connection:
            return (
                connection.execute(sa.select(sa.func.count()).select_from(self._keys)).scalar() or 0
            )

    def newest_wrapping_key_at(self) -> dt.datetime | None:
        """When the key that wraps now was first used."""
        self.prepare()
        with self._reading() as connection:
            made: dt.datetime | None = connection.execute(
                sa.select(sa.func.max(self._keks.c.made_at))
            ).scalar()
            return made


def digest_key(secret_hex: str) -> bytes:
    """The key of `KeyStore.digest`, from a secret of the installation."""
    return hashlib.sha256(b"samleng digest " + bytes.fromhex(secret_hex)).digest()


def _data_keys(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "data_keys",
        metadata,
        sa.Column("project_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key_pk", Uid, primary_key=True),
        sa.Column("kek_id", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )


def _wrapping_keys(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "wrapping_keys",
        metadata,
        sa.Column("kek_id", sa.String(16), primary_key=True),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.Column("retired_at", UtcDateTime),
    )


def _notes(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "notes",
        metadata,
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("noted_at", UtcDateTime, nullable=False),
    )


def _wrap(kek: WrappingKey, project_id: int, key: DataKey) -> bytes:
    nonce = os.urandom(_NONCE)
    bound = _bound(kek.kek_id, project_id, key.key_pk)
    return nonce + AESGCM(kek.secret).encrypt(nonce, key.secret, bound)


def _unwrap(kek: WrappingKey, project_id: int, key_pk: uuid.UUID, wrapped: bytes) -> DataKey:
    bound = _bound(kek.kek_id, project_id, key_pk)
    try:
        secret = AESGCM(kek.secret).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise Unsealable from None
    return DataKey(key_pk=key_pk, secret=secret)


def _bound(kek_id: str, project_id: int, key_pk: uuid.UUID) -> bytes:
    return f"data key|{kek_id}|{project_id}|{key_pk.hex}".encode()


# --- the store of this process ------------------------------------------------------------------
_current: KeyStore | None = None


def use(store: KeyStore | None) -> None:
    """Make `store` the one that `current()` means."""
    global _current  # noqa: PLW0603 - a process has one key store
    _current = store


def current() -> KeyStore:
    if _current is None:
        raise RuntimeError("no key store: create_app() or keys.use() comes first")
    return _current
