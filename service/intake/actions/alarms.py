"""A phone sent in clear what should have been sealed: told to the coordinators, never what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from service.foundation import audit, ids
from service.intake.queries import alarms as queries
from service.intake.tables import AlarmKind


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`files`: how many came in clear."""

    kind: AlarmKind
    files: int


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sent which record, and when."""

    project_id: int
    form_pk: int
    submission_pk: uuid.UUID
    submitter_id: int | None
    device_key: str | None
    at: dt.datetime


def raise_alarms(connection: sa.Connection, sender: Sender, alarms: Sequence[Alarm]) -> None:
    """Rows and audit entries, in the transaction of the record."""
    for alarm in alarms:
        queries.insert(
            connection,
            {
                "project_id": sender.project_id,
                "alarm_pk": ids.new_uuid(),
                "kind": alarm.kind,
                "form_pk": sender.form_pk,
                "submission_pk": sender.submission_pk,
                "submitter_id": sender.submitter_id,
                "device_key": sender.device_key,
                "files": alarm.files,
                "raised_at": sender.at,
            },
        )
        audit.record(
            connection,
            project_id=sender.project_id,
            actor_id=sender.submitter_id,
            action=f"submission.{alarm.kind}",
            subject=sender.submission_pk,
            form_pk=sender.form_pk,
            files=alarm.files,
        )
