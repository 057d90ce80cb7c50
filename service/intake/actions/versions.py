"""Versions of one record: an edit takes the place of its base, and files come along, whichever of
them arrive first."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from service.foundation import audit
from service.intake.actions.receipts import reproject
from service.intake.actions.sealed import moved_files
from service.intake.queries import receiving as queries
from service.intake.queries.receiving import Stored
from service.intake.queries.trash import Version
from service.intake.tables import State


def take_place(connection: sa.Connection, project_id: int, edit: Any, base: Stored) -> None:
    """An edit that waited becomes the current version. `base` is locked, and current; `edit` is a
    row of `queries.lock_waiting`, or one whose base is locked by who asks."""
    _replace(connection, project_id, edit, base.submission_pk, record_pk=base.record_pk)
    audit.record(
        connection,
        project_id=project_id,
        actor_id=None,
        action="submission.link_edit",
        subject=edit.submission_pk,
    )


def put_in_place(
    connection: sa.Connection, project_id: int, copy: Any, stands: Version, instance_id: str
) -> None:
    """A copy that contradicts becomes the present version of the record, as an edit of what
    `stands` (locked, and current). It keeps its ID where that is free; else it stands under
    `instance_id`, for two versions never share one, while what it says stays as it came."""
    own = queries.find_stored(connection, project_id, copy.form_pk, copy.instance_id)
    if own is None:
        try:
            with connection.begin_nested():
                _stand(connection, project_id, copy, stands, copy.instance_id)
            return
        except IntegrityError:  # a record came under it at this very moment
            pass
    _stand(connection, project_id, copy, stands, instance_id)


def _stand(
    connection: sa.Connection, project_id: int, copy: Any, stands: Version, name: str
) -> None:
    _replace(
        connection,
        project_id,
        copy,
        stands.submission_pk,
        record_pk=stands.record_pk,
        instance_id=name,
        instance_digest=queries.instance_digest(project_id, copy.form_pk, name),
        deprecated_id=stands.instance_id,
        flags=[*copy.flags, queries.PUT_IN_PLACE],
    )


def take_out(
    connection: sa.Connection,
    project_id: int,
    version: Any,
    before: Version,
    *,
    instance_id: str,
    deprecated_id: str | None,
) -> None:
    """Undo that: what stood before stands again, and the copy waits under the IDs that it came
    with. Both are locked."""
    digest = queries.instance_digest(project_id, version.form_pk, instance_id)
    queries.change(
        connection,
        project_id,
        version.submission_pk,
        state=State.QUEUED,
        record_pk=version.submission_pk,
        instance_id=instance_id,
        instance_digest=digest,
        deprecated_id=deprecated_id,
        flags=[flag for flag in version.flags if flag != queries.PUT_IN_PLACE],
    )
    stands = before.submission_pk
    queries.change(connection, project_id, stands, state=State.CURRENT, projected_at=None)
    for key in (version.submission_pk, before.submission_pk):
        reproject(connection, project_id, key)


def _replace(
    connection: sa.Connection, project_id: int, copy: Any, base_pk: uuid.UUID, **stands: Any
) -> None:
    """Files that the copy names, and has not, come along from what it replaces. What it says is not
    read yet, though it was while it waited."""
    supersede(connection, project_id, base_pk)
    key = copy.submission_pk
    now = {"state": State.CURRENT, "reason": None, "projected_at": None, **stands}
    queries.change(connection, project_id, key, **now)
    if copy.sealed_to is None and copy.expected_files:
        held = queries.list_files(connection, project_id, key)
        missing = set(copy.expected_files) - {file["name_digest"] for file in held}
        carry_files(connection, project_id, base_pk, key, missing)
    reproject(connection, project_id, key)


def supersede(connection: sa.Connection, project_id: int, base_pk: uuid.UUID) -> None:
    if not queries.supersede(connection, project_id, base_pk):
        raise AssertionError("the base was locked and current")
    reproject(connection, project_id, base_pk)


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


def pass_on(connection: sa.Connection, project_id: int, stored: Stored) -> None:
    """Files came for a version that was replaced meanwhile: the versions after it that name them,
    and have none of their own, get them as if they had come in time."""
    from_pk, instance_id = stored.submission_pk, stored.instance_id
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
