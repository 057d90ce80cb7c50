"""What the office says: the campaign, its texts, totals of others; who is one person; and whoever
shows a stub and does not want to be counted any more."""

from __future__ import annotations

import datetime as dt
import html
import uuid
from typing import Any

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import audit, clock
from service.foundation.problems import INVALID_PARAMETER, NOT_FOUND, STATEMENT_TOO_LONG, Problem
from service.persons.actions import today
from service.treaty import receipts
from service.treaty.actions import codes, settling
from service.treaty.queries import campaigns, log, signers
from service.treaty.queries.campaigns import CampaignTold, StatementTold
from service.treaty.queries.log import Line
from service.treaty.queries.signers import Pair, Signer
from service.treaty.status import Status
from service.treaty.verdicts import Verdict

MOST_OF_A_STATEMENT = 6_000
"""Bytes of a text on the public page, which stays below 60 kB with it (tests/web/test_treaty.py).
A Khmer letter has three."""
IN = {"en": ("English", "ភាសាអង់គ្លេស"), "km": ("Khmer", "ភាសាខ្មែរ")}
MOST_PAIRS = 50
"""On the page at once."""


def set_campaign(session: Session, actor: Actor, project_id: int, said: CampaignTold) -> None:
    """Everybody who signed is looked at again: another code or other days decide who counts.
    Raises INVALID_PARAMETER."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    if not said.code or not (said.title_en and said.title_km):
        raise Problem(INVALID_PARAMETER, name="code", reason="code and both titles are needed")
    if said.begins_on and said.ends_on and said.begins_on > said.ends_on:
        raise Problem(INVALID_PARAMETER, name="ends_on", reason="it is before the beginning")
    if said.names_until and (said.delivered_on is None or said.names_until < said.delivered_on):
        reason = "names stay until delivery, which needs its day"
        raise Problem(INVALID_PARAMETER, name="names_until", reason=reason)
    if said.goal is not None and said.goal < 1:
        raise Problem(INVALID_PARAMETER, name="goal", reason="at least 1")
    campaigns.put(session, project_id, {name: getattr(said, name) for name in vars(said)})
    settling.settle_later(session, project_id)
    _record(session, actor, project_id, Act.TREATY_MANAGE, said.code, what="campaign")


def add_statement(
    session: Session,
    actor: Actor,
    project_id: int,
    version: str,
    en: str,
    km: str,
    *,
    hands_over: bool = False,
) -> None:
    """One more version of the text; those of before stay as they were signed. `hands_over`: its
    sheets say that they may be handed over, sealed. Raises INVALID_PARAMETER,
    STATEMENT_TOO_LONG."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    held = {one.version for one in campaigns.list_statements(session, project_id)}
    if not (version and en and km) or version in held:
        reason = "a version that is not there yet, and the text in both languages"
        raise Problem(INVALID_PARAMETER, name="version", reason=reason)
    for language, said in (("km", km), ("en", en)):
        if letters := _too_long_by(said):
            which_en, which_km = IN[language]
            raise Problem(STATEMENT_TOO_LONG, letters=letters, which_en=which_en, which_km=which_km)
    text = StatementTold(
        version=version, en=en, km=km, published_at=clock.now(), hands_over=hands_over
    )
    campaigns.add_statement(session, project_id, text)
    _record(session, actor, project_id, Act.TREATY_MANAGE, version, what="statement")


def _too_long_by(text: str) -> int:
    """Letters at its end for which the page has no room."""
    room = MOST_OF_A_STATEMENT
    for at, letter in enumerate(text):
        room -= len(html.escape(letter).encode())
        if room < 0:
            return len(text) - at
    return 0


def add_reported(
    session: Session,
    actor: Actor,
    project_id: int,
    *,
    source: str,
    reported_on: dt.date,
    scope: str,
    count: int,
) -> None:
    """A number that others told of. It is shown with its source and added to nothing."""
    policy.demand(actor, Act.TREATY_MANAGE, project_id=project_id)
    if not (source and scope) or not 0 <= count < 10**9:
        reason = "source, scope and a whole number are needed"
        raise Problem(INVALID_PARAMETER, name="count", reason=reason)
    values = {"source": source, "reported_on": reported_on, "scope": scope, "count": count}
    key = campaigns.add_reported(session, project_id, values)
    _record(session, actor, project_id, Act.TREATY_MANAGE, key, what="total", count=count)


