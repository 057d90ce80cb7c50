"""What people see of what arrived: ids, times, states; no answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import Reach
from service.accounts.tables import ActorRow
from service.forms.tables import Form
from service.intake.tables import (
    Attachment,
    Part,
    Preparation,
    PreparedFile,
    Quarantined,
    State,
    Submission,
)

Connected = Session | sa.Connection


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
    sealed_to: str | None
    """Fingerprint of the key kept offline that alone opens it; "" where that is not known."""
    deleted_at: dt.datetime | None

    @property
    def is_complete(self) -> bool:
        return self.files_present >= self.files_expected


LISTED = (
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
        Submission.sealed_to,
        Submission.deleted_at,
    )
    .join(Form, Form.form_pk == Submission.form_pk)
    .outerjoin(ActorRow, ActorRow.id == Submission.submitter_id)
)


def as_listed(row: Any) -> Listed:
    return Listed(**row._mapping)


def within(reach: Reach) -> sa.ColumnElement[bool]:
    """Submissions within reach: ranges of one index (codes of places nest by their digits)."""
    if reach.is_whole:
        return sa.true()
    ranges = (
        sa.and_(Submission.place >= area, Submission.place < _next(area))
        for area in sorted(reach.areas)
    )
    return sa.or_(sa.false(), *ranges)


def record_within(
    project_id: int, record_pk: sa.SQLColumnExpression[uuid.UUID], reach: Reach
) -> sa.ColumnElement[bool]:
    """Records of which a version lies within reach, for tables that know their keys alone."""
    if reach.is_whole:
        return sa.true()
    theirs = sa.select(Submission.record_pk).where(
        Submission.project_id == project_id, within(reach)
    )
    return record_pk.in_(theirs)


def _next(area: str) -> str:
    """The first code of that length that is not under the area any more."""
    return str(int(area) + 1).zfill(len(area))


def list_submissions(
    session: Connected,
    project_id: int,
    reach: Reach,
    *,
    form_id: str | None = None,
    state: str | None = None,
    is_incomplete: bool = False,
    is_removed: bool = False,
    which: sa.ColumnElement[bool] | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Submissions newest first, from `after` (exclusive) on; superseded versions only if asked.

    `state` is a value of State; `is_incomplete` keeps those of whose files some are not here yet.
    Removed records are listed by themselves. `which`: what a room to the right knows of them.
    """
    query = LISTED.where(
        Submission.project_id == project_id,
        within(reach),
        Submission.deleted_at.is_not(None) if is_removed else Submission.deleted_at.is_(None),
    )
    if form_id is not None:
        query = query.where(Form.form_id == form_id)
    if state is None:
        query = query.where(
            Submission.state.not_in((State.SUPERSEDED, State.ERASED, State.EXPIRED))
        )
    else:
        query = query.where(Submission.state == state)
    if is_incomplete:
        query = query.where(Submission.files_present < Submission.files_expected)
    if which is not None:
        query = query.where(which)
    if after is not None:
        query = query.where(Submission.submission_pk < after)
    page = query.order_by(Submission.submission_pk.desc()).limit(limit)
    return [as_listed(row) for row in session.execute(page)]


def list_keys(
    session: Connected, project_id: int, keys: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[uuid.UUID, Listed]]:
    """Of these (record, what a list shows of it), in one statement."""
    query = LISTED.add_columns(Submission.record_pk).where(
        Submission.project_id == project_id, Submission.submission_pk.in_(list(keys))
    )
    found = {}
    for row in session.execute(query):
        values = dict(row._mapping)
        found[row.submission_pk] = (values.pop("record_pk"), Listed(**values))
    return found


@dataclass(frozen=True, kw_only=True)
class FileListed:
    """A file of a submission: `size` None = named by the record, not here yet. What it is called
    may say who somebody is, and is not read for a list."""

    size: int | None = None
    received_at: dt.datetime | None = None
    media_type: str | None = None
    prepared: Preparation | None = None
    copy_pk: uuid.UUID | None = None
    """The clean copy, by which it is opened."""


@dataclass(frozen=True, kw_only=True)
class Detail:
    """One submission with its files and the versions of its record."""

    listed: Listed
    files: Sequence[FileListed]
    """In the order of the record's questions."""
    versions: Sequence[Listed]
    """All versions of the record and copies that wait beside them, within reach, oldest first."""


_FILES = sa.select(
    Attachment.name_digest,
    Attachment.size,
    Attachment.received_at,
    Attachment.media_type,
    Attachment.prepared,
    PreparedFile.prepared_pk.label("copy_pk"),
).outerjoin(
    PreparedFile,
    sa.and_(
        PreparedFile.project_id == Attachment.project_id,
        PreparedFile.submission_pk == Attachment.submission_pk,
        PreparedFile.name_digest == Attachment.name_digest,
        PreparedFile.digest == Attachment.digest,
        PreparedFile.part == Part.COPY,
    ),
)


def find_detail(
    session: Connected, project_id: int, submission_pk: uuid.UUID, reach: Reach
) -> Detail | None:
    """One submission of the project within reach, or None. Three statements."""
    mine = sa.and_(
        Submission.project_id == project_id,
        Submission.submission_pk == submission_pk,
        within(reach),
    )
    more = (Submission.record_pk, Submission.expected_files, Submission.instance_digest)
    row = session.execute(LISTED.add_columns(*more).where(mine)).first()
    if row is None:
        return None
    values = dict(row._mapping)
    record_pk, expected = values.pop("record_pk"), values.pop("expected_files")
    instance = values.pop("instance_digest")
    files = dict.fromkeys(expected, FileListed())
    for file in session.execute(
        _FILES.where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.is_current,
        )
    ):
        of_file = dict(file._mapping)
        name = of_file.pop("name_digest")
        files[name] = FileListed(**of_file)
    versions = session.execute(
        LISTED.where(
            Submission.project_id == project_id,
            within(reach),
            sa.or_(
                Submission.record_pk == record_pk,
                Submission.instance_digest == instance,
            ),
        ).order_by(Submission.submission_pk)
    )
    return Detail(
        listed=Listed(**values),
        files=list(files.values()),
        versions=[as_listed(version) for version in versions],
    )


def list_held(session: Connected, project_id: int, submission_pk: uuid.UUID) -> frozenset[str]:
    """What stands for the names of the files of a submission that are here."""
    rows = session.execute(
        sa.select(Attachment.name_digest).where(
            Attachment.project_id == project_id,
            Attachment.submission_pk == submission_pk,
            Attachment.is_current,
        )
    )
    return frozenset(rows.scalars())


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
            Quarantined.size,
            Quarantined.received_at,
            ActorRow.display_name.label("submitter"),
        )
        .outerjoin(ActorRow, ActorRow.id == Quarantined.submitter_id)
        .where(Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None))
        .order_by(Quarantined.quarantined_pk.desc())
        .limit(limit)
    )
    return [QuarantineListed(**row._mapping) for row in rows]
