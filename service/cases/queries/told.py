"""What cases are folded from: facts of people and of visits, through the gate, for many at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.cases.events import FollowedUp, ToldNeed, Visited, When
from service.cases.tables import Case
from service.facts import tables
from service.facts.needs import StandsNow
from service.facts.places import UNKNOWN
from service.facts.queries import list_narrowed, usable
from service.facts.scopes import Purpose, scopes_of, with_media
from service.intake.queries.projecting import list_current
from service.intake.tables import State, Submission

Connected = Session | sa.Connection
Whom = tuple[uuid.UUID, int]
"""A record, and the place of a person in it."""


@dataclass(frozen=True, kw_only=True)
class PersonTold:
    """A person of a record as it stands."""

    submission_pk: uuid.UUID
    on: dt.date
    place: str
    """Village, or what is known of it; "" = nothing."""
    allows: frozenset[str]
    """Scopes in force, as the facts have them by now; `stats` as figures have it."""


def _current(project_id: int, fact: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        Submission.project_id == project_id,
        Submission.submission_pk == fact.submission_pk,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
    )


def _of_records(
    connection: Connected, project_id: int, fact: Any, record_pks: Collection[uuid.UUID]
) -> sa.ColumnElement[bool]:
    """Facts of what stands of these records. By the versions: by records SQLite would look through
    all facts of the project."""
    versions = list_current(connection, project_id, record_pks).values()
    return cast("sa.ColumnElement[bool]", fact.submission_pk.in_(list(versions)))


def people(
    connection: Connected,
    project_id: int,
    record_pks: Collection[uuid.UUID],
    purpose: Purpose,
    on: dt.date,
) -> dict[Whom, PersonTold]:
    """The people of these records who allow the purpose."""
    person = usable(tables.Person, purpose, project_id, on)
    query = (
        sa.select(
            Submission.record_pk, person.ordinal, person.submission_pk, person.happened_on,
            person.adm1, person.adm2, person.adm3, person.adm4,
            person.scopes, person.stats,
        )
        .join(Submission, _current(project_id, person))
        .where(_of_records(connection, project_id, person, record_pks))
    )  # fmt: skip
    return {
        (row.record_pk, row.ordinal): PersonTold(
            submission_pk=row.submission_pk,
            on=row.happened_on,
            place=_finest(row[4:8]),
            allows=scopes_of(row.scopes) - {"stats"} | ({"stats"} if row.stats else set()),
        )
        for row in connection.execute(query)
    }


def _finest(codes: Sequence[str]) -> str:
    return next((code for code in reversed(codes) if code.isdigit() and code != UNKNOWN), "")


def without_case(
    connection: Connected,
    project_id: int,
    record_pks: Collection[uuid.UUID] | None,
    on: dt.date,
    limit: int,
    *,
    since: uuid.UUID | None = None,
) -> list[tuple[Whom, str]]:
    """People with an open need who may be contacted and have no case, and where they are, in the
    order of records. None: of any record; `since`: from this one on."""
    person = usable(tables.Person, Purpose.CONTACT, project_id, on)
    has_case = sa.exists().where(
        Case.project_id == project_id,
        Case.record_pk == Submission.record_pk,
        Case.ordinal == person.ordinal,
    )
    query = (
        sa.select(
            Submission.record_pk, person.ordinal,
            person.adm1, person.adm2, person.adm3, person.adm4,
        )
        .join(Submission, _current(project_id, person))
        .where(person.open_needs > 0, ~has_case)
        .order_by(Submission.record_pk, person.ordinal)
        .limit(limit)
    )  # fmt: skip
    if record_pks is not None:
        query = query.where(_of_records(connection, project_id, person, record_pks))
    if since is not None:
        query = query.where(Submission.record_pk >= since)
    return [((row.record_pk, row.ordinal), _finest(row[2:])) for row in connection.execute(query)]


@dataclass(frozen=True, kw_only=True)
class NeedsTold:
    """Of one person: as they were told, and as the facts have them by now."""

    told: tuple[ToldNeed, ...]
    by_now: dict[str, StandsNow]


NO_NEEDS = NeedsTold(told=(), by_now={})


def needs(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], on: dt.date
) -> dict[Whom, NeedsTold]:
    """The needs of the people of these records."""
    need = usable(tables.Need, Purpose.CODES, project_id, on)
    query = (
        sa.select(
            Submission.record_pk, need.person_ordinal, need.need_code, need.status,
            need.told_status, need.priority, need.served_on, need.met_on,
        )
        .join(Submission, _current(project_id, need))
        .where(_of_records(connection, project_id, need, record_pks))
    )  # fmt: skip
    told: dict[Whom, list[ToldNeed]] = defaultdict(list)
    by_now: dict[Whom, dict[str, StandsNow]] = defaultdict(dict)
    for row in connection.execute(query):
        whom = (row.record_pk, row.person_ordinal)
        by_now[whom][row.need_code] = StandsNow(row.status, row.served_on, row.met_on)
        if row.told_status is not None:
            one = ToldNeed(code=row.need_code, status=row.told_status, priority=row.priority)
            told[whom].append(one)
    return {whom: NeedsTold(told=tuple(told[whom]), by_now=found) for whom, found in by_now.items()}


def case_ids(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], on: dt.date
) -> dict[uuid.UUID, str]:
    """Record of a visit -> the case that it says it visits."""
    visit = usable(tables.Visit, Purpose.CODES, project_id, on)
    query = (
        sa.select(Submission.record_pk, visit.case_id)
        .join(Submission, _current(project_id, visit))
        .where(_of_records(connection, project_id, visit, record_pks))
    )
    return {row.record_pk: row.case_id for row in connection.execute(query)}


def visits(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID], on: dt.date
) -> dict[uuid.UUID, Visited]:
    """Record -> the visit that it tells of. Five statements."""
    if not record_pks:
        return {}
    visit = usable(tables.Visit, Purpose.CODES, project_id, on)
    query = (
        sa.select(
            Submission.record_pk, Submission.received_at, visit.submission_pk, visit.happened_on,
            visit.visit_no, visit.found, visit.next_visit,
        )
        .join(Submission, _current(project_id, visit))
        .where(_of_records(connection, project_id, visit, record_pks))
    )  # fmt: skip
    rows = connection.execute(query).all()
    keys = [row.submission_pk for row in rows]
    followed = _follow_ups(connection, project_id, keys, on)
    said = _consents(connection, project_id, {row.submission_pk: row.record_pk for row in rows}, on)
    return {
        row.record_pk: Visited(
            when=When(on=row.happened_on, at=row.received_at, key=row.record_pk),
            found=row.found,
            visit_no=row.visit_no,
            next_visit=row.next_visit,
            needs=tuple(followed.get(row.submission_pk, ())),
            granted=said.get(row.submission_pk, _NOTHING)[0],
            refused=said.get(row.submission_pk, _NOTHING)[1],
        )
        for row in rows
    }


_NOTHING: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


def _follow_ups(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID], on: dt.date
) -> dict[uuid.UUID, list[FollowedUp]]:
    one = usable(tables.FollowUp, Purpose.CODES, project_id, on)
    query = (
        sa.select(
            one.submission_pk, one.need_code, one.told_status, one.confirmed, one.is_new,
            one.priority, one.referral_outcome, one.service_on,
        )
        .where(one.submission_pk.in_(list(keys)))
        .order_by(one.submission_pk, one.ordinal)
    )  # fmt: skip
    found: dict[uuid.UUID, list[FollowedUp]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.submission_pk].append(
            FollowedUp(
                code=row.need_code,
                told_status=row.told_status,
                confirmed=row.confirmed,
                is_new=row.is_new,
                priority=row.priority,
                outcome=row.referral_outcome,
                service_on=row.service_on,
            )
        )
    return found


def _consents(
    connection: Connected, project_id: int, records: Mapping[uuid.UUID, uuid.UUID], on: dt.date
) -> dict[uuid.UUID, tuple[frozenset[str], frozenset[str]]]:
    """What was allowed and refused at each visit (submission -> its record), as it holds on that
    day. What was taken back of the visit since counts as refused at it."""
    consent = usable(tables.Consent, Purpose.CODES, project_id, on)
    query = sa.select(
        consent.submission_pk, consent.granted, consent.refused, consent.scopes
    ).where(consent.submission_pk.in_(list(records)), consent.ordinal == 0)
    narrowed = list_narrowed(connection, project_id, sorted({*records.values()}))
    found = {}
    for row in connection.execute(query):
        given, holds = frozenset(row.granted), scopes_of(row.scopes)
        back = frozenset[str]().union(
            *(one.scopes for one in narrowed.get(records[row.submission_pk], ()))
        )
        lost = (given - holds) & with_media(back)
        found[row.submission_pk] = given & holds, frozenset(row.refused) | lost
    return found
