"""How many signers somebody names who has the database and no key, but knows everybody: a register
of all grown-ups by village, with their sex, and this code. Invented people, three ways of guessing.

    .venv/bin/python -m tests.bench.unmasking

Each guesses once for each signer: anybody of the commune and sex; of these, whose name gives as
many digests; of these, whose parts of the name are about as frequent in the register of the commune
as the digests are among the signers. What it costs with the key stands in docs/treaty.md.

Digests of two names in a row are left out, in favour of who guesses: each is held by one sheet and
its copies, so how many hold it tells nothing, and they would only hide which others are there.
"""

from __future__ import annotations

import math
import secrets
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from random import Random

from service.foundation.sealing import sha256
from service.persons.matching import Described
from service.treaty import comparing
from tests.bench.signers import a_signer
from tests.golden.names.pairs import lists

COMMUNES, VILLAGES, ADULTS = 8, 9, 700
"""A village of Cambodia has some 1,150 people, of whom 700 may sign."""
SIGN = 0.05
OLD = 0.15
"""Of grown-ups are 60 or over."""
SEED = 52


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the tables say of a signer: facts in codes, and digests."""

    place: str
    """A commune: the village is in no table."""
    sex: str
    is_old: bool | None
    """60 or over; None: not told."""
    keys: frozenset[int]


def people(rng: Random, adults: int, communes: int) -> list[Described]:
    names, found = lists(), list[Described]()
    for commune in range(communes):
        for village in range(VILLAGES):
            place = f"02{commune:04}{village:02}"
            for _ in range(adults):
                found.append(replace(a_signer(rng, names).person, place=place))
    return found


def run(
    communes: int = COMMUNES, adults: int = ADULTS, seed: int = SEED, tell_age: float = 0
) -> dict[str, float]:
    """Way of guessing -> share of the signers who are named rightly. So many of the signers tell
    whether they are 60 or over, which the register knows of all."""
    rng, secret = Random(seed), secrets.token_bytes(32)
    register = people(rng, adults, communes)
    chance = Random(seed + 1)
    is_old = [chance.random() < OLD for _ in register]

    def theirs(*parts: object) -> bytes:
        return sha256(secret + repr(parts).encode())

    def mine(*parts: object) -> bytes:
        """The attacker has no key: equal parts are equal, and that is all."""
        return sha256(repr(parts).encode())

    signers = [one for one in range(len(register)) if rng.random() < SIGN]
    rows = {
        one: Row(
            place=register[one].place[:6],
            sex=register[one].sex,
            is_old=is_old[one] if chance.random() < tell_age else None,
            keys=comparing.keys_of(1, register[one], theirs),
        )
        for one in signers
    }
    known = [comparing.keys_of(1, one, mine) for one in register]
    at_home: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, one in enumerate(register):
        at_home[one.place[:6], one.sex].append(at)
    held = Counter(key for row in rows.values() for key in row.keys)
    frequent = Counter(key for keys in known for key in keys)

    def living(row: Row) -> list[int]:
        home = at_home[row.place, row.sex]
        return [at for at in home if row.is_old in (None, is_old[at])]

    def by_count(row: Row) -> list[int]:
        home = living(row)
        return [at for at in home if len(known[at]) == len(row.keys)] or home

    def by_frequency(row: Row) -> list[int]:
        seen = sorted((held[key] for key in row.keys), reverse=True)

        def likely(at: int) -> float:
            wanted = sorted((frequent[key] * SIGN for key in known[at]), reverse=True)
            return sum(_poisson(n - 1, mean) for n, mean in zip(seen, wanted, strict=False))

        some = by_count(row)
        best = max(map(likely, some))
        return [at for at in some if likely(at) >= best - 1e-9]

    ways = {
        "anybody there": living,
        "as many digests": by_count,
        "as frequent": by_frequency,
    }
    return {
        name: sum(one in (some := guess(row)) and 1 / len(some) for one, row in rows.items())
        / len(rows)
        for name, guess in ways.items()
    }


def _poisson(n: int, mean: float) -> float:
    mean = max(mean, 1e-3)
    return n * math.log(mean) - mean - math.lgamma(n + 1)


if __name__ == "__main__":
    for share in (0.0, 0.3, 1.0):
        ways = run(int(sys.argv[1]) if len(sys.argv) > 1 else COMMUNES, tell_age=share)
        said = ", ".join(f"{name} {found:.2%}" for name, found in ways.items())
        print(f"{share:.0%} tell their age; named rightly without the key: {said}", flush=True)
