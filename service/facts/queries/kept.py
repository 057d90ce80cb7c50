"""What stays of a record whose period is over: what may be counted, as long as it may."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from service.facts import scopes, tables
from service.facts.queries.changes import note_all_changed, note_changed
from service.facts.queries.storing import TABLES, expired_of
from service.intake.tables import State, Submission

CONSENTS = TABLES["consents"]
COUNTED = tuple(table for table in TABLES.values() if table is not CONSENTS)


def keep_counted(
    connection: sa.Connection, project_id: int, keys: Sequence[uuid.UUID], on: dt.date
) -> None:
    """Of these submissions delete every fact that may not be counted on that day, and let the rest
    be used for counting alone. What was said about consent stays beside the rest: by the code on
    the paper that, too, is taken back."""
    note_changed(connection, [(project_id, key) for key in keys])
    _delete_uncounted(connection, project_id, list(keys), on)
    for table in TABLES.values():
        theirs = (table.c.project_id == project_id, table.c.submission_pk.in_(keys))
        left = table.c.scopes.bitwise_and(scopes.bits({"stats"}))
        connection.execute(sa.update(table).where(*theirs).values(scopes=left))


def list_refusals(
    connection: sa.Connection, project_id: int, keys: Collection[uuid.UUID]
) -> list[uuid.UUID]:
    """Those of these submissions in which it was refused that the record be kept."""
    kind = tables.Consent
    query = sa.select(kind.submission_pk).where(
        kind.project_id == project_id, kind.submission_pk.in_(list(keys)), _refuses(kind)
    )
    return list(connection.execute(query).scalars())


def _refuses(kind: type[tables.Consent]) -> sa.ColumnElement[bool]:
    """By the words of the list as it is stored: whoever refuses `store` has said nothing else."""
    return sa.and_(kind.ordinal == 0, sa.cast(kind.refused, sa.Text).like('%"store"%'))


def delete_ended(connection: sa.Connection, project_id: int, on: dt.date) -> int:
    """Delete what was kept so and may not be counted any more; answers how many facts. With the
    last of a record go the codes of its versions that were replaced."""
    count = _delete_uncounted(connection, project_id, expired_of(project_id), on)
    if count:
        note_all_changed(connection, project_id)
    connection.execute(
        sa.delete(tables.RemovedCode).where(
            tables.RemovedCode.project_id == project_id,
            tables.RemovedCode.submission_pk.in_(_with_nothing_left(project_id)),
        )
    )
    return count


def _with_nothing_left(project_id: int) -> sa.Select[uuid.UUID]:
    """Submissions whose period is over, of records without any fact."""
    version, other = aliased(Submission), aliased(Submission)
    facts_left = (
        sa.exists()
        .where(other.project_id == project_id, other.record_pk == version.record_pk)
        .where(CONSENTS.c.project_id == project_id)
        .where(CONSENTS.c.submission_pk == other.submission_pk)
    )
    return sa.select(version.submission_pk).where(
        version.project_id == project_id, version.state == State.EXPIRED, ~facts_left
    )


def _delete_uncounted(connection: sa.Connection, project_id: int, keys: Any, on: dt.date) -> int:
    """`keys`: of submissions, as a list or a query."""
    count = 0
    for table in COUNTED:
        over = sa.and_(table.c.stats_until.is_not(None), table.c.stats_until < on)
        gone = sa.delete(table).where(
            table.c.project_id == project_id,
            table.c.submission_pk.in_(keys),
            sa.or_(table.c.stats.is_(False), over),
        )
        count += connection.execute(gone).rowcount
    left = sa.union_all(
        *(
            sa.select(table.c.submission_pk).where(
                table.c.project_id == project_id, table.c.submission_pk.in_(keys)
            )
            for table in COUNTED
        )
    ).subquery()
    beside_nothing = sa.delete(CONSENTS).where(
        CONSENTS.c.project_id == project_id,
        CONSENTS.c.submission_pk.in_(keys),
        CONSENTS.c.submission_pk.not_in(sa.select(left.c.submission_pk)),
        sa.not_(_refuses(tables.Consent)),  # the tally of refusals, which tells of nobody
    )
    return count + connection.execute(beside_nothing).rowcount
