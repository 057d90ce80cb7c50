"""What is stored, opened with the keys: for tests that compare it byte for byte."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.formats import safe_xml
from service.foundation.sealing import boxes, unseal
from service.intake.actions.sealed import file_place, xml_place
from service.intake.tables import Attachment, Quarantined, QuarantinedFile, SubmissionXml


def _opened(row: Any, record: Any) -> bytes:
    key = keys.current().find(row.project_id, row.key_pk)
    assert key is not None
    return unseal(key, xml_place(row.project_id, record), row.xml)


def xmls(session: Session) -> list[bytes]:
    """The XML of all submissions, in the order of their keys."""
    rows = session.scalars(sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk))
    return [_opened(row, row.submission_pk) for row in rows]


def quarantined(session: Session) -> list[bytes]:
    rows = session.scalars(sa.select(Quarantined).order_by(Quarantined.quarantined_pk))
    return [_opened(row, row.quarantined_pk) for row in rows]


def files(session: Session, blobs: LocalBlobs) -> list[tuple[str, bytes]]:
    """(name, content) of all files of submissions and of quarantine, history included."""
    found = []
    for table, record in ((Attachment, "submission_pk"), (QuarantinedFile, "quarantined_pk")):
        for row in session.scalars(sa.select(table)):
            key = keys.current().find(row.project_id, row.key_pk)
            assert key is not None
            place = file_place(row.project_id, getattr(row, record), row.name)
            assert boxes.is_bound(key, place, row.blob, row.bound)
            found.append((row.name, b"".join(blobs.unsealed(row.blob, key))))
    return sorted(found)


def plain_hashes(xml: bytes) -> tuple[bytes, bytes]:
    """What was kept in place of digests before anything was sealed."""
    return hashlib.sha256(xml).digest(), safe_xml.canonical_sha256(safe_xml.parse(xml))
