"""Days, periods and codes in both languages."""

from __future__ import annotations

import datetime as dt

import pytest

from service.web.pages import wording
from service.web.pages.periods import widen
from tests.factories import at


def test_moments_are_told_by_phnom_penhs_clock() -> None:
    assert wording.moment(at("2026-11-24T18:30"), "en") == "25 November 2026, 01:30"
    assert wording.moment(at("2026-11-24T10:05"), "km") == "24 វិច្ឆិកា 2026, 17:05"


def test_what_ends_with_a_day_is_told_by_that_day() -> None:
    end = wording.end_of(dt.date(2026, 12, 31))
    assert end == at("2026-12-31T17:00")
    assert wording.end(end, "en") == "31 December 2026"
    assert wording.end(end - dt.timedelta(hours=2), "en") == "31 December 2026, 22:00"


def test_periods_may_be_open_at_either_end() -> None:
    start, end = dt.date(2026, 1, 1), dt.date(2026, 9, 30)
    assert wording.period(start, end, "en") == "1 January 2026 to 30 September 2026"
    assert wording.period(start, None, "en") == "since 1 January 2026"
    assert wording.period(None, end, "km") == "រហូតដល់ 30 កញ្ញា 2026"
    assert wording.period(None, None, "en") == "all days"


@pytest.mark.parametrize(
    ("dimension", "value", "en", "km"),
    [
        ("province", "02", "Battambang", "បាត់ដំបង"),
        ("province", "unknown", "Unknown", "មិនដឹង"),
        ("sex", "not_asked", "Not asked", "មិនបានសួរ"),
        ("age", "child", "Under 18", "អាយុក្រោម ១៨ ឆ្នាំ"),
        ("month", "2026-03", "March 2026", "មីនា 2026"),
        ("quarter", "2026-Q2", "Quarter 2 of 2026", "ត្រីមាសទី 2 ឆ្នាំ 2026"),
        ("year", "2026", "2026", "2026"),
        ("need", "reh_wheelchair", "Wheelchair or tricycle", "រទេះរុញ"),
        ("need", "from_the_future", "from_the_future", "from_the_future"),
    ],
)
def test_codes_have_names(dimension: str, value: str, en: str, km: str) -> None:
    assert wording.code(dimension, value, "en") == en
    assert wording.code(dimension, value, "km") == km


def test_breakdowns_read_as_words() -> None:
    assert wording.breakdown((), "en") == "Total only"
    assert wording.breakdown(("need",), "km") == "តម្រូវការ"
    assert wording.breakdown(("need", "province", "sex"), "en") == "need, province and sex"


@pytest.mark.parametrize(
    ("start", "end", "months", "expected"),
    [
        ("2026-02-17", "2026-02-18", 1, ("2026-02-01", "2026-02-28")),
        ("2026-02-17", "2026-12-05", 3, ("2026-01-01", "2026-12-31")),
        ("2026-04-01", "2026-06-30", 3, ("2026-04-01", "2026-06-30")),
        ("2026-02-17", "2026-02-18", None, ("2026-02-17", "2026-02-18")),
    ],
)
def test_days_are_widened_to_what_the_audience_may_have(
    start: str, end: str, months: int | None, expected: tuple[str, str]
) -> None:
    got = widen(dt.date.fromisoformat(start), dt.date.fromisoformat(end), months)
    assert got == tuple(map(dt.date.fromisoformat, expected))
    assert widen(None, None, months) == (None, None)
