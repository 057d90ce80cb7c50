"""Files of records for a ZIP: clean copies alone, and only where the person's consent opens what
they told for this purpose (`source` has asked the gate, record by record). What is in the ZIP is
what its tables name: a picture of an identity card is not there for whoever may not see that
answer."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from service.exports.actions.source import Read, Source
from service.exports.layout import Layout
from service.foundation import sealing
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.formats.zip_stream import Member, safe_member
from service.foundation.problems import Problem
from service.intake.actions import showing
from service.intake.envelope import safe_name
from service.intake.queries.preparing import Prepared
from service.review import actions as review

PAGE = 100
FILE = "binary"
"""The type of questions that are answered by a file."""


class Shown:
    """Files that rows named: 16 bytes for the record and 8 for the name, for there may be very
    many."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._numbers: dict[int, list[int]] | None = None

    def note(self, layout: Layout, read: Read) -> None:
        if self._numbers is None:
            self._numbers = {
                table.number: [n for n, column in enumerate(table.columns) if column.type == FILE]
                for table in layout.tables
            }
        record = read.stored.submission_pk
        rows = [(0, read.rows.root), *((one.table, one.row) for one in read.rows.inner)]
        for table, row in rows:
            for number in self._numbers[table]:
                if name := row[number]:
                    self._held += record.bytes + _stand_in(name)

    def pages(self) -> Iterator[dict[uuid.UUID, set[bytes]]]:
        """Names by record, PAGE files at a time."""
        for start in range(0, len(self._held), 24 * PAGE):
            page: dict[uuid.UUID, set[bytes]] = {}
            for at in range(start, min(start + 24 * PAGE, len(self._held)), 24):
                key = uuid.UUID(bytes=bytes(self._held[at : at + 16]))
                page.setdefault(key, set()).add(bytes(self._held[at + 16 : at + 24]))
            yield page


def _stand_in(name: str) -> bytes:
    return sealing.sha256(safe_name(name).encode())[:8]


def members(source: Source, blobs: LocalBlobs, wanted: Shown) -> Iterator[Member]:
    """`media/<name>`; names that come again get a number."""
    taken: set[str] = set()
    for _, shown in copies(source, blobs, wanted):
        name = _own(safe_member(shown.name), taken)
        yield Member(name=f"media/{name}", pieces=shown.pieces, is_packed=True)


def copies(
    source: Source, blobs: LocalBlobs, wanted: Shown
) -> Iterator[tuple[Prepared, showing.Shown]]:
    """Clean copies of what was wanted, as far as it may be shown."""
    for page in wanted.pages():
        with reading() as session:
            found = review.list_copies(session, source.project_id, list(page), source.told.purpose)
        for copy in found:
            try:
                shown = showing.content(blobs, copy)
            except Problem:  # taken back a moment ago
                continue
            if _stand_in(shown.name) in page[copy.submission_pk]:
                yield copy, shown


def _own(name: str, taken: set[str]) -> str:
    """`face~2.jpg` where there was a `face.jpg`, whatever the case."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    own, number = name, 2
    while own.casefold() in taken:
        own, number = f"{stem}~{number}{dot}{ending}", number + 1
    taken.add(own.casefold())
    return own
