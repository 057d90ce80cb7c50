"""Where each field of a fact stands in columns, and what it says there. Pure.

Codes that are seldom many together stand in one text: it is one look-up for all of them, and two
bytes a row. A field that is nobody's code is "".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from service.disclosure.periods import path
from service.disclosure.rules import PLACES
from service.indicators.measures import Count, Kind

SEPARATOR = "|"
Tell = Callable[[Any], str | None]
"""The code that a value of a column says in one dimension; None: it is in no group."""

_WHO = ("sex", "age", "wg", "victim", "device", "remoteness")
LAYOUT: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.VISIT: {"what": ("village",), "papers": ("identity",), "late": ("late_days",)},
    Kind.PERSON: {
        "who": _WHO,
        "what": ("open", "load"),
        "life": ("school", "of_school_age", "latrine", "in_group", "has_seat"),
        "heard": ("consulted", "view_changed"),
        "cards": ("card", "card_due", "cash", "cash_problem"),
        "body": ("walks", "amputee", "aid", "aid_is_old", "far"),
        "gaps": ("limb", "mobility", "mind", "work_gap", "house", "rehab", "barred"),
    },
    Kind.NEED: {
        "who": _WHO,
        "what": ("need", "open"),
        "course": ("referred",),
        "due": ("priority", "told_on"),
        "served": ("served_days",),
        "met": ("met_days",),
    },
    Kind.SIGNATURE: {"who": ("sex", "age"), "what": ("kind", "line")},
    Kind.INCIDENT: {"who": ("sex", "age"), "what": ("outcome", "device", "incident_year")},
    Kind.ISSUE: {
        "who": ("sex", "age", "wg"),
        "what": ("issue", "status", "duty_bearer", "public_place"),
        "answered": ("answer_days",),
    },
    Kind.CONCERN: {
        "what": ("device", "status", "hectares"),
        "answered": ("answer_days",),
        "blocked": ("households",),
    },
    Kind.TESTIMONY: {
        "who": ("sex", "age"),
        "what": ("testimony", "abroad", "quotable", "read_back"),
        "until": ("scopes_until",),
    },
    Kind.FOLLOW_UP: {"what": ("need", "referral", "quality", "named")},
    Kind.SHEET: {"what": ("reconciled",)},
    Kind.BARRIER: {"who": _WHO, "what": ("barrier",)},
    Kind.ARTICLE: {"who": ("sex", "age", "wg"), "what": ("article", "issue", "status")},
    Kind.LAND: {"what": ("land", "device", "status", "hectares")},
    Kind.SCOPE: {
        "who": ("sex", "age"),
        "what": ("scope", "testimony"),
        "until": ("scopes_until",),
    },
}
"""Kind -> column -> the fields in it, in order. Beside them each row has its place and its day."""
_OF_ALL: Mapping[str, str] = {
    **dict.fromkeys(("province", "district", "commune"), "place"),
    **dict.fromkeys(("day", "month", "quarter", "year", "waiting", "waited"), "day"),
    "submitter": "submitter",
    "home": "home",
}
OF_PLACE = frozenset(PLACES)
"""What stays the same when a household is visited again."""
OF_HOUSEHOLD = OF_PLACE | {"remoteness", "reach", "month", "quarter", "year"}
"""Dimensions which all people of one visit share: visits add up over them."""
_DERIVED = {
    "age_group": "age", "reach": "remoteness", "cause": "victim",
    "overdue": "priority", "in_force": "scopes_until",
}  # fmt: skip
"""Dimensions that are a coarser reading of a field."""
_CHILDREN = frozenset({"0004", "0511", "1217", "unk_child"})
_ADULTS = frozenset({"1859", "60p", "unk_adult"})
_WAITED = ((30, "d000_030"), (90, "d031_090"), (180, "d091_180"), (365, "d181_365"))
LONGEST = "d366_more"
DATED = frozenset({"waiting", "waited", "overdue"})
"""Fields that depend on the month in which they are asked for: whoever looks from day to day sees
nobody's wait grow."""
OF_THE_DAY = frozenset({"in_force"})
"""Fields that depend on the day: what was allowed and is over is over."""
_LIMITS = {"p1": 3, "p2": 30}
"""Days within which somebody acts on a need."""


