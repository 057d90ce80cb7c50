"""Opens the logs that Collect kept of how records were filled in, for whoever masks them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.formats import safe_xml
from service.foundation.sealing import Unsealable, boxes
from service.intake.actions import reading_again
from service.intake.actions.reading_again import ReadAgain
from service.intake.actions.sealed import file_place
from service.intake.queries import form_logs as queries
from service.intake.queries.form_logs import LogFile
from service.intake.readers import audit_csv
from service.intake.readers.audit_csv import Row
from service.intake.readers.xform_xml import local

PORTION = 4 << 20
"""Bytes of records that are open at the same time; one may be as large (`MAX_XML_BYTES`)."""
log = structlog.get_logger("samleng.intake")
MOST = 8 << 20
"""Bytes of a log. A day's work makes some hundred thousand; what is larger is no log."""


def events(
    blobs: LocalBlobs, project_id: int, submission_pks: Sequence[uuid.UUID]
) -> Iterator[tuple[uuid.UUID, Iterator[Row]]]:
    """Of those records that have a log which is here: all of it, answers too. Those whose key was
    destroyed, and those that are too large, are left out. In that order; a few statements for each
    PORTION of what the records say, however many they are."""
    files: list[LogFile] = []
    with reading(may_lag=True) as session:
        sizes = queries.list_sizes(session, project_id, submission_pks)
        for some in _portions(submission_pks, sizes):
            files += _logs_of(session, project_id, some)
    found = keys.current().find_many(project_id, [file.key_pk for file in files])
    order = {key: number for number, key in enumerate(submission_pks)}
    for file in sorted(files, key=lambda file: order[file.submission_pk]):
        key = found.get(file.key_pk)
        if key is None or file.size > MOST:
            continue
        place = file_place(project_id, file.submission_pk, file.name_digest)
        try:
            if not boxes.is_bound(key, place, file.blob, file.bound or b""):
                raise Unsealable
            data = b"".join(blobs.unsealed(file.blob, key))
        except Unsealable:
            keys.unsealable(submission=str(file.submission_pk))
            continue
        yield file.submission_pk, audit_csv.read(data)


def _portions(
    submission_pks: Sequence[uuid.UUID], sizes: Mapping[uuid.UUID, int]
) -> Iterator[list[uuid.UUID]]:
    """Records that are opened together: as many as PORTION holds, and one at least."""
    some: list[uuid.UUID] = []
    held = 0
    for key in submission_pks:
        size = sizes.get(key, 0)
        if some and held + size > PORTION:
            yield some
            some, held = [], 0
        some.append(key)
        held += size
    if some:
        yield some


def _logs_of(
    session: Session, project_id: int, submission_pks: Sequence[uuid.UUID]
) -> list[LogFile]:
    read = reading_again.find_many(session, project_id, submission_pks)
    named = [(key, digest) for key, one in read.items() if (digest := _digest(one))]
    return queries.list_named(session, project_id, named) if named else []


def _digest(one: ReadAgain) -> str | None:
    """What stands for the log's name: the record says it in `meta/audit`."""
    for child in safe_xml.parse(one.xml):
        if local(child) == "meta":
            for node in child:
                if local(node) == "audit":
                    return one.names.get((node.text or "").strip())
    return None
