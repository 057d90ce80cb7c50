"""CSV of records, and a ZIP of all tables of a form with the files that belong to them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence

from service.exports import flat
from service.exports.actions import files, form_logs
from service.exports.actions.files import Shown
from service.exports.actions.form_logs import Logs
from service.exports.actions.source import Source
from service.exports.actions.spooled import Tables
from service.exports.actions.tables import root_row
from service.exports.flat import Flat, Options
from service.forms.schema import Sensitivity
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import csv_text, zip_stream
from service.foundation.formats.csv_text import Lines
from service.foundation.formats.zip_stream import Member, safe_member


def csv(
    source: Source,
    options: Options,
    *,
    for_spreadsheet: bool = False,
    after: uuid.UUID | None = None,
) -> Iterator[bytes]:
    """The records; their repeats are left out. `after` this record it goes on, without a header."""
    root = Flat(source.layout.root, options)
    rows = (root_row(root, read) for read in source.read(after=after))
    header = flat.header(root) if after is None else None
    return csv_text.table(header, rows, for_spreadsheet=for_spreadsheet)


def csv_zip(
    source: Source,
    options: Options,
    blobs: LocalBlobs,
    *,
    with_files: bool = True,
    for_spreadsheet: bool = False,
) -> Iterator[bytes]:
    """All tables; the log of how records were filled in, where the form has one kept; and the clean
    copies of pictures, sound and films of those who allow it."""
    flats = [Flat(table, options) for table in source.layout.tables]
    headers: list[Sequence[str]] = [flat.header(one) for one in flats]
    names = flat.file_names(source.form.form_id, source.layout)
    logs = Logs(source, blobs) if with_files and form_logs.has_logs(source) else None
    if logs is not None:
        headers.append(form_logs.HEADER)
        names = [*names, safe_member(f"{source.form.form_id} - audit")]
    writers = [Lines(one, for_spreadsheet=for_spreadsheet) for one in headers]
    shown = Shown()
    with Tables(blobs, writers, _rows(source, flats, shown, logs)) as tables:
        media = files.members(source, blobs, shown) if with_files else ()
        yield from zip_stream.stream(itertools.chain(_tables(names, tables), media))


def _tables(names: Sequence[str], tables: Tables) -> Iterator[Member]:
    for name, pieces in zip(names, tables.tables(), strict=True):
        yield Member(name=f"{name}.csv", pieces=pieces)


def _rows(
    source: Source, flats: Sequence[Flat], shown: Shown, logs: Logs | None
) -> Iterator[tuple[int, Sequence[object]]]:
    """(table, row), the log last; files whose names may be shown are noted."""
    for read in source.read():
        yield 0, root_row(flats[0], read)
        for inner in read.rows.inner:
            instance_id = read.stored.instance_id
            yield inner.table, flat.repeat_row(flats[inner.table], instance_id, inner, read.seen)
        if read.stored.files_present and Sensitivity.TESTIMONY in read.seen:
            shown.note(source.layout, read)
        for row in logs.note(read) if logs else ():
            yield len(flats), row
    for row in logs.rest() if logs else ():
        yield len(flats), row
