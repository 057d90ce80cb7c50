"""What the machine has."""

from __future__ import annotations

import os
from pathlib import Path

_CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def is_root() -> bool:
    """Whether this process may do anything to the machine. Samleng needs none of it."""
    return os.geteuid() == 0


def memory_mb(limits: tuple[Path, ...] = _CONTAINER_LIMITS) -> int:
    """Of the machine, or of the container where that has less."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in limits:
        try:
            text = limit.read_text("ascii").strip()
        except OSError:
            continue
        if text.isdecimal():  # "max" where there is none
            found = min(found, int(text))
    return found // 1_000_000
