"""The disk behind a data directory: what it keeps, what a power cut leaves of it, how it fails.

    disk = Disk(data_dir, tmp / "disk")      # everything there now counts as durable
    run([...], env={**os.environ, **disk.env()})
    … SIGKILL every process that wrote …
    disk.cut()                               # the data directory is now what was fsynced

The layout of `state` belongs to `powercut.c` (`struct state`): change both.
"""

from __future__ import annotations

import errno
import mmap
import os
import random
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.reliability.powercut.build import library

SLOTS = 65536
STATE_BYTES = 4096 + SLOTS * 32
PLAN = struct.Struct("<IIQQQQ")
PLAN_AT = 16
SYNCS_AT = 8
SLOT = struct.Struct("<QqqII")
SECTOR = 512
"""Bytes that reach the platter together. SQLite and PostgreSQL count on no more."""

WRITES, SYNCS, CREATIONS = 1, 2, 4
"""Kinds of call that `Disk.fail` counts; add them up."""

Names: TypeAlias = "dict[str, tuple[str, int]]"
"""A directory: name to (`f`, `d` or `l`, inode)."""


@dataclass(frozen=True, kw_only=True)
class DirtyRange:
    """Bytes [start, end) of an inode may have been written since its last fsync."""

    start: int
    end: int


class Disk:
    """One data directory and, beside it on the same file system, what of it is durable."""

    def __init__(self, data_dir: Path, kept: Path) -> None:
        self.data_dir = data_dir.resolve()
        self.kept = kept.resolve()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.format()

    def env(self) -> dict[str, str]:
        """What a process needs in its environment to live on this disk."""
        return {
            "LD_PRELOAD": str(library()),
            "POWERCUT_ROOT": str(self.data_dir),
            "POWERCUT_DISK": str(self.kept),
        }

    def format(self) -> None:
        """Take everything in the data directory as durable, and forget all earlier history."""
        shutil.rmtree(self.kept, ignore_errors=True)
        for part in ("inodes", "dirs", "pins"):
            (self.kept / part).mkdir(parents=True)
        for path in _walk(self.data_dir):
            inode = path.lstat().st_ino
            if path.is_dir() and not path.is_symlink():
                self._keep_names(path, inode)
            elif path.is_file():
                shutil.copyfile(path, self.kept / "inodes" / str(inode))
        with (self.kept / "state").open("wb") as state:
            state.truncate(STATE_BYTES)
        for path in _walk(self.kept):
            _give(path, like=self.data_dir)

    @property
    def syncs(self) -> int:
        """How many fsyncs were kept since the disk was formatted."""
        count: int = struct.unpack_from("<Q", self._state(), SYNCS_AT)[0]
        return count

    def fail(self, kinds: int, *, nth: int = 1, error: int = errno.ENOSPC, times: int = 1) -> None:
        """From now, the `nth` call of these kinds fails, and so `times` in all (0 = for good).

        `error=0` makes a write short instead. A failed fsync loses what it should have kept.
        """
        self._lay_plan(PLAN.pack(kinds, error, nth, times, 0, 0))

    def heal(self) -> int:
        """Nothing fails any more. Answers how many calls did."""
        failed: int = PLAN.unpack_from(self._state(), PLAN_AT)[5]
        self._lay_plan(PLAN.pack(0, 0, 0, 0, 0, 0))
        return failed

    def power_off(self) -> None:
        """Before the server's processes are killed: nothing else lives on this disk."""

    def cut(self, torn_seed: int | None = None) -> None:
        """Rebuild the data directory as a power cut leaves it. Kill its processes before.

        With `torn_seed`, a random part of what was not synced survives too, sector by sector
        and name by name; without, nothing of it does.
        """
        chance = None if torn_seed is None else random.Random(torn_seed)
        after = self.data_dir.with_name(self.data_dir.name + ".after-cut")
        shutil.rmtree(after, ignore_errors=True)
        live = self._live_inodes() if chance else {}
        dirty = self._dirty_ranges() if chance else {}
        tear = Tear(self.kept, live, dirty, chance) if chance else None
        self._rebuild(self.data_dir.stat().st_ino, self.data_dir, after, tear)
        shutil.rmtree(self.data_dir)
        after.rename(self.data_dir)
        self.format()

    def _rebuild(self, inode: int, was: Path | None, to: Path, tear: Tear | None) -> None:
        to.mkdir(mode=0o700)
        _give(to, like=self.data_dir)
        names = self.names(inode)
        if tear:
            names = tear.names(names, _names_now(was) if was else {})
        for name, (kind, child) in sorted(names.items()):
            if kind == "d":
                still = tear.live.get(child) if tear else None
                self._rebuild(child, still, to / name, tear)
            elif kind == "f":
                content = self.content(child)
                _write(to / name, tear.content(child, content) if tear else content)
                _give(to / name, like=self.data_dir)

    def content(self, inode: int) -> bytes:
        """What is durable of a file. Its name may be durable when its content never was."""
        kept = self.kept / "inodes" / str(inode)
        return kept.read_bytes() if kept.exists() else b""

    def names(self, inode: int) -> Names:
        """What is durable of a directory's names."""
        kept = self.kept / "dirs" / str(inode)
        lines = kept.read_bytes().split(b"\0") if kept.exists() else []
        parts = [line.decode("utf-8", "surrogateescape").split(" ", 2) for line in lines if line]
        return {name: (kind, int(child)) for kind, child, name in parts}

    def _keep_names(self, directory: Path, inode: int) -> None:
        lines = [
            f"{kind} {child} {name}\0" for name, (kind, child) in _names_now(directory).items()
        ]
        encoded = "".join(lines).encode("utf-8", "surrogateescape")
        (self.kept / "dirs" / str(inode)).write_bytes(encoded)

    def _live_inodes(self) -> dict[int, Path]:
        paths = [*_walk(self.kept / "pins"), *_walk(self.data_dir)]
        return {path.lstat().st_ino: path for path in paths}

    def _dirty_ranges(self) -> dict[int, DirtyRange]:
        slots = SLOT.iter_unpack(self._state()[4096:])
        return {
            inode: DirtyRange(start=0 if opaque else start, end=1 << 62 if opaque else end)
            for inode, start, end, opaque, _ in slots
            if inode and (opaque or start < end)
        }

    def _state(self) -> bytes:
        return (self.kept / "state").read_bytes()

    def _lay_plan(self, plan: bytes) -> None:
        with (self.kept / "state").open("r+b") as file, mmap.mmap(file.fileno(), 4096) as state:
            state[PLAN_AT : PLAN_AT + len(plan)] = plan


