"""Tables that somebody exported elsewhere: header and rows of texts, a row at a time."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, BinaryIO

from service.foundation.formats import bundle, workbook_limits
from service.foundation.formats.bundle import BundleRefused

Rows = Iterator[Mapping[str, str]]
MOST_CELL = 10_000_000
MOST_LINE = 4 * MOST_CELL
MOST_HEADER = 2_000_000
csv.field_size_limit(MOST_CELL)


def of_csv(stream: BinaryIO) -> Rows:
    """Rows as {column: text}. The separator is a comma, a tab or, as Kobo has it, a semicolon."""
    lines = bundle.text(stream)
    try:
        first = lines.readline(MOST_HEADER)
        if len(first) == MOST_HEADER:
            raise BundleRefused("its first line is too long to be one of names")
        separator = max(",;\t", key=first.count)
        header = next(csv.reader([first], delimiter=separator), [])
        for cells in csv.reader(_bounded(lines), delimiter=separator):
            if any(cells):
                yield dict(zip(header, cells, strict=False))
    except csv.Error:
        raise BundleRefused("a cell in it is too long") from None
    except bundle.TORN:
        raise BundleRefused("a file in it cannot be unpacked") from None
    finally:
        with contextlib.suppress(ValueError):  # closed before all was read
            lines.detach()  # whoever opened the stream closes it


def _bounded(lines: io.TextIOWrapper) -> Iterator[str]:
    while line := lines.readline(MOST_LINE):
        if len(line) == MOST_LINE:
            raise BundleRefused("a line in it is too long")
        yield line


def of_xlsx(stream: BinaryIO) -> dict[str, Rows]:
    """Sheet by its name. Raises BundleRefused."""
    import openpyxl

    workbook_limits.demand(stream)
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (*bundle.TORN, KeyError, ValueError, SyntaxError):
        raise BundleRefused("it is no workbook, or it did not arrive whole") from None
    return {sheet.title: _sheet(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def _sheet(rows: Iterator[Sequence[Any]]) -> Rows:
    try:
        header = [_text(cell) for cell in next(rows, ())]
        for cells in rows:
            if any(cell is not None for cell in cells):
                yield dict(zip(header, map(_text, cells), strict=False))
    except (*bundle.TORN, SyntaxError):
        raise BundleRefused("a sheet in it cannot be read") from None


def _text(cell: Any) -> str:
    """As a phone would have written it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):  # of a date too: its question says which it is
        return cell.isoformat(timespec="milliseconds")
    return "" if cell is None else str(cell)


def with_header(rows: Rows) -> tuple[Sequence[str], Rows]:
    """The columns, and all rows still to be read."""
    first = next(rows, None)
    if first is None:
        return (), iter(())
    return tuple(first), chain([first], rows)
