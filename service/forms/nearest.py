"""Which published version reads a record best when its own was never published here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_DIGITS = re.compile(r"(\d+)")


def natural(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that puts v9 before v10, and ៩ before ១០.

    Digits are compared as text, by length and then one by one: `int` refuses more than 4,300 of
    them, and a version is whatever somebody typed.
    """
    return tuple(_key(part) for part in _DIGITS.split(version) if part)


def _key(part: str) -> tuple[int, int, str]:
    # Not isdigit(), which is true for ² as well: \d never finds it, and it has no decimal value.
    if not part.isdecimal():
        return (1, 0, part)
    digits = "".join(str(unicodedata.decimal(each)) for each in part).lstrip("0")
    return (0, len(digits), digits)


def nearest(version: str, known: Iterable[str]) -> str:
    """`version` itself if known, else the last one before it, else the first of all."""
    ordered = sorted(known, key=natural)
    before = [each for each in ordered if natural(each) <= natural(version)]
    return version if version in ordered else (before or ordered[:1])[-1]
