"""How well signatures of one person are found over paper, phone and web: invented signers, 8 % of
whom sign again, written otherwise, with less told, some of them in another commune. No database.

Drawn are: 35 family and 67 given names that stand in lists, and 1,978 given names of two syllables
in Latin letters alone, some many times as frequent as others; 1,652 communes of nine villages; one
sex of two. Who signs again does so in Khmer (half of them), in Latin letters or family name last;
six of ten tell the village, the others the commune alone. One in ten signs at a table in another
commune of the province. Phones and the web ask where she lives; a sheet has one commune, so a third
of these are told of there. Nobody tells another village of her own commune. What anybody could find
among them says `tests.bench.signers_bound`.

    .venv/bin/python -m tests.bench.signers 100000
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from random import Random

from service.persons import normal
from service.persons.blocking import HUGE
from service.persons.matching import Described
from service.treaty import comparing
from service.treaty.actions.pairing import COMPARED
from tests.bench.persons import COMMUNES, FIRST, LAST, VILLAGES, stand_in
from tests.golden.names.pairs import lists

AGAIN = 0.08
ON_THE_ROAD = 0.1
CHANNELS = ("paper", "phone", "web")
SEED = 28


@dataclass(frozen=True, kw_only=True)
class Written:
    """A signer, and how the name is written in Khmer and in Latin letters."""

    person: Described
    khmer: str
    latin: str


def a_signer(rng: Random, names: dict[str, list[tuple[str, str]]]) -> Written:
    """A third has a name that stands in lists both ways, others one in Latin letters alone; some
    are many times as frequent as others."""
    family = names["family"][int(len(names["family"]) * rng.random() ** 2)]
    given = names["given"][int(len(names["given"]) * rng.random() ** 2)]
    if rng.random() < 0.7:
        word = f"{FIRST[int(len(FIRST) * rng.random() ** 2)]}{rng.choice(LAST)}"
        family, given = (family[1], family[1]), (word, word)
    commune = rng.randrange(COMMUNES)
    place = f"{commune // 70 + 1:02}{commune % 70:04}{rng.randrange(VILLAGES):02}"
    khmer, latin = f"{family[0]} {given[0]}", f"{family[1]} {given[1]}"
    sex = rng.choice(("female", "male"))
    person = Described(name=normal.read(khmer), sex=sex, place=place)
    return Written(person=person, khmer=khmer, latin=latin)


def again(rng: Random, one: Written, *, asks_home: bool = True) -> Described:
    """The same person by another channel. `asks_home`: phones and the web ask where she lives."""
    text = rng.choice((one.khmer, one.khmer, one.latin, " ".join(reversed(one.khmer.split()))))
    place = one.person.place if rng.random() < 0.6 else one.person.place[:6]
    if rng.random() < ON_THE_ROAD and (rng.choice(CHANNELS) == "paper" or not asks_home):
        place = f"{place[:2]}{rng.randrange(70):04}"
    return replace(one.person, name=normal.read(text), place=place)


def as_told(rng: Random, one: Described) -> Described:
    """Three of ten leave out their sex, whether they sign the first time or again."""
    return replace(one, sex="not_asked") if rng.random() < 0.3 else one


@dataclass(frozen=True, kw_only=True)
class Signature:
    """`owner`: who it is, and `written`: her name; what nobody who compares is told."""

    owner: int
    written: Written
    told: Described


def signed(count: int, seed: int = SEED, *, asks_home: bool = True) -> list[Signature]:
    rng, names = Random(seed), lists()
    found = list[Signature]()
    for owner in range(round(count / (1 + AGAIN))):
        one = a_signer(rng, names)
        found.append(Signature(owner=owner, written=one, told=as_told(rng, one.person)))
        if rng.random() < AGAIN:
            told = as_told(rng, again(rng, one, asks_home=asks_home))
            found.append(Signature(owner=owner, written=one, told=told))
    return found


def run(count: int, *, asks_home: bool = True) -> str:
    signatures = signed(count, asks_home=asks_home)
    signers = [one.told for one in signatures]
    began = time.process_time()
    said = found_pairs(signers)
    seconds = time.process_time() - began
    by_owner = defaultdict[int, list[int]](list)
    for at, signature in enumerate(signatures):
        by_owner[signature.owner].append(at)
    true = {(min(both), max(both)) for both in by_owner.values() if len(both) > 1}
    right = len(said & true)
    near = {(a, b) for a, b in true if signers[a].place[:6] == signers[b].place[:6]}
    return (
        f"{len(signers):,} signatures, {len(true):,} of them a second time: recall "
        f"{right / len(true):.3f} ({len(said & near) / len(near):.3f} of those in one commune), "
        f"precision {right / max(1, len(said)):.3f}; "
        f"{seconds / len(signers) * 1e3:.2f} CPU ms each"
    )


def found_pairs(signers: list[Described]) -> set[tuple[int, int]]:
    """As `pairing` does it, one after the other."""
    holders = defaultdict[int, list[int]](list)
    found = set[tuple[int, int]]()
    for at, person in enumerate(signers):
        keys = comparing.keys_of(1, person, stand_in)
        shared = Counter(
            other for key in keys if len(holders[key]) < HUGE for other in holders[key]
        )
        for other, _ in shared.most_common(COMPARED):
            if comparing.suspicion(person, signers[other]) is not None:
                found.add((other, at))
        for key in keys:
            holders[key].append(at)
    return found


if __name__ == "__main__":
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(run(most))
    print("If every table told its own commune:", run(most, asks_home=False))
