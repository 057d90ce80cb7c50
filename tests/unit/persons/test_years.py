"""Years as people tell them: two eras, two kinds of digits, two digits, ages."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.ages import read_age
from service.persons import years
from service.persons.years import YearRange

TODAY = dt.date(2026, 11, 27)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1975", 1975, 1975),
        ("១៩៧៥", 1975, 1975),
        ("ឆ្នាំ ១៩៧៥", 1975, 1975),
        ("2518", 1974, 1975),
        ("ព.ស. ២៥១៨", 1974, 1975),
        ("B.E. 2518", 1974, 1975),
        ("ព.ស. ១៨", 1974, 1975),
        ("12/03/2518", 1975, 1975),  # before the new year
        ("12/06/2518", 1974, 1974),
        ("20/04/2518", 1974, 1975),  # new year or Visak Bochea: by whose count?
        ("2518-06-12", 1974, 1974),
        ("75", 1975, 1975),
        ("26", 2026, 2026),
        ("27", 1927, 1927),
        ("03/12/75", 1975, 1975),
        ("1975-03-12", 1975, 1975),
        ("1970-75", 1970, 1975),
        ("1970 ដល់ 1975", 1970, 1975),
        ("2000/30", 2000, 2026),  # nobody was born in a year to come
        ("about 1975", 1973, 1977),
        ("ប្រហែល ១៩៧៥", 1973, 1977),
    ],
)
def test_what_a_text_tells(text: str, first: int, last: int) -> None:
    assert years.told(text, TODAY) == YearRange(first=first, last=last)


@pytest.mark.parametrize("text", ["", "unknown", "1850", "2030", "5", "ព.ស. 2600", "12345"])
def test_what_is_no_year_of_a_life(text: str) -> None:
    assert years.told(text, TODAY) is None


@given(st.text("0123456789០១២៣៤៥៦៧៨៩-/. ព.សBE~?", max_size=20))
def test_anything_may_be_typed(text: str) -> None:
    found = years.told(text, TODAY)
    assert found is None or found.first <= found.last <= TODAY.year


@pytest.mark.parametrize(
    ("answers", "first", "last"),
    [
        (("51", "exact", ""), 1974, 1976),
        (("51", "estimated", ""), 1972, 1978),
        (("50", "", ""), 1970, 1982),
        (("0", "exact", ""), 2025, 2026),
        (("", "", "1859"), 1966, 2008),
        (("", "unk_child", ""), 2008, 2026),
    ],
)
def test_an_age_is_years_of_birth(answers: tuple[str, str, str], first: int, last: int) -> None:
    assert years.born(read_age(*answers), TODAY) == YearRange(first=first, last=last)


def test_an_age_that_nobody_told_is_none() -> None:
    assert years.born(read_age("", "no_answer", ""), TODAY) is None


def test_ranges_apart() -> None:
    one, other = YearRange(first=1970, last=1975), YearRange(first=1978, last=1979)
    assert (one.apart(other), other.apart(one), one.apart(one)) == (3, 3, 0)
