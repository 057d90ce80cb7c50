"""CSV of records, and a ZIP of all tables of a form with the files that belong to them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence

from service.exports import flat
from service.exports.actions import files
from service.exports.actions.source import Source
from service.exports.actions.tables import root_row
from service.exports.flat import Flat, Options
from service.forms.schema import Sensitivity
from service.foundation import ids
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import csv_text, zip_stream
from service.foundation.formats.csv_text import Lines
from service.foundation.formats.zip_stream import Member
from service.foundation.sealing import DataKey


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
    tables = _Tables(source, options, blobs, for_spreadsheet=for_spreadsheet)
    try:
        yield from zip_stream.stream(tables.members(with_files=with_files))
    finally:
        tables.discard()


class _Tables:
    """Records are read once. What they say in repeats is put by, sealed under a key that is kept
    nowhere, until the table of records has ended."""

    def __init__(
        self, source: Source, options: Options, blobs: LocalBlobs, *, for_spreadsheet: bool
    ) -> None:
        self._source, self._blobs = source, blobs
        self._flats = [Flat(table, options) for table in source.layout.tables]
        self._lines = [
            Lines(flat.header(one), for_spreadsheet=for_spreadsheet) for one in self._flats
        ]
        self._spools = [Spool(blobs) for _ in self._flats[1:]]
        self._with_files = bytearray()

    def members(self, *, with_files: bool) -> Iterator[Member]:
        source = self._source
        names = flat.file_names(source.form.form_id, source.layout)
        yield Member(name=f"{names[0]}.csv", pieces=self._records())
        for name, lines, spool in zip(names[1:], self._lines[1:], self._spools, strict=True):
            spool.write(lines.take())
            yield Member(name=f"{name}.csv", pieces=spool.read())
        if with_files and source.may_see:
            keys = [
                uuid.UUID(bytes=bytes(self._with_files[at : at + 16]))
                for at in range(0, len(self._with_files), 16)
            ]
            yield from files.members(source, self._blobs, keys)

    def _records(self) -> Iterator[bytes]:
        root, lines = self._flats[0], self._lines[0]
        yield lines.take()
        for read in self._source.read():
            if lines.add(root_row(root, read)):
                yield lines.take()
            for inner in read.rows.inner:
                self._put_by(
                    inner.table,
                    flat.repeat_row(
                        self._flats[inner.table], read.stored.instance_id, inner, read.seen
                    ),
                )
            if read.stored.files_present and Sensitivity.TESTIMONY in read.seen:
                self._with_files += read.stored.submission_pk.bytes
        yield lines.take()

    def _put_by(self, table: int, row: Sequence[object]) -> None:
        if self._lines[table].add(row):
            self._spools[table - 1].write(self._lines[table].take())

    def discard(self) -> None:
        for spool in self._spools:
            spool.discard()


class Spool:
    """Bytes put by for minutes: sealed under a key that only this object knows."""

    def __init__(self, blobs: LocalBlobs) -> None:
        self._draft = blobs.draft(DataKey(key_pk=ids.new_uuid(), secret=os.urandom(32)))

    def write(self, data: bytes) -> None:
        self._draft.write(data)

    def read(self) -> Iterator[bytes]:
        """What was written; nothing is written after it."""
        return self._draft.read_again()

    def discard(self) -> None:
        self._draft.discard()
