"""Cases as they are kept: opened, folded, written down, and gone with their records."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from service.cases.tables import Case, CaseEvent, CaseId, CaseNeed, CaseVisit

Connected = Session | sa.Connection


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """Whose case it is, and what it is called."""

    case_pk: uuid.UUID
    record_pk: uuid.UUID
    ordinal: int
    code: str
    entity_id: uuid.UUID
    place: str
    opened_at: dt.datetime
    state: str
    may_contact: bool
    may_share: bool | None
    joined_to: uuid.UUID | None


_COLUMNS = [getattr(Case, name) for name in CaseRow.__dataclass_fields__]


def insert(connection: sa.Connection, project_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(Case), [{"project_id": project_id, **row} for row in rows])
        _remember(connection, project_id, {row["case_pk"]: row["entity_id"] for row in rows})


def _remember(
    connection: sa.Connection, project_id: int, ids: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    rows = [
        {"project_id": project_id, "entity_id": one, "case_pk": case} for case, one in ids.items()
    ]
    connection.execute(sa.insert(CaseId), rows)


def taken_codes(connection: Connected, project_id: int, codes: Collection[str]) -> set[str]:
    query = sa.select(Case.code).where(Case.project_id == project_id, Case.code.in_(list(codes)))
    return set(connection.execute(query).scalars())


def list_cases(
    connection: Connected, project_id: int, case_pks: Collection[uuid.UUID], *, lock: bool = False
) -> list[CaseRow]:
    """Those of these that are there, in the order of their keys."""
    query = (
        sa.select(*_COLUMNS)
        .where(Case.project_id == project_id, Case.case_pk.in_(list(case_pks)))
        .order_by(Case.case_pk)
    )
    found = connection.execute(query.with_for_update() if lock else query)
    return [CaseRow(**row._mapping) for row in found]


def list_of_people(
    connection: Connected, project_id: int, people: Collection[tuple[uuid.UUID, int]]
) -> list[uuid.UUID]:
    """The cases of these, given as record and place in it."""
    query = sa.select(Case.case_pk, Case.record_pk, Case.ordinal).where(
        Case.project_id == project_id, Case.record_pk.in_([record for record, _ in people])
    )
    return [
        row.case_pk
        for row in connection.execute(query)
        if (row.record_pk, row.ordinal) in {*people}
    ]


def list_joined(
    connection: Connected, project_id: int, case_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, dict[uuid.UUID, str]]:
    """Case in force -> cases of the same person that are joined to it, and their codes."""
    query = (
        sa.select(Case.joined_to, Case.case_pk, Case.code)
        .where(Case.project_id == project_id, Case.joined_to.in_(list(case_pks)))
        .order_by(Case.case_pk)
    )
    found: dict[uuid.UUID, dict[uuid.UUID, str]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.joined_to][row.case_pk] = row.code
    return found


def in_force(project_id: int, case_pk: uuid.UUID) -> sa.ScalarSelect[uuid.UUID]:
    """Of the person of this case: the case itself, or the one that it is joined to."""
    return (
        sa.select(sa.func.coalesce(_asked.joined_to, _asked.case_pk))
        .where(_asked.project_id == project_id, _asked.case_pk == case_pk)
        .scalar_subquery()
    )


_asked = aliased(Case)


def list_of_records(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Case -> record, of people of these records."""
    query = sa.select(Case.case_pk, Case.record_pk).where(
        Case.project_id == project_id, Case.record_pk.in_(list(record_pks))
    )
    return {row.case_pk: row.record_pk for row in connection.execute(query)}


