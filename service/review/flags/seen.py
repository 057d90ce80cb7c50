"""A record as the rules see it: its facts, and what only its XML says (times, a position)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.facts.kinds import Facts
from service.facts.plan import Scope
from service.forms.schema import FormSchema
from service.intake.instance import Answers, Instance

_NOT_ASKED = frozenset({"meta", "start", "end", "today", "deviceid", "formhub", "corrects"})
"""What a phone or a form fills in by itself, at the top of a record."""
_DEEPEST = 40
_YEARS = range(1970, 2701)
"""Of clocks of phones, those with the Buddhist calendar among them."""
LONGEST_S = 30 * 24 * 3600
"""A form that stayed open for so long says nothing of a pace."""

Point = tuple[float, float]
"""Latitude and longitude, in degrees."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is in the record itself."""

    facts: Facts
    scopes: tuple[Scope, ...]
    """Its tagged answers: of the whole, and of each entry of a repeat, however deep."""
    begun_at: dt.datetime | None
    """By the phone's clock, as is the end."""
    ended_at: dt.datetime | None
    answered: int
    """How many questions have an answer."""
    point: Point | None
    """Where the phone said that it was."""

    @property
    def seconds(self) -> int | None:
        """How long the form was open; None where that is not told, a clock went back, or
        the form lay open for weeks."""
        if self.begun_at is None or self.ended_at is None:
            return None
        took = int((self.ended_at - self.begun_at).total_seconds())
        return took if 0 < took <= LONGEST_S else None

    @property
    def is_interview(self) -> bool:
        """Somebody was asked: a sheet of paper is copied, an office is listed."""
        return not (self.facts.sheets or self.facts.providers)

    def answers(self, tag: str) -> Iterator[str]:
        return (scope.values[tag] for scope in self.scopes if tag in scope.values)


def see(instance: Instance, schema: FormSchema, facts: Facts, scope: Scope) -> Seen:
    """`scope`: the answers by their tags."""
    answers = instance.answers
    meta = answers.get("meta")
    of_phone: Mapping[str, Any] = meta if isinstance(meta, dict) else {}
    return Seen(
        facts=facts,
        scopes=tuple(_all(scope, 0)),
        begun_at=_moment(answers.get("start") or of_phone.get("timeStart")),
        ended_at=_moment(answers.get("end") or of_phone.get("timeEnd")),
        answered=_count({n: a for n, a in answers.items() if n not in _NOT_ASKED}, 0),
        point=_point(answers, schema),
    )


def _all(scope: Scope, depth: int) -> Iterator[Scope]:
    yield scope
    if depth < _DEEPEST:
        for _, entry in scope.entries:
            yield from _all(entry, depth + 1)


def _moment(answer: object) -> dt.datetime | None:
    """Aware; without an offset nobody knows when it was."""
    try:
        found = dt.datetime.fromisoformat(answer.strip()) if isinstance(answer, str) else None
    except ValueError:
        return None
    is_told = found is not None and found.tzinfo and found.year in _YEARS
    return found if is_told else None


def _count(answers: Answers, depth: int) -> int:
    number = 0
    for held in answers.values():
        if isinstance(held, str):
            number += bool(held.strip())
        elif depth < _DEEPEST:
            inside = held if isinstance(held, list) else [held]
            number += sum(_count(one, depth + 1) for one in inside if isinstance(one, dict))
    return number


def _point(answers: Answers, schema: FormSchema) -> Point | None:
    """Of the first question for a position outside of repeats that has one."""
    for asked in schema.fields:
        if asked.type == "geopoint" and not asked.repeats:
            held: Any = answers
            for name in asked.path:
                held = held.get(name) if isinstance(held, dict) else None
            found = _degrees(held)
            if found is not None:
                return found
    return None


def _degrees(answer: object) -> Point | None:
    """Of "12.99 102.46 14.0 4.8": None for anything else, and for 0 0, which is no position."""
    try:
        latitude, longitude = (float(part) for part in str(answer).split()[:2])
    except ValueError:
        return None
    is_on_earth = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return (latitude, longitude) if is_on_earth and (latitude or longitude) else None
