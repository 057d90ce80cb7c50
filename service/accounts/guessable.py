"""Passwords that are guessed first: common ones, patterns, and names of the person or the work.

No rules of composition: they make passwords that are hard to keep and no harder to guess. Pure.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

FEW_SIGNS = 3
LONGEST_REPEATED = 5
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")


@cache
def common() -> frozenset[str]:
    """The list that is shipped: passwords, and words that stay guessable with digits or signs
    around them, or said twice."""
    source = resources.files("service.accounts") / "data" / "common_passwords.txt"
    lines = source.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def is_guessable(password: str, names: Iterable[str] = ()) -> bool:
    """Whether it is among those that are tried first. `names`: the person's and the projects'."""
    text = _folded(password)
    words = common() | {folded for name in names if len(folded := _folded(name)) > 2}
    return text in words or len(set(text)) <= FEW_SIGNS or _is_run(text) or _core(text) in words


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _core(text: str) -> str:
    """Without digits and signs at both ends, and once where it is said again and again."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    for size in range(1, len(core) // 2 + 1):
        if core == core[:size] * (len(core) // size):
            return core[:size]
    return core


def _is_run(text: str) -> bool:
    """A few signs again and again, or neighbours on the keyboard or in the alphabet."""
    for size in range(1, LONGEST_REPEATED + 1):
        if text == (text[:size] * len(text))[: len(text)]:
            return True
    steps = sum(_are_neighbours(one, other) for one, other in itertools.pairwise(text))
    return steps >= len(text) - 3


def _are_neighbours(one: str, other: str) -> bool:
    pair = one + other
    return any(pair in row or pair[::-1] in row for row in _ROWS) or pair in ("90", "09")
