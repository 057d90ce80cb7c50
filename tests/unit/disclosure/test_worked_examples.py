"""The worked examples of docs/disclosure.md, under their numbers there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.disclosure.rules import Audience
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.suppress import protect
from tests.unit.disclosure.tables import a_row, a_table, grid


def hidden(table: SafeTable) -> set[tuple[str | None, ...]]:
    return {row.key for row in (*table.cells, *table.totals) if row.hidden}


def communes_by_service() -> RawTable:
    numbers = (12, 3, 7, 8, 9, 6, 15, 11, 2)
    return a_table(("sex", "need"), grid("ABC", ("prosthesis", "psy", "wash"), numbers))


def test_t1_hides_exactly_the_cheapest_pair_beside_the_two_small_cells() -> None:
    safe = protect(communes_by_service(), Audience.PUBLIC)
    assert hidden(safe) == {("A", "psy"), ("A", "wash"), ("C", "psy"), ("C", "wash")}
    assert sum(cell.n for cell in safe.cells if cell.n is not None) == 50
    assert safe.find() is not None
    assert safe.find().n == 73
    assert {row.n for row in safe.totals} == {22, 23, 28, 35, 15, 73}


def test_t1_is_the_same_when_needs_overlap_but_nobody_stands_there_twice() -> None:
    table = replace(communes_by_service(), overlapping=frozenset({"need"}))
    assert hidden(protect(table, Audience.PUBLIC)) == hidden(
        protect(communes_by_service(), Audience.PUBLIC)
    )


def test_t3_two_women_among_twenty_three_leave_only_the_total() -> None:
    table = a_table(("sex",), {("male",): 21, ("female",): 2})
    safe = protect(table, Audience.PUBLIC)
    assert all(cell.hidden and cell.n is None for cell in safe.cells)
    assert [row.n for row in safe.totals] == [23]


@pytest.mark.parametrize(("n", "d", "shown"), [(4, 9, False), (22, 23, False), (12, 40, True)])
def test_t5_percentages_need_a_base_and_a_complement(n: int, d: int, shown: bool) -> None:
    (row,) = protect(a_row(n, d), Audience.PUBLIC).totals
    assert (row.n, row.d, row.hidden) == ((n, d, False) if shown else (None, d, True))


def test_t6_nobody_and_everybody_of_fourteen_are_shown() -> None:
    (nobody,) = protect(a_row(0, 14), Audience.PUBLIC).totals
    (everybody,) = protect(a_row(14, 14), Audience.PUBLIC).totals
    assert (nobody.n, nobody.hidden) == (0, False)
    assert (everybody.n, everybody.hidden) == (14, False)


def test_t6_restricted_topics_hide_both() -> None:
    for n in (0, 14):
        (row,) = protect(a_row(n, 14, restricted=True), Audience.PUBLIC).totals
        assert (row.n, row.hidden) == (None, True)


def test_t7_pailin_is_shown_as_a_province_only() -> None:
    table = RawTable(
        indicator="I01",
        unit="persons",
        by=("province", "district"),
        nested={"district": "province"},
        cells={
            (None, None): a_row(19).cells[()],
            ("24", None): a_row(19).cells[()],
            ("24", "2401"): a_row(3).cells[()],
            ("24", "2402"): a_row(16).cells[()],
        },
    )
    safe = protect(table, Audience.PUBLIC)
    assert safe.by == ("province",)
    assert [(row.key, row.n) for row in safe.cells] == [(("24",), 19)]
