"""Rough dates and ages stay rough, and what is computed from them does too."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import ranges
from service.facts.ages import Age, band, read_age

VISIT = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("years", "known", "in_band", "expected"),
    [
        ("44", "exact", "", (44, 44)),
        ("44", "estimated", "", (39, 49)),
        ("12", "estimated", "", (10, 14)),
        ("1", "estimated", "", (0, 3)),
        ("", "unk_child", "", (0, 17)),
        ("", "unk_adult", "", (18, 120)),
        ("", "", "1217", (12, 17)),
        ("", "unknown", "", None),
        ("", "no_answer", "", None),
        ("", "", "", None),
    ],
)
def test_an_age_is_as_rough_as_it_was_told(
    years: str, known: str, in_band: str, expected: tuple[int, int] | None
) -> None:
    assert ranges.of_age(read_age(years, known, in_band)) == expected


def test_a_birthday_may_still_come_this_year() -> None:
    assert ranges.born((44, 44), VISIT) == (1981, 1982)
    assert ranges.born((39, 49), VISIT) == (1976, 1987)
    assert ranges.born(None, VISIT) is None


@pytest.mark.parametrize(
    ("told", "first", "last"),
    [
        ("2024-03-07", dt.date(2024, 3, 7), dt.date(2024, 3, 7)),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("1989", dt.date(1989, 1, 1), dt.date(1989, 12, 31)),
        ("១៩៨៩-០៣", dt.date(1989, 3, 1), dt.date(1989, 3, 31)),
        ("2026", dt.date(2026, 1, 1), VISIT),
        ("2024-03-07T10:00:00.000+07:00", dt.date(2024, 3, 7), dt.date(2024, 3, 7)),
    ],
)
def test_a_date_is_as_rough_as_it_was_told(told: str, first: dt.date, last: dt.date) -> None:
    assert ranges.days(told, VISIT) == (first, last)


@pytest.mark.parametrize(
    "told", ["", "1850", "2027", "2026-12", "2024-13", "2024-02-31", "yesterday", "89", "19890"]
)
def test_what_is_no_date_of_the_past_is_none(told: str) -> None:
    assert ranges.days(told, VISIT) is None


def test_how_old_somebody_was_is_computed_as_a_range() -> None:
    in_1989 = ranges.days("1989", VISIT)
    assert ranges.at_incident((58, 58), VISIT, in_1989) == (20, 22)
    assert ranges.at_incident((53, 63), VISIT, in_1989) == (15, 27)
    assert ranges.at_incident((5, 5), VISIT, in_1989) is None, "not born"
    assert ranges.at_incident(None, VISIT, in_1989) is None


@pytest.mark.parametrize(
    ("ages", "expected"),
    [((15, 17), "yes"), ((17, 18), "unknown"), ((18, 19), "no"), (None, "unknown")],
)
def test_a_range_over_eighteen_does_not_say_child(
    ages: tuple[int, int] | None, expected: str
) -> None:
    assert ranges.is_child(ages) == expected


@given(
    born=st.dates(dt.date(1900, 1, 1), VISIT),
    happened=st.dates(dt.date(1930, 1, 1), VISIT),
    roughness=st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"]),
)
def test_the_truth_lies_in_every_range(born: dt.date, happened: dt.date, roughness: str) -> None:
    """Of an exact age and a date told as roughly as can be."""

    def age_on(day: dt.date) -> int:
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    age = Age(years=age_on(VISIT), known="exact", band=band(age_on(VISIT)))
    could_be = ranges.of_age(age)
    years = ranges.born(could_be, VISIT)
    told = ranges.days(happened.strftime(roughness), VISIT)
    assert years is not None
    assert years[0] <= born.year <= years[1]
    assert told is not None
    assert told[0] <= happened <= told[1]
    if happened >= born:
        then = ranges.at_incident(could_be, VISIT, told)
        assert then is not None
        assert then[0] <= age_on(happened) <= then[1]
