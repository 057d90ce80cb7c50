"""Figures as charts: lines of a table in one of the drawings, and the same in a sentence. Pure.

Bars and points stand in the order of the code lists, never by size: an order by size would tell of
what is hidden between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.disclosure.rules import NESTED
from service.foundation.formats.drawing import bars, dots, series
from service.foundation.formats.drawing.bars import Bar, Panel
from service.foundation.formats.drawing.dots import Dot
from service.foundation.formats.drawing.dots import Row as DotRow
from service.foundation.formats.drawing.series import Point
from service.foundation.formats.drawing.svg import Said
from service.products.blocks import Draw
from service.products.finding import Line, lines_of
from service.web.pages import tile_map, wording
from service.web.pages.figure_table import Number, in_order
from service.web.pages.texts import text
from service.web.pages.tile_map import in_words

TIMES = ("month", "quarter", "year")
MOST_BARS, MOST_PANELS, MOST_IN_PANEL, MOST_POINTS = 30, 8, 6, 40
"""More would be read in the table alone."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """`words`: what it shows, in a sentence or two. `legend`: (look, words) of a map."""

    svg: str
    words: str
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How something is to be drawn. `name`: of its ids, another for each drawing of a page."""

    title: str
    language: str
    name: str
    here: str = ""
    """The province that the page is about."""
    top: float | None = None
    """What the whole width of bars stands for; None: the greatest of them."""


def of_table(table: Mapping[str, Any], language: str, name: str) -> Chart | None:
    """Whatever suits a released table; None where the table alone is read best, or there is a map
    of it already."""
    by = own_dimensions(table["by"])
    lines = [one for one in lines_of(table, by, {}) if one.n or one.hidden]
    draw = fitting(by, lines)
    if draw is None:
        return None
    asked = Asked(title=table["title"][language], language=language, name=name)
    return chart(draw, by, lines, asked)


def own_dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """Without those in which another one lies."""
    return tuple(one for one in by if one not in {NESTED.get(other) for other in by})


def fitting(by: Sequence[str], lines: Sequence[Line]) -> Draw | None:
    """Which drawing these dimensions can have."""
    if not any(one.n for one in lines) or not 0 < len(by) <= 2:
        return None
    if len(by) == 1:
        if by[0] == "province":
            return None
        is_time = by[0] in TIMES
        most = MOST_POINTS if is_time else MOST_BARS
        return None if len(lines) > most else Draw.SERIES if is_time else Draw.BARS
    inner, outer = ({one.codes[name] for one in lines} for name in by)
    if len(inner) > MOST_IN_PANEL or len(outer) > MOST_PANELS:
        inner, outer = outer, inner
    fits = len(inner) <= MOST_IN_PANEL and len(outer) <= MOST_PANELS
    return Draw.MULTIPLES if fits else None


