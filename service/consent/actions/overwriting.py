"""What PostgreSQL keeps of erased rows and of destroyed keys is overwritten in the night after."""

from __future__ import annotations

import datetime as dt

from service.consent import queries
from service.foundation import clock, keys, written_anew
from service.foundation.db import Base, current, reading

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


def overwrite_erased() -> list[str]:
    """Once a day; answers which tables were written anew. SQLite needs none of it."""
    if current().is_sqlite:
        return []
    with reading() as session:
        if not queries.has_erased_since(session, clock.now() - SINCE):
            return []
    store = keys.current().database
    with current().alone() as data, store.alone() as held:
        # Wrapped keys, too: dead rows of theirs open old ciphertext until the next rotation.
        written_anew.tables(held, [store.tables.data_keys.fullname])
        written = written_anew.tables(data, touched())
        written_anew.log(data)  # last: to write a table anew is written in the log
        if written_anew.server_of(held) != written_anew.server_of(data):
            written_anew.log(held)
    return written
