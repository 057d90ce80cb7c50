"""Somebody asks for every table on offer, as partner and as the public, of every period, and
solves all of it at once. The attacker here shares no code with the house.

A variable stands for each kind of person there may be: province, district, month, sex, age band,
disability, victim, remoteness. Each shown row is an equation, each row that is not listed a zero.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import os
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import highspy
import numpy as np
import pytest

from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import ALL, Key, SafeTable
from service.foundation import clock
from service.foundation.db import Database, unit_of_work
from service.indicators.actions import show
from service.indicators.catalogue import INDICATORS, breakdowns
from tests import factories
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
SEEDS = int(os.environ.get("SEEDS", "0"))
FOUR = 4
CHILDREN = {"0004", "0511", "1217"}
AGES = {"0511", "1859", "60p"}
"""Listed in a table, or not: ages may be told as children and adults alone."""
PERIODS = [
    (None, None),
    *(
        (dt.date(2026, 3 * q + 1, 1), dt.date(2026, 3 * q + 3, 30 + (q in (0, 3))))
        for q in range(3)
    ),
    (dt.date(2026, 1, 1), dt.date(2026, 6, 30)),
    (dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
    (dt.date(2026, 1, 1), None),
]
Person = tuple[str, str, str, str, str, tuple[str, ...]]
NAMES = ("commune", "month", "sex", "age", "wg", "needs")
PEER, PROSTHESIS = "psy_peer", "reh_prosthesis"
ONE_NEED = {(PEER,): 1, (): 1}
TWO_NEEDS = {(): 3, (PEER,): 3, (PROSTHESIS,): 1, (PEER, PROSTHESIS): 1}
"""Open needs of a person, and how likely."""
PROVINCES = {"020101": 40, "120101": 25, "240101": 4}
COMMUNES = {
    "020101": 9, "020102": 3, "020103": 1, "020201": 6, "020202": 2, "120101": 7, "120201": 1,
    "240101": 2,
}  # fmt: skip
"""Where households live, and how likely."""
INSIDE = {"district": "province", "commune": "district"}


def people(
    chance: random.Random, homes: dict[str, int], needs: dict[tuple[str, ...], int]
) -> list[list[Person]]:
    """Households; some places and months with very few."""
    found = []
    for _ in range(chance.choice((40, 90, 160))):
        commune = chance.choices(list(homes), list(homes.values()))[0]
        months = ("2025-11", "2026-01", "2026-02", "2026-04", "2026-08")
        month = chance.choices(months, (2, 9, 5, 9, 4) if homes is PROVINCES else (0, 9, 0, 3, 0))[
            0
        ]
        found.append(
            [
                (
                    commune,
                    month,
                    chance.choice(("female", "male")),
                    chance.choices(("0511", "1859", "60p"), (2, 7, 3))[0],
                    chance.choices(("yes", "no"), (2, 3))[0],
                    chance.choices(list(needs), list(needs.values()))[0],
                )
                for _ in range(chance.choices((1, 2, 4, 9), (5, 4, 2, 1))[0])
            ]
        )
    return found


def codes_of(person: Person) -> dict[str, Any]:
    found = dict(zip(NAMES, person, strict=True))
    month, commune = person[1], person[0]
    quarter = f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
    places = {"province": commune[:2], "district": commune[:4]}
    return {**found, **places, "quarter": quarter, "year": month[:4], "victim": "not_victim"}


def matches(person: dict[str, Any], name: str, code: str | None) -> bool:
    """Whether somebody of this kind is in a row with this code; None: with any need."""
    if name == "need":
        return code in person["needs"] if code else bool(person["needs"])
    if name == "age" and code in ("child", "adult"):
        return (person["age"] in CHILDREN) == (code == "child")
    return bool(person[name] == code)


def is_within(month: str, start: dt.date | None, end: dt.date | None) -> bool:
    first = dt.date(int(month[:4]), int(month[5:]), 1)
    return (start is None or start <= first) and (end is None or first <= end)


Kinds = int
"""A set of kinds of people: a bit for each."""


@dataclass
class Attack:
    """What all the tables say of the kinds of people."""

    kinds: list[dict[str, Any]]
    rows: dict[Kinds, int] = field(default_factory=dict)
    where: dict[Kinds, str] = field(default_factory=dict)
    hidden: dict[Kinds, tuple[int, str]] = field(default_factory=dict)
    """Set of kinds -> (k, where) for each hidden row."""

    def learn(self, table: SafeTable, k: int, start: dt.date | None, end: dt.date | None) -> None:
        listed = {row.key: row for row in (*table.cells, *table.totals)}
        axes = self._axes(table.by, listed)
        inside = self._bits(lambda kind: is_within(kind["month"], start, end))
        of = {
            (name, code): self._bits(partial(matches, name=name, code=code))
            for name in table.by
            for code in axes[name]
        }
        with_need = self._bits(partial(matches, name="need", code=None))
        for key in itertools.product(*((*sorted(axes[name]), ALL) for name in table.by)):
            said = {n: c for n, c in zip(table.by, key, strict=True) if c is not ALL}
            if any(inner in said and outer not in said for inner, outer in INSIDE.items()):
                continue  # of a district there is no row but in its province
            everybody = inside
            for name, code in said.items():
                everybody &= of[name, code] if name != "need" else -1
            row = listed.get(key)
            where = f"{table.indicator} {table.audience} {table.by} {key} {start}..{end}"
            if table.indicator == "I01":
                self._take(everybody, row.n if row else 0, k, where)
                continue
            of_whom = everybody & (of["need", said["need"]] if "need" in said else with_need)
            self._take(of_whom, row.n if row else 0, k, where)
            if row is not None:
                self._take(everybody, row.d, k, f"{where} of")

    def _axes(self, by: tuple[str, ...], listed: Iterable[Key]) -> dict[str, set[str]]:
        """Codes of each dimension: whatever has a row somewhere, and whatever is known to exist."""
        axes = {}
        for at, name in enumerate(by):
            axes[name] = {code for key in listed if (code := key[at]) is not ALL}
            for kind in self.kinds:
                axes[name].update(kind["needs"] if name == "need" else {kind[name]} - AGES)
        return axes

    def _bits(self, is_of: Callable[[dict[str, Any]], bool]) -> Kinds:
        return sum(1 << at for at, kind in enumerate(self.kinds) if is_of(kind))

    def _take(self, kinds: Kinds, n: int | None, k: int, where: str) -> None:
        if n is not None:
            before, _ = self.rows.setdefault(kinds, n), self.where.setdefault(kinds, where)
            assert before == n, f"{where}: {n}, and in {self.where[kinds]}: {before}"
        elif kinds and k:
            self.hidden[kinds] = max(self.hidden.get(kinds, (0, "")), (k, where))

    def narrow(self) -> Iterator[tuple[int, str]]:
        """(width, where) of each hidden row that is known better than it should be."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("log_to_console", False)
        size = len(self.kinds)
        every = np.arange(size, dtype=np.int32)
        solver.addVars(size, np.zeros(size), np.full(size, 100_000.0))
        for kinds, n in self.rows.items():
            at = self._at(kinds)
            if len(at):
                solver.addRow(n, n, len(at), at, np.ones(len(at)))
        nobody = [kinds for kinds, n in self.rows.items() if n == 0]
        for kinds, (k, where) in self.hidden.items():
            if kinds in self.rows:
                continue  # another table shows it
            if any(kinds != zero and kinds & zero == kinds for zero in nobody):
                continue  # nobody, as something wider says that may be said
            ends = []
            cost = np.zeros(size)
            cost[self._at(kinds)] = 1.0
            for sign in (1.0, -1.0):
                solver.changeColsCost(size, every, sign * cost)
                solver.run()
                assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                ends.append(sign * solver.getObjectiveValue())
            width = math.floor(ends[1] + 1e-6) - math.ceil(ends[0] - 1e-6)
            if width < k:
                yield width, where

    def _at(self, kinds: Kinds) -> np.ndarray[Any, np.dtype[np.int32]]:
        bits = (at for at in range(len(self.kinds)) if kinds >> at & 1)
        return np.fromiter(bits, dtype=np.int32)


