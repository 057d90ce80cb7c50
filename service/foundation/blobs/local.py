"""Blobs on a local disk: `ab/abcd…`, written once, never changed.

What may be public (files of forms) is named by its SHA-256. What people sent is sealed while it
streams in, under a data key of its own, and has a random name: nothing clear touches the disk.

A blob is durable when `commit()` returns: its bytes are fsynced, then it gets its name, then the
directory that holds the name is fsynced. Only after that may a row that names it be committed; a
blob without a row is swept up later, a row without its blob would be a lost testimony.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from service.foundation import crash_points, directories, turns
from service.foundation.formats import media_types
from service.foundation.problems import BUSY, DISK_FULL, Problem
from service.foundation.sealing import DataKey, streams

CHUNK = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Blob:
    """What is known of stored bytes. Hashes, lowercase hex, and size are those of the content;
    `name` is what the store knows it by, `key` what it is sealed under."""

    name: str
    sha256: str
    md5: str
    size: int
    media_type: str
    """By its first bytes."""
    key: DataKey | None = None


class Draft:
    """Bytes on their way in, in `staging/` under a random name. Commit it or discard it."""

    def __init__(self, store: LocalBlobs, key: DataKey | None = None) -> None:
        self._store = store
        self._key = key
        self._sealer = streams.Sealer(key) if key else None
        self._path = store.staging / secrets.token_hex(16)
        with _disk_trouble_as_problem():
            self._file: BinaryIO = self._path.open("xb", buffering=0)
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._name = secrets.token_hex(32) if key else ""
        self._head = bytearray()
        self.size = 0

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self._put(self._sealer.push(chunk) if self._sealer else chunk)
        if len(self._head) < media_types.HEAD:
            self._head += chunk[: media_types.HEAD - len(self._head)]
        self._sha256.update(chunk)
        self._md5.update(chunk)
        self.size += len(chunk)

    def _put(self, data: bytes | bytearray | memoryview) -> None:
        with _disk_trouble_as_problem():
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) or 0 :]

    def commit(self) -> Blob:
        """Make the bytes durable. Safe when several callers bring the same."""
        if self._sealer:
            self._put(self._sealer.end())
        sha256 = self._sha256.hexdigest()
        blob = Blob(
            name=self._name or sha256,
            sha256=sha256,
            md5=self._md5.hexdigest(),
            size=self.size,
            media_type=media_types.sniff(bytes(self._head)),
            key=self._key,
        )
        with turns.aside(), _disk_trouble_as_problem():
            target = self._store.make_place(blob.name)
            os.fsync(self._file.fileno())
            self._file.close()
            crash_points.reached("after_fsync")
            self._path.rename(target)  # same bytes already there: replaced by themselves
            directories.sync(target.parent)
            crash_points.reached("after_rename")
        return blob

    @property
    def key(self) -> DataKey | None:
        """What it is sealed under."""
        return self._key

    def read_again(self) -> Iterator[bytes]:
        """The content of a sealed draft that will be discarded: nothing is written after it."""
        if self._key is None:
            raise TypeError("a clear draft")
        if self._sealer is not None:  # the first time
            self._put(self._sealer.end())
            self._sealer = None
        with self._path.open("rb") as source:
            yield from streams.opened(self._key, source)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def retract(self) -> None:
        """Remove the committed bytes. Only what is sealed: its name is this draft's alone."""
        if self._name:
            self._store.remove(self._name)


@dataclass(frozen=True, kw_only=True)
class Room:
    """Bytes of the disk that holds the blobs: left for this process, and in all."""

    free: int
    disk: int


class LocalBlobs:
    """The blob store in one directory. Threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root / "staging"
        self._durable: set[Path] = set()
        """Directories whose own names are known to be on the disk."""

    def prepare(self) -> None:
        """Make the directories that hold all others, durably."""
        directories.make(self.staging)

    def path(self, name: str) -> Path:
        return self.root / name[:2] / name

    def make_place(self, name: str) -> Path:
        """Where a blob of that name is to lie, in a directory that outlives a power cut. Another
        process may have made it a moment ago, and not synced it: each makes sure once."""
        path = self.path(name)
        try:
            path.parent.mkdir(mode=0o700)
        except FileExistsError:
            if path.parent in self._durable:
                return path
        directories.sync(self.root)
        self._durable.add(path.parent)
        return path

    def draft(self, key: DataKey | None = None) -> Draft:
        """Clear without a key, else sealed under it; a key serves one blob."""
        return Draft(self, key)

    def put(self, data: bytes) -> Blob:
        """Store `data`, durably."""
        draft = self.draft()
        try:
            draft.write(data)
            return draft.commit()
        except BaseException:
            draft.discard()
            raise

    def open(self, name: str) -> BinaryIO:
        """The bytes as stored, for reading. Raises FileNotFoundError if they are not here."""
        return self.path(name).open("rb")

    def unsealed(self, name: str, key: DataKey) -> Iterator[bytes]:
        """The content of a sealed blob, a piece at a time. Raises Unsealable, perhaps only at
        the end: whoever hands pieces on must be ready to break off."""
        with self.open(name) as source:
            yield from streams.opened(key, source)

    def read(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def exists(self, name: str) -> bool:
        return self.path(name).is_file()

    def room(self) -> Room:
        disk = os.statvfs(self.root)
        return Room(free=disk.f_bavail * disk.f_frsize, disk=disk.f_blocks * disk.f_frsize)

    def older_than(self, moment: float) -> Iterator[str]:
        """Names of blobs last written before `moment` (seconds since the epoch)."""
        for place in self.root.iterdir():
            if place == self.staging:
                continue
            for entry in os.scandir(place):
                if entry.stat().st_mtime < moment:
                    yield entry.name

    def remove(self, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def sweep_staging(self, moment: float) -> int:
        """Remove drafts that a killed process left before `moment`; answers how many."""
        count = 0
        for entry in os.scandir(self.staging):
            if entry.stat().st_mtime < moment:
                Path(entry.path).unlink(missing_ok=True)
                count += 1
        return count


@contextmanager
def _disk_trouble_as_problem() -> Iterator[None]:
    """A full or failing disk: the phone is told so and keeps the record. Never tried again here:

    after a failed fsync the kernel forgets the pages, and a second one would succeed for nothing.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise Problem(DISK_FULL if full else BUSY) from error
