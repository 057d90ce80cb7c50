"""What stands in a pack: read from releases, the dialogue log and the library, as far as each may
be shown to whom it is for."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from service.accounts.queries import find_project
from service.cases import directory
from service.cases.queries import listing as cases
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
from service.facts.needs import NEED_KINDS, PILLARS
from service.foundation.problems import STORY_GONE, Problem
from service.persons.actions import today
from service.products import queries
from service.products.blocks import Ask, Draw, Figure, Level, Part, Product
from service.products.declared import COMPLETE, PRODUCTS
from service.products.finding import Source, find, in_force
from service.products.pack import (
    Composed,
    Promised,
    Quote,
    Recommended,
    Request,
    ServiceLine,
)
from service.releases import document
from service.releases import queries as releases

MOST_ASKED, MOST_PROMISES, MOST_SERVICES = 5, 8, 8
"""Of one product; the latest, and the nearest."""
_NOTE = Figure(name=COMPLETE, asks=(Ask(indicator="I08"),), draw=Draw.NUMBER)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Everything that decides what stands in a pack, but for words of narrators and leaders."""

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
    recommended: Sequence[tuple[str, int]] = ()
    """Article and version."""
    services: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    """Of the directory, as they are kept."""
    made_on: dt.date


@dataclass(frozen=True, kw_only=True)
class Living:
    """What can be taken back, or go, while pages are drawn."""

    quotes: Sequence[Quote]
    promises: Sequence[Promised]
    requests: Sequence[Request]


def asked_now(
    session: Session,
    project_id: int,
    product: Product,
    place: str,
    partner: str,
    language: str,
    year: int,
) -> Asked:
    """By what is in force, promised, asked, recommended and open at this moment."""
    known = partner_queries.all_of(session, project_id).get(partner)
    audience = audience_of(product, known)
    newest = queries.recommendations(session, project_id) if product.evidence else []
    return Asked(
        product=product.id,
        place=place,
        partner=partner,
        audience=audience,
        language=language,
        year=year,
        releases=published(session, project_id, audience),
        promises=promises_of(session, project_id, product, place, partner, year),
        questions=questions_of(session, project_id, product, place, partner),
        recommended=[(one.article, one.version) for one in newest],
        services=_services(session, project_id, product, place),
        made_on=today(),
    )


def audience_of(product: Product, partner: Partner | None) -> Audience:
    """Of which releases numbers are taken."""
    if partner is None or product.public_only:
        return Audience.PUBLIC
    return partner.sees


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


def _services(
    session: Session, project_id: int, product: Product, place: str
) -> list[dict[str, Any]]:
    """Offices that are not closed, in the province of the product: the nearest first."""
    if not product.has(Part.SERVICES):
        return []
    found = directory.search(cases.services(session, project_id, today()), near=place)
    near = [
        one for one in found
        if one.is_open != "no" and directory.distance(one.place, place) < len(directory.LEVELS)
    ]  # fmt: skip
    return [
        {
            "en": one.name_en,
            "km": one.name_km,
            "place": one.place,
            "pillars": _pillars(one.serves),
        }
        for one in near[:MOST_SERVICES]
    ]


def _pillars(needs: Collection[str]) -> list[str]:
    found = {NEED_KINDS[one].pillar for one in needs if one in NEED_KINDS}
    return [one for one in PILLARS if one in found]


def _service(kept: Mapping[str, Any]) -> ServiceLine:
    return ServiceLine(
        name={"en": kept["en"] or kept["km"], "km": kept["km"] or kept["en"]},
        place=kept["place"],
        pillars=tuple(kept["pillars"]),
    )


Quotes = Callable[[Session], Sequence[Quote]]
"""Reads the words that stand in a pack, each asked of consent at that moment."""


def gather(session: Session, project_id: int, asked: Asked, quotes: Quotes) -> Composed:
    """Raises STORY_GONE where words in it were taken back, ended, or went with their meeting, and
    what `quotes` raises."""
    product = PRODUCTS[asked.product]
    wholes = _wholes(session, project_id, asked.releases)
    sources = in_force([_source(one) for one in wholes.values()])
    partner = partner_queries.all_of(session, project_id).get(asked.partner)
    project = find_project(session, project_id)
    is_small = product.level is Level.COMMUNE
    found = living(session, project_id, asked, wholes, quotes)
    named = queries.recommendations_named(session, project_id, asked.recommended)
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
        quotes=found.quotes,
        promises=found.promises,
        requests=found.requests,
        services=[_service(one) for one in asked.services],
        recommended={
            one.article: Recommended(
                article=one.article, version=one.version, text={"en": one.en, "km": one.km}
            )
            for one in named
        },
        sources=sources,
        wholes=wholes,
        complete=find(_NOTE, sources, asked.place, outwards=True),
    )


def living(
    session: Session,
    project_id: int,
    asked: Asked,
    wholes: Mapping[int, Mapping[str, Any]],
    quotes: Quotes,
) -> Living:
    """At this moment. `wholes`: the releases, which nobody changes. Raises as `gather`."""
    return Living(
        quotes=list(quotes(session)),
        promises=_promises(session, project_id, asked.promises, wholes),
        requests=_requests(session, project_id, asked.questions),
    )


def lives_in(composed: Composed) -> Living:
    """What was living when it was gathered."""
    return Living(quotes=composed.quotes, promises=composed.promises, requests=composed.requests)


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


def _promises(
    session: Session,
    project_id: int,
    promises: Sequence[tuple[uuid.UUID, int]],
    wholes: Mapping[int, Mapping[str, Any]],
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


def _frozen(whole: Mapping[str, Any]) -> Frozen:
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