def everything(
    village: Village,
    indicator: str,
    attack: Attack,
    readers: tuple[Audience, ...],
    skip: set[str],
    asked: list[tuple[dt.date | None, dt.date | None]],
) -> None:
    chanthou = factories.a_coordinator(village.project_id)
    for audience in readers:
        for by in breakdowns(INDICATORS[indicator], audience):
            if skip & set(by):
                continue
            # Four dimensions take their time: they are asked for once, of all that is on record.
            orders = [(by, asked), (by[::-1], asked[:2])] if len(by) < FOUR else [(by, asked[:1])]
            for order, periods in orders:
                for start, end in periods:
                    table = show(
                        village.session, chanthou, village.project_id, indicator, order,
                        audience, start, end,
                    )  # fmt: skip
                    # What partners read in public tables they know; what those hide may be theirs.
                    k = RULES[audience].k if audience is readers[-1] else 0
                    attack.learn(table, k, start, end)


BOTH = (Audience.PUBLIC, Audience.PARTNER)
WORLDS = {
    "public": (("I01",), BOTH[:1], PROVINCES, ONE_NEED, [0]),
    "provinces": (("I01", "I11"), BOTH, PROVINCES, ONE_NEED, [0]),
    "communes": (("I01", "I11"), BOTH, COMMUNES, ONE_NEED, [1, 7]),
    "needs": (("I01", "I12"), BOTH, PROVINCES, TWO_NEEDS, [0]),
    "needs-communes": (("I01", "I12"), BOTH, COMMUNES, TWO_NEEDS, [0]),
}
"""What is asked, by whom, of whom; and the seeds of every run, in which leaks were found before."""


