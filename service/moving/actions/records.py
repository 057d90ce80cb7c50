"""A page of a source's records: what is here is left alone; the rest comes through intake."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from service.cases import actions as cases
from service.forms.states import FormState
from service.foundation import clock, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.formats import safe_xml
from service.foundation.formats.bundle import BundleRefused
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
from service.foundation.sealing import sha256
from service.intake.actions import moved_in
from service.intake.actions.moved_in import Brought, NotGiven, OpenFile
from service.intake.actions.reception import Reception
from service.intake.edit_rules import Outcome
from service.moving.actions import form_versions
from service.moving.actions.door import Door
from service.moving.editing import with_base
from service.moving.plan import Held, Row, Verdict, What, Why, plan_record
from service.moving.queries import here
from service.moving.source import Source, SourceForm, SourceInstance, SourceRecord
from service.review.actions import deciding
from service.review.queries import records as reviewed
from service.review.states import ReviewState

TOGETHER = 8
"""Records of a table that come in at the same time, none of which is about another."""
_NOT_HANDED_OUT = (SOURCE_DENIED, SOURCE_STRANGE, SOURCE_TOO_LARGE)
_REASONS = {
    FORM_CLOSED: Why.FORM_CLOSED,
    FORM_UNKNOWN: Why.FORM_MISSING,
    MISSING_INSTANCE_ID: Why.NO_ID,
    TOO_MANY_VARIANTS: Why.NOT_TAKEN,
    NOT_ALLOWED: Why.NOT_TAKEN,
    XML_TOO_LARGE: Why.TOO_LARGE,
    SOURCE_STRANGE: Why.NOT_GIVEN,
    SOURCE_TOO_LARGE: Why.TOO_LARGE,
}
_VERDICTS = {
    Outcome.NEW.value: Verdict.NEW,
    Outcome.EDIT.value: Verdict.CHANGED,
    Outcome.MORE_FILES.value: Verdict.FILES,
    Outcome.SAME.value: Verdict.SAME,
    Outcome.QUEUE.value: Verdict.QUEUED,
    Outcome.ERASED.value: Verdict.GONE,
}


class Passage:
    """Going through the records of one form, a page at a time: told, or done.

    What comes meanwhile is known as what was here before, so that a look tells of an edit or of a
    record that comes twice what the deed will do.
    """

    def __init__(self, door: Door, source: Source, form: SourceForm, *, is_dry: bool) -> None:
        self._door, self._source, self._form, self._is_dry = door, source, form, is_dry
        self._is_coming: bool | None = None
        self._came: dict[str, Held] = {}
        self._lacking: Collection[str] = ()

    def bring(self, records: Sequence[SourceRecord]) -> list[Row]:
        """One row for each record, in their order."""
        with reading() as session:
            found = here.find_form(session, self._door.project_id, self._form.form_id)
            ids = {one for record in records for one in _ids(record)}
            held: dict[str, Held] = {}
            if found:
                project_id, form_pk = self._door.project_id, found[0]
                if not self._source.keeps_versions:
                    held |= here.find_known(session, project_id, form_pk, ids)
                held |= here.find_held(session, project_id, form_pk, ids)
        if not self._is_dry:
            self._came.clear()  # it is here by now
        self._lacking = self._source.lacking(self._form, records) if self._is_dry else ()
        if self._is_dry or not self._source.is_of_single_rows:
            return [self._row(record, found, held) for record in records]
        with ThreadPoolExecutor(TOGETHER) as pool:  # so that many share one commit
            return list(pool.map(lambda record: self._row(record, found, held), records))

    def _row(
        self,
        record: SourceRecord,
        found: tuple[int, FormState] | None,
        before: Mapping[str, Held],
    ) -> Row:
        held = {one: self._came.get(one) or before[one] for one in _ids(record)
                if one in self._came or one in before}  # fmt: skip
        verdict, why = plan_record(record, held, keeps_versions=self._source.keeps_versions)
        if verdict is Verdict.SAME and self._source.is_of_single_rows:
            why = self._unless_same(record, held[record.instance_id])
        if verdict is not Verdict.REFUSED and found is None and not self._will_be_here():
            verdict, why = Verdict.REFUSED, Why.FORM_MISSING
        elif found and found[1] is FormState.CLOSED and verdict not in _NOTHING_COMES:
            verdict, why = Verdict.REFUSED, Why.FORM_CLOSED
        if found and self._is_dry and self._source.is_at_hand:
            verdict, why = _looked_at(self._door, self._source, self._form, record, verdict, why)
        elif found and not self._is_dry:
            verdict, why = _made_so(
                self._door, self._source, self._form, record, held, found[0], verdict, why
            )
        if record.key in self._lacking and verdict in _COMES:
            why = Why.FILES_MISSING
        self._note(record, held, verdict, why)
        return Row(
            what=What.RECORD,
            form_id=self._form.form_id,
            name=record.instance_id,
            verdict=verdict,
            why=why,
            detail=record.detail,
        )

    def _unless_same(self, record: SourceRecord, held: Held) -> Why:
        """A row that says otherwise than when it was brought changes nothing here; that is told."""
        (instance,) = self._source.instances(self._form, record)
        is_same = keys.current().digest(sha256(instance.xml)) == held.xml_digest
        return Why.NOTHING if is_same else Why.DIFFERS

    def _will_be_here(self) -> bool:
        """Whether the form comes, of which a look has published nothing."""
        if self._is_coming is None:
            told = (
                form_versions.bring(self._door, self._source, self._form, is_dry=True)
                if self._is_dry
                else []
            )
            self._is_coming = any(row.verdict is Verdict.NEW for row in told)
        return self._is_coming

    def _note(
        self, record: SourceRecord, held: Mapping[str, Held], verdict: Verdict, why: Why
    ) -> None:
        if verdict not in _IS_HERE_THEN:
            return
        present = held.get(record.instance_id)
        if present is None:
            for one in _ids(record):
                if one in held:
                    self._came[one] = replace(held[one], is_current=False)
        self._came[record.instance_id] = Held(
            is_complete=why not in (Why.FILES_MISSING, Why.FILES_SHARED),
            is_current=present is None or present.is_current,
            has_review=bool(record.review) or bool(present and present.has_review),
        )


_COMES = (Verdict.NEW, Verdict.CHANGED, Verdict.FILES, Verdict.QUEUED)
_NOTHING_COMES = (Verdict.SAME, Verdict.REVIEW)
_IS_HERE_THEN = (Verdict.NEW, Verdict.CHANGED, Verdict.FILES, Verdict.REVIEW)


def _ids(record: SourceRecord) -> Iterator[str]:
    told = (record.instance_id, record.root_id, record.base_id, record.alias)
    yield from (one for one in told if one)


def _looked_at(
    door: Door,
    source: Source,
    form: SourceForm,
    record: SourceRecord,
    verdict: Verdict,
    why: Why,
) -> tuple[Verdict, Why]:
    """The same of a record that lies here, whose XML and files can be looked into."""
    if verdict not in _COMES:
        return verdict, why
    missing = 0
    try:
        for instance in source.instances(form, record):
            reception = Reception(door.actor, door.project_id, door.blobs)
            found = moved_in.look(reception, instance.xml, _given_out(door, instance))
            if found is None:
                return Verdict.QUEUED, Why.UNREADABLE
            missing += found
    except Problem as problem:
        return Verdict.REFUSED, _reason(problem)
    return verdict, _with_missing(why, missing)


def _reason(problem: Problem) -> Why:
    """Raises it anew where it is not about this record alone."""
    if problem.kind not in _REASONS:
        raise problem
    return _REASONS[problem.kind]


def _with_missing(note: Why, missing: int) -> Why:
    return Why.FILES_MISSING if missing and note is not Why.FILES_SHARED else note


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
    if verdict in _COMES:
        try:
            verdict, why = _bring(door, source, form, record, held, form_pk, verdict, why)
        except Problem as problem:
            return Verdict.REFUSED, _reason(problem)
    if record.review and verdict in _IS_HERE_THEN:
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
    if verdict in (Verdict.NEW, Verdict.CHANGED) and not source.keeps_versions:
        _know(door, form_pk, record)
    if verdict is not planned:
        note = Why.NOTHING
    return verdict, _with_missing(note, missing)


def _take_in(door: Door, instance: SourceInstance, xml: bytes) -> Brought:
    now = clock.now()
    return moved_in.bring(
        Reception(door.actor, door.project_id, door.blobs),
        xml,
        min(instance.submitted_at or now, now),
        _given_out(door, instance),
        cases.at_once,
        batch=door.batch,
    )


def _given_out(door: Door, instance: SourceInstance) -> OpenFile:
    """Opens its files; one that is refused, or that breaks off for being too large or torn, is
    one that is not there."""

    def open_file(name: str) -> Iterator[bytes] | None:
        try:
            pieces = instance.open_file(name)
        except (Problem, BundleRefused) as error:
            if _is_about_file(error):
                return None
            raise
        return None if pieces is None else flowing(pieces)

    def flowing(pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            for piece in pieces:
                door.demand_room(len(piece))
                yield piece
        except (Problem, BundleRefused) as error:
            if _is_about_file(error):
                raise NotGiven from None
            raise

    return open_file


def _is_about_file(error: Exception) -> bool:
    return not isinstance(error, Problem) or error.kind in _NOT_HANDED_OUT


def _standing_alone(
    door: Door, form_pk: int, record: SourceRecord, held: Mapping[str, Held], xml: bytes
) -> bytes:
    """An edit whose base its source has no more is an edit of what stands here, or of nothing.
    Where somebody changed the record here since, it stays an edit of what that replaced: intake
    keeps it for a person to look at."""
    is_edit = record.instance_id != record.root_id or record.base_id is not None
    base = held.get(record.base_id) if record.base_id else None
    first = held.get(record.root_id) or held.get(record.alias)
    is_here = record.instance_id in held
    is_base_here = base is not None and not base.is_known_alone and not is_here
    if base is not None and is_base_here and (base.is_current or not base.is_untouched):
        return xml
    if not is_edit and (is_here or first is None):
        return xml
    base_id = None
    with reading() as session:
        if is_here:  # files of it come: its XML is the one that it came with
            base_id = here.find_base(session, door.project_id, form_pk, record.instance_id)
        elif first is not None:
            names = (record.root_id, record.alias)
            ends = here.find_ends(session, door.project_id, form_pk, names)
            base_id = ends and (ends.present_id if first.is_untouched else ends.first_id)
    try:
        return with_base(xml, base_id)
    except safe_xml.XmlRefused:
        return xml  # intake puts it into quarantine


def _know(door: Door, form_pk: int, record: SourceRecord) -> None:
    """Its next edit may name as its base what was never here."""
    names = {record.alias, record.root_id} - {"", record.instance_id}
    if names:
        with unit_of_work() as session:
            here.know_by(session, door.project_id, form_pk, names, record.instance_id)


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
