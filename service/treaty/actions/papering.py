"""Sheets are printed and given out, come back, and are keyed: each step with who and when."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.accounts.queries.actors import SYSTEM_ID
from service.facts import places
from service.foundation import audit, clock, ids, keys
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today
from service.treaty import custody
from service.treaty.actions import codes, settling
from service.treaty.custody import AFTER, Step
from service.treaty.paper import Printed, Text
from service.treaty.queries import campaigns, keying, log, told
from service.treaty.queries import paper as queries
from service.treaty.queries.campaigns import CampaignTold, StatementTold
from service.treaty.queries.paper import SheetHeld, StepTold

COMMUNE = 6
"""Digits of its code."""


def issue(
    session: Session, actor: Actor, project_id: int, *, count: int, rows: int, holder: str
) -> uuid.UUID:
    """A batch of numbered sheets with the newest text, for somebody who collects. Answers its key.
    Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    if not (1 <= count <= custody.MOST_SHEETS and 1 <= rows <= custody.MOST_LINES):
        reason = f"1 to {custody.MOST_SHEETS} sheets, of 1 to {custody.MOST_LINES} lines"
        raise Problem(INVALID_PARAMETER, name="count", reason=reason)
    if not custody.is_code(holder):
        reason = "a code of letters, digits, - and _; never a name"
        raise Problem(INVALID_PARAMETER, name="holder", reason=reason)
    campaign, statement = _campaign(session, project_id)
    log.lock(session, project_id)
    batch_pk, serial = ids.new_uuid(), queries.last_serial(session, project_id)
    sheets = [
        SheetHeld(
            number=custody.number_of(campaign.code, serial + at),
            serial=serial + at,
            batch_pk=batch_pk,
            rows=rows,
            campaign=campaign.code,
            statement=statement.version,
            holder=holder,
            step=Step.ISSUED,
            lines=None,
            signed_on=None,
            commune="",
        )
        for at in range(1, count + 1)
    ]
    queries.insert(session, project_id, sheets)
    queries.add_steps(session, project_id, [_step(one, actor) for one in sheets])
    _record(
        session,
        actor,
        project_id,
        Act.TREATY_MANAGE,
        batch_pk,
        what="issued",
        sheets=count,
        holder=holder,
    )
    return batch_pk


def _campaign(session: Session, project_id: int) -> tuple[CampaignTold, StatementTold]:
    campaign = campaigns.find(session, project_id)
    statement = next(iter(campaigns.list_statements(session, project_id)), None)
    if campaign is None or statement is None or not custody.is_code(campaign.code):
        reason = "the campaign needs a text, and a code of up to 24 letters, digits, - and _"
        raise Problem(INVALID_PARAMETER, name="campaign", reason=reason)
    return campaign, statement


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """What is printed of a batch: drawn by whoever asked, once the entry is written."""

    text: Text
    printed: Sequence[Printed]


def print_batch(session: Session, actor: Actor, project_id: int, batch_pk: uuid.UUID) -> Sheets:
    """For `paper.make`, outside this transaction: many sheets take seconds. Each time is an entry:
    whoever has them has the codes of all stubs. Raises NOT_FOUND."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    sheets = queries.of_batch(session, project_id, batch_pk)
    if not sheets:
        raise Problem(NOT_FOUND)
    campaign, _ = _campaign(session, project_id)
    texts = {one.version: one for one in campaigns.list_statements(session, project_id)}
    _record(
        session, actor, project_id, Act.TREATY_MANAGE, batch_pk, what="printed", sheets=len(sheets)
    )
    printed = [
        Printed(
            number=one.number,
            codes=[codes.of_stub(project_id, one.number, at + 1) for at in range(one.rows)],
        )
        for one in sheets
    ]
    said = texts[sheets[0].statement]
    text = Text(
        title={"en": campaign.title_en, "km": campaign.title_km},
        version=said.version,
        statement={"km": said.km, "en": said.en},
        hands_over=said.hands_over,
    )
    return Sheets(text=text, printed=printed)


def give_back(
    session: Session,
    actor: Actor,
    project_id: int,
    number: str,
    *,
    lines: int,
    signed_on: dt.date,
    commune: str,
) -> None:
    """A sheet came back with so many filled lines, counted by hand. What was keyed of it before
    goes: it was counted wrongly. Raises INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    sheet = get(session, project_id, number, Step.RETURNED)
    if not 1 <= lines <= sheet.rows:
        raise Problem(INVALID_PARAMETER, name="lines", reason=f"1 to {sheet.rows}")
    if signed_on > today():
        raise Problem(INVALID_PARAMETER, name="signed_on", reason="a day that was")
    if len(places.load().ancestors(commune)) != COMMUNE // 2:
        raise Problem(INVALID_PARAMETER, name="commune", reason="the code of a commune, 6 digits")
    now = replace(sheet, lines=lines, signed_on=signed_on, commune=commune)
    forget(session, project_id, number)
    step(session, actor, project_id, now, Step.RETURNED, Act.TREATY_MANAGE)


