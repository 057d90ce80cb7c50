"""All SQL about facts: a submission's facts are replaced whole, and read back in one order.

Whoever reads facts to use them goes through `usable`: the one gate, by purpose and day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.orm import Session, aliased

from service.facts import kinds, scopes, tables
from service.facts.scopes import NEEDS, Narrowing, Purpose
from service.foundation.columns import UtcDateTime
from service.foundation.db import Base
from service.foundation.insert_together import InsertTogether, Rows
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
        tables.Need,
        tables.Signature,
    )
}
"""Kind of fact, as its table is called, to table; in the order of canonical rows."""

NOT_CANONICAL = frozenset({"code_digest"})
"""Columns that differ between installations, as the keys behind them do."""

Kind = TypeVar("Kind", bound=tables.OfSubmission)
_INSERTS = {name: InsertMany(table) for name, table in TABLES.items()}
_ROWS_AT_ONCE = 1000


# --- the gate -----------------------------------------------------------------------------------
def usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """`kind` cut to the rows of a project that may be used for this purpose on that day.

    To be selected from like the table itself. A fact without consent, or whose consent ended,
    was narrowed or was never asked for, is not in it; nor is one that review rejected.
    """
    may = [kind.project_id == project_id, kind.standing != "rejected", *_may(kind, purpose, on)]
    return aliased(kind, sa.select(kind).where(*may).subquery())


def not_usable(kind: type[Kind], purpose: Purpose, project_id: int, on: dt.date) -> type[Kind]:
    """The others, to be told how many they are and nothing else: a refusal is counted."""
    may = sa.and_(*_may(kind, purpose, on))
    rest = [kind.project_id == project_id, kind.standing != "rejected", sa.not_(may)]
    return aliased(kind, sa.select(kind).where(*rest).subquery())


def _may(
    kind: type[tables.OfSubmission], purpose: Purpose, on: dt.date
) -> list[sa.ColumnElement[bool]]:
    """Never NULL: what follows from it may be negated."""
    if purpose is Purpose.COUNT:  # by columns of its own: figures read millions of rows
        return [kind.stats.is_(True), _not_over(kind.stats_until, on)]
    needed = scopes.bits(NEEDS[purpose])
    held = kind.scopes.bitwise_and(needed)
    return [held == needed, _not_over(kind.scopes_until, on)]


def _not_over(until: Any, on: dt.date) -> sa.ColumnElement[bool]:
    return sa.or_(until.is_(None), until >= on)


def may_use(
    session: Session, project_id: int, submission_pk: uuid.UUID, purpose: Purpose, on: dt.date
) -> bool:
    """Whether what stands in a record itself (its XML, its files) may be used for this purpose:
    all for whom the record speaks must have allowed it."""

    def rows(kind: type[tables.OfSubmission]) -> sa.Select[int]:
        theirs = (kind.project_id == project_id, kind.submission_pk == submission_pk)
        return sa.select(sa.literal(1)).where(*theirs)

    speaking = (tables.Consent, tables.Person, tables.Signature)
    denied = [rows(kind).where(sa.not_(sa.and_(*_may(kind, purpose, on)))) for kind in speaking]
    asked = session.scalar(sa.select(rows(tables.Consent).exists()))
    return bool(asked) and not session.scalar(sa.select(sa.union_all(*denied).exists()))


# --- consent taken back -------------------------------------------------------------------------
def find_by_code(
    connection: sa.Connection, project_id: int, code_digest: str, until: dt.datetime
) -> list[uuid.UUID]:
    """Submissions whose paper carries this code, with consent from before then."""
    query = sa.select(tables.Consent.submission_pk).where(
        tables.Consent.project_id == project_id,
        tables.Consent.code_digest == code_digest,
        tables.Consent.given_on <= sa.bindparam("until", until, UtcDateTime),
    )
    return list(connection.execute(query.distinct()).scalars())


def list_narrowing(
    connection: sa.Connection, project_id: int, withdrawal_pks: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those withdrawals that narrow a record here."""
    table = tables.NarrowedConsent
    query = sa.select(table.withdrawal_pk).where(
        table.project_id == project_id, table.withdrawal_pk.in_(list(withdrawal_pks))
    )
    return set(connection.execute(query.distinct()).scalars())


