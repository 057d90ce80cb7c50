"""A released table reads in the order of its lists, and hidden stays hidden."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.facts import codes, needs
from service.web.pages.figure_table import Number, in_order, layout


def a_table(by: list[str], *rows: dict[str, Any]) -> dict[str, Any]:
    """Rows with all of `by` are cells, the others totals, as the API has them."""
    full = [{"d": None, "hidden": row.get("n", 0) is None, **row} for row in rows]
    return {
        "title": {"en": "People assessed", "km": "មនុស្សដែលបានវាយតម្លៃ"},
        "by": by,
        "cells": [row for row in full if by and all(name in row for name in by)],
        "totals": [row for row in full if not by or not all(name in row for name in by)],
    }


def test_one_dimension_is_a_list_with_its_total_last() -> None:
    table = a_table(["sex"], {"n": 9}, {"sex": "male", "n": 4}, {"sex": "female", "n": 5})
    [group] = layout(table, "km").groups
    assert [line.label for line in group.lines] == ["ស្រី", "ប្រុស", "សរុប"]
    assert [line.numbers[0].n for line in group.lines] == [5, 4, 9]
    assert [line.is_total for line in group.lines] == [False, False, True]


def test_two_dimensions_cross_when_one_is_short() -> None:
    table = a_table(
        ["province", "sex"],
        {"province": "02", "sex": "female", "n": 12, "d": 40},
        {"province": "24", "sex": "male", "n": None},
        {"province": "02", "n": 12, "d": 60},
        {"province": "24", "n": None},
        {"sex": "female", "n": 12},
        {"sex": "male", "n": None},
        {"n": 15},
    )
    drawn = layout(table, "en")
    assert drawn.columns == ("Female", "Male", "Total")
    battambang, pailin, total = drawn.groups[0].lines
    assert battambang.label == "02 Battambang"
    assert battambang.numbers == (Number(n=12, d=40), Number(n=0), Number(n=12, d=60))
    assert pailin.numbers[0] == Number(n=0)
    assert pailin.numbers[1].hidden
    assert pailin.numbers[1].n is None
    assert total.numbers[2].n == 15
    assert drawn.any_hidden


def test_two_long_dimensions_are_grouped_by_place_with_the_country_last() -> None:
    cells = [
        {"need": need, "province": place, "n": 1}
        for place in ("02", "24", "01", "03", "04", "05", "06")
        for need in list(needs.NEED)[:7]
    ]
    table = a_table(["need", "province"], *cells, {"province": "02", "n": 3}, {"n": 20})
    groups = layout(table, "en").groups
    assert [group.label for group in groups][:2] == ["01 Banteay Meanchey", "02 Battambang"]
    assert groups[-1].label == "Total"
    last = groups[1].lines[-1]
    assert (last.label, last.is_total, last.numbers[0].n) == ("All (each person once)", True, 3)


def test_a_total_alone_is_one_line() -> None:
    [group] = layout(a_table([], {"n": 7, "d": 40}), "en").groups
    [line] = group.lines
    assert (line.label, line.numbers[0].percent) == ("Total", 18)


def test_percent_is_said_only_where_both_numbers_are() -> None:
    assert Number(n=12, d=40).percent == 30
    assert Number(n=12).percent is None
    assert Number(n=None, d=40, hidden=True).percent is None
    assert Number(n=0, d=0).percent is None


@given(st.permutations([*codes.AGE_BAND5]))
def test_order_follows_the_list_never_the_numbers(shuffled: list[str]) -> None:
    """Sorted by size, a hidden cell would stand between its neighbours' numbers."""
    assert in_order("age", set(shuffled)) == [*codes.AGE_BAND5]


@given(st.dictionaries(st.sampled_from([*codes.SEX]), st.none() | st.integers(1, 99), min_size=1))
def test_hidden_cells_differ_in_nothing_but_their_place(counts: dict[str, int | None]) -> None:
    rows = [{"sex": sex, "n": n} for sex, n in counts.items()]
    [group] = layout(a_table(["sex"], *rows), "en").groups
    hidden = {line.numbers for line in group.lines if line.numbers[0].hidden}
    assert len(hidden) <= 1
