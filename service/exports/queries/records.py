"""Records of a form as they stand now, a page at a time, newest first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach
from service.accounts.tables import ActorRow
from service.exports.briefcase import Listed
from service.foundation import odata_sql
from service.foundation.columns import Uid, UtcDateTime
from service.foundation.db import IN_BINARY
from service.foundation.formats import odata_filter
from service.foundation.problems import ODATA_FIELD_UNSUPPORTED, Problem
from service.intake.queries import listing
from service.intake.queries.receiving import instance_digest
from service.intake.tables import State, Submission, SubmissionXml
from service.review.states import ReviewState, present_state
from service.review.tables import RecordReview

First = aliased(Submission, name="first_version")
"""The record as it first came: its ID, sender and time stay those of the record."""
MOST_AT_ONCE = 1 << 16
"""Bytes of a record that are read together with those of others."""
_Other = aliased(Submission, name="other_version")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which records. Those that were removed only where `with_removed`."""

    project_id: int
    form_pk: int
    reach: Reach
    condition: odata_filter.Expression | None = None
    order: Sequence[odata_filter.Ordered] = ()
    record_pk: uuid.UUID | None = None
    """This one alone."""


class Stored(NamedTuple):
    """A record, without what it says. Times and sender are those of the record, version and files
    those of its newest version."""

    submission_pk: uuid.UUID
    record_pk: uuid.UUID
    instance_id: str
    version: str
    version_pk: int | None
    received_at: dt.datetime
    updated_at: dt.datetime | None
    deleted_at: dt.datetime | None
    submitter_id: int | None
    submitter: str | None
    device_key: str | None
    files_expected: int
    files_present: int
    edits: int
    first_version: str
    """The version of the form with which the record was first filled in: what is told of it, as
    by Central. `version` is that by which its answers are read."""
    decided: ReviewState | None
    looked_at: uuid.UUID | None
    sealed_to: str | None
    xml: bytes | None
    """None: it is large, `get_xml` has it. A page of large ones would fill the memory."""
    key_pk: uuid.UUID | None
    identity_key_pk: uuid.UUID | None
    testimony_key_pk: uuid.UUID | None

    @property
    def review(self) -> ReviewState | None:
        return present_state(self.record_pk, self.submission_pk, self.decided, self.looked_at)


_IS_CURRENT = Submission.state == sa.literal_column(f"'{State.CURRENT}'")
"""As the index says it."""
_UPDATED_AT = sa.case(
    (
        Submission.submission_pk == Submission.record_pk,
        sa.type_coerce(RecordReview.decided_at, UtcDateTime),
    ),
    (RecordReview.decided_at > Submission.received_at, RecordReview.decided_at),
    else_=Submission.received_at,
)
"""When it was last edited or decided on: whoever asks for what changed since gets approvals too."""
_REVIEW = sa.case(
    (RecordReview.submission_pk == Submission.submission_pk, RecordReview.state),
    (Submission.submission_pk == Submission.record_pk, sa.null()),
    else_=sa.literal(ReviewState.EDITED.value),
)
"""`review.states.present_state`, for filters."""

_SYSTEM: odata_sql.Fields = {
    "__id": First.instance_id.expression,
    "__system/submissionDate": First.received_at.expression,
    "__system/updatedAt": sa.type_coerce(_UPDATED_AT, UtcDateTime),
    "__system/submitterId": First.submitter_id.expression,
    "__system/reviewState": sa.type_coerce(_REVIEW, sa.String()),
    "__system/deletedAt": Submission.deleted_at.expression,
}
IN_ROOT = "$root/Submissions/"
FIELDS: odata_sql.Fields = {**_SYSTEM, **{IN_ROOT + name: c for name, c in _SYSTEM.items()}}
"""What `$filter` and `$orderby` may name."""
_DELETED = {"__system/deletedAt", IN_ROOT + "__system/deletedAt"}

