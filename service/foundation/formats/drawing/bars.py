"""Bars, and small multiples of them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.foundation.formats.drawing import svg
from service.foundation.formats.drawing.svg import Said

ROW, BAR = 34.0, 11.0
"""Height of a row, its label above its bar, so that no name is too long for its column."""
LOOKS = ("c3", "c2", "c1", "c4")
"""Of bars that stand for different things; the first is the usual one."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """`size` is None where it is hidden; `said` is what stands beside it, or the word for that."""

    label: str
    size: float | None
    said: str
    is_strong: bool = False
    """A total, or what is compared with."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Bars under a heading of their own; all panels are drawn to one scale."""

    label: str
    bars: Sequence[Bar]


def bars(given: Sequence[Bar], said: Said, *, name: str, top: float | None = None) -> str:
    """One below the other, in the order given. `top`: what the whole width stands for; None: the
    greatest of them."""
    whole = top or _top(given)
    parts = [_row(one, 0.0, at * ROW, svg.WIDTH, whole, name) for at, one in enumerate(given)]
    return svg.drawing(parts, max(1, len(given)) * ROW, said, name=name)


def multiples(given: Sequence[Panel], said: Said, *, name: str, top: float | None = None) -> str:
    """Two panels a line."""
    whole = top or _top([bar for one in given for bar in one.bars])
    parts, y = [], 0.0
    for first in range(0, len(given), 2):
        pair = given[first : first + 2]
        for at, panel in enumerate(pair):
            parts += list(_panel(panel, at * (_HALF + _GAP), y, whole, name))
        y += _HEAD + max(len(one.bars) for one in pair) * ROW + _GAP
    return svg.drawing(parts, max(1.0, y - _GAP), said, name=name)


_GAP, _HEAD = 16.0, 20.0
_HALF = (svg.WIDTH - _GAP) / 2


def _panel(panel: Panel, x: float, y: float, top: float, name: str) -> Iterator[str]:
    size = svg.fitting(panel.label, _HALF)
    yield svg.text(panel.label, x, y + 13, size=size, font_weight=700)
    rule = f"M{svg.number(x)} {svg.number(y + 17)}h{svg.number(_HALF)}"
    yield svg.part("path", d=rule, stroke=svg.LINE, class_="line")
    for at, bar in enumerate(panel.bars):
        yield _row(bar, x, y + _HEAD + at * ROW, _HALF, top, name)


def _row(bar: Bar, x: float, y: float, width: float, top: float, name: str) -> str:
    weight = 700 if bar.is_strong else None
    value_weight = None if bar.size is None else 700
    room = width - len(bar.said) * svg.USUAL * 0.62 - 8
    words = [
        svg.text(bar.label, x, y + 12, size=svg.fitting(bar.label, room), font_weight=weight),
        svg.text(bar.said, x + width, y + 12, text_anchor="end", font_weight=value_weight),
    ]
    look = "hidden" if bar.size is None else ("c4" if bar.is_strong else LOOKS[0])
    long = width if bar.size is None else width * min(1.0, bar.size / top if top else 0.0)
    at = {"x": x, "y": y + 17.5, "height": BAR}
    track = svg.part("rect", **at, width=width, fill=svg.PAPER, stroke=svg.LINE, stroke_width=0.6,
                     class_="track")  # fmt: skip
    drawn = svg.part("rect", **at, width=long, fill=svg.fill(name, look), stroke=svg.INK,
                     stroke_width=0.6, class_="edge") if long else ""  # fmt: skip
    return svg.group([*words, track, drawn], class_="hidden" if bar.size is None else None)


def _top(given: Sequence[Bar]) -> float:
    return max((bar.size or 0.0 for bar in given), default=0.0)
