"""The smallest writer that makes the promise: blob durable, row durable, and only then the answer.

Run as a process: `python tiny_writer.py DATA_DIR [--synchronous FULL] [--skip file_fsync …]`. It
prints a line per acknowledged record, "number sha256". Each `--skip` removes one safety, so that
the tests of the power-cut library can see that the loss is noticed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sqlite3
import sys
from pathlib import Path

SAFETIES = ("file_fsync", "directory_fsync", "answer_after_commit")


def main() -> None:
    """Write records until killed."""
    options = argparse.ArgumentParser()
    options.add_argument("data_dir", type=Path)
    options.add_argument("--synchronous", default="FULL")
    options.add_argument("--skip", action="append", choices=SAFETIES, default=[])
    options.add_argument("--records", type=int, default=1_000_000)
    given = options.parse_args()
    blobs: Path = given.data_dir / "blobs"
    blobs.mkdir(exist_ok=True)
    sync_directory(given.data_dir)
    database = open_database(given.data_dir / "tiny.db", given.synchronous)
    first: int = database.execute("select coalesce(max(number), 0) + 1 from record").fetchone()[0]
    for number in range(first, first + given.records):
        content = os.urandom(3000 + number % 7000)
        digest = hashlib.sha256(content).hexdigest()
        keep_blob(blobs, digest, content, set(given.skip))
        if "answer_after_commit" in given.skip:
            answer(number, digest)
        with database:
            database.execute("insert into record values (?, ?)", (number, digest))
        if "answer_after_commit" not in given.skip:
            answer(number, digest)


def open_database(path: Path, synchronous: str) -> sqlite3.Connection:
    """The database in WAL mode, with the durability that the caller asks for."""
    database = sqlite3.connect(path)
    database.execute("pragma journal_mode = wal")
    database.execute("pragma synchronous = full")
    database.execute("create table if not exists record (number integer primary key, sha256 text)")
    database.execute(f"pragma synchronous = {synchronous}")
    return database


def keep_blob(blobs: Path, digest: str, content: bytes, skip: set[str]) -> None:
    """fsync the file, rename it into place, fsync the directory."""
    staged = blobs / f"{digest}.part"
    with staged.open("wb") as file:
        file.write(content)
        file.flush()
        if "file_fsync" not in skip:
            os.fsync(file.fileno())
    staged.rename(blobs / digest)
    if "directory_fsync" not in skip:
        sync_directory(blobs)


def sync_directory(directory: Path) -> None:
    """Make the directory's names durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def answer(number: int, digest: str) -> None:
    """The acknowledgment: it leaves the machine here and cannot be taken back."""
    sys.stdout.write(f"{number} {digest}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
