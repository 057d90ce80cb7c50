"""A million persons with names as Cambodia has them, blocked for candidates. No database."""

from __future__ import annotations

import hmac
import resource
import time
from collections.abc import Iterator
from itertools import pairwise
from random import Random

from service.persons import blocking, matching, normal
from service.persons.years import YearRange
from tests.golden.names.pairs import lists

COMMUNES = 1652
VILLAGES = 9
"""Of each, about."""
FIRST = (
    "Sok", "So", "Chan", "Srey", "Bun", "Kim", "Sam", "Sa", "Sa", "Na", "Phal", "Thea",
    "Chhun", "Heng", "Lay", "Mony", "Rat", "Pi", "Vi", "Ra", "Bo", "Da", "Li", "Ma",
    "Mak", "Ny", "Oun", "Pech", "Reak", "Rith", "Seng", "Sie", "Sin", "Song", "Sovan", "Ta",
    "Tou", "Van", "Vann", "Vuth", "Yan", "You", "Dy", "Em", "Ho", "Kun",
)  # fmt: skip
LAST = (
    "tha", "thy", "thou", "reth", "ra", "ry", "na", "ny", "pheap", "pha", "phy", "phal",
    "rom", "rith", "roth", "sal", "sen", "seth", "thea", "thon", "ty", "van", "vy", "leak",
    "leang", "lin", "ly", "mom", "mey", "nea", "neang", "nita", "ren", "run", "sokha", "vanna",
    "vibol", "vuth", "yut", "da", "dy", "chea", "cheat",
)  # fmt: skip


def named(rng: Random, families: list[tuple[str, str]], given: list[tuple[str, str]]) -> str:
    """In Khmer or Latin letters. Some names are many times as frequent as others."""
    script = rng.randrange(2)
    family = families[int(len(families) * rng.random() ** 2)]
    if script == 0 or rng.random() < 0.2:
        return f"{family[script]} {given[int(len(given) * rng.random() ** 2)][script]}"
    first, last = FIRST[int(len(FIRST) * rng.random() ** 2)], rng.choice(LAST)
    return f"{family[1]} {first}{last}"


def described(count: int, seed: int = 5) -> Iterator[matching.Described]:
    """Invented persons: a fifth know their year of birth only roughly, one in ten not at all."""
    rng, names = Random(seed), lists()
    for _ in range(count):
        year, kind = rng.randrange(1935, 2022), rng.random()
        spread = 5 if kind < 0.2 else 1
        commune = rng.randrange(COMMUNES)
        yield matching.Described(
            name=normal.read(named(rng, names["family"], names["given"])),
            sex=rng.choice(("female", "male")),
            born=None if kind > 0.9 else YearRange(first=year - spread, last=year + spread),
            place=f"{commune // 70 + 1:02}{commune % 70:04}{rng.randrange(VILLAGES):02}",
        )


_STANDS_IN = hmac.new(b"a key of this bench, 32 bytes on", digestmod="sha256")


def stand_in(*parts: object) -> bytes:
    """As `KeyStore.stand_in`, under a key of this run."""
    made = _STANDS_IN.copy()
    made.update("\x1f".join(map(str, parts)).encode())
    return made.digest()[:16]


def run(count: int) -> str:
    """Makes the keys, finds the pairs, compares ten thousand of them."""
    persons = list(described(count))
    before_mb, times = _memory_mb(), [_clocks()]
    keys = [blocking.pair_keys(1, person, stand_in) for person in persons]
    times.append(_clocks())
    found = blocking.candidates(keys)
    times.append(_clocks())
    more_mb = _memory_mb() - before_mb
    few = range(0, len(found.first), max(1, len(found.first) // 10_000))
    for at in few:
        matching.match(persons[found.first[at]], persons[found.second[at]])
    times.append(_clocks())
    keyed, blocked, compared = (
        (after[0] - before[0], after[1] - before[1]) for before, after in pairwise(times)
    )
    return (
        f"{count:,} persons blocked for candidates: {len(found.first):,} pairs in "
        f"{blocked[0]:.1f} s ({blocked[1]:.1f} of CPU) from {sum(map(len, keys)):,} keys, which "
        f"take {keyed[0]:.1f} s ({keyed[1]:.1f}) to make; {found.huge:,} huge blocks "
        f"({found.left_out:,} pairs left out); {more_mb:,.0f} MB more; "
        f"{compared[1] / len(few) * 1e6:.0f} µs a comparison"
    )


def _clocks() -> tuple[float, float]:
    """(time, CPU time): a machine may be busy."""
    return time.perf_counter(), time.process_time()


def _memory_mb() -> float:
    """Highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