# What is asked is arithmetic, not SQL: `test_show.py` holds both databases to the same counts.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("indicators", "readers", "homes", "wants", "seed"),
    [
        pytest.param(*world, seed, id=f"{name}-{seed}")
        for name, (*world, seeds) in WORLDS.items()
        for seed in (range(SEEDS) if SEEDS else seeds)
    ],
)
def test_s51_all_tables_of_all_periods_for_both_readers_give_no_hidden_row_back(
    database: Database,
    readers: tuple[Audience, ...],
    indicators: tuple[str, ...],
    homes: dict[str, int],
    wants: dict[tuple[str, ...], int],
    seed: int,
) -> None:
    households = people(random.Random(seed), homes, wants)
    with clock.frozen(NOW), unit_of_work() as session:
        village = Village(session)
        for household in households:
            told: list[dict[str, Any]] = [
                {"sex": sex, "age_band": age, "disability": wg, "needs": needed}
                for _, _, sex, age, wg, needed in household
            ]
            commune, month = household[0][:2]
            day = dt.date(int(month[:4]), int(month[5:]), 7)
            place = {"adm2": commune[:4], "adm3": commune, "adm4": f"{commune}01"}
            village.household(*told, province=commune[:2], happened_on=day, **place)
        values: list[list[Any]] = [
            sorted({p[at] for h in households for p in h}) for at in range(len(NAMES))
        ]
        if indicators == ("I01",):
            values[-1] = [()]
        attack = Attack([codes_of(kind) for kind in itertools.product(*values)])
        skip = {"remoteness"} if homes is COMMUNES else {"district", "commune", "remoteness"}
        is_quick = not SEEDS and (homes is COMMUNES or wants is TWO_NEEDS)
        for indicator in indicators:
            asked = PERIODS[:3] if is_quick else PERIODS
            everything(village, indicator, attack, readers, skip, asked)
    assert sorted(attack.narrow()) == []
    assert attack.hidden
