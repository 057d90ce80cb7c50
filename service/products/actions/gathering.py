"""What stands in a pack: read from releases, the dialogue log and the library, as far as each may
be shown to whom it is for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.accounts.queries import find_project
from service.dialogue.actions import figures, meeting, promising
from service.dialogue.actions.promising import PromiseTold
from service.dialogue.feedback import around
from service.dialogue.partners import Partner
from service.dialogue.promises import Status
from service.dialogue.queries import log
from service.dialogue.queries import partners as partner_queries
from service.dialogue.queries.promises import Filters
from service.dialogue.since import Frozen, since
from service.disclosure.rules import Audience
from service.facts.circumstances import PHNOM_PENH
from service.foundation.problems import STORY_GONE, Problem
from service.products.blocks import Ask, Draw, Figure, Level, Part, Product
from service.products.declared import COMPLETE, PRODUCTS
from service.products.finding import Source, find, in_force
from service.products.pack import Composed, Promised, Quote, Request
from service.releases import document
from service.releases import queries as releases
from service.testimonies.actions import using
from service.testimonies.terms import Audience as Quoted
from service.testimonies.terms import Naming, Wanted

MOST_ASKED, MOST_PROMISES = 5, 8
"""Of one product; the latest."""
_NOTE = Figure(name=COMPLETE, asks=(Ask(indicator="I08"),), draw=Draw.NUMBER)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Everything that decides what stands in a pack."""

    product: str
    place: str
    partner: str
    audience: Audience
    language: str
    year: int
    releases: Sequence[int]
    promises: Sequence[tuple[uuid.UUID, int]]
    """With how many lines of their history."""
    questions: Sequence[uuid.UUID]
    uses: Sequence[uuid.UUID]
    made_on: dt.date


def audience_of(product: Product, partner: Partner | None) -> Audience:
    """Of which releases numbers are taken."""
    if partner is None or product.public_only:
        return Audience.PUBLIC
    return partner.sees


def quoted_to(partner: Partner | None) -> Wanted:
    """What a narrator must allow: for anybody, also abroad."""
    audience = Quoted.ABROAD if partner is None else Quoted(partner.stands.value)
    return Wanted(audience=audience, naming=Naming.NONE)


def published(session: Session, project_id: int, audience: Audience) -> list[int]:
    """Numbers of the releases that are in force for this audience today."""
    shown = figures.published(session, project_id, figures.seen_by(audience))
    corrected = {one.corrects for one in shown}
    return [one.number for one in shown if one.number not in corrected]


def promises_of(
    session: Session, project_id: int, product: Product, place: str, partner: str, year: int
) -> list[tuple[uuid.UUID, int]]:
    """Of that year, of the place and all around it; of whom it is for, or of all."""
    if not product.has(Part.PROMISES):
        return []
    filters = Filters(
        partner=partner,
        since=dt.date(year, 1, 1),
        until=dt.date(year, 12, 31),
        places=_places(place),
    )
    told = promising.told(session, project_id, filters, ())
    return [(one.promise_pk, len(one.history)) for one in told[:MOST_PROMISES]]


def questions_of(
    session: Session, project_id: int, product: Product, place: str, partner: str
) -> list[uuid.UUID]:
    """What the partner was asked last, of the place and all around it."""
    if not product.has(Part.REQUESTS) or not partner:
        return []
    rows = log.questions_at(session, project_id, _places(place), MOST_ASKED * 10)
    return [row.question_pk for row, _ in rows if row.partner == partner][:MOST_ASKED]


def _places(place: str) -> frozenset[str] | None:
    return frozenset({"", *around(place).values()}) if place else None


