"""Consent taken back: records by the code on a paper, scopes that ended by themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from service.accounts.reach import Reach
from service.facts import scopes, tables
from service.facts.circumstances import PHNOM_PENH
from service.facts.kinds import Facts
from service.facts.queries.changes import note_changed
from service.facts.queries.storing import TABLES, Key
from service.facts.scopes import Narrowing
from service.foundation.insert_together import InsertTogether, Rows
from service.intake.queries import listing
from service.intake.tables import Submission

_insert_narrowed = InsertTogether(tables.NarrowedConsent)


def count_narrowed(session: Session, project_id: int, reach: Reach) -> int:
    """How often scopes were taken back of records within reach: what was shown before may have
    changed."""
    query = (
        sa.select(sa.func.count())
        .select_from(tables.NarrowedConsent)
        .where(
            tables.NarrowedConsent.project_id == project_id,
            listing.record_within(project_id, tables.NarrowedConsent.record_pk, reach),
        )
    )
    return session.execute(query).scalar_one()


def last_day_before(asked_at: dt.datetime) -> dt.date:
    """The last day of a consent that a code takes back which was given then: that day in Cambodia,
    and the day of grace that phones whose clocks are fast have (`circumstances.latest_day`)."""
    return asked_at.astimezone(PHNOM_PENH).date() + dt.timedelta(days=1)


class LastDayBefore(FunctionElement[dt.date]):
    """The same of a column. Cambodia has had one offset since before there were phones."""

    type = sa.Date()
    inherit_cache = True


@compiles(LastDayBefore, "sqlite")
def _in_sqlite(element: LastDayBefore, compiler: Any, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+31 hours')"


@compiles(LastDayBefore, "postgresql")
def _in_postgresql(element: LastDayBefore, compiler: Any, **more: Any) -> str:
    moment = compiler.process(element.clauses, **more)
    return f"(({moment} AT TIME ZONE 'UTC') + interval '31 hours')::date"


def find_by_code(
    connection: sa.Connection, project_id: int, code_digest: str, asked_at: dt.datetime
) -> list[uuid.UUID]:
    """Submissions whose paper carries this code, with consent from before it was given; removed
    ones, too."""

    def carrying(kind: Any) -> sa.Select[uuid.UUID]:
        return sa.select(kind.submission_pk).where(
            kind.project_id == project_id,
            kind.code_digest == code_digest,
            kind.given_on <= last_day_before(asked_at),
        )

    found = sa.union(carrying(tables.Consent), carrying(tables.RemovedCode))
    return list(connection.execute(found).scalars())


def keep_codes(connection: sa.Connection, project_id: int, keys: Sequence[uuid.UUID]) -> None:
    """Of records that are being removed: their facts are about to go."""
    table = tables.Consent
    columns = (table.project_id, table.code_digest, table.submission_pk, table.given_on)
    query = sa.select(*columns).where(
        table.project_id == project_id,
        table.submission_pk.in_(keys),
        table.code_digest.is_not(None),
        table.given_on.is_not(None),
    )
    _keep(connection, [dict(row._mapping) for row in connection.execute(query)])


def keep_codes_of(connection: sa.Connection, batch: Iterable[Facts]) -> None:
    """Of what has no facts of its own: as it was read again."""
    told = [one for facts in batch for one in facts.consents if one.code_digest]
    names = ("project_id", "code_digest", "submission_pk", "given_on")
    _keep(connection, [{name: getattr(one, name) for name in names} for one in told])


def _keep(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        latest = {(row["code_digest"], row["submission_pk"]): row for row in rows}
        forget_codes(connection, rows[0]["project_id"], [row["submission_pk"] for row in rows])
        connection.execute(sa.insert(tables.RemovedCode), list(latest.values()))


def forget_codes(connection: sa.Connection, project_id: int, keys: Collection[uuid.UUID]) -> None:
    """Of what was erased, or is being read again."""
    table = tables.RemovedCode
    theirs = (table.project_id == project_id, table.submission_pk.in_(list(keys)))
    connection.execute(sa.delete(table).where(*theirs))


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
    connection: Session | sa.Connection, project_id: int, record_pks: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[Narrowing, ...]]:
    """Record -> scopes that were taken back of it, also of a version of it that was a record of
    its own then: a copy, or an edit, that waited."""
    found: dict[uuid.UUID, tuple[Narrowing, ...]] = {}
    table = tables.NarrowedConsent
    is_version = (
        Submission.project_id == table.project_id,
        Submission.submission_pk == table.record_pk,
    )
    rows = connection.execute(
        sa.select(Submission.record_pk, table.scopes, table.narrowed_on, table.ends_on)
        .join(Submission, sa.and_(*is_version))
        .where(table.project_id == project_id, Submission.record_pk.in_(record_pks))
        .order_by(Submission.record_pk, table.withdrawal_pk)
    )
    for row in rows:
        one = Narrowing(
            scopes=scopes.scopes_of(row.scopes), on=row.narrowed_on, ends_on=row.ends_on
        )
        found[row.record_pk] = (*found.get(row.record_pk, ()), one)
    return found


def narrow(
    connection: sa.Connection,
    project_id: int,
    record_pk: uuid.UUID,
    withdrawal_pk: uuid.UUID,
    taken: frozenset[str],
    on: dt.date,
    ends_on: dt.date | None = None,
) -> bool:
    """Note that scopes were taken back of a record, for every projection to come (`deny` for the
    facts there are); False if this withdrawal did so already."""
    row = {
        "project_id": project_id,
        "record_pk": record_pk,
        "withdrawal_pk": withdrawal_pk,
        "scopes": scopes.bits(taken),
        "narrowed_on": on,
        "ends_on": ends_on,
    }
    return _insert_narrowed.run(connection, Rows(each=[row]))


def deny(connection: sa.Connection, keys: Sequence[Key], taken: frozenset[str]) -> None:
    """Let no fact of these submissions be used for what was taken back, from this transaction on.
    A consent given since may be denied too, until the facts are computed again."""
    note_changed(connection, keys)
    stay = ~scopes.bits(scopes.with_media(taken))
    for table in TABLES.values():
        values: dict[str, Any] = {"scopes": table.c.scopes.bitwise_and(stay)}
        if "stats" in taken:
            values["stats"] = False
        for project_id, submission_pk in keys:
            theirs = (table.c.project_id == project_id, table.c.submission_pk == submission_pk)
            connection.execute(sa.update(table).where(*theirs).values(values))


def end(connection: sa.Connection, keys: Sequence[Key], last: dt.date) -> None:
    """Let no fact of these submissions be used after that day, from this transaction on."""
    note_changed(connection, keys)
    for table in TABLES.values():
        for column in (table.c.scopes_until, table.c.stats_until):
            for project_id, submission_pk in keys:
                connection.execute(
                    sa.update(table)
                    .where(
                        table.c.project_id == project_id,
                        table.c.submission_pk == submission_pk,
                        sa.or_(column.is_(None), column > last),
                    )
                    .values({column.name: last})
                )
