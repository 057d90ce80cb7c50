"""Edits that arrived before their base, or while it was deleted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.foundation.db import commit_together, reading
from service.intake.actions.versions import take_place
from service.intake.edit_rules import (
    LINKED_LATER,
    Decision,
    Found,
    Incoming,
    Outcome,
    Reason,
    decide,
)
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
        if _is_waiting(edit):
            _link_one(connection, project_id, edit)


def _is_waiting(edit: Any) -> bool:
    return edit.state == State.QUEUED and edit.reason in LINKED_LATER


def _link_one(connection: sa.Connection, project_id: int, edit: Any) -> None:
    base = queries.find_stored(connection, project_id, edit.form_pk, edit.deprecated_id)
    if base is None or not queries.lock_waiting(connection, project_id, edit.submission_pk):
        return  # the lock of its base is ours only now: somebody else may have been first
    decision = decide_again(connection, project_id, edit, base)
    if decision.outcome is Outcome.ERASED:
        return  # the edit is erased too, by the room of consent
    if decision.outcome is Outcome.EDIT:
        take_place(connection, project_id, edit, base)
    else:  # without a reason: its twin came by another way, and stands in its place
        reason = decision.reason or Reason.SUPERSEDED_BASE
        queries.change(connection, project_id, edit.submission_pk, reason=reason)


def decide_again(
    connection: sa.Connection, project_id: int, copy: Any, base: queries.Stored | None
) -> Decision:
    """What the arrival of a copy that is here would mean now."""
    stored = queries.find_stored(connection, project_id, copy.form_pk, copy.instance_id)
    return decide(
        Found(known=stored.known if stored else None, base=base.known if base else None),
        Incoming(
            canonical_digest=bytes(copy.canonical_digest),
            deprecated_id=copy.deprecated_id,
            sender=copy.submitter_id,
        ),
    )
