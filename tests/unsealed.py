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
from service.intake.actions.sealed import file_place, keys_of, opened_name, opened_xml, xml_place
from service.intake.queries.receiving import name_digest
from service.intake.tables import Attachment, Quarantined, QuarantinedFile, SubmissionXml


def opened(row: Any, record: Any) -> bytes:
    if isinstance(row, SubmissionXml):
        found = keys.current().find_many(row.project_id, keys_of(row))
        return opened_xml(row.project_id, row, row.xml, found)
    key = keys.current().find(row.project_id, row.key_pk)
    assert key is not None
    return unseal(key, xml_place(row.project_id, record), row.xml)


def xmls(session: Session) -> list[bytes]:
    """The XML of all submissions, in the order of their keys."""
    rows = session.scalars(sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk))
    return [opened(row, row.submission_pk) for row in rows]


def quarantined(session: Session) -> list[bytes]:
    rows = session.scalars(sa.select(Quarantined).order_by(Quarantined.quarantined_pk))
    return [opened(row, row.quarantined_pk) for row in rows]


def files(session: Session, blobs: LocalBlobs) -> list[tuple[str, bytes]]:
    """(name, content) of all files of submissions and of quarantine, history included."""
    rows = (*_all(session, Attachment), *_all(session, QuarantinedFile))
    return sorted((name(row), content(row, blobs)) for row in rows)


def content(row: Any, blobs: LocalBlobs) -> bytes:
    """Of the file of a row of either table, which lies where the row says."""
    key = keys.current().find(row.project_id, row.key_pk)
    assert key is not None
    place = file_place(row.project_id, _record(row), row.name_digest)
    assert boxes.is_bound(key, place, row.blob, row.bound)
    return b"".join(blobs.unsealed(row.blob, key))


def name(row: Any) -> str:
    """Of a row of either table: under its key, and as its stand-in says."""
    key = keys.current().find(row.project_id, row.key_pk)
    assert key is not None
    found = opened_name(key, row.project_id, _record(row), row.sealed_name)
    assert row.name_digest == name_digest(row.project_id, _record(row), found)
    return found


def names(session: Session) -> list[str]:
    """Of all files of submissions, history included."""
    return sorted(name(row) for row in _all(session, Attachment))


def _all(session: Session, table: Any) -> Any:
    return session.scalars(sa.select(table))


def _record(row: Any) -> Any:
    return row.submission_pk if isinstance(row, Attachment) else row.quarantined_pk


def plain_hashes(xml: bytes) -> tuple[bytes, bytes]:
    """What was kept in place of digests before anything was sealed."""
    return hashlib.sha256(xml).digest(), safe_xml.canonical_sha256(safe_xml.parse(xml))
