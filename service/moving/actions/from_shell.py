"""Moves that somebody makes at the host's shell: the log tells of them as of those of the page."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, ids
from service.foundation.db import unit_of_work
from service.moving.states import State


@contextlib.contextmanager
def noted(actor: Actor, project_id: int, kind: str, *, is_dry: bool) -> Iterator[uuid.UUID]:
    """Before anything is asked for: what cannot be written down is not begun. A process that is
    killed leaves the beginning alone. Answers by which number the log knows it."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    run_pk = ids.new_uuid()

    def note(action: str, **details: object) -> None:
        with unit_of_work() as session:
            audit.record(
                session,
                project_id=project_id,
                actor_id=actor.id,
                action=action,
                subject=run_pk,
                **details,
            )

    note(Act.MOVE_IN, kind=kind, dry=is_dry)
    state = State.FAILED
    try:
        yield run_pk
        state = State.DONE
    finally:
        note("moving.end", state=state.value)
