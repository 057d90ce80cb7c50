"""How many second visits are found: invented people, some of whom are visited again, with the name
written otherwise, moved, and with other years of birth. No database.

    .venv/bin/python -m tests.bench.twice 200000 20
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from service.persons import blocking, matching, normal
from service.persons.actions.pairing import COMPARED
from service.persons.matching import Described
from service.persons.years import YearRange
from tests.bench import persons
from tests.golden.names.pairs import by_hand

AGAIN = 2_000
"""Second visits, of as many people."""
SAME_NAME = 0.5
"""The others have a pair of the set of variants."""
MOVED = ((0.75, 8), (0.85, 6), (0.93, 2), (1.0, 0))
"""(share so far, digits of the village's code that stay)."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Shares of those second visits that comparing would propose, if the two were compared."""

    people: int
    villages: int
    proposed: float
    """Of all that would be proposed, by keys (as `pairs.list_nearest`) and so few compared."""
    likely: float
    """Of those that would be called probable."""
    compared: float
    """Others with whom one is compared, on average."""


def run(people: int, villages: int) -> Found:
    """`villages`: to how many all of them belong."""
    rng = Random(19)
    first = [_in_one_of(villages, person) for person in persons.described(people)]
    seconds: dict[int, Described] = {}
    variants = [pair for pair in by_hand() if pair.same]
    for at in rng.sample(range(people), AGAIN):
        if rng.random() > SAME_NAME:
            pair = rng.choice(variants)
            first[at] = replace(first[at], name=normal.read(pair.a))
            seconds[at] = _again(rng, replace(first[at], name=normal.read(pair.b)))
        else:
            seconds[at] = _again(rng, first[at])
    return _counted(first, seconds, villages)


def _in_one_of(villages: int, person: Described) -> Described:
    number = int(person.place) % villages
    return replace(person, place=f"02{number // 9 + 1:04}{number % 9 + 1:02}")


def _again(rng: Random, person: Described) -> Described:
    """As told at another visit: a third with other years of birth or none, one in a hundred with
    the sex left out."""
    draw = rng.random()
    born = person.born
    if born is not None and draw < 0.3:
        by = rng.choice((-3, -2, -1, 1, 2, 3)) if draw < 0.25 else rng.choice((-7, -5, 5, 7))
        born = YearRange(first=born.first + by, last=born.last + by)
    elif draw > 0.9:
        born = None
    draw = rng.random()
    stays = next(digits for share, digits in MOVED if draw <= share)
    elsewhere = f"{rng.randrange(3, 26):02}{rng.randrange(1, 90):04}{rng.randrange(11, 90):02}"
    place = person.place[:stays] + elsewhere[stays:]
    sex = person.sex if rng.random() > 0.01 else "unknown"
    return replace(person, born=born, place=place, sex=sex)


def _counted(first: list[Described], seconds: dict[int, Described], villages: int) -> Found:
    matches = {at: matching.match_if_likely(first[at], again) for at, again in seconds.items()}
    wanted = {at: match.level for at, match in matches.items() if match}
    own = {at: blocking.pair_keys(1, again, persons.stand_in) for at, again in seconds.items()}
    holders = _holders(first, {key for keys in own.values() for key in keys})
    compared, found = 0, Counter[str]()
    for at, keys in own.items():
        shared = Counter[int]()
        for key in set(keys) & holders.keys():
            if len(holders[key]) < blocking.TOO_MANY:
                shared.update(dict.fromkeys(holders[key], blocking.SPEAKS - len(holders[key]) - 1))
        others = [other for other, _ in shared.most_common(COMPARED)]
        compared += len(others)
        found[wanted.get(at, "")] += at in others
    levels = Counter(wanted.values())
    return Found(
        people=len(first),
        villages=villages,
        proposed=(found["likely"] + found["perhaps"]) / len(wanted),
        likely=found["likely"] / levels["likely"],
        compared=compared / len(own),
    )


def _holders(first: list[Described], asked: set[int]) -> dict[int, list[int]]:
    holders: dict[int, list[int]] = defaultdict(list)
    for at, key in _keys(first):
        if key in asked:
            holders[key].append(at)
    return holders


def _keys(people: list[Described]) -> Iterator[tuple[int, int]]:
    for at, person in enumerate(people):
        yield from ((at, key) for key in blocking.pair_keys(1, person, persons.stand_in))


if __name__ == "__main__":
    asked = [int(number) for number in sys.argv[1:]] or [200_000, 14_000]
    print(run(asked[0], asked[1]))
