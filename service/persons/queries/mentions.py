"""Persons of records: how they stand, by which keys they are found, and how they are forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.facts import tables as fact_tables
from service.facts.scopes import Purpose
from service.foundation.db import Base
from service.foundation.prepared import InsertMany, Row
from service.intake.tables import State, Submission
from service.persons.aligning import Known
from service.persons.describing import Coded
from service.persons.sealed import NOTHING
from service.persons.tables import Mention, MentionKey, Pair
from service.persons.verdicts import Verdict

Connected = Session | sa.Connection
AT_ONCE = 400
_TABLE = Base.metadata.tables[Mention.__tablename__]
_MENTIONS = InsertMany(_TABLE)
_KEYS = InsertMany(Base.metadata.tables[MentionKey.__tablename__])


def usable(project_id: int, purpose: Purpose, on: dt.date) -> sa.Subquery:
    """Persons of records, to be joined: those that may be used for a purpose on that day. The one
    gate decides; who is removed, erased or rejected is not in it, whatever job is still to come."""
    person: Any = facts.usable(fact_tables.Person, purpose, project_id, on)
    return (
        sa.select(Mention.mention_pk, Mention.record_pk, Mention.submission_pk, Mention.ordinal)
        .join(person, _is_of(person))
        .where(Mention.project_id == project_id, Mention.is_here)
        .subquery()
    )


def _is_of(person: Any) -> sa.ColumnElement[bool]:
    """The facts of a person."""
    return sa.and_(person.submission_pk == Mention.submission_pk, person.ordinal == Mention.ordinal)


class Comparable(NamedTuple):
    """Somebody with whom others may be compared, sealed."""

    mention_pk: uuid.UUID
    record_pk: uuid.UUID
    compared: bytes | None
    compared_key_pk: uuid.UUID | None


def list_comparable(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID], on: dt.date
) -> Iterator[Comparable]:
    """Those of these whom the team may look at on that day."""
    person: Any = facts.usable(fact_tables.Person, Purpose.WORK, project_id, on)
    query = (
        sa.select(*(getattr(Mention, name) for name in Comparable._fields))
        .join(person, _is_of(person))
        .where(Mention.project_id == project_id, Mention.is_here)
    )
    wanted = sorted(mention_pks)
    for at in range(0, len(wanted), AT_ONCE):
        page = Mention.mention_pk.in_(wanted[at : at + AT_ONCE])
        yield from (Comparable(*row) for row in connection.execute(query.where(page)))


def list_places(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, int], uuid.UUID]:
    """(version, ordinal) at which the facts of each of these stand -> who it is."""
    query = sa.select(Mention.submission_pk, Mention.ordinal, Mention.mention_pk).where(
        Mention.project_id == project_id, Mention.mention_pk.in_(list(mention_pks))
    )
    return {(row.submission_pk, row.ordinal): row.mention_pk for row in connection.execute(query)}


def are_known(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> bool:
    """Whether any of these records spoke of somebody so far."""
    theirs = (Mention.project_id == project_id, Mention.record_pk.in_(list(record_pks)))
    return (
        connection.execute(sa.select(Mention.ordinal).where(*theirs).limit(1)).first() is not None
    )


def list_coded(
    connection: Connected, project_id: int, keys: Collection[uuid.UUID], on: dt.date
) -> dict[uuid.UUID, dict[int, Coded]]:
    """What facts say of whom the team may look at: by submission and ordinal."""
    person: Any = facts.usable(fact_tables.Person, Purpose.WORK, project_id, on)
    incident: Any = facts.usable(fact_tables.Incident, Purpose.WORK, project_id, on)
    is_theirs = sa.and_(
        incident.submission_pk == person.submission_pk, incident.ordinal == person.ordinal
    )
    query = (
        sa.select(
            person.submission_pk,
            person.ordinal,
            person.sex,
            person.age_years,
            person.age_known,
            person.age_band,
            person.happened_on,
            person.home,
            person.victim_type,
            person.device,
            person.household_key,
            incident.incident_from,
            incident.incident_to,
        )
        .outerjoin(incident, is_theirs)
        .where(person.submission_pk.in_(list(keys)))
    )
    found: dict[uuid.UUID, dict[int, Coded]] = {}
    for row in connection.execute(query):
        said = dict(row._mapping)
        submission_pk, ordinal = said.pop("submission_pk"), said.pop("ordinal")
        found.setdefault(submission_pk, {})[ordinal] = Coded(**said)
    return found


def list_known(
    connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Known[uuid.UUID]]]:
    """Whom these records spoke of so far, by record, in the order in which they were found."""
    query = sa.select(
        Mention.record_pk,
        Mention.mention_pk,
        Mention.ordinal,
        Mention.is_here,
        Mention.own_digest,
        Mention.described_digest,
    ).where(Mention.project_id == project_id, Mention.record_pk.in_(list(record_pks)))
    # Put in order here: for the order's sake SQLite would look through the whole project.
    rows = sorted(connection.execute(query), key=lambda row: row.mention_pk)
    keys = _keys_of(connection, project_id, [row.mention_pk for row in rows])
    found: dict[uuid.UUID, list[Known[uuid.UUID]]] = {}
    for row in rows:
        known = Known(
            mark=row.mention_pk,
            ordinal=row.ordinal,
            is_here=row.is_here,
            own=row.own_digest and bytes(row.own_digest),
            described=row.described_digest and bytes(row.described_digest),
            sounds=frozenset(keys.get(row.mention_pk, ())),
        )
        found.setdefault(row.record_pk, []).append(known)
    return found


def _keys_of(
    connection: Connected, project_id: int, mention_pks: Sequence[uuid.UUID]
) -> dict[uuid.UUID, set[int]]:
    found: dict[uuid.UUID, set[int]] = {}
    for at in range(0, len(mention_pks), AT_ONCE):
        query = sa.select(MentionKey.mention_pk, MentionKey.key).where(
            MentionKey.project_id == project_id,
            MentionKey.mention_pk.in_(mention_pks[at : at + AT_ONCE]),
        )
        for mention_pk, key in connection.execute(query):
            found.setdefault(mention_pk, set()).add(key)
    return found


def put(
    connection: sa.Connection,
    project_id: int,
    rows: Sequence[Mapping[str, Any]],
    new: Collection[uuid.UUID],
) -> None:
    """Mentions as they now stand; of `new` ones there is no row yet."""
    _MENTIONS.run(connection, [dict(row) for row in rows if row["mention_pk"] in new])
    changed = [
        {f"new_{name}": value for name, value in row.items()}
        for row in rows
        if row["mention_pk"] not in new
    ]
    if changed:
        one = Mention.mention_pk == sa.bindparam("new_mention_pk", type_=Mention.mention_pk.type)
        values = {
            column: sa.bindparam(f"new_{column.key}", type_=column.type)
            for column in (
                Mention.submission_pk,
                Mention.ordinal,
                Mention.is_here,
                Mention.own_digest,
                Mention.described_digest,
                Mention.compared,
                Mention.compared_key_pk,
            )
        }
        theirs = (Mention.project_id == project_id, one)
        connection.execute(sa.update(_TABLE).where(*theirs).values(values), changed)


def put_keys(
    connection: sa.Connection, project_id: int, keys: Mapping[uuid.UUID, Collection[int]]
) -> None:
    """Keys of these mentions, instead of those that they had."""
    drop_keys(connection, project_id, list(keys))
    rows: list[Row] = [
        {"project_id": project_id, "mention_pk": mention_pk, "key": key}
        for mention_pk, own in keys.items()
        for key in sorted(own)
    ]
    _KEYS.run(connection, rows)


def drop_keys(connection: Connected, project_id: int, mention_pks: Any) -> None:
    """`mention_pks`: a list or a query."""
    theirs = (MentionKey.project_id == project_id, MentionKey.mention_pk.in_(mention_pks))
    connection.execute(sa.delete(MentionKey).where(*theirs))


def set_gone(connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]) -> None:
    """An edit took them out, or nobody may look at them: nobody finds them. What was decided of
    them holds again if they come back."""
    drop_keys(connection, project_id, list(mention_pks))
    theirs = (Mention.project_id == project_id, Mention.mention_pk.in_(list(mention_pks)))
    connection.execute(sa.update(Mention).where(*theirs).values(is_here=False, **NOTHING))


def hide(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """The same of everybody in records that are removed."""
    theirs = (Mention.project_id == project_id, Mention.record_pk.in_(list(record_pks)))
    drop_keys(connection, project_id, sa.select(Mention.mention_pk).where(*theirs))
    connection.execute(sa.update(Mention).where(*theirs).values(is_here=False, **NOTHING))


def forget(connection: Connected, project_id: int, record_pks: Collection[uuid.UUID]) -> None:
    """Of records that are erased: everything that tells of the person. What joins other visits
    through them stays, without its reasons; what else was said of a pair goes."""
    hide(connection, project_id, record_pks)
    theirs = (Mention.project_id == project_id, Mention.record_pk.in_(list(record_pks)))
    of_them = sa.select(Mention.mention_pk).where(*theirs)
    pairs = (
        Pair.project_id == project_id,
        sa.or_(Pair.first_pk.in_(of_them), Pair.second_pk.in_(of_them)),
    )
    is_join = sa.func.coalesce(Pair.verdict, "") == Verdict.SAME.value
    connection.execute(sa.delete(Pair).where(*pairs, sa.not_(is_join)))
    connection.execute(sa.update(Pair).where(*pairs).values(score=0, reasons=[]))
    connection.execute(
        sa.update(Mention).where(*theirs).values(ordinal=0, own_digest=None, described_digest=None)
    )


def lock_here(
    connection: Connected, project_id: int, mention_pks: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """Those that can be found, locked: an erasure that comes now waits, and sees what is made."""
    query = (
        sa.select(Mention.mention_pk)
        .where(
            Mention.project_id == project_id,
            Mention.mention_pk.in_(sorted(mention_pks)),
            Mention.is_here,
        )
        .order_by(Mention.mention_pk)
        .with_for_update()
    )
    return frozenset(connection.execute(query).scalars())


def page_of_records(
    connection: Connected, project_id: int, after: uuid.UUID, limit: int
) -> list[uuid.UUID]:
    """Versions that stand, in the order of their keys."""
    query = sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id,
        Submission.state == State.CURRENT,
        Submission.deleted_at.is_(None),
        Submission.submission_pk > after,
    )
    ordered = query.order_by(Submission.submission_pk).limit(limit)
    return list(connection.execute(ordered).scalars())
