"""Every indicator, in a world so small that a person can count it on paper (`phum_thmei`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from service.disclosure.rules import Audience
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators.actions import show
from service.indicators.catalogue import INDICATORS, MISSING
from tests import factories
from tests.integration.indicators import phum_thmei

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)

TOTALS: dict[str, tuple[int, int | None]] = {
    "I01": (7, None),
    "I02": (2, None),  # Sokha, Chan
    "I03": (2, None),  # Bopha, Dara
    "I04": (4, None),
    "I05": (2, 3),  # of Chan's incident nobody knows how old he was
    "I06": (1, 1),  # Chan's answers are not complete
    "I07": (2, 6),  # Maly's sex is not known
    "I08": (5, 7),  # not Chan, not Maly
    "I09": (3, 7),
    "I10": (2, 14_576),
    "I11": (4, 7),  # Sokha, Bopha, Sreymom, Chan
    "I12": (4, 7),
    "I13": (1, 1),
    "I14": (1, 2),  # Sreymom, of Sokha and her
    "I15": (2, 7),  # Bopha, Chan
    "I16": (1, 4),  # Sokha; Bopha, Sreymom, Maly
    "I17": (1, 2),  # Dara; Rithy goes
    "I18": (2, 4),
    "I19": (1, 7),
    "I20": (4, 7),
    "I21": (2, 4),  # one is met, Chan's was told this month
    "I22": (1, 7),
    "I23": (1, 2),
    "I24": (2, 7),
    "I25": (6, None),
    "I26": (1, 6),  # all but Chan's
    "I27": (1, 2),
    "I28": (1, 1),  # how far Sreymom lives nobody knows
    "I29": (2, 4),
    "I30": (1, 3),
    "I32": (2, 3),  # in remote places
    "I33": (2, 2),  # survivors
    "I34": (1, 2),  # households; of Chan's nobody said
    "I35": (2, 4),  # Sokha, Chan; Sreymom waits, Rithy has none
    "I36": (1, 2),
    "I37": (1, 2),
    "I38": (4, None),  # not the one of violence
    "I39": (1, 2),
    "I39B": (1, 2),
    "I40": (2, 3),
    "I41": (1, None),
    "I42": (1, None),
    "I44": (1, 3),  # Sokha; Sreymom, Chan; Rithy was not asked
    "I45": (2, 3),
    "I45B": (1, 2),
    "I46": (1, 3),
    "I47": (2, None),  # of one the permission has ended
    "I48": (1, 3),
    "I49": (3, None),
    "I50": (2, 6),
    "I50B": (1, 2),
    "I51": (2, None),
    "I53": (3, None),
    "I54": (1, 3),
    "I55": (2, 3),
    "I56": (2, None),
    "I57": (3, None),
}
"""What stands in the total row; of a ratio, in the row above the line."""

BESIDE = {
    "I05": 1, "I06": 1, "I07": 1, "I09": 0, "I17": 0, "I18": 3, "I23": 1, "I27": 0, "I28": 1,
    "I34": 1, "I35": 0, "I36": 0, "I37": 1, "I44": 1, "I45": 4, "I45B": 0, "I46": 4,
}  # fmt: skip
"""Who was not asked, or did not answer, and would be in the denominator."""

STATISTICS: dict[str, dict[str, float]] = {
    "I20": {"median": 1},  # 0 0 0 1 1 2 2
    "I24": {"median": 16, "p90": 40},  # 16, 40
    "I30": {"median": 4},  # 2 4 5
    "I32": {"ratio": 1.33},  # (2/3) / (2/4)
    "I33": {"ratio": 2.0},  # (2/2) / (1/2)
    "I39B": {"median": 32},
    "I54": {"median": 12},
    "I55": {"sum": 13},
    "I57": {"median": 203, "p90": 203},  # 3 203 203
}

ROWS: list[tuple[str, str, dict[str, int]]] = [
    ("I04", "outcome", {"killed": 2, "amputation": 1, "injured_other": 1}),
    ("I04", "incident_year", {"1995": 2, "2003": 1, "unknown": 1}),
    ("I12", "need", {"reh_prosthesis": 1, "sei_livelihood": 1, "psy_family": 1,
                     "reh_wheelchair": 1, "sei_housing": 1, "psy_peer": 1}),
    ("I25", "waited", {"d181_365": 5, "d000_030": 1}),
    ("I29", "barrier", {"distance": 1, "road_condition": 1, "transport_cost": 1}),
    ("I32", "reach", {"remote": 2, "near": 2}),
    ("I33", "cause", {"survivor": 2, "other_disability": 1}),
    ("I38", "article", {"9": 2, "28": 1, "5": 1, "27": 1}),
    ("I38", "status", {"reported": 1, "raised_with_duty_bearer": 1, "resolved": 1, "verified": 1}),
    ("I40", "public_place", {"health_facility": 2}),
    ("I47", "scope", {"store": 2, "stats": 2, "advocacy_intl": 1, "quote_anon": 1}),
    ("I51", "kind", {"leader_faith": 1, "monk_nun": 1}),
    ("I53", "land", {"field": 2, "path": 1, "school": 1}),
    ("I53", "device", {"submunition": 2, "mine_ap": 1}),
    ("I55", "hectares", {"1_5": 1, "under_1": 1}),
]  # fmt: skip


@pytest.fixture
def world(database: Database) -> Iterator[Any]:
    with clock.frozen(NOW):
        with unit_of_work() as session:
            project_id = phum_thmei.settle(session).project_id
        actor = factories.a_coordinator(project_id)

        def ask(indicator: str, *by: str) -> dict[str, Any]:
            with reading() as session:
                shown = show(session, actor, project_id, indicator, by, Audience.INTERNAL)
                return shown.as_dict()

        yield ask


def test_every_indicator_is_as_counted_on_paper(world: Any) -> None:
    assert set(TOTALS) == set(INDICATORS)
    for one in INDICATORS.values():
        table = world(one.id, *([] if () in one.grid else one.grid[0]))
        expected = TOTALS[one.id]
        if one.ratio is not None:
            [row] = [row for row in table["cells"] if row[one.ratio.dimension] == one.ratio.over]
        else:
            [row] = [row for row in table["totals"] if not {*row} - {"n", "d", "hidden"}]
        assert (row["n"], row["d"]) == expected, one.id
        assert table["basis"].get("unanswered") == BESIDE.get(one.id), one.id
        told = table.get("statistics", {"rows": []})["rows"]
        found = {name: row[name] for row in told for name in row if name in _NAMES}
        assert found == STATISTICS.get(one.id, {}), one.id


_NAMES = {"median", "p90", "sum", "ratio"}


@pytest.mark.parametrize(("indicator", "dimension", "expected"), ROWS)
def test_each_row_is_as_counted_on_paper(
    world: Any, indicator: str, dimension: str, expected: dict[str, int]
) -> None:
    table = world(indicator, dimension)
    rows = [row for row in (*table["cells"], *table["totals"]) if dimension in row]
    assert {row[dimension]: row["n"] for row in rows if row["n"]} == expected


def test_what_cannot_be_computed_says_what_it_needs_and_is_no_zero() -> None:
    assert set(MISSING) == {"I31", "I43", "I52", "I58"}
    assert {f"I{n:02}" for n in range(1, 59)} <= set(MISSING) | set(INDICATORS)
    assert not set(MISSING) & set(INDICATORS)
    for one in MISSING.values():
        assert set(one.needs) == {"en", "km"}
