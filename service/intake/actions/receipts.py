"""What the sender may be told, and the event that follows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from service.foundation import job_queue

RECEIVED = "submission.received"
"""The event after which facts follow (`jobs/handlers.py`)."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the sender may be told. Everything in it is durable."""

    outcome: str
    """new, same, more_files, edit, queue, or quarantine."""
    form_id: str = ""
    version: str = ""
    instance_id: str = ""
    received_at: str = ""
    """ISO 8601: when the record first arrived, by our clock."""
    is_complete: bool = True
    reason: str | None = None
    adds: bool = True
    """Whether anything was kept that was not held before."""
    is_record: bool = True
    """Whether that was a record of its own, and not files of one."""
    xml_sha256: str = ""
    """Of what the sender sent, for its own proof; not kept here."""


def reproject(
    connection: sa.Connection, project_id: int, submission_pk: uuid.UUID, after_s: float = 0
) -> None:
    """What a record counts as has changed: its facts follow (a superseded version has none)."""
    job_queue.enqueue(
        connection, project_id=project_id, event=RECEIVED, subject=submission_pk, after_s=after_s
    )
