"""Which row of which release a figure gets, and that nothing is made of two."""

from __future__ import annotations

import pytest

from service.products.blocks import Ask, Draw, Figure
from service.products.declared import PRODUCTS
from service.products.finding import Line, find, in_force
from service.products.pack import shown
from tests.unit.products.made_up import K, row, source, table


def figure(*asks: str, most: int = 0, of_country: bool = False) -> Figure:
    wanted = tuple(
        Ask(indicator=one.split(":")[0], by=tuple(filter(None, one.split(":")[1].split(","))))
        for one in asks
    )
    name = {"en": "x", "km": "x"}
    return Figure(name=name, asks=wanted, draw=Draw.BARS, most=most, of_country=of_country)


OLD = source(1, table("I01", row(9), row(7, province="02"), by=("province",)))
NEW = source(2, table("I01", row(30), row(20, province="02"), row(3, province="24"),
                      by=("province",)))  # fmt: skip


def test_the_newest_release_in_force_gives_the_number_and_the_one_before_it_the_change() -> None:
    found = find(figure("I01:"), in_force([OLD, NEW]), "02", outwards=False)
    assert found is not None
    assert (found.source.number, found.total.n if found.total else None) == (2, 20)
    assert found.before is not None
    assert found.before.total == Line(codes={"province": "02"}, n=7)
    corrected = source(3, table("I01", row(29), row(19, province="02"), by=("province",)),
                       corrects=2)  # fmt: skip
    after = find(figure("I01:"), in_force([OLD, NEW, corrected]), "02", outwards=False)
    assert after is not None
    assert (after.source.number, after.before and after.before.source.number) == (3, 1)


def test_what_is_hidden_stays_hidden_whatever_an_older_release_showed() -> None:
    older = source(1, table("I01", row(9), row(7, province="24"), by=("province",)))
    found = find(figure("I01:"), in_force([older, NEW]), "24", outwards=False)
    assert found is not None
    assert found.total == Line(codes={"province": "24"}, n=None, hidden=True)
    assert K > 3


def test_a_row_that_is_not_there_is_a_true_zero_and_says_so() -> None:
    found = find(figure("I01:"), [NEW], "12", outwards=False)
    assert found is not None
    assert found.total == Line(codes={"province": "12"}, n=0, is_told=False)


def test_the_first_that_a_release_has_is_taken_and_none_is_none() -> None:
    assert find(figure("I32:", "I44:sex"), [NEW], "02", outwards=False) is None
    found = find(figure("I32:", "I01:"), [NEW], "02", outwards=False)
    assert found is not None
    assert found.ask.indicator == "I01"
    assert find(figure("I01:sex"), [NEW], "02", outwards=False) is None


def test_a_commune_gets_the_numbers_of_the_smallest_place_that_has_them() -> None:
    found = find(figure("I01:"), [NEW], "020401", outwards=True)
    assert found is not None
    assert (found.place, found.total and found.total.n) == ("02", 20)
    assert find(figure("I01:"), [NEW], "020401", outwards=False) is None


def test_lines_are_of_the_dimensions_asked_and_no_finer() -> None:
    rows = (
        row(40), row(25, province="02"), row(15, sex="male"), row(25, sex="female"),
        row(10, province="02", sex="male"), row(15, province="02", sex="female"),
        row(6, province="02", sex="male", age="1859"),
    )  # fmt: skip
    only = source(1, table("I01", *rows, by=("province", "sex", "age")))
    found = find(figure("I01:sex"), [only], "02", outwards=False)
    assert found is not None
    assert [(one.codes["sex"], one.n) for one in found.lines] == [("male", 10), ("female", 15)]
    assert found.total is not None
    assert found.total.n == 25
    whole = find(figure("I01:sex"), [only], "", outwards=False)
    assert whole is not None
    assert [one.n for one in whole.lines] == [15, 25]


def test_the_greatest_stand_in_the_order_of_the_release() -> None:
    rows = [row(n, need=f"n{at}") for at, n in enumerate((6, 50, 3, 40, 7, 60))]
    found = find(
        figure("I12:need", most=3),
        [source(1, table("I12", *rows, row(90), by=("need",)))],
        "",
        outwards=False,
    )
    assert found is not None
    assert [one.n for one in shown(figure("I12:need", most=3), found)] == [50, 40, 60]
    assert found.hidden == 1


@pytest.mark.parametrize(("n", "d", "percent"), [(1, 3, 33), (1, 200, 1), (None, 9, None),
                                                 (5, None, None), (0, 40, 0)])  # fmt: skip
def test_whole_percents(n: int | None, d: int | None, percent: int | None) -> None:
    assert Line(codes={}, n=n, d=d).percent == percent


def test_every_product_is_in_both_languages_and_asks_for_indicators_by_code() -> None:
    for product in PRODUCTS.values():
        names = [product.name, *(one.name for one in product.sections)]
        names += [one.name for one in product.figures]
        assert all(set(one) == {"en", "km"} for one in names)
        assert all(bool(one["en"]) == bool(one["km"]) for one in names)
        assert product.figures
        for one in product.figures:
            assert all(ask.indicator.startswith("I") for ask in one.asks)
            assert all(1 <= int(ask.indicator[1:]) <= 58 for ask in one.asks)
