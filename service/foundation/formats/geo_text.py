"""What ODK writes for points, lines and shapes -> GeoJSON and well-known text.

ODK says latitude first, both others longitude first. What is out of range or cannot be read is
None: it was kept as it came, and nobody is shown a place where it is not.
"""

from __future__ import annotations

import math
from typing import Any

POINT, TRACE, SHAPE = "geopoint", "geotrace", "geoshape"
TYPES = frozenset({POINT, TRACE, SHAPE})
_KINDS = {TRACE: "LineString", SHAPE: "Polygon"}


def geojson(kind: str, text: str) -> dict[str, Any] | None:
    """A geometry, with the accuracies that the phone told as `properties`."""
    if kind == POINT:
        found = _point(text)
        if found is None:
            return None
        position, accuracy = found
        point: dict[str, Any] = {"type": "Point", "coordinates": position}
        return point if accuracy is None else {**point, "properties": {"accuracy": accuracy}}
    points = _points(text)
    if not points:
        return None
    positions = [position for position, _ in points]
    coordinates: Any = positions if kind == TRACE else [positions]
    geometry = {"type": _KINDS[kind], "coordinates": coordinates}
    accuracies = [accuracy for _, accuracy in points]
    if any(accuracy is not None for accuracy in accuracies):
        geometry["properties"] = {"accuracies": accuracies}
    return geometry


def wkt(kind: str, text: str) -> str | None:
    if kind == POINT:
        found = _point(text)
        return None if found is None else f"POINT ({_spaced(found[0])})"
    inside = ",".join(_spaced(position) for position, _ in _points(text))
    if not inside:
        return None
    return f"LINESTRING ({inside})" if kind == TRACE else f"POLYGON (({inside}))"


def parts(text: str) -> list[str | None]:
    """Latitude, longitude, altitude, accuracy as written; None where it is not told."""
    found: list[str | None] = list(text.split()[:4])
    return found + [None] * (4 - len(found))


def _points(text: str) -> list[tuple[list[float], float | None]]:
    """Of a line or a shape; a `;` at the end is no point."""
    return [found for found in map(_point, text.split(";")) if found is not None]


def _point(text: str) -> tuple[list[float], float | None] | None:
    numbers = [_number(word) for word in text.split()[:4]]
    if len(numbers) < 2 or numbers[0] is None or numbers[1] is None:
        return None
    latitude, longitude = numbers[0], numbers[1]
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    position = [longitude, latitude]
    if len(numbers) > 2 and numbers[2] is not None:
        position.append(numbers[2])
    return position, numbers[3] if len(numbers) > 3 else None


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _spaced(position: list[float]) -> str:
    return " ".join(str(int(n)) if n == int(n) else repr(n) for n in position)
