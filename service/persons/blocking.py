"""Which persons are worth comparing, and which a search means, without a name in clear.

Comparing a million persons with each other is half a million million comparisons. So each person
has some keys, and only those who share one are compared. A key is a keyed digest of what a name
sounds like, without its vowels, and of where and about when: nobody reads a name from it without
the keys of the installation, and different spellings have the same one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from service.persons import families, names, normal, sounds
from service.persons.matching import NEAR_YEARS, SEXES, Described
from service.persons.years import YearRange

KEY_BYTES = 8
BAND_YEARS = 3
"""Years of birth that share a key. A rough one has several."""
MOST_BANDS = 5
"""Whose year of birth is not known better has no key by it."""
FIRST_DECADE, LAST_DECADE = 192, 203
"""Of the years of birth of whoever is alive; whoever is older shares the first."""
TOO_MANY = 30
"""Persons who share a key, from which on it tells nobody apart: other keys do, or none can."""
SPEAKS = 120
"""Of which a key takes away how many share it: what two of 200,000 share speaks by a third more
than what thirty do (their logarithms, nearly)."""
HUGE = 100
"""Persons who share one key, from which on they are not all compared with each other."""
NEIGHBOURS = 10
"""But each with so many that follow."""

_COARSE = str.maketrans({"D": "T", "B": "P", "Ñ": "N", "G": "N", "H": None, "Y": None})
PROVINCE, COMMUNE, VILLAGE = 2, 6, 8
"""Digits of their codes."""
_KIND = dict.fromkeys("ax", "a") | dict.fromkeys("ije34", "i") | dict.fromkeys("ouqwz5", "u")
Keys = list[int]


class StandIn(Protocol):
    """A keyed digest of parts: `keys.current().stand_in`."""

    def __call__(self, *parts: object) -> bytes:
        """At least 8 bytes."""


class Parts(NamedTuple):
    """Skeletons of a name, each as often as its readings differ."""

    given: tuple[str, ...]
    """Whatever words may be the given name."""
    called: tuple[str, ...]
    """Last syllables, by which people are called."""
    whole: tuple[str, ...]
    """In whatever order, with whatever blanks."""
    full: tuple[str, ...]
    """The same with its vowels: what tells somebody in a whole country."""


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """Of one word: consonants on which spellings agree, those of the last syllable, and the vowels
    as three kinds."""

    consonants: str
    last: str
    vowels: str
    is_family: bool


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> Skeleton:
    heard = names.heard(word)
    return Skeleton(
        consonants=_coarse(heard),
        last=_coarse(sounds.syllables(heard)[-1]),
        vowels="".join(_KIND.get(s, "") for s in heard),
        is_family=families.is_common(heard),
    )


def _coarse(heard: str) -> str:
    """A vowel alone is a name too (អៀ)."""
    found = "".join(s for s in heard if s in sounds.CONSONANTS).translate(_COARSE)
    return (found[:-1] if found.endswith("V") and len(found) > 1 else found) or "-"


@lru_cache(maxsize=1 << 16)
def parts(readings: tuple[tuple[str, ...], ...]) -> Parts:
    """Of all readings of a name."""
    given, called, whole, full = set(), set(), set(), set()
    for words in readings:
        bones = [skeleton(word) for word in words]
        of_words = [bone.consonants for bone in bones]
        everything = "".join(sorted("".join(of_words)))
        whole.add(everything)
        full.add(everything + "".join(sorted("".join(bone.vowels for bone in bones))))
        given |= {"".join(of_words[1:]) or of_words[0], of_words[-1]}
        called.add(bones[-1].last)
        if len(words) > 1 and bones[-1].is_family and not bones[0].is_family:  # family name last
            given.add("".join(of_words[:-1]))
            called.add(bones[-2].last)
    found = (given, called, whole, full)
    return Parts(*(tuple(sorted(each)) for each in found))


def search_keys(project_id: int, name: normal.Name, place: str, stand_in: StandIn) -> Keys:
    """By which a person is found whose name is typed: kept with the person, and made of a query.
    Who shares one is decrypted, and ranked by `names.likeness`. By the last syllable people are
    found only in a commune that is told: in the country thousands share one."""
    found = parts(name.readings)
    asked: list[tuple[str, ...]] = [("search", part) for part in {*found.given, *found.whole}]
    if len(place) >= COMMUNE:
        asked += [("search", part, place[:COMMUNE]) for part in found.called]
    return [_key(stand_in, project_id, *each) | 1 for each in asked]


def pair_keys(project_id: int, person: Described, stand_in: StandIn) -> Keys:
    """By which a person is found to be perhaps another. They are even, those of a search odd: so
    both lie in one column, and are told apart."""
    return [_key(stand_in, project_id, *each) & ~1 for each in _pair_parts(person)]


def _pair_parts(person: Described) -> Iterator[tuple[str, ...]]:
    """The given name in a commune, what people are called in a village; the whole name with its
    vowels anywhere; a phone; a household. Names with the sex and about when somebody was born: who
    contradicts another there makes no pair (`matching.py`), and a name that a whole village has is
    told apart."""
    found, place = parts(person.name.readings), person.place
    sexes = [person.sex] if person.sex in SEXES else sorted(SEXES)
    roughly = list(itertools.product(sexes, _decades(person)))
    closely = list(itertools.product(sexes, _bands(person)))
    if len(place) >= COMMUNE:
        for part, when in itertools.product(found.given, roughly):
            yield ("given", part, place[:COMMUNE], *when)
    if len(place) == VILLAGE:
        yield from (("called", part, place, *when) for part in found.called for when in roughly)
    yield from (("full", part, *when) for part in found.full for when in closely)
    if person.phone:
        yield "phone", person.phone
    if person.household:
        yield from (("household", person.household, sex) for sex in sexes)


def _bands(person: Described) -> list[str]:
    if person.born is None:
        return []
    found = range(person.born.first // BAND_YEARS, person.born.last // BAND_YEARS + 1)
    return [str(band) for band in found] if len(found) <= MOST_BANDS else []


def _decades(person: Described) -> list[str]:
    """Those in which the person may be born, or nearly: two whose years are `NEAR_YEARS` apart
    share one. Whose years are not known may be born in each."""
    born = person.born or YearRange(first=FIRST_DECADE * 10, last=LAST_DECADE * 10)
    first, last = (
        min(max(year // 10, FIRST_DECADE), LAST_DECADE)
        for year in (born.first - NEAR_YEARS // 2, born.last + (NEAR_YEARS + 1) // 2)
    )
    return [str(decade) for decade in range(first, last + 1)]


def _key(stand_in: StandIn, *what: object) -> int:
    return int.from_bytes(stand_in("person", *what)[:KEY_BYTES], "big", signed=True)


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """`first` and `second`: places of the persons of each pair, first < second, sorted, each pair
    once. `huge`: keys that more than `HUGE` persons share; `left_out`: pairs not made of those."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    huge: int
    left_out: int


