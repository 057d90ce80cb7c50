"""Pairs of names: those written by hand, and non-pairs put together from lists written by hand."""

from __future__ import annotations

import csv
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SEED = 5
PUT_TOGETHER = {
    "siblings": 500,
    "siblings_cross": 350,
    "other_family": 500,
    "other_family_cross": 350,
    "other_both": 150,
}
"""How many non-pairs of each kind are put together."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    a: str
    b: str
    same: bool
    kind: str

    @property
    def is_held_out(self) -> bool:
        """Half of all, by their letters: which half, nobody chose."""
        text = "|".join(sorted((self.a, self.b)))
        return hashlib.sha256(text.encode()).digest()[0] % 2 == 1

    @property
    def scripts(self) -> str:
        """latin, khmer, or both."""
        khmer = {any("\u1780" <= c <= "\u17ff" for c in name) for name in (self.a, self.b)}
        return "both" if len(khmer) == 2 else "khmer" if True in khmer else "latin"


def everything() -> list[Pair]:
    return [*by_hand(), *put_together()]


def by_hand() -> list[Pair]:
    with (HERE / "pairs.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Pair(a=row["a"], b=row["b"], same=row["same"] == "yes", kind=row["kind"])
            for row in csv.DictReader(lines)
        ]


def lists() -> dict[str, list[tuple[str, str]]]:
    """ "family" and "given": names as (Khmer, Latin), no two of a list being one name."""
    found: dict[str, list[tuple[str, str]]] = {"family": [], "given": []}
    with (HERE / "names.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["part"]].append((row["khmer"], row["latin"]))
    return found


def put_together() -> list[Pair]:
    """Non-pairs: two names of the lists, in one script or two, always the same ones."""
    rng, names, found = random.Random(SEED), lists(), {}
    for kind, count in PUT_TOGETHER.items():
        wanted = len(found) + count
        while len(found) < wanted:
            one, other = rng.sample(names["family"], 2), rng.sample(names["given"], 2)
            if kind.startswith("siblings"):
                one[1] = one[0]
            elif kind.startswith("other_family"):
                other[1] = other[0]
            script = rng.randrange(2)
            second = 1 - script if kind.endswith("cross") else script
            a = f"{one[0][script]} {other[0][script]}"
            b = f"{one[1][second]} {other[1][second]}"
            found[frozenset((a, b))] = Pair(a=a, b=b, same=False, kind=kind)
    return list(found.values())


def halves(pairs: list[Pair]) -> Iterator[list[Pair]]:
    """For tuning; held out."""
    for held_out in (False, True):
        yield [pair for pair in pairs if pair.is_held_out == held_out]
