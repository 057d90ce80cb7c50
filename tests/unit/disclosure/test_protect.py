"""Shapes and promises of protect() beside the arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import ALL, Counted, Key, RawTable, SafeTable
from service.disclosure.suppress import is_too_fine, protect
from tests.unit.disclosure.tables import a_row, a_table


def places(numbers: dict[str, int]) -> RawTable:
    """Counts by province, district and commune from counts by commune code."""
    cells: dict[Key, int] = {}
    for commune, n in numbers.items():
        whole = (commune[:2], commune[:4], commune)
        for depth in range(4):
            key = (*whole[:depth], *(ALL,) * (3 - depth))
            cells[key] = cells.get(key, 0) + n
    return RawTable(
        indicator="I01",
        unit="persons",
        by=("province", "district", "commune"),
        nested={"district": "province", "commune": "district"},
        cells={key: Counted(persons=n) for key, n in cells.items()},
    )


def test_nobody_makes_a_safe_table_by_hand() -> None:
    with pytest.raises(TypeError):
        SafeTable(object(), by=(), rows=(), facts={})


def test_a_hidden_row_says_nothing_but_where_it_is() -> None:
    table = a_table(("sex",), {("a",): 2, ("b",): 30, ("c",): 40})
    rows = [row for row in protect(table, Audience.PUBLIC).as_dict()["cells"] if row["hidden"]]
    assert len(rows) == 2
    assert {tuple((k, v) for k, v in row.items() if k != "sex") for row in rows} == {
        (("n", None), ("d", None), ("hidden", True))
    }


def test_a_small_grand_total_hides_everything_that_is_not_zero() -> None:
    safe = protect(a_table(("sex",), {("a",): 1, ("b",): 3}), Audience.PUBLIC)
    assert all(row.hidden for row in (*safe.cells, *safe.totals))
    assert safe.as_dict()["basis"]["persons"] is None


def test_a_table_without_anybody_is_a_zero() -> None:
    safe = protect(a_table(("sex", "age"), {}), Audience.PUBLIC)
    assert safe.cells == ()
    assert [(row.key, row.n, row.hidden) for row in safe.totals] == [((ALL, ALL), 0, False)]


def test_one_row_equals_its_total_and_both_are_shown() -> None:
    safe = protect(a_table(("sex", "age"), {("f", "1859"): 12}), Audience.PUBLIC)
    assert {row.n for row in (*safe.cells, *safe.totals)} == {12}


def test_internal_tables_hide_nothing_and_say_so() -> None:
    safe = protect(places({"240101": 1, "240201": 2}), Audience.INTERNAL)
    assert safe.find(province="24", district="2401", commune="240101").n == 1  # type: ignore[union-attr]
    assert safe.as_dict()["k"] is None
    assert "do not pass" in safe.as_dict()["note"]["en"]


def test_what_the_audience_may_not_have_is_dropped() -> None:
    safe = protect(places({"020101": 40, "020201": 50, "030101": 60}), Audience.PUBLIC)
    assert safe.by == ("province", "district")
    assert {row.n for row in safe.cells} == {40, 50, 60}


def test_a_small_commune_takes_a_sister_of_the_same_district_with_it() -> None:
    table = places({"020101": 2, "020102": 8, "020103": 9, "020201": 20, "030101": 30})
    safe = protect(table, Audience.PARTNER)
    hidden = {row.key[-1] for row in safe.cells if row.hidden}
    assert hidden == {"020101", "020102"}
    assert not any(row.hidden for row in safe.totals)


def test_children_of_a_hidden_place_are_hidden() -> None:
    table = places({"020101": 2, "020201": 30, "030101": 30, "030201": 9})
    safe = protect(table, Audience.PARTNER)
    below = [row for row in safe.cells if row.key[1] == "0201"]
    assert below
    assert all(row.hidden for row in below)


def test_people_of_two_houses_only_are_hidden_from_the_public() -> None:
    table = replace(a_row(6), cells={(): Counted(persons=6, households=2)})
    assert protect(table, Audience.PUBLIC).totals[0].hidden
    assert not protect(table, Audience.PARTNER).totals[0].hidden


def test_t2_six_people_of_one_incident_are_hidden() -> None:
    table = replace(a_row(6), cells={(): Counted(persons=6, reporters=1)})
    assert protect(table, Audience.PUBLIC).totals[0].hidden


def test_one_collector_behind_most_of_it_is_a_footnote() -> None:
    table = replace(a_row(40), cells={(): Counted(persons=40, largest_share=0.95)})
    assert "one collector" in protect(table, Audience.PUBLIC).as_dict()["note"]["en"]
    assert "one collector" not in protect(a_row(40), Audience.PUBLIC).as_dict()["note"]["en"]


def test_too_fine_means_more_than_a_quarter_lost_at_first_hand() -> None:
    bands = dict(zip([("a",), ("b",), ("c",), ("d",)], (2, 9, 9, 9), strict=True))
    assert not is_too_fine(a_table(("age",), bands), RULES[Audience.PUBLIC])
    assert is_too_fine(a_table(("age",), {**bands, ("e",): 1}), RULES[Audience.PUBLIC])


def test_totals_that_do_not_add_are_refused() -> None:
    table = a_table(("sex",), {("a",): 20, ("b",): 30})
    with pytest.raises(ValueError, match="add up"):
        protect(replace(table, cells={**table.cells, (ALL,): Counted(persons=51)}), Audience.PUBLIC)


def ages(numbers: dict[str, int]) -> RawTable:
    """People by age bands, inside children and adults."""
    cells: dict[Key, int] = {}
    for band, n in numbers.items():
        group = "child" if band in {"0511", "1217"} else "adult"
        for key in ((group, band), (group, ALL), (ALL, ALL)):
            cells[key] = cells.get(key, 0) + n
    return RawTable(
        indicator="I01",
        unit="persons",
        by=("age_group", "age"),
        nested={"age": "age_group"},
        asked=("age",),
        cells={key: Counted(persons=n) for key, n in cells.items()},
    )


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ({"0511": 9, "1217": 9, "1859": 30, "60p": 20}, {"0511", "1217", "1859", "60p"}),
        ({"0511": 3, "1217": 4, "1859": 30, "60p": 20}, {"child", "adult"}),
        ({"0511": 1, "1217": 2, "1859": 30, "60p": 20}, set()),
    ],
)
def test_ages_merge_to_children_and_adults_and_those_to_nothing(
    numbers: dict[str, int], told: set[str]
) -> None:
    safe = protect(ages(numbers), Audience.PUBLIC)
    assert {row.key[0] for row in safe.cells} == told
    assert not any(row.hidden for row in safe.totals)
