"""Edits that arrived before their base."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.foundation import audit
from service.foundation.db import commit_together, reading
from service.intake.actions.receipts import reproject
from service.intake.actions.storing import carry_files
from service.intake.edit_rules import Reason
from service.intake.queries import receiving as queries
from service.intake.tables import State


def link_waiting_edits(project_id: int, keys: Sequence[uuid.UUID]) -> None:
    """Edits that arrived before their base take their place, in the order of the chain.

    Runs for new submissions (which may be somebody's base) and for waiting edits (whose base may
    have been committed at the same moment); linking one may free the next of its chain.
    """
    with reading() as session:
        waiting = queries.find_waiting_edits(session, project_id, keys)
    if waiting:  # hardly ever: a batch of new records costs one look
        commit_together(lambda connection: _link_all(connection, project_id, waiting))


def _link_all(connection: sa.Connection, project_id: int, waiting: Sequence[uuid.UUID]) -> None:
    for key in waiting:
        edit = queries.get_row(connection, project_id, key)
        if edit.state == State.QUEUED and edit.reason == Reason.UNKNOWN_BASE:
            _link_one(connection, project_id, edit)


def _link_one(connection: sa.Connection, project_id: int, edit: Any) -> None:
    base = queries.find_stored(connection, project_id, edit.form_pk, edit.deprecated_id)
    if base is None or base.known.is_erased:  # the latter is erased too, by the room of consent
        return
    if edit.submitter_id != base.known.sender:
        queries.set_reason(connection, project_id, edit.submission_pk, Reason.OF_ANOTHER)
        return
    taken = queries.find_stored(connection, project_id, edit.form_pk, edit.instance_id)
    if taken is not None or not base.known.is_current or base.known.is_deleted:
        queries.set_reason(connection, project_id, edit.submission_pk, Reason.SUPERSEDED_BASE)
        return
    queries.supersede(connection, project_id, base.submission_pk)
    reproject(connection, project_id, base.submission_pk)
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
