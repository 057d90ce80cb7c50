"""Asking for a move: from a server, or from an export file that comes along afterwards.

A file is always looked at first. It follows the question for it, so that whoever has just shown a
fresh code does not send a large file in vain.
"""

from __future__ import annotations

import uuid
from typing import Any

import orjson
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock, ids, keys
from service.foundation.db import reading, unit_of_work
from service.foundation.outgoing import Rules, look_at
from service.foundation.problems import FORM_UNKNOWN, INVALID_PARAMETER, NOT_FOUND, Problem
from service.foundation.sealing import DataClass, seal
from service.foundation.sealing import Place as SealedAt
from service.moving import places
from service.moving.actions import uploads
from service.moving.actions.reaching import Secret
from service.moving.actions.walking import START
from service.moving.casualties.mapping import Reading
from service.moving.queries import here
from service.moving.queries import runs as queries
from service.moving.queries.runs import Run
from service.moving.states import State


def ask(
    actor: Actor,
    project_id: int,
    place: places.Place,
    secret: Secret,
    rules: Rules,
    *,
    is_dry: bool,
) -> uuid.UUID:
    """Let a move be made, or be told what it would do. The address is looked at before anything is
    written: names are looked up for as long as their servers like. Raises INVALID_PARAMETER,
    SOURCE_ADDRESS."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    if place.kind not in places.KINDS:
        raise Problem(INVALID_PARAMETER, name="kind", reason=", ".join(places.KINDS))
    if not secret.token and not (place.kind == "central" and secret.email and secret.password):
        raise Problem(INVALID_PARAMETER, name="token", reason="something must open the server")
    is_number = place.project.isascii() and place.project.isdigit()
    if place.kind == "central" and not is_number:
        raise Problem(INVALID_PARAMETER, name="of_project", reason="a number")
    look_at(place.address, rules)
    run_pk, secret_key = ids.new_uuid(), keys.current().take(project_id)
    opens = {"token": secret.token, "email": secret.email, "password": secret.password}
    with unit_of_work() as session:
        _insert(
            session,
            actor,
            project_id,
            run_pk,
            place,
            is_dry=is_dry,
            secret=seal(secret_key, secret_place(project_id, run_pk), orjson.dumps(opens)),
            secret_key_pk=secret_key.key_pk,
        )
    return run_pk


def ask_for_file(
    actor: Actor, project_id: int, kind: str, target: str, mapping: Reading | None = None
) -> uuid.UUID:
    """A move from an export file that is still to come. `target`: the form or the list that it is
    of. `mapping`: how one of casualties is to be read. Raises FORM_UNKNOWN, INVALID_PARAMETER."""
    policy.demand(actor, Act.MOVE_IN, project_id)
    if kind not in places.FILE_KINDS or not 0 < len(target) <= places.MOST_TARGET:
        raise Problem(INVALID_PARAMETER, name="of", reason="a form or a list")
    run_pk = ids.new_uuid()
    with unit_of_work() as session:
        if kind == places.RECORDS and here.find_form(session, project_id, target) is None:
            raise Problem(FORM_UNKNOWN, form_id=target)
        place = places.Place(kind=kind, address="", form_ids=(target,))
        told = {"mapping": mapping.to_keep()} if mapping else {}
        _insert(session, actor, project_id, run_pk, place, is_dry=True, state=State.WAITING, **told)
    return run_pk


def demand_waiting(actor: Actor, project_id: int, run_pk: uuid.UUID) -> None:
    """Before its file is read: the move waits for one, of this very person. Raises NOT_FOUND."""
    policy.demand(actor, Act.MOVES_LIST, project_id)
    with reading() as session:
        run = queries.get_run(session, project_id, run_pk)
    if run.asked_by != actor.id or run.state is not State.WAITING:
        raise Problem(NOT_FOUND)


def bring_file(actor: Actor, project_id: int, run_pk: uuid.UUID) -> uuid.UUID | None:
    """Bring in earnest what was looked at: its file goes over to a new move. None where the file
    is gone. Raises NOT_FOUND."""
    return _hand_over(actor, project_id, run_pk, None)


def look_again(
    actor: Actor, project_id: int, run_pk: uuid.UUID, mapping: Reading
) -> uuid.UUID | None:
    """Look once more at a file of casualties, read in another way. As `bring_file`."""
    return _hand_over(actor, project_id, run_pk, mapping)


def _hand_over(
    actor: Actor, project_id: int, run_pk: uuid.UUID, mapping: Reading | None
) -> uuid.UUID | None:
    policy.demand(actor, Act.MOVE_IN, project_id)
    new_pk = ids.new_uuid()
    with unit_of_work() as session:
        looked = queries.get_run(session, project_id, run_pk)
        if mapping is not None and looked.kind != places.CASUALTIES:
            return None
        columns = uploads.handed_over(looked, new_pk) if looked.state is State.DONE else None
        if columns is None or not queries.take_file(session, looked):
            return None
        place = places.Place(kind=looked.kind, address="", form_ids=tuple(looked.form_ids))
        columns["mapping"] = mapping.to_keep() if mapping else looked.mapping
        is_dry = mapping is not None
        _insert(session, actor, project_id, new_pk, place, is_dry=is_dry, **columns)
    return new_pk


def secret_place(project_id: int, run_pk: uuid.UUID) -> SealedAt:
    return SealedAt(
        project_id=project_id, record=run_pk, data_class=DataClass.SECRET, field="moving"
    )


def note(
    session: Session,
    project_id: int,
    actor_id: int | None,
    action: str,
    run_pk: uuid.UUID,
    **details: object,
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor_id,
        action=action,
        subject=run_pk,
        **details,
    )


def _insert(
    session: Session,
    actor: Actor,
    project_id: int,
    run_pk: uuid.UUID,
    place: places.Place,
    *,
    is_dry: bool,
    **more: Any,
) -> None:
    row = {
        "project_id": project_id,
        "run_pk": run_pk,
        "kind": place.kind,
        "address": place.address[:500],
        "of_project": place.project[:64],
        "form_ids": list(place.form_ids),
        "is_dry": is_dry,
        "state": State.QUEUED,
        "asked_by": actor.person_id,
        "asked_at": clock.now(),
        "mark": dict(START.as_json()),
        "counts": {},
        "key_pk": keys.current().take(project_id).key_pk,
    }
    queries.insert_run(session, {**row, **more})
    note(session, project_id, actor.id, Act.MOVE_IN, run_pk, kind=place.kind, dry=is_dry)


def get_told(session: Session, actor: Actor, project_id: int, run_pk: uuid.UUID) -> Run:
    """Raises NOT_FOUND."""
    policy.demand(actor, Act.MOVES_LIST, project_id)
    return queries.get_run(session, project_id, run_pk)
