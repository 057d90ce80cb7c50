"""The one reading: records of a form as rows by table, through the gate of consent and class.

Everything that leaves goes through `Source.read`: OData, files, runs. Pages of some hundred
records, each in a transaction of its own, so memory stays flat and nobody who writes waits;
whatever the number of records, a page takes at most five statements (records, keys, consent).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor, Scope
from service.accounts.policy import Act
from service.consent.actions.erasing import today
from service.exports.layout import Layout, layout_of
from service.exports.purposes import Told
from service.exports.queries import records
from service.exports.queries.records import Selection, Stored
from service.exports.record import Plan, Rows
from service.facts import queries as facts
from service.facts.plan import asks_consent
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.forms.nearest import nearest
from service.forms.queries import OfferedForm
from service.forms.schema import FormSchema, Sensitivity
from service.foundation import clock, keys
from service.foundation.db import current, reading
from service.foundation.formats import odata_filter, safe_xml
from service.foundation.formats.safe_xml import XmlRefused
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.foundation.sealing import DataClass, DataKey, Unsealable
from service.intake.actions.sealed import keys_of, opened_xml
from service.intake.readers import xform_xml
from service.review import classes, masking

Allowance = Mapping[uuid.UUID, facts.Allowed]
Found = Mapping[uuid.UUID, DataKey]
PAGE = 300
FIRST_PAGE = 50
"""Whoever waits sees soon that it begins."""


@dataclass(frozen=True, slots=True)
class Read:
    """A record and what of it may be seen."""

    stored: Stored
    rows: Rows
    seen: frozenset[Sensitivity]
    """Classes of answers that may be seen of it."""


@dataclass(slots=True)
class Progress:
    """How far a reading is."""

    records: int = 0
    at_page: Callable[[], None] | None = None
    """Told before each page is opened: whoever makes a file is seen to go on, though nothing of it
    leaves yet."""
    good_until: dt.date | None = None
    """The first day on which one of the consents ends by itself that what was read rests on."""

    def rests_on(self, allowed: facts.Allowed) -> None:
        until = allowed.until if Purpose.CODES in allowed.purposes else None
        if until is not None and (self.good_until is None or until < self.good_until):
            self.good_until = until


@dataclass(frozen=True, kw_only=True)
class Source:
    """A form whose records somebody may pull out."""

    project_id: int
    form: OfferedForm
    schemas: dict[int, FormSchema]
    layout: Layout
    selection: Selection
    told: Told
    may_see: frozenset[Sensitivity]
    asks_consent: bool
    only_root: bool = False
    progress: Progress = field(default_factory=Progress)
    """Shared by sources cut out of this one."""
    _reader: safe_xml.Again = field(default_factory=safe_xml.Again, repr=False)
    _plans: dict[tuple[int | None, str, frozenset[Sensitivity]], Plan] = field(
        default_factory=dict, repr=False
    )

    @property
    def opens(self) -> frozenset[Sensitivity]:
        """Classes beyond codes that can be among what is read: where the people allow it too."""
        return classes.OPENED[self.told.purpose] & self.may_see

    def cut(
        self,
        condition: odata_filter.Expression | None,
        order: Sequence[odata_filter.Ordered] = (),
    ) -> Source:
        """The same, of fewer records or in another order."""
        return replace(self, selection=replace(self.selection, condition=condition, order=order))

    def of_record(self, record_pk: uuid.UUID) -> Source:
        """The same, of one record."""
        return replace(self, selection=replace(self.selection, record_pk=record_pk))

    def validators(self) -> Iterator[object]:
        """What an answer from this source follows from: it changes when one of these does."""
        selection = self.selection
        with reading(may_lag=True) as session:  # as old as the rows that follow, or older
            yield records.stamp(session, self.project_id, self.form.form_pk, selection.reach)
        with reading() as session:
            yield facts.count_narrowed(session, self.project_id, selection.reach)
        yield today()  # consent ends by itself
        yield selection.reach, sorted(self.may_see), self.told.label
        yield [(schema.version, len(schema.fields)) for schema in self.schemas.values()]
        yield self.form.md5
        if odata_filter.asks_now(selection.condition):
            yield clock.now()

    def check(self, *, is_subtable: bool) -> None:
        """What is wrong with the selection is told before the answer begins."""
        records.check(self.selection, is_subtable=is_subtable)

    def count(self) -> int:
        with reading(may_lag=True) as session:
            return records.count(session, self.selection)

    def find(self, instance_id: str) -> uuid.UUID | None:
        """The record of this ID, whatever became of it since."""
        with reading() as session:
            return records.find_record(session, self.project_id, self.form.form_pk, instance_id)

    def place_of(self, instance_id: str) -> uuid.UUID:
        """From where a file goes on whose last whole line was this record. Raises INVALID_PARAMETER
        of one that is not among those read here (any more), or where they stand in an order of the
        caller's own."""
        found = None if self.selection.order else self.find(instance_id)
        if found is None or not self.of_record(found).count():
            raise Problem(
                INVALID_PARAMETER,
                name="after",
                reason="the ID of one of these records, without $orderby; of one that was taken "
                "back since, the ID of the line before",
            )
        return found

    def read(
        self, *, after: uuid.UUID | None = None, offset: int = 0, limit: int | None = None
    ) -> Iterator[Read]:
        """Records newest first, or in the order that the selection says; see `Selection`."""
        if self.selection.order:
            yield from self._read_ordered(offset, limit)
            return
        left, size = limit, FIRST_PAGE
        while left is None or left > 0:
            wanted = size if left is None else min(size, left)
            with reading(may_lag=True) as session:
                page = records.page(
                    session, self.selection, after=after, offset=offset, limit=wanted
                )
                allowed = self._allowed(session, page)
            yield from self._opened(page, allowed)
            if len(page) < wanted:
                return
            after, offset, size = page[-1].record_pk, 0, PAGE
            left = None if left is None else left - len(page)

    def _read_ordered(self, offset: int, limit: int | None) -> Iterator[Read]:
        with reading(may_lag=True) as session:
            held = b"".join(records.ordered_keys(session, self.selection, offset, limit))
        for start in range(0, len(held), 16 * PAGE):
            some = held[start : start + 16 * PAGE]
            wanted = [uuid.UUID(bytes=some[at : at + 16]) for at in range(0, len(some), 16)]
            with reading(may_lag=True) as session:
                page = records.of_keys(session, self.project_id, wanted)
                allowed = self._allowed(session, page)
            yield from self._opened(page, allowed)

    def _allowed(self, session: Session, page: Sequence[Stored]) -> Allowance:
        if not self.asks_consent or not page:
            return {}
        wanted = list(dict.fromkeys((Purpose.CODES, self.told.purpose)))
        found = [one.submission_pk for one in page]
        if not current().has_replica:
            return facts.allowed_of_many(session, self.project_id, found, wanted, today())
        with (
            reading() as primary
        ):  # what was taken back a moment ago is denied, however late rows are
            return facts.allowed_of_many(primary, self.project_id, found, wanted, today())

    def _opened(self, page: Sequence[Stored], allowed: Allowance) -> Iterator[Read]:
        """Records whose key was destroyed are left out: they were taken back a moment ago."""
        if self.progress.at_page is not None:
            self.progress.at_page()
        seen = {one.submission_pk: self._seen(one, allowed) for one in page}
        # Of what is masked no key is asked for: it stays sealed.
        found = keys.current().find_many(
            self.project_id,
            (key for one in page for key in keys_of(one, _classes(seen[one.submission_pk]))),
        )
        for one in page:
            if one.key_pk is not None and one.key_pk not in found:
                continue
            self.progress.rests_on(allowed.get(one.submission_pk, facts.NOT_ASKED))
            self.progress.records += 1
            shown = seen[one.submission_pk]
            yield Read(one, self._rows(one, found, shown), shown)

    def _seen(self, one: Stored, allowed: Allowance) -> frozenset[Sensitivity]:
        may = allowed.get(one.submission_pk, facts.NOT_ASKED)
        return classes.seen(
            may.purposes, self.told.purpose, self.may_see, asks_consent=self.asks_consent
        )

    def masked_xml(self, read: Read) -> bytes | None:
        """A record that was read, as XML with nothing in it but what may be seen. None where
        nobody here can read it (any more)."""
        one = read.stored
        found = keys.current().find_many(self.project_id, keys_of(one, _classes(read.seen)))
        if one.sealed_to is not None or (one.key_pk is not None and one.key_pk not in found):
            return None
        try:
            xml = self._opened_xml(one, found)
            return masking.masked(xml, self.schema_of(one), read.seen, today=self.today)
        except (Unsealable, XmlRefused):
            keys.unsealable(submission=str(one.submission_pk))
            return None

    def _rows(self, one: Stored, found: Found, seen: frozenset[Sensitivity]) -> Rows:
        plan = self._plan(one, seen)
        if one.sealed_to is not None:
            return plan.nothing()
        try:
            root = self._reader.parse(self._opened_xml(one, found))
        except (Unsealable, XmlRefused):
            keys.unsealable(submission=str(one.submission_pk))
            return plan.nothing()
        return plan.nothing() if xform_xml.is_encrypted(root) else plan.read(root)

    def _opened_xml(self, one: Stored, found: Found) -> bytes:
        return opened_xml(self.project_id, one, self._xml(one), found)

    def _xml(self, one: Stored) -> bytes:
        if one.xml is not None:
            return one.xml
        with reading(may_lag=True) as session:
            return records.get_xml(session, self.project_id, one.submission_pk)

    @property
    def today(self) -> FormSchema:
        """The version that is offered."""
        return self.schemas[self.form.version_pk]

    def _plan(self, one: Stored, seen: frozenset[Sensitivity]) -> Plan:
        key = (one.version_pk, "" if one.version_pk else one.version, seen)
        if key not in self._plans:
            own = self.schema_of(one)
            self._plans[key] = Plan(self.layout, own, seen, self.only_root)
        return self._plans[key]

    def schema_of(self, one: Stored) -> FormSchema | None:
        """Of the version that the record was filled in with, or of the nearest."""
        if one.version_pk is not None:
            return self.schemas.get(one.version_pk)
        known = {schema.version: schema for schema in self.schemas.values()}
        return known[nearest(one.version, known)] if known else None