def candidates(keys: Iterable[Sequence[int]]) -> Candidates:
    """Pairs of persons who share a key, given the keys of each.

    Where more than `HUGE` share one, each is paired with its `NEIGHBOURS` in the order in which
    persons are given (by village, say): a name that a thousand have is told apart by where and
    when, which other keys do, not by looking at half a million pairs.
    """
    counts, flat = _flat(keys)
    persons = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    order = np.argsort(flat, kind="stable")
    flat, persons = flat[order], persons[order]
    starts = np.flatnonzero(np.r_[True, flat[1:] != flat[:-1]][: len(flat)])
    sizes = np.diff(np.r_[starts, len(flat)])
    ends = np.repeat(starts + sizes, sizes)
    reach = np.repeat(np.where(sizes > HUGE, NEIGHBOURS, sizes), sizes)
    pairs = np.sort(np.concatenate(list(_pairs(persons, ends, reach, len(counts)))))
    pairs = pairs[np.r_[True, pairs[1:] != pairs[:-1]][: len(pairs)]]
    huge = sizes[sizes > HUGE]
    kept = NEIGHBOURS * huge - NEIGHBOURS * (NEIGHBOURS + 1) // 2
    return Candidates(
        first=pairs // max(1, len(counts)),
        second=pairs % max(1, len(counts)),
        huge=len(huge),
        left_out=int((huge * (huge - 1) // 2 - kept).sum()),
    )


def _flat(keys: Iterable[Sequence[int]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(how many keys each person has, all keys in a row); a person's keys are distinct."""
    counts: list[int] = []

    def each() -> Iterator[int]:
        for own in keys:
            distinct = set(own)
            counts.append(len(distinct))
            yield from distinct

    flat = np.fromiter(each(), dtype=np.int64)
    return np.array(counts, dtype=np.int64), flat


def _pairs(
    persons: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    reach: npt.NDArray[np.int64],
    count: int,
) -> Iterator[npt.NDArray[np.int64]]:
    """Pairs as one number each: all with those 1, 2, … places on in their block."""
    places, step = np.arange(len(persons)), 0
    yield np.empty(0, dtype=np.int64)
    while len(places):
        step += 1
        places = places[(places + step < ends[places]) & (step <= reach[places])]
        yield persons[places] * count + persons[places + step]
