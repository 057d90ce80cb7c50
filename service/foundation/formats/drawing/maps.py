"""Maps: squares in a grid, and outlines, each area with a look, a code and what it says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.foundation.formats.drawing import svg
from service.foundation.formats.drawing.svg import Said

STEP, SIDE = 106.0, 100.0
"""Distance of two squares, and the side of one, in units of a map."""
DARK = frozenset({"c3", "c4"})
"""Looks on which letters are light."""


@dataclass(frozen=True, kw_only=True)
class Square:
    """`look`: zero, hidden, c1 … c4. `name` on as many lines as there are."""

    code: str
    name: Sequence[str]
    column: int
    row: int
    look: str
    value: str
    is_here: bool = False
    """Whether the page is about it: it gets a thick edge."""


@dataclass(frozen=True, kw_only=True)
class Outline:
    """`path` as SVG has it, in units of the map; `at`: where its code may stand."""

    code: str
    path: str
    at: tuple[float, float]
    look: str
    is_here: bool = False


def tiles(squares: Sequence[Square], said: Said, *, name: str, look: str = "map") -> str:
    """Every area as large as every other: the small ones stay to be seen."""
    width = (max(one.column for one in squares) + 1) * STEP - (STEP - SIDE)
    height = (max(one.row for one in squares) + 1) * STEP - (STEP - SIDE)
    parts = [_square(one, name) for one in squares]
    return svg.drawing(parts, height, said, name=name, width=width, look=look)


def _square(one: Square, name: str) -> str:
    place = f"translate({svg.number(one.column * STEP)} {svg.number(one.row * STEP)})"
    is_dark = one.look in DARK
    ink = {"fill": svg.PAPER, "class_": "on-dark"} if is_dark else {"fill": svg.INK}
    return svg.group(
        [
            svg.part("rect", class_="sq", width=SIDE, height=SIDE, rx=6,
                     fill=svg.FILLS.get(one.look, svg.PAPER), stroke=svg.LINE,
                     stroke_width=1),
            *_foot(one.look, name),
            *_names(one, ink),
            *(_edge() if one.is_here else ()),
        ],
        class_=one.look, transform=place,
    )  # fmt: skip


def _names(one: Square, ink: dict[str, str]) -> Iterator[str]:
    if one.look == "hidden":
        for y, height in ((3, 50), (57, 27)):
            yield svg.part("rect", class_="strip", x=3, y=y, width=94, height=height, rx=3,
                           fill=svg.PAPER)  # fmt: skip
    said = {name: value for name, value in ink.items() if name != "class_"}
    yield svg.text(one.code, 6, 17, size=13, **{**said, "class_": "code"})
    for at, words in enumerate(one.name):
        size = svg.fitting(words, SIDE - 6, 14)
        yield svg.text(words, 50, 33 + 15 * at, size=size, text_anchor="middle",
                       **{**said, "class_": "name"})  # fmt: skip
    is_long = len(one.value) > len("99 %")
    size = 17 if len(one.value) > len("100 %") else 22 if is_long else 24
    yield svg.text(one.value, 50, 78, size=size, text_anchor="middle",
                   font_weight=700 if one.look != "hidden" else None,
                   **{**said, "class_": "value long" if is_long else "value"})  # fmt: skip


def _foot(look: str, name: str, width: float = SIDE, height: float = SIDE) -> Iterator[str]:
    """A band along the foot whose pattern says the class without colour; of what is hidden the
    whole is hatched."""
    if look == "hidden":
        yield svg.part("rect", width=width, height=height, rx=6, fill=svg.fill(name, "hidden"))
    elif look == "c1":
        d = f"M0 {svg.number(height - 8)}h{svg.number(width)}"
        yield svg.part("path", class_="ink", d=d, stroke=svg.INK, stroke_width=2)
    elif look == "c2":
        for at in range(5):
            x = width * (2 * at + 1) / 10
            yield svg.part("circle", class_="ink", cx=x, cy=height - 9, r=3, fill=svg.INK)
    elif look == "c3":
        for at in range(9):
            d = f"M{svg.number(width * at / 9 + 1)} {svg.number(height - 4)}l8 -11"
            yield svg.part("path", class_="ink-dark", d=d, stroke=svg.PAPER, stroke_width=2.5)
    elif look == "c4":
        d = f"M0 {svg.number(height - 15)}h{svg.number(width)}v11h-{svg.number(width)}z"
        yield svg.part("path", class_="ink-dark", d=d, fill=svg.PAPER)


def swatch(look: str, *, name: str) -> str:
    """What a legend shows of a look; `name`: of the map on the same page, whose patterns it has."""
    ground = svg.part(
        "rect",
        class_="sq",
        width=48,
        height=32,
        rx=4,
        fill=svg.FILLS.get(look, svg.PAPER),
        stroke=svg.LINE,
        stroke_width=1,
    )
    inner = svg.group([ground, *_foot(look, name, 48, 32)], class_=look)
    return f'<svg viewBox="-1 -1 50 34" aria-hidden="true" focusable="false">{inner}</svg>'


def _edge() -> Iterator[str]:
    yield svg.part("rect", class_="here", x=-3, y=-3, width=SIDE + 6, height=SIDE + 6, rx=8,
                   fill="none", stroke=svg.INK, stroke_width=4)  # fmt: skip


def outlines(areas: Sequence[Outline], said: Said, *, name: str, size: tuple[float, float]) -> str:
    """Areas in their shapes, each filled by its look and marked by its code."""
    parts = [
        svg.part("path", d=one.path, fill=svg.fill(name, one.look), stroke=svg.INK,
                 stroke_width=0.7, stroke_linejoin="round", class_="edge")
        for one in areas
    ]  # fmt: skip
    parts += [
        svg.part("path", d=one.path, fill="none", stroke=svg.INK, stroke_width=2.4, class_="here")
        for one in areas
        if one.is_here
    ]
    for one in areas:
        x, y = one.at
        parts.append(svg.part("rect", x=x - 6.5, y=y - 5.5, width=13, height=10.5, rx=2,
                              fill=svg.PAPER, class_="strip"))  # fmt: skip
        parts.append(svg.text(one.code, x, y + 3.2, size=9, text_anchor="middle"))
    width, height = size
    return svg.drawing(parts, height, said, name=name, width=width)


def legend(rows: Sequence[tuple[str, str]], *, name: str) -> str:
    """(look, words) below each other: what stands beside a map on paper. Said there in words, so
    whoever hears the page does not hear it twice."""
    parts = []
    for at, (look, words) in enumerate(rows):
        y = at * 22.0
        paint = {"stroke": svg.INK, "stroke_width": 0.7, "fill": svg.fill(name, look)}
        at_y = {"x": 0, "y": y, "width": 30, "height": 16, "rx": 3}
        parts.append(svg.part("rect", **at_y, **paint, class_="edge"))
        parts.append(svg.text(words, 38, y + 12))
    said = Said(title=" · ".join(words for _, words in rows), words="")
    return svg.drawing(parts, len(rows) * 22.0 - 6, said, name=name, width=200)
