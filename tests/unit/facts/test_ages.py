"""Ages and bands; unknown, refused and not asked stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import ages, codes
from service.facts.ages import Age, read_age


@pytest.mark.parametrize(
    ("years", "band"),
    [(0, "0004"), (4, "0004"), (5, "0511"), (11, "0511"), (12, "1217"), (17, "1217"),
     (18, "1859"), (59, "1859"), (60, "60p"), (120, "60p")],
)  # fmt: skip
def test_band_edges(years: int, band: str) -> None:
    assert ages.band(years) == band


@pytest.mark.parametrize(
    ("years", "known", "in_band", "expected"),
    [
        ("44", "exact", "", (44, "exact", "1859")),
        ("44.0", "", "", (44, "not_asked", "1859")),
        ("៤៤", "estimated", "", (44, "estimated", "1859")),
        ("44", "unknown", "", (44, "estimated", "1859")),
        ("", "unk_child", "", (None, "unknown", "unk_child")),
        ("", "unk_adult", "", (None, "unknown", "unk_adult")),
        ("", "no_answer", "", (None, "no_answer", "no_answer")),
        ("", "unknown", "", (None, "unknown", "unknown")),
        ("", "", "", (None, "not_asked", "not_asked")),
        ("", "exact", "", (None, "unknown", "unknown")),
        ("999", "", "", (None, "unknown", "unknown")),
        ("-1", "exact", "", (None, "unknown", "unknown")),
        ("", "", "1217", (None, "unknown", "1217")),
        ("", "", "no_answer", (None, "unknown", "no_answer")),
        ("", "", "ចាស់", (None, "unknown", "unknown")),
    ],
)
def test_age_from_what_was_said(
    years: str, known: str, in_band: str, expected: tuple[int | None, str, str]
) -> None:
    age = read_age(years, known, in_band)
    assert (age.years, age.known, age.band) == expected


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_band_of_the_list(years: str, known: str, in_band: str) -> None:
    age = read_age(years, known, in_band)
    assert age.band in codes.as_dimension(codes.AGE_BAND5)
    assert age.known in {"exact", "estimated", "unknown", "no_answer", "not_asked"}
    assert (age.years is None) or 0 <= age.years <= ages.OLDEST


def test_a_child_of_unknown_age_is_a_minor_but_not_under_5() -> None:
    child = Age(years=None, known="unknown", band="unk_child")
    assert child.is_minor
    assert not child.is_under_5


@pytest.mark.parametrize(
    ("years", "known", "in_band", "is_infant"),
    [
        ("0", "exact", "", True), ("5", "estimated", "", True), ("6", "exact", "", False),
        ("17", "exact", "", False), ("44", "exact", "", False), ("", "unk_child", "", False),
        ("", "", "0004", True), ("", "", "0511", False), ("", "unknown", "", False),
    ],
)  # fmt: skip
def test_a_child_is_asked_itself_from_six_on_and_where_its_age_is_not_known(
    years: str, known: str, in_band: str, is_infant: bool
) -> None:
    assert read_age(years, known, in_band).is_infant is is_infant
