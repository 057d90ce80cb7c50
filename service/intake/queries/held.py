"""Which files of a record are here."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from service.intake.queries.receiving import Connected, instance_digest, name_digest
from service.intake.tables import Attachment, State, Submission


def list_held(
    connection: Connected,
    project_id: int,
    form_pk: int,
    instance_id: str,
    names: Collection[str],
) -> frozenset[str]:
    """Those of `names` of which the version stored under an instanceID holds the file."""
    rows = connection.execute(
        sa.select(Attachment.submission_pk, Attachment.name_digest)
        .join(
            Submission,
            (Submission.project_id == Attachment.project_id)
            & (Submission.submission_pk == Attachment.submission_pk),
        )
        .where(
            Submission.project_id == project_id,
            Submission.instance_digest == instance_digest(project_id, form_pk, instance_id),
            Submission.state != State.QUEUED,
            Attachment.is_current,
        )
    ).all()
    held = {row.name_digest for row in rows}
    if not rows:
        return frozenset()
    key = rows[0].submission_pk
    return frozenset(name for name in names if name_digest(project_id, key, name) in held)
