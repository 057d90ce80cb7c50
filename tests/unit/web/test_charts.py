"""A table as a chart: which drawing, and what is said of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.products.blocks import Draw
from service.products.finding import lines_of
from service.web.pages import charts
from tests.unit.web.test_figure_table import a_table

SEXES = [{"sex": "male", "n": 4}, {"sex": "female", "n": 15}, {"sex": "other", "n": None}]


def drawn(by: list[str], *rows: dict[str, Any], language: str = "en") -> charts.Chart | None:
    return charts.of_table(a_table(by, *rows), language, "t")


def test_one_dimension_is_bars_in_the_order_of_the_list_and_hidden_is_said() -> None:
    chart = drawn(["sex"], *SEXES)
    assert chart is not None
    assert chart.words == "Most: Female, 15. Hidden: 1 of 3 rows."
    labels = re.findall(r">([^<]+)</text>", chart.svg)
    assert labels == ["Female", "15", "Male", "4", "Another / self-described", "hidden"]
    khmer = drawn(["sex"], *SEXES, language="km")
    assert khmer is not None
    assert khmer.words == "ច្រើនជាងគេ៖ ស្រី 15។ លាក់៖ 1 ក្នុង 3 ជួរ។"


def test_shares_are_compared_where_every_number_has_its_base() -> None:
    chart = drawn(["sex"], {"sex": "male", "n": 5, "d": 50}, {"sex": "female", "n": 15, "d": 200})
    assert chart is not None
    assert chart.words == "Highest share: Male, 5 of 50 (10 %)."


@pytest.mark.parametrize(
    ("by", "rows", "expected"),
    [
        (["year", "quarter"], [{"year": "2026", "quarter": "2026-Q1", "n": 9}], Draw.SERIES),
        (["sex"], SEXES, Draw.BARS),
        (["sex", "wg"], [{"sex": "male", "wg": "yes", "n": 9}], Draw.MULTIPLES),
        (["province"], [{"province": "02", "n": 9}], None),
        (["sex", "wg", "victim"], [{"sex": "male", "wg": "yes", "victim": "x", "n": 9}], None),
        (["need"], [{"need": f"n{at}", "n": 9} for at in range(40)], None),
        (["sex"], [{"sex": "male", "n": None}], None),
        ([], [{"n": 9}], None),
    ],
)
def test_each_table_gets_the_drawing_that_suits_it(
    by: list[str], rows: list[dict[str, Any]], expected: Draw | None
) -> None:
    table = a_table(by, *rows)
    own = charts.own_dimensions(by)
    assert charts.fitting(own, list(lines_of(table, own, {}))) is expected


def test_where_all_is_hidden_nothing_is_said_of_size() -> None:
    lines = list(lines_of(a_table(["sex"], {"sex": "male", "n": None}), ("sex",), {}))
    assert charts.sentence(("sex",), lines, "en") == "Hidden: 1 of 1 rows."
    zero = list(lines_of(a_table(["sex"], {"sex": "male", "n": 0}), ("sex",), {}))
    assert charts.sentence(("sex",), zero, "en") == "No number is above zero here."


def test_many_bars_are_drawn_in_parts_to_one_scale() -> None:
    rows = [{"need": f"n{at:02}", "n": at + 1} for at in range(30)]
    lines = list(lines_of(a_table(["need"], *rows), ("need",), {}))
    asked = charts.Asked(title="x", language="en", name="d")
    parts = list(charts.charts(Draw.BARS, ("need",), lines, asked, most=12))
    widths = [
        float(width)
        for part in parts
        for width in re.findall(r'width="([\d.]+)" fill="url\(#d\w*-c3', part.svg)
    ]
    assert len(parts) == 3
    assert len(widths) == 30
    assert widths == sorted(widths)
    assert widths[-1] == 360
    assert len({re.search(r'id="(\w+)-title', part.svg)[1] for part in parts}) == 3  # type: ignore[index]
