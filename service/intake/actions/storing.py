"""A record that was understood: decided upon by the unique index first, and stored."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from service.accounts import policy
from service.accounts.actor import Actor, Role, Scope
from service.forms.queries import FormRef
from service.foundation import audit, clock, job_queue, keys
from service.foundation.db import commit_together, insert_alone
from service.foundation.insert_together import InsertTogether, Rows
from service.foundation.problems import TOO_MANY_VARIANTS, Problem
from service.intake.actions.alarms import Alarm, Sender, raise_alarms
from service.intake.actions.erasing import turn_away
from service.intake.actions.receipts import RECEIVED, Receipt, reproject
from service.intake.actions.sealed import KeptFile, moved_files
from service.intake.arrival import Told
from service.intake.edit_rules import Decision, Incoming, Outcome, Reason, decide
from service.intake.envelope import Envelope
from service.intake.instance import Instance
from service.intake.queries import receiving as queries
from service.intake.tables import State

MAX_VARIANTS = 50
LOOK_AGAIN_S = 60.0
"""Longer than any transaction of a request lasts."""

log = structlog.get_logger("samleng.intake")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """An envelope that was understood."""

    actor: Actor
    project_id: int
    envelope: Envelope
    instance: Instance
    form: FormRef
    submission_pk: uuid.UUID
    sealed_xml: Mapping[str, Any]
    told: Told | None
    """What follows from the record at once; None where a job has to look at it."""
    xml_sha256: bytes
    canonical_digest: bytes
    flags: tuple[str, ...]
    sealed_to: str | None
    files: Mapping[str, KeptFile]
    xml_file: str | None = None
    """Which of `files` is the record's XML, where it is sealed here: stored with the record, it
    never comes late, and other white space is no reason to store it again."""
    alarms: tuple[Alarm, ...] = ()

    @property
    def later_files(self) -> Mapping[str, KeptFile]:
        """What may be new of a record that is here already."""
        return {name: file for name, file in self.files.items() if name != self.xml_file}

    @property
    def incoming(self) -> Incoming:
        return Incoming(
            canonical_digest=self.canonical_digest,
            deprecated_id=self.instance.deprecated_id,
            files={name: file.digest for name, file in self.later_files.items()},
            sender=self.actor.id,
        )

    def incoming_for(self, base: queries.Stored | None) -> Incoming:
        """What arrived, as an edit of `base`: coordinators edit whatever lies in their areas, and
        so do scripts that were given review."""
        if base is None:
            return self.incoming
        reach = policy.reach_of(self.actor, Role.COORDINATOR, self.project_id)
        reviews = self.actor.scopes is None or Scope.REVIEW in self.actor.scopes
        return replace(self.incoming, may_edit_all=reviews and reach.holds(base.place))


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
    is_new = insert_alone(_statement(r, State.CURRENT), _rows(r, State.CURRENT))
    return _receipt(r, Outcome.NEW) if is_new else None


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


def _store_looking(connection: sa.Connection, r: Reading) -> Receipt:
    """Insert, and only if the unique index objects, look what is there and decide."""
    if r.instance.deprecated_id is None and _insert(connection, r, State.CURRENT) is not None:
        return _receipt(r, Outcome.NEW)
    project_id, form_pk, names = r.project_id, r.form.form_pk, r.instance.expected_files
    base = None
    if r.instance.deprecated_id is not None:  # first: its lock makes twins of one edit wait
        base = queries.find_stored(connection, project_id, form_pk, r.instance.deprecated_id, names)
    stored = queries.find_stored(connection, project_id, form_pk, r.instance.instance_id, names)
    incoming = r.incoming_for(base)
    decision = decide(stored.known if stored else None, base.known if base else None, incoming)
    if decision.outcome is Outcome.EDIT and base is not None:
        return _store_edit(connection, r, base)
    if decision.outcome is Outcome.QUEUE:
        return _store_queued(connection, r, decision)
    if decision.outcome is Outcome.ERASED:
        return turn_away(
            connection,
            project_id=project_id,
            form_pk=form_pk,
            actor_id=r.actor.id,
            instance=r.instance,
            erased=stored.submission_pk if stored else None,
        )
    if stored is None:
        raise AssertionError(f"nothing stored, yet {decision.outcome}")
    return _store_again(connection, r, stored, decision)


def _insert(
    connection: sa.Connection,
    r: Reading,
    state: State,
    *,
    record_pk: uuid.UUID | None = None,
    reason: Reason | None = None,
) -> uuid.UUID | None:
    """The new submission's key, or None if the unique index knows it already."""
    rows = _rows(r, state, record_pk=record_pk, reason=reason)
    if not _statement(r, state).run(connection, rows):
        return None
    key = r.submission_pk
    queries.add_files(connection, r.project_id, key, _file_rows(r, key, r.files))
    return key