def lose(session: Session, actor: Actor, project_id: int, number: str) -> None:
    """A sheet that nobody finds. Raises INVALID_PARAMETER, NOT_FOUND."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    sheet = get(session, project_id, number, Step.LOST)
    forget(session, project_id, number)
    step(session, actor, project_id, sheet, Step.LOST, Act.TREATY_MANAGE)


def check(session: Session, actor: Actor, project_id: int, number: str) -> None:
    """Somebody compared a sheet that a phone keyed with its paper. Raises INVALID_PARAMETER where
    no record tells of as many lines as came back, NOT_FOUND."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    sheet = get(session, project_id, number, Step.CHECKED)
    keyed = told.list_sheets(session, project_id, today(), numbers=[number])
    if len(keyed) != 1 or keyed[0].declared_lines != sheet.lines or sheet.step is not Step.RETURNED:
        reason = "a phone keyed it, once, with as many lines as came back"
        raise Problem(INVALID_PARAMETER, name="number", reason=reason)
    step(session, actor, project_id, sheet, Step.CHECKED, Act.TREATY_MANAGE)


def forget(session: Session, project_id: int, number: str) -> None:
    """What was keyed of a sheet. Its keys are destroyed once that is committed: then no copy of the
    database opens it."""
    gone = keying.delete(session, project_id, number)
    if gone:

        def destroy(_session: Session) -> None:
            keys.current().destroy(project_id, gone)

        sa.event.listen(session, "after_commit", destroy, once=True)


def get(session: Session, project_id: int, number: str, to: Step) -> SheetHeld:
    """A sheet that may go on to this step; the log is locked meanwhile, so that nobody else moves
    it. Raises INVALID_PARAMETER, NOT_FOUND."""
    log.lock(session, project_id)
    sheet = queries.find(session, project_id, number)
    if sheet is None:
        raise Problem(NOT_FOUND)
    if to not in AFTER[sheet.step]:
        raise Problem(INVALID_PARAMETER, name="number", reason=f"it is {sheet.step.value}")
    return sheet


def step(
    session: Session,
    actor: Actor,
    project_id: int,
    sheet: SheetHeld,
    to: Step,
    act: Act,
) -> None:
    """Write it down, and look again at whoever signed on it."""
    now = replace(sheet, step=to)
    columns = {name: getattr(now, name) for name in ("step", "lines", "signed_on", "commune")}
    queries.put(session, project_id, now.number, columns)
    queries.add_steps(session, project_id, [_step(now, actor)])
    settling.settle(session, project_id, [], [now.number])
    settling.settle_later(session, project_id, settling.LAST)
    what = f"sheet_{to.value}"
    _record(session, actor, project_id, act, now.number, what=what, lines=now.lines)


def _step(sheet: SheetHeld, actor: Actor) -> StepTold:
    return StepTold(
        number=sheet.number,
        step=sheet.step,
        at=clock.now(),
        by_id=actor.id or SYSTEM_ID,
        holder=sheet.holder,
        lines=sheet.lines,
    )


def list_sheets(
    session: Session, actor: Actor, project_id: int, steps: Collection[Step], after: int, limit: int
) -> tuple[list[SheetHeld], Mapping[str, list[StepTold]]]:
    """A page of sheets, and what each went through."""
    policy.demand(actor, Act.TREATY_READ, project_id=project_id)
    sheets = queries.page(session, project_id, steps, after, limit)
    return sheets, queries.steps_of(session, project_id, [one.number for one in sheets])


def _record(
    session: Session, actor: Actor, project_id: int, act: Act, subject: object, **details: Any
) -> None:
    audit.record(
        session, project_id=project_id, actor_id=actor.id, action=act, subject=subject, **details
    )
