"""What earlier releases stored in clear: found page by page, sealed in place.

Names of files were in clear longer than files. A migration has put the names that a record
expects into a wrapping, `{"names": […]}`, by which those still to be sealed are known.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    """project_id, record, name_digest (the name still), digest, blob of files of submissions, then
    of quarantine."""
    for table in (Attachment, QuarantinedFile):
        query = _files(table).where(table.key_pk.is_(None))
        yield from _pages(session, query, *_key(table))


def _record(table: Any) -> Any:
    return table.submission_pk if table is Attachment else table.quarantined_pk


def _key(table: Any) -> tuple[Any, ...]:
    return table.project_id, _record(table), table.name_digest, table.digest


def _files(table: Any) -> Any:
    return sa.select(
        sa.literal_column(f"'{table.__tablename__}'").label("table"),
        *_key(table),
        _record(table).label("record"),
        table.blob,
        table.key_pk,
        table.bound,
    )


def clear_names(session: Session) -> Iterator[list[Any]]:
    """project_id, submission_pk, expected_files (`{"names": […]}`) of submissions whose files are
    named in clear. Reads all that have files."""
    is_wrapped = sa.cast(Submission.expected_files, sa.Text).like("{%")
    query = sa.select(
        Submission.project_id, Submission.submission_pk, Submission.expected_files
    ).where(Submission.files_expected > 0, is_wrapped)
    return _pages(session, query, Submission.project_id, Submission.submission_pk)


def clearly_named(
    session: Session, project_id: int, submission_pks: Collection[uuid.UUID]
) -> Sequence[Any]:
    """Rows as of `clear_files`, and key_pk and bound, of sealed files of these submissions."""
    query = _files(Attachment).where(
        Attachment.project_id == project_id,
        Attachment.submission_pk.in_(list(submission_pks)),
        Attachment.sealed_name.is_(None),
        Attachment.key_pk.is_not(None),
    )
    return session.execute(query).all()


def clearly_named_in_quarantine(session: Session) -> Iterator[list[Any]]:
    """The same of files in quarantine. Few ever lie there."""
    query = _files(QuarantinedFile).where(
        QuarantinedFile.sealed_name.is_(None), QuarantinedFile.key_pk.is_not(None)
    )
    return _pages(session, query, *_key(QuarantinedFile))


def set_expected(session: Session, key: Key, stand_ins: Sequence[str]) -> None:
    session.execute(
        sa.update(Submission)
        .where(Submission.project_id == key[0], Submission.submission_pk == key[1])
        .values(expected_files=list(stand_ins))
    )


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
    """`row` as `clear_files` and the others answer it. What was made of a file follows its name."""
    table: Any = Attachment if row.table == Attachment.__tablename__ else QuarantinedFile
    session.execute(
        sa.update(table)
        .where(
            table.project_id == row.project_id,
            _record(table) == row.record,
            table.name_digest == row.name_digest,
            table.digest == row.digest,
        )
        .values(**values)
    )
