"""Directories whose names are still there after a power cut."""

from __future__ import annotations

import os
from pathlib import Path


def make(path: Path) -> None:
    """Make a directory that only this account reads, with those above it that are not there. The
    name of each is on the disk before anything is put into it: what lies in a directory that
    nobody can find any longer is lost."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync(path.parent)


def sync(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