def columns_of(kind: Kind) -> tuple[str, ...]:
    """The columns of codes of this kind, beside those that all have."""
    return tuple(LAYOUT[kind])


def column_of(kind: Kind, field: str) -> str:
    """Raises ValueError for a field that facts of this kind have not."""
    if field in _OF_ALL:
        return _OF_ALL[field]
    name = _DERIVED.get(field, field)
    for column, fields in LAYOUT[kind].items():
        if name in fields:
            return column
    raise ValueError(f"{kind.value} have no {field}")


def tell(kind: Kind, field: str, as_of: dt.date) -> Tell:
    """What the values of the field's column say of it on that day."""
    if field in PLACES:
        return _part(PLACES.index(field))
    if field in ("month", "quarter", "year"):
        return lambda day: of_time(field, day[:7])
    if field in ("waiting", "waited"):
        waiting = partial(_waiting, first=as_of.replace(day=1))
        return waiting if field == "waiting" else lambda day: _waited(int(waiting(day)))
    if field in ("day", "submitter", "home"):
        return str
    name = _DERIVED.get(field, field)
    part = _part(LAYOUT[kind][column_of(kind, field)].index(name))
    if field == name:
        return part
    return _COARSER[field](kind, part, as_of)


def of_time(grain: str, month: str) -> str:
    """The code of a month in the grain: month, quarter or year."""
    return path(month, grain)[-1]


def check(count: Count) -> None:
    """Raises ValueError for fields that facts of this kind have not, or that stand in two columns
    and are asked of in one test."""
    for test in count.tests:
        if len({column_of(count.kind, field) for field in test.fields}) != 1:
            raise ValueError(f"not fields of one column: {sorted(test.fields)}")
    if count.distinct:
        column_of(count.kind, count.distinct)


def _part(at: int) -> Tell:
    """One of several codes in a value."""
    return lambda value: value.split(SEPARATOR, at + 1)[at]


def _waiting(day: str, *, first: dt.date) -> str:
    """Days from then to the first day of this month; none of this month."""
    return str(max((first - dt.date.fromisoformat(day)).days, 0))


def _waited(days: int) -> str:
    return next((code for most, code in _WAITED if days <= most), LONGEST)


def _age_group(_kind: Kind, band_of: Tell, _as_of: dt.date) -> Tell:
    def group(value: Any) -> str | None:
        band = band_of(value)
        return "child" if band in _CHILDREN else "adult" if band in _ADULTS else band

    return group


def _reach(_kind: Kind, band_of: Tell, _as_of: dt.date) -> Tell:
    reaches = {"r0": "near", "r1": "near", "r2": "near", "r3": "remote", "r4": "remote"}
    return lambda value: reaches.get(str(band_of(value)), "unknown")


def _cause(kind: Kind, victim_of: Tell, _as_of: dt.date) -> Tell:
    """Survivors, and other people with disabilities; whoever is neither is in no group."""
    fields = LAYOUT[kind]["who"]
    disability_of = _part(fields.index("wg"))

    def cause(value: Any) -> str | None:
        if victim_of(value) == "direct_injured":
            return "survivor"
        is_other = victim_of(value) == "not_victim" and disability_of(value) == "yes"
        return "other_disability" if is_other else None

    return cause


def _overdue(kind: Kind, priority_of: Tell, as_of: dt.date) -> Tell:
    told_on = _part(LAYOUT[kind]["due"].index("told_on"))
    first = as_of.replace(day=1)

    def overdue(value: Any) -> str | None:
        limit = _LIMITS.get(str(priority_of(value)))
        waiting = int(_waiting(str(told_on(value)), first=first))
        return "yes" if limit is not None and waiting > limit else "no"

    return overdue


def _in_force(_kind: Kind, until_of: Tell, as_of: dt.date) -> Tell:
    def in_force(value: Any) -> str | None:
        until = until_of(value)
        return "yes" if not until or until >= as_of.isoformat() else "no"

    return in_force


_COARSER: Mapping[str, Callable[[Kind, Tell, dt.date], Tell]] = {
    "age_group": _age_group,
    "reach": _reach,
    "cause": _cause,
    "overdue": _overdue,
    "in_force": _in_force,
}
