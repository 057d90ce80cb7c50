"""What was sent to try a draft, in the shape of records: some hundred at most, newest first."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.exports.queries.records import IN_ROOT, Selection, Stored, in_subtables
from service.foundation import odata_sql
from service.foundation.columns import UtcDateTime
from service.foundation.formats import odata_filter
from service.foundation.problems import ODATA_FIELD_UNSUPPORTED, Problem
from service.intake.tables import TrialRecord

_NO_TIME = sa.type_coerce(sa.cast(sa.null(), UtcDateTime), UtcDateTime)
_SYSTEM: odata_sql.Fields = {
    "__id": TrialRecord.instance_id.expression,
    "__system/submissionDate": TrialRecord.received_at.expression,
    "__system/updatedAt": _NO_TIME,
    "__system/submitterId": sa.cast(sa.null(), sa.Integer),
    "__system/reviewState": sa.cast(sa.null(), sa.String),
    "__system/deletedAt": _NO_TIME,
}
"""Those of records. Nobody edits, reviews or removes a trial."""
FIELDS: odata_sql.Fields = {**_SYSTEM, **{IN_ROOT + name: c for name, c in _SYSTEM.items()}}


def check(selection: Selection, *, is_subtable: bool) -> None:
    for name in odata_filter.names(selection.condition):
        if is_subtable and not in_subtables(name):
            raise Problem(ODATA_FIELD_UNSUPPORTED, what=f"$filter: {name[:80]}")
    if selection.condition is not None:
        odata_sql.condition(selection.condition, FIELDS)
    odata_sql.order(selection.order, FIELDS)


def page(
    session: Session,
    selection: Selection,
    draft_pk: int,
    *,
    after: uuid.UUID | None,
    offset: int,
    limit: int | None,
) -> list[Stored]:
    """Newest first, from `after` (exclusive) on, or in the order that the selection says. The
    version is that of the draft, whatever a phone says."""
    query = sa.select(
        TrialRecord.trial_pk,
        TrialRecord.instance_id,
        TrialRecord.received_at,
        TrialRecord.device_key,
        TrialRecord.files_expected,
        TrialRecord.key_pk,
        TrialRecord.xml,
    ).where(*_which(selection, draft_pk))
    if after is not None:
        query = query.where(TrialRecord.trial_pk < after)
    query = query.order_by(*odata_sql.order(selection.order, FIELDS), TrialRecord.trial_pk.desc())
    rows = session.connection().execute(query.limit(limit).offset(offset or None))
    return [_stored(row) for row in rows]


def _stored(row: Any) -> Stored:
    return Stored(
        submission_pk=row.trial_pk,
        record_pk=row.trial_pk,
        instance_id=row.instance_id,
        version="",
        version_pk=None,
        received_at=row.received_at,
        updated_at=None,
        deleted_at=None,
        submitter_id=None,
        submitter=None,
        device_key=row.device_key,
        files_expected=row.files_expected,
        files_present=0,
        edits=0,
        first_version="",
        decided=None,
        looked_at=None,
        sealed_to=None,
        xml=row.xml,
        key_pk=row.key_pk,
        identity_key_pk=None,
        testimony_key_pk=None,
    )


def _which(selection: Selection, draft_pk: int) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        TrialRecord.project_id == selection.project_id,
        TrialRecord.draft_pk == draft_pk,
    ]
    if selection.record_pk is not None:
        found.append(TrialRecord.trial_pk == selection.record_pk)
    if selection.condition is not None:
        found.append(odata_sql.condition(selection.condition, FIELDS))
    return found


def count(session: Session, selection: Selection, draft_pk: int) -> int:
    query = sa.select(sa.func.count()).where(*_which(selection, draft_pk))
    return session.execute(query.select_from(TrialRecord)).scalar_one()


def find(session: Session, project_id: int, draft_pk: int, instance_id: str) -> uuid.UUID | None:
    return session.scalar(
        sa.select(TrialRecord.trial_pk).where(
            TrialRecord.project_id == project_id,
            TrialRecord.draft_pk == draft_pk,
            TrialRecord.instance_id == instance_id,
        )
    )


def newest(session: Session, project_id: int, draft_pk: int) -> tuple[int, str]:
    """How many there are, and when the newest came: one changes with whatever is sent."""
    row = session.execute(
        sa.select(sa.func.count(), sa.func.max(TrialRecord.received_at)).where(
            TrialRecord.project_id == project_id, TrialRecord.draft_pk == draft_pk
        )
    ).one()
    return row[0], str(row[1])
