"""A few places that all processes of this machine share: what takes much memory takes turns.

Each place is a file that whoever is there holds locked; the kernel lets go of it when the holder
dies, so nothing is ever left behind.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_AGAIN_S = 0.005


class HostPlaces:
    """So many places of one kind, as files in a directory of the installation."""

    def __init__(self, directory: Path, name: str, count: int) -> None:
        self._files = [directory / f".{name}-{number}.lock" for number in range(count)]

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a place and keep it until the block ends."""
        handle = self._take()
        try:
            yield
        finally:
            os.close(handle)

    def _take(self) -> int:
        while True:
            for file in self._files:
                handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return handle
                except BlockingIOError:
                    os.close(handle)
            time.sleep(LOOK_AGAIN_S)
