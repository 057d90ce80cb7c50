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
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from service.foundation import clock, crash_points, ids, turns
from service.foundation.keys.database import KeyDatabase
from service.foundation.keys.erasures import ErasureList
from service.foundation.keys.ring import KeyRing, KeyRingError, WrappingKey
from service.foundation.keys.wrapping import unwrap, wrap
from service.foundation.sealing import DataKey

MADE_AHEAD = 256
_AT_ONCE = 500
_STANDS_IN = uuid.UUID("7f0c2a54-6b1d-8e6a-9a57-5a6d6c656e67")
"""The one data key of project 0, under which identifiers have their stand-ins."""


class KeyStore:
    """One installation's data keys. Threads may share it, processes may have one each."""

    def __init__(self, url: str, ring: KeyRing, digest_key: bytes) -> None:
        self.ring = ring
        self.database = KeyDatabase(url)
        self.erasures = ErasureList(ring.path.with_name("erasures.jsonl"))
        self._digest_key = digest_key
        self._stands_in: hmac.HMAC | None = None
        self._pools: dict[int, deque[DataKey]] = {}
        self._filling = threading.Lock()
        self._is_prepared = self._has_tables = False
        self._keys = self.database.tables.data_keys
        self._keks = self.database.tables.wrapping_keys
        self._notes = self.database.tables.notes
        self._of_keys = sa.select(self._keys.c.key_pk, self._keys.c.kek_id, self._keys.c.wrapped)
        self._of_keys = self._of_keys.where(
            self._keys.c.project_id == sa.bindparam("project"),
            self._keys.c.key_pk.in_(sa.bindparam("keys", expanding=True)),
        )

    def dispose(self) -> None:
        self.database.dispose()

    def make_tables(self) -> None:
        """What is missing of them; needs no ring."""
        if not self._has_tables:
            with self.database.writing() as connection:
                self.database.make_tables(connection)
            self._has_tables = True

    def prepare(self) -> None:
        """Tables and the first wrapping key, where there are none. Raises KeyRingError where data
        keys are held under a wrapping key that the ring does not have."""
        with self._filling:
            if not self._is_prepared:
                self._prepare()
                self._is_prepared = True

    def _prepare(self) -> None:
        with self.database.writing() as connection:
            self.database.make_tables(connection)
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
            self.register(connection, self.ring.current())
        self._has_tables = True

    def register(self, connection: sa.Connection, key: WrappingKey) -> None:
        """Let the store know a key that wraps."""
        known = sa.select(self._keks.c.kek_id).where(self._keks.c.kek_id == key.kek_id)
        if connection.execute(known).first() is None:
            row = {"kek_id": key.kek_id, "made_at": clock.now(), "retired_at": None}
            connection.execute(self._keks.insert(), row)

    def digest(self, content_sha256: bytes) -> bytes:
        """A keyed stand-in for a content's hash: tells equal from different on this installation,
        and lets nobody who has the database alone try out what a content might be."""
        return hmac.digest(self._digest_key, content_sha256, "sha256")

    def stand_in(self, *parts: object) -> bytes:
        """16 bytes in place of an identifier, the same for as long as data keys exist: what was
        erased is known again by it, and nobody without the keys can tell what it was."""
        if self._stands_in is None:
            self._stands_in = hmac.new(self._find_or_make(_STANDS_IN).secret, digestmod="sha256")
        made = self._stands_in.copy()  # a third of what a new one takes: persons have many
        made.update("\x1f".join(map(str, parts)).encode())
        return made.digest()[:16]

    def _find_or_make(self, key_pk: uuid.UUID) -> DataKey:
        """A key of the installation itself. Two processes may try; one key stands."""
        while (held := self.find(0, key_pk)) is None:
            try:
                self._insert(0, [DataKey(key_pk=key_pk, secret=os.urandom(32))])
            except sa.exc.IntegrityError:
                continue
        return held

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
                "wrapped": wrap(kek, project_id, key),
            }
            for key in made
        ]
        # Locked: rotation, before it destroys a wrapping key, waits for whoever still uses it.
        is_valid = sa.select(self._keks.c.kek_id).where(
            self._keks.c.kek_id == kek.kek_id, self._keks.c.retired_at.is_(None)
        )
        with self.database.writing() as connection:
            self.register(connection, kek)
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
            with self.database.reading() as connection:
                asked = {"project": project_id, "keys": batch}
                rows = connection.execute(self._of_keys, asked).all()
            for row in rows:
                found[row.key_pk] = self.unwrapped(project_id, row)
        return found

    def unwrapped(self, project_id: int, row: Any) -> DataKey:
        """The key of a row of `data_keys`. Raises KeyRingError, Unsealable."""
        kek = self.ring.find(row.kek_id)
        if kek is None:
            raise KeyRingError(f"{self.ring.path} lacks key {row.kek_id}")
        return unwrap(kek, project_id, row.key_pk, bytes(row.wrapped))

    def destroy(self, project_id: int, key_pks: Iterable[uuid.UUID]) -> int:
        """Destroy keys for good, no copy left in the store's files; answers how many there were."""
        self.prepare()
        count, wanted = 0, iter(key_pks)
        while batch := list(islice(wanted, _AT_ONCE)):
            gone = self._keys.delete().where(
                self._keys.c.project_id == project_id, self._keys.c.key_pk.in_(batch)
            )
            with self.database.writing() as connection:
                count += connection.execute(gone).rowcount
        self.database.truncate_log()
        return count

    def held(self, project_id: int, key_pks: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
        """Those that were not destroyed."""
        self.prepare()
        found: set[uuid.UUID] = set()
        wanted = iter(key_pks)
        while batch := list(islice(wanted, _AT_ONCE)):
            query = sa.select(self._keys.c.key_pk).where(
                self._keys.c.project_id == project_id, self._keys.c.key_pk.in_(batch)
            )
            with self.database.reading() as connection:
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    # --- notes ----------------------------------------------------------------------------------
    def is_noted(self, name: str) -> bool:
        """Whether something that is done once has been done."""
        return self.noted_at(name) is not None

    def noted_at(self, name: str) -> dt.datetime | None:
        self.prepare()
        with self.database.reading() as connection:
            known = sa.select(self._notes.c.noted_at).where(self._notes.c.name == name)
            found: dt.datetime | None = connection.execute(known).scalar()
            return found

    def note(self, name: str) -> None:
        self.prepare()
        if not self.is_noted(name):
            with self.database.writing() as connection:
                connection.execute(self._notes.insert(), {"name": name, "noted_at": clock.now()})

    def note_again(self, name: str) -> None:
        """For what may happen more than once: the last time counts."""
        self.prepare()
        with self.database.writing() as connection:
            connection.execute(self._notes.delete().where(self._notes.c.name == name))
            connection.execute(self._notes.insert(), {"name": name, "noted_at": clock.now()})

    def count(self) -> int:
        self.prepare()
        with self.database.reading() as connection:
            return (
                connection.execute(sa.select(sa.func.count()).select_from(self._keys)).scalar() or 0
            )

    def newest_wrapping_key_at(self) -> dt.datetime | None:
        """When the key that wraps now was first used."""
        self.prepare()
        with self.database.reading() as connection:
            made: dt.datetime | None = connection.execute(
                sa.select(sa.func.max(self._keks.c.made_at))
            ).scalar()
            return made


def digest_key(secret_hex: str) -> bytes:
    """The key of `KeyStore.digest`, from a secret of the installation."""
    return hashlib.sha256(b"samleng digest " + bytes.fromhex(secret_hex)).digest()


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
