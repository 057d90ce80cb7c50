"""What stays of a record whose period is over: what may be counted, as long as it may."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from service.facts import scopes
from service.facts.queries.storing import TABLES, expired_of

CONSENTS = TABLES["consents"]
COUNTED = tuple(table for table in TABLES.values() if table is not CONSENTS)


def keep_counted(
    connection: sa.Connection, project_id: int, keys: Sequence[uuid.UUID], on: dt.date
) -> None:
    """Of these submissions delete every fact that may not be counted on that day, and let the rest
    be used for counting alone. What was said about consent stays beside the rest: by the code on
    the paper that, too, is taken back."""
    _delete_uncounted(connection, project_id, list(keys), on)
    for table in TABLES.values():
        theirs = (table.c.project_id == project_id, table.c.submission_pk.in_(keys))
        left = table.c.scopes.bitwise_and(scopes.bits({"stats"}))
        connection.execute(sa.update(table).where(*theirs).values(scopes=left))


def delete_ended(connection: sa.Connection, project_id: int, on: dt.date) -> int:
    """Delete what was kept so and may not be counted any more; answers how many facts."""
    return _delete_uncounted(connection, project_id, expired_of(project_id), on)


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
    )
    return count + connection.execute(beside_nothing).rowcount
