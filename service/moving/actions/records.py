"""A page of a source's records: what is here is left alone; the rest comes through intake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.entities import actions as entities
from service.forms.states import FormState
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.problems import (
    FORM_CLOSED,
    FORM_UNKNOWN,
    MISSING_INSTANCE_ID,
    NOT_ALLOWED,
    SOURCE_DENIED,
    SOURCE_STRANGE,
    SOURCE_TOO_LARGE,
    TOO_MANY_VARIANTS,
    XML_TOO_LARGE,
    Problem,
)
from service.intake.actions import moved_in
from service.intake.actions.moved_in import Brought
from service.intake.actions.reception import Reception
from service.intake.edit_rules import Outcome
from service.intake.queries.by_instance import find_current
from service.moving.actions.door import Door
from service.moving.editing import with_base
from service.moving.plan import Held, Row, Verdict, What, Why, plan_record
from service.moving.queries import here
from service.moving.source import Source, SourceForm, SourceInstance, SourceRecord
from service.review.actions import deciding
from service.review.queries import records as reviewed
from service.review.states import ReviewState

_NOT_HANDED_OUT = (SOURCE_DENIED, SOURCE_STRANGE, SOURCE_TOO_LARGE)
_REASONS = {
    FORM_CLOSED: Why.FORM_CLOSED,
    FORM_UNKNOWN: Why.FORM_MISSING,
    MISSING_INSTANCE_ID: Why.NO_ID,
    TOO_MANY_VARIANTS: Why.NOT_TAKEN,
    NOT_ALLOWED: Why.NOT_TAKEN,
    XML_TOO_LARGE: Why.TOO_LARGE,
}
_VERDICTS = {
    Outcome.NEW.value: Verdict.NEW,
    Outcome.EDIT.value: Verdict.CHANGED,
    Outcome.MORE_FILES.value: Verdict.FILES,
    Outcome.SAME.value: Verdict.SAME,
    Outcome.QUEUE.value: Verdict.QUEUED,
    Outcome.ERASED.value: Verdict.GONE,
}


def bring(
    door: Door,
    source: Source,
    form: SourceForm,
    records: Sequence[SourceRecord],
    *,
    is_dry: bool,
) -> list[Row]:
    """One row for each record, in their order."""
    with reading() as session:
        found = here.find_form(session, door.project_id, form.form_id)
        ids = {one for record in records for one in _ids(record)}
        held = here.find_held(session, door.project_id, found[0], ids) if found else {}
    is_coming = is_dry and bool(source.versions(form))
    rows = []
    for record in records:
        verdict, why = plan_record(record, held, keeps_versions=source.keeps_versions)
        if verdict is not Verdict.REFUSED and found is None and not is_coming:
            verdict, why = Verdict.REFUSED, Why.FORM_MISSING
        elif found and found[1] is FormState.CLOSED and verdict is not Verdict.SAME:
            verdict, why = Verdict.REFUSED, Why.FORM_CLOSED
        if found and not is_dry:
            verdict, why = _made_so(door, source, form, record, held, found[0], verdict, why)
        rows.append(
            Row(
                what=What.RECORD,
                form_id=form.form_id,
                name=record.instance_id,
                verdict=verdict,
                why=why,
            )
        )
    return rows


def _ids(record: SourceRecord) -> Iterator[str]:
    yield from (one for one in (record.instance_id, record.root_id, record.base_id) if one)


def _made_so(
    door: Door,
    source: Source,
    form: SourceForm,
    record: SourceRecord,
    held: Mapping[str, Held],
    form_pk: int,
    verdict: Verdict,
    why: Why,
) -> tuple[Verdict, Why]:
    if verdict in (Verdict.NEW, Verdict.CHANGED, Verdict.FILES, Verdict.QUEUED):
        try:
            verdict, why = _bring(door, source, form, record, held, form_pk, verdict, why)
        except Problem as problem:
            if problem.kind not in _REASONS:
                raise
            return Verdict.REFUSED, _REASONS[problem.kind]
    present = held.get(record.instance_id)
    if record.review and verdict is not Verdict.GONE and not (present and present.has_review):
        _review(door, form_pk, record, ReviewState(record.review))
    return verdict, why


def _bring(
    door: Door,
    source: Source,
    form: SourceForm,
    record: SourceRecord,
    held: Mapping[str, Held],
    form_pk: int,
    planned: Verdict,
    note: Why,
) -> tuple[Verdict, Why]:
    """All versions of a record, as far as they are not here."""
    verdict, missing = planned, 0
    for instance in source.instances(form, record):
        xml = instance.xml
        if not source.keeps_versions:
            xml = _standing_alone(door, form_pk, record, held, xml)
        door.demand_room(len(xml))
        brought = _take_in(door, instance, xml)
        missing += brought.missing
        outcome = brought.receipt.outcome
        if outcome not in _VERDICTS:
            return Verdict.QUEUED, Why.UNREADABLE
        if _VERDICTS[outcome] is Verdict.QUEUED:
            verdict = Verdict.QUEUED
    if verdict is not planned:
        note = Why.NOTHING
    if missing and note is not Why.FILES_SHARED:
        note = Why.FILES_MISSING
    return verdict, note


def _take_in(door: Door, instance: SourceInstance, xml: bytes) -> Brought:
    def open_file(name: str) -> Iterator[bytes] | None:
        try:
            pieces = instance.open_file(name)
        except Problem as problem:  # the record is worth having without it
            if problem.kind in _NOT_HANDED_OUT:
                return None
            raise
        if pieces is not None:
            door.demand_room(0)
        return pieces

    now = clock.now()
    return moved_in.bring(
        Reception(door.actor, door.project_id, door.blobs),
        xml,
        min(instance.submitted_at or now, now),
        open_file,
        entities.at_once,
    )


def _standing_alone(
    door: Door, form_pk: int, record: SourceRecord, held: Mapping[str, Held], xml: bytes
) -> bytes:
    """An edit whose base its source has no more is an edit of what stands here, or of nothing.
    Where somebody changed the record here since, it stays an edit of what that replaced: intake
    keeps it for a person to look at."""
    base = held.get(record.base_id) if record.base_id else None
    if record.instance_id == record.root_id and record.base_id is None:
        return xml
    if base is not None and (base.is_current or not base.is_untouched):
        return xml
    with reading() as session:
        current = find_current(session, door.project_id, form_pk, record.root_id)
    first = held.get(record.root_id)
    base_id = current.instance_id if current else None
    if first is not None and not first.is_untouched:
        base_id = record.root_id
    try:
        return with_base(xml, base_id)
    except safe_xml.XmlRefused:
        return xml  # intake puts it into quarantine


def _review(door: Door, form_pk: int, record: SourceRecord, state: ReviewState) -> None:
    """What was decided there of a record's present version, where nobody has decided here. Who
    decided it is unknown here, and whoever moves in has looked at nothing."""
    with unit_of_work() as session:
        found = reviewed.find(session, door.project_id, form_pk, record.instance_id)
        if found is None or found.state in (
            ReviewState.APPROVED,
            ReviewState.REJECTED,
            ReviewState.HAS_ISSUES,
        ):
            return
        if found.current.instance_id == record.instance_id:
            deciding.copy(session, door.actor, door.project_id, found, state, door.origin)
