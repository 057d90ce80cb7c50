"""Tables that somebody exported elsewhere: header and rows of texts, a row at a time."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO

from service.foundation.formats import bundle

Rows = Iterator[Mapping[str, str]]
MOST_CELL = 10_000_000
csv.field_size_limit(MOST_CELL)


def of_csv(stream: BinaryIO) -> Rows:
    """Rows as {column: text}. The separator is a comma or, as Kobo has it, a semicolon."""
    lines = bundle.text(stream)
    try:
        first = lines.readline()
        separator = ";" if first.count(";") > first.count(",") else ","
        header = next(csv.reader([first], delimiter=separator), [])
        for cells in csv.reader(lines, delimiter=separator):
            if any(cells):
                yield dict(zip(header, cells, strict=False))
    finally:
        with contextlib.suppress(ValueError):  # closed before all was read
            lines.detach()  # whoever opened the stream closes it


def of_xlsx(stream: BinaryIO) -> dict[str, Rows]:
    """Sheet by its name."""
    import openpyxl

    book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    return {sheet.title: _sheet(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def _sheet(rows: Iterator[Sequence[Any]]) -> Rows:
    header = [_text(cell) for cell in next(rows, ())]
    for cells in rows:
        if any(cell is not None for cell in cells):
            yield dict(zip(header, map(_text, cells), strict=False))


def _text(cell: Any) -> str:
    """As a phone would have written it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() != dt.time():
        return cell.isoformat(timespec="milliseconds")
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return "" if cell is None else str(cell)


def with_header(rows: Rows) -> tuple[Sequence[str], Rows]:
    """The columns, and all rows still to be read."""
    first = next(rows, None)
    if first is None:
        return (), iter(())
    return tuple(first), chain([first], rows)
