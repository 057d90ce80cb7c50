"""The rules are those of docs/disclosure.md, number by number, and each of them bites on one side
of its threshold and not on the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.disclosure.rules import RULES, Audience, Reason, why_small, why_telling
from service.disclosure.safe_table import Counted, RawTable
from service.disclosure.suppress import protect
from tests.unit.disclosure.tables import a_row

PUBLIC, PARTNER, RESTRICTED = Audience.PUBLIC, Audience.PARTNER, Audience.RESTRICTED
TABLE = {
    "k": (5, 3, 10),
    "min_households": (3, 2, 5),
    "min_reporters": (3, 2, 5),
    "max_share": (0.8, 0.9, 0.6),
    "min_base": (20, 10, 50),
    "protects_complement": (True, False, True),
    "everybody_from": (10, 3, None),
    "hides_zeros": (False, False, True),
    "max_dimensions": (2, 3, 1),
    "places": (("province", "district"), ("province", "district", "commune"), ("province",)),
    "min_district": (20, 0, 0),
    "times": (("quarter", "year"), ("month", "quarter", "year"), ("year",)),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_rules_are_the_table_of_the_documents(name: str) -> None:
    held = tuple(getattr(RULES[audience], name) for audience in (PUBLIC, PARTNER, RESTRICTED))
    assert held == TABLE[name]


def test_every_rule_is_in_the_table() -> None:
    assert set(TABLE) == set(RULES[PUBLIC].__dataclass_fields__)


@pytest.mark.parametrize(
    ("audience", "persons", "households", "reporters", "reason"),
    [
        (PUBLIC, 4, 9, None, Reason.SMALL),
        (PUBLIC, 5, 9, None, None),
        (PUBLIC, 9, 2, None, Reason.FEW_HOUSEHOLDS),
        (PUBLIC, 9, 3, None, None),
        (PUBLIC, 9, None, 2, Reason.FEW_REPORTERS),
        (PUBLIC, 9, None, 3, None),
        (PARTNER, 2, 9, None, Reason.SMALL),
        (PARTNER, 3, 9, None, None),
        (PARTNER, 9, 1, None, Reason.FEW_HOUSEHOLDS),
        (PARTNER, 9, 2, None, None),
        (PARTNER, 9, None, 1, Reason.FEW_REPORTERS),
        (RESTRICTED, 9, 9, None, Reason.SMALL),
        (RESTRICTED, 10, 9, None, None),
        (RESTRICTED, 20, 4, None, Reason.FEW_HOUSEHOLDS),
        (RESTRICTED, 20, None, 4, Reason.FEW_REPORTERS),
        (RESTRICTED, 0, 0, None, Reason.ZERO),
        (PUBLIC, 0, 0, None, None),
    ],
)
def test_a_cell_is_too_small_below_its_threshold_and_not_at_it(
    audience: Audience,
    persons: int,
    households: int | None,
    reporters: int | None,
    reason: Reason | None,
) -> None:
    counted = Counted(persons=persons, households=households, reporters=reporters)
    assert why_small(counted, RULES[audience]) is reason


@pytest.mark.parametrize(
    ("audience", "n", "d", "reason"),
    [
        (PUBLIC, 6, 19, Reason.SMALL_BASE),
        (PUBLIC, 6, 20, None),
        (PUBLIC, 16, 20, Reason.SMALL_COMPLEMENT),
        (PUBLIC, 15, 20, None),
        (PUBLIC, 9, 9, Reason.EVERYBODY),
        (PUBLIC, 10, 10, None),
        (PUBLIC, 0, 7, None),
        (PARTNER, 4, 9, Reason.SMALL_BASE),
        (PARTNER, 4, 10, None),
        (PARTNER, 9, 10, None),
        (PARTNER, 2, 2, Reason.EVERYBODY),
        (PARTNER, 3, 3, None),
        (RESTRICTED, 20, 49, Reason.SMALL_BASE),
        (RESTRICTED, 20, 50, None),
        (RESTRICTED, 41, 50, Reason.SMALL_COMPLEMENT),
        (RESTRICTED, 60, 60, Reason.EVERYBODY),
    ],
)
def test_a_share_says_too_much_below_its_threshold_and_not_at_it(
    audience: Audience, n: int, d: int, reason: Reason | None
) -> None:
    assert why_telling(n, d, RULES[audience]) is reason


def districts(first: int, second: int) -> RawTable:
    whole = first + second
    return RawTable(
        indicator="I01",
        unit="persons",
        by=("province", "district"),
        nested={"district": "province"},
        cells={
            (None, None): a_row(whole).cells[()],
            ("02", None): a_row(whole).cells[()],
            ("02", "0201"): a_row(first).cells[()],
            ("02", "0202"): a_row(second).cells[()],
        },
    )


@pytest.mark.parametrize(
    ("first", "second", "by"),
    [(19, 25, ("province",)), (20, 25, ("province", "district"))],
)
def test_a_district_stands_apart_from_twenty_persons(
    first: int, second: int, by: tuple[str, ...]
) -> None:
    assert protect(districts(first, second), PUBLIC).by == by


def test_restricted_topics_are_never_broken_down_by_district() -> None:
    table = replace(districts(60, 60), restricted=True)
    assert protect(table, PARTNER).by == ("province",)
