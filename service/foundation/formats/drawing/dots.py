"""Shares on one line from 0 to 100 %, told apart by their shapes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.foundation.formats.drawing import svg
from service.foundation.formats.drawing.svg import Said

ROW, LEFT, RADIUS = 38.0, 8.0, 5.0
LENGTH = svg.WIDTH - 2 * LEFT
SHAPES = ("circle", "square", "triangle", "diamond")
"""Of the first to the fourth series: no two need a colour to be told apart."""


@dataclass(frozen=True, kw_only=True)
class Dot:
    """`share` from 0 to 100; None where it is hidden. `said`: as it stands in the table."""

    share: float | None
    said: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One dot for each series, in their order."""

    label: str
    dots: Sequence[Dot]


def dots(rows: Sequence[Row], series: Sequence[str], said: Said, *, name: str) -> str:
    """Rows in the order given, after what the shapes mean. What is hidden has no dot; its row says
    so and is hatched. Raises ValueError for more series than there are shapes."""
    if len(series) > len(SHAPES) or any(len(row.dots) != len(series) for row in rows):
        raise ValueError("a dot for each series, and a shape for each")
    parts = list(_legend(series))
    y = 20.0 * len(series) + 6
    for row in rows:
        parts += list(_row(row, y, name))
        y += ROW
    parts += list(_scale(y))
    return svg.drawing(parts, y + 16, said, name=name)


def _legend(series: Sequence[str]) -> Iterator[str]:
    for at, label in enumerate(series):
        y = 20.0 * at + 10
        yield _shape(at, LEFT, y)
        size = svg.fitting(label, LENGTH - 12, svg.SMALL)
        yield svg.text(label, LEFT + 12, y + 4, size=size)


def _row(row: Row, y: float, name: str) -> Iterator[str]:
    values = " · ".join(one.said for one in row.dots)
    room = svg.WIDTH - len(values) * svg.USUAL * 0.62 - 8
    yield svg.text(row.label, 0, y + 12, size=svg.fitting(row.label, room))
    yield svg.text(values, svg.WIDTH, y + 12, text_anchor="end", font_weight=700)
    line = y + 24
    if any(one.share is None for one in row.dots):
        yield svg.part("rect", x=LEFT, y=line - 6, width=LENGTH, height=12, class_="edge",
                       fill=svg.fill(name, "hidden"))  # fmt: skip
    rule = f"M{svg.number(LEFT)} {svg.number(line)}h{svg.number(LENGTH)}"
    yield svg.part("path", d=rule, stroke=svg.LINE, class_="line")
    for at, one in enumerate(row.dots):
        if one.share is not None:
            yield _shape(at, LEFT + LENGTH * min(100.0, one.share) / 100, line)


def _scale(y: float) -> Iterator[str]:
    for share in (0, 25, 50, 75, 100):
        x = LEFT + LENGTH * share / 100
        anchor = {0: "start", 100: "end"}.get(share, "middle")
        at = x - LEFT if share == 0 else x + LEFT if share == 100 else x
        yield svg.text(f"{share} %", at, y + 8, size=svg.SMALL, text_anchor=anchor,
                       fill=svg.SOFT, class_="soft")  # fmt: skip


def _shape(series: int, x: float, y: float) -> str:
    look = {"stroke": svg.INK, "stroke_width": 1.4, "class_": "edge"}
    kind = SHAPES[series]
    if kind == "circle":
        return svg.part("circle", cx=x, cy=y, r=RADIUS, fill=svg.FILLS["c4"], **look)
    r = RADIUS
    if kind == "square":
        return svg.part("rect", x=x - r, y=y - r, width=2 * r, height=2 * r, fill=svg.PAPER, **look)
    if kind == "triangle":
        d = [(x, y - r - 1), (x + r + 1, y + r), (x - r - 1, y + r)]
        return svg.part("path", d=_closed(d), fill=svg.FILLS["c3"], **look)
    d = [(x, y - r - 1), (x + r + 1, y), (x, y + r + 1), (x - r - 1, y)]
    return svg.part("path", d=_closed(d), fill=svg.FILLS["c2"], **look)


def _closed(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in points) + "Z"
