"""Numbers over time. What is hidden is a hatched gap, never a point between neighbours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.foundation.formats.drawing import svg
from service.foundation.formats.drawing.svg import Said

HEIGHT, TOP, FOOT, SIDE = 150.0, 26.0, 24.0, 20.0
MOST_LABELS = 8
"""Of times under the line: more would run into each other on a phone."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """`size` is None where it is hidden."""

    label: str
    size: float | None
    said: str


def series(points: Sequence[Point], said: Said, *, name: str, hidden: str) -> str:
    """In the order of time. `hidden`: the word that stands in a gap."""
    whole = max((one.size or 0.0 for one in points), default=0.0)
    parts = [
        *_gaps(points, name, hidden),
        *_line(points, whole),
        *_marks(points, whole),
        *_times(points),
    ]
    return svg.drawing(parts, HEIGHT, said, name=name)


def _x(at: int, count: int) -> float:
    if count == 1:
        return svg.WIDTH / 2
    return SIDE + (svg.WIDTH - 2 * SIDE) * at / (count - 1)


def _y(size: float, top: float) -> float:
    floor = HEIGHT - FOOT
    return floor - (floor - TOP) * (size / top if top else 0.0)


def _gaps(points: Sequence[Point], name: str, hidden: str) -> Iterator[str]:
    count = len(points)
    width = (svg.WIDTH - 2 * SIDE) / max(1, count - 1) * 0.7
    for at, one in enumerate(points):
        if one.size is not None:
            continue
        x = max(0.0, min(svg.WIDTH - width, _x(at, count) - width / 2))
        yield svg.part("rect", x=x, y=TOP, width=width, height=HEIGHT - FOOT - TOP, class_="edge",
                       fill=svg.fill(name, "hidden"))  # fmt: skip
        is_first = at == 0 or points[at - 1].size is not None
        if is_first:
            anchor = "start" if at == 0 else "end" if at == count - 1 else "middle"
            middle = {"start": 0.0, "end": float(svg.WIDTH)}.get(anchor, _x(at, count))
            yield svg.text(hidden, middle, TOP - 4, size=svg.SMALL, text_anchor=anchor)


def _line(points: Sequence[Point], top: float) -> Iterator[str]:
    floor = svg.number(HEIGHT - FOOT)
    yield svg.part("path", d=f"M0 {floor}h{svg.WIDTH}", stroke=svg.LINE, class_="line")
    steps = []
    for at, one in enumerate(points):
        if one.size is None:
            continue
        goes_on = at > 0 and points[at - 1].size is not None
        x, y = _x(at, len(points)), _y(one.size, top)
        steps.append(f"{'L' if goes_on else 'M'}{svg.number(x)} {svg.number(y)}")
    if steps:
        yield svg.part("path", d="".join(steps), fill="none", stroke=svg.FILLS["c3"],
                       stroke_width=2, class_="thread")  # fmt: skip


def _marks(points: Sequence[Point], top: float) -> Iterator[str]:
    labelled = _labelled(len(points))
    for at, one in enumerate(points):
        if one.size is None:
            continue
        x, y = _x(at, len(points)), _y(one.size, top)
        yield svg.part("circle", cx=x, cy=y, r=3.6, fill=svg.PAPER, stroke=svg.INK,
                       stroke_width=1.6, class_="dot")  # fmt: skip
        if at in labelled:
            anchor, edge = _anchored(at, len(points))
            yield svg.text(one.said, edge, y - 8, text_anchor=anchor, font_weight=700)


def _times(points: Sequence[Point]) -> Iterator[str]:
    for at in sorted(_labelled(len(points))):
        anchor, edge = _anchored(at, len(points))
        yield svg.text(points[at].label, edge, HEIGHT - 8, size=svg.SMALL, text_anchor=anchor,
                       fill=svg.SOFT, class_="soft")  # fmt: skip


def _anchored(at: int, count: int) -> tuple[str, float]:
    """How words stand at a point, and where: the first and the last keep to the drawing."""
    anchor = "middle" if count == 1 else {0: "start", count - 1: "end"}.get(at, "middle")
    x = _x(at, count)
    return anchor, {"start": x - SIDE, "end": x + SIDE}.get(anchor, x)


def _labelled(count: int) -> set[int]:
    """All, or as many as have room; the last one always."""
    step = -(-count // MOST_LABELS)
    return {at for at in range(count) if (count - 1 - at) % step == 0} if count else set()
