"""The 25 provinces as squares, or in their outlines: numbers, four patterns, and the same said in
words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.facts import outline, places, provinces
from service.foundation.formats.drawing import maps
from service.foundation.formats.drawing.maps import Outline, Square
from service.foundation.formats.drawing.svg import Said
from service.web.pages import wording
from service.web.pages.figure_table import Number, numbers_by_key
from service.web.pages.texts import text

CLASSES = 4


@dataclass(frozen=True, kw_only=True)
class TileMap:
    svg: str
    legend: tuple[tuple[str, str], ...]
    """(look, words), the looks that occur."""
    words: str
    """What the map shows, as sentences."""
    squares: tuple[Square, ...] = ()
    """Of a map of squares."""

    def swatches(self, name: str) -> list[tuple[str, str]]:
        """(drawing, words) of each look that occurs."""
        return [(maps.swatch(look, name=name), words) for look, words in self.legend]


def draw(table: Mapping[str, Any], language: str, *, is_lean: bool = False) -> TileMap | None:
    """The map of a table with provinces; None where it has none. `is_lean`: as `maps.tiles` has
    it."""
    by: list[str] = list(table["by"])
    if "province" not in by:
        return None
    at = by.index("province")
    found = {
        code: number
        for key, number in numbers_by_key(table).items()
        if (code := key[at]) is not None and all(part is None for part in key[:at] + key[at + 1 :])
    }
    return tiles(found, table["title"][language], language, name="map", is_lean=is_lean)


def tiles(
    found: Mapping[str, Number],
    title: str,
    language: str,
    *,
    name: str,
    here: str = "",
    is_lean: bool = False,
) -> TileMap:
    """`found`: by province; `here`: the one that the page is about."""
    by_share = _is_by_share(found)
    top = _top(found, by_share)
    squares = [
        Square(
            code=tile.code,
            name=_two_lines(wording.code("province", tile.code, language)),
            column=tile.column,
            row=tile.row,
            look=_look(found.get(tile.code), top, by_share),
            value=_value(found.get(tile.code), by_share, language),
            is_here=tile.code == here,
        )
        for tile in provinces.tiles()
    ]
    words = _words(found, by_share, language)
    about = text("figures.map_desc", language)
    said = Said(title=_called(title, language), words=f"{about} {words}")
    return TileMap(
        svg=maps.tiles(squares, said, name=name, is_lean=is_lean),
        legend=_legend({one.look for one in squares}, top, by_share, language),
        words=words,
        squares=tuple(squares),
    )


def outlines(
    found: Mapping[str, Number], title: str, language: str, *, name: str, here: str = ""
) -> TileMap:
    """The same in the shapes of the provinces; `outline.NOTICE` must stand beside it."""
    by_share = _is_by_share(found)
    top = _top(found, by_share)
    shapes, height = outline.shapes()
    areas = [
        Outline(
            code=one.code,
            path=one.path,
            at=one.at,
            look=_look(found.get(one.code), top, by_share),
            is_here=one.code == here,
        )
        for one in shapes
    ]
    words = _words(found, by_share, language)
    said = Said(title=_called(title, language), words=words)
    return TileMap(
        svg=maps.outlines(areas, said, name=name, size=(outline.WIDTH, height)),
        legend=_legend({one.look for one in areas}, top, by_share, language),
        words=words,
    )


def _called(title: str, language: str) -> str:
    return f"{text('figures.map', language)}: {title}"


def _top(found: Mapping[str, Number], by_share: bool) -> int:
    return max((_size(number, by_share) for number in found.values()), default=0)


def _is_by_share(found: Mapping[str, Number]) -> bool:
    """Shares are compared where every number that shows has its base; else counts."""
    shown = [number for number in found.values() if not number.hidden and number.n]
    return bool(shown) and all(number.percent is not None for number in shown)


def _size(number: Number, by_share: bool) -> int:
    return (number.percent if by_share else number.n) or 0


def _look(number: Number | None, top: int, by_share: bool) -> str:
    if number is None:
        return "zero"
    if number.hidden:
        return "hidden"
    size = _size(number, by_share)
    if not number.n:
        return "zero"
    return f"c{max(1, -(-CLASSES * size // top))}" if top else "c1"


def _bounds(step: int, top: int) -> tuple[int, int]:
    """Least and greatest whole number of class `step`: quarters of the greatest one."""
    return top * (step - 1) // CLASSES + 1, top * step // CLASSES


def _legend(
    looks: set[str], top: int, by_share: bool, language: str
) -> tuple[tuple[str, str], ...]:
    key = "figures.legend_range_share" if by_share else "figures.legend_range"
    rows = [("zero", text("figures.legend_zero", language))]
    for step in range(1, CLASSES + 1):
        low, high = _bounds(step, top)
        if low == high:
            rows.append((f"c{step}", f"{low} %" if by_share else str(low)))
        elif low < high:
            rows.append((f"c{step}", text(key, language, low=low, high=high)))
    rows.append(("hidden", text("figures.hidden", language)))
    return tuple(row for row in rows if row[0] in looks)


def _value(number: Number | None, by_share: bool, language: str) -> str:
    if number is None:
        return "0"
    if number.hidden:
        return text("figures.hidden", language)
    return f"{number.percent} %" if by_share and number.percent and number.n else str(number.n)


def in_words(number: Number, language: str) -> str:
    """12 · 12 of 40 (30 %) · hidden."""
    if number.hidden or number.n is None:
        return text("figures.hidden", language)
    if number.d is None:
        return str(number.n)
    words = text("figures.n_of_d", language, n=number.n, d=number.d)
    return f"{words} ({number.percent} %)" if number.percent is not None else words


def _words(found: Mapping[str, Number], by_share: bool, language: str) -> str:
    codes = [place.code for place in places.load().provinces()]
    shown = {code: found[code] for code in codes if code in found and found[code].n}
    hidden = [code for code in codes if code in found and found[code].hidden]
    sentences = []
    if shown:
        best = max(shown, key=lambda code: _size(shown[code], by_share))
        key = "figures.words_share" if by_share else "figures.words_one"
        place = wording.code("province", best, language)
        sentences.append(text(key, language, place=place, value=in_words(shown[best], language)))
        sentences.append(text("figures.words_shown", language, n=len(shown)))
    else:
        sentences.append(text("figures.words_none", language))
    if hidden:
        names = ", ".join(wording.code("province", code, language) for code in hidden)
        sentences.append(text("figures.words_hidden", language, places=names))
    zero = len(codes) - len(shown) - len(hidden)
    if zero:
        sentences.append(text("figures.words_zero", language, n=zero))
    if "unknown" in found:
        value = in_words(found["unknown"], language)
        sentences.append(text("figures.unknown_place", language, value=value))
    return " ".join(sentences)


def _two_lines(name: str) -> tuple[str, ...]:
    """A name of several words on two lines, so that it fits its square."""
    first, _, second = name.partition(" ")
    return (first, second) if second else (first,)
