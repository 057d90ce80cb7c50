"""Drawings say by pattern and word what they say by colour, and keep what is hidden."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import outline, places
from service.foundation.formats.drawing import bars, dots, maps, series, svg
from service.foundation.formats.drawing.apart import apart
from service.foundation.formats.drawing.bars import Bar, Panel
from service.foundation.formats.drawing.dots import Dot, Row
from service.foundation.formats.drawing.maps import Outline
from service.foundation.formats.drawing.series import Point
from service.foundation.formats.drawing.svg import Said

NS = "{http://www.w3.org/2000/svg}"
SAID = Said(title="មនុស្ស & < people", words="Most: ស្រី, 12.")
HIDDEN = "url(#d-hidden)"


def read(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def texts(drawn: str) -> list[str]:
    return [one.text or "" for one in read(drawn).iter(f"{NS}text")]


def every(name: str = "d") -> dict[str, str]:
    """One of each kind, with something hidden in it."""
    some = [
        Bar(label="ស្រី", size=12.0, said="12"),
        Bar(label="ប្រុស", size=None, said="លាក់"),
    ]
    points = [
        Point(label="2026-Q1", size=4.0, said="4"),
        Point(label="2026-Q2", size=None, said="លាក់"),
    ]
    rows = [Row(label="<30", dots=[Dot(share=40.0, said="4/10"), Dot(share=None, said="លាក់")])]
    areas = [
        Outline(code=one.code, path=one.path, at=one.at, look="hidden" if at else "c3")
        for at, one in enumerate(outline.shapes()[0])
    ]
    size = (outline.WIDTH, outline.shapes()[1])
    return {
        "bars": bars.bars(some, SAID, name=name),
        "multiples": bars.multiples([Panel(label="០–៤", bars=some)] * 3, SAID, name=name),
        "series": series.series(points, SAID, name=name, hidden="លាក់"),
        "dots": dots.dots(rows, ["a", "b"], SAID, name=name),
        "outlines": maps.outlines(areas, SAID, name=name, size=size),
        "legend": maps.legend([("hidden", "លាក់"), ("c1", "1")], name=name),
    }


@pytest.mark.parametrize("kind", every())
def test_each_has_a_title_words_and_a_hatched_place_for_what_is_hidden(kind: str) -> None:
    drawn = every()[kind]
    root = read(drawn)
    ids = root.attrib["aria-labelledby"].split()
    held = {one.attrib["id"]: one.text for one in root if "id" in one.attrib}
    assert root.attrib["role"] == "img"
    assert all(one in held for one in ids)
    if kind != "legend":
        assert held[ids[0]] == SAID.title
        assert held[ids[1]] == SAID.words
    filled = [one for one in root.iter() if one.get("fill") == HIDDEN]
    assert filled, "hatched"
    if kind != "outlines":
        assert "លាក់" in " ".join(texts(drawn)), "and said"
    assert 'style="' not in drawn, "pages forbid it"


@pytest.mark.parametrize("kind", every())
def test_no_drawing_reaches_over_its_edge(kind: str) -> None:
    root = read(every()[kind])
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    for one in root.iter(f"{NS}rect"):
        if one.get("x") is None:
            continue
        x, y = float(one.attrib["x"]), float(one.attrib["y"])
        assert left <= x <= x + float(one.attrib["width"]) <= left + width + 0.01
        assert top <= y <= y + float(one.attrib["height"]) <= top + height + 0.01
    for one in root.iter(f"{NS}path"):
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", one.get("d", ""))]
        if "h" not in one.get("d", "") and one.get("class") != "hatch":
            assert all(-8 <= n <= max(width, height) for n in numbers)


@given(st.lists(st.none() | st.integers(0, 10_000), min_size=1, max_size=40))
def test_bars_are_as_long_as_their_numbers(sizes: list[int | None]) -> None:
    given_ = [
        Bar(label=f"b{at}", size=None if n is None else float(n), said=str(n))
        for at, n in enumerate(sizes)
    ]
    root = read(bars.bars(given_, SAID, name="d"))
    shown = [n for n in sizes if n]
    drawn = [
        float(one.attrib["width"])
        for one in root.iter(f"{NS}rect")
        if one.get("fill") == "url(#d-c3)"
    ]
    hidden = [one for one in root.iter(f"{NS}rect") if one.get("fill") == HIDDEN]
    assert len(hidden) == sizes.count(None)
    assert len(drawn) == len(shown)
    for width, n in zip(drawn, shown, strict=True):
        assert width == pytest.approx(svg.WIDTH * n / max(shown), abs=0.01)


def test_a_hidden_point_is_no_point_between_its_neighbours() -> None:
    points = [
        Point(label=str(at), size=size, said="") for at, size in enumerate((3.0, None, 3.0, 3.0))
    ]
    root = read(series.series(points, SAID, name="d", hidden="hidden"))
    assert len(list(root.iter(f"{NS}circle"))) - 1 == 3, "beside the dot of a pattern"
    thread = next(one for one in root.iter(f"{NS}path") if one.get("class") == "thread")
    assert thread.attrib["d"].count("M") == 2
    assert thread.attrib["d"].count("L") == 1


def test_each_series_has_a_shape_of_its_own() -> None:
    rows = [Row(label="x", dots=[Dot(share=50.0, said="")] * 4)]
    drawn = read(dots.dots(rows, list("abcd"), SAID, name="d"))
    shapes = {(one.tag, re.sub(r"[-\d.]+", "", one.get("d", ""))) for one in drawn
              if one.get("class") == "edge"}  # fmt: skip
    assert len(shapes) >= 3
    with pytest.raises(ValueError, match="shape"):
        dots.dots(rows, list("abcde"), SAID, name="d")


def test_the_outlines_are_the_25_provinces_each_around_its_code() -> None:
    shapes, height = outline.shapes()
    assert [one.code for one in shapes] == [one.code for one in places.load().provinces()]
    assert 280 < height < 320
    at = {one.code: one.at for one in shapes}
    assert at["24"][0] < at["02"][0] < at["12"][0] < at["11"][0], "from west to east"
    assert at["22"][1] < at["17"][1] < at["12"][1] < at["23"][1], "from north to south"
    assert "ODbL" in outline.NOTICE["km"]


@pytest.mark.parametrize("kind", every())
def test_taken_apart_no_word_and_no_place_is_lost(kind: str) -> None:
    drawn = every()[kind]
    parts = apart(drawn)
    assert [one.words for one in parts.labels] == texts(drawn)
    assert "<text" not in parts.shapes
    assert "<title" not in parts.shapes
    assert parts.width == float(read(drawn).attrib["viewBox"].split()[2])
    assert all(0 <= one.x <= parts.width for one in parts.labels)
    assert all(0 <= one.y <= parts.height for one in parts.labels)


def test_a_square_that_was_moved_takes_its_words_along() -> None:
    square = maps.Square(code="02", name=["បាត់ដំបង"], column=2, row=3, look="c1", value="9")
    labels = {one.words: one for one in apart(maps.tiles([square], SAID, name="d")).labels}
    assert labels["9"].x == pytest.approx(2 * maps.STEP + 50 + 1)
    assert labels["9"].y == pytest.approx(3 * maps.STEP + 78 + 1)
