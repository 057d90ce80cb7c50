"""What PostgreSQL keeps of erased rows in its tables is overwritten in the night after."""

from __future__ import annotations

import datetime as dt

from service.consent import queries
from service.foundation import clock
from service.foundation.db import current, reading

SINCE = dt.timedelta(days=2)
"""Two nights: a table that somebody worked with in the first has another."""
TOUCHED = (
    "submissions",
    "submission_xml",
    "attachments",
    "prepared_files",
    "quarantined",
    "quarantined_files",
    "households",
    "consents",
    "persons",
    "needs",
    "signatures",
    "person_mentions",
    "person_keys",
    "person_pairs",
    "entities",
    "entity_versions",
    "entity_arrivals",
    "entity_awaited",
)


def overwrite_erased() -> list[str]:
    """Once a day; answers which tables were written anew. SQLite needs none of it."""
    if current().is_sqlite:
        return []
    with reading() as session:
        if not queries.has_erased_since(session, clock.now() - SINCE):
            return []
    return current().write_anew(TOUCHED)
