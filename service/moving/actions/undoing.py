"""What an import of casualties brought, taken back into the trash: a page at a time, it goes on
after a kill, and each record can be restored for as long as the trash keeps it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.moving import places
from service.moving.actions.door import Door
from service.moving.actions.walking import ALL, Mark, Step
from service.moving.casualties.form import FORM_ID
from service.moving.plan import Row, Verdict, What, Why
from service.moving.queries import batches
from service.moving.queries import runs as queries
from service.moving.queries.runs import Run
from service.moving.states import OPEN, State
from service.review.actions import removing_many
from service.review.removing import Why as Reason

AT_ONCE = 100
STAGE = 1


def ask(actor: Actor, project_id: int, run_pk: uuid.UUID) -> uuid.UUID | None:
    """Let all that an import brought, and nobody changed since, be removed. None where it is no
    import, or goes on still. Raises NOT_FOUND."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    with unit_of_work() as session:
        run = queries.get_run(session, project_id, run_pk)
        if run.kind != places.CASUALTIES or run.is_dry or run.state in OPEN:
            return None
        new_pk = ids.new_uuid()
        queries.insert_run(
            session,
            {
                "project_id": project_id,
                "run_pk": new_pk,
                "kind": places.UNDONE,
                "address": "",
                "of_project": run_pk.hex,
                "form_ids": list(run.form_ids),
                "is_dry": False,
                "state": State.QUEUED,
                "asked_by": actor.person_id,
                "asked_at": clock.now(),
                "mark": dict(Mark(stage=STAGE).as_json()),
                "counts": {},
                "key_pk": keys.current().take(project_id).key_pk,
            },
        )
        audit.record(
            session,
            project_id=project_id,
            actor_id=actor.id,
            action=Act.MOVE_IN,
            subject=new_pk,
            kind=places.UNDONE,
            dry=False,
        )
    return new_pk


def steps(door: Door, run: Run, start: Mark) -> Iterator[Step]:
    yield from remove(door, run.of_project, start)


def remove(door: Door, batch: str, start: Mark | None = None) -> Iterator[Step]:
    """`batch`: the import, as its records name it."""
    after = uuid.UUID(start.after) if start and len(start.after) > 1 else None
    while True:
        with reading() as session:
            found = batches.list_of(session, door.project_id, batch, after, AT_ONCE)
        with unit_of_work() as session:
            keys = [one.submission_pk for one in found]
            removed = set(
                removing_many.remove_untouched(
                    session, door.actor, door.project_id, keys, Reason.MISTAKE
                )
            )
        door.demand_room(0)
        after = found[-1].submission_pk if found else None
        is_last = len(found) < AT_ONCE
        yield Step(
            rows=[_row(one.instance_id) for one in found if one.submission_pk in removed],
            mark=Mark(stage=STAGE, after=ALL if is_last or after is None else str(after)),
        )
        if is_last:
            return


def _row(instance_id: str) -> Row:
    return Row(
        what=What.RECORD,
        form_id=FORM_ID,
        name=instance_id,
        verdict=Verdict.REMOVED,
        why=Why.NOTHING,
    )
