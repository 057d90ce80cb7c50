"""How signatures stand, by all that is known of them now; and a line in the log for each of whom it
says otherwise."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from service.foundation import job_queue
from service.foundation.db import unit_of_work
from service.persons.actions import today
from service.treaty import custody
from service.treaty.actions import codes
from service.treaty.queries import campaigns, log, paper, signers, told
from service.treaty.queries.campaigns import CampaignTold
from service.treaty.queries.log import Line
from service.treaty.queries.paper import SheetHeld
from service.treaty.queries.signers import Pair, Signer
from service.treaty.queries.told import SheetTold
from service.treaty.status import COUNTS, Standing, Status, next_line, status_of
from service.treaty.verdicts import Verdict

CHANGED = "treaty.changed"
"""The event after which everybody from this signer on is looked at again, and the log signed."""
PAGE = 500
FIRST, LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)
"""Before everybody, and after: then nobody is looked at, and the log is signed."""
Connected = signers.Connected


def settle(
    session: Connected,
    project_id: int,
    signer_pks: Collection[uuid.UUID],
    sheets: Collection[str] = (),
) -> None:
    """These, everybody on these sheets, and whoever may be one person with any of them. The caller
    holds the lock of the log."""
    core = {*signer_pks}
    core |= {one.signer_pk for one in signers.of_sheets(session, project_id, sheets)}
    beside = _legs(signers.pairs_of(session, project_id, core)) | core
    pairs = signers.pairs_of(session, project_id, beside)
    everybody = signers.these(session, project_id, _legs(pairs) | beside)
    by_itself = _by_itself(session, project_id, everybody)
    wanted = [one for one in everybody if one.signer_pk in beside]
    now = _with_pairs(by_itself, pairs)
    _write(session, project_id, {one: now[one.signer_pk] for one in wanted})


def _legs(pairs: Iterable[Pair]) -> set[uuid.UUID]:
    return {leg for one in pairs for leg in one.both}


def _by_itself(
    session: Connected, project_id: int, everybody: Collection[Signer]
) -> dict[uuid.UUID, Standing]:
    """How each would stand if nobody had signed twice."""
    numbers = {one.sheet for one in everybody if one.sheet}
    found: dict[str, list[SheetTold]] = defaultdict(list)
    for sheet in told.list_sheets(session, project_id, today(), numbers=numbers):
        found[sheet.number].append(sheet)
    issued = paper.these(session, project_id, numbers)
    campaign = campaigns.find(session, project_id)
    return {
        one.signer_pk: Standing(
            told=one.told,
            may_count=one.may_count,
            is_taken_back=one.is_taken_back,
            is_reconciled=_is_reconciled(one, found[one.sheet], issued.get(one.sheet)),
            is_of_campaign=_is_of(campaign, one, found[one.sheet] if one.sheet else ()),
        )
        for one in everybody
    }


def _is_reconciled(one: Signer, keyed: Collection[SheetTold], issued: SheetHeld | None) -> bool:
    """Where the record of a sheet was kept for long enough its signatures are still there to be
    counted, and nothing tells of the sheet: then it is as it was."""
    if not one.sheet:
        return True
    if not keyed:
        return one.logged is not None and one.logged is not Status.UNRECONCILED
    return adds_up(keyed, issued)


def adds_up(keyed: Collection[SheetTold], issued: SheetHeld | None) -> bool:
    """Of a sheet that was keyed in two records nobody knows which is right. One that was issued
    here (None: it was not) must have come back so, and have been checked."""
    if len(keyed) != 1 or not all(one.is_reconciled for one in keyed):
        return False
    [one] = keyed
    return issued is None or custody.adds_up(issued.step, issued.lines, one.declared_lines)


def _is_of(campaign: CampaignTold | None, signer: Signer, sheets: Collection[SheetTold]) -> bool:
    if campaign is None:
        return True
    is_named = all(one.campaign == campaign.code for one in sheets)
    begun = campaign.begins_on is None or signer.signed_on >= campaign.begins_on
    ended = campaign.ends_on is not None and signer.signed_on > campaign.ends_on
    return is_named and begun and not ended


def _with_pairs(
    by_itself: Mapping[uuid.UUID, Standing], pairs: Collection[Pair]
) -> dict[uuid.UUID, Status]:
    """Of two who may be one, the first counts, if it does."""
    standing = dict(by_itself)
    for pair in pairs:
        first, second = pair.both
        is_apart = pair.verdict is Verdict.DIFFERENT
        if is_apart or status_of(by_itself[first]) not in COUNTS:
            continue
        same = pair.verdict is Verdict.SAME
        standing[second] = replace(
            standing[second],
            is_double=standing[second].is_double or same,
            is_suspected=standing[second].is_suspected or not same,
        )
    return {key: status_of(one) for key, one in standing.items()}


def _write(session: Connected, project_id: int, now: Mapping[Signer, Status]) -> None:
    changed, lines = {}, []
    for one, status in now.items():
        is_told = next_line(one.logged, status)
        if is_told:
            code = codes.plain_of(project_id, one)
            lines.append(Line(code=code, number=one.lines, was=one.logged, now=status))
        if is_told or status is not one.status:
            changed[one.signer_pk] = {
                "status": status,
                "logged": status if is_told else one.logged,
                "lines": one.lines + is_told,
            }
    signers.update(session, project_id, changed)
    log.append(session, project_id, lines)


def settle_page(project_id: int, after: uuid.UUID) -> None:
    """A page of all, after something changed for everybody; the next goes to the end of the
    queue."""
    with unit_of_work() as session:
        log.lock(session, project_id)
        page = signers.page(session, project_id, after, PAGE)
        if page:
            settle(session, project_id, page)
        if len(page) == PAGE:
            settle_later(session, project_id, page[-1])


def settle_later(session: Session, project_id: int, after: uuid.UUID = FIRST) -> None:
    job_queue.enqueue(session, project_id=project_id, event=CHANGED, subject=after)
