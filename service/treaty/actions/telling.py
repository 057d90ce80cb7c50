"""What anybody may know of the treaty: numbers, the log, and whether a code is in it. Nobody is
asked who they are."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.disclosure.rules import NESTED, Audience
from service.disclosure.safe_table import ALL, Counted, Key, RawTable, SafeTable
from service.disclosure.suppress import protect
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, Problem
from service.persons.actions import today
from service.treaty import heads, merkle, receipts
from service.treaty.actions import checking, settling
from service.treaty.actions.checking import HowSure
from service.treaty.heads import Head
from service.treaty.queries import campaigns, checks, log, oddities, paper, signers, told
from service.treaty.queries.campaigns import CampaignTold, Reported, StatementTold
from service.treaty.queries.log import Found
from service.treaty.queries.told import SheetTold
from service.treaty.status import Status

TITLE = {"en": "People’s Treaty signatures", "km": "ហត្ថលេខាលើសន្ធិសញ្ញាប្រជាជន"}
NONE = Head(size=0, root=merkle.EMPTY, at=dt.datetime.min.replace(tzinfo=dt.UTC), signature=b"")


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What the public page says. Every number is that of the newest signed head."""

    campaign: CampaignTold | None
    statement: StatementTold | None
    """The newest version of the text."""
    counts: dict[str, int]
    """Status -> signatures; those that nobody has are there with 0."""
    stand_out: int
    """Of the valid, now: those that rules noticed and nobody has looked at (`oddities`)."""
    by_province: SafeTable
    reconciled: int
    unreconciled: int
    reported: list[Reported]
    how_sure: HowSure | None
    """Of the last sample that was looked at whole."""
    head: Head | None
    """None: nobody has signed yet."""


def tally(session: Session, project_id: int) -> Tally:
    """Raises NOT_FOUND where there is neither a campaign nor a signature."""
    accounts.get_project(session, project_id)
    campaign = campaigns.find(session, project_id)
    head = log.newest_head(session, project_id)
    if campaign is None and head is None:
        raise Problem(NOT_FOUND)
    counts = log.counts_of(session, project_id, head.size) if head else {}
    by_number = keyed(session, project_id)
    issued = paper.these(session, project_id, by_number)
    reconciled = {one for one in by_number if settling.adds_up(by_number[one], issued.get(one))}
    return Tally(
        campaign=campaign,
        statement=next(iter(campaigns.list_statements(session, project_id)), None),
        counts={status.value: counts.get(status.value, 0) for status in Status},
        stand_out=oddities.count_open(session, project_id),
        by_province=_by_province(session, project_id, head.size if head else 0),
        reconciled=len(reconciled),
        unreconciled=len(by_number) - len(reconciled),
        reported=campaigns.list_reported(session, project_id),
        how_sure=_how_sure(session, project_id),
        head=head,
    )


def tally_or_none(session: Session, project_id: int) -> Tally | None:
    """For the office, before there is anything to tell."""
    try:
        return tally(session, project_id)
    except Problem as problem:
        if problem.kind is not NOT_FOUND:
            raise
        return None


def keyed(session: Session, project_id: int) -> dict[str, list[SheetTold]]:
    """Number -> what records tell of it."""
    found: dict[str, list[SheetTold]] = defaultdict(list)
    for one in told.list_sheets(session, project_id, today()):
        found[one.number].append(one)
    return found


def _by_province(session: Session, project_id: int, size: int) -> SafeTable:
    counted: dict[str, int] = {}
    for place, n in signers.by_place(session, project_id, Status.VALID).items():
        province = place[:2] if place else "unknown"
        counted[province] = counted.get(province, 0) + n
    return _protected(tuple(sorted(counted.items())))


def _how_sure(session: Session, project_id: int) -> HowSure | None:
    check = checks.newest(session, project_id)
    if check is None or check.left:
        return None
    key = (project_id, check.check_pk)
    if key not in _sure:  # once: a sample that is whole never changes
        _sure[key] = checking.how_sure(check)
    return _sure[key]


_sure: dict[tuple[int, uuid.UUID], HowSure | None] = {}


@functools.lru_cache(maxsize=64)
def _protected(counted: tuple[tuple[str, int], ...]) -> SafeTable:
    """Kept: the page is asked for by anybody, as often as anybody likes."""
    cells: dict[Key, Counted] = {(code,): Counted(persons=n) for code, n in counted if n}
    total = sum(n for _, n in counted)
    if total:
        cells[ALL,] = Counted(persons=total)
    table = RawTable(
        indicator="I49",
        unit="signatures",
        by=("province",),
        cells=cells,
        nested=NESTED,
        title=TITLE,
    )
    return protect(table, Audience.PUBLIC)


# --- the log ------------------------------------------------------------------------------------
def newest(session: Session, project_id: int) -> Head:
    accounts.get_project(session, project_id)
    return log.newest_head(session, project_id) or NONE


def consistency(session: Session, project_id: int, first: int, second: int) -> list[bytes]:
    """What shows that the first `second` lines begin with the first `first`. Raises
    INVALID_PARAMETER for a tree that there is not."""
    size = newest(session, project_id).size
    if not 0 < first <= second <= size:
        raise Problem(INVALID_PARAMETER, name="from", reason=f"0 < from <= to <= {size}")
    return log.tree(session, project_id, second, first).consistency(first)


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where a code stands in the log."""

    leaf: bytes
    index: int
    size: int
    proof: list[bytes]
    root: bytes
    history: list[Found]
    """The line, and each later one about the same signature."""


def receipt(session: Session, project_id: int, typed: str) -> Receipt | None:
    """None where the log does not hold the code yet, or never will. Raises INVALID_PARAMETER for
    what is no code."""
    code = receipts.plain(typed)
    if code is None:
        raise Problem(INVALID_PARAMETER, name="code", reason="16 letters and digits, as printed")
    head = newest(session, project_id)
    found = [one for one in log.find(session, project_id, code) if one.place < head.size]
    if not found:
        return None
    tree = log.tree(session, project_id, head.size, found[0].place)
    return Receipt(
        leaf=tree.leaves[found[0].place],
        index=found[0].place,
        size=head.size,
        proof=tree.inclusion(found[0].place),
        root=head.root,
        history=found,
    )


def notes(session: Session, project_id: int, public_key: bytes) -> Iterator[str]:
    """Every signed head, as it is published."""
    for head in log.list_heads(session, project_id):
        yield heads.note(public_key, project_id, head)


def sheets(session: Session, project_id: int) -> list[dict[str, Any]]:
    """Every sheet that was keyed; the caller has asked whether it may."""
    by_number = keyed(session, project_id)
    issued = paper.these(session, project_id, by_number)
    return [
        {
            "number": one.number,
            "campaign": one.campaign,
            "statement": one.statement,
            "signed_on": one.happened_on.isoformat(),
            "declared": one.declared_lines,
            "tallies": one.tallies,
            "reconciled": settling.adds_up(by_number[one.number], issued.get(one.number)),
            "keyed_twice": len(by_number[one.number]) > 1,
            "step": issued[one.number].step if one.number in issued else None,
        }
        for records in by_number.values()
        for one in records
    ]
