"""Words in products: of narrators and leaders, promises, what is asked, where help is, what the law
says, and the note on each page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from service.dialogue.promises import Status
from service.dialogue.since import Value
from service.facts.needs import PILLARS
from service.products import law, pack
from service.products.blocks import Part
from service.products.finding import Line
from service.products.pack import Composed, Quote, Recommended
from service.web.pages import wording
from service.web.pages.texts import text


def of_part(part: Part, composed: Composed, language: str) -> list[dict[str, Any]]:
    return _PARTS[part](composed, language)


def said_by(quotes: Sequence[Quote], language: str) -> list[dict[str, Any]]:
    """Each in this language where it may be told in it, else as it was told."""
    items = []
    for one in quotes:
        spoken = language if language in one.words else next(iter(one.words))
        words = [line for line in one.words[spoken].splitlines() if line.strip()]
        by = one.by or text("products.quote_by", language)
        items.append({"language": spoken, "words": words, "by": by})
    return items


def _quotes(composed: Composed, language: str) -> list[dict[str, Any]]:
    return _spoken("products.quotes", composed, language, leaders=False)


def _leaders(composed: Composed, language: str) -> list[dict[str, Any]]:
    return _spoken("products.leaders", composed, language, leaders=True)


def _spoken(
    title: str, composed: Composed, language: str, *, leaders: bool
) -> list[dict[str, Any]]:
    found = [one for one in composed.quotes if not one.beside and bool(one.by) is leaders]
    if not found:
        return []
    items = said_by(found, language)
    return [{"kind": "quotes", "title": text(title, language), "items": items}]


# --- beside an article ----------------------------------------------------------------------------
def beside(
    article: str, quotes: Sequence[Quote], recommended: Recommended | None, language: str
) -> dict[str, Any]:
    """Words of narrators, domestic law and the recommendation under an article."""
    written = recommended.text[language] if recommended else ""
    return {
        "quotes": said_by(quotes, language),
        "law_title": text("products.law", language),
        "law": [
            {"text": one.says[language], "more": _law_source(one, language)}
            for one in law.under(article)
        ],
        "no_law": text("products.no_law", language),
        "recommended_title": text("products.recommended", language),
        "recommended": written or text("products.not_recommended", language),
    }


def _law_source(one: law.Provision, language: str) -> str:
    key = "products.law_reviewed" if one.reviewed_by else "products.law_not_reviewed"
    return text(key, language, ref=one.key, source=one.source, who=one.reviewed_by)


# --- where help is --------------------------------------------------------------------------------
def _services(composed: Composed, language: str) -> list[dict[str, Any]]:
    """By pillar, in the order of the list; an office stands under each pillar that it serves."""
    if not composed.services:
        return []
    groups = []
    for pillar, name in PILLARS.items():
        offices = [one for one in composed.services if pillar in one.pillars]
        if offices:
            said = [f"{one.name[language]} ({_district(one, language)})" for one in offices]
            groups.append({"name": name[language], "said": "; ".join(said)})
    about = text("products.services_about", language, day=wording.day(composed.made_on, language))
    title = text("products.services", language)
    return [{"kind": "services", "title": title, "about": about, "groups": groups}]


def _district(one: pack.ServiceLine, language: str) -> str:
    """The province where no district is known."""
    return wording.code("district" if len(one.place) > _PROVINCE else "province",
                        one.place[:4], language)  # fmt: skip


_PROVINCE = 2
"""Digits of its code."""


# --- promises, and what is asked ------------------------------------------------------------------
def _promises(composed: Composed, language: str) -> list[dict[str, Any]]:
    title = text("products.promises", language, year=composed.year)
    items = [
        {
            "mark": text(f"promise.is_{Status(one.status).value}", language),
            "text": f"{one.partner[language]}: {one.text[language]}",
            "more": _promised(one, language),
        }
        for one in composed.promises
    ]
    about = "" if items else text("products.no_promises", language)
    return [{"kind": "list", "title": title, "about": about, "items": items}]


def _promised(one: pack.Promised, language: str) -> str:
    said = [text("products.promised_on", language, day=wording.day(one.promised_on, language))]
    if one.due_on is not None and one.status is Status.OPEN:
        said.append(text("products.due_on", language, day=wording.day(one.due_on, language)))
    if one.before is not None and one.now is not None and one.before.release != one.now.release:
        said.append(
            text(
                "products.went",
                language,
                indicator=one.indicator,
                before=_value(one.before, language),
                now=_value(one.now, language),
            )
        )
    return " · ".join(said)


def _value(value: Value, language: str) -> str:
    number = text("figures.hidden", language) if value.n is None else str(value.n)
    said = number if value.d is None or value.n is None else f"{number}/{value.d}"
    return text("products.in_release", language, value=said, number=value.release)


def _requests(composed: Composed, language: str) -> list[dict[str, Any]]:
    if not composed.requests:
        return []
    items = [
        {
            "mark": "",
            "text": f"{one.text[language]} ({wording.day(one.asked_on, language)})",
            "more": "",
        }
        for one in composed.requests
    ]
    return [
        {"kind": "list", "title": text("products.requests", language), "about": "", "items": items}
    ]


def _changed(_: Composed, language: str) -> list[dict[str, Any]]:
    items = [
        text("products.changed", language),
        text("products.unchanged", language),
        text("products.not_applicable", language),
    ]
    return [{"kind": "changed", "items": items}]


_PARTS: dict[Part, Callable[[Composed, str], list[dict[str, Any]]]] = {
    Part.QUOTES: _quotes,
    Part.LEADERS: _leaders,
    Part.SERVICES: _services,
    Part.PROMISES: _promises,
    Part.REQUESTS: _requests,
    Part.CHANGED: _changed,
}


# --- the note on each page ------------------------------------------------------------------------
def note(composed: Composed, language: str) -> str:
    """Period, for whom, the smallest group, how much is hidden, how complete it is, and releases
    with their hashes."""
    if not composed.cited:
        return text("products.no_release", language)
    told = [one for _, one in composed.figures if one is not None]
    hidden = sum(one.hidden for one in told)
    lines = sum(len(one.lines) + (one.total is not None) for one in told)
    last = max(one.source.frozen_on for one in told) if told else composed.made_on
    said = [
        text("products.note_until", language, day=wording.day(last, language)),
        text(
            "products.note_for",
            language,
            audience=text(f"figures.audience_{composed.audience}", language),
            k=max((int(one.table["k"]) for one in told), default=0),
        ),
        text("products.note_hidden", language, n=hidden, m=lines),
        _complete(composed, language),
        *(
            text("products.note_release", language, number=one.number, hash=one.sha256[:16])
            for one in composed.cited
        ),
        text("products.note_ours", language),
    ]
    return " ".join(filter(None, said))


def _complete(composed: Composed, language: str) -> str:
    line = composed.complete.total if composed.complete else None
    if line is None or line.n is None or line.percent is None:
        return text("products.note_no_complete", language)
    return text("products.note_complete", language, value=n_of_d(line, language))


def n_of_d(line: Line, language: str) -> str:
    """12 · 12 of 40 (30 %)."""
    if line.d is None:
        return str(line.n)
    words = text("figures.n_of_d", language, n=line.n, d=line.d)
    return f"{words} ({line.percent}\u00a0%)" if line.percent is not None else words
