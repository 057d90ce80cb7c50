"""Cases as people and programs see them: in pages, within reach, through the gate; no names."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.accounts.reach import Reach
from service.cases.directory import Service
from service.cases.queries import storing
from service.cases.tables import Case, CaseNeed
from service.facts import tables
from service.facts.codes import OPENING
from service.facts.needs import NEED_KINDS
from service.facts.queries import persons_allowing, usable
from service.facts.scopes import Purpose
from service.intake.queries.listing import within
from service.intake.tables import State, Submission


@dataclass(frozen=True, kw_only=True)
class CaseTold:
    """A case in force, and the record in which its person was assessed last."""

    case_pk: uuid.UUID
    code: str
    instance_id: str
    version_id: str
    record_pk: uuid.UUID
    submission_pk: uuid.UUID
    ordinal: int
    place: str
    area: str | None
    """Where the record lies: by it rights are cut."""
    state: str
    open_needs: int
    priority: str
    late_at: dt.datetime | None
    due_on: dt.date | None
    visits: int
    last_on: dt.date | None
    opened_at: dt.datetime
    may_contact: bool
    """By what was said at visits, and by the record as it stands today."""
    may_share: bool | None


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; "" and None: by nothing."""

    late_before: dt.datetime | None = None
    due_until: dt.date | None = None
    priority: str = ""
    area: str = ""
    need: str = ""
    code: str = ""


NO_FILTERS = Filters()
_first = aliased(Submission)
_RECORD = sa.func.coalesce(Case.last_record_pk, Case.record_pk, type_=Case.record_pk.type)
_ORDINAL = sa.func.coalesce(Case.last_ordinal, Case.ordinal)
_OF_CASE = ("case_pk", "code", "place", "state", "open_needs", "priority",
            "late_at", "due_on", "visits", "last_on", "opened_at", "may_share")  # fmt: skip


def _seen(columns: Collection[Any], project_id: int, on: dt.date, reach: Reach) -> sa.Select[Any]:
    """Of people who may be read about on that day: whose record stands."""
    person = usable(tables.Person, Purpose.CODES, project_id, on)
    current = sa.and_(
        Submission.project_id == project_id,
        Submission.record_pk == _RECORD,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )
    theirs = sa.and_(person.submission_pk == Submission.submission_pk, person.ordinal == _ORDINAL)
    first = sa.and_(_first.project_id == project_id, _first.submission_pk == _RECORD)
    return (
        sa.select(*columns)
        .select_from(Case)
        .join(Submission, current)
        .join(person, theirs)
        .join(_first, first)
        .where(Case.project_id == project_id, Case.joined_to.is_(None), within(reach))
    )


def _columns(project_id: int, on: dt.date) -> list[Any]:
    return [
        *(getattr(Case, name) for name in _OF_CASE),
        _RECORD.label("record_pk"),
        _ORDINAL.label("ordinal"),
        _may_contact(project_id, on).label("may_contact"),
        _first.instance_id,
        Submission.instance_id.label("version_id"),
        Submission.submission_pk,
        Submission.place.label("area"),
    ]


def _may_contact(project_id: int, on: dt.date) -> sa.ColumnElement[bool]:
    """Nobody said otherwise, at a visit or by taking it back, and it is not over."""
    person = usable(tables.Person, Purpose.CONTACT, project_id, on)
    theirs = (person.submission_pk == Submission.submission_pk, person.ordinal == _ORDINAL)
    return sa.and_(Case.may_contact.is_(True), sa.exists().where(*theirs))


def page(
    session: Session,
    project_id: int,
    on: dt.date,
    reach: Reach,
    *,
    filters: Filters = NO_FILTERS,
    after: uuid.UUID | None = None,
    limit: int,
) -> list[CaseTold]:
    """Cases after a key, in the order in which they were opened."""
    query = _seen(_columns(project_id, on), project_id, on, reach)
    query = query.where(*_narrowed(filters, project_id, on))
    if after is not None:
        query = query.where(Case.case_pk > after)
    rows = session.execute(query.order_by(Case.case_pk).limit(limit))
    return [CaseTold(**row._mapping) for row in rows]


