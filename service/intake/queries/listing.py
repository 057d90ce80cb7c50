"""What people see of what arrived: ids, times, states; no answers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts.reach import Reach
from service.accounts.tables import ActorRow
from service.forms.tables import Form
from service.foundation import ids
from service.foundation.audit import AuditEntry
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
        Submission.sealed_to,
        Submission.deleted_at,
    )
    .join(Form, Form.form_pk == Submission.form_pk)
    .outerjoin(ActorRow, ActorRow.id == Submission.submitter_id)
)


def _listed(row: Any) -> Listed:
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
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Submissions newest first, from `after` (exclusive) on; superseded versions only if asked.

    `state` is a value of State; `is_incomplete` keeps those of whose files some are not here yet.
    """
    query = _LISTED.where(Submission.project_id == project_id, within(reach))
    if form_id is not None:
        query = query.where(Form.form_id == form_id)
    if state is None:
        query = query.where(Submission.state.not_in((State.SUPERSEDED, State.ERASED)))
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
    row = session.execute(_LISTED.add_columns(*more).where(mine)).first()
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
        _LISTED.where(
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
        versions=[_listed(version) for version in versions],
    )


@dataclass(frozen=True, kw_only=True)
class Today:
    """What a coordinator sees first. Counts only."""

    received_since: int
    total: int
    sealed: int
    """Of these, how many only the key kept offline opens: they count, and have no facts."""
    queued: int
    quarantined: int
    incomplete: int
    unprojected: int
    last_received_at: dt.datetime | None


def today(session: Connected, project_id: int, since: dt.datetime, reach: Reach) -> Today:
    """Counts of what is within reach, in two statements. What could not be read has no place."""
    is_current = sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None))

    def count_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            count_where(sa.and_(is_current, Submission.received_at >= since)),
            count_where(is_current),
            count_where(sa.and_(is_current, Submission.sealed_to.is_not(None))),
            count_where(Submission.state == State.QUEUED),
            count_where(sa.and_(is_current, Submission.files_present < Submission.files_expected)),
            count_where(sa.and_(is_current, Submission.projected_at.is_(None))),
            sa.func.max(Submission.received_at),
        ).where(Submission.project_id == project_id, within(reach))
    ).one()
    quarantined = count_quarantined(session, project_id) if reach.is_whole else 0
    return Today(
        received_since=row[0],
        total=row[1],
        sealed=row[2],
        queued=row[3],
        quarantined=quarantined,
        incomplete=row[4],
        unprojected=row[5],
        last_received_at=row[6],
    )


@dataclass(frozen=True, kw_only=True)
class Conservation:
    """Everything that was ever received, and what became of it."""

    received: int
    """By the audit log, which nothing takes back."""
    live: int
    superseded: int
    parked: int
    quarantined: int
    erased: int

    @property
    def holds(self) -> bool:
        kept = self.live + self.superseded + self.parked + self.quarantined + self.erased
        return self.received == kept


_RECEIVING = (
    "submission.receive",
    "submission.queue",
    "submission.quarantine",
    "submission.receive_erased",
)


def conservation(session: Connected, project_id: int) -> Conservation:
    """The law that nothing received is ever lost, in numbers. Reads all of a project's entries."""
    received = session.execute(
        sa.select(sa.func.count()).where(
            AuditEntry.project_id == project_id, AuditEntry.action.in_(_RECEIVING)
        )
    ).scalar_one()
    states = session.execute(
        sa.select(Submission.state, sa.func.count())
        .where(Submission.project_id == project_id)
        .group_by(Submission.state)
    )
    counts = {row[0]: row[1] for row in states}
    quarantined = session.execute(
        sa.select(sa.func.count()).where(Quarantined.project_id == project_id)
    ).scalar_one()
    return Conservation(
        received=received,
        live=counts.get(State.CURRENT, 0),
        superseded=counts.get(State.SUPERSEDED, 0),
        parked=counts.get(State.QUEUED, 0),
        quarantined=quarantined,
        erased=counts.get(State.ERASED, 0),
    )


def count_quarantined(session: Connected, project_id: int) -> int:
    query = sa.select(sa.func.count()).where(
        Quarantined.project_id == project_id, Quarantined.resolved_at.is_(None)
    )
    return session.execute(query).scalar_one()


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


def last_seen(session: Connected, project_id: int) -> dict[int, tuple[dt.datetime, int]]:
    """{app user or person: (last submission, how many)}."""
    rows = session.execute(
        sa.select(Submission.submitter_id, sa.func.max(Submission.received_at), sa.func.count())
        .where(Submission.project_id == project_id, Submission.submitter_id.is_not(None))
        .group_by(Submission.submitter_id)
    )
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}


def list_sent_by(
    session: Connected,
    project_id: int,
    submitter_id: int,
    since: dt.datetime,
    *,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> list[Listed]:
    """What a phone or person sent since a moment, every version of it, newest first."""
    query = _LISTED.where(*_sent_by(project_id, submitter_id, since))
    if after is not None:
        query = query.where(Submission.submission_pk < after)
    page = query.order_by(Submission.submission_pk.desc()).limit(limit)
    return [_listed(row) for row in session.execute(page)]


def list_arrivals(
    session: Connected, project_id: int, submitter_id: int, since: dt.datetime
) -> list[tuple[str, dt.datetime]]:
    """(formID, when) of everything that a phone or person sent since a moment. At most what one
    phone may send in its life: days are counted where the reader's time zone is known."""
    rows = session.execute(
        sa.select(Form.form_id, Submission.received_at)
        .join(Form, Form.form_pk == Submission.form_pk)
        .where(*_sent_by(project_id, submitter_id, since))
    )
    return [(row.form_id, row.received_at) for row in rows]


def _sent_by(
    project_id: int, submitter_id: int, since: dt.datetime
) -> tuple[sa.ColumnElement[bool], ...]:
    """Keys rise with time, so the phone's life is a range of them: no index by sender, which
    every submission would have to pay for."""
    return (
        Submission.project_id == project_id,
        Submission.submission_pk >= ids.first_of(since),
        Submission.submitter_id == submitter_id,
    )


def count_quarantined_of(session: Connected, project_id: int, submitter_id: int) -> int:
    """What a phone or person sent that could not be read."""
    query = sa.select(sa.func.count()).where(
        Quarantined.project_id == project_id, Quarantined.submitter_id == submitter_id
    )
    return session.execute(query).scalar_one()
