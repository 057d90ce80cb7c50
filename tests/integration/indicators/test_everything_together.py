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


def matches(person: dict[str, Any], row: dict[str, str]) -> bool:
    """Whether somebody of this kind is asked in a row, whatever he needs."""
    for name, code in row.items():
        if name == "age" and code in ("child", "adult"):
            if (person["age"] in CHILDREN) != (code == "child"):
                return False
        elif name != "need" and person[name] != code:
            return False
    return True


def needs(person: dict[str, Any], row: dict[str, str]) -> bool:
    """Whether he needs what the row is about; anything, where it says nothing."""
    return row["need"] in person["needs"] if "need" in row else bool(person["needs"])


def is_within(month: str, start: dt.date | None, end: dt.date | None) -> bool:
    first = dt.date(int(month[:4]), int(month[5:]), 1)
    return (start is None or start <= first) and (end is None or first <= end)


@dataclass
class Attack:
    """What all the tables say of the kinds of people."""

    kinds: list[dict[str, Any]]
    rows: dict[tuple[int, ...], int] = field(default_factory=dict)
    where: dict[tuple[int, ...], str] = field(default_factory=dict)
    hidden: dict[tuple[int, ...], tuple[int, str]] = field(default_factory=dict)
    """Set of kinds -> (k, where) for each hidden row."""

    def learn(self, table: SafeTable, k: int, start: dt.date | None, end: dt.date | None) -> None:
        listed = {row.key: row for row in (*table.cells, *table.totals)}
        axes: dict[str, set[str]] = defaultdict(set)
        for key in listed:
            for name, code in zip(table.by, key, strict=True):
                if code is not ALL:
                    axes[name].add(code)
        known = {
            name: axes[name]
            | {kind[name] for kind in self.kinds if name not in ("age", "need")}
            | ({need for kind in self.kinds for need in kind["needs"]} if name == "need" else set())
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
            of_all = table.indicator == "I01"
            of_whom = tuple(at for at in everybody if of_all or needs(self.kinds[at], said))
            row = listed.get(key)
            where = f"{table.indicator} {table.audience} {table.by} {key} {start}..{end}"
            self._take(of_whom, row.n if row else 0, k, where)
            if row is not None and not of_all:
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
        nobody = [set(kinds) for kinds, n in self.rows.items() if n == 0]
        for kinds, (k, where) in self.hidden.items():
            if kinds in self.rows:
                continue  # another table shows it
            if any(zero > set(kinds) for zero in nobody):
                continue  # nobody, as something wider says that may be said
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
                    # What partners read in public tables they know; what those hide may be theirs.
                    k = RULES[audience].k if audience is readers[-1] else 0
                    attack.learn(table, k, start, end)


BOTH = (Audience.PUBLIC, Audience.PARTNER)


# What is asked is arithmetic, not SQL: `test_show.py` holds both databases to the same counts.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("indicators", "readers", "homes", "wants"),
    [
        (("I01",), BOTH[:1], PROVINCES, ONE_NEED),
        (("I01", "I11"), BOTH, PROVINCES, ONE_NEED),
        (("I01", "I11"), BOTH, COMMUNES, ONE_NEED),
        (("I01", "I12"), BOTH, PROVINCES, TWO_NEEDS),
        (("I01", "I12"), BOTH, COMMUNES, TWO_NEEDS),
    ],
    ids=["public", "provinces", "communes", "needs", "needs-communes"],
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
        for indicator in indicators:
            everything(village, indicator, attack, readers, skip)
    assert sorted(attack.narrow()) == []
    assert attack.hidden
