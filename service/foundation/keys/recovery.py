"""The recovery copy: the wrapping keys, sealed to a key on paper, kept in the key store.

So a backup of the store and the paper bring back everything, on a new machine, without the file
of wrapping keys. Whoever has the backup without the paper has nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from service.foundation import clock
from service.foundation.keys import paper
from service.foundation.keys.ring import KeyRingError, WrappingKey, as_file
from service.foundation.keys.store import KeyStore

PROVEN_FOR = dt.timedelta(days=365)
"""Paper gets lost: once a year somebody shows that it is still there."""


@dataclass(frozen=True, kw_only=True)
class RecoveryCopy:
    """As it stands in the store."""

    public_key: bytes
    sealed: bytes = field(repr=False)
    kek_ids: frozenset[str]
    proven_at: dt.datetime | None

    def is_proven(self, now: dt.datetime) -> bool:
        return self.proven_at is not None and now < self.proven_at + PROVEN_FOR


def find(store: KeyStore) -> RecoveryCopy | None:
    """The copy, if one was ever made. Needs no ring."""
    store.make_tables()
    copies = store.database.tables.recovery_copies
    with store.database.reading() as connection:
        row = connection.execute(sa.select(copies)).first()
    if row is None:
        return None
    return RecoveryCopy(
        public_key=bytes(row.public_key),
        sealed=bytes(row.sealed),
        kek_ids=frozenset(row.kek_ids.split()),
        proven_at=row.proven_at,
    )


def make(store: KeyStore) -> paper.RecoveryKey:
    """A new recovery key, and the ring sealed to it in place of an earlier copy. The key is kept
    nowhere: show it to whoever writes it down."""
    store.prepare()
    key = paper.new_key()
    _keep(store, key.public, store.ring.keys(), proven_at=None)
    return key


def prove(store: KeyStore, key: paper.RecoveryKey) -> bool:
    """Whether the key on paper opens the copy and finds in it what the ring holds. If so, that is
    noted."""
    store.prepare()
    copy = find(store)
    found = key.open(copy.sealed) if copy is not None else None
    if copy is None or found is None or json.loads(found) != json.loads(store.ring.dump()):
        return False
    copies = store.database.tables.recovery_copies
    with store.database.writing() as connection:
        mine = copies.c.public_key == copy.public_key
        done = connection.execute(copies.update().where(mine).values(proven_at=clock.now()))
    return bool(done.rowcount)


def restore(store: KeyStore, key: paper.RecoveryKey) -> bool:
    """Write the file of wrapping keys, where it is lost, from the copy; False where the key is
    not the one. Raises KeyRingError where there is a file or no copy."""
    copy = find(store)
    if copy is None:
        raise KeyRingError("This key store holds no recovery copy: is it the right backup?")
    found = key.open(copy.sealed)
    if found is None:
        return False
    store.ring.restore(found)
    return True


def seal_again(store: KeyStore, ring: Iterable[WrappingKey]) -> None:
    """Let the copy, if there is one, hold these wrapping keys. What was proven of it stands: the
    paper is the same."""
    copy = find(store)
    if copy is not None:
        _keep(store, copy.public_key, ring, proven_at=copy.proven_at)


def seal_if_stale(store: KeyStore) -> None:
    """After a rotation that was killed between the ring and its copy."""
    copy = find(store)
    if copy is not None and copy.kek_ids != store.ring.ids():
        _keep(store, copy.public_key, store.ring.keys(), proven_at=copy.proven_at)


def _keep(
    store: KeyStore, public: bytes, ring: Iterable[WrappingKey], proven_at: dt.datetime | None
) -> None:
    held = list(ring)
    copies = store.database.tables.recovery_copies
    row = {
        "public_key": public,
        "sealed": paper.seal_for(public, as_file(held)),
        "kek_ids": " ".join(key.kek_id for key in held),
        "made_at": clock.now(),
        "proven_at": proven_at,
    }
    with store.database.writing() as connection:
        connection.execute(copies.delete())
        connection.execute(copies.insert(), row)
    store.database.truncate_log()
