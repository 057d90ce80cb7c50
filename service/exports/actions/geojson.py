"""Where records say that something is: a FeatureCollection, streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from service.exports.actions.source import Read, Source
from service.exports.layout import Column, Table
from service.exports.queries import records
from service.foundation.formats import geo_text
from service.foundation.problems import INVALID_PARAMETER, Problem

PORTION = 1 << 16


def collection(source: Source, field_path: str | None, limit: int | None) -> Iterator[bytes]:
    """Features of one question (None: the first that is a place), one a record."""
    records.check(source.selection, is_subtable=False)
    found = _question(source, field_path)
    return _pieces(source, found, limit, is_named=field_path is not None)


def of_one(source: Source, read: Read, field_paths: Sequence[str]) -> bytes:
    """Of one record: a feature for each of these questions (none: for the first that is a place)
    that it answers. Raises INVALID_PARAMETER."""
    features = []
    for path in field_paths or (None,):
        question = _question(source, path)
        found = question and _feature(read, *question, is_named=path is not None)
        features += [found] if found else []
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _question(source: Source, path: str | None) -> tuple[Table, int, Column] | None:
    """Raises INVALID_PARAMETER."""
    for table in source.layout.tables:
        for number, column in enumerate(table.columns):
            if column.is_geo and path in (None, "/" + "/".join(column.path)):
                return table, number, column
    if path is None:
        return None
    raise Problem(
        INVALID_PARAMETER, name="fieldpath", reason="no question for a place is called so"
    )


def _pieces(
    source: Source,
    question: tuple[Table, int, Column] | None,
    limit: int | None,
    *,
    is_named: bool,
) -> Iterator[bytes]:
    held, size, told = [b'{"type":"FeatureCollection","features":['], 0, 0
    for read in source.read(limit=limit) if question else ():
        feature = _feature(read, *question, is_named=is_named) if question else None
        if feature is None:
            continue
        piece = orjson.dumps(feature)
        held += [piece] if told == 0 else [b",", piece]
        told, size = told + 1, size + len(piece)
        if size > PORTION:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join([*held, b"]}"])


def _feature(
    read: Read, table: Table, number: int, column: Column, *, is_named: bool
) -> dict[str, Any] | None:
    if not table.path:
        texts = [read.rows.root[number]]
    else:
        texts = [one.row[number] for one in read.rows.inner if one.table == table.number]
    found = [geo_text.geojson(column.type, text) for text in texts if text]
    geometries = [one for one in found if one is not None]
    if not geometries:
        return None
    several = {"type": "GeometryCollection", "geometries": geometries}
    return {
        "type": "Feature",
        "id": read.stored.instance_id,
        "geometry": geometries[0] if len(geometries) == 1 else several,
        "properties": None if is_named else {"fieldpath": "/" + "/".join(column.path)},
    }