def get_source(
    session: Session,
    actor: Actor,
    act: Act,
    project_id: int,
    form_id: str,
    told: Told,
    *,
    with_identity: bool = False,
    with_older_fields: bool = False,
    only_root: bool = False,
) -> Source:
    """A published form, as far as the actor reaches. `with_identity`: a person, and a second one,
    agreed to names and testimony; scripts have scopes for them. Raises NOT_FOUND."""
    policy.demand(actor, act, project_id)
    form = forms.find_version(session, project_id, form_id)
    if form is None:
        raise Problem(NOT_FOUND)
    schemas = forms.list_schemas(session, form.form_pk)
    older = [schemas[key] for key in reversed(schemas) if key != form.version_pk]
    layout = layout_of(schemas[form.version_pk], older if with_older_fields else ())
    return Source(
        project_id=project_id,
        form=form,
        schemas=schemas,
        layout=layout,
        selection=Selection(
            project_id=project_id,
            form_pk=form.form_pk,
            reach=policy.reach(actor, act, project_id),
        ),
        told=told,
        may_see=_may_see(actor, with_identity=with_identity),
        asks_consent=asks_consent(schemas.values()),
        only_root=only_root,
    )


def _classes(seen: Collection[Sensitivity]) -> list[DataClass]:
    """Of what is sealed apart, that which may be seen."""
    return [data_class for kind, data_class in _APART.items() if kind in seen]


_APART = {
    Sensitivity.IDENTITY: DataClass.IDENTITY,
    Sensitivity.TESTIMONY: DataClass.TESTIMONY,
}
_SCOPES = {Scope.IDENTITY: Sensitivity.IDENTITY, Scope.TESTIMONY: Sensitivity.TESTIMONY}


def _may_see(actor: Actor, *, with_identity: bool) -> frozenset[Sensitivity]:
    if actor.scopes is not None:
        return frozenset(kind for scope, kind in _SCOPES.items() if scope in actor.scopes)
    return frozenset(_SCOPES.values()) if with_identity else frozenset()
