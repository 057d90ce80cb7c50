"""Folding groups into cells and margins, counted by hand."""

from __future__ import annotations

from service.disclosure.safe_table import Counted
from service.indicators.layout import of_time
from service.indicators.tabulate import Group, Grouping, fold


def a_group(*codes: str, n: int, h: int | None) -> Group:
    return Group(codes=codes, persons=n, households=h)


def test_places_and_times_add_up_households_too() -> None:
    grouping = Grouping.of(
        ("province", "quarter"),
        [
            a_group("02", "2026-Q1", n=6, h=2),
            a_group("02", "2026-Q1", n=2, h=1),
            a_group("12", "2026-Q2", n=4, h=4),
        ],
    )
    cells = fold(("province", "quarter"), [grouping])
    assert cells["02", "2026-Q1"] == Counted(persons=8, households=3)
    assert cells["02", None] == cells["02", "2026-Q1"]
    assert cells[None, None] == Counted(persons=12, households=7)


def test_personal_margins_come_from_their_own_grouping() -> None:
    by_sex = Grouping.of(("sex",), [a_group("female", n=3, h=2), a_group("male", n=4, h=3)])
    whole = Grouping.of((), [a_group(n=7, h=3)])
    cells = fold(("sex",), [by_sex, whole])
    assert cells[(None,)].households == 3
    assert cells["female",].households == 2


def test_months_fold_into_one_row_of_the_quarter() -> None:
    months = [
        a_group(of_time("quarter", month), n=1, h=1) for month in ("2026-04", "2026-06", "2026-07")
    ]
    cells = fold(("quarter",), [Grouping.of(("quarter",), months)])
    assert {key: cell.persons for key, cell in cells.items()} == {
        ("2026-Q2",): 2,
        ("2026-Q3",): 1,
        (None,): 3,
    }


def test_a_district_is_never_counted_without_its_province() -> None:
    grouping = Grouping.of(("province", "district"), [a_group("24", "2401", n=3, h=1)])
    cells = fold(("province", "district"), [grouping])
    assert set(cells) == {("24", "2401"), ("24", None), (None, None)}


def test_nothing_grouped_is_an_empty_table() -> None:
    assert fold(("sex",), [Grouping.of((), [])]) == {}


def test_where_households_do_not_matter_they_are_not_counted() -> None:
    cells = fold((), [Grouping.of((), [a_group(n=9, h=None)])])
    assert cells == {(): Counted(persons=9, households=None)}
