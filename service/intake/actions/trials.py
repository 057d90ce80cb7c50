"""Records sent to try a draft: taken in, kept apart, and forgotten with the draft.

They make no facts, stand in no list of records, and nobody's figures know them. Their files are
read to the end, so that a phone sees how sending goes, and kept nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from service.forms import queries as forms
from service.forms import xform
from service.forms.actions import get_draft, get_tried, token_of
from service.forms.queries import drafts
from service.forms.queries.drafts import DraftRow
from service.forms.schema import FormSchema
from service.foundation import clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.problems import (
    ALREADY_EXISTS,
    MALFORMED_BODY,
    NOT_FOUND,
    UNEXPECTED_VALUE,
    Problem,
)
from service.foundation.sealing import DataClass, Place, seal
from service.intake.actions.receipts import Receipt
from service.intake.edit_rules import Outcome
from service.intake.envelope import Bytes, Envelope, match_files
from service.intake.instance import Instance
from service.intake.queries import receiving
from service.intake.queries import trials as rows
from service.intake.readers import xform_xml

LIFE = dt.timedelta(days=30)


class Nowhere:
    """Where files of trials go: counted, and gone."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self.size += len(chunk)

    def commit(self) -> object:
        return None

    def discard(self) -> None: ...

    def retract(self) -> None: ...


class TrialReception:
    """Who decides, while a request comes in, that nothing of its files is kept."""

    def xml(self, xml: bytes) -> None: ...

    def draft(self, filename: str, field_name: str) -> Bytes | None:
        return Nowhere()


def add(project_id: int, form: str, envelope: Envelope) -> rows.Trial:
    """By a program, which may make the draft. Raises NOT_FOUND, ALREADY_EXISTS for one with an ID
    that came before, and what `take_in` does."""
    with reading() as session:
        draft = get_draft(session, project_id, form)
    read = _read(draft, envelope)
    _store(draft, token_of(draft), envelope, read, must_be_new=True)
    with reading() as session:
        found = rows.find(session, project_id, draft.draft_pk, read.instance.instance_id)
    if found is None:  # it was taken back as a record, or the draft ended a moment ago
        raise Problem(NOT_FOUND)
    return found


def get(project_id: int, form: str, instance_id: str) -> rows.Trial:
    """Raises NOT_FOUND."""
    with reading() as session:
        draft = get_draft(session, project_id, form)
        found = rows.find(session, project_id, draft.draft_pk, instance_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def take_in(draft: DraftRow, token: str, envelope: Envelope) -> Receipt:
    """Raises the Problem that says what became of the draft, MALFORMED_BODY, and UNEXPECTED_VALUE
    for a record of another form."""
    read = _read(draft, envelope)
    instance = read.instance
    is_complete = set(instance.expected_files) <= match_files(instance, envelope.files).keys()
    return Receipt(
        outcome=_store(draft, token, envelope, read).value,
        form_id=draft.form_id,
        version=instance.version,
        instance_id=instance.instance_id,
        received_at=clock.iso(envelope.received_at),
        is_complete=is_complete,
    )


@dataclass(frozen=True, kw_only=True)
class _Read:
    """A trial, and the form by which it was read."""

    instance: Instance
    digest: bytes
    schema: FormSchema


def _read(draft: DraftRow, envelope: Envelope) -> _Read:
    with reading() as session:
        schema = xform.read(drafts.get_xml(session, draft.draft_pk))
    try:
        root = safe_xml.parse(envelope.xml)
        form_id, _ = xform_xml.form_key(root)
    except (safe_xml.XmlRefused, ValueError):
        raise Problem(MALFORMED_BODY) from None
    if form_id != draft.form_id:
        raise Problem(UNEXPECTED_VALUE, name="form id", reason="not that of the draft")
    instance, _ = xform_xml.read(root, envelope.xml, schema)
    digest = keys.current().digest(safe_xml.canonical_sha256(root))
    return _Read(instance=instance, digest=digest, schema=schema)


def _store(
    draft: DraftRow, token: str, envelope: Envelope, read: _Read, *, must_be_new: bool = False
) -> Outcome:
    """Under the form's lock: what ends a draft forgets all that was sent to try it. Of a record
    that was taken back nothing is kept, whichever address it comes to."""
    project_id, key = draft.project_id, keys.current().take(draft.project_id)
    instance, digest, trial_pk = read.instance, read.digest, ids.new_uuid()
    place = Place(project_id=project_id, record=trial_pk, data_class=DataClass.RAW, field="trial")
    # In clear although its form is sealed: nothing that this server could read is kept.
    is_spilled = read.schema.public_key is not None and not instance.is_encrypted
    row = {
        "project_id": project_id,
        "trial_pk": trial_pk,
        "form_pk": draft.form_pk,
        "draft_pk": draft.draft_pk,
        "instance_id": instance.instance_id,
        "canonical_digest": digest,
        "files_expected": len(instance.expected_files),
        "device_key": envelope.device_key,
        "user_agent": envelope.user_agent[:255],
        "received_at": envelope.received_at,
        "key_pk": key.key_pk,
        "xml": seal(key, place, b"" if is_spilled else envelope.xml),
    }
    gone = []
    with unit_of_work() as session:
        forms.get_form(session, project_id, draft.form_pk, lock=True)
        get_tried(session, project_id, draft.form_pk, token)
        if _is_taken_back(session.connection(), draft, instance):
            return Outcome.ERASED
        before = rows.find(session, project_id, draft.draft_pk, instance.instance_id)
        if before is not None and must_be_new:
            raise Problem(ALREADY_EXISTS, what=f"Record “{instance.instance_id[:80]}”")
        if before is not None and before.canonical_digest == digest:
            return Outcome.SAME
        old = [before.trial_pk] if before else []
        kept = rows.list_of_draft(session, project_id, draft.draft_pk)
        old += [trial.trial_pk for trial in kept[rows.MOST - 1 :]]
        gone = rows.delete(session, project_id, old) if old else []
        rows.insert(session, row)
    keys.current().destroy(project_id, gone)
    return Outcome.NEW


def _is_taken_back(connection: receiving.Connected, draft: DraftRow, instance: Instance) -> bool:
    """As intake knows it, by the stand-in that outlives a record."""
    for one in (instance.instance_id, instance.deprecated_id):
        if one is not None:
            stored = receiving.find_stored(connection, draft.project_id, draft.form_pk, one)
            if stored is not None and (stored.known.is_erased or stored.known.is_expired):
                return True
    return False


def forget_trials(project_id: int, draft_pks: Collection[int]) -> None:
    """All that was sent to try these drafts."""
    with unit_of_work() as session:
        trials = rows.list_of_drafts(session, project_id, draft_pks)
        gone = rows.delete(session, project_id, trials)
    keys.current().destroy(project_id, gone)


def forget_old_trials(project_ids: Collection[int]) -> None:
    """What was sent longer than LIFE ago."""
    for project_id in project_ids:
        with unit_of_work() as session:
            trials = rows.list_older(session, project_id, clock.now() - LIFE)
            gone = rows.delete(session, project_id, trials)
        keys.current().destroy(project_id, gone)
