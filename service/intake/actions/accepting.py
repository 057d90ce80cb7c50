"""One request's record: understood, and its files made durable, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
import structlog

from service.accounts.actor import Actor
from service.forms import queries as forms
from service.forms.states import FormState
from service.foundation import crash_points, ids, keys
from service.foundation.formats import safe_xml
from service.foundation.prepared import Row
from service.foundation.problems import (
    FORM_CLOSED,
    FORM_UNKNOWN,
    MISSING_INSTANCE_ID,
    NOT_ALLOWED,
    XML_TOO_LARGE,
    Problem,
)
from service.foundation.sealing import sha256
from service.intake.actions.quarantining import quarantine
from service.intake.actions.receipts import Receipt
from service.intake.actions.sealed import KeptFile, forget, keep, retract_unnamed, sealed_xml
from service.intake.actions.storing import Reading, store
from service.intake.arrival import Arrival
from service.intake.edit_rules import Outcome
from service.intake.envelope import Envelope, match_files
from service.intake.instance import Instance
from service.intake.readers import xform_xml

AtOnce = Callable[[Arrival], Mapping[sa.Table, Sequence[Row]]]
"""Rows that a room to the right adds to a new record, in the same transaction."""

VERSION_UNKNOWN = "version_unknown"
log = structlog.get_logger("samleng.intake")


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
    receipt = store(r)
    crash_points.reached("after_commit")
    if receipt.outcome != Outcome.NEW:
        retract_unnamed(r.files.values())
    if receipt.outcome == Outcome.ERASED:
        forget(project_id, r.sealed_xml, r.files.values())
    return receipt


def _read(
    actor: Actor,
    project_id: int,
    envelope: Envelope,
    root: Any,
    form_id: str,
    version: str,
    at_once: AtOnce | None,
) -> Reading:
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
    return Reading(
        actor=actor,
        project_id=project_id,
        envelope=envelope,
        instance=instance,
        form=form,
        submission_pk=key,
        sealed_xml=sealed_xml(project_id, key, envelope.xml),
        told=told,
        xml_sha256=sha256(envelope.xml),
        canonical_digest=keys.current().digest(safe_xml.canonical_sha256(root)),
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


def _keep_named_files(instance: Instance, envelope: Envelope) -> dict[str, KeptFile]:
    """Make the files that the record names durable; forget the others."""
    if not envelope.files:
        return {}
    matched = match_files(instance, envelope.files)
    kept = {id(file) for file in matched.values()}
    for file in envelope.files:
        if id(file) not in kept:
            file.content.discard()
    return {name: keep(file.content) for name, file in matched.items()}
