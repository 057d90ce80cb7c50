"""From facts in the database to a protected table, on both databases."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any

import pytest

from service.accounts.actor import Actor, Role
from service.disclosure.rules import Audience
from service.disclosure.safe_table import SafeTable
from service.foundation import clock
from service.foundation.db import Database, unit_of_work
from service.foundation.problems import (
    BREAKDOWN_NOT_OFFERED,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    Problem,
)
from service.indicators import counting
from service.indicators.actions import show
from tests import factories
from tests.integration.indicators.villages import Village

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
PROSTHESIS, PEER, WASH = "reh_prosthesis", "psy_peer", "sei_wash"


@pytest.fixture
def village(database: Database) -> Iterator[Village]:
    with clock.frozen(NOW), unit_of_work() as session:
        yield Village(session)


def shown(village: Village, indicator: str, *by: str, **more: Any) -> SafeTable:
    chanthou = factories.a_coordinator(village.project_id)
    return show(village.session, chanthou, village.project_id, indicator, by, **more)


def numbers(table: SafeTable) -> dict[tuple[str | None, ...], tuple[int | None, int | None]]:
    return {row.key: (row.n, row.d) for row in (*table.cells, *table.totals)}


def test_needs_by_province_equal_a_count_by_hand(village: Village) -> None:
    for _ in range(12):
        village.household({"needs": (PROSTHESIS, PEER)}, {"needs": (PROSTHESIS,)}, {})
    for _ in range(4):
        village.household({"needs": (PEER,)}, {"needs": ()}, province="12")
    internal = shown(village, "I12", "need", "province", audience=Audience.INTERNAL)
    assert numbers(internal) == {
        (PROSTHESIS, "02"): (24, 36),
        (PEER, "02"): (12, 36),
        (PEER, "12"): (4, 8),
        (PROSTHESIS, None): (24, 44),
        (PEER, None): (16, 44),
        (None, "02"): (24, 36),
        (None, "12"): (4, 8),
        (None, None): (28, 44),
    }
    assert internal.as_dict()["basis"] == {"persons": 44, "refused_stats": 0, "unknown": 0}


def test_the_public_sees_no_small_row_and_the_wire_shape_is_whole(village: Village) -> None:
    for _ in range(30):
        village.household({"needs": (PROSTHESIS,)}, {})
    for _ in range(25):
        village.household({"needs": (PEER,)}, {}, province="12")
    for _ in range(2):
        village.household({"needs": (WASH,)})
    table = shown(village, "I12", "need", "province", audience="public").as_dict()
    hidden = [row for row in table["cells"] if row["hidden"]]
    assert {"need": WASH, "province": "02", "n": None, "d": 62, "hidden": True} in hidden
    assert table["audience"] == "public"
    assert table["k"] == 5
    assert table["as_of"] == "2026-11-24T08:00:00Z"
    assert table["period"] == {"from": "2026-05-01", "to": "2026-11-24"}
    assert "5" in table["note"]["km"]
    assert "not a national total" in table["note"]["en"]


def test_who_refused_or_was_rejected_is_not_in_it(village: Village) -> None:
    for _ in range(6):
        village.household({"sex": "female"})
        village.household({"sex": "male"}, stats=False)
        village.household({"sex": "male"}, standing="rejected")
    table = shown(village, "I01", "sex", audience="internal")
    assert numbers(table) == {("female",): (6, None), (None,): (6, None)}
    assert table.as_dict()["basis"]["refused_stats"] == 6


def test_unknown_stays_a_row_and_the_basis_does_not_give_it_back(village: Village) -> None:
    for _ in range(20):
        village.household({"sex": "female"})
        village.household({"sex": "male"})
    for _ in range(2):
        village.household({"sex": "unknown"})
    table = shown(village, "I01", "sex", audience="public")
    unknown = table.find(sex="unknown")
    assert unknown is not None
    assert unknown.hidden
    assert table.as_dict()["basis"]["unknown"] is None


def test_ten_people_of_one_house_are_not_enough(village: Village) -> None:
    village.household(*({"sex": "male"} for _ in range(10)))
    for _ in range(20):
        village.household({"sex": "female"})
    table = shown(village, "I01", "sex", audience="partner")
    assert all(row.hidden for row in table.cells)


def test_households_without_their_first_person_are_counted_too(village: Village) -> None:
    for _ in range(6):
        village.household({"sex": "female"}, {"sex": "male"})
    table = shown(village, "I01", "sex", audience="public")
    assert numbers(table) == {("female",): (6, None), ("male",): (6, None), (None,): (12, None)}


def test_completeness_asks_device_of_the_injured_only(village: Village) -> None:
    for _ in range(10):
        village.household(
            {},
            {"disability": "indeterminate"},
            {"age_band": "unk_adult"},
            {"victim_type": "direct_injured", "device": "unknown"},
            {"victim_type": "direct_injured", "device": "submunition"},
        )
    assert numbers(shown(village, "I08", audience="internal")) == {(): (20, 50)}


def test_of_a_child_under_five_no_washington_group_is_missing(village: Village) -> None:
    for _ in range(10):
        village.household(
            {"age_band": "0004", "disability": "not_asked"},
            {"age_band": "0511", "disability": "not_asked"},
        )
    assert numbers(shown(village, "I08", audience="internal")) == {(): (10, 20)}


def test_any_need_counts_a_person_once(village: Village) -> None:
    for _ in range(10):
        village.household({"needs": (PEER, WASH)}, {}, {})
    assert numbers(shown(village, "I11", audience="partner")) == {(): (10, 30)}


def test_signatures_of_minors_stand_beside(village: Village) -> None:
    for _ in range(8):
        village.signature()
    for line_status in ("minor", "minor", "minor", "no_mark"):
        village.signature(line_status)
    table = shown(village, "I49", "province", audience="partner")
    assert numbers(table) == {("02",): (8, None), (None,): (8, None)}
    assert table.as_dict()["basis"]["minors"] == 3


def test_a_quarter_counts_its_own_days_only(village: Village) -> None:
    for day in (dt.date(2026, 3, 31), dt.date(2026, 4, 1), dt.date(2026, 6, 30)):
        for _ in range(5):
            village.household({}, happened_on=day)
    whole = shown(village, "I01", "quarter", audience="public")
    assert numbers(whole) == {
        ("2026-Q1",): (5, None),
        ("2026-Q2",): (10, None),
        (None,): (15, None),
    }
    second = shown(
        village,
        "I01",
        audience="public",
        period_from=dt.date(2026, 4, 1),
        period_to=dt.date(2026, 6, 30),
    )
    assert numbers(second) == {(): (10, None)}


def test_ages_are_merged_where_a_quarter_of_the_bands_would_be_lost(village: Village) -> None:
    for band, households in (("0004", 2), ("0511", 2), ("1217", 3), ("1859", 20)):
        for _ in range(households):
            village.household({"age_band": band})
    table = shown(village, "I01", "age", audience="public")
    assert numbers(table) == {("child",): (7, None), ("adult",): (20, None), (None,): (27, None)}


def test_an_empty_project_has_an_empty_table(village: Village) -> None:
    for indicator in ("I01", "I08", "I11", "I12", "I49"):
        table = shown(village, indicator, "province", audience="public")
        assert table.cells == ()
        assert [row.n for row in table.totals] == [0]


@pytest.mark.parametrize(
    ("indicator", "by", "more", "kind"),
    [
        ("I99", (), {}, NOT_FOUND),
        ("I12", ("need", "device"), {}, BREAKDOWN_NOT_OFFERED),
        ("I12", ("need", "commune"), {"audience": "public"}, BREAKDOWN_NOT_OFFERED),
        ("I01", (), {"audience": "restricted"}, INVALID_PARAMETER),
        ("I01", (), {"audience": "public", "period_from": dt.date(2026, 2, 1)}, INVALID_PARAMETER),
        ("I01", (), {"period_to": dt.date(2026, 2, 27)}, INVALID_PARAMETER),
    ],
)
def test_what_is_not_on_offer_is_said(
    village: Village, indicator: str, by: tuple[str, ...], more: dict[str, Any], kind: Any
) -> None:
    with pytest.raises(Problem) as raised:
        shown(village, indicator, *by, **more)
    assert raised.value.kind is kind


def test_dara_may_not_and_an_analyst_gets_nothing_unhidden(village: Village) -> None:
    dara = Actor(id=77, name="Dara", roles={})
    analyst = Actor(id=78, name="Sophal", roles={village.project_id: frozenset({Role.ANALYST})})
    for actor, audience, kind in (
        (dara, "public", NOT_FOUND),
        (analyst, "internal", NOT_ALLOWED),
    ):
        with pytest.raises(Problem) as raised:
            show(village.session, actor, village.project_id, "I01", (), audience)
        assert raised.value.kind is kind


# --- the same household again -------------------------------------------------------------------
def test_one_household_visited_thirty_times_is_one_household_to_whoever_protects_it(
    village: Village,
) -> None:
    """Else a number of many would be about one woman."""
    for _ in range(12):
        village.household({}, {}, province="02")
    for day in range(1, 29):
        village.household({}, home="a" * 16, province="23", happened_on=dt.date(2026, 5, day))
    internal = shown(village, "I01", "province", audience=Audience.INTERNAL)
    assert numbers(internal)["23",] == (28, None), "the figure counts visits, and says so"
    for audience in (Audience.PUBLIC, Audience.PARTNER):
        for by in (("province",), ("province", "sex"), ("province", "quarter")):
            table = shown(village, "I01", *by, audience=audience)
            assert all(row.hidden for row in (*table.cells, *table.totals) if "23" in row.key)


def test_a_second_visit_adds_neither_households_nor_people_and_hides_nothing_else(
    village: Village,
) -> None:
    for home in range(2):
        for month in (1, 4, 7):
            village.household({}, {}, home=f"{home:016x}", province="23",
                              happened_on=dt.date(2026, month, 5))  # fmt: skip
    for home in range(20, 32):
        for month in (1, 7):
            village.household({}, {}, home=f"{home:016x}", happened_on=dt.date(2026, month, 5))
    table = shown(village, "I01", "province", audience=Audience.PARTNER)
    assert numbers(table)["23",] == (12, None), (
        "four people of two households: enough for a partner"
    )
    table = shown(village, "I01", "province", audience=Audience.PUBLIC)
    assert numbers(table)["23",] == (None, None)
    quarters = shown(village, "I01", "quarter", audience=Audience.PARTNER)
    assert numbers(quarters)["2026-Q2",] == (4, None)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_not_counted_exactly_is_protected_as_if_it_were(
    village: Village, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        home = min(chance.randrange(1, 60), chance.randrange(1, 60))
        needs = chance.sample((PROSTHESIS, PEER, WASH), chance.randrange(3))
        people = [{"sex": chance.choice(("female", "male")), "needs": needs}, {}]
        province = "12" if home in (3, 40) else "23" if home % 3 else "02"
        month = chance.randrange(1, 13)
        day = dt.date(2026, month, 5)
        village.household(*people, home=f"{home:016x}", province=province, happened_on=day)

    def tables() -> list[Any]:
        return [
            numbers(shown(village, "I12", *by, audience=audience))
            for by in ((), ("need",), ("need", "province"), ("need", "sex"), ("need", "quarter"))
            for audience in (Audience.PUBLIC, Audience.PARTNER)
        ]

    quick = tables()
    exact = counting.Visits(are_again=True, of_plenty=10**9)
    monkeypatch.setattr(counting.Figures, "visits", lambda *_: exact)
    assert quick == tables()
    assert any(None in cell for table in quick for cell in table.values()), "some are hidden"


def test_one_who_is_asked_again_each_month_is_one_of_few_in_the_year_too(village: Village) -> None:
    """Over the months households do not add up: the total is counted by itself."""
    for month in range(1, 11):
        for home in ("a" * 16, "b" * 16):
            village.household({}, home=home, province="23", happened_on=dt.date(2026, month, 5))
    for _ in range(12):
        village.household({}, {}, province="02")
    for by in (("province", "quarter"), ("province", "year"), ("province",), ("province", "sex")):
        for audience in (Audience.PUBLIC, Audience.PARTNER):
            table = shown(village, "I01", *by, audience=audience)
            assert all(row.hidden for row in (*table.cells, *table.totals) if "23" in row.key)


def test_a_place_that_one_collector_brought_is_named_beside_the_table(village: Village) -> None:
    for collector in range(1, 5):
        for _ in range(5):
            village.household({}, {}, province="02", submitter_id=collector)
    for _ in range(12):
        village.household({}, {}, province="12", submitter_id=9)
    for hidden in ("23", "24"):
        for _ in range(3):
            village.household({}, province=hidden, submitter_id=9)
    for audience, by in ((Audience.PUBLIC, "province"), (Audience.PUBLIC, "sex")):
        note = shown(village, "I01", "province", by, audience=audience).as_dict()["note"]
        assert "from one collector: Phnom Penh." in note["en"], "a hidden place is not spoken of"
        assert "៖ រាជធានីភ្នំពេញ។" in note["km"]
    assert "one collector" not in shown(village, "I01", "sex").as_dict()["note"]["en"]


def test_who_was_not_asked_is_not_told_by_two_figures(village: Village) -> None:
    """All assessed in a province less those of whom the share is: few of them are nobody's to
    know. Two of thirty were not asked; in the other two provinces none, or twenty."""
    for province, all_of_them, others in (("02", 30, 2), ("12", 40, 0), ("24", 60, 20)):
        for number in range(all_of_them):
            village.household(
                {"disability_card": "not_asked" if number < others else "no",
                 "victim_type": "direct_injured", "device": "mine_ap"},
                province=province, submitter_id=number % 5,
            )  # fmt: skip
    assessed = numbers(shown(village, "I01", "province", audience=Audience.PUBLIC))
    part = shown(village, "I35", "province", audience=Audience.PUBLIC)
    assert assessed["02",] == (30, None)
    for key, (_, told) in numbers(part).items():
        everybody = assessed[key][0]
        if told is not None and everybody is not None:
            assert everybody - told == 0 or everybody - told >= 5, key
    rows = numbers(part)
    assert rows["02",][1] is None
    assert any(row[1] for row in rows.values())
