"""Pages of one moment, as the house makes them of invented people, and releases beside them.

Figures are those of the catalogue, on the house's own way to a page (`indicators.actions.beside`);
people are counted here, by what the catalogue says of each. The solver takes no part in that: what
a figure counts is written anew for it (`counted.OF_TRAITS`).
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from service.disclosure import since
from service.disclosure.hiding import Orders
from service.disclosure.holdings import Shown, shown
from service.disclosure.rules import NESTED, Audience
from service.disclosure.safe_table import ALL, Counted, Key, RawTable, SafeTable
from service.disclosure.since import TooClose
from service.indicators.actions.beside import Making
from service.indicators.catalogue import INDICATORS, Indicator, breakdowns
from service.indicators.measured import MEASURES
from service.indicators.measures import Count, Kind
from tests.attack.counted import MIND, Figure
from tests.attack.people import CHILDREN, Person, Village
from tests.attack.reading import Held, K, Leak, Tally, leaks
from tests.attack.solver import Told

READERS = (Audience.PUBLIC, Audience.PARTNER)
BY_NEED = {"n": "in_need", "d": "assessed", "by_need": "need"}
FIGURES: Mapping[str, Figure] = {
    "I01": Figure(id="I01", n="assessed"),
    "I02": Figure(id="I02", n="survivors"),
    "I07": Figure(id="I07", n="women", d="sex told"),
    "I09": Figure(id="I09", n="remote", d="way told"),
    "I11": Figure(id="I11", n="in_need", d="assessed"),
    "I12": Figure(id="I12", **BY_NEED),
    "I15": Figure(id="I15", n="mind", d="assessed"),
    "I16": Figure(id="I16", n="no work", d="of age"),
    "I19": Figure(id="I19", n="house", d="assessed"),
    "I32": Figure(id="I32", **BY_NEED),
}
NEEDS = (("psy_peer", "psy_counselling", "reh_physio"), ("sei_housing", "sei_job", "psy_peer"))
FAMILIES = (
    (("I01", "I11", "I12", "I15"), ("need", "sex")),
    (("I01", "I11", "I12", "I15", "I19"), ("need",)),
    (("I01", "I12", "I16", "I19"), ("need", "age")),
    (("I01", "I09", "I11", "I32"), ("remoteness", "reach", "sex")),
    (("I01", "I02", "I07"), ("victim", "sex")),
    (("I01", "I07", "I11"), ("sex", "age")),
)
"""What one reader asks for, and by what beside places."""
PLACES = (("province",), ("province", "district"))


class Street(Village):
    """People of whom more is known."""

    def __init__(self, chance: random.Random) -> None:
        self._needs = chance.choice(NEEDS)
        super().__init__(chance)

    def _person(self, commune: str, month: str) -> Person:
        chance = self._chance
        return replace(
            super()._person(commune, month),
            sex=chance.choices(("female", "male", "unknown"), (12, 12, 1))[0],
            needs=frozenset(one for one in self._needs if chance.random() < 0.3),
            victim=chance.choices(("direct_injured", "not_victim", "indirect_family"), (3, 5, 2))[
                0
            ],
            remoteness=chance.choices(("r0", "r1", "r3", "r4", "unknown"), (3, 6, 3, 1, 1))[0],
        )


def fields(one: Person, need: str) -> dict[str, str]:
    """What facts of the person say."""
    is_remote = one.remoteness in ("r3", "r4")
    return {
        **{name: one.code(name) for name in ("province", "district", "year", "quarter")},
        **{name: getattr(one, name) for name in ("commune", "sex", "age", "wg", "victim")},
        "age_group": "child" if one.age in CHILDREN else "adult",
        "remoteness": one.remoteness,
        "reach": "unknown" if one.remoteness == "unknown" else "remote" if is_remote else "near",
        "open": "open" if need or one.needs else "",
        "need": need,
        "mind": "yes" if MIND & one.needs else "",
        "work_gap": "yes" if "sei_job" in one.needs else "",
        "house": "yes" if "sei_housing" in one.needs else "",
    }


class Counter:
    """Counts as `indicators.raw.table` does."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._of: Mapping[Kind, list[tuple[int, dict[str, str]]]] = {
            Kind.PERSON: [(one.household, fields(one, "")) for one in people],
            Kind.NEED: [
                (one.household, fields(one, need)) for one in people for need in sorted(one.needs)
            ],
        }

    def __call__(
        self, _session: Any, indicator: Indicator, by: tuple[str, ...], *_: Any
    ) -> RawTable:
        overlapping = indicator.overlapping & set(by)
        whole = indicator.once or indicator.numerator
        cells = self._cells(by, whole, without=overlapping)
        if overlapping:
            every = self._cells(by, indicator.numerator)
            at = [by.index(name) for name in overlapping]
            cells |= {key: n for key, n in every.items() if any(key[n] is not ALL for n in at)}
        base = None
        if indicator.denominator is not None:
            base = self._cells(by, indicator.denominator, without=indicator.overlapping)
        return RawTable(
            indicator=indicator.id,
            unit=indicator.unit,
            by=by,
            cells=cells,
            base=base,
            overlapping=overlapping,
            nested=NESTED,
            title={"en": indicator.id, "km": indicator.id},
        )

    def _cells(
        self, by: tuple[str, ...], count: Count, without: Iterable[str] = ()
    ) -> dict[Key, Counted]:
        persons: dict[Key, int] = defaultdict(int)
        homes: dict[Key, set[int]] = defaultdict(set)
        dropped = set(without)
        kept = [
            names
            for size in range(len(by) + 1)
            for names in map(frozenset, itertools.combinations(by, size))
            if not names & dropped
            and all(NESTED.get(n) in {*names, None} or NESTED[n] not in by for n in names)
        ]
        for household, said in self._of[count.kind]:
            if not all(test.holds(said.__getitem__) for test in count.tests):
                continue
            for names in kept:
                key = tuple(said[name] if name in names else ALL for name in by)
                persons[key] += 1
                homes[key].add(household)
        return {key: Counted(persons=n, households=len(homes[key])) for key, n in persons.items()}


