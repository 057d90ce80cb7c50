"""The list of what was taken back, in a file beside the wrapping keys: outside every backup of
the data and of the data keys, so that a backup that is put back can be cleaned of it again.

One JSON object a line, only ever added to, on disk before anything is erased. It holds stand-ins
and ids of keys and blobs, all random: it says that something was erased, never what or of whom.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from service.foundation import directories
from service.foundation.keys.ring import KeyRingError

Entry = Mapping[str, Any]
_WITHDRAWAL = re.compile(rb'"withdrawal":"([0-9a-f]{32})"')


class ErasureList:
    """The file. Threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, entry: Entry) -> None:
        """Durable when this returns. A line that a killed process left half is ended first."""
        line = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b"\n"
        is_new = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = os.fstat(handle).st_size
            is_cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            data = b"\n" + line if is_cut else line
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        finally:
            os.close(handle)
        if is_new:
            directories.sync(self.path.parent)

    def withdrawals(self) -> frozenset[str]:
        """Those of which there is any line, as hex. Without reading the lines: a page asks."""
        try:
            found = _WITHDRAWAL.findall(self.path.read_bytes())
        except FileNotFoundError:
            return frozenset()
        return frozenset(one.decode() for one in found)

    def read(self) -> Iterator[Entry]:
        """All entries, oldest first. Raises KeyRingError for a line that is neither whole nor cut
        off by a kill: then somebody must look."""
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                entry = json.loads(line)
            except ValueError:
                if line.startswith(b"{") and not line.endswith(b"}"):
                    continue  # cut off: its act was not done, and was not answered
                raise KeyRingError(
                    f"{self.path} is damaged in line {number}: put it back from your copy "
                    "(docs/for-operators.md, Backup)"
                ) from None
            yield entry
