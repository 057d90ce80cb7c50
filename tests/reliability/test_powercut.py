"""The power-cut library is itself put to the test: it loses what was not fsynced, and only that.

A harness that loses too little calls a careless server safe; one that loses too much cries wolf.
"""

from __future__ import annotations

import errno
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.reliability.powercut.build import compile_with, compilers
from tests.reliability.powercut.disk import CREATIONS, SYNCS, WRITES, Disk

pytestmark = pytest.mark.reliability

WRITER = Path(__file__).with_name("tiny_writer.py")


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "data", tmp_path / "disk")


@dataclass(frozen=True, kw_only=True)
class Losses:
    """Acknowledged records that are gone, and those whose row points at no whole blob."""

    acknowledged: int
    rows: int
    blobs: int


def python(disk: Disk, code: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a process on the disk; `D` is the data directory."""
    prelude = (
        "import os, errno, mmap, sqlite3, shutil\nfrom pathlib import Path\n"
        f"D = Path({str(disk.data_dir)!r})\n"
        "def sync(path):\n    fd = os.open(path, os.O_RDONLY); os.fsync(fd); os.close(fd)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", prelude + code],
        env={**os.environ, **disk.env()},
        capture_output=True,
        text=True,
        check=True,
    )


def tree(directory: Path) -> dict[str, bytes]:
    """Every file below the directory."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def run_writer_and_cut(
    disk: Disk, seed: int, *options: str, torn: bool = False, moment: float | None = None
) -> dict[int, str]:
    """Start the writer, kill it at a moment drawn from the seed, cut the power: what it acked."""
    disk.format()  # the checks of the round before wrote without the library
    if moment is None:
        moment = 0.02 + random.Random(seed).random() * 0.1
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(disk.data_dir), *options],
        env={**os.environ, **disk.env(), "POWERCUT_REAL_SYNC": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(moment)
        writer.send_signal(signal.SIGKILL)
        lines = [first, *writer.stdout.readlines()]
    disk.cut(torn_seed=seed if torn else None)
    acked = (line.split() for line in lines if line.endswith("\n"))
    return {int(number): digest for number, digest in acked}


def losses_of(data_dir: Path, acked: dict[int, str]) -> Losses:
    """Compare what was promised with what is there."""
    kept: dict[int, str] = {}
    if (data_dir / "tiny.db").exists():
        with sqlite3.connect(data_dir / "tiny.db") as database:
            assert database.execute("pragma integrity_check").fetchone() == ("ok",)
            tables = database.execute("select count(*) from sqlite_master").fetchone()[0]
            rows = database.execute("select number, sha256 from record") if tables else ()
            kept = dict(rows)
        database.close()
    whole = {
        path.name
        for path in (data_dir / "blobs").glob("*")
        if hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    }
    return Losses(
        acknowledged=len(acked),
        rows=sum(kept.get(number) != digest for number, digest in acked.items()),
        blobs=sum(digest not in whole for digest in kept.values()),
    )


@pytest.mark.parametrize("torn", [False, True], ids=["nothing-unsynced", "torn"])
def test_a_careful_writer_loses_nothing_it_acknowledged(disk: Disk, torn: bool) -> None:
    acked: dict[int, str] = {}
    for seed in range(5):
        acked |= run_writer_and_cut(disk, seed, torn=torn)
        losses = losses_of(disk.data_dir, acked)
        assert (losses.rows, losses.blobs) == (0, 0), f"seed {seed}: {losses}"
    assert len(acked) > 5


def test_synchronous_normal_is_seen_to_lose_acknowledged_rows(disk: Disk) -> None:
    acked = run_writer_and_cut(disk, 1, "--synchronous", "NORMAL")
    losses = losses_of(disk.data_dir, acked)
    assert losses.rows > 0.9 * losses.acknowledged > 0


def test_an_answer_before_the_commit_is_seen_to_lose_a_row(disk: Disk) -> None:
    lost = 0
    for seed in range(20):
        # At once after the first answer: the commit that should have come before is under way.
        acked = run_writer_and_cut(disk, seed, "--skip", "answer_after_commit", moment=0)
        lost += losses_of(disk.data_dir, acked).rows
        if lost:
            return
    pytest.fail("twenty cuts and no row was lost")


@pytest.mark.parametrize("safety", ["file_fsync", "directory_fsync"])
def test_a_missing_fsync_is_seen_to_lose_every_blob(disk: Disk, safety: str) -> None:
    acked = run_writer_and_cut(disk, 1, "--skip", safety)
    losses = losses_of(disk.data_dir, acked)
    assert losses.rows == 0
    assert losses.blobs >= losses.acknowledged > 0


def test_kill_9_alone_loses_nothing_even_with_every_safety_off(disk: Disk) -> None:
    """Why the power cut exists: the kernel keeps the pages of a killed process."""
    options = ["--synchronous", "OFF", "--skip", "file_fsync", "--skip", "directory_fsync"]
    python(disk, "pass")
    done = subprocess.run(
        [sys.executable, str(WRITER), str(disk.data_dir), *options, "--records", "50"],
        env={**os.environ, **disk.env()},
        capture_output=True,
        text=True,
        check=True,
    )
    acked = {int(line.split()[0]): line.split()[1] for line in done.stdout.splitlines()}
    assert losses_of(disk.data_dir, acked) == Losses(acknowledged=50, rows=0, blobs=0)


def test_every_compiler_that_may_be_found_makes_a_library_that_loads(tmp_path: Path) -> None:
    for number, compiler in enumerate(compilers()):
        library = tmp_path / f"{number}.so"
        compile_with(compiler, library)
        ran = subprocess.run(
            [sys.executable, "-c", "print('alive')"],
            env={**os.environ, "LD_PRELOAD": str(library)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (ran.stdout, ran.stderr) == ("alive\n", "")


CASES = {
    "a new file needs both fsyncs": (
        "f = open(D/'a', 'wb'); f.write(b'x' * 5000); f.flush(); os.fsync(f.fileno()); sync(D)",
        {"a": b"x" * 5000},
    ),
    "a new file whose directory was not fsynced has no name": (
        "f = open(D/'a', 'wb'); f.write(b'x'); f.flush(); os.fsync(f.fileno())",
        {"old": b"old content"},
    ),
    "a name without an fsync of the file is an empty file": (
        "(D/'a').write_bytes(b'x' * 5000); sync(D)",
        {"a": b""},
    ),
    "only the bytes before the last fsync remain": (
        "f = open(D/'a', 'wb', 0); f.write(b'one'); os.fsync(f.fileno()); f.write(b'two'); sync(D)",
        {"a": b"one"},
    ),
    "fdatasync keeps as fsync does": (
        "f = open(D/'a', 'wb', 0); f.write(b'one'); os.fdatasync(f.fileno()); sync(D)",
        {"a": b"one"},
    ),
    "O_DSYNC keeps every write": (
        (
            "fd = os.open(D/'a', os.O_CREAT | os.O_WRONLY | os.O_DSYNC); os.write(fd, b'one')\n"
            "os.pwrite(fd, b'two', 3); sync(D)"
        ),
        {"a": b"onetwo"},
    ),
    "an overwritten range returns to what was synced": (
        "f = open(D/'old', 'r+b', 0); f.seek(4); f.write(b'CONTENT')",
        {"old": b"old content"},
    ),
    "a truncation is undone": ("os.truncate(D/'old', 3)", {"old": b"old content"}),
    "a truncation that was synced and written over leaves zeros, not old bytes": (
        (
            "f = open(D/'old', 'r+b', 0); f.truncate(2); os.pwrite(f.fileno(), b'!', 5)\n"
            "os.fsync(f.fileno())"
        ),
        {"old": b"ol\0\0\0!"},
    ),
    "opening to overwrite loses nothing until fsync": (
        "f = open(D/'old', 'wb', 0); f.write(b'new')",
        {"old": b"old content"},
    ),
    "an unlink is undone": ("(D/'old').unlink()", {"old": b"old content"}),
    "an unlink counts when the directory is fsynced": ("(D/'old').unlink(); sync(D)", {}),
    "a rename is undone": ("(D/'old').rename(D/'new')", {"old": b"old content"}),
    "a rename counts when the directory is fsynced": (
        "(D/'old').rename(D/'new'); sync(D)",
        {"new": b"old content"},
    ),
    "a replaced file comes back": (
        "f = open(D/'a', 'wb', 0); f.write(b'new'); os.fsync(f.fileno())\n(D/'a').replace(D/'old')",
        {"old": b"old content"},
    ),
    "a reused inode number does not bring a stranger's bytes": (
        (
            "(D/'old').unlink()\nfor n in range(50):\n"
            "    f = open(D/f'{n}', 'wb', 0); f.write(b'other'); os.fsync(f.fileno()); f.close()\n"
            "    (D/f'{n}').unlink()"
        ),
        {"old": b"old content"},
    ),
    "a link counts when its directory is fsynced": (
        "(D/'sub').mkdir(); os.link(D/'old', D/'sub'/'new'); sync(D/'sub'); sync(D)",
        {"old": b"old content", "sub/new": b"old content"},
    ),
    "a new directory has no name until its parent is fsynced": (
        (
            "(D/'sub').mkdir(); f = open(D/'sub'/'a', 'wb', 0); f.write(b'x')\n"
            "os.fsync(f.fileno())\n"
            "sync(D/'sub')"
        ),
        {"old": b"old content"},
    ),
    "a removed directory comes back": (
        (
            "(D/'sub').mkdir(); sync(D/'sub')\n"
            "f = open(D/'sub'/'a', 'wb', 0); os.fsync(f.fileno())\n"
            "sync(D/'sub'); sync(D); (D/'sub'/'a').unlink(); (D/'sub').rmdir()"
        ),
        {"old": b"old content", "sub/a": b""},
    ),
    "sync_file_range and sync promise nothing": (
        (
            "import ctypes; libc = ctypes.CDLL(None)\n"
            "f = open(D/'old', 'r+b', 0); f.write(b'NEW')\n"
            "libc.sync_file_range(f.fileno(), 0, 0, 7)"
        ),
        {"old": b"old content"},
    ),
    "copies inside the kernel need their fsync": (
        (
            "a = open(D/'old', 'rb'); b = open(D/'b', 'wb', 0); c = open(D/'c', 'wb', 0)\n"
            "os.copy_file_range(a.fileno(), b.fileno(), 99, 0)\n"
            "os.sendfile(c.fileno(), a.fileno(), 0, 99); os.fsync(b.fileno()); sync(D)"
        ),
        {"old": b"old content", "b": b"old content", "c": b""},
    ),
    "a mapped file is kept whole at fsync": (
        (
            "f = open(D/'old', 'r+b', 0); m = mmap.mmap(f.fileno(), 0); m[:3] = b'NEW'\n"
            "os.fsync(f.fileno()); m[4:7] = b'CON'"
        ),
        {"old": b"NEW content"},
    ),
    "another process's fsync keeps this process's bytes": (
        (
            "f = open(D/'old', 'r+b', 0); f.write(b'NEW')\n"
            "if os.fork() == 0: sync(D/'old'); os._exit(0)\nos.wait()"
        ),
        {"old": b"NEW content"},
    ),
}


@pytest.mark.parametrize(("code", "expected"), CASES.values(), ids=CASES.keys())
def test_what_a_cut_leaves(tmp_path: Path, code: str, expected: dict[str, bytes]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old").write_bytes(b"old content")
    disk = Disk(tmp_path / "data", tmp_path / "disk")
    python(disk, code)
    disk.cut()
    left = tree(disk.data_dir)
    assert {name: left.get(name) for name in expected} == expected
    assert len(left) <= len(expected) + ("old" in left)


def test_a_torn_cut_keeps_some_unsynced_sectors_and_not_others(disk: Disk) -> None:
    python(
        disk,
        "f = open(D/'a', 'wb', 0); f.write(b'o' * 51200); os.fsync(f.fileno()); sync(D)\n"
        "f.seek(0); f.write(b'n' * 51200)",
    )
    disk.cut(torn_seed=7)
    sectors = {(disk.data_dir / "a").read_bytes()[at : at + 512] for at in range(0, 51200, 512)}
    assert sectors == {b"o" * 512, b"n" * 512}


def test_a_torn_cut_is_the_same_again_from_its_seed(tmp_path: Path) -> None:
    outcomes = []
    for number in range(2):
        disk = Disk(tmp_path / f"data{number}", tmp_path / f"disk{number}")
        python(disk, "for n in range(30): (D/f'{n:02}').write_bytes(b'x' * 2000)")
        disk.cut(torn_seed=11)
        outcomes.append(tree(disk.data_dir))
    assert outcomes[0] == outcomes[1]
    assert 0 < len(outcomes[0]) < 30


@pytest.mark.parametrize("kind", [WRITES, SYNCS, CREATIONS], ids=["write", "fsync", "create"])
def test_the_nth_call_fails_and_the_next_succeeds(disk: Disk, kind: int) -> None:
    disk.fail(kind, nth=2, error=errno.EIO)
    ran = python(
        disk,
        "for n in range(4):\n    try:\n"
        "        f = open(D/f'{n}', 'wb', 0); f.write(b'x'); os.fsync(f.fileno()); print('ok')\n"
        "    except OSError as error: print(errno.errorcode[error.errno])",
    )
    assert ran.stdout.split() == ["ok", "EIO", "ok", "ok"]
    assert disk.heal() == 1


def test_a_full_disk_stays_full_until_it_is_healed(disk: Disk) -> None:
    disk.fail(WRITES, error=errno.ENOSPC, times=0)
    code = "try: (D/'a').write_bytes(b'x')\nexcept OSError as e: print(errno.errorcode[e.errno])"
    assert [python(disk, code).stdout for _ in range(2)] == ["ENOSPC\n"] * 2
    assert disk.heal() == 2
    assert python(disk, code).stdout == ""


def test_a_short_write_writes_half(disk: Disk) -> None:
    disk.fail(WRITES, error=0)
    code = "fd = os.open(D/'a', os.O_CREAT | os.O_WRONLY); print(os.write(fd, b'12345678'))"
    assert python(disk, code).stdout == "4\n"


def test_a_failed_fsync_loses_its_bytes_even_if_the_next_one_succeeds(disk: Disk) -> None:
    """As Linux does: whoever retries fsync and then acknowledges has lied."""
    disk.fail(SYNCS, nth=1, error=errno.EIO)
    python(
        disk,
        "f = open(D/'a', 'wb', 0); f.write(b'lost')\n"
        "try: os.fsync(f.fileno())\nexcept OSError: os.fsync(f.fileno())\nsync(D)",
    )
    disk.cut()
    assert tree(disk.data_dir) == {"a": b"\0\0\0\0"}
