"""Days, periods and codes as a reader says them. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from service.facts import codes, needs, places
from service.web.pages.texts import text

ZONE = ZoneInfo("Asia/Phnom_Penh")

AGES = {
    "child": codes.ADULT["under18"],
    "adult": codes.ADULT["adult"],
    **codes.AGE_BAND5,
}
"""Bands, or child and adult where bands would be too fine."""

_LISTS: dict[str, Mapping[str, Mapping[str, str]]] = {
    "sex": codes.SEX,
    "age": AGES,
    "wg": codes.DISABILITY,
    "victim": codes.VICTIM_TYPE,
    "remoteness": codes.REMOTENESS,
    "device": codes.DEVICE,
    "kind": codes.SIGNATORY_KIND,
    "status": codes.LINE_STATUS | codes.NEED_STATUS,
    "priority": codes.PRIORITY,
    "found": codes.FOUND,
    "scope": codes.CONSENT_SCOPE,
    "confirmed": codes.CONFIRMED,
    "referral_outcome": codes.REFERRAL_OUTCOME,
    "provider_kind": codes.PROVIDER_KIND,
    "opening": codes.OPENING,
    "yes_no_partly": codes.YES_NO_PARTLY,
    "testimony_kind": codes.TESTIMONY_KIND,
    "attribution": codes.ATTRIBUTION,
    "consent_language": codes.CONSENT_LANGUAGE,
}
_PLACES = frozenset({"province", "district", "commune", "place"})


def day(value: dt.date, language: str) -> str:
    """24 November 2026 · 24 វិច្ឆិកា 2026."""
    return f"{value.day} {text(f'month.m{value.month:02}', language)} {value.year}"


def moment(value: dt.datetime, language: str) -> str:
    """A moment by Phnom Penh's clock: 24 November 2026, 17:05."""
    local = value.astimezone(ZONE)
    return f"{day(local.date(), language)}, {local:%H:%M}"


def end(value: dt.datetime, language: str) -> str:
    """When something ends: the last day, where it ends with one; else the moment."""
    local = value.astimezone(ZONE)
    if local.time() == dt.time.min:
        return day(local.date() - dt.timedelta(days=1), language)
    return moment(value, language)


def end_of(last: dt.date) -> dt.datetime:
    """The moment after that day, by Phnom Penh's clock."""
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, ZONE)


def period(start: dt.date | None, end: dt.date | None, language: str) -> str:
    if start and end:
        return text("figures.between", language, start=day(start, language), end=day(end, language))
    if start:
        return text("figures.since", language, start=day(start, language))
    if end:
        return text("figures.until", language, end=day(end, language))
    return text("figures.all_time", language)


def breakdown(by: Sequence[str], language: str) -> str:
    """("need", "province") as "need and province"."""
    if not by:
        return text("figures.total_only", language)
    names = [text(f"by.{dimension}", language) for dimension in by]
    *front, last = names
    return ", ".join(front) + text("figures.and", language) + last if front else last


def code(dimension: str, value: str, language: str) -> str:
    """The label of a code in its dimension; the code itself where no list has it."""
    if dimension in _PLACES:
        name = places.load().name(value, language)
        return _label(codes.NO_CODE, value, language) if name == value else name
    if dimension in ("month", "quarter"):
        return _time(dimension, value, language)
    if dimension == "article" and value.isdecimal():
        return text("charts.article", language, n=value)
    if dimension == "need":
        return _label(needs.NEED | codes.NO_CODE, value, language)
    return _label(codes.as_dimension(dict(_LISTS.get(dimension, {}))), value, language)  # type: ignore[arg-type]


def areas(codes_: Iterable[str], language: str) -> str:
    """Names of places, each with the places around it: “Battambang”, “Banan, Battambang”."""
    found = places.load()
    return " · ".join(
        ", ".join(found.name(one, language) for one in reversed(found.ancestors(code)))
        for code in sorted(codes_)
    )


def _label(labels: Mapping[str, Mapping[str, str]], value: str, language: str) -> str:
    return labels[value][language] if value in labels else value


def _time(dimension: str, value: str, language: str) -> str:
    """Codes of time: "2026-03" is a month, "2026-Q1" a quarter."""
    year, _, part = value.partition("-")
    if dimension == "quarter" and part.startswith("Q"):
        return text("month.quarter", language, q=part[1:], year=year)
    if dimension == "month" and part.isdecimal():
        return f"{text(f'month.m{int(part):02}', language)} {year}"
    return _label(codes.NO_CODE, value, language)