def charts(
    draw: Draw, by: Sequence[str], lines: Sequence[Line], asked: Asked, *, most: int
) -> Iterator[Chart]:
    """One; or several, of at most so many bars each, drawn to one scale."""
    if draw in (Draw.TILES, Draw.OUTLINE, Draw.SERIES) or len(by) > 1 or len(lines) <= most:
        yield chart(draw, by, lines, asked)
        return
    by_share = _by_share(lines)
    top = max((_size(one, by_share) or 0.0 for one in lines), default=0.0)
    parts = -(-len(lines) // most)
    each = -(-len(lines) // parts)
    for at in range(parts):
        part = replace(asked, name=f"{asked.name}p{at}", top=top)
        yield chart(draw, by, lines[at * each : (at + 1) * each], part)


def chart(draw: Draw, by: Sequence[str], lines: Sequence[Line], asked: Asked) -> Chart:
    """Of at least one line. A drawing that these lines cannot have is bars instead."""
    words = sentence(by, lines, asked.language)
    said = Said(title=asked.title, words=words)
    if draw in (Draw.TILES, Draw.OUTLINE) and tuple(by) == ("province",):
        return _map(draw, lines, asked)
    if draw is Draw.SERIES and len(by) == 1 and by[0] in TIMES:
        points = [
            Point(label=one.codes[by[0]], size=_size(one, False), said=_short(one, asked.language))
            for one in ordered(by, lines)
        ]
        hidden = text("figures.hidden", asked.language)
        return Chart(svg=series.series(points, said, name=asked.name, hidden=hidden), words=words)
    if draw is Draw.DOTS and _by_share(lines) and len(by) <= 2:
        return Chart(svg=_dots(by, lines, said, asked), words=words)
    if len(by) == 2 and draw in (Draw.MULTIPLES, Draw.BARS):
        return Chart(svg=_multiples(by, lines, said, asked), words=words)
    drawn = [_bar(by, one, _by_share(lines), asked.language) for one in ordered(by, lines)]
    return Chart(svg=bars.bars(drawn, said, name=asked.name, top=asked.top), words=words)


def _map(draw: Draw, lines: Sequence[Line], asked: Asked) -> Chart:
    found = {one.codes["province"]: _number(one) for one in lines}
    make = tile_map.tiles if draw is Draw.TILES else tile_map.outlines
    drawn = make(found, asked.title, asked.language, name=asked.name, here=asked.here)
    return Chart(svg=drawn.svg, words=drawn.words, legend=drawn.legend)


def _dots(by: Sequence[str], lines: Sequence[Line], said: Said, asked: Asked) -> str:
    """Rows of the first dimension; of a second one, a shape for each code."""
    second = by[1] if len(by) > 1 else ""
    codes = in_order(second, {one.codes[second] for one in lines}) if second else [""]
    found = {(one.codes[by[0]], one.codes.get(second, "")): one for one in lines}
    rows = [
        DotRow(
            label=wording.code(by[0], first, asked.language),
            dots=[_dot(found.get((first, code)), asked.language) for code in codes],
        )
        for first in in_order(by[0], {one.codes[by[0]] for one in lines})
    ]
    named = (
        [wording.code(second, one, asked.language) for one in codes] if second else [asked.title]
    )
    if len(named) > len(dots.SHAPES):
        return _multiples(by, lines, said, asked)
    return dots.dots(rows, named, said, name=asked.name)


def _dot(one: Line | None, language: str) -> Dot:
    if one is None:
        return Dot(share=0.0, said="0")
    return Dot(share=_size(one, True), said=_short(one, language))


def _multiples(by: Sequence[str], lines: Sequence[Line], said: Said, asked: Asked) -> str:
    """A panel for each code of the dimension that has more of them."""
    sizes = [len({one.codes[name] for one in lines}) for name in by]
    panel, bar = (by[0], by[1]) if sizes[0] > sizes[1] else (by[1], by[0])
    by_share = _by_share(lines)
    panels = []
    for code in in_order(panel, {one.codes[panel] for one in lines}):
        theirs = [one for one in lines if one.codes[panel] == code]
        drawn = [_bar((bar,), one, by_share, asked.language) for one in ordered((bar,), theirs)]
        panels.append(Panel(label=wording.code(panel, code, asked.language), bars=drawn))
    return bars.multiples(panels, said, name=asked.name)


def _bar(by: Sequence[str], one: Line, by_share: bool, language: str) -> Bar:
    return Bar(
        label=label(by, one, language), size=_size(one, by_share), said=_short(one, language)
    )


def label(by: Sequence[str], one: Line, language: str) -> str:
    """The names of its codes."""
    return " · ".join(wording.code(name, one.codes[name], language) for name in by)


def ordered(by: Sequence[str], lines: Sequence[Line]) -> list[Line]:
    """As the code lists have them."""
    ranks = {name: in_order(name, {one.codes[name] for one in lines}) for name in by}
    return sorted(lines, key=lambda one: [ranks[name].index(one.codes[name]) for name in by])


def sentence(by: Sequence[str], lines: Sequence[Line], language: str) -> str:
    """What is most, and how many are hidden."""
    shown = [one for one in lines if one.n]
    by_share = _by_share(lines)
    hidden = sum(one.hidden for one in lines)
    said = []
    if shown:
        best = max(shown, key=lambda one: _size(one, by_share) or 0)
        key = "figures.words_share" if by_share else "figures.words_one"
        value = in_words(_number(best), language)
        said.append(text(key, language, place=label(by, best, language), value=value))
    elif not hidden:
        said.append(text("charts.nothing", language))
    if hidden:
        said.append(text("charts.hidden", language, n=hidden, m=len(lines)))
    return " ".join(said)


def _by_share(lines: Sequence[Line]) -> bool:
    """Shares are compared where every number that shows has its base; else counts."""
    shown = [one for one in lines if one.n]
    return bool(shown) and all(one.percent is not None for one in shown)


def _size(one: Line, by_share: bool) -> float | None:
    if one.hidden or one.n is None:
        return None
    return float((one.percent or 0) if by_share else one.n)


def _short(one: Line, language: str) -> str:
    """12 · 12/40 · hidden."""
    if one.n is None:
        return text("figures.hidden", language)
    return str(one.n) if one.d is None else f"{one.n}/{one.d}"


def _number(one: Line) -> Number:
    return Number(n=one.n, d=one.d, hidden=one.hidden)
