"""One request's record: understood, and its files made durable, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from service.forms.schema import FormSchema
from service.foundation import crash_points, ids, keys
from service.foundation.formats import safe_xml
from service.foundation.formats.media_types import UNKNOWN
from service.foundation.sealing import sha256
from service.intake.actions.alarms import Alarm
from service.intake.actions.pulled_copies import as_stored
from service.intake.actions.quarantining import quarantine
from service.intake.actions.reading import Reading
from service.intake.actions.receipts import Receipt
from service.intake.actions.reception import Reception
from service.intake.actions.sealed import forget, keep, retract_unnamed, sealed_by_class
from service.intake.actions.sealing_here import SealedDraft, sealed_name
from service.intake.actions.storing import store
from service.intake.actions.understanding import Understood, Unreadable
from service.intake.arrival import Arrival, Told
from service.intake.edit_rules import Outcome
from service.intake.envelope import Bytes, Envelope
from service.intake.instance import Instance
from service.intake.readers import xform_xml
from service.intake.tables import AlarmKind

AtOnce = Callable[[Arrival], Told | None]
"""What a room to the right adds to a new record, in the same transaction. None: a job follows."""

VERSION_UNKNOWN = "version_unknown"
SENT_OPEN = "sent_open"
log = structlog.get_logger("samleng.intake")


def accept(reception: Reception, envelope: Envelope, at_once: AtOnce | None = None) -> Receipt:
    """Take in one request. Raises a Problem only for what must not be kept.

    `at_once` answers what a new record brings along (its facts, its place). It saves a job, no
    more: where it is not given, fails, or cannot know, the event RECEIVED follows as for edits.

    Every file that the record names is durable before the transaction begins; the rest is dropped
    unread.
    """
    actor, project_id = reception.actor, reception.project_id
    try:
        record = reception.understood
    except Unreadable as unreadable:
        return quarantine(actor, project_id, envelope, unreadable.reason)
    r = as_stored(_read(reception, record, envelope, at_once), record.root)
    crash_points.reached("before_commit")
    receipt = store(r)
    crash_points.reached("after_commit")
    if receipt.outcome != Outcome.NEW:
        retract_unnamed(r.files.values())
    if receipt.outcome == Outcome.ERASED:
        forget(project_id, r.sealed_xml, r.files.values())
    return receipt


def _read(
    reception: Reception, record: Understood, envelope: Envelope, at_once: AtOnce | None
) -> Reading:
    named = reception.named_files(envelope.files) if envelope.files else {}
    instance, xml, sealed_to = record.instance, envelope.xml, None
    if record.seal is not None:
        instance, xml, named = _sealed_here(reception, record, envelope.xml, named)
        sealed_to = record.seal.key.fingerprint
    elif instance.is_encrypted:
        sealed_to = record.fingerprint
    key = ids.new_uuid()
    files = {name: keep(content) for name, content in named.items()}
    if sealed_to is not None:  # ciphertext may begin like anything; there is nothing to show
        files = {name: replace(file, media_type=UNKNOWN) for name, file in files.items()}
    return Reading(
        actor=reception.actor,
        project_id=reception.project_id,
        envelope=envelope,
        instance=instance,
        form=record.form,
        submission_pk=key,
        sealed_xml=sealed_by_class(
            reception.project_id, key, xml, _classed_by(record) if sealed_to is None else None
        ),
        told=_told(reception, record, envelope, key, at_once),
        xml_sha256=sha256(envelope.xml),
        canonical_digest=keys.current().digest(safe_xml.canonical_sha256(record.root)),
        flags=tuple(_flags(record)),
        sealed_to=sealed_to,
        files=files,
        xml_file=sealed_name(record.seal.xml_name) if record.seal else None,
        alarms=tuple(_alarms(reception, record, envelope)),
    )


def _classed_by(record: Understood) -> FormSchema | None:
    """The schema of the very version that was filled in: another may class answers otherwise."""
    return record.schema if record.form.version_pk is not None else None


def _sealed_here(
    reception: Reception, record: Understood, xml: bytes, named: Mapping[str, Bytes]
) -> tuple[Instance, bytes, dict[str, Bytes]]:
    """What is stored of a record that came in clear, as if its phone had encrypted it."""
    if record.seal is None:
        raise AssertionError("nothing to seal it with")
    contents: dict[str, SealedDraft] = {
        name: content for name, content in named.items() if isinstance(content, SealedDraft)
    }
    contents[record.seal.xml_name] = reception.sealed_record(record, xml)
    instance = replace(
        record.instance, is_encrypted=True, expected_files=record.seal.expected_files
    )
    files: dict[str, Bytes] = {sealed_name(name): each for name, each in contents.items()}
    return instance, record.seal.manifest(contents), files


def _flags(record: Understood) -> Sequence[str]:
    flags = [VERSION_UNKNOWN] if record.form.version_pk is None else []
    if record.is_made:
        flags.append(xform_xml.INSTANCE_ID_MADE)
    if record.seal is not None:
        flags.append(SENT_OPEN)
    return flags


def _alarms(reception: Reception, record: Understood, envelope: Envelope) -> Sequence[Alarm]:
    """What the coordinators must know: which phone lets out what should be sealed."""
    if record.seal is not None:
        return [Alarm(kind=AlarmKind.SENT_OPEN, files=len(envelope.files))]
    if reception.spilled:
        return [Alarm(kind=AlarmKind.SPILLED, files=reception.spilled)]
    return ()


def _told(
    reception: Reception,
    record: Understood,
    envelope: Envelope,
    key: Any,
    at_once: AtOnce | None,
) -> Told | None:
    """What follows from a new record at once. None if that cannot be known, or fails: the record
    is kept all the same, and the job shows what is wrong."""
    instance, schema = record.instance, record.schema
    is_sealed = instance.is_encrypted or record.seal is not None
    if at_once is None or schema is None or is_sealed or instance.deprecated_id:
        return None
    if record.form.version_pk is None:
        return None
    arrival = Arrival(
        project_id=reception.project_id,
        submission_pk=key,
        submitter_id=reception.actor.id,
        received_at=envelope.received_at,
        instance=replace(instance, answers=xform_xml.answers(record.root, schema)),
        schema=schema,
    )
    try:
        return at_once(arrival)
    except Exception as error:
        log.warning("at_once_failed", error=type(error).__name__)
        return None
