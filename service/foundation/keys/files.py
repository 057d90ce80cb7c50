"""Files that hold keys: for this account alone, whole after a power cut, older ones overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from service.foundation import directories


def written(path: Path, held: bytes) -> Path:
    """A draft beside `path`, durable."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(held)
        out.flush()
        os.fsync(out.fileno())
    return draft


def replace(path: Path, held: bytes) -> None:
    """Put a file, or one in its place. What the older one held may now be gone for good: its bytes
    are overwritten, so that the disk keeps no copy either."""
    old = path.open("r+b") if path.exists() else None
    written(path, held).rename(path)
    directories.sync(path.parent)
    if old is not None:
        with old:
            size = old.seek(0, os.SEEK_END)
            old.seek(0)
            old.write(b"\0" * size)
            old.flush()
            os.fsync(old.fileno())