def _rows(
    r: Reading,
    state: State,
    *,
    record_pk: uuid.UUID | None = None,
    reason: Reason | None = None,
) -> Rows:
    """Rows of all tables that a new submission touches, as `queries.insert_…` take them."""
    key, told = r.submission_pk, None if state is State.QUEUED else r.told
    action = "submission.queue" if state is State.QUEUED else "submission.receive"
    rows = [
        _row(r, state, record_pk or key, reason, is_told=told is not None),
        {"project_id": r.project_id, "submission_pk": key, **r.sealed_xml},
        audit.entry(project_id=r.project_id, actor_id=r.actor.id, action=action, subject=key),
    ]
    if state is not State.QUEUED:
        rows.append(job_queue.row(project_id=r.project_id, event=RECEIVED, subject=key))
    return Rows(each=rows, more=told.rows if told else {})


def _row(
    r: Reading, state: State, record_pk: uuid.UUID, reason: Reason | None, *, is_told: bool
) -> dict[str, Any]:
    instance = r.instance
    return {
        "project_id": r.project_id,
        "submission_pk": r.submission_pk,
        "form_pk": r.form.form_pk,
        "version": instance.version,
        "version_pk": r.form.version_pk,
        "instance_id": instance.instance_id,
        "instance_digest": queries.instance_digest(
            r.project_id, r.form.form_pk, instance.instance_id
        ),
        "deprecated_id": instance.deprecated_id,
        "record_pk": record_pk,
        "state": state,
        "reason": reason,
        "xml_digest": keys.current().digest(r.xml_sha256),
        "canonical_digest": r.canonical_digest,
        "expected_files": _stand_ins(r, instance.expected_files),
        "files_expected": len(instance.expected_files),
        "files_present": 0,
        "flags": list(r.flags),
        "sealed_to": r.sealed_to,
        "channel": r.envelope.channel,
        "submitter_id": r.actor.id,
        "device_key": r.envelope.device_key,
        "user_agent": r.envelope.user_agent[:255],
        "received_at": r.envelope.received_at,
        "projected_at": r.envelope.received_at if is_told else None,
        "place": r.told.place if r.told else None,
    }


def _stand_ins(r: Reading, names: Iterable[str]) -> list[str]:
    """For names of files in the new submission."""
    return [queries.name_digest(r.project_id, r.submission_pk, name) for name in names]


def _file_rows(
    r: Reading, submission_pk: uuid.UUID, files: Mapping[str, KeptFile]
) -> list[dict[str, Any]]:
    """Rows of files that belong to this submission."""
    return [
        {
            **file.row(r.project_id, submission_pk, name),
            "received_at": r.envelope.received_at,
        }
        for name, file in files.items()
    ]


