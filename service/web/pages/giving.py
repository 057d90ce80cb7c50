"""The form that gives a role: which one, where, until when. Two pages have it.

There are 1,897 areas, too many for a list on a phone: the place is typed, the browser offers
provinces and districts while it is, and where a name means several, the page asks which one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request

from service.accounts import policy, ranks
from service.accounts.actor import Role
from service.accounts.policy import Act
from service.accounts.reach import WHOLE_PROJECT, Reach
from service.facts import area_names
from service.facts.places import Place
from service.foundation import clock
from service.web.identify import actor
from service.web.pages import frame, wording

FIELDS = ("role", "where", "area", "pick", "until")
EVERYWHERE, IN_AREA = "all", "area"
LONGEST = 120
"""Characters of a place's name."""
OFFERED = 300
"""Places that a browser is given to offer; with all communes of the country it would be 200 KB."""
MEANT = 12
"""Places that the page asks about; every name that several have fits."""
LAST_YEAR = 2200


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A role as it is to be given."""

    role: Role
    area: str
    ends_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """What cannot be read, said to whoever filled in the form; `choices`: places to choose from."""

    words: str = ""
    choices: Sequence[Place] = ()


def read(project_id: int, user_id: int | None = None) -> Wanted | Unclear:
    """What the form says. Whether the reader may give it, the action asks."""
    role = request.form.get("role", type=Role)
    if role not in ranks.grantable(actor(), project_id, user_id):
        return Unclear(words=frame.say("giving.no_role"))
    area, ends_at = _area(_reach(project_id)), _until()
    if isinstance(area, Unclear):
        return area
    if isinstance(ends_at, Unclear):
        return ends_at
    return Wanted(role=role, area=area, ends_at=ends_at)


def choices(project_id: int, user_id: int | None = None, unclear: Unclear | None = None) -> Any:
    """What the form offers, and what was filled in, for `giving.html`."""
    reach, language = _reach(project_id), frame.page_language()
    filled = request.form if unclear else {}
    return {
        "roles": ranks.grantable(actor(), project_id, user_id),
        "is_whole": reach.is_whole,
        "own": wording.areas(reach.areas, language),
        "places": [area_names.label(place, language) for place in _offered(reach)],
        "chosen": {name: filled.get(name, "")[:LONGEST] for name in FIELDS},
        "which": [
            (place.code, frame.say(f"giving.level_{place.level}", name=_name(place)))
            for place in (unclear.choices if unclear else ())
        ],
        "first_day": clock.now().astimezone(wording.ZONE).date(),
    }


def _name(place: Place) -> str:
    return wording.areas([place.code], frame.page_language())


def _reach(project_id: int) -> Reach:
    """Where the reader gives roles at all."""
    return policy.reach(actor(), Act.USER_MANAGE, project_id)


def _offered(reach: Reach) -> list[Place]:
    tops = None if reach.is_whole else reach.areas
    everything = list(area_names.within(tops))
    return everything if len(everything) <= OFFERED else list(area_names.within(tops, smallest=2))


def _area(reach: Reach) -> str | Unclear:
    where = request.form.get("where", "")
    typed = " ".join(request.form.get("area", "").split())[:LONGEST]
    if where == EVERYWHERE:
        return Unclear(words=frame.say("giving.both")) if typed else WHOLE_PROJECT
    if where != IN_AREA:
        return Unclear(words=frame.say("giving.no_where"))
    if not typed:
        return Unclear(words=frame.say("giving.no_area"))
    return _meant(typed, reach)


def _meant(typed: str, reach: Reach) -> str | Unclear:
    """The code of the one area that is called so, of those where the reader gives roles."""
    found = [place for place in area_names.named(typed) if reach.holds(place.code)]
    if len(found) == 1:
        return found[0].code
    picked = request.form.get("pick", "")
    tops = None if reach.is_whole else reach.areas
    near = found or area_names.like(typed, area_names.within(tops), MEANT)
    if any(place.code == picked for place in near):
        return picked
    key = "giving.several" if found else "giving.near" if near else "giving.nothing"
    words = frame.say(key, typed=typed, n=len(found))
    return Unclear(words=words, choices=near[:MEANT])


def _until() -> dt.datetime | Unclear | None:
    """The moment after the last one of that day, by Phnom Penh's clock."""
    typed = request.form.get("until", "").strip()[:LONGEST]
    if not typed:
        return None
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return Unclear(words=frame.say("giving.no_day", typed=typed))
    if day.year > LAST_YEAR:
        return Unclear(words=frame.say("giving.far", last=LAST_YEAR))
    end = wording.end_of(day)
    return Unclear(words=frame.say("giving.past")) if end <= clock.now() else end