def list_narrowed(
    connection: sa.Connection, project_id: int, record_pks: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[Narrowing, ...]]:
    """Record -> scopes that were taken back of it."""
    found: dict[uuid.UUID, tuple[Narrowing, ...]] = {}
    table = tables.NarrowedConsent
    rows = connection.execute(
        sa.select(table.record_pk, table.scopes, table.narrowed_on)
        .where(table.project_id == project_id, table.record_pk.in_(record_pks))
        .order_by(table.record_pk, table.withdrawal_pk)
    )
    for row in rows:
        one = Narrowing(scopes=scopes.scopes_of(row.scopes), on=row.narrowed_on)
        found[row.record_pk] = (*found.get(row.record_pk, ()), one)
    return found


_insert_narrowed = InsertTogether(tables.NarrowedConsent)


def narrow(
    connection: sa.Connection,
    project_id: int,
    record_pk: uuid.UUID,
    withdrawal_pk: uuid.UUID,
    taken: frozenset[str],
    on: dt.date,
) -> bool:
    """Take scopes back of a record; False if this withdrawal did so already."""
    row = {
        "project_id": project_id,
        "record_pk": record_pk,
        "withdrawal_pk": withdrawal_pk,
        "scopes": scopes.bits(taken),
        "narrowed_on": on,
    }
    return _insert_narrowed.run(connection, Rows(each=[row]))


def what_is_counted(connection: sa.Connection, keys: Sequence[Key], on: dt.date) -> list[str]:
    """The kinds of facts of these submissions that figures count on that day: persons, needs …"""
    found = []
    for kind in (tables.Person, tables.Need, tables.Signature):
        for project_id, submission_pk in keys:
            seen = usable(kind, Purpose.COUNT, project_id, on)
            any_one = sa.select(seen.submission_pk).where(seen.submission_pk == submission_pk)
            if connection.execute(any_one.limit(1)).first() is not None:
                found.append(kind.__tablename__)
                break
    return found


# --- facts of a submission, as a whole ----------------------------------------------------------
def replace_facts(connection: sa.Connection, batch: Sequence[tuple[Key, kinds.Facts]]) -> None:
    """Make these the facts of these submissions: at most one DELETE and one INSERT per table.

    A key may come once in a batch. Writing the same batch again changes nothing.
    """
    delete_facts(connection, [key for key, _ in batch])
    insert_facts(connection, [facts for _, facts in batch])


def insert_facts(connection: sa.Connection, batch: Iterable[kinds.Facts]) -> None:
    """Write facts of submissions that have none yet."""
    for table, rows in rows_of(batch).items():
        _INSERTS[table.name].run(connection, rows)


def rows_of(batch: Iterable[kinds.Facts]) -> dict[sa.Table, list[Struct]]:
    """Table to rows, for one INSERT per table; tables without rows are left out."""
    rows: dict[str, list[Struct]] = {name: [] for name in TABLES}
    for facts in batch:
        if facts.household:
            rows["households"].append(facts.household)
        rows["consents"] += facts.consents
        rows["persons"] += facts.persons
        rows["needs"] += facts.needs
        rows["signatures"] += facts.signatures
    return {TABLES[name]: some for name, some in rows.items() if some}


def delete_facts(connection: sa.Connection, keys: Sequence[Key]) -> None:
    """Delete all facts of these submissions, by key prefix."""
    by_project: dict[int, list[uuid.UUID]] = {}
    for project_id, submission_pk in keys:
        by_project.setdefault(project_id, []).append(submission_pk)
    for project_id, submission_pks in by_project.items():
        for table in TABLES.values():
            theirs = table.c.submission_pk.in_(submission_pks)
            connection.execute(sa.delete(table).where(table.c.project_id == project_id, theirs))


def delete_project_facts(connection: sa.Connection, project_id: int) -> None:
    for table in TABLES.values():
        connection.execute(sa.delete(table).where(table.c.project_id == project_id))


def delete_uncounted(connection: sa.Connection, project_id: int) -> None:
    """Delete facts of submissions that do not count any more."""
    for table in TABLES.values():
        counted = sa.select(sa.literal(1)).where(
            Submission.project_id == table.c.project_id,
            Submission.submission_pk == table.c.submission_pk,
            Submission.state == State.CURRENT,
            Submission.deleted_at.is_(None),
        )
        uncounted = (table.c.project_id == project_id, ~counted.exists())
        connection.execute(sa.delete(table).where(*uncounted))


def lack_scopes(connection: sa.Connection, project_id: int) -> bool:
    """They are computed again all at once: one tells."""
    oldest = (
        sa.select(tables.Consent.given_on)
        .where(tables.Consent.project_id == project_id)
        .order_by(tables.Consent.submission_pk, tables.Consent.ordinal)
        .limit(1)
    )
    found = connection.execute(oldest).first()
    return found is not None and found.given_on is None


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