def list_by_entity(
    connection: Connected, project_id: int, entity_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """What phones call a case, or did -> the case."""
    query = sa.select(CaseId.entity_id, CaseId.case_pk).where(
        CaseId.project_id == project_id, CaseId.entity_id.in_(list(entity_ids))
    )
    return {row.entity_id: row.case_pk for row in connection.execute(query)}


def list_quiet(
    connection: Connected, project_id: int, state: str, since: dt.date, until: dt.date
) -> list[uuid.UUID]:
    """Cases in this state in which the last thing happened from then on and before then."""
    query = (
        sa.select(Case.case_pk)
        .where(
            Case.project_id == project_id,
            Case.state == state,
            Case.last_on >= since,
            Case.last_on < until,
        )
        .order_by(Case.case_pk)
    )
    return list(connection.execute(query).scalars())


def rename(
    connection: sa.Connection, project_id: int, entity_ids: Mapping[uuid.UUID, uuid.UUID]
) -> None:
    """Case -> what phones are to call it from now on."""
    if entity_ids:
        rows = [
            {"of_project": project_id, "of_case": case, "now_entity": one}
            for case, one in entity_ids.items()
        ]
        connection.execute(_rename, rows)
        _remember(connection, project_id, entity_ids)


_rename = (
    sa.update(Case.__table__)  # type: ignore[arg-type]
    .where(Case.project_id == sa.bindparam("of_project"), Case.case_pk == sa.bindparam("of_case"))
    .values(entity_id=sa.bindparam("now_entity"))
)


def need_codes(
    connection: Connected, project_id: int, case_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[str]]:
    """The needs of each of these cases."""
    query = sa.select(CaseNeed.case_pk, CaseNeed.need_code).where(
        CaseNeed.project_id == project_id, CaseNeed.case_pk.in_(list(case_pks))
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for case_pk, code in connection.execute(query):
        found[case_pk].append(code)
    return found


# --- visits -------------------------------------------------------------------------------------
def visited(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Record of a visit -> case."""
    query = sa.select(CaseVisit.record_pk, CaseVisit.case_pk).where(
        CaseVisit.project_id == project_id, CaseVisit.record_pk.in_(list(record_pks))
    )
    return {row.record_pk: row.case_pk for row in connection.execute(query)}


def link_visits(
    connection: Connected, project_id: int, visits: Mapping[uuid.UUID, uuid.UUID | None]
) -> None:
    """Record -> the case that it visits; None: none any more."""
    if not visits:
        return
    theirs = (CaseVisit.project_id == project_id, CaseVisit.record_pk.in_(list(visits)))
    connection.execute(sa.delete(CaseVisit).where(*theirs))
    rows = [
        {"project_id": project_id, "record_pk": record, "case_pk": case}
        for record, case in visits.items()
        if case is not None
    ]
    if rows:
        connection.execute(sa.insert(CaseVisit), rows)


def visits_of(
    connection: Connected, project_id: int, case_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Record of a visit -> case, of these cases."""
    query = sa.select(CaseVisit.record_pk, CaseVisit.case_pk).where(
        CaseVisit.project_id == project_id, CaseVisit.case_pk.in_(list(case_pks))
    )
    return {row.record_pk: row.case_pk for row in connection.execute(query)}


# --- what the office did ------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class EventRow:
    event_pk: uuid.UUID
    case_pk: uuid.UUID
    kind: str
    need_code: str
    provider: str
    outcome: str
    reason: str
    happened_on: dt.date
    at: dt.datetime
    actor_id: int | None


def insert_event(connection: Connected, project_id: int, row: EventRow) -> None:
    values = {name: getattr(row, name) for name in EventRow.__dataclass_fields__}
    connection.execute(sa.insert(CaseEvent), [{"project_id": project_id, **values}])


def events_of(
    connection: Connected, project_id: int, case_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[EventRow]]:
    """Of each case, in the order in which they were written down."""
    query = sa.select(*(getattr(CaseEvent, name) for name in EventRow.__dataclass_fields__)).where(
        CaseEvent.project_id == project_id, CaseEvent.case_pk.in_(list(case_pks))
    )
    found: dict[uuid.UUID, list[EventRow]] = defaultdict(list)
    # Put in order here: for the order's sake SQLite would look through the whole project.
    for row in sorted(connection.execute(query), key=lambda row: row.event_pk):
        found[row.case_pk].append(EventRow(**row._mapping))
    return found


# --- gone with their records --------------------------------------------------------------------
def strike(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """The cases of these records are no more, with all that was written down of them; answers those
    that these records visited, which are to be folded again."""
    records = list(record_pks)
    theirs = sa.select(Case.case_pk).where(
        Case.project_id == project_id, Case.record_pk.in_(records)
    )
    for table in (CaseVisit, CaseEvent, CaseNeed, CaseId):
        connection.execute(
            sa.delete(table).where(table.project_id == project_id, table.case_pk.in_(theirs))
        )
    connection.execute(
        sa.delete(Case).where(Case.project_id == project_id, Case.record_pk.in_(records))
    )
    left = visited(connection, project_id, records)
    gone = (CaseVisit.project_id == project_id, CaseVisit.record_pk.in_(records))
    connection.execute(sa.delete(CaseVisit).where(*gone))
    return sorted(set(left.values()))