_EDITS = sa.case(
    (Submission.submission_pk == Submission.record_pk, 0),
    else_=sa.select(sa.func.count())
    .where(_Other.record_pk == Submission.record_pk, _Other.state == State.SUPERSEDED)
    .scalar_subquery(),
)
_END = uuid.UUID(int=2**128 - 1)
_BEFORE = sa.bindparam("before", _END, type_=Uid)
"""Where a page begins, said of what is joined, too: else PostgreSQL, which may merge, reads all
newer records anew for each page."""
_IS_REVIEW = sa.and_(
    RecordReview.project_id == Submission.project_id,
    RecordReview.record_pk == Submission.record_pk,
)
_STORED = (
    sa.select(
        Submission.submission_pk,
        Submission.record_pk,
        First.instance_id,
        Submission.version,
        Submission.version_pk,
        First.received_at,
        sa.type_coerce(_UPDATED_AT, UtcDateTime).label("updated_at"),
        Submission.deleted_at,
        First.submitter_id,
        ActorRow.display_name,
        First.device_key,
        Submission.files_expected,
        Submission.files_present,
        _EDITS.label("edits"),
        First.version.label("first_version"),
        RecordReview.state,
        RecordReview.submission_pk.label("looked_at"),
        Submission.sealed_to,
        sa.type_coerce(
            sa.case((sa.func.length(SubmissionXml.xml) <= MOST_AT_ONCE, SubmissionXml.xml)),
            sa.LargeBinary(),
        ).label("xml"),
        SubmissionXml.key_pk,
        SubmissionXml.identity_key_pk,
        SubmissionXml.testimony_key_pk,
    )
    .join(
        First,
        sa.and_(
            First.project_id == Submission.project_id,
            First.submission_pk == Submission.record_pk,
            First.submission_pk < _BEFORE,
        ),
    )
    .join(
        SubmissionXml,
        sa.and_(
            SubmissionXml.project_id == Submission.project_id,
            SubmissionXml.submission_pk == Submission.submission_pk,
        ),
    )
    .outerjoin(ActorRow, ActorRow.id == First.submitter_id)
    .outerjoin(RecordReview, sa.and_(_IS_REVIEW, RecordReview.record_pk < _BEFORE))
)


def in_subtables(name: str) -> bool:
    """Whether a repeat's table may be filtered by it: only by what is said of its record."""
    return name.startswith(IN_ROOT)


def check(selection: Selection, *, is_subtable: bool) -> None:
    """Compile what was asked, so that a mistake is told before the answer begins."""
    expression = selection.condition
    for name in odata_filter.names(expression):
        if is_subtable and not in_subtables(name):
            raise Problem(ODATA_FIELD_UNSUPPORTED, what=f"$filter: {name[:80]}")
    if expression is not None:
        odata_sql.condition(expression, FIELDS)
    odata_sql.order(selection.order, FIELDS)


def page(
    session: Session,
    selection: Selection,
    *,
    after: uuid.UUID | None,
    offset: int,
    limit: int,
) -> list[Stored]:
    """Newest first, from `after` (exclusive) on."""
    query = _STORED.where(*_which(selection))
    if after is not None:
        query = query.where(Submission.record_pk < after)
    query = query.order_by(Submission.record_pk.desc()).limit(limit).offset(offset or None)
    return _stored(session, query, after or _END)


def ordered_keys(
    session: Session, selection: Selection, offset: int, limit: int | None
) -> Iterator[bytes]:
    """Keys of the records in another order, 16 bytes each; `of_keys` reads them."""
    clauses = odata_sql.order(selection.order, FIELDS)
    is_descending = selection.order[0].is_descending
    last = First.submission_pk.desc() if is_descending else First.submission_pk.asc()
    query = _keys(selection).order_by(*clauses, last).limit(limit).offset(offset or None)
    for (key,) in session.execute(query.execution_options(yield_per=1000)):
        yield key.bytes


def of_keys(session: Session, project_id: int, keys: Sequence[uuid.UUID]) -> list[Stored]:
    """In the order of `keys`; those that are not there any more are left out."""
    query = _STORED.where(
        Submission.project_id == project_id,
        Submission.submission_pk.in_(keys),
        _IS_CURRENT,
    )
    found = {one.submission_pk: one for one in _stored(session, query)}
    return [found[key] for key in keys if key in found]


def get_xml(session: Session, project_id: int, submission_pk: uuid.UUID) -> bytes:
    """Of one record, as it lies; empty where it was erased a moment ago."""
    query = sa.select(SubmissionXml.xml).where(
        SubmissionXml.project_id == project_id, SubmissionXml.submission_pk == submission_pk
    )
    return session.scalar(query) or b""


def _stored(session: Session, query: Any, before: uuid.UUID = _END) -> list[Stored]:
    told = query.execution_options(**IN_BINARY)
    # A third cheaper than by way of the mapper.
    rows = session.connection().execute(told, {"before": before})
    return [Stored._make(row) for row in rows]


