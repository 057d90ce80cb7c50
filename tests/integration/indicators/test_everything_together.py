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
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
import pytest

from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import ALL, SafeTable
from service.foundation import clock
from service.foundation.db import Database, unit_of_work
from service.indicators.actions import show
from service.indicators.catalogue import INDICATORS, breakdowns
from tests import factories
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
SEEDS = range(int(os.environ.get("SEEDS", "1")))
CHILDREN = {"0004", "0511", "1217"}
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
Person = tuple[str, ...]
NAMES = ("commune", "month", "sex", "age", "wg", "victim", "open")
PROVINCES = {"020101": 40, "120101": 25, "240101": 4}
COMMUNES = {
    "020101": 9, "020102": 3, "020103": 1, "020201": 6, "020202": 2, "120101": 7, "120201": 1,
    "240101": 2,
}  # fmt: skip
"""Where households live, and how likely."""
INSIDE = {"district": "province", "commune": "district"}


def people(chance: random.Random, homes: dict[str, int]) -> list[list[Person]]:
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
                    "not_victim",
                    chance.choices(("open", "none"), (1, 1))[0],
                )
                for _ in range(chance.choices((1, 2, 4, 9), (5, 4, 2, 1))[0])
            ]
        )
    return found


def codes_of(person: Person) -> dict[str, str]:
    found = dict(zip(NAMES, person, strict=True))
    month, commune = found["month"], found["commune"]
    quarter = f"{month[:4]}-Q{(int(month[5:]) + 2) // 3}"
    places = {"province": commune[:2], "district": commune[:4]}
    return {**found, **places, "quarter": quarter, "year": month[:4]}


def matches(person: dict[str, str], row: dict[str, str]) -> bool:
    for name, code in row.items():
        if name == "age" and code in ("child", "adult"):
            if (person["age"] in CHILDREN) != (code == "child"):
                return False
        elif person[name] != code:
            return False
    return True


def is_within(month: str, start: dt.date | None, end: dt.date | None) -> bool:
    first = dt.date(int(month[:4]), int(month[5:]), 1)
    return (start is None or start <= first) and (end is None or first <= end)


@dataclass
class Attack:
    """What all the tables say of the kinds of people."""

    kinds: list[dict[str, str]]
    rows: dict[tuple[int, ...], int] = field(default_factory=dict)
    where: dict[tuple[int, ...], str] = field(default_factory=dict)
    hidden: dict[tuple[int, ...], tuple[int, str]] = field(default_factory=dict)
    """Set of kinds -> (k, where) for each hidden row."""

    def learn(
        self, table: SafeTable, k: int, start: dt.date | None, end: dt.date | None, *, counts: str
    ) -> None:
        listed = {row.key: row for row in (*table.cells, *table.totals)}
        axes: dict[str, set[str]] = defaultdict(set)
        for key in listed:
            for name, code in zip(table.by, key, strict=True):
                if code is not ALL:
                    axes[name].add(code)
        known = {
            name: axes[name] | {kind[name] for kind in self.kinds if name != "age"}
            for name in table.by
        }
        for key in itertools.product(*((*sorted(known[name]), ALL) for name in table.by)):
            said = {n: c for n, c in zip(table.by, key, strict=True) if c is not ALL}
            if any(inner in said and outer not in said for inner, outer in INSIDE.items()):
                continue  # of a district there is no row but in its province
            everybody = tuple(
                at
                for at, kind in enumerate(self.kinds)
                if is_within(kind["month"], start, end) and matches(kind, said)
            )
            open_ = tuple(at for at in everybody if self.kinds[at]["open"] == "open")
            row = listed.get(key)
            where = f"{table.audience} {table.by} {key} {start}..{end}"
            self._take(open_ if counts == "open" else everybody, row.n if row else 0, k, where)
            if row is not None and table.indicator != "I01":
                self._take(everybody, row.d, k, f"{where} of")

    def _take(self, kinds: tuple[int, ...], n: int | None, k: int, where: str) -> None:
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
        solver.addVars(size, np.zeros(size), np.full(size, 100_000.0))
        for kinds, n in self.rows.items():
            if kinds:
                solver.addRow(
                    n, n, len(kinds), np.array(kinds, dtype=np.int32), np.ones(len(kinds))
                )
        for kinds, (k, where) in self.hidden.items():
            if kinds in self.rows:
                continue  # another table shows it
            ends = []
            cost = np.zeros(size)
            cost[list(kinds)] = 1.0
            for sign in (1.0, -1.0):
                solver.changeColsCost(size, np.arange(size, dtype=np.int32), sign * cost)
                solver.run()
                assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
                ends.append(sign * solver.getObjectiveValue())
            width = math.floor(ends[1] + 1e-6) - math.ceil(ends[0] - 1e-6)
            if width < k:
                yield width, where


def everything(
    village: Village, indicator: str, attack: Attack, readers: tuple[Audience, ...], skip: set[str]
) -> None:
    chanthou = factories.a_coordinator(village.project_id)
    for audience in readers:
        for by in breakdowns(INDICATORS[indicator], audience):
            if skip & set(by):
                continue
            for order, periods in ((by, PERIODS), (by[::-1], PERIODS[:2])):
                for start, end in periods:
                    table = show(
                        village.session, chanthou, village.project_id, indicator, order,
                        audience, start, end,
                    )  # fmt: skip
                    counts = "open" if indicator == "I11" else "all"
                    # What partners read in public tables they know; what those hide may be theirs.
                    k = RULES[audience].k if audience is readers[-1] else 0
                    attack.learn(table, k, start, end, counts=counts)


# What is asked is arithmetic, not SQL: `test_show.py` holds both databases to the same counts.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("indicators", "readers", "homes"),
    [
        (("I01",), (Audience.PUBLIC,), PROVINCES),
        (("I01", "I11"), (Audience.PUBLIC, Audience.PARTNER), PROVINCES),
        (("I01", "I11"), (Audience.PUBLIC, Audience.PARTNER), COMMUNES),
    ],
    ids=["public", "provinces", "communes"],
)
def test_s51_all_tables_of_all_periods_for_both_readers_give_no_hidden_row_back(
    database: Database,
    readers: tuple[Audience, ...],
    indicators: tuple[str, ...],
    homes: dict[str, int],
    seed: int,
) -> None:
    households = people(random.Random(seed), homes)
    with clock.frozen(NOW), unit_of_work() as session:
        village = Village(session)
        for household in households:
            told: list[dict[str, Any]] = [
                {
                    "sex": sex, "age_band": age, "disability": wg, "victim_type": victim,
                    "needs": ("psy_peer",) if open_ == "open" else (),
                }
                for _, _, sex, age, wg, victim, open_ in household
            ]  # fmt: skip
            commune, month = household[0][:2]
            day = dt.date(int(month[:4]), int(month[5:]), 7)
            place = {"adm2": commune[:4], "adm3": commune, "adm4": f"{commune}01"}
            village.household(*told, province=commune[:2], happened_on=day, **place)
        values = [sorted({p[at] for h in households for p in h}) for at in range(len(NAMES))]
        if "I11" not in indicators:
            values[-1] = ["open"]
        attack = Attack([codes_of(kind) for kind in itertools.product(*values)])
        skip = {"remoteness"} if homes is COMMUNES else {"district", "commune", "remoteness"}
        for indicator in indicators:
            everything(village, indicator, attack, readers, skip)
    assert sorted(attack.narrow()) == []
    assert attack.hidden
