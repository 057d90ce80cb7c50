"""What earlier releases stored in clear: found page by page, sealed in place."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.intake.tables import (
    Attachment,
    Quarantined,
    QuarantinedFile,
    Submission,
    SubmissionXml,
)

PAGE = 200
Key = tuple[int, uuid.UUID]


def _pages(session: Session, query: Any, *order: Any) -> Iterator[list[Any]]:
    after: tuple[Any, ...] | None = None
    while True:
        page = query.order_by(*order).limit(PAGE)
        if after is not None:
            page = page.where(sa.tuple_(*order) > after)
        rows = list(session.execute(page))
        if not rows:
            return
        yield rows
        after = tuple(getattr(rows[-1], column.key) for column in order)


def clear_submissions(session: Session) -> Iterator[list[Any]]:
    """project_id, submission_pk, xml, xml_digest, canonical_digest (plain hashes still)."""
    query = (
        sa.select(
            SubmissionXml.project_id,
            SubmissionXml.submission_pk,
            SubmissionXml.xml,
            Submission.xml_digest,
            Submission.canonical_digest,
        )
        .join(
            Submission,
            sa.and_(
                Submission.project_id == SubmissionXml.project_id,
                Submission.submission_pk == SubmissionXml.submission_pk,
            ),
        )
        .where(SubmissionXml.key_pk.is_(None))
    )
    return _pages(session, query, SubmissionXml.project_id, SubmissionXml.submission_pk)


def clear_quarantined(session: Session) -> Iterator[list[Any]]:
    """project_id, quarantined_pk, xml, xml_digest."""
    query = sa.select(
        Quarantined.project_id, Quarantined.quarantined_pk, Quarantined.xml, Quarantined.xml_digest
    ).where(Quarantined.key_pk.is_(None))
    return _pages(session, query, Quarantined.project_id, Quarantined.quarantined_pk)


def clear_files(session: Session) -> Iterator[list[Any]]:
    """project_id, record, name, digest, blob of files of submissions, then of quarantine."""
    for table, record in (
        (Attachment, Attachment.submission_pk),
        (QuarantinedFile, QuarantinedFile.quarantined_pk),
    ):
        query: Any = sa.select(
            sa.literal_column(f"'{table.__tablename__}'").label("table"),
            table.project_id,
            record,
            record.label("record"),
            table.name,
            table.digest,
            table.blob,
        ).where(table.key_pk.is_(None))
        yield from _pages(session, query, table.project_id, record, table.name, table.digest)


def seal_submission(
    session: Session, key: Key, sealed: Mapping[str, Any], digests: Mapping[str, Any]
) -> None:
    """`sealed`: xml and key_pk; `digests`: xml_digest and canonical_digest."""
    session.execute(
        sa.update(SubmissionXml)
        .where(SubmissionXml.project_id == key[0], SubmissionXml.submission_pk == key[1])
        .values(**sealed)
    )
    session.execute(
        sa.update(Submission)
        .where(Submission.project_id == key[0], Submission.submission_pk == key[1])
        .values(**digests)
    )


def seal_quarantined(session: Session, key: Key, values: Mapping[str, Any]) -> None:
    session.execute(
        sa.update(Quarantined)
        .where(Quarantined.project_id == key[0], Quarantined.quarantined_pk == key[1])
        .values(**values)
    )


def seal_file(session: Session, row: Any, values: Mapping[str, Any]) -> None:
    """`row` of `clear_files`; `values`: digest, size, blob, key_pk, bound."""
    table: Any = Attachment if row.table == Attachment.__tablename__ else QuarantinedFile
    record = table.submission_pk if table is Attachment else table.quarantined_pk
    session.execute(
        sa.update(table)
        .where(
            table.project_id == row.project_id,
            record == row.record,
            table.name == row.name,
            table.digest == row.digest,
        )
        .values(**values)
    )
