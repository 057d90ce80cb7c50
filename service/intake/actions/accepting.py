"""One request's record: understood, made durable, decided upon, stored, in that order."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError

from service.accounts.actor import Actor
from service.forms import queries as forms
from service.forms.queries import FormRef
from service.forms.states import FormState
from service.foundation import audit, clock, crash_points, ids, job_queue
from service.foundation.blobs import Blob
from service.foundation.db import commit_together, insert_alone
from service.foundation.formats import safe_xml
from service.foundation.insert_together import InsertTogether, Rows
from service.foundation.prepared import Row
from service.foundation.problems import (
    FORM_CLOSED,
    FORM_UNKNOWN,
    MISSING_INSTANCE_ID,
    NOT_ALLOWED,
    TOO_MANY_VARIANTS,
    XML_TOO_LARGE,
    Problem,
)
from service.foundation.sealing import sha256
from service.intake.actions.quarantining import quarantine
from service.intake.actions.receipts import RECEIVED, Receipt, commit, reproject
from service.intake.arrival import Arrival
from service.intake.edit_rules import Decision, Incoming, Outcome, Reason, decide
from service.intake.envelope import Envelope, match_files
from service.intake.instance import Instance
from service.intake.queries import receiving as queries
from service.intake.readers import xform_xml
from service.intake.tables import State

MAX_VARIANTS = 50
AtOnce = Callable[[Arrival], Mapping[sa.Table, Sequence[Row]]]
"""Rows that a room to the right adds to a new record, in the same transaction."""

LOOK_AGAIN_S = 60.0
"""Longer than any transaction of a request lasts."""

log = structlog.get_logger("samleng.intake")
VERSION_UNKNOWN = "version_unknown"


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """An envelope that was understood."""

    actor: Actor
    project_id: int
    envelope: Envelope
    instance: Instance
    form: FormRef
    submission_pk: uuid.UUID
    told: Mapping[sa.Table, Sequence[Row]] | None
    """What follows from the record at once; None where a job has to look at it."""
    xml_sha256: bytes
    canonical_sha256: bytes
    flags: tuple[str, ...]
    files: Mapping[str, Blob]

    @property
    def incoming(self) -> Incoming:
        return Incoming(
            canonical_sha256=self.canonical_sha256,
            deprecated_id=self.instance.deprecated_id,
            files={name: blob.sha256 for name, blob in self.files.items()},
        )


def accept(
    actor: Actor, project_id: int, envelope: Envelope, at_once: AtOnce | None = None
) -> Receipt:
    """Take in one request. Raises a Problem only for what must not be kept.

    `at_once` answers rows that a new record brings along (its facts). It saves a job, no more:
    where it is not given, fails, or cannot know, the event RECEIVED follows as it does for edits.

    Every file that the record names is durable before the transaction begins; the rest is dropped
    unread. The right to send is the caller's to check (`Act.SUBMISSION_SEND`); the phone's scope
    of forms is checked here, where the form is known.
    """
    try:
        root = safe_xml.parse(envelope.xml)
        form_id, version = xform_xml.form_key(root)
    except safe_xml.XmlRefused as refused:
        if refused.reason is safe_xml.Reason.TOO_LARGE:
            raise Problem(XML_TOO_LARGE, limit_mb=safe_xml.MAX_BYTES // (1024 * 1024)) from None
        return quarantine(actor, project_id, envelope, refused.reason.value)
    except ValueError:  # names that lxml cannot take apart
        return quarantine(actor, project_id, envelope, "malformed")
    r = _read(actor, project_id, envelope, root, form_id, version, at_once)
    crash_points.reached("before_commit")
    receipt = _keep(r)
    crash_points.reached("after_commit")
    return receipt


def _read(
    actor: Actor,
    project_id: int,
    envelope: Envelope,
    root: Any,
    form_id: str,
    version: str,
    at_once: AtOnce | None,
) -> _Reading:
    form = forms.find_form_for_submission(project_id, form_id, version)
    if form is None:
        raise Problem(FORM_UNKNOWN, form_id=form_id[:80])
    schema = forms.schema_for(form, version)
    if not actor.reaches_form(form_id):
        raise Problem(NOT_ALLOWED)
    if form.state is FormState.CLOSED:
        raise Problem(FORM_CLOSED, form_id=form_id)
    instance, is_made = xform_xml.read(root, envelope.xml, schema)
    if is_made and instance.is_encrypted:
        raise Problem(MISSING_INSTANCE_ID)
    flags = [VERSION_UNKNOWN] if form.version_pk is None else []
    if is_made:
        flags.append(xform_xml.INSTANCE_ID_MADE)
    key, told = ids.new_uuid(), None
    may_tell = not (instance.is_encrypted or instance.deprecated_id or form.version_pk is None)
    if at_once and schema and may_tell:
        arrival = Arrival(
            project_id=project_id,
            submission_pk=key,
            submitter_id=actor.id,
            received_at=envelope.received_at,
            instance=replace(instance, answers=xform_xml.answers(root, schema)),
            schema=schema,
        )
        told = _tell(at_once, arrival)
    return _Reading(
        actor=actor,
        project_id=project_id,
        envelope=envelope,
        instance=instance,
        form=form,
        submission_pk=key,
        told=told,
        xml_sha256=sha256(envelope.xml),
        canonical_sha256=safe_xml.canonical_sha256(root),
        flags=tuple(flags),
        files=_keep_named_files(instance, envelope),
    )


def _tell(at_once: AtOnce, arrival: Arrival) -> Mapping[sa.Table, Sequence[Row]] | None:
    """None if it fails: the record is kept all the same, and the job shows what is wrong."""
    try:
        return at_once(arrival)
    except Exception as error:
        log.warning("at_once_failed", error=type(error).__name__)
        return None


def _keep_named_files(instance: Instance, envelope: Envelope) -> dict[str, Blob]:
    """Make the files that the record names durable; forget the others."""
    if not envelope.files:
        return {}
    matched = match_files(instance, envelope.files)
    kept = {id(file) for file in matched.values()}
    for file in envelope.files:
        if id(file) not in kept:
            file.content.discard()
    return {name: commit(file.content) for name, file in matched.items()}


def _keep(r: _Reading) -> Receipt:
    """Stored; without what it tells if the database refuses that, which is no fault of its own."""
    try:
        return _store_new(r) or commit_together(lambda connection: _store(connection, r))
    except DBAPIError as error:
        if r.told is None:
            raise
        log.warning("at_once_refused", error=type(error.orig).__name__)
        return _keep(replace(r, told=None))


def _store_new(r: _Reading) -> Receipt | None:
    """The common case in one statement: a record nobody has seen, with no file beside it yet."""
    if r.instance.deprecated_id is not None or r.files:
        return None
    is_new = insert_alone(_statement(r, State.CURRENT), _rows(r, State.CURRENT))
    return _receipt(r, Outcome.NEW) if is_new else None


def _statement(r: _Reading, state: State) -> InsertTogether:
    if state is State.QUEUED:
        return queries.insert_queued
    return queries.insert_submission if r.told is None else queries.insert_told


def _store(connection: sa.Connection, r: _Reading) -> Receipt:
    """Insert, and only if the unique index objects, look what is there and decide."""
    if r.instance.deprecated_id is None and _insert(connection, r, State.CURRENT) is not None:
        return _receipt(r, Outcome.NEW)
    project_id, form_pk = r.project_id, r.form.form_pk
    base = None
    if r.instance.deprecated_id is not None:  # first: its lock makes twins of one edit wait
        base = queries.find_stored(connection, project_id, form_pk, r.instance.deprecated_id)
    stored = queries.find_stored(connection, project_id, form_pk, r.instance.instance_id)
    decision = decide(stored.known if stored else None, base.known if base else None, r.incoming)
    if decision.outcome is Outcome.EDIT and base is not None:
        return _store_edit(connection, r, base)
    if decision.outcome is Outcome.QUEUE:
        return _store_queued(connection, r, decision)
    if stored is None:
        raise AssertionError(f"nothing stored, yet {decision.outcome}")
    return _store_again(connection, r, stored, decision)


def _insert(
    connection: sa.Connection,
    r: _Reading,
    state: State,
    *,
    record_pk: uuid.UUID | None = None,
    reason: Reason | None = None,
) -> uuid.UUID | None:
    """The new submission's key, or None if the unique index knows it already."""
    rows = _rows(r, state, record_pk=record_pk, reason=reason)
    if not _statement(r, state).run(connection, rows):
        return None
    queries.add_files(connection, r.project_id, r.submission_pk, _file_rows(r, r.files))
    return r.submission_pk


