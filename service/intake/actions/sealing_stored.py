"""Sealing what earlier releases stored in clear. Page by page; killed, it goes on."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from service.foundation import audit, keys
from service.foundation.blobs import CHUNK, LocalBlobs
from service.foundation.db import reading, truncate_log, unit_of_work
from service.foundation.sealing import DataKey, boxes
from service.intake.actions.sealed import bound_to, file_place, keep, sealed_xml
from service.intake.queries import receiving
from service.intake.queries import sealing as queries

DONE = "all_sealed"

Progress = Callable[[int], None]


def seal_stored(blobs: LocalBlobs, progress: Progress = lambda _done: None) -> int:
    """Seal whatever is stored in clear; answers how many records and files that were. The server
    must not run meanwhile: it would take what arrives again for something else."""
    done = 0
    for page in _sealing(blobs):
        done += page
        progress(done)
    if done:
        with unit_of_work() as session:
            audit.record(
                session, project_id=0, actor_id=None, action="submission.seal_stored",
                subject=0, rows=done,
            )  # fmt: skip
    truncate_log()  # whoever was killed before may have left there what stood in clear
    keys.current().note(DONE)
    return done


def _sealing(blobs: LocalBlobs) -> Iterator[int]:
    """Seals page after page; answers how much each was."""
    if not keys.current().is_noted(DONE):
        for page in _pages(queries.clear_submissions):
            _seal_submissions(page)
            yield len(page)
        for page in _pages(queries.clear_quarantined):
            _seal_quarantined(page)
            yield len(page)
        for page in _pages(queries.clear_files):
            _seal_files(blobs, page)
            yield len(page)
    # Asked at each start, not noted: a backup of an earlier release may be put back.
    for page in _pages(queries.clear_names):
        _seal_names(page)
        yield len(page)
    for page in _pages(queries.clearly_named_in_quarantine):
        _seal_names_in_quarantine(page)
        yield len(page)


def _pages(query: Callable[..., Any]) -> Any:
    """Each page is read before it is sealed: reading and writing take turns."""
    with reading() as session:
        yield from query(session)


def _seal_submissions(page: Sequence[Any]) -> None:
    store = keys.current()
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


def _seal_quarantined(page: Sequence[Any]) -> None:
    with unit_of_work() as session:
        for row in page:
            sealed = sealed_xml(row.project_id, row.quarantined_pk, bytes(row.xml))
            digest = keys.current().digest(bytes(row.xml_digest))
            key = (row.project_id, row.quarantined_pk)
            queries.seal_quarantined(session, key, {**sealed, "xml_digest": digest})


def _seal_files(blobs: LocalBlobs, page: Sequence[Any]) -> None:
    with unit_of_work() as session:
        for row in page:
            draft = blobs.draft(keys.current().take(row.project_id))
            with blobs.open(row.blob) as source:
                while chunk := source.read(CHUNK):
                    draft.write(chunk)
            kept = keep(draft)
            queries.seal_file(session, row, kept.row(row.project_id, row.record, row.name_digest))
    clear = {row.blob for row in page}
    with reading() as session:
        unnamed = clear - receiving.named_blobs(session, clear)
    for name in unnamed:
        blobs.remove(name)


# --- names of files -----------------------------------------------------------------------------
def _seal_names(page: Sequence[Any]) -> None:
    """Those that submissions expect, and those of their files, in one transaction."""
    with unit_of_work() as session:
        for project_id, rows in _by_project(page):
            of_these = [row.submission_pk for row in rows]
            _name(session, project_id, queries.clearly_named(session, project_id, of_these))
            for row in rows:
                names = row.expected_files["names"]
                queries.set_expected(
                    session,
                    (project_id, row.submission_pk),
                    [receiving.name_digest(project_id, row.submission_pk, name) for name in names],
                )


def _seal_names_in_quarantine(page: Sequence[Any]) -> None:
    with unit_of_work() as session:
        for project_id, files in _by_project(page):
            _name(session, project_id, files)


def _by_project(rows: Sequence[Any]) -> Iterator[tuple[int, list[Any]]]:
    for project_id, those in itertools.groupby(rows, key=lambda row: row.project_id):
        yield project_id, list(those)


def _name(session: Session, project_id: int, files: Sequence[Any]) -> None:
    found = keys.current().find_many(project_id, [file.key_pk for file in files])
    for file in files:
        queries.seal_file(session, file, _named(file, found.get(file.key_pk)))


def _named(file: Any, key: DataKey | None) -> dict[str, Any]:
    """The columns of a file whose name is in clear, under its key. Without one nobody can read it
    any more. What was not bound to its place before is not now."""
    project_id, record, name = file.project_id, file.record, file.name_digest
    if key is None:
        digest = receiving.name_digest(project_id, record, name)
        return {"name_digest": digest, "sealed_name": b""}
    columns = bound_to(project_id, record, name, key=key, blob=file.blob)
    if not boxes.is_bound(key, file_place(project_id, record, name), file.blob, file.bound or b""):
        del columns["bound"]
    return columns
