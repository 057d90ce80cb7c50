"""Which published version reads a record best when its own was never published here."""

from __future__ import annotations

import re
from collections.abc import Iterable

_DIGITS = re.compile(r"(\d+)")


def natural(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts v9 before v10."""
    return tuple(
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(version)
        if part
    )


def nearest(version: str, known: Iterable[str]) -> str:
    """`version` itself if known, else the last one before it, else the first of all."""
    ordered = sorted(known, key=natural)
    before = [each for each in ordered if natural(each) <= natural(version)]
    return version if version in ordered else (before or ordered[:1])[-1]
