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


def tiles(
    squares: Sequence[Square], said: Said, *, name: str, look: str = "map", is_lean: bool = False
) -> str:
    """Every area as large as every other: the small ones stay to be seen. `is_lean`: without
    codes, and without what the style sheet of the page says."""
    width = (max(one.column for one in squares) + 1) * STEP - (STEP - SIDE)
    height = (max(one.row for one in squares) + 1) * STEP - (STEP - SIDE)
    parts = [_square(one, name, is_lean) for one in squares]
    lean = {one.look for one in squares} & {"hidden"} if is_lean else None
    return svg.drawing(parts, height, said, name=name, width=width, look=look, lean=lean)


def _square(one: Square, name: str, is_lean: bool) -> str:
    place = f"translate({svg.number(one.column * STEP)} {svg.number(one.row * STEP)})"
    ground = svg.styled(
        is_lean, width=SIDE, height=SIDE, rx=6, fill=svg.FILLS.get(one.look, svg.PAPER),
        stroke=svg.LINE, stroke_width=1,
    )  # fmt: skip
    return svg.group(
        [
            svg.part("rect", class_="sq", **ground),
            *_foot(one.look, name, is_lean=is_lean),
            *_names(one, is_lean),
            *(_edge(is_lean) if one.is_here else ()),
        ],
        class_=one.look, transform=place,
    )  # fmt: skip


def _names(one: Square, is_lean: bool) -> Iterator[str]:
    fill = svg.PAPER if one.look in DARK else svg.INK
    if one.look == "hidden":
        for y, height in ((3, 50), (57, 27)):
            yield svg.part("rect", class_="strip", x=3, y=y, width=94, height=height, rx=3,
                           **svg.styled(is_lean, fill=svg.PAPER))  # fmt: skip
    if not is_lean:
        yield svg.text(one.code, 6, 17, size=13, fill=fill, class_="code")
    paint = svg.styled(is_lean, text_anchor="middle", fill=fill)
    for at, words in enumerate(one.name):
        size = svg.fitting(words, SIDE - 6, NAME)
        is_usual = is_lean and size == NAME
        yield svg.text(words, 50, 33 + 15 * at, size=None if is_usual else size,
                       **{"fill": None, **paint, "class_": "name"})  # fmt: skip
    is_long = len(one.value) > len("99 %")
    size = 17 if len(one.value) > len("100 %") else 22 if is_long else 24
    weight = svg.styled(is_lean, font_weight=700 if one.look != "hidden" else None)
    yield svg.text(one.value, 50, 78, size=None if is_lean else size,
                   **{"fill": None, **paint, **weight,
                      "class_": "value long" if is_long else "value"})  # fmt: skip


NAME = 14.0
"""Size of letters of a name that fits."""


def _foot(
    look: str, name: str, width: float = SIDE, height: float = SIDE, *, is_lean: bool = False
) -> Iterator[str]:
    """A band along the foot whose pattern says the class without colour; of what is hidden the
    whole is hatched."""
    if look == "hidden":
        yield svg.part("rect", width=width, height=height, rx=6, fill=svg.fill(name, "hidden"))
    elif look == "c1":
        d = f"M0 {svg.number(height - 8)}h{svg.number(width)}"
        ink = svg.styled(is_lean, stroke=svg.INK)
        yield svg.part("path", class_="ink", d=d, **ink, stroke_width=2)
    elif look == "c2":
        for at in range(5):
            x = width * (2 * at + 1) / 10
            ink = svg.styled(is_lean, fill=svg.INK)
            yield svg.part("circle", class_="ink", cx=x, cy=height - 9, r=3, **ink)
    elif look == "c3":
        for at in range(9):
            d = f"M{svg.number(width * at / 9 + 1)} {svg.number(height - 4)}l8 -11"
            ink = svg.styled(is_lean, stroke=svg.PAPER)
            yield svg.part("path", class_="ink-dark", d=d, **ink, stroke_width=2.5)
    elif look == "c4":
        d = f"M0 {svg.number(height - 15)}h{svg.number(width)}v11h-{svg.number(width)}z"
        yield svg.part("path", class_="ink-dark", d=d, **svg.styled(is_lean, fill=svg.PAPER))


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


def _edge(is_lean: bool) -> Iterator[str]:
    yield svg.part("rect", class_="here", x=-3, y=-3, width=SIDE + 6, height=SIDE + 6, rx=8,
                   fill="none", **svg.styled(is_lean, stroke=svg.INK), stroke_width=4)  # fmt: skip


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