def _rows(
    r: _Reading,
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
        {"project_id": r.project_id, "submission_pk": key, "xml": r.envelope.xml},
        audit.entry(project_id=r.project_id, actor_id=r.actor.id, action=action, subject=key),
    ]
    if state is not State.QUEUED:
        rows.append(job_queue.row(project_id=r.project_id, event=RECEIVED, subject=key))
    return Rows(each=rows, more=told or {})


def _row(
    r: _Reading, state: State, record_pk: uuid.UUID, reason: Reason | None, *, is_told: bool
) -> dict[str, Any]:
    instance = r.instance
    return {
        "project_id": r.project_id,
        "submission_pk": r.submission_pk,
        "form_pk": r.form.form_pk,
        "version": instance.version,
        "version_pk": r.form.version_pk,
        "instance_id": instance.instance_id,
        "deprecated_id": instance.deprecated_id,
        "record_pk": record_pk,
        "state": state,
        "reason": reason,
        "xml_sha256": r.xml_sha256,
        "canonical_sha256": r.canonical_sha256,
        "expected_files": list(instance.expected_files),
        "files_expected": len(instance.expected_files),
        "files_present": 0,
        "flags": list(r.flags),
        "channel": r.envelope.channel,
        "submitter_id": r.actor.id,
        "device_key": r.envelope.device_key,
        "user_agent": r.envelope.user_agent[:255],
        "received_at": r.envelope.received_at,
        "projected_at": r.envelope.received_at if is_told else None,
    }


