"""Invented people, and what happens to them between releases."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

CHILDREN = frozenset({"0004", "0511", "1217"})
NEEDS = ("peer", "prosthesis")
FEW = {"020101": 30, "120101": 18, "170101": 6, "240101": 2}
COMMUNES = {"020101": 9, "020102": 3, "020201": 6, "020202": 1, "120101": 7, "120201": 2}
"""Where households live, and how likely."""
MONTHS = {"2025-11": 1, "2026-01": 8, "2026-02": 4, "2026-04": 7}
REACH = {"r3": "remote", "r4": "remote", "unknown": "unknown"}
GONE = "withdrawn"
"""What a history tells of itself: whether somebody left it."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person at one visit."""

    household: int
    commune: str
    month: str
    sex: str
    age: str
    wg: str
    needs: frozenset[str]
    is_abused: bool
    """What the topic of the restricted rules asks about."""
    victim: str = "not_victim"
    remoteness: str = "r1"

    def code(self, name: str) -> str:
        """What the person is in this dimension."""
        year, month = self.month[:4], int(self.month[5:])
        told = {
            "province": self.commune[:2],
            "district": self.commune[:4],
            "year": year,
            "quarter": f"{year}-Q{(month + 2) // 3}",
            "age_group": "child" if self.age in CHILDREN else "adult",
            "reach": REACH.get(self.remoteness, "near"),
        }
        return told[name] if name in told else str(getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Whom the project counts, and who has come and gone since the last time."""

    people: tuple[Person, ...]
    nobody_left: bool


class Village:
    """People of one history. The same seed, the same people."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._homes = chance.choice((FEW, COMMUNES))
        self._next = 0
        self._households: dict[int, tuple[Person, ...]] = {}
        self._only_grows = chance.random() < 0.35
        self._come(chance.choice((15, 40, 90)))

    @property
    def moment(self) -> Moment:
        people = tuple(one for home in self._households.values() for one in home)
        return Moment(people=people, nobody_left=self._only_grows)

    def live_on(self) -> None:
        """What comes in between two releases: a few, or many; answers that are mended, taken back,
        or run out."""
        self._come(self._chance.choice((0, 1, 1, 2, 5, 20)))
        if self._only_grows:
            return
        for home in self._some(self._chance.choice((0, 0, 1, 2, 6))):
            self._households[home] = tuple(map(self._mended, self._households[home]))
        gone = list(self._some(self._chance.choice((0, 0, 1, 1, 3))))
        if self._chance.random() < 0.1:  # the consents of one month run out
            month = self._chance.choice(list(MONTHS))
            gone += [one for one, home in self._households.items() if home[0].month == month]
        for home in gone:
            self._households.pop(home, None)

    def _come(self, households: int) -> None:
        for _ in range(households):
            self._next += 1
            size = self._chance.choices((1, 2, 4, 7), (5, 4, 2, 1))[0]
            commune = _one_of(self._chance, self._homes)
            month = _one_of(self._chance, MONTHS)
            self._households[self._next] = tuple(self._person(commune, month) for _ in range(size))

    def _person(self, commune: str, month: str) -> Person:
        chance = self._chance
        return Person(
            household=self._next,
            commune=commune,
            month=month,
            sex=_one_of(chance, {"female": 12, "male": 12, "other": 1}),
            age=_one_of(chance, {"0511": 2, "1217": 1, "1859": 7, "60p": 3}),
            wg=_one_of(chance, {"yes": 2, "no": 3}),
            needs=frozenset(one for one in NEEDS if chance.random() < 0.4),
            is_abused=chance.random() < 0.15,
        )

    def _mended(self, one: Person) -> Person:
        other = self._person(one.commune, one.month)
        what = self._chance.choice(("sex", "age", "wg", "needs", "needs"))
        return replace(one, **{what: getattr(other, what)})

    def _some(self, count: int) -> Iterable[int]:
        homes = list(self._households)
        return self._chance.sample(homes, min(count, len(homes)))


def _one_of(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
