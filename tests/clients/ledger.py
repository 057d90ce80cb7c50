"""The oracle of every fault test: what phones were about to send and what they were promised.

A process of its own writes each line and fsyncs it before it says so, in a directory that no
fault touches. Truth is the ledger, never the server's word.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType


@dataclass(kw_only=True)
class Entry:
    """What is known of one record from its phone's side."""

    record: str
    """How the tests name the record's content: enough to make it again."""
    acknowledged: int = 0
    """How many times the phone got 201 or 202."""
    statuses: list[int] = field(default_factory=list)


class Ledger:
    """Append lines from any thread; `entries()` reads them back from the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._writer = subprocess.Popen(
            [sys.executable, __file__, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        assert self._writer.stdin is not None
        assert self._writer.stdout is not None
        self._writer.stdin.close()
        self._writer.wait(timeout=10)
        self._writer.stdout.close()

    def intend(self, instance_id: str, record: str) -> None:
        """Before sending."""
        self._write(f"intent {instance_id} {record}")

    def acknowledge(self, instance_id: str, status: int) -> None:
        """After 201 or 202, before anything else is done."""
        self._write(f"ack {instance_id} {status}")

    def entries(self) -> dict[str, Entry]:
        """Instance id -> entry."""
        found: dict[str, Entry] = {}
        for line in self.path.read_text("utf-8").splitlines():
            kind, instance_id, rest = line.split(" ", 2)
            if kind == "intent":
                found.setdefault(instance_id, Entry(record=rest))
            else:
                found[instance_id].acknowledged += 1
                found[instance_id].statuses.append(int(rest))
        return found

    def _write(self, line: str) -> None:
        assert self._writer.stdin is not None
        assert self._writer.stdout is not None
        with self._lock:
            self._writer.stdin.write(line.encode() + b"\n")
            self._writer.stdin.flush()
            if self._writer.stdout.readline() != b"kept\n":
                raise RuntimeError("the ledger's own process died")


def main() -> None:
    """Write what comes on standard input, fsync, confirm."""
    with open(sys.argv[1], "ab", buffering=0) as file:  # noqa: PTH123 - a bare script
        for line in sys.stdin.buffer:
            file.write(line)
            os.fsync(file.fileno())
            sys.stdout.write("kept\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
