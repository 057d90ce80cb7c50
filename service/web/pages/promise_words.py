"""A promise as a reader says it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.dialogue.feedback import around
from service.dialogue.since import Since, Value
from service.indicators.catalogue import INDICATORS
from service.web.pages import wording
from service.web.pages.texts import text


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What a figure did since, in words."""

    title: str
    of: str
    """The cell: province, sex …"""
    lines: tuple[str, ...]
    went: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A promise for the page. `told`: as the room tells it."""

    told: Any
    text: str
    partner: str
    place: str
    when: str
    figure: Figure | None


def shown(told: Any, partners: Mapping[str, str], language: str) -> Shown:
    due = told.due_on
    return Shown(
        told=told,
        text=told.text[language],
        partner=partners.get(told.partner, told.partner),
        place=place(told.place, language),
        when=text("promise.due", language, day=wording.day(due, language))
        if due
        else text("promise.no_day", language),
        figure=_figure(told, language) if told.since is not None else None,
    )


def place(code: str, language: str) -> str:
    return wording.areas([code], language) if code else text("dialogue.country", language)


def _figure(told: Any, language: str) -> Figure:
    since: Since = told.since
    cell = {**around(told.place), **told.cell}
    return Figure(
        title=INDICATORS[told.indicator].title[language],
        of=" · ".join(wording.code(name, code, language) for name, code in cell.items()),
        lines=tuple(_value(one, language) for one in (since.before, since.now) if one)
        if since.before != since.now
        else tuple(_value(one, language) for one in (since.now,) if one),
        went=text(f"promise.since_{since.went.value}", language),
    )


def _value(value: Value, language: str) -> str:
    if value.n is None:
        said = text("promise.hidden", language)
    elif value.d is None:
        said = f"{value.n:,}"
    else:
        said = text("promise.of", language, n=f"{value.n:,}", d=f"{value.d:,}")
    on = wording.day(value.on, language)
    return text("promise.value", language, number=value.release, day=on, value=said)