def _keys(selection: Selection) -> sa.Select[Any]:
    return (
        sa.select(Submission.submission_pk)
        .join(
            First,
            sa.and_(
                First.project_id == Submission.project_id,
                First.submission_pk == Submission.record_pk,
            ),
        )
        .outerjoin(RecordReview, _IS_REVIEW)
        .where(*_which(selection))
    )


def _which(selection: Selection) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        Submission.project_id == selection.project_id,
        Submission.form_pk == selection.form_pk,
        _IS_CURRENT,
        listing.within(selection.reach),
    ]
    if selection.record_pk is not None:
        found.append(Submission.record_pk == selection.record_pk)
    if selection.condition is not None:
        found.append(odata_sql.condition(selection.condition, FIELDS))
    if _DELETED.isdisjoint(odata_filter.names(selection.condition)):
        found.append(Submission.deleted_at.is_(None))
    return found


def count(session: Session, selection: Selection) -> int:
    query = sa.select(sa.func.count()).select_from(_keys(selection).subquery())
    return session.execute(query).scalar_one()


def keys_after(
    session: Session, selection: Selection, after: uuid.UUID, limit: int
) -> list[Listed]:
    """Records in the order in which their present versions came, from `after` (exclusive) on.
    Those that only a key kept offline opens are left out. By one statement: what it finds stood
    there at one moment. Records that were edited and those that were not are found by an index of
    their own each: no page reads past other forms' records."""
    key, first = Submission.submission_pk, Submission.record_pk
    which = (*_which(selection), Submission.sealed_to.is_(None))
    asked = sa.select(key, Submission.instance_id)
    parts = [
        asked.where(*which, key == first, first > after).order_by(first).limit(limit),
        asked.where(*which, key != first, key > after).order_by(key).limit(limit),
    ]
    both = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery()
    query = sa.select(both).order_by(both.c.submission_pk).limit(limit)
    return [Listed(*row) for row in session.connection().execute(query)]


def find_version(session: Session, selection: Selection, instance_id: str) -> uuid.UUID | None:
    """The version under this ID, of a record that is told (`keys_after`), edited since or not.
    Of others nobody hears whether they are here, nor when they came."""
    digest = instance_digest(selection.project_id, selection.form_pk, instance_id)
    told = (*_which(selection), Submission.sealed_to.is_(None))
    is_told = sa.exists().where(_Other.record_pk == Submission.record_pk, *told)
    return session.scalar(
        sa.select(_Other.submission_pk).where(
            _Other.project_id == selection.project_id,
            _Other.instance_digest == digest,
            _Other.state != State.QUEUED,
            is_told,
        )
    )


def get_own_id(session: Session, project_id: int, submission_pk: uuid.UUID) -> str:
    """The ID of a version; empty where it was erased a moment ago."""
    query = sa.select(Submission.instance_id).where(
        Submission.project_id == project_id, Submission.submission_pk == submission_pk
    )
    return session.scalar(query) or ""


def find_record(
    session: Session, project_id: int, form_pk: int, instance_id: str
) -> uuid.UUID | None:
    """The record that first came under this ID, whatever became of it since: by its stand-in,
    which outlives it. So a walk goes on after a page whose last record is gone."""
    digest = instance_digest(project_id, form_pk, instance_id)
    return session.scalar(
        sa.select(Submission.record_pk).where(
            Submission.project_id == project_id,
            Submission.instance_digest == digest,
            Submission.state != State.QUEUED,
        )
    )


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """Changes when anything about the records of a form within a reach does."""

    records: int
    newest: str
    files: int
    removed: int
    computed_at: str
    decided_at: str


def stamp(session: Session, project_id: int, form_pk: int, reach: Reach) -> Stamp:
    """By one range of an index and its rows."""
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(Submission.files_present), 0),
            sa.func.count(Submission.deleted_at),
            sa.func.max(Submission.received_at),
            sa.func.max(Submission.projected_at),
        ).where(
            Submission.project_id == project_id,
            Submission.form_pk == form_pk,
            _IS_CURRENT,
            listing.within(reach),
        )
    ).one()
    records, files, removed, newest, computed_at = row
    decided_at = session.scalar(
        sa.select(sa.func.max(RecordReview.decided_at)).where(
            RecordReview.project_id == project_id,
            listing.record_within(project_id, RecordReview.record_pk, reach),
        )
    )
    return Stamp(
        records=records,
        newest=str(newest),
        files=files,
        removed=removed,
        computed_at=str(computed_at),
        decided_at=str(decided_at),
    )