def open_pairs(
    session: Session, actor: Actor, project_id: int
) -> list[tuple[Pair, Signer, Signer]]:
    """Signatures that may be one person's, the likeliest first, each with both."""
    policy.demand(actor, Act.TREATY_READ, project_id=project_id)
    pairs = signers.open_pairs(session, project_id, MOST_PAIRS)
    legs = {leg for one in pairs for leg in one.both}
    by_key = {one.signer_pk: one for one in signers.these(session, project_id, legs)}
    return [(one, by_key[one.first_pk], by_key[one.second_pk]) for one in pairs]


def decide(
    session: Session, actor: Actor, project_id: int, pair_pk: uuid.UUID, verdict: Verdict
) -> None:
    """Say whether two signatures are one person's. What was said can be said otherwise."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    log.lock(session, project_id)
    pair = signers.find_pair(session, project_id, pair_pk)
    if pair is None:
        raise Problem(NOT_FOUND)
    signers.say(session, project_id, pair_pk, verdict)
    settling.settle(session, project_id, pair.both)
    _sign_later(session, project_id)
    _record(session, actor, project_id, Act.TREATY_DECIDE, pair_pk, verdict=verdict.value)


def find_by_stub(
    session: Session, actor: Actor, project_id: int, typed: str
) -> tuple[str, Status, Signer | None]:
    """The code as it is hashed, how its signature stands, and whose it is, if its record is here.
    Raises INVALID_PARAMETER, also after the petition was delivered: what was handed over cannot be
    recalled by us alone; and NOT_FOUND for a code that nobody here has."""
    policy.demand(actor, Act.TREATY_DECIDE, project_id=project_id)
    code = receipts.plain(typed)
    if code is None:
        raise Problem(INVALID_PARAMETER, name="code", reason="16 letters and digits, as printed")
    campaign = campaigns.find(session, project_id)
    if campaign and campaign.delivered_on and campaign.delivered_on <= today():
        raise Problem(INVALID_PARAMETER, name="code", reason="the petition was delivered already")
    found = log.find(session, project_id, code)
    if not found:
        raise Problem(NOT_FOUND)
    return code, found[-1].now, _signer_of(session, project_id, code)


def take_back_by_stub(session: Session, actor: Actor, project_id: int, typed: str) -> None:
    """Whoever shows the stub is counted no more; the record stays, for other lines stand in it.
    Raises as `find_by_stub`."""
    log.lock(session, project_id)
    code, _, mine = find_by_stub(session, actor, project_id, typed)
    found = log.find(session, project_id, code)
    if mine is not None:
        signers.update(session, project_id, {mine.signer_pk: {"is_taken_back": True}})
        settling.settle(session, project_id, [mine.signer_pk])
    elif found[-1].now is not Status.WITHDRAWN:  # its record is gone; its line is not told of
        line = Line(code=code, number=len(found), was=found[-1].now, now=Status.WITHDRAWN)
        log.append(session, project_id, [line])
    _sign_later(session, project_id)
    _record(session, actor, project_id, Act.TREATY_DECIDE, project_id, what="taken_back")


def _signer_of(session: Session, project_id: int, code: str) -> Signer | None:
    """Whose code it is: derived anew for each, for no table holds one. Seldom asked."""
    after = settling.FIRST
    while page := signers.page(session, project_id, after, settling.PAGE):
        for one in signers.these(session, project_id, page):
            if codes.plain_of(project_id, one) == code:
                return one
        after = page[-1]
    return None


def _sign_later(session: Session, project_id: int) -> None:
    settling.settle_later(session, project_id, settling.LAST)


def _record(
    session: Session, actor: Actor, project_id: int, act: Act, subject: object, **details: Any
) -> None:
    audit.record(
        session, project_id=project_id, actor_id=actor.id, action=act, subject=subject, **details
    )