def _file_rows(r: _Reading, files: Mapping[str, Blob]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "sha256": blob.sha256,
            "size": blob.size,
            "received_at": r.envelope.received_at,
        }
        for name, blob in files.items()
    ]


def _store_again(
    connection: sa.Connection, r: _Reading, stored: queries.Stored, decision: Decision
) -> Receipt:
    """The same record once more: perhaps with files that were missing, or other bytes."""
    new = {name: blob for name, blob in r.files.items() if name in decision.new_files}
    if new:
        queries.add_files(connection, r.project_id, stored.submission_pk, _file_rows(r, new))
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
    return _receipt(r, decision.outcome, stored=stored, present=present)


def _store_edit(connection: sa.Connection, r: _Reading, base: queries.Stored) -> Receipt:
    """A new version takes the place of the current one; files it still names come along."""
    if not queries.supersede(connection, r.project_id, base.submission_pk):
        raise AssertionError("the base was locked and current")
    key = _insert(connection, r, State.CURRENT, record_pk=base.record_pk)
    if key is None:
        raise AssertionError("the instanceID was free a moment ago, under the same lock")
    reproject(connection, r.project_id, base.submission_pk)
    carried = set(r.instance.expected_files) & set(base.known.files) - set(r.files)
    if carried:
        queries.copy_files(connection, r.project_id, base.submission_pk, key, carried)
    present = {*r.files, *carried}
    return _receipt(r, Outcome.EDIT, stored=base, present=present)


def _store_queued(connection: sa.Connection, r: _Reading, decision: Decision) -> Receipt:
    """Keep a copy that contradicts, whole, beside what is stored. Raises TOO_MANY_VARIANTS."""
    key_parts = (r.project_id, r.form.form_pk, r.instance.instance_id)
    waiting = queries.find_queued(connection, *key_parts, r.canonical_sha256)
    if waiting is None:
        if queries.count_queued(connection, *key_parts) >= MAX_VARIANTS:
            raise Problem(TOO_MANY_VARIANTS, limit=MAX_VARIANTS)
        key = _insert(connection, r, State.QUEUED, reason=decision.reason)
        if key is None:  # another copy of it, committed between our two looks
            waiting = queries.find_queued(connection, *key_parts, r.canonical_sha256)
        elif decision.reason is Reason.UNKNOWN_BASE:
            reproject(connection, r.project_id, key)
            # Its base may be under way now: neither sees the other until both are committed.
            reproject(connection, r.project_id, key, after_s=LOOK_AGAIN_S)
    if waiting is not None:
        changed = {n: b for n, b in r.files.items() if waiting.known.files.get(n) != b.sha256}
        queries.add_files(connection, r.project_id, waiting.submission_pk, _file_rows(r, changed))
    return _receipt(r, Outcome.QUEUE, reason=decision.reason)


def _receipt(
    r: _Reading,
    outcome: Outcome,
    *,
    stored: queries.Stored | None = None,
    present: Sequence[str] | set[str] | None = None,
    reason: Reason | None = None,
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
        xml_sha256=r.xml_sha256.hex(),
    )