def _narrowed(filters: Filters, project_id: int, on: dt.date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if filters.late_before is not None:
        found.append(Case.late_at < filters.late_before)
    if filters.due_until is not None:
        found += [Case.due_on <= filters.due_until, _may_contact(project_id, on)]
    if filters.code:
        other = aliased(Case)
        called = sa.select(sa.func.coalesce(other.joined_to, other.case_pk)).where(
            other.project_id == Case.project_id, other.code == filters.code
        )
        found.append(Case.case_pk == called.correlate(Case).scalar_subquery())
    if filters.priority:
        found.append(Case.priority == filters.priority)
    if filters.area:
        found.append(Case.place.startswith(filters.area))
    if filters.need:
        theirs = (
            CaseNeed.project_id == Case.project_id,
            CaseNeed.case_pk == Case.case_pk,
            CaseNeed.need_code == filters.need,
            CaseNeed.is_open.is_(True),
        )
        found.append(sa.exists().where(*theirs))
    return found


def find(
    session: Session, project_id: int, case_pk: uuid.UUID, on: dt.date, reach: Reach
) -> CaseTold | None:
    """By its key, or that of a case that is joined to it."""
    in_force = storing.in_force(project_id, case_pk)
    query = _seen(_columns(project_id, on), project_id, on, reach)
    query = query.where(Case.case_pk == in_force)
    row = session.execute(query).first()
    return None if row is None else CaseTold(**row._mapping)


def count(session: Session, project_id: int, on: dt.date, reach: Reach, filters: Filters) -> int:
    query = _seen([sa.func.count()], project_id, on, reach)
    query = query.where(*_narrowed(filters, project_id, on))
    found: int = session.execute(query).scalar_one()
    return found


@dataclass(frozen=True, kw_only=True)
class NeedTold:
    """One need of a case."""

    need_code: str
    status: str
    is_open: bool
    priority: str
    told_on: dt.date
    late_at: dt.datetime | None
    last_on: dt.date
    why: str


_OF_NEED = tuple(NeedTold.__dataclass_fields__)


def needs_of(
    session: Session, project_id: int, case_pks: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, list[NeedTold]]:
    """Of each of these cases, the open ones first."""
    query = (
        sa.select(CaseNeed.case_pk, *(getattr(CaseNeed, name) for name in _OF_NEED))
        .where(CaseNeed.project_id == project_id, CaseNeed.case_pk.in_(list(case_pks)))
        .order_by(CaseNeed.case_pk, CaseNeed.is_open.desc(), CaseNeed.need_code)
    )
    found: dict[uuid.UUID, list[NeedTold]] = defaultdict(list)
    for row in session.execute(query):
        found[row.case_pk].append(NeedTold(**{name: row._mapping[name] for name in _OF_NEED}))
    return found


def record_shares(
    session: Session, project_id: int, submission_pk: uuid.UUID, ordinal: int, on: dt.date
) -> bool:
    """Whether the record allows that the person's file is shared with a provider."""
    allowing = persons_allowing(session, project_id, [submission_pk], Purpose.REFER, on)
    return (submission_pk, ordinal) in allowing


def _ordered(codes: Collection[str], known: Iterable[str]) -> tuple[str, ...]:
    """As people read them: days from Monday on, needs as the form asks them."""
    return tuple(code for code in known if code in codes)


def services(session: Session, project_id: int, on: dt.date) -> list[Service]:
    """The directory: of each provider what was found last."""
    one = usable(tables.Provider, Purpose.CODES, project_id, on)
    query = sa.select(
        one.code, one.name_en, one.name_km, one.kind, one.serves, one.opening, one.cost_khr,
        one.is_accessible, one.takes_equity_card, one.is_open, one.checked_on,
        one.adm1, one.adm2, one.adm3, one.submission_pk,
    ).order_by(one.happened_on, one.submission_pk)  # fmt: skip
    latest = {row.code: row for row in session.execute(query)}
    return [
        Service(
            code=row.code, name_en=row.name_en, name_km=row.name_km, kind=row.kind,
            serves=_ordered(row.serves, NEED_KINDS), opening=_ordered(row.opening, OPENING),
            cost_khr=row.cost_khr,
            is_accessible=row.is_accessible, takes_equity_card=row.takes_equity_card,
            is_open=row.is_open, checked_on=row.checked_on,
            place=next((c for c in (row.adm3, row.adm2, row.adm1) if c.isdigit()), ""),
            submission_pk=row.submission_pk,
        )
        for row in latest.values()
    ]  # fmt: skip
