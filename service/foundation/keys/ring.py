"""The wrapping keys, in a file that only this account may read, apart from the data.

The newest wraps; older ones only unwrap, until rotation has wrapped everything anew and drops
them. Whoever has the data and not this file has noise.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.foundation import directories
from service.foundation.keys import files

BYTES = 32


class KeyRingError(Exception):
    """The file of wrapping keys cannot be used. The text says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class WrappingKey:
    kek_id: str
    secret: bytes = field(repr=False)


class KeyRing:
    """The file's keys. Another process may rotate them: an id that is not known is looked for
    in the file again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._keys: dict[str, WrappingKey] = {}
        self._current = ""

    def __repr__(self) -> str:
        return f"KeyRing({self.path})"

    @property
    def exists(self) -> bool:
        return self.path.exists()

    def make(self) -> None:
        """A first key, where there is no file. Two processes may try; one key stands."""
        directories.make(self.path.parent)
        draft = files.written(self.path, as_file([_new_key()]))
        try:
            os.link(draft, self.path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        directories.sync(self.path.parent)

    def current(self) -> WrappingKey:
        """The key that wraps."""
        if not self._current:
            self._read()
        return self._keys[self._current]

    def find(self, kek_id: str) -> WrappingKey | None:
        """A key that unwraps."""
        found = self._keys.get(kek_id)
        if found is None:
            self._read()
            found = self._keys.get(kek_id)
        return found

    def ids(self) -> frozenset[str]:
        return frozenset(key.kek_id for key in self.keys())

    def keys(self) -> list[WrappingKey]:
        """All of them, the one that wraps last."""
        self._read()
        return sorted(self._keys.values(), key=lambda key: key.kek_id == self._current)

    def dump(self) -> bytes:
        """What the file says."""
        return as_file(self.keys())

    def plan(self) -> WrappingKey:
        """A key to `add`, for whoever must keep a copy first."""
        return _new_key()

    def add(self, key: WrappingKey) -> None:
        """Let `key` wrap from now on. Durable when this returns."""
        self._replace([*self.keys(), key])

    def drop_others(self) -> list[str]:
        """Destroy all keys but the current one; answers their ids."""
        *others, current = self.keys()
        if others:
            self._replace([current])
        return [key.kek_id for key in others]

    def restore(self, held: bytes) -> None:
        """The file, from a copy of what was in it. Raises KeyRingError where there is one."""
        directories.make(self.path.parent)
        draft = files.written(self.path, held)
        try:
            os.link(draft, self.path)
        except FileExistsError:
            raise KeyRingError(f"{self.path} is there already; nothing was changed") from None
        finally:
            draft.unlink()
        directories.sync(self.path.parent)
        self._read()

    def _replace(self, keys: list[WrappingKey]) -> None:
        files.replace(self.path, as_file(keys))
        self._read()

    def _read(self) -> None:
        with self._lock:
            try:
                mode = self.path.stat().st_mode
                held = json.loads(self.path.read_text("utf-8"))
                keys = {
                    kek_id: WrappingKey(kek_id=kek_id, secret=bytes.fromhex(secret))
                    for kek_id, secret in held["keys"].items()
                }
                current = keys[held["current"]].kek_id
            except FileNotFoundError:
                raise KeyRingError(
                    f"{self.path} is missing. Without it nothing that was sent can be read. "
                    "Put it back from your copy (docs/for-operators.md, Backup)"
                ) from None
            except (ValueError, KeyError, TypeError, AttributeError):
                raise KeyRingError(f"{self.path} is damaged: restore it from a copy") from None
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyRingError(f"{self.path} can be read by others. Run: chmod 600 {self.path}")
            if any(len(key.secret) != BYTES or len(set(key.secret)) < 8 for key in keys.values()):
                raise KeyRingError(f"{self.path} holds a key that is too weak")
            self._keys, self._current = keys, current


def _new_key() -> WrappingKey:
    return WrappingKey(kek_id=os.urandom(8).hex(), secret=os.urandom(BYTES))


def as_file(keys: Sequence[WrappingKey]) -> bytes:
    """What the file says of these keys, of which the last one wraps."""
    held = {"current": keys[-1].kek_id, "keys": {key.kek_id: key.secret.hex() for key in keys}}
    return json.dumps(held).encode()
