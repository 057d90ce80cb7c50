"""Signatures that stand out are noticed as they come, and shown to people; nothing is stopped."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, keys
from service.foundation.problems import NOT_FOUND, Problem
from service.treaty import oddities
from service.treaty.oddities import Oddity
from service.treaty.queries import oddities as queries
from service.treaty.queries.oddities import Example, Found
from service.treaty.queries.told import Signed

MOST = 50
"""On the page at once."""
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """A signature, as rules look at it."""

    sheet: str
    sender: str
    signed_on: dt.date
    slot: int
    name: str = field(repr=False)


def sender(project_id: int, one: Signed, collector: str, sheet: str) -> str:
    """Through whom it came: who collected the sheet, the phone, or whose account; "" = nobody
    knows. No address: none is kept."""
    if sheet:
        who = ("collector", collector.strip().lower()) if collector.strip() else None
    elif one.device_key:
        who = ("device", one.device_key)
    else:
        who = ("account", str(one.submitter_id)) if one.submitter_id else None
    if who is None:
        return ""
    return keys.current().stand_in("treaty sender", project_id, *who)[:8].hex()


def notice(session: Session, project_id: int, rows: Collection[Row]) -> None:
    """What stands out about these, beside all that are here."""
    queries.put(
        session,
        project_id,
        [*_sheets(session, project_id, rows), *_bursts(session, project_id, rows)],
    )


def _sheets(session: Session, project_id: int, rows: Collection[Row]) -> Iterator[Found]:
    by_sheet = defaultdict[str, list[Row]](list)
    for one in rows:
        if one.sheet:
            by_sheet[one.sheet].append(one)
    if not by_sheet:
        return
    days = {sheet: min(one.signed_on for one in own) for sheet, own in by_sheet.items()}
    for sheet, own in by_sheet.items():
        names = [one.name for one in sorted(own, key=lambda one: one.slot) if one.name]
        if oddities.is_in_order(names):
            yield _found(Oddity.IN_ORDER, sheet, days[sheet], len(names))
    lines = queries.lines_of(session, project_id, by_sheet)
    copies = dict[str, Found]()
    for like in queries.alike(session, project_id, by_sheet):
        if like.is_earlier and oddities.is_copy(like.lines, lines[like.sheet]):
            copy = _found(Oddity.COPY, like.sheet, days[like.sheet], like.lines, like.other)
            copies.setdefault(like.sheet, copy)
    yield from copies.values()


def _bursts(session: Session, project_id: int, rows: Collection[Row]) -> Iterator[Found]:
    senders = {one.sender for one in rows if one.sender}
    days = {one.signed_on for one in rows if one.sender}
    for one in queries.signed_through(session, project_id, senders, days) if senders else ():
        if oddities.is_burst(one.count, on_paper=one.on_paper):
            yield _found(Oddity.BURST, one.sender, one.signed_on, one.count)


def _found(what: Oddity, about: str, day: dt.date, count: int, beside: str = "") -> Found:
    return Found(what=what, about=about, signed_on=day, beside=beside, count=count)


# --- for people ---------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Shown:
    """`examples`: where to look first."""

    found: Found
    examples: list[Example]


def list_open(session: Session, actor: Actor, project_id: int) -> list[Shown]:
    policy.demand(actor, Act.TREATY_READ, project_id=project_id)
    some = defaultdict[tuple[str, dt.date], list[Example]](list)
    for one in queries.examples(session, project_id, EXAMPLES):
        some[one.about, one.signed_on].append(one)
    return [
        Shown(found=one, examples=some[one.about, one.signed_on])
        for one in queries.list_open(session, project_id, MOST)
    ]


def look(
    session: Session, actor: Actor, project_id: int, what: Oddity, about: str, day: dt.date
) -> None:
    """Somebody looked at it, and it is as it should be, or what was wrong was taken out as records
    and pairs are. Raises NOT_FOUND."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    if not queries.look(session, project_id, what, about, day):
        raise Problem(NOT_FOUND)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=Act.TREATY_DECIDE,
        subject=about,
        what="looked_at",
        oddity=what.value,
    )
