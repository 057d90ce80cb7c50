"""Two tables, each harmless, that gave a number back when one was taken from the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pytest

from service.disclosure.rules import Audience
from service.foundation import clock
from service.foundation.db import Database, unit_of_work
from tests.integration.indicators.test_show import NOW, numbers, shown
from tests.integration.indicators.villages import Village


@pytest.fixture
def village(database: Database) -> Iterator[Village]:
    with clock.frozen(NOW), unit_of_work() as session:
        yield Village(session)


def visits(village: Village, counts: Sequence[int], *, province: str = "02") -> None:
    """So many households of one person in January, February …"""
    for month, count in enumerate(counts, start=1):
        for _ in range(count):
            village.household({}, province=province, happened_on=dt.date(2026, month, 9))


def test_s51_a_quarter_does_not_give_back_its_hidden_months(village: Village) -> None:
    """32 in the first quarter, less 10 and 20, would be the 2 of January."""
    visits(village, (2, 10, 20, 4, 15, 18))
    months = numbers(shown(village, "I01", "month"))
    quarters = numbers(shown(village, "I01", "quarter"))
    assert months["2026-01",] == (None, None)
    for quarter, inside in (("2026-Q1", ("01", "02", "03")), ("2026-Q2", ("04", "05", "06"))):
        hidden = [m for m in inside if months[f"2026-{m}",][0] is None]
        assert len(hidden) != 1 or quarters[quarter,][0] is None


def test_s51_a_year_does_not_give_back_its_hidden_quarter(village: Village) -> None:
    visits(village, (2, 0, 0, 20, 0, 0, 30))
    visits(village, (40, 0, 0, 40, 0, 0, 40), province="12")
    quarters = numbers(shown(village, "I01", "province", "quarter", audience="public"))
    years = numbers(shown(village, "I01", "province", "year", audience="public"))
    assert quarters["02", "2026-Q1"] == (None, None)
    others = [quarters["02", quarter][0] for quarter in ("2026-Q2", "2026-Q3")]
    assert None in others or years["02", "2026"] == (None, None)


def test_s51_districts_do_not_give_back_that_nobody_was_in_their_hidden_province(
    village: Village,
) -> None:
    """Pailin's one person hides Kampong Cham's too. That Pailin's only district had no row in the
    second quarter said that nobody was there, and so gave the other's eight away."""
    visits(village, (39, 0, 0, 17))
    visits(village, (18, 0, 0, 8), province="03")
    visits(village, (1,), province="24")
    of_april = {"period_from": dt.date(2026, 4, 1), "period_to": dt.date(2026, 6, 30)}
    provinces = numbers(shown(village, "I01", "province", **of_april))
    districts = numbers(shown(village, "I01", "province", "district", **of_april))
    assert provinces["24",] == districts["24", None] == (None, None)
    assert districts["24", "2401"] == (None, None)


def test_s51_periods_are_cut_from_one_table(village: Village) -> None:
    """22 in the half year, less 20 in its second quarter, would be the 2 of the first."""
    visits(village, (2, 0, 0, 20, 0, 0, 9))
    first, second, half = (
        numbers(shown(village, "I01", audience="public", period_from=start, period_to=end))[()][0]
        for start, end in (
            (dt.date(2026, 1, 1), dt.date(2026, 3, 31)),
            (dt.date(2026, 4, 1), dt.date(2026, 6, 30)),
            (dt.date(2026, 1, 1), dt.date(2026, 6, 30)),
        )
    )
    assert first is None
    assert second is None or half is None


def test_a_period_adds_up_what_is_shown_and_takes_the_rest_from_the_whole(
    village: Village,
) -> None:
    visits(village, (2, 0, 0, 4, 0, 0, 30, 0, 0, 40))
    within = {
        months: numbers(
            shown(
                village,
                "I01",
                audience="public",
                period_from=dt.date(2026, months[0], 1),
                period_to=dt.date(2026, months[1], 30 + (months[1] in (3, 12))),
            )
        )[()][0]
        for months in ((1, 3), (4, 6), (1, 6), (7, 12))
    }
    assert within == {(1, 3): None, (4, 6): None, (1, 6): 6, (7, 12): 70}


def test_a_period_of_several_says_why_it_may_show_less(village: Village) -> None:
    visits(village, (9, 9, 9, 9, 9, 9))
    start, words = dt.date(2026, 1, 1), "a whole year shows more"
    for end, is_told in ((dt.date(2026, 3, 31), False), (dt.date(2026, 6, 30), True)):
        table = shown(village, "I01", audience="public", period_from=start, period_to=end)
        assert (words in table.as_dict()["note"]["en"]) == is_told


def test_s51_children_do_not_give_back_their_hidden_bands(village: Village) -> None:
    """Merged in one table and not in the next: 74 children, less 36 and 36, would be 2."""
    for band, count in (("0004", 2), ("0511", 36), ("1217", 36), ("1859", 60), ("60p", 4)):
        for n in range(count):
            village.household({"age_band": band}, province=("02", "12")[n % 2])
    bands = numbers(shown(village, "I01", "age"))
    by_province = numbers(shown(village, "I01", "province", "age"))
    child = by_province.get((None, "child"), (None, None))[0]
    hidden = [band for band in ("0004", "0511", "1217") if bands.get((band,), (None,))[0] is None]
    assert len(hidden) != 1 or child is None


def test_s51_the_public_table_does_not_give_back_what_partners_may_not_see(
    village: Village,
) -> None:
    """Each hid a sister of its own beside the small one: 38 − 20 − 9 − 7 = 2."""
    for province, with_need, asked in (
        ("01", 9, 15), ("02", 2, 30), ("08", 7, 40), ("12", 20, 60),
    ):  # fmt: skip
        for n in range(asked):
            needs = {"needs": ("psy_peer",)} if n < with_need else {}
            village.household(needs, province=province)
    partner = numbers(shown(village, "I11", "province"))
    public = numbers(shown(village, "I11", "province", audience="public"))
    hidden = {key for key, (n, _) in partner.items() if n is None}
    assert ("02",) in hidden
    assert hidden <= {key for key, (n, _) in public.items() if n is None}


@pytest.mark.parametrize("audience", [Audience.PARTNER, Audience.PUBLIC])
def test_s51_the_order_of_the_question_changes_no_answer(
    village: Village, audience: Audience
) -> None:
    for province, sex, count in (
        ("02", "female", 2), ("02", "male", 9), ("12", "female", 9), ("12", "male", 9),
        ("13", "female", 9), ("13", "male", 9),
    ):  # fmt: skip
        for _ in range(count):
            village.household({"sex": sex}, province=province)
    one = numbers(shown(village, "I01", "province", "sex", audience=audience))
    other = numbers(shown(village, "I01", "sex", "province", audience=audience))
    assert {key[::-1]: row for key, row in other.items()} == one
