"""The recovery copy: the wrapping keys, sealed to a key on paper, in a file of its own.

A backup of the key store, the paper, and this copy bring back everything on a new machine; two of
them are nothing. The copy never lies in the store: it would be in every backup of it, and the
paper would open the oldest of them for ever. There is one, kept beside the paper, and a rotation
makes another, which takes its place. Here it lies beside the file of wrapping keys.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from service.foundation import clock, directories
from service.foundation.keys import files, paper
from service.foundation.keys.ring import KeyRingError, WrappingKey, as_file
from service.foundation.keys.store import KeyStore

PROVEN_FOR = dt.timedelta(days=365)
"""Paper gets lost: once a year somebody shows that it is still there."""
STORE_BACKUPS = dt.timedelta(days=31)
"""After so long no backup of the key store from an earlier release is left, in which a copy was."""
FORMAT = "samleng recovery copy 1"


@dataclass(frozen=True, kw_only=True)
class RecoveryCopy:
    """The copy as it stands here."""

    public_key: bytes
    sealed: bytes = field(repr=False)
    kek_ids: frozenset[str]
    proven_at: dt.datetime | None = None
    """When somebody last typed the paper, and had the copy that is kept beside it."""
    proven_kek_ids: frozenset[str] = frozenset()
    """The wrapping keys that were in that one."""
    replaced_at: dt.datetime | None = None
    """When that one was first seen to hold them: the one before it is gone since."""
    moved_at: dt.datetime | None = None
    """When it was taken out of the key store, where an earlier release kept it."""

    def is_proven(self, now: dt.datetime) -> bool:
        return self.proven_at is not None and now < self.proven_at + PROVEN_FOR

    @property
    def is_kept(self) -> bool:
        """Whether the one beside the paper holds today's wrapping keys."""
        return self.proven_kek_ids == self.kek_ids


@dataclass(frozen=True, kw_only=True)
class Closed:
    """From when on older copies of the key store open nothing, with all keys that exist."""

    before: dt.datetime
    """Of data keys that were destroyed before this moment."""
    at: dt.datetime


def path_of(store: KeyStore) -> Path:
    return store.ring.path.with_name("recovery.json")


def find(store: KeyStore) -> RecoveryCopy | None:
    """The copy, if one was ever made. Needs no ring. Raises KeyRingError where it is damaged."""
    path = path_of(store)
    return _read(path.read_bytes(), path) if path.exists() else None


def was_proven(store: KeyStore) -> bool:
    """Whether somebody ever read the key back from the paper. Raises as `find`."""
    copy = find(store)
    return copy is not None and copy.proven_at is not None


def read(path: Path) -> RecoveryCopy:
    """The copy that is kept elsewhere. Raises KeyRingError for what is none."""
    try:
        return _read(path.read_bytes(), path)
    except OSError as error:
        raise KeyRingError(f"{path} cannot be read: {error.strerror}") from None


def make(store: KeyStore) -> paper.RecoveryKey:
    """A new recovery key, and the ring sealed to it in place of an earlier copy. The key is kept
    nowhere: show it to whoever writes it down."""
    store.prepare()
    key = paper.new_key()
    _keep(store, _sealed(key.public, store.ring.keys()))
    return key


def hand_out(store: KeyStore, to: Path) -> None:
    """Write the copy where it is kept, over the one that lies there; its bytes are overwritten.
    Raises KeyRingError where there is none to hand out, or something else lies there."""
    copy = find(store)
    if copy is None:
        raise KeyRingError("There is no recovery key yet")
    _write_over(to, copy)


def prove(store: KeyStore, key: paper.RecoveryKey, kept: RecoveryCopy) -> bool:
    """Whether the key on paper opens the copy that is kept beside it, and finds in it what the
    ring holds. If so, that is noted."""
    store.prepare()
    copy, found = find(store), key.open(kept.sealed)
    if copy is None or found is None or copy.public_key != key.public:
        return False
    if json.loads(found) != json.loads(store.ring.dump()):
        return False
    now = clock.now()
    replaced_at = copy.replaced_at if copy.is_kept else now
    noted = replace(
        copy, proven_at=now, proven_kek_ids=store.ring.ids(), replaced_at=replaced_at or now
    )
    _keep(store, noted)
    return True


def restore(store: KeyStore, key: paper.RecoveryKey, kept: RecoveryCopy) -> bool:
    """Write the file of wrapping keys, where it is lost, from the copy; False where the key is
    not the one. Raises KeyRingError where there is a file."""
    found = key.open(kept.sealed)
    if found is None:
        return False
    store.ring.restore(found)
    _keep(store, replace(kept, proven_at=None, proven_kek_ids=frozenset(), replaced_at=None))
    return True


