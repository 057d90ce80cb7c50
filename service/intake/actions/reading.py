"""An envelope that was understood, and the rows that it becomes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.accounts import policy
from service.accounts.actor import Actor, Role, Scope
from service.forms.queries import FormRef
from service.foundation import audit, clock, job_queue, keys
from service.foundation.insert_together import Rows
from service.intake.actions.alarms import Alarm
from service.intake.actions.receipts import RECEIVED
from service.intake.actions.sealed import KeptFile
from service.intake.arrival import Told
from service.intake.edit_rules import Incoming, Reason
from service.intake.envelope import JSON, Envelope
from service.intake.instance import Instance
from service.intake.queries import receiving as queries
from service.intake.tables import State


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
    is_copy: bool = False
    """A program pulled it from here, and sends it back."""

    @property
    def later_files(self) -> Mapping[str, KeptFile]:
        """What may be new of a record that is here already."""
        return {name: file for name, file in self.files.items() if name != self.xml_file}

    @property
    def incoming(self) -> Incoming:
        return Incoming(
            canonical_digest=self.canonical_digest,
            deprecated_id=self.instance.deprecated_id,
            expected=frozenset(self.instance.expected_files) - {self.xml_file},
            files={name: file.digest for name, file in self.later_files.items()},
            is_sealed=self.sealed_to is not None,
            is_copy=self.is_copy,
            sender=self.actor.id,
        )

    def incoming_for(self, base: queries.Stored | None) -> Incoming:
        """What arrived, as an edit of `base`: coordinators edit whatever lies in their areas, and
        so do scripts that were given review."""
        if base is None:
            return self.incoming
        may = may_edit_all(self.actor, self.project_id, base.place)
        return replace(self.incoming, may_edit_all=may)


def may_edit_all(actor: Actor, project_id: int, place: str | None) -> bool:
    """Whether the actor may edit records at that place, whoever sent them."""
    reach = policy.reach_of(actor, Role.COORDINATOR, project_id)
    reviews = actor.scopes is None or Scope.REVIEW in actor.scopes
    return reviews and reach.holds(place)


def rows_of(
    r: Reading,
    state: State,
    *,
    record_pk: uuid.UUID | None = None,
    reason: Reason | None = None,
) -> Rows:
    """Rows of all tables that a new submission touches, as `queries.insert_…` take them."""
    key, told = r.submission_pk, None if state is State.QUEUED else r.told
    action = "submission.queue" if state is State.QUEUED else "submission.receive"
    each = [
        _row(r, state, record_pk or key, reason, is_told=told is not None),
        {"project_id": r.project_id, "submission_pk": key, **r.sealed_xml},
        audit.entry(project_id=r.project_id, actor_id=r.actor.id, action=action, subject=key),
    ]
    if state is not State.QUEUED:
        each.append(job_queue.row(project_id=r.project_id, event=RECEIVED, subject=key))
    return Rows(each=each, more=told.rows if told else {})


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
        "expected_files": stand_ins(r, instance.expected_files),
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
        "changed_at": clock.now() if r.envelope.channel == JSON else None,
        "place": r.told.place if r.told else None,
    }


def stand_ins(r: Reading, names: Iterable[str]) -> list[str]:
    """For names of files in the new submission."""
    return [queries.name_digest(r.project_id, r.submission_pk, name) for name in names]


def file_rows(
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