class Tear:
    """Decides what else survives: any subset of the unsynced sectors and names."""

    def __init__(
        self,
        kept: Path,
        live: dict[int, Path],
        dirty: dict[int, DirtyRange],
        chance: random.Random,
    ) -> None:
        self.kept, self.live, self.dirty, self.chance = kept, live, dirty, chance

    def names(self, durable: Names, now: Names) -> Names:
        """Each name as it was or as it is; but a file that has a name in both keeps one."""
        torn: Names = {}
        for name in sorted(durable.keys() | now.keys()):
            chosen = self.chance.choice([durable, now]).get(name)
            if chosen:
                torn[name] = chosen
        survivors = {child for _, child in torn.values()}
        in_both = {child for _, child in durable.values()} & {child for _, child in now.values()}
        for name, (kind, child) in now.items():
            if child in in_both - survivors:
                torn[name] = (kind, child)
        return torn

    def content(self, inode: int, durable: bytes) -> bytes:
        """The durable bytes with some of the newer sectors, at either length."""
        dirty, path = self.dirty.get(inode), self.live.get(inode)
        if dirty is None or path is None:
            return durable
        now = path.read_bytes()
        end = min(dirty.end, max(len(now), len(durable)))
        torn = bytearray(durable)
        for start in range(dirty.start // SECTOR * SECTOR, end, SECTOR):
            fresh = now[start : start + SECTOR]
            if fresh and self.chance.random() < 0.5:
                torn.extend(bytes(max(0, start + len(fresh) - len(torn))))
                torn[start : start + len(fresh)] = fresh
        shrunk = len(now) < len(durable) and self.chance.random() < 0.5
        return bytes(torn[: len(now)] if shrunk else torn)


def _write(path: Path, content: bytes) -> None:
    """Readable by its owner alone: modes are not modelled, and secrets must stay so."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def _give(path: Path, like: Path) -> None:
    """To the owner of the data directory, who need not be us (PostgreSQL refuses root)."""
    about = like.stat()
    os.chown(path, about.st_uid, about.st_gid)


def _walk(directory: Path) -> Iterator[Path]:
    """The directory and everything below it."""
    yield directory
    for where, directories, files in os.walk(directory):
        for name in (*directories, *files):
            yield Path(where) / name


def _names_now(directory: Path) -> Names:
    if not directory.is_dir():
        return {}
    with os.scandir(directory) as entries:
        return {entry.name: (_kind(entry), entry.inode()) for entry in entries}


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "l"
    return "d" if entry.is_dir() else "f"
