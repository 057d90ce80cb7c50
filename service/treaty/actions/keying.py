"""Sheets are keyed by two people, the second blind to what the first keyed; where they differ,
people decide; then the sheet is a record as a phone would have sent it.

What was keyed lies sealed until then, and its keys go with it. A kill between the record and the
last step leaves the step to be made again: the record has an ID that follows from what was keyed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries.actors import SYSTEM_ID
from service.facts import places
from service.facts.circumstances import PHNOM_PENH
from service.forms import queries as forms
from service.forms.schema import FormSchema
from service.foundation import clock, ids, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    ALREADY_EXISTS,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)
from service.foundation.sealing import DataClass, Place, Unsealable, seal, unseal
from service.intake.actions import by_program
from service.intake.actions.accepting import AtOnce
from service.intake.actions.reception import Reception
from service.intake.envelope import PAPER, Envelope
from service.treaty import keying, sheet_record
from service.treaty.actions import papering
from service.treaty.custody import Step
from service.treaty.keying import Difference, Keyed
from service.treaty.queries import keying as queries
from service.treaty.queries import paper
from service.treaty.queries.keying import Sealed
from service.treaty.queries.paper import SheetHeld
from service.treaty.sheet_record import Head

SHOWN = 50
"""Sheets on the page at once."""
WAITING = (Step.RETURNED, Step.KEYED, Step.KEYED_AGAIN)
FIRST, SECOND, DECIDED = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A sheet, and whether this person may go on with it."""

    sheet: SheetHeld
    is_mine: bool
    """Somebody else has to: this person keyed it first."""


def waiting(session: Session, actor: Actor, project_id: int) -> list[Waiting]:
    """Sheets that came back and are no record yet."""
    policy.demand(actor, Act.TREATY_KEY, project_id=project_id)
    sheets = paper.page(session, project_id, WAITING, 0, SHOWN)
    by = queries.keyers(session, project_id, [one.number for one in sheets])
    return [Waiting(sheet=one, is_mine=by.get((one.number, FIRST)) == actor.id) for one in sheets]


def get(session: Session, actor: Actor, project_id: int, number: str) -> SheetHeld:
    """A sheet that this person may key or decide on. Raises NOT_FOUND, and INVALID_PARAMETER for
    who keyed it first: the second is to be somebody else."""
    policy.demand(actor, Act.TREATY_KEY, project_id=project_id)
    sheet = paper.find(session, project_id, number)
    if sheet is None or sheet.step not in WAITING:
        raise Problem(NOT_FOUND)
    if queries.keyers(session, project_id, [number]).get((number, FIRST)) == actor.id:
        raise Problem(INVALID_PARAMETER, name="sheet", reason="somebody else keys it now")
    return sheet


def key(session: Session, actor: Actor, project_id: int, number: str, keyed: Keyed) -> Step:
    """Keep what this person keyed, as the first or the second. Raises as `get`, and
    INVALID_PARAMETER where it was keyed twice meanwhile."""
    is_first = get(session, actor, project_id, number).step is Step.RETURNED
    to = Step.KEYED if is_first else Step.KEYED_AGAIN
    sheet = papering.get(session, project_id, number, to)
    _keep(session, actor, project_id, number, FIRST if is_first else SECOND, keyed)
    papering.step(session, actor, project_id, sheet, to, Act.TREATY_KEY)
    return to


def differing(session: Session, actor: Actor, project_id: int, number: str) -> list[Difference]:
    """Where both keyed otherwise, and nothing else of it. Raises as `get`."""
    get(session, actor, project_id, number)
    first, second = _both(session, project_id, number)
    return keying.differences(first, second)


def decide(
    session: Session, actor: Actor, project_id: int, number: str, said: dict[str, str]
) -> None:
    """What stands on the paper, for each difference. Raises as `get`, and INVALID_PARAMETER where
    something was left out, or the lines are not as many as came back."""
    sheet = get(session, actor, project_id, number)
    papering.get(session, project_id, number, Step.CHECKED)
    first, second = _both(session, project_id, number)
    made = keying.decided(first, second, said)
    if made is None or keying.fault(made, sheet.lines or 0):
        raise Problem(INVALID_PARAMETER, name="sheet", reason="every difference, as on the paper")
    if DECIDED not in {one.turn for one in queries.of_sheet(session, project_id, number)}:
        _keep(session, actor, project_id, number, DECIDED, made)


