"""Rows of a source as cells of tables: what CSV, JSON lines, XLSX, SPSS and Stata are made of."""

from __future__ import annotations

from typing import Any

from service.exports.actions.source import Read
from service.exports.flat import Flat
from service.foundation import clock

NOT_DECRYPTED = "notDecrypted"
MISSING_FORM_DATA = "missingEncryptedFormData"
_IN_CSV = {
    None: None,
    NOT_DECRYPTED: "not decrypted",
    MISSING_FORM_DATA: "missing encrypted form data",
}


def status(read: Read) -> str | None:
    """Of a record that nobody here can read: only the key kept offline opens it."""
    if read.stored.sealed_to is None:
        return None
    is_whole = read.stored.files_present >= read.stored.files_expected
    return NOT_DECRYPTED if is_whole else MISSING_FORM_DATA


def before(read: Read) -> list[Any]:
    """What stands before the answers of a record (`shapes.BEFORE`)."""
    stored = read.stored
    received_at = clock.iso(stored.received_at)
    return [stored.instance_id, received_at, stored.submitter, stored.first_version]


def root_row(flat: Flat, read: Read) -> list[Any]:
    """A record as a line of Central's CSV."""
    stored = read.stored
    return [
        clock.iso(stored.received_at),
        *flat.cells(read.rows.root, read.seen),
        stored.instance_id,
        stored.submitter_id,
        stored.submitter,
        stored.files_present,
        stored.files_expected,
        _IN_CSV[status(read)],
        stored.review,
        stored.device_key,
        stored.edits,
        stored.first_version,
    ]
