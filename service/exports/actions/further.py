"""What Central does not have: workbooks in three shapes, JSON lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import orjson

from service.exports import shapes
from service.exports.actions.odata import system
from service.exports.actions.source import Source
from service.exports.actions.spooled import Tables
from service.exports.actions.tables import before
from service.exports.odata import Bags
from service.exports.odata import Shape as BagShape
from service.exports.shapes import Shape, Told, Wide, Words
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import xlsx_stream

PORTION = 1 << 16


def json_lines(source: Source, after: uuid.UUID | None = None) -> Iterator[bytes]:
    """One record a line, as OData has it with its repeats inside: exact, for programs. `after`
    this record it goes on."""
    bags = Bags(source.layout, source.layout.root, BagShape(expand=True))
    held, size = [], 0
    for read in source.read(after=after):
        for bag in bags.rows(read.stored.instance_id, read.rows, system(read)):
            line = orjson.dumps(bag, option=orjson.OPT_APPEND_NEWLINE)
            held.append(line)
            size += len(line)
        if size > PORTION:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def xlsx(source: Source, blobs: LocalBlobs, shape: Shape, words: Words) -> Iterator[bytes]:
    """A workbook. Raises TOO_LARGE_FOR_SHEET, perhaps on the way."""
    told = Told(source.layout, words)
    if shape is Shape.WIDE:
        yield from _wide(source, told)
        return
    is_long = shape is Shape.LONG
    header = shapes.long_header if is_long else shapes.linked_header
    rows_of = shapes.long_rows if is_long else shapes.linked_rows
    writers = [xlsx_stream.Sheet(header(told, table)) for table in source.layout.tables]
    rows = (one for read in source.read() for one in rows_of(told, before(read), read.rows))
    names = [source.form.form_id, *(table.name for table in source.layout.tables[1:])]
    with Tables(blobs, writers, rows) as tables:
        yield from xlsx_stream.workbook(names, tables.tables())


def _wide(source: Source, told: Told) -> Iterator[bytes]:
    """Read twice: how many occurrences a repeat has must be known before the first row."""
    widths: shapes.Widths = {}
    for read in source.read():
        shapes.widen(widths, read.rows)
    source.progress.records = 0  # so far they were measured
    wide = Wide(told, widths)
    rows = (wide.row(before(read), read.rows) for read in source.read())
    sheet = xlsx_stream.pieces(wide.header, rows)
    yield from xlsx_stream.workbook([source.form.form_id], [sheet])
