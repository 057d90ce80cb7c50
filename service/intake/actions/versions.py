"""Versions of one record: an edit takes the place of its base, and files come along, whichever of
them arrive first."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from service.foundation import audit
from service.intake.actions.receipts import reproject
from service.intake.actions.sealed import moved_files
from service.intake.queries import receiving as queries
from service.intake.queries.receiving import Stored


def take_place(connection: sa.Connection, project_id: int, edit: Any, base: Stored) -> None:
    """An edit that waited becomes the current version. `base` is locked, and current; `edit` is a
    row of `queries.get_row`."""
    supersede(connection, project_id, base)
    queries.unqueue(connection, project_id, edit.submission_pk, base.record_pk)
    if edit.sealed_to is None and edit.expected_files:
        held = queries.list_files(connection, project_id, edit.submission_pk)
        missing = set(edit.expected_files) - {file["name_digest"] for file in held}
        carry_files(connection, project_id, base.submission_pk, edit.submission_pk, missing)
    audit.record(
        connection,
        project_id=project_id,
        actor_id=None,
        action="submission.link_edit",
        subject=edit.submission_pk,
    )
    reproject(connection, project_id, edit.submission_pk)


def supersede(connection: sa.Connection, project_id: int, base: Stored) -> None:
    if not queries.supersede(connection, project_id, base.submission_pk):
        raise AssertionError("the base was locked and current")
    reproject(connection, project_id, base.submission_pk)


def carry_files(
    connection: sa.Connection,
    project_id: int,
    from_pk: uuid.UUID,
    to_pk: uuid.UUID,
    wanted: Collection[str],
) -> None:
    """Carry the files that an edit still names over from the version it replaces. `wanted`: what
    stands for their names in the edit."""
    if wanted:
        rows = queries.list_files(connection, project_id, from_pk)
        moved = moved_files(project_id, from_pk, to_pk, rows, wanted)
        queries.add_files(connection, project_id, to_pk, moved)


def pass_on(connection: sa.Connection, project_id: int, stored: Stored, instance_id: str) -> None:
    """Files came for a version that was replaced meanwhile: the versions after it that name them,
    and have none of their own, get them as if they had come in time."""
    from_pk = stored.submission_pk
    while True:
        after = queries.find_next(connection, project_id, stored.record_pk, instance_id)
        if after is None or after.sealed_to is not None:
            return
        # One blob in two versions was carried over; what came with a version has a blob alone.
        carried = queries.list_blobs(connection, project_id, from_pk)
        held = queries.list_files(connection, project_id, after.submission_pk)
        own = {file["name_digest"] for file in held if file["blob"] not in carried}
        wanted = set(after.expected_files) - own
        carry_files(connection, project_id, from_pk, after.submission_pk, wanted)
        from_pk, instance_id = after.submission_pk, after.instance_id
