"""Records for ODK Briefcase: a walk over their IDs, then each as XML, through the same gate as all
that leaves. Nothing is streamed: a page is at most PAGE IDs, an answer one record."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator

from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.exports import briefcase
from service.exports.actions import files, logging_out
from service.exports.actions.files import Shown
from service.exports.actions.source import Read, Source
from service.exports.briefcase import Cursor, Marks, MediaFile, Start
from service.exports.queries import records
from service.forms.schema import Sensitivity
from service.foundation import clock, ids
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, settled
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.queries.receiving import name_digest
from service.review.actions.records import stand_in

USUAL, PAGE = 100, 1000
"""How many IDs are told at once where a client says nothing, and the most."""
HOW = "briefcase"
EPOCH = dt.datetime.fromtimestamp(0, dt.UTC)
"""No record's key is older, whatever date somebody chose."""

Address = Callable[[str, str], str]
"""(ID of a record, what stands for its file) -> where the file is."""


def list_ids(actor: Actor, source: Source, cursor: str, wanted: int) -> str:
    """The next IDs, oldest first; none, and the cursor as it was given, at the end. The log says
    how many were handed out."""
    wanted = min(max(1, wanted), PAGE)
    given = briefcase.read_cursor(cursor)
    settled_below = ids.first_of(settled())
    with reading() as session:
        start = _start(source, given)
        rows = records.keys_after(session, source.selection, start.above, start.rows(wanted))
    page, unsettled = briefcase.next_page(start, rows, wanted, settled_below)
    if not page:
        return briefcase.id_chunk((), cursor.strip())
    is_last = len(rows) < start.rows(wanted)
    logging_out.note(actor, Act.ROWS_EXPORT, source, HOW, records=len(page), whole=is_last)
    last = page[-1]
    end = briefcase.write_cursor(clock.iso(last.at), last.instance_id, unsettled)
    return briefcase.id_chunk((one.instance_id for one in page), end)


def _start(source: Source, given: Cursor | None) -> Start:
    """After the record that the cursor names; where it names none, or none that is told, at its
    moment (Briefcase makes such cursors of a date that somebody chose)."""
    if given is None:
        return Start(after=ids.first_of(EPOCH), unsettled=None)
    found = None
    if given.instance_id:
        with reading() as session:
            found = records.find_version(session, source.selection, given.instance_id)
    after = found or ids.first_of(max(given.at, EPOCH))
    return Start(after=after, unsettled=given.unsettled)


def get_submission(
    actor: Actor, source: Source, instance_id: str, blobs: LocalBlobs, address: Address
) -> str:
    """One record as XML, what may not be seen in it emptied, and the files that go with what may.
    Each leaves an entry, codes alone too: IDs need not come from a walk, which leaves one. Raises
    NOT_FOUND."""
    with reading() as session:
        record_pk = records.find_record(
            session, source.project_id, source.form.form_pk, instance_id
        )
    read = next(source.of_record(record_pk).read(limit=1), None) if record_pk else None
    xml = source.masked_xml(read) if read else None
    if read is None or xml is None:
        raise Problem(NOT_FOUND)
    stored = read.stored
    record = str(stored.record_pk)
    logging_out.note(actor, Act.ROWS_EXPORT, source, HOW, record=record, records=1, whole=True)
    with reading() as session:
        own_id = records.get_own_id(session, source.project_id, stored.submission_pk)
    marks = Marks(
        instance_id=own_id,
        submission_date=clock.iso(stored.received_at),
        is_complete=stored.files_present >= stored.files_expected,
    )
    return briefcase.submission(xml, marks, _files(source, read, blobs, own_id, address))


def _files(
    source: Source, read: Read, blobs: LocalBlobs, instance_id: str, address: Address
) -> Iterator[MediaFile]:
    """As a ZIP would hold them."""
    if not read.stored.files_present or Sensitivity.TESTIMONY not in read.seen:
        return
    wanted = Shown()
    wanted.note(source.layout, read)
    for copy, shown in files.copies(source, blobs, wanted):
        named = name_digest(source.project_id, copy.submission_pk, shown.name)
        url = address(instance_id, stand_in(named))
        yield MediaFile(name=shown.name, md5=shown.md5 or _computed(shown.pieces), url=url)


def _computed(pieces: Iterable[bytes]) -> str:
    """Of a copy that an earlier release made: all of it is read."""
    md5 = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        md5.update(piece)
    return md5.hexdigest()
