"""The map says the same as the table: in numbers, in patterns, in words."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from service.facts import provinces
from service.web.pages.tile_map import CLASSES, draw
from tests.unit.web.test_figure_table import a_table

CODES = [tile.code for tile in provinces.tiles()]


def rows(**numbers: int | None) -> list[dict[str, object]]:
    return [{"province": key.removeprefix("p"), "n": n} for key, n in numbers.items()]


def test_all_25_provinces_have_their_square_and_none_overlap() -> None:
    drawn = draw(a_table(["province"], *rows(p02=8)), "en")
    assert drawn is not None
    assert len(drawn.squares) == 25
    assert len({(square.column, square.row) for square in drawn.squares}) == 25
    root = ElementTree.fromstring(drawn.svg)
    left, _, width, _ = map(float, root.attrib["viewBox"].split())
    groups = root.findall("{http://www.w3.org/2000/svg}g")
    places = [float(one.attrib["transform"].split("(")[1].split()[0]) for one in groups]
    assert len(groups) == 25
    assert left <= min(places)
    assert max(places) + 100 <= left + width


def test_hidden_is_hatched_and_said_in_words() -> None:
    drawn = draw(a_table(["province"], *rows(p02=8, p24=None)), "km")
    assert drawn is not None
    looks = {square.code: square for square in drawn.squares}
    assert (looks["24"].look, looks["24"].value) == ("hidden", "លាក់")
    assert (looks["02"].look, looks["02"].value) == ("c4", "8")
    assert (looks["23"].look, looks["23"].value) == ("zero", "0")
    assert "លាក់៖ ប៉ៃលិន។" in drawn.words
    assert "ច្រើនជាងគេ៖ បាត់ដំបង 8។" in drawn.words


def test_shares_are_compared_where_every_number_has_its_base() -> None:
    cells = [{"province": "02", "n": 30, "d": 100}, {"province": "24", "n": 12, "d": 20}]
    drawn = draw(a_table(["province"], *cells), "en")
    assert drawn is not None
    assert "Highest share: Pailin, 12 of 20 (60 %)." in drawn.words
    assert {square.value for square in drawn.squares} == {"0", "30 %", "60 %"}


def test_a_table_over_provinces_and_more_is_mapped_by_its_margin() -> None:
    table = a_table(
        ["province", "sex"], {"province": "02", "sex": "male", "n": 5}, {"province": "02", "n": 9}
    )
    drawn = draw(table, "en")
    assert drawn is not None
    assert "Most: Battambang, 9." in drawn.words


def test_a_table_without_provinces_has_no_map() -> None:
    assert draw(a_table(["sex"], {"sex": "male", "n": 5}), "en") is None


def test_records_of_no_known_province_are_said_not_drawn() -> None:
    drawn = draw(a_table(["province"], *rows(p02=8), {"province": "unknown", "n": None}), "en")
    assert drawn is not None
    assert "Province not known: hidden." in drawn.words


@given(st.dictionaries(st.sampled_from(CODES), st.none() | st.integers(0, 5000)))
def test_every_square_looks_like_its_number_and_the_legend_explains_it(
    counts: dict[str, int | None],
) -> None:
    cells = [{"province": code, "n": n} for code, n in counts.items()]
    drawn = draw(a_table(["province"], *cells), "en")
    assert drawn is not None
    legend = dict(drawn.legend)
    assert {square.look for square in drawn.squares} == set(legend)
    for square in drawn.squares:
        n = counts.get(square.code, 0)
        if n is None:
            assert (square.look, square.value) == ("hidden", "hidden")
        else:
            assert square.value == str(n)
            low, _, high = legend[square.look].partition(" to ")
            assert int(low) <= n <= int(high or low)
    assert len(legend) <= CLASSES + 2
