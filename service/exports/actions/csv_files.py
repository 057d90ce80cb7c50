"""CSV of records, and a ZIP of all tables of a form with the files that belong to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.exports import flat
from service.exports.actions import files
from service.exports.actions.files import Shown
from service.exports.actions.source import Source
from service.exports.actions.spooled import Tables
from service.exports.actions.tables import root_row
from service.exports.flat import Flat, Options
from service.forms.schema import Sensitivity
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import csv_text, zip_stream
from service.foundation.formats.csv_text import Lines
from service.foundation.formats.zip_stream import Member


def csv(source: Source, options: Options, *, for_spreadsheet: bool = False) -> Iterator[bytes]:
    """The records; their repeats are left out."""
    root = Flat(source.layout.root, options)
    rows = (root_row(root, read) for read in source.read())
    return csv_text.table(flat.header(root), rows, for_spreadsheet=for_spreadsheet)


def csv_zip(
    source: Source,
    options: Options,
    blobs: LocalBlobs,
    *,
    with_files: bool = True,
    for_spreadsheet: bool = False,
) -> Iterator[bytes]:
    """All tables, and the clean copies of pictures, sound and films of those who allow it."""
    flats = [Flat(table, options) for table in source.layout.tables]
    writers = [Lines(flat.header(one), for_spreadsheet=for_spreadsheet) for one in flats]
    shown = Shown()
    with Tables(blobs, writers, _rows(source, flats, shown)) as tables:
        yield from zip_stream.stream(_members(source, blobs, tables, shown, with_files))


def _members(
    source: Source, blobs: LocalBlobs, tables: Tables, shown: Shown, with_files: bool
) -> Iterator[Member]:
    names = flat.file_names(source.form.form_id, source.layout)
    for name, pieces in zip(names, tables.tables(), strict=True):
        yield Member(name=f"{name}.csv", pieces=pieces)
    if with_files:
        yield from files.members(source, blobs, shown)


def _rows(
    source: Source, flats: Sequence[Flat], shown: Shown
) -> Iterator[tuple[int, Sequence[object]]]:
    """(table, row); files whose names may be shown are noted."""
    for read in source.read():
        yield 0, root_row(flats[0], read)
        for inner in read.rows.inner:
            instance_id = read.stored.instance_id
            yield inner.table, flat.repeat_row(flats[inner.table], instance_id, inner, read.seen)
        if read.stored.files_present and Sensitivity.TESTIMONY in read.seen:
            shown.note(source.layout, read)
