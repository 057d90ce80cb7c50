"""Every SQL statement about what arrived."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.tables import ActorRow
from service.forms.tables import Form, FormFile, FormVersion
from service.foundation.audit import AuditEntry
from service.foundation.job_queue import JobRow
from service.foundation.prepared import InsertTogether
from service.intake.edit_rules import Known, Reason
from service.intake.tables import (
    Attachment,
    Quarantined,
    QuarantinedFile,
    State,
    Submission,
    SubmissionXml,
)

Connected = Session | sa.Connection
Row = Mapping[str, Any]

insert_submission = InsertTogether(Submission, SubmissionXml, AuditEntry, JobRow)
"""Submission, its XML, its audit entry and its job: all of them, or none if the unique index on
(project, form, instanceID) knows the instance already."""

insert_queued = InsertTogether(Submission, SubmissionXml, AuditEntry)
"""A copy that waits for a person; none of it if the same copy waits already."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A stored version, as the decision needs it, and where to find it."""

    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    received_at: dt.datetime
    expected_files: Sequence[str]
    known: Known


_STORED = sa.select(
    Submission.submission_pk,
    Submission.record_pk,
    Submission.received_at,
    Submission.expected_files,
    Submission.canonical_sha256,
    Submission.state,
    Submission.deleted_at,
    Submission.deprecated_id,
)


def find_stored(
    connection: Connected, project_id: int, form_pk: int, instance_id: str
) -> Stored | None:
    """The version stored under an instanceID, locked until the transaction ends."""
    return _stored(
        connection,
        _STORED.where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            Submission.instance_id == instance_id,
            Submission.state != State.QUEUED,
        ).with_for_update(),
        project_id,
    )


def find_queued(
    connection: Connected, project_id: int, form_pk: int, instance_id: str, canonical: bytes
) -> Stored | None:
    """The waiting copy with the same answers."""
    return _stored(
        connection,
        _STORED.where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            Submission.instance_id == instance_id,
            Submission.canonical_sha256 == canonical,
            Submission.state == State.QUEUED,
        ).with_for_update(),
        project_id,
    )


def _stored(connection: Connected, query: Any, project_id: int) -> Stored | None:
    row = connection.execute(query).first()
    if row is None:
        return None
    files = connection.execute(
        sa.select(Attachment.name, Attachment.sha256).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == row.submission_pk,
            Attachment.is_current,
        )
    )
    return Stored(
        submission_pk=row.submission_pk,
        record_pk=row.record_pk,
        received_at=row.received_at,
        expected_files=row.expected_files,
        known=Known(
            canonical_sha256=bytes(row.canonical_sha256),
            is_current=row.state == State.CURRENT,
            is_deleted=row.deleted_at is not None,
            deprecated_id=row.deprecated_id,
            files={file.name: file.sha256 for file in files},
        ),
    )


def count_queued(connection: Connected, project_id: int, form_pk: int, instance_id: str) -> int:
    return (
        connection.execute(
            sa.select(sa.func.count()).where(
                Submission.project_id == project_id,
                Submission.form_pk == form_pk,
                Submission.instance_id == instance_id,
                Submission.state == State.QUEUED,
            )
        ).scalar()
        or 0
    )


def supersede(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> bool:
    """Mark the current version as replaced; False if another edit was first."""
    done = connection.execute(
        sa.update(Submission)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk == submission_pk,
            Submission.state == State.CURRENT,
        )
        .values(state=State.SUPERSEDED)
        .returning(Submission.submission_pk)
    )
    return done.first() is not None


def add_files(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, rows: Sequence[Row]
) -> None:
    """Store files; one of the same name and other content becomes history, not garbage.

    `rows`: name, sha256, size, received_at.
    """
    if not rows:
        return
    mine = sa.and_(Attachment.project_id == project_id, Attachment.submission_pk == submission_pk)
    names = [row["name"] for row in rows]
    connection.execute(
        sa.update(Attachment).where(mine, Attachment.name.in_(names)).values(is_current=False)
    )
    keys = [(row["name"], row["sha256"]) for row in rows]
    again = sa.tuple_(Attachment.name, Attachment.sha256).in_(keys)
    returned = connection.execute(
        sa.update(Attachment)
        .where(mine, again)
        .values(is_current=True)
        .returning(Attachment.name, Attachment.sha256)
    )
    held = {(row.name, row.sha256) for row in returned}
    fresh = [
        {**row, "project_id": project_id, "submission_pk": submission_pk, "is_current": True}
        for row in rows
        if (row["name"], row["sha256"]) not in held
    ]
    if fresh:
        connection.execute(sa.insert(Attachment), fresh)
    present = sa.select(sa.func.count()).where(mine, Attachment.is_current).scalar_subquery()
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
        .values(files_present=present)
    )