def _store_again(
    connection: sa.Connection, r: Reading, stored: queries.Stored, decision: Decision
) -> Receipt:
    """The same record once more: perhaps with files that were missing, or other bytes."""
    new = {name: blob for name, blob in r.files.items() if name in decision.new_files}
    if new:
        key = stored.submission_pk
        queries.add_files(connection, r.project_id, key, _file_rows(r, key, new))
        audit.record(
            connection,
            project_id=r.project_id,
            actor_id=r.actor.id,
            action="submission.add_files",
            subject=stored.submission_pk,
            files=len(new),
        )
    elif stored.known.is_deleted:
        audit.record(
            connection,
            project_id=r.project_id,
            actor_id=r.actor.id,
            action="submission.resent_after_deletion",
            subject=stored.submission_pk,
        )
    present = {*stored.known.files, *new}
    return _receipt(
        r, decision.outcome, stored=stored, present=present, adds=bool(new), is_record=False
    )


def _store_edit(connection: sa.Connection, r: Reading, base: queries.Stored) -> Receipt:
    """A new version takes the place of the current one; files it still names come along. Not those
    of sealed records, which have the same names and each a key of their own."""
    if not queries.supersede(connection, r.project_id, base.submission_pk):
        raise AssertionError("the base was locked and current")
    key = _insert(connection, r, State.CURRENT, record_pk=base.record_pk)
    if key is None:
        raise AssertionError("the instanceID was free a moment ago, under the same lock")
    reproject(connection, r.project_id, base.submission_pk)
    carried = set() if r.sealed_to is not None else set(base.known.files) - set(r.files)
    wanted = _stand_ins(r, carried)
    carry_files(connection, r.project_id, base.submission_pk, key, wanted)
    present = {*r.files, *carried}
    return _receipt(r, Outcome.EDIT, stored=base, present=present)


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


def _store_queued(connection: sa.Connection, r: Reading, decision: Decision) -> Receipt:
    """Keep a copy that contradicts, whole, beside what is stored. Raises TOO_MANY_VARIANTS."""
    key_parts = (r.project_id, r.form.form_pk, r.instance.instance_id)
    waiting = _find_waiting(connection, r)
    if waiting is None:
        if queries.count_queued(connection, *key_parts) >= MAX_VARIANTS:
            raise Problem(TOO_MANY_VARIANTS, limit=MAX_VARIANTS)
        key = _insert(connection, r, State.QUEUED, reason=decision.reason)
        if key is None:  # another copy of it, committed between our two looks
            waiting = _find_waiting(connection, r)
        elif decision.reason is Reason.UNKNOWN_BASE or r.told is None:
            reproject(connection, r.project_id, key)  # where it lies, if nothing else
        if key is not None and decision.reason is Reason.UNKNOWN_BASE:
            # Its base may be under way now: neither sees the other until both are committed.
            reproject(connection, r.project_id, key, after_s=LOOK_AGAIN_S)
    changed: dict[str, KeptFile] = {}
    if waiting is not None:
        held = waiting.known.files
        changed = {n: f for n, f in r.later_files.items() if held.get(n) != f.digest}
        rows = _file_rows(r, waiting.submission_pk, changed)
        queries.add_files(connection, r.project_id, waiting.submission_pk, rows)
    present = {*r.files, *(waiting.known.files if waiting else ())}
    return _receipt(
        r,
        Outcome.QUEUE,
        stored=waiting,
        present=present,
        reason=decision.reason,
        adds=waiting is None or bool(changed),
        is_record=waiting is None,
    )


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
    outcome: Outcome,
    *,
    stored: queries.Stored | None = None,
    present: Sequence[str] | set[str] | None = None,
    reason: Reason | None = None,
    adds: bool = True,
    is_record: bool = True,
) -> Receipt:
    held = set(r.files) if present is None else set(present)
    received_at = stored.received_at if stored else r.envelope.received_at
    return Receipt(
        outcome=outcome.value,
        form_id=r.instance.form_id,
        version=r.instance.version,
        instance_id=r.instance.instance_id,
        received_at=clock.iso(received_at),
        is_complete=held >= set(r.instance.expected_files),
        reason=reason.value if reason else None,
        adds=adds,
        is_record=is_record,
        xml_sha256=r.xml_sha256.hex(),
    )