def seal_again(store: KeyStore, ring: Iterable[WrappingKey], to: Path | None = None) -> None:
    """Let the copy, if there is one, hold these wrapping keys, and the one kept elsewhere too,
    where that is at hand (`to`). The paper is the same."""
    copy = find(store)
    if copy is not None:
        fresh = _sealed(copy.public_key, ring)
        fresh = replace(copy, sealed=fresh.sealed, kek_ids=fresh.kek_ids)
        _keep(store, fresh)
        if to is not None:
            _write_over(to, fresh)


def seal_if_stale(store: KeyStore) -> None:
    """After a rotation that was killed between the ring and its copy."""
    copy = find(store)
    if copy is not None and copy.kek_ids != store.ring.ids():
        seal_again(store, store.ring.keys())


def closed(store: KeyStore) -> Closed | None:
    """None while older copies of the key store could still be opened: during a rotation, until the
    copy beside the paper was replaced, and as long as there may be backups with a copy in them."""
    since, copy = store.newest_wrapping_key_at(), find(store)
    if since is None or len(store.ring.ids()) != 1:
        return None
    if copy is None:
        return Closed(before=since, at=since)
    if copy.moved_at is not None and clock.now() < copy.moved_at + STORE_BACKUPS:
        return None
    if not copy.is_kept or copy.replaced_at is None:
        return None
    return Closed(before=since, at=max(since, copy.replaced_at))


# --- the copy of an earlier release -------------------------------------------------------------
def find_in_store(store: KeyStore) -> RecoveryCopy | None:
    """The copy that an earlier release kept in the key store, and so in its backups."""
    copies = store.database.earlier_copies()
    if copies is None:
        return None
    with store.database.reading() as connection:
        row = connection.execute(sa.select(copies)).first()
    if row is None:
        return None
    kek_ids = frozenset(row.kek_ids.split())
    return RecoveryCopy(
        public_key=bytes(row.public_key),
        sealed=bytes(row.sealed),
        kek_ids=kek_ids,
        proven_at=row.proven_at,
        moved_at=clock.now(),
    )


def move_out(store: KeyStore) -> None:
    """Take it out of the store, for good, and keep it as today's are kept. Killed between, it is
    done again: the file comes first."""
    if store.database.earlier_copies() is None:
        return
    copy = find_in_store(store)
    if copy is not None and find(store) is None:
        _keep(store, copy)
    store.database.drop_earlier_copies()


# --- the file -----------------------------------------------------------------------------------
def _sealed(public: bytes, ring: Iterable[WrappingKey]) -> RecoveryCopy:
    held = list(ring)
    return RecoveryCopy(
        public_key=public,
        sealed=paper.seal_for(public, as_file(held)),
        kek_ids=frozenset(key.kek_id for key in held),
    )


def _keep(store: KeyStore, copy: RecoveryCopy) -> None:
    path = path_of(store)
    directories.make(path.parent)
    files.replace(path, _dump(copy))


def _write_over(to: Path, copy: RecoveryCopy) -> None:
    if to.exists():
        read(to)  # raises for anything else that lies there
    try:
        files.replace(to, _dump(_sealed_only(copy)))
    except OSError as error:
        raise KeyRingError(f"{to} cannot be written: {error.strerror}") from None


def _sealed_only(copy: RecoveryCopy) -> RecoveryCopy:
    return RecoveryCopy(public_key=copy.public_key, sealed=copy.sealed, kek_ids=copy.kek_ids)


def _dump(copy: RecoveryCopy) -> bytes:
    held: dict[str, Any] = {
        "format": FORMAT,
        "public_key": copy.public_key.hex(),
        "sealed": base64.b64encode(copy.sealed).decode(),
        "kek_ids": sorted(copy.kek_ids),
        "proven_kek_ids": sorted(copy.proven_kek_ids),
        **{name: _iso(getattr(copy, name)) for name in _TIMES},
    }
    return json.dumps({name: value for name, value in held.items() if value}, indent=1).encode()


_TIMES = ("proven_at", "replaced_at", "moved_at")


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read(held: bytes, path: Path) -> RecoveryCopy:
    try:
        said = json.loads(held)
        if said["format"] != FORMAT:
            raise ValueError(said["format"])
        times = {name: dt.datetime.fromisoformat(said[name]) for name in _TIMES if name in said}
        return RecoveryCopy(
            public_key=bytes.fromhex(said["public_key"]),
            sealed=base64.b64decode(said["sealed"]),
            kek_ids=frozenset(said["kek_ids"]),
            proven_kek_ids=frozenset(said.get("proven_kek_ids", ())),
            **times,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise KeyRingError(f"{path} is no recovery copy, or it is damaged") from None
