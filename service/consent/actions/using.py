"""What records were used in, as far as this installation knows: told to whoever takes them back,
and on the page of whoever told. A room that uses what people tell leaves an entry of the log that
names the record (a version of it), and is told of here."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from service.consent import queries
from service.entities.queries import erasing as entities
from service.facts import queries as fact_queries
from service.facts.circumstances import PHNOM_PENH
from service.foundation import clock
from service.foundation.db import reading
from service.intake.queries import erasing as intake


def uses_of(project_id: int, record_pks: Collection[uuid.UUID]) -> dict[str, Any]:
    """What the records were used in, as far as this installation knows."""
    today = clock.now().astimezone(PHNOM_PENH).date()
    with reading() as session:
        connection = session.connection()
        rows = intake.list_hanging(connection, project_id, record_pks, lock=False)
        if not rows:
            return {}
        counted = fact_queries.what_is_counted(
            connection, [(project_id, row.submission_pk) for row in rows], today
        )
        since = min(row.received_at for row in rows)
        given = entities.lists_of(connection, project_id, record_pks)
        traces = queries.Traces(
            subjects={str(row.submission_pk) for row in rows},
            instance_ids={row.instance_id for row in rows},
            list_pks=given,
            form_pks={row.form_pk for row in rows},
        )
        acts = queries.past_acts(connection, project_id, traces, since)
    return {"counted": counted, "acts": acts}
