"""What whoever reads all names, and knows how often each is and which spellings are one, could find
at best of those who sign twice (`signers`), by what the forms ask, and by what they could ask. It
learns from one crowd how often two who agree so are one, and is tried on another.

    .venv/bin/python -m tests.bench.signers_bound
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from service.persons.blocking import COMMUNE, PROVINCE, VILLAGE
from service.persons.matching import SEXES, Described
from tests.bench.signers import SEED, Signature, signed

PRECISION = 0.98
OLDER = 22
"""Years after 18 that a grown-up has on average."""
YEAR = 2026
MISTAKEN, BY = 0.1, (-3, -2, -1, 1, 2, 3)
Agreement = tuple[str, str, str, int]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How many tell their year of birth, and in bands of how many years (0: to 59, from 60 on)."""

    says: str
    share: float = 0.0
    years: int = 1
    asks_home: bool = True

    def band(self, year: int) -> int:
        return year // self.years if self.years else int(YEAR - year >= 60)


ASKED = (
    Asked(says="name, sex, village of the table", asks_home=False),
    Asked(says="and the year of birth, told by 7 of 10", share=0.7, asks_home=False),
    Asked(says="and the year of birth, told by all", share=1, asks_home=False),
    Asked(says="name, sex, village where she lives, but on paper"),
    Asked(says="and the two bands of age, told by 7 of 10", share=0.7, years=0),
    Asked(says="and ten years of birth, told by all", share=1, years=10),
)


def years(rng: Random, crowd: list[Signature], asked: Asked) -> list[int | None]:
    """As each tells; one in ten mistakes it by up to three."""
    born: dict[int, int] = {}
    found: list[int | None] = []
    for one in crowd:
        year = born.setdefault(one.owner, YEAR - min(85, 18 + int(rng.expovariate(1 / OLDER))))
        off = rng.choice(BY) if rng.random() < MISTAKEN else 0
        found.append(asked.band(year + off) if rng.random() < asked.share else None)
    return found


def pairs(crowd: list[Signature], asked: Asked, seed: int) -> Iterator[tuple[Agreement, bool]]:
    """Of all in one province who have one name: how they agree, and whether they are one."""
    born = years(Random(seed), crowd, asked)
    frequent = Counter((one.written.khmer, one.written.latin) for one in crowd)
    alike = defaultdict[tuple[str, str, str], list[int]](list)
    for at, one in enumerate(crowd):
        alike[one.written.khmer, one.written.latin, one.told.place[:PROVINCE]].append(at)
    for (khmer, latin, _), those in alike.items():
        often = int(2 * math.log2(frequent[khmer, latin]))
        for n, one in enumerate(those):
            for other in those[n + 1 :]:
                a, b = crowd[one].told, crowd[other].told
                near = 3 if asked.years == 1 else 1
                age = _born(born[one], born[other], near)
                agreement = (_place(a, b), _sex(a, b), age, often)
                yield agreement, crowd[one].owner == crowd[other].owner


def _place(one: Described, other: Described) -> str:
    if one.place[:COMMUNE] != other.place[:COMMUNE]:
        return "another commune"
    if len(one.place) == len(other.place) == VILLAGE:
        return "village" if one.place == other.place else "another village"
    return "commune"


def _sex(one: Described, other: Described) -> str:
    if not {one.sex, other.sex} <= SEXES:
        return "unknown"
    return "same" if one.sex == other.sex else "another"


def _born(one: int | None, other: int | None, near: int) -> str:
    if one is None or other is None:
        return "unknown"
    return "same" if one == other else "near" if abs(one - other) <= near else "far"


def _crowd(count: int, asked: Asked, seed: int) -> list[Signature]:
    return signed(count, seed, asks_home=asked.asks_home)


def best(asked: Asked, count: int = 100_000) -> float:
    """The highest recall at this precision."""
    learned = defaultdict[Agreement, list[int]](lambda: [0, 0])
    for agreement, is_one in pairs(_crowd(count, asked, SEED + 1), asked, SEED + 1):
        learned[agreement][is_one] += 1
    share = {key: one / (two + one + 0.5) for key, (two, one) in learned.items()}
    crowd = _crowd(count, asked, SEED)
    tried = defaultdict[Agreement, list[int]](lambda: [0, 0])
    for agreement, is_one in pairs(crowd, asked, SEED):
        tried[agreement][is_one] += 1
    again = len(crowd) - len({one.owner for one in crowd})
    right = wrong = 0
    found = 0.0
    for key in sorted(tried, key=lambda key: -share.get(key, 0)):
        wrong, right = wrong + tried[key][0], right + tried[key][1]
        if right >= PRECISION * (right + wrong):
            found = right / again
    return found


if __name__ == "__main__":
    for one in ASKED:
        print(f"{one.says}: recall {best(one):.3f} at precision {PRECISION}", flush=True)
