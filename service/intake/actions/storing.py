"""A record that was understood: decided upon by the unique index first, and stored."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from service.foundation import audit, clock
from service.foundation.db import commit_together, insert_alone
from service.foundation.insert_together import InsertTogether
from service.foundation.problems import TOO_MANY_VARIANTS, Problem
from service.intake.actions.alarms import Sender, raise_alarms
from service.intake.actions.erasing import turn_away
from service.intake.actions.reading import Reading, file_rows, rows_of, stand_ins
from service.intake.actions.receipts import Receipt, reproject
from service.intake.actions.versions import carry_files, pass_on, supersede, take_place
from service.intake.edit_rules import (
    MAX_VARIANTS,
    Decision,
    Found,
    Outcome,
    Reason,
    as_new,
    decide,
)
from service.intake.queries import receiving as queries
from service.intake.tables import State

LOOK_AGAIN_S = 60.0
"""Longer than any transaction of a request lasts."""

log = structlog.get_logger("samleng.intake")


def store(r: Reading) -> Receipt:
    """Stored; without what it tells if the database refuses that, which is no fault of its own."""
    try:
        return _store_new(r) or commit_together(lambda connection: _store_told(connection, r))
    except DBAPIError as error:
        if r.told is None:
            raise
        log.warning("at_once_refused", error=type(error.orig).__name__)
        return store(replace(r, told=None))


def _store_new(r: Reading) -> Receipt | None:
    """The common case in one statement: a record nobody has seen, with no file beside it yet."""
    if r.instance.deprecated_id is not None or r.files or r.alarms:
        return None
    is_new = insert_alone(_statement(r, State.CURRENT), rows_of(r, State.CURRENT))
    return _receipt(r, as_new(r.incoming)) if is_new else None


def _statement(r: Reading, state: State) -> InsertTogether:
    if state is State.QUEUED:
        return queries.insert_queued
    return queries.insert_submission if r.told is None else queries.insert_told


def _store_told(connection: sa.Connection, r: Reading) -> Receipt:
    """Stored, and whoever must know of how it came is told. Of what was taken back nobody is."""
    receipt = _store_looking(connection, r)
    if r.alarms and receipt.outcome != Outcome.ERASED:
        ids = (r.project_id, r.form.form_pk)
        stored = queries.find_stored(connection, *ids, r.instance.instance_id)
        sender = Sender(
            project_id=r.project_id,
            form_pk=r.form.form_pk,
            submission_pk=stored.submission_pk if stored else r.submission_pk,
            submitter_id=r.actor.id,
            device_key=r.envelope.device_key,
            at=r.envelope.received_at,
        )
        raise_alarms(connection, sender, r.alarms)
    return receipt


@dataclass(frozen=True, kw_only=True)
class _Held:
    """What is stored of the instance: where to find it, and as the decision needs it."""

    known: queries.Stored | None
    base: queries.Stored | None
    waiting: queries.Stored | None
    variants: int

    @property
    def found(self) -> Found:
        return Found(
            known=self.known.known if self.known else None,
            base=self.base.known if self.base else None,
            waiting=self.waiting.known if self.waiting else None,
            variants=self.variants,
        )


def _store_looking(connection: sa.Connection, r: Reading) -> Receipt:
    """Insert, and only if the unique index objects, look what is there and decide."""
    if r.instance.deprecated_id is None and _insert(connection, r, State.CURRENT) is not None:
        return _receipt(r, as_new(r.incoming))
    held = _look(connection, r)
    decision = decide(held.found, r.incoming_for(held.base))
    if decision.outcome is Outcome.EDIT and held.base is not None:
        return _store_edit(connection, r, held.base, held.waiting, decision)
    if decision.outcome is Outcome.QUEUE:
        return _store_queued(connection, r, held.waiting, decision)
    if decision.outcome is Outcome.FULL:
        raise Problem(TOO_MANY_VARIANTS, limit=MAX_VARIANTS)
    if decision.outcome is Outcome.ERASED:
        return turn_away(
            connection,
            project_id=r.project_id,
            form_pk=r.form.form_pk,
            actor_id=r.actor.id,
            instance=r.instance,
            erased=held.known.submission_pk if held.known else None,
        )
    stored = held.waiting if decision.is_waiting else held.known
    if stored is None:
        raise AssertionError(f"nothing stored, yet {decision.outcome}")
    return _store_again(connection, r, stored, decision)


def _look(connection: sa.Connection, r: Reading) -> _Held:
    project_id, form_pk, names = r.project_id, r.form.form_pk, r.instance.expected_files
    base = None
    if r.instance.deprecated_id is not None:  # first: its lock makes twins of one edit wait
        base = queries.find_stored(connection, project_id, form_pk, r.instance.deprecated_id, names)
    known = queries.find_stored(connection, project_id, form_pk, r.instance.instance_id, names)
    waiting, variants = None, 0
    if known is None or known.known.canonical_digest != r.canonical_digest:
        records = {one.record_pk for one in (known, base) if one is not None}
        placed = queries.find_placed(connection, project_id, records, r.canonical_digest, names)
        if placed is not None:
            return _Held(known=placed, base=base, waiting=None, variants=0)
        waiting = _find_waiting(connection, r)
        variants = queries.count_queued(connection, project_id, form_pk, r.instance.instance_id)
    return _Held(known=known, base=base, waiting=waiting, variants=variants)


def _insert(
    connection: sa.Connection,
    r: Reading,
    state: State,
    *,
    record_pk: uuid.UUID | None = None,
    reason: Reason | None = None,
) -> uuid.UUID | None:
    """The new submission's key, or None if the unique index knows it already."""
    rows = rows_of(r, state, record_pk=record_pk, reason=reason)
    if not _statement(r, state).run(connection, rows):
        return None
    key = r.submission_pk
    queries.add_files(connection, r.project_id, key, file_rows(r, key, r.files))
    return key