@dataclass
class Day:
    """Everything two readers have of one moment."""

    people: Sequence[Person]
    told: dict[Audience, list[tuple[Figure, Mapping[str, Any]]]] = field(
        default_factory=lambda: {one: [] for one in READERS}
    )
    refused: int = 0


def making(
    people: Sequence[Person], code: str, by: tuple[str, ...], reader: Audience
) -> Callable[[Orders], SafeTable]:
    """The page, with some rows hidden besides."""
    made = Making(cast(Any, None), cast(Any, None), cast(Any, None), None, Counter(people))
    return made.protecting(INDICATORS[code], made.table(INDICATORS[code], by), by, reader)


def page(people: Sequence[Person], code: str, by: tuple[str, ...], reader: Audience) -> SafeTable:
    return making(people, code, by, reader)(Orders())


def happen(seed: int) -> Day:
    """All pages of some figures, and two tables of a release."""
    chance = random.Random(seed)
    day = Day(people=Street(chance).moment.people)
    codes, who = chance.choice(FAMILIES)
    allowed = {*chance.choice(PLACES), *who}
    asked = [
        (code, by, reader)
        for reader in READERS
        for code in codes
        for by in breakdowns(INDICATORS[code], reader)
        if set(by) <= allowed
    ]
    for code, by, reader in asked:
        day.told[reader].append((FIGURES[code], page(day.people, code, by, reader).as_dict()))
    earlier: list[Shown] = []
    for code, by, reader in chance.sample(asked, 2):
        released = _released(day, code, by, reader, earlier)
        if released is not None:
            earlier.append(shown(1, released, MEASURES[code]))
            day.told[reader].append((FIGURES[code], released))
    return day


def _released(
    day: Day, code: str, by: tuple[str, ...], reader: Audience, earlier: Sequence[Shown]
) -> dict[str, Any] | None:
    try:
        found = since.settle(making(day.people, code, by, reader), earlier, MEASURES[code], 1)
    except TooClose:
        day.refused += 1
        return None
    return found.as_dict() if isinstance(found, SafeTable) else None


def attack(day: Day, tally: Tally) -> Iterator[Leak]:
    """Both readers, each with all that is theirs; partners with what the public has, too."""
    for reader in READERS:
        told = [
            Told(figure=figure, table=table, k=K[reader.value] if one is reader else 0)
            for one in READERS
            if reader is Audience.PARTNER or one is Audience.PUBLIC
            for figure, table in day.told[one]
        ]
        yield from leaks(reader.value, {0: Held(told=told, people=day.people)}, tally)


def main(first: int, wanted: int) -> None:
    tally, found = Tally(), 0
    for seed in range(first, first + wanted):
        for leak in attack(happen(seed), tally):
            found += 1
            print(f"seed {seed}: {leak}", flush=True)
    print(
        f"days {wanted}; tables {tally.tables:,}; shown {tally.shown:,}; hidden {tally.hidden:,}; "
        f"known too well {found}; undecided {tally.undecided}"
    )


if __name__ == "__main__":
    import sys

    main(int(sys.argv[1]), int(sys.argv[2]))