def copy_files(
    connection: Connected,
    project_id: int,
    from_pk: uuid.UUID,
    to_pk: uuid.UUID,
    names: Collection[str],
) -> None:
    """Carry the files that an edit still names over from the version it replaces."""
    rows = connection.execute(
        sa.select(
            Attachment.name, Attachment.sha256, Attachment.size, Attachment.received_at
        ).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == from_pk,
            Attachment.is_current,
            Attachment.name.in_(list(names)),
        )
    )
    add_files(connection, project_id, to_pk, [dict(row._mapping) for row in rows])


def find_waiting_edits(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Waiting edits among these submissions, and those that wait for one of them; oldest first."""
    base = sa.orm.aliased(Submission)
    waits = sa.and_(
        Submission.project_id == project_id,
        Submission.state == State.QUEUED,
        Submission.reason == Reason.UNKNOWN_BASE,
    )
    for_one_of_them = (
        sa.select(base.submission_pk)
        .where(
            base.project_id == Submission.project_id,
            base.form_pk == Submission.form_pk,
            base.instance_id == Submission.deprecated_id,
            base.submission_pk.in_(list(keys)),
        )
        .exists()
    )
    query = sa.select(Submission.submission_pk).where(
        waits, sa.or_(Submission.submission_pk.in_(list(keys)), for_one_of_them)
    )
    return list(connection.execute(query.order_by(Submission.submission_pk)).scalars())


def get_row(connection: Connected, project_id: int, submission_pk: uuid.UUID) -> Any:
    return connection.execute(
        sa.select(*Submission.__table__.columns).where(
            Submission.project_id == project_id, Submission.submission_pk == submission_pk
        )
    ).one()


def unqueue(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, record_pk: uuid.UUID
) -> None:
    """A waiting edit becomes the current version of its record."""
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
        .values(state=State.CURRENT, reason=None, record_pk=record_pk)
    )


def set_reason(
    connection: Connected, project_id: int, submission_pk: uuid.UUID, reason: Reason
) -> None:
    """Why a waiting copy still waits, now that more is known."""
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
        .values(reason=reason)
    )


# --- quarantine ---------------------------------------------------------------------------------
insert_quarantined = InsertTogether(Quarantined, AuditEntry)
"""XML that does not parse, once for each sequence of bytes."""


def find_quarantined(
    connection: Connected, project_id: int, xml_sha256: bytes
) -> tuple[uuid.UUID, frozenset[tuple[str, str]]]:
    """(key, files held as (name, SHA-256)) of XML that is in quarantine."""
    key = connection.execute(
        sa.select(Quarantined.quarantined_pk).where(
            Quarantined.project_id == project_id, Quarantined.xml_sha256 == xml_sha256
        )
    ).scalar_one()
    held = connection.execute(
        sa.select(QuarantinedFile.name, QuarantinedFile.sha256).where(
            QuarantinedFile.project_id == project_id, QuarantinedFile.quarantined_pk == key
        )
    )
    return key, frozenset((row.name, row.sha256) for row in held)


def insert_quarantined_files(connection: Connected, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(sa.insert(QuarantinedFile), list(rows))


def named_blobs(session: Connected, hashes: Collection[str]) -> frozenset[str]:
    """Those of `hashes` that some row names: an attachment, a quarantined file, a form's file or
    the workbook of a form."""
    wanted = list(hashes)
    named: Any = sa.union(
        sa.select(Attachment.sha256).where(Attachment.sha256.in_(wanted)),
        sa.select(QuarantinedFile.sha256).where(QuarantinedFile.sha256.in_(wanted)),
        sa.select(FormFile.sha256).where(FormFile.sha256.in_(wanted)),
        sa.select(FormVersion.source_sha256).where(FormVersion.source_sha256.in_(wanted)),
    )
    return frozenset(session.execute(named).scalars())


# --- reading what is stored ---------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class ForProjection:
    """What projection needs of one submission."""

    project_id: int
    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    form_pk: int
    version: str
    version_pk: int | None
    instance_id: str
    submitter_id: int | None
    received_at: dt.datetime
    is_counted: bool
    """Current and not deleted: only such records have facts."""
    xml: bytes


_FOR_PROJECTION = sa.select(
    Submission.project_id,
    Submission.submission_pk,
    Submission.record_pk,
    Submission.form_pk,
    Submission.version,
    Submission.version_pk,
    Submission.instance_id,
    Submission.submitter_id,
    Submission.received_at,
    sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None)).label("is_counted"),
    SubmissionXml.xml,
).join(
    SubmissionXml,
    sa.and_(
        SubmissionXml.project_id == Submission.project_id,
        SubmissionXml.submission_pk == Submission.submission_pk,
    ),
)


def _for_projection(row: Any) -> ForProjection:
    values = dict(row._mapping)
    return ForProjection(
        **{**values, "is_counted": bool(values["is_counted"]), "xml": bytes(values["xml"])}
    )


def list_for_projection(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> list[ForProjection]:
    """A batch of submissions of one project, in one statement."""
    query = _FOR_PROJECTION.where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(keys))
    )
    return [_for_projection(row) for row in connection.execute(query)]


def stream_for_projection(
    connection: Connected, project_id: int, batch: int = 500
) -> Iterator[list[ForProjection]]:
    """All counted submissions of a project in key order, by keyset pages: memory stays flat."""
    after: uuid.UUID | None = None
    while True:
        query = _FOR_PROJECTION.where(
            Submission.project_id == project_id,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        if after is not None:
            query = query.where(Submission.submission_pk > after)
        page = query.order_by(Submission.submission_pk).limit(batch)
        rows = [_for_projection(row) for row in connection.execute(page)]
        if not rows:
            return
        yield rows
        after = rows[-1].submission_pk


def lock_counted(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those of `keys` that still count, locked: an edit that comes now waits, and is seen."""
    query = (
        sa.select(Submission.submission_pk)
        .where(
            Submission.project_id == project_id,
            Submission.submission_pk.in_(list(keys)),
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        .with_for_update()
    )
    return frozenset(connection.execute(query).scalars())


def mark_projected(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID], now: dt.datetime
) -> None:
    connection.execute(
        sa.update(Submission)
        .where(Submission.project_id == project_id, Submission.submission_pk.in_(list(keys)))
        .values(projected_at=now)
    )


# --- pages --------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Listed:
    """A submission in a list: nothing of what it says."""

    submission_pk: uuid.UUID
    form_id: str
    version: str
    instance_id: str
    state: State
    reason: str | None
    received_at: dt.datetime
    submitter: str | None
    files_expected: int
    files_present: int
    flags: Sequence[str]
    deleted_at: dt.datetime | None

    @property
    def is_complete(self) -> bool:
        return self.files_present >= self.files_expected


_LISTED = (
    sa.select(
        Submission.submission_pk,
        Form.form_id,
        Submission.version,
        Submission.instance_id,
        Submission.state,
        Submission.reason,
        Submission.received_at,
        ActorRow.display_name.label("submitter"),
        Submission.files_expected,
        Submission.files_present,
        Submission.flags,
        Submission.deleted_at,
    )
    .join(Form, Form.form_pk == Submission.form_pk)
    .outerjoin(ActorRow, ActorRow.id == Submission.submitter_id)
)


def _listed(row: Any) -> Listed:
    return Listed(**row._mapping)


def list_submissions(
    session: Connected,
    project_id: int,
    *,
    form_id: str | None = None,
    state: str | None = None,
    is_incomplete: bool = False,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Submissions newest first, from `after` (exclusive) on; superseded versions only if asked.

    `state` is a value of State; `is_incomplete` keeps those of whose files some are not here yet.
    """
    query = _LISTED.where(Submission.project_id == project_id)
    if form_id is not None:
        query = query.where(Form.form_id == form_id)
    if state is None:
        query = query.where(Submission.state != State.SUPERSEDED)
    else:
        query = query.where(Submission.state == state)
    if is_incomplete:
        query = query.where(Submission.files_present < Submission.files_expected)
    if after is not None:
        query = query.where(Submission.submission_pk < after)
    page = query.order_by(Submission.submission_pk.desc()).limit(limit)
    return [_listed(row) for row in session.execute(page)]


@dataclass(frozen=True, kw_only=True)
class FileListed:
    """A file of a submission: `size` None = named by the record, not here yet."""

    name: str
    size: int | None
    received_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One submission with its files and the versions of its record."""

    listed: Listed
    files: Sequence[FileListed]
    versions: Sequence[Listed]
    """All versions of the record and copies that wait beside them, oldest first."""


def find_detail(session: Connected, project_id: int, submission_pk: uuid.UUID) -> Detail | None:
    """One submission of the project, or None. Three statements."""
    mine = sa.and_(Submission.project_id == project_id, Submission.submission_pk == submission_pk)
    more = (Submission.record_pk, Submission.expected_files)
    row = session.execute(_LISTED.add_columns(*more).where(mine)).first()
    if row is None:
        return None
    values = dict(row._mapping)
    record_pk, expected = values.pop("record_pk"), values.pop("expected_files")
    files = {
        file.name: FileListed(name=file.name, size=file.size, received_at=file.received_at)
        for file in session.execute(
            sa.select(Attachment.name, Attachment.size, Attachment.received_at).where(
                Attachment.project_id == project_id,
                Attachment.submission_pk == submission_pk,
                Attachment.is_current,
            )
        )
    }
    for name in expected:
        files.setdefault(name, FileListed(name=name, size=None, received_at=None))
    versions = session.execute(
        _LISTED.where(
            Submission.project_id == project_id,
            sa.or_(
                Submission.record_pk == record_pk,
                Submission.instance_id == values["instance_id"],
            ),
        ).order_by(Submission.submission_pk)
    )
    return Detail(
        listed=Listed(**values),
        files=sorted(files.values(), key=lambda file: file.name),
        versions=[_listed(version) for version in versions],
    )


@dataclass(frozen=True, kw_only=True)
class Today:
    """What a coordinator sees first. Counts only."""

    received_since: int
    total: int
    queued: int
    quarantined: int
    incomplete: int
    unprojected: int
    last_received_at: dt.datetime | None


def today(session: Connected, project_id: int, since: dt.datetime) -> Today:
    """Counts of a project in two statements."""
    is_current = sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None))

    def count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            count_where(sa.and_(is_current, Submission.received_at >= since)),
            count_where(is_current),
            count_where(Submission.state == State.QUEUED),
            count_where(sa.and_(is_current, Submission.files_present < Submission.files_expected)),
            count_where(sa.and_(is_current, Submission.projected_at.is_(None))),
            sa.func.max(Submission.received_at),
        ).where(Submission.project_id == project_id)
    ).one()
    quarantined = session.execute(
        sa.select(sa.func.count()).where(
            Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None)
        )
    ).scalar_one()
    return Today(
        received_since=row[0],
        total=row[1],
        queued=row[2],
        quarantined=quarantined,
        incomplete=row[3],
        unprojected=row[4],
        last_received_at=row[5],
    )