def _store_again(
    connection: sa.Connection, r: Reading, stored: queries.Stored, decision: Decision
) -> Receipt:
    """The same record once more. Files that came late reach the versions after it, too."""
    new = _add_files(connection, r, stored, decision)
    if new:
        audit.record(
            connection,
            project_id=r.project_id,
            actor_id=r.actor.id,
            action="submission.add_files",
            subject=stored.submission_pk,
            files=new,
        )
        if not stored.known.is_current:
            pass_on(connection, r.project_id, stored)
    elif stored.known.is_deleted:
        audit.record(
            connection,
            project_id=r.project_id,
            actor_id=r.actor.id,
            action="submission.resent_after_deletion",
            subject=stored.submission_pk,
        )
    return _receipt(r, decision, stored=stored, adds=bool(new), is_record=False)


def _add_files(
    connection: sa.Connection, r: Reading, stored: queries.Stored, decision: Decision
) -> int:
    """Store those of the files that are new of a submission; answers how many."""
    new = {name: file for name, file in r.files.items() if name in decision.new_files}
    key = stored.submission_pk
    queries.add_files(connection, r.project_id, key, file_rows(r, key, new))
    return len(new)


def _store_edit(
    connection: sa.Connection,
    r: Reading,
    base: queries.Stored,
    waiting: queries.Stored | None,
    decision: Decision,
) -> Receipt:
    """A new version takes the place of the current one; files it still names come along. If it
    came before its base, the copy that waits is that version."""
    if waiting is not None:
        _add_files(connection, r, waiting, decision)
        edit = queries.get_row(connection, r.project_id, waiting.submission_pk)
        take_place(connection, r.project_id, edit, base)
        return _receipt(r, decision, stored=base, is_record=False)
    supersede(connection, r.project_id, base.submission_pk)
    key = _insert(connection, r, State.CURRENT, record_pk=base.record_pk)
    if key is None:
        raise AssertionError("the instanceID was free a moment ago, under the same lock")
    wanted = stand_ins(r, decision.carried)
    carry_files(connection, r.project_id, base.submission_pk, key, wanted)
    return _receipt(r, decision, stored=base)


def _store_queued(
    connection: sa.Connection, r: Reading, waiting: queries.Stored | None, decision: Decision
) -> Receipt:
    """Keep a copy that contradicts, whole, beside what is stored."""
    if waiting is None:
        key = _insert(connection, r, State.QUEUED, reason=decision.reason)
        if key is None:  # another copy of it, committed between our two looks
            return _store_looking(connection, r)
        reproject(connection, r.project_id, key)  # where it lies, and the code on its paper
        if decision.reason is Reason.UNKNOWN_BASE:
            # Its base may be under way now: neither sees the other until both are committed.
            reproject(connection, r.project_id, key, after_s=LOOK_AGAIN_S)
        return _receipt(r, decision)
    changed = _add_files(connection, r, waiting, decision)
    return _receipt(r, decision, stored=waiting, adds=bool(changed), is_record=False)


def _find_waiting(connection: sa.Connection, r: Reading) -> queries.Stored | None:
    return queries.find_queued(
        connection,
        r.project_id,
        r.form.form_pk,
        r.instance.instance_id,
        canonical=r.canonical_digest,
        names=r.instance.expected_files,
    )


def _receipt(
    r: Reading,
    decision: Decision,
    *,
    stored: queries.Stored | None = None,
    adds: bool = True,
    is_record: bool = True,
) -> Receipt:
    received_at = stored.received_at if stored else r.envelope.received_at
    return Receipt(
        outcome=decision.outcome.value,
        form_id=r.instance.form_id,
        version=r.instance.version,
        instance_id=r.instance.instance_id,
        received_at=clock.iso(received_at),
        is_complete=decision.is_complete,
        reason=decision.reason.value if decision.reason else None,
        adds=adds,
        is_record=is_record,
        xml_sha256=r.xml_sha256.hex(),
    )
