"""An instance that was taken back arrives again: it is answered, and nothing of it is kept."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from service.foundation import audit, clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.insert_together import Rows
from service.intake.actions.receipts import Receipt, reproject
from service.intake.edit_rules import Outcome
from service.intake.instance import Instance
from service.intake.queries import erasing as queries
from service.intake.queries.receiving import instance_digest

RESENT = "submission.resent_after_erasure"
EDITED = "submission.receive_erased"


def turn_away(
    connection: sa.Connection,
    *,
    project_id: int,
    form_pk: int,
    actor_id: int | None,
    instance: Instance,
    erased: uuid.UUID | None,
) -> Receipt:
    """Keep nothing. An edit of an erased record, which nobody has seen before (`erased` is None),
    is erased with it: its place is taken, so that what edits it is known too."""
    if erased is None:
        key = ids.new_uuid()
        entry = audit.entry(project_id=project_id, actor_id=actor_id, action=EDITED, subject=key)
        row = _tombstone(project_id, form_pk, key, instance.instance_id)
        queries.insert_tombstone.run(connection, Rows(each=[row, entry]))
        for waiting in queries.waiting_for(connection, project_id, form_pk, instance.instance_id):
            reproject(connection, project_id, waiting)
    else:
        audit.record(
            connection, project_id=project_id, actor_id=actor_id, action=RESENT, subject=erased
        )
    return Receipt(outcome=Outcome.ERASED.value, adds=False)


def _tombstone(
    project_id: int, form_pk: int, key: uuid.UUID, instance_id: str
) -> dict[str, object]:
    now = clock.now()
    return {
        "project_id": project_id,
        "submission_pk": key,
        "form_pk": form_pk,
        "record_pk": key,
        "instance_digest": instance_digest(project_id, form_pk, instance_id),
        "received_at": now,
        **queries.tombstone(now),
    }


def key_instances(project_ids: list[int]) -> int:
    """Give what an earlier release stored its stand-ins. Once, page by page; killed, it goes on.
    The server must not run meanwhile."""
    done = 0
    for project_id in project_ids:
        with reading() as session:
            if queries.is_all_keyed(session, project_id):
                continue
        keys.current().prepare()
        while True:
            with unit_of_work() as session:
                page = queries.plain_page(session, project_id)
                if page:
                    queries.set_digests(session, project_id, page)
            done += len(page)
            if not page:
                break
    return done