def gather(session: Session, actor: Actor, project_id: int, asked: Asked) -> Composed:
    """Raises STORY_GONE where words in it were taken back, ended, or went with their meeting."""
    product = PRODUCTS[asked.product]
    wholes = _wholes(session, project_id, asked.releases)
    sources = in_force([_source(one) for one in wholes.values()])
    partner = partner_queries.all_of(session, project_id).get(asked.partner)
    project = find_project(session, project_id)
    is_small = product.level is Level.COMMUNE
    return Composed(
        product=product,
        project=project.name if project else "",
        place=asked.place,
        partner=None if partner is None else partner.name,
        partner_code=asked.partner,
        audience=asked.audience.value,
        year=asked.year,
        language=asked.language,
        made_on=asked.made_on,
        figures=[
            (one, find(one, sources, asked.place, outwards=is_small)) for one in product.figures
        ],
        quotes=_quotes(session, actor, project_id, asked.uses),
        promises=_promises(session, project_id, asked.promises, wholes),
        requests=_requests(session, project_id, asked.questions),
        sources=sources,
        wholes=wholes,
        complete=find(_NOTE, sources, asked.place, outwards=True),
    )


def _wholes(
    session: Session, project_id: int, numbers: Collection[int]
) -> dict[int, dict[str, Any]]:
    return {
        told.number: document.whole(signed)
        for told, signed in releases.list_found(session, project_id, numbers)
    }


def _source(whole: dict[str, Any]) -> Source:
    return Source(
        number=whole["number"],
        title=whole["title"],
        audience=whole["audience"],
        frozen_on=dt.datetime.fromisoformat(whole["frozen_at"]).astimezone(PHNOM_PENH).date(),
        sha256=whole["sha256"],
        corrects=whole["corrects"],
        tables=whole["tables"],
    )


def _quotes(
    session: Session, actor: Actor, project_id: int, uses: Sequence[uuid.UUID]
) -> list[Quote]:
    """Each is asked of consent at this moment, and each look is an entry."""
    found = []
    for use_pk in uses:
        told = using.print_paper(session, actor, project_id, use_pk)
        wanted = using.wanted_by(session, project_id, use_pk)
        found.append(
            Quote(
                use_pk=use_pk,
                audience=wanted.audience.value,
                naming=wanted.naming.value,
                purposes=tuple(sorted(one.value for one in wanted.purposes)),
                words=dict(told.words),
                tells_of=told.tells_of,
            )
        )
    return found


def _promises(
    session: Session,
    project_id: int,
    promises: Sequence[tuple[uuid.UUID, int]],
    wholes: dict[int, dict[str, Any]],
) -> list[Promised]:
    """As they stood: history only grows, so its first lines are what it was."""
    if not promises:
        return []
    keys = frozenset(one for one, _ in promises)
    told = {
        one.promise_pk: one for one in promising.told(session, project_id, Filters(keys=keys), ())
    }
    if len(told) < len(keys):
        raise Problem(STORY_GONE)
    names = partner_queries.all_of(session, project_id)
    frozen = [_frozen(one) for one in wholes.values()]
    return [_promised(told[key], lines, names, frozen) for key, lines in promises]


def _promised(one: PromiseTold, lines: int, names: Any, frozen: Sequence[Frozen]) -> Promised:
    history = one.history[:lines]
    days = [word.due_on for word in history if word.due_on is not None]
    cell = {**around(one.place), **one.cell}
    did = since(frozen, one.indicator, cell, one.promised_on) if one.indicator else None
    return Promised(
        partner=names[one.partner].name,
        promised_on=one.promised_on,
        text=one.text,
        status=Status(history[-1].status),
        due_on=days[-1] if days else None,
        indicator=one.indicator,
        cell=cell,
        before=did.before if did else None,
        now=did.now if did else None,
    )


def _frozen(whole: dict[str, Any]) -> Frozen:
    return Frozen(
        number=whole["number"],
        audience=Audience(whole["audience"]),
        frozen_at=dt.datetime.fromisoformat(whole["frozen_at"]),
        title=whole["title"],
        corrects=whole["corrects"],
        tables=whole["tables"],
    )


def _requests(session: Session, project_id: int, questions: Sequence[uuid.UUID]) -> list[Request]:
    rows = [log.find_question(session, project_id, one) for one in questions]
    standing = [one for one in rows if one is not None]
    if len(standing) < len(rows):
        raise Problem(STORY_GONE)
    days = log.days_of(session, project_id, {one.meeting_pk for one in standing})
    told = meeting.told_questions(session, project_id, standing)
    return [
        Request(asked_on=days[row.meeting_pk], text=one.text)
        for row, one in zip(standing, told, strict=True)
    ]