def count_current(session: Connected, project_id: int) -> int:
    """Records as they stand: no older versions, no copies that wait, nothing deleted."""
    query = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    return session.execute(query).scalar_one()


def count_unprojected(session: Connected, project_id: int) -> int:
    """Records whose facts are still to be computed."""
    query = sa.select(sa.func.count()).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
        Submission.projected_at.is_(None),
    )
    return session.execute(query).scalar_one()


@dataclass(frozen=True, kw_only=True)
class QuarantineListed:
    """XML in quarantine, without its content."""

    quarantined_pk: uuid.UUID
    reason: str
    size: int
    received_at: dt.datetime
    submitter: str | None


def list_quarantined(
    session: Connected, project_id: int, limit: int = 50
) -> list[QuarantineListed]:
    """What waits in quarantine, newest first."""
    rows = session.execute(
        sa.select(
            Quarantined.quarantined_pk,
            Quarantined.reason,
            sa.func.length(Quarantined.xml).label("size"),
            Quarantined.received_at,
            ActorRow.display_name.label("submitter"),
        )
        .outerjoin(ActorRow, ActorRow.id == Quarantined.submitter_id)
        .where(Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None))
        .order_by(Quarantined.quarantined_pk.desc())
        .limit(limit)
    )
    return [QuarantineListed(**row._mapping) for row in rows]


def last_seen(session: Connected, project_id: int) -> dict[int, tuple[dt.datetime, int]]:
    """{app user or person: (last submission, how many)}."""
    rows = session.execute(
        sa.select(Submission.submitter_id, sa.func.max(Submission.received_at), sa.func.count())
        .where(Submission.project_id == project_id, Submission.submitter_id.is_not(None))
        .group_by(Submission.submitter_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}
