"""How versions stand, as review decided, and how a project counts them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts.counting import RECEIVED, Counting, Policy
from service.facts.needs import StandsNow
from service.facts.queries.changes import note_changed
from service.facts.queries.storing import TABLES
from service.facts.scopes import bits, scopes_of
from service.facts.tables import CountingPolicy, NeedState, PersonDenial, Standing


def set_standing(
    connection: sa.Connection, project_id: int, submission_pk: uuid.UUID, standing: str
) -> None:
    """Of a version whose row the caller has locked: of the facts that are there, and of every
    projection to come."""
    theirs = (Standing.project_id == project_id, Standing.submission_pk == submission_pk)
    connection.execute(sa.delete(Standing).where(*theirs))
    if standing != RECEIVED:
        row = {"project_id": project_id, "submission_pk": submission_pk, "standing": standing}
        connection.execute(sa.insert(Standing), [row])
    note_changed(connection, [(project_id, submission_pk)])
    for table in TABLES.values():
        connection.execute(
            sa.update(table)
            .where(table.c.project_id == project_id, table.c.submission_pk == submission_pk)
            .values(standing=standing)
        )


def list_standings(
    connection: sa.Connection, project_id: int, keys: Collection[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Of those of these versions of which somebody decided."""
    query = sa.select(Standing.submission_pk, Standing.standing).where(
        Standing.project_id == project_id, Standing.submission_pk.in_(list(keys))
    )
    return {row.submission_pk: row.standing for row in connection.execute(query)}


def forget_standings(connection: Session, project_id: int, keys: Any) -> None:
    """Of versions that were erased. `keys`: a list or a query; the facts that may still be counted
    keep how they stood."""
    theirs = (Standing.project_id == project_id, Standing.submission_pk.in_(keys))
    connection.execute(sa.delete(Standing).where(*theirs))


NeedStates = Mapping[int, Mapping[str, StandsNow]]
"""Place of a person in a record -> need -> how it stands."""


def put_need_states(
    connection: sa.Connection,
    project_id: int,
    record_pk: uuid.UUID,
    ordinal: int,
    states: Mapping[str, StandsNow],
) -> None:
    """How the needs of one person of a record stand by now, for every projection to come."""
    of = {"project_id": project_id, "record_pk": record_pk, "person_ordinal": ordinal}
    theirs = [getattr(NeedState, name) == value for name, value in of.items()]
    connection.execute(sa.delete(NeedState).where(*theirs))
    rows = [{**of, "need_code": code, **state._asdict()} for code, state in states.items()]
    if rows:
        connection.execute(sa.insert(NeedState), rows)


def list_need_states(
    connection: sa.Connection, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, NeedStates]:
    """Of those of these records with a case."""
    state = [getattr(NeedState, name) for name in StandsNow._fields]
    query = sa.select(
        NeedState.record_pk, NeedState.person_ordinal, NeedState.need_code, *state
    ).where(NeedState.project_id == project_id, NeedState.record_pk.in_(list(record_pks)))
    found: dict[uuid.UUID, dict[int, dict[str, StandsNow]]] = defaultdict(lambda: defaultdict(dict))
    for record_pk, ordinal, code, *told in connection.execute(query):
        found[record_pk][ordinal][code] = StandsNow(*told)
    return {key: {ordinal: dict(of) for ordinal, of in one.items()} for key, one in found.items()}


def put_denied(
    connection: sa.Connection,
    project_id: int,
    record_pk: uuid.UUID,
    ordinal: int,
    denied: Collection[str],
) -> None:
    """What one person of a record refused since, for every projection to come."""
    of = {"project_id": project_id, "record_pk": record_pk, "person_ordinal": ordinal}
    theirs = [getattr(PersonDenial, name) == value for name, value in of.items()]
    connection.execute(sa.delete(PersonDenial).where(*theirs))
    if denied:
        connection.execute(sa.insert(PersonDenial), [{**of, "scopes": bits(denied)}])


def list_denied(
    connection: sa.Connection, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, dict[int, frozenset[str]]]:
    """Record -> place of a person in it -> scopes that the person refused since."""
    query = sa.select(
        PersonDenial.record_pk, PersonDenial.person_ordinal, PersonDenial.scopes
    ).where(PersonDenial.project_id == project_id, PersonDenial.record_pk.in_(list(record_pks)))
    found: dict[uuid.UUID, dict[int, frozenset[str]]] = defaultdict(dict)
    for record_pk, ordinal, scopes in connection.execute(query):
        found[record_pk][ordinal] = scopes_of(scopes)
    return dict(found)


def forget_said_since(
    connection: sa.Connection, project_id: int, record_pks: Collection[uuid.UUID]
) -> None:
    """Of records that were erased: how needs stand, and what was refused."""
    for table in (NeedState, PersonDenial):
        theirs = (table.project_id == project_id, table.record_pk.in_(list(record_pks)))
        connection.execute(sa.delete(table).where(*theirs))


def find_policy(session: Session, project_id: int, *, lock: bool = False) -> Policy:
    query = sa.select(CountingPolicy.approved_only, CountingPolicy.changed_at).where(
        CountingPolicy.project_id == project_id
    )
    row = session.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return Policy()
    counting = Counting.APPROVED_ONLY if row.approved_only else Counting.ALL_BUT_REJECTED
    return Policy(counting=counting, changed_at=row.changed_at)


def put_policy(
    session: Session, project_id: int, counting: Counting, at: dt.datetime, by: int | None
) -> None:
    values = {
        "approved_only": counting is Counting.APPROVED_ONLY,
        "changed_at": at,
        "changed_by": by,
    }
    session.merge(CountingPolicy(project_id=project_id, **values))
    session.flush()
