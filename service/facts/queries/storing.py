"""A submission's facts: replaced whole, counted, and read back in one order."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct

from service.facts import kinds, tables
from service.facts.queries.changes import CHANGES, changes_of, note_all_changed, note_changed
from service.foundation.db import Base
from service.foundation.prepared import InsertMany
from service.intake.tables import State, Submission

Key: TypeAlias = tuple[int, uuid.UUID]
"""Project and submission."""

TABLES: dict[str, sa.Table] = {
    kind.__tablename__: Base.metadata.tables[kind.__tablename__]
    for kind in (
        tables.Household,
        tables.Consent,
        tables.Person,
        tables.Incident,
        tables.Need,
        tables.Visit,
        tables.FollowUp,
        tables.RightsIssue,
        tables.Concern,
        tables.Testimony,
        tables.Signature,
        tables.Sheet,
        tables.Provider,
    )
}
"""Kind of fact, as its table is called, to table; in the order of canonical rows."""

NOT_CANONICAL = frozenset({"code_digest", "household_key"})
"""Columns that differ between installations, as the keys behind them do."""

_INSERTS = {name: InsertMany(table) for name, table in TABLES.items()}
_ROWS_AT_ONCE = 1000


def replace_facts(connection: sa.Connection, batch: Sequence[tuple[Key, kinds.Facts]]) -> None:
    """Make these the facts of these submissions: at most one DELETE and one INSERT per table.

    A key may come once in a batch. Writing the same batch again changes nothing.
    """
    delete_facts(connection, [key for key, _ in batch])
    insert_facts(connection, [facts for _, facts in batch])


def insert_facts(connection: sa.Connection, batch: Iterable[kinds.Facts]) -> None:
    """Write facts of submissions that have none yet."""
    rows = rows_of(batch)
    for table, some in rows.items():
        _INSERTS[table.name].run(connection, some)
    note_changed(connection, _told_of(rows))


def rows_to_store(facts: kinds.Facts) -> dict[sa.Table, list[Struct]]:
    """The rows of a new submission, and the one that says so, for the statement that stores it."""
    rows = rows_of([facts])
    if rows:
        rows[CHANGES] = list[Struct](changes_of(_told_of(rows)))
    return rows


def _told_of(rows: Mapping[sa.Table, Sequence[Struct]]) -> list[Key]:
    keys: dict[Key, None] = {}
    for some in rows.values():
        keys.update(dict.fromkeys((row.project_id, row.submission_pk) for row in some))  # type: ignore[attr-defined]
    return list(keys)


def rows_of(batch: Iterable[kinds.Facts]) -> dict[sa.Table, list[Struct]]:
    """Table to rows, for one INSERT per table; tables without rows are left out."""
    rows: dict[str, list[Struct]] = {name: [] for name in TABLES}
    for facts in batch:
        for name in TABLES:
            rows[name] += getattr(facts, name)
    return {TABLES[name]: some for name, some in rows.items() if some}


def delete_facts(connection: sa.Connection, keys: Sequence[Key]) -> None:
    """Delete all facts of these submissions, by key prefix."""
    by_project: dict[int, list[uuid.UUID]] = {}
    for project_id, submission_pk in keys:
        by_project.setdefault(project_id, []).append(submission_pk)
    note_changed(connection, keys)
    for project_id, submission_pks in by_project.items():
        for table in TABLES.values():
            theirs = table.c.submission_pk.in_(submission_pks)
            connection.execute(sa.delete(table).where(table.c.project_id == project_id, theirs))


def delete_project_facts(connection: sa.Connection, project_id: int) -> None:
    """All that can be computed again: of records whose period is over, nothing else is left."""
    note_all_changed(connection, project_id)
    for table in TABLES.values():
        again = table.c.submission_pk.not_in(expired_of(project_id))
        connection.execute(sa.delete(table).where(table.c.project_id == project_id, again))


def expired_of(project_id: int) -> sa.Select[uuid.UUID]:
    """The submissions of a project whose period is over, as a query."""
    return sa.select(Submission.submission_pk).where(
        Submission.project_id == project_id, Submission.state == State.EXPIRED
    )


def delete_uncounted(connection: sa.Connection, project_id: int) -> None:
    """Delete facts of submissions that do not count any more."""
    note_all_changed(connection, project_id)
    for table in TABLES.values():
        counted = sa.select(sa.literal(1)).where(
            Submission.project_id == table.c.project_id,
            Submission.submission_pk == table.c.submission_pk,
            sa.or_(
                sa.and_(Submission.state == State.CURRENT, Submission.deleted_at.is_(None)),
                Submission.state == State.EXPIRED,
            ),
        )
        uncounted = (table.c.project_id == project_id, ~counted.exists())
        connection.execute(sa.delete(table).where(*uncounted))


def are_of_before(connection: sa.Connection, project_id: int) -> bool:
    """Whether facts are those of a release that kept less of people. They are computed again all
    at once: one tells. What is left of expired records cannot be computed again, and stays."""
    theirs = tables.Person.project_id == project_id
    kept = tables.Person.submission_pk.not_in(expired_of(project_id))
    oldest = (
        sa.select(tables.Person.home)
        .where(theirs, kept)
        .order_by(tables.Person.submission_pk, tables.Person.ordinal)
        .limit(1)
    )
    return connection.scalar(oldest) == "" or _lack_sex(connection, project_id)


def _lack_sex(connection: sa.Connection, project_id: int) -> bool:
    """Whether incidents do not say yet whom they happened to."""
    incident, person = tables.Incident, tables.Person
    same = sa.and_(
        person.project_id == incident.project_id,
        person.submission_pk == incident.submission_pk,
        person.ordinal == incident.ordinal,
    )
    oldest = (
        sa.select(incident.sex, person.sex)
        .join(person, same)
        .where(
            incident.project_id == project_id,
            incident.victim_type.in_(("direct_injured", "direct_killed")),
            incident.submission_pk.not_in(expired_of(project_id)),
        )
        .order_by(incident.submission_pk, incident.ordinal)
        .limit(1)
    )
    row = connection.execute(oldest).first()
    return row is not None and row[0] != row[1]


def count_facts(connection: sa.Connection, project_id: int) -> dict[str, int]:
    """Kind ("households", "persons", …) to number of rows."""
    return {
        name: connection.scalar(
            sa.select(sa.func.count()).select_from(table).where(table.c.project_id == project_id)
        )
        or 0
        for name, table in TABLES.items()
    }


def canonical_rows(
    connection: sa.Connection, project_id: int
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every fact of a project as (kind, column to plain value), in key order, streamed.

    Same facts, same rows, whatever the database: text keys are put in order here, because
    collations of databases differ.
    """
    for name, table in TABLES.items():
        query = (
            sa.select(table)
            .where(table.c.project_id == project_id)
            .order_by(table.c.submission_pk)
            .execution_options(yield_per=_ROWS_AT_ONCE)
        )
        columns = [column for column in table.columns if column.name not in NOT_CANONICAL]
        query = query.with_only_columns(*columns)
        position = [c.name for c in table.primary_key.columns][2:]
        for _, rows in groupby(connection.execute(query).mappings(), _submission_of):
            for row in sorted(rows, key=lambda row: [row[column] for column in position]):
                yield name, {column: _plain(value) for column, value in row.items()}


def checksum(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """SHA-256, as hex, of rows as JSON lines with sorted keys: equal facts, equal checksum."""
    digest = hashlib.sha256()
    for row in rows:
        line = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _submission_of(row: Mapping[Any, Any]) -> Any:
    return row["submission_pk"]


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value