def finish(actor: Actor, project_id: int, number: str, blobs: LocalBlobs, at_once: AtOnce) -> bool:
    """The sheet becomes a record, if both said the same or people decided. Answers whether."""
    with reading() as session:
        sheet = get(session, actor, project_id, number)
        held = queries.of_sheet(session, project_id, number)
        keyed = _agreed(project_id, held)
        schema = _form(session, project_id) if keyed else None
    if keyed is None or schema is None:
        return False
    parts = ("treaty sheet", project_id, number, held[0].keying_pk)
    instance_id = uuid.UUID(bytes=keys.current().stand_in(*parts), version=4)
    xml = sheet_record.make(schema, _head(sheet), keyed, instance_id)
    envelope = Envelope(xml=xml, channel=PAPER, received_at=clock.now())
    try:
        by_program.add(Reception(actor, project_id, blobs), envelope, schema.form_id, at_once)
    except Problem as problem:
        if problem.kind is not ALREADY_EXISTS:  # a kill: it is there, the step is not
            raise
    with unit_of_work() as session:
        sheet = papering.get(session, project_id, number, Step.CHECKED)
        papering.forget(session, project_id, number)
        papering.step(session, actor, project_id, sheet, Step.CHECKED, Act.TREATY_KEY)
    return True


def is_form_there(session: Session, project_id: int) -> bool:
    """Whether a published form takes sheets in."""
    try:
        return _form(session, project_id) is not None
    except Problem:
        return False


def _form(session: Session, project_id: int) -> FormSchema:
    offered = forms.list_open_forms(session, project_id)
    for schema in forms.schemas_of(session, offered).values():
        if sheet_record.takes_sheets(schema):
            return schema
    reason = "publish the form for sheets of the treaty first"
    raise Problem(INVALID_PARAMETER, name="form", reason=reason)


def _head(sheet: SheetHeld) -> Head:
    return Head(
        number=sheet.number,
        campaign=sheet.campaign,
        statement=sheet.statement,
        signed_on=sheet.signed_on.isoformat() if sheet.signed_on else "",
        commune=sheet.commune,
        holder=sheet.holder,
        keyed_on=clock.now().astimezone(PHNOM_PENH).date().isoformat(),
    )


def villages_of(sheet: SheetHeld) -> tuple[places.Place, ...]:
    return places.load().children(sheet.commune)


# --- sealed -------------------------------------------------------------------------------------
def _keep(
    session: Session, actor: Actor, project_id: int, number: str, turn: int, keyed: Keyed
) -> None:
    key, keying_pk = keys.current().take(project_id), ids.new_uuid()
    sealed = Sealed(
        keying_pk=keying_pk,
        number=number,
        turn=turn,
        by_id=actor.id or SYSTEM_ID,
        at=clock.now(),
        key_pk=key.key_pk,
        sealed=seal(key, _place(project_id, keying_pk), keyed.dump()),
    )
    queries.insert(session, project_id, sealed)


def opened(project_id: int, one: Sealed) -> Keyed:
    """Raises NOT_FOUND where its key is gone, Unsealable."""
    key = keys.current().find(project_id, one.key_pk)
    if key is None:
        raise Problem(NOT_FOUND)
    try:
        return keying.load(unseal(key, _place(project_id, one.keying_pk), one.sealed))
    except Unsealable:
        keys.unsealable(sheet=one.number)
        raise


def _place(project_id: int, keying_pk: uuid.UUID) -> Place:
    return Place(
        project_id=project_id, record=keying_pk, data_class=DataClass.IDENTITY, field="sheet"
    )


def _both(session: Session, project_id: int, number: str) -> tuple[Keyed, Keyed]:
    held = {one.turn: one for one in queries.of_sheet(session, project_id, number)}
    if not held.keys() >= {FIRST, SECOND}:
        raise Problem(NOT_FOUND)
    return opened(project_id, held[FIRST]), opened(project_id, held[SECOND])


def _agreed(project_id: int, held: list[Sealed]) -> Keyed | None:
    by_turn = {one.turn: opened(project_id, one) for one in held}
    if DECIDED in by_turn:
        return by_turn[DECIDED]
    if not by_turn.keys() >= {FIRST, SECOND}:
        return None
    first, second = by_turn[FIRST], by_turn[SECOND]
    return None if keying.differences(first, second) else first
