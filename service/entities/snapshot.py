"""An entity list as files: the CSV that a phone downloads, the CSV and GeoJSON that people do."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.entities.versions import LABEL, NAMELESS
from service.foundation.formats import csv_text

GEOMETRY = "geometry"
"""The property that Collect and Central take for the place of an entity."""
_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Row:
    """An entity as it stands, opened; `values` None: not for whoever asks."""

    entity_id: str
    version: int
    values: Mapping[str, str] | None = field(repr=False)
    system: Mapping[str, Any] = field(default_factory=dict)
    """createdAt, creatorId, creatorName, updates, updatedAt, …"""

    @property
    def label(self) -> str:
        """Never empty: Collect drops a whole list for one row without; what is masked says the id,
        which names nobody."""
        if self.values is None:
            return self.entity_id
        label = self.values.get(LABEL, "")
        return label if label.strip() else NAMELESS

    def value(self, name: str) -> str | None:
        return None if self.values is None else self.values.get(name, "")


def for_phone(rows: Iterable[Row], properties: Sequence[str]) -> Iterator[bytes]:
    """`name,label,__version` and the properties: what Collect and KoboCollect read. The header
    stands even over no row."""
    yield from _written(
        ["name", "label", "__version", *properties],
        ([row.entity_id, row.label, row.version, *map(row.value, properties)] for row in rows),
    )


AFTER = ("createdAt", "creatorId", "creatorName", "updates", "updatedAt")


def for_people(
    rows: Iterable[Row], properties: Sequence[str], *, for_spreadsheet: bool = False
) -> Iterator[bytes]:
    """ODK Central's `entities.csv`; `for_spreadsheet`: without cells that would be run."""
    header = ["__id", "label", *properties, *(f"__{name}" for name in AFTER), "__version"]
    cells = (
        [
            row.entity_id,
            row.label,
            *map(row.value, properties),
            *(row.system.get(name) for name in AFTER),
            row.version,
        ]
        for row in rows
    )
    yield from csv_text.table(header, cells, for_spreadsheet=for_spreadsheet)


def _written(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for n, row in enumerate(rows, start=1):
        writer.writerow(["" if value is None else value for value in row])
        if n % _AT_ONCE == 0:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    written = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return written


def geometry_of(text: str) -> dict[str, Any] | None:
    """GeoJSON of an ODK geopoint, geotrace or geoshape; None for what is none."""
    points = [point for part in text.split(";") if (point := _point(part))]
    parts = [part for part in text.split(";") if part.strip()]
    if not points or len(points) != len(parts):
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    if len(points) > 3 and points[0] == points[-1]:
        return {"type": "Polygon", "coordinates": [points]}
    return {"type": "LineString", "coordinates": points}


def _point(text: str) -> list[float] | None:
    try:
        numbers = [float(one) for one in text.split()]
    except ValueError:
        return None
    if len(numbers) < 2 or not (-90 <= numbers[0] <= 90 and -180 <= numbers[1] <= 180):
        return None
    return [numbers[1], numbers[0], *numbers[2:3]]


def feature(row: Row, properties: Sequence[str]) -> dict[str, Any] | None:
    """One GeoJSON feature, or None for an entity without a place that may be seen."""
    geometry = geometry_of((row.values or {}).get(GEOMETRY, ""))
    if geometry is None:
        return None
    said = {name: row.value(name) for name in properties if name != GEOMETRY}
    return {
        "type": "Feature",
        "id": row.entity_id,
        "geometry": geometry,
        "properties": {"label": row.label, **said},
    }
