"""A kind of file -> its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from service.exports.actions import casualties, csv_files, for_statistics, further, geojson
from service.exports.actions.source import Source
from service.exports.flat import Options
from service.exports.kinds import Kind
from service.exports.shapes import Shape, Words
from service.foundation.blobs import LocalBlobs
from service.foundation.formats.xlsx_stream import WORKBOOK

CONTENT_TYPES = {
    "xlsx": WORKBOOK,
    "csv": "text/csv; charset=utf-8",
    "csv.zip": "application/zip",
    "jsonl": "application/x-ndjson",
    "geojson": "application/geo+json",
    "dta": "application/x-stata",
    "dta.zip": "application/zip",
    "spss.zip": "application/zip",
}
_SHAPES = {
    Kind.XLSX_LINKED: Shape.LINKED,
    Kind.XLSX_LONG: Shape.LONG,
    Kind.XLSX_WIDE: Shape.WIDE,
}
ONLY_ROOT = frozenset({Kind.CSV_SHEET, Kind.STATA})
"""Kinds that leave out what is said in repeats."""


def pieces(source: Source, kind: Kind, words: Words, blobs: LocalBlobs) -> Iterator[bytes]:
    """Raises TOO_LARGE_FOR_SHEET, perhaps on the way."""
    if kind in _SHAPES:
        return further.xlsx(source, blobs, _SHAPES[kind], words)
    make: dict[Kind, Callable[[], Iterator[bytes]]] = {
        Kind.CSV_SHEET: lambda: csv_files.csv(source, Options(), for_spreadsheet=True),
        Kind.CSV_ZIP: lambda: csv_files.csv_zip(source, Options(), blobs),
        Kind.GEOJSON: lambda: geojson.collection(source, None, None),
        Kind.STATA: lambda: for_statistics.stata(source, blobs, words),
        Kind.STATA_ZIP: lambda: for_statistics.stata_zip(source, blobs, words),
        Kind.SPSS: lambda: for_statistics.spss(source, blobs, words),
        Kind.JSON_LINES: lambda: further.json_lines(source),
        Kind.IMSMA_XLSX: lambda: casualties.xlsx(source, "imsma", words),
        Kind.IMSMA_CSV: lambda: casualties.csv(source, "imsma", words),
        Kind.CMVIS_XLSX: lambda: casualties.xlsx(source, "cmvis", words),
        Kind.CMVIS_CSV: lambda: casualties.csv(source, "cmvis", words),
    }
    return make[kind]()
