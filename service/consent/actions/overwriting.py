"""What PostgreSQL keeps of erased rows and of destroyed keys is overwritten in the minute after.

The keys first: once no dead row of theirs is left, everything sealed is noise wherever it lies.
Tables that are too large to be locked by day have the night; so has what somebody worked with.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from service.consent import queries
from service.foundation import clock, job_queue, keys, written_anew
from service.foundation.db import Base, current, reading, unit_of_work

GONE = "consent.gone"
"""The event after which what the database keeps of an erasure is written over."""
AFTER_S = 60.0
"""By then the rooms above have forgotten what they keep of the record (STRUCK)."""
_YOUNGER = dt.timedelta(seconds=AFTER_S - 5)
"""Erasures that come one after the other are overwritten together, after the last."""
BY_DAY = written_anew.Care(most_bytes=64 * 1024 * 1024, wait_s=1)
"""Nobody waits for a table of that size: it is written anew in less than a second."""
KEYS_BY_DAY = written_anew.Care(most_bytes=written_anew.AT_NIGHT.most_bytes, wait_s=3)
"""Whoever stores a record waits for them, some seconds where there are millions."""
IN_USE_S, IN_USE_FOR = 300.0, dt.timedelta(hours=1)
"""What somebody works with by day is tried again for an hour."""
SINCE = dt.timedelta(days=2)
"""Two nights: a table that somebody worked with in the first has another."""
OF_SOMEBODY = frozenset(
    {
        "submission_pk", "record_pk", "quarantined_pk", "entity_pk", "trial_pk", "mention_pk",
        "pair_pk", "case_pk",
    }
)  # fmt: skip
SUBJECTS = ("jobs", "proposals")
NEVER_TAKEN_FROM = frozenset({"audit_entries"})


def touched() -> list[str]:
    """Tables with rows that tell of a record, and that are deleted or changed with it."""
    return sorted(
        name
        for name, table in Base.metadata.tables.items()
        if name in SUBJECTS or (OF_SOMEBODY & set(table.c.keys()) and name not in NEVER_TAKEN_FROM)
    )


def overwrite_later(
    session: Session, project_id: int, subject: uuid.UUID, after_s: float = AFTER_S
) -> None:
    """In the caller's transaction. SQLite overwrote it at once."""
    if not current().is_sqlite:
        job_queue.enqueue(
            session, project_id=project_id, event=GONE, subject=subject, after_s=after_s
        )


def overwrite_soon(project_id: int, subject: uuid.UUID) -> None:
    """What GONE asks for; again where something was in use, or where the log is the server's alone
    to pass."""
    if _has_erased_within(_YOUNGER):
        return  # its own job does both
    is_done, passes_s = _overwrite(KEYS_BY_DAY, BY_DAY)
    again = (IN_USE_FOR, IN_USE_S) if not is_done else (dt.timedelta(seconds=passes_s), passes_s)
    if _has_erased_within(again[0]):  # else the night does the rest
        with unit_of_work() as session:
            overwrite_later(session, project_id, subject, again[1])


def overwrite_erased() -> None:
    """Once a day: also what is large, or was in use. SQLite needs none of it."""
    if not current().is_sqlite and _has_erased_within(SINCE):
        _overwrite(written_anew.AT_NIGHT, written_anew.AT_NIGHT)


def _has_erased_within(time: dt.timedelta) -> bool:
    with reading() as session:
        return queries.has_erased_since(session, clock.now() - time)


def _overwrite(for_keys: written_anew.Care, for_rows: written_anew.Care) -> tuple[bool, float]:
    """Keys, tables, statistics, then the log. Answers whether all tables were written, and in how
    many seconds the log is to be written over once more, 0 if it is done."""
    store = keys.current().database
    with current().alone() as data, store.alone() as held:
        # Wrapped keys, too: dead rows of theirs open old ciphertext until the next rotation.
        is_done = written_anew.tables(held, [store.tables.data_keys.fullname], for_keys)
        is_done &= written_anew.tables(data, touched(), for_rows)
        again_s = written_anew.log(data)  # last: to write a table anew is written in the log
        if written_anew.server_of(held) != written_anew.server_of(data):
            again_s = max(again_s, written_anew.log(held))
    return is_done, again_s
