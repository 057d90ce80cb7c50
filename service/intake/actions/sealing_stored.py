"""Sealing what earlier releases stored in clear. Once, page by page; killed, it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.foundation import audit, keys
from service.foundation.blobs import CHUNK, LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.actions.sealed import file_place, keep, sealed_xml
from service.intake.queries import receiving
from service.intake.queries import sealing as queries

DONE = "all_sealed"


def seal_stored(blobs: LocalBlobs, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Seal whatever is stored in clear; answers how many records and files that were. The server
    must not run meanwhile: it would take what arrives again for something else."""
    store = keys.current()
    if store.is_noted(DONE):
        return 0
    done = 0
    for page in _pages(queries.clear_submissions):
        with unit_of_work() as session:
            for row in page:
                queries.seal_submission(
                    session,
                    (row.project_id, row.submission_pk),
                    sealed_xml(row.project_id, row.submission_pk, bytes(row.xml)),
                    {
                        "xml_digest": store.digest(bytes(row.xml_digest)),
                        "canonical_digest": store.digest(bytes(row.canonical_digest)),
                    },
                )
        progress(done := done + len(page))
    for page in _pages(queries.clear_quarantined):
        with unit_of_work() as session:
            for row in page:
                sealed = sealed_xml(row.project_id, row.quarantined_pk, bytes(row.xml))
                digest = store.digest(bytes(row.xml_digest))
                key = (row.project_id, row.quarantined_pk)
                queries.seal_quarantined(session, key, {**sealed, "xml_digest": digest})
        progress(done := done + len(page))
    for page in _pages(queries.clear_files):
        _seal_files(blobs, page)
        progress(done := done + len(page))
    if done:
        with unit_of_work() as session:
            audit.record(
                session, project_id=0, actor_id=None, action="submission.seal_stored",
                subject=0, rows=done,
            )  # fmt: skip
    store.note(DONE)
    return done


def _pages(query: Callable[..., Any]) -> Any:
    """Each page is read before it is sealed: reading and writing take turns."""
    with reading() as session:
        yield from query(session)


def _seal_files(blobs: LocalBlobs, page: list[Any]) -> None:
    with unit_of_work() as session:
        for row in page:
            draft = blobs.draft(keys.current().take(row.project_id))
            with blobs.open(row.blob) as source:
                while chunk := source.read(CHUNK):
                    draft.write(chunk)
            kept = keep(draft)
            place = file_place(row.project_id, row.record, row.name)
            queries.seal_file(session, row, kept.row(place))
    clear = {row.blob for row in page}
    with reading() as session:
        unnamed = clear - receiving.named_blobs(session, clear)
    for name in unnamed:
        blobs.remove(name)
