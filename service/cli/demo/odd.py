"""What happens in the field: corrections, copies that contradict, and what rules of flags notice.
Of sixty households seven are so, the first twenty among them, so that small loads have each."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from service.cli.demo.people import Filled, answered

IN = 60
BUDDHIST = 543
_FLAT = ("wg_see", "wg_hear", "wg_walk", "wg_remember", "wg_selfcare", "wg_communicate")

Unit = tuple[Filled, ...]
"""What one phone sends one after the other."""


def unit(household: Filled, number: int) -> Unit:
    """A household as it is sent, and what is sent of it again."""
    happens = _HAPPENS.get(number % IN)
    if happens is None or household.answers["c_store"] != "yes":
        return (household,)
    return happens(household)


def _corrected(household: Filled) -> Unit:
    return household, _changed(household, "corrected", edits=household.instance_id, hh_size="9")


def _contradicted(household: Filled) -> Unit:
    return household, replace(household, answers={**household.answers, "hh_size": "9"})


def _asked_twice(household: Filled) -> Unit:
    later = {
        when: _moved(household.answers[when], dt.timedelta(minutes=14)) for when in ("start", "end")
    }
    code = f"{household.answers['hh_id']}B"
    return household, _changed(household, "twice", hh_id=code, **later)


def _too_fast(household: Filled) -> Unit:
    took = dt.timedelta(seconds=answered(household.answers))
    ended = _moved(household.answers["start"], took)
    return (replace(household, answers={**household.answers, "end": ended}),)


def _buddhist(household: Filled) -> Unit:
    told = {
        when: f"{int(household.answers[when][:4]) + BUDDHIST}{household.answers[when][4:]}"
        for when in ("start", "end", "today")
    }
    return (replace(household, answers={**household.answers, **told}),)


def _old(household: Filled) -> Unit:
    return (_first_person(household, age_known="exact", age="109"),)


def _alike(household: Filled) -> Unit:
    made = _first_person(household, wg=dict.fromkeys(_FLAT, "2"))
    people = [*made.answers["person"], copy.deepcopy(made.answers["person"][0])]
    people[-1] |= {"age_known": "exact", "age": "33"}
    return (replace(made, answers={**made.answers, "person": people}),)


def _first_person(household: Filled, **told: Any) -> Filled:
    answers = copy.deepcopy(household.answers)
    answers["person"][0] |= told
    return replace(household, answers=answers)


def _changed(household: Filled, what: str, *, edits: str | None = None, **told: str) -> Filled:
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"{household.instance_id} {what}")
    answers = {**household.answers, **told}
    return replace(household, instance_id=f"uuid:{made}", answers=answers, edits=edits)


def _moved(moment: str, by: dt.timedelta) -> str:
    return (dt.datetime.fromisoformat(moment) + by).isoformat(timespec="milliseconds")


_HAPPENS: dict[int, Callable[[Filled], Unit]] = {
    3: _corrected,
    5: _contradicted,
    7: _asked_twice,
    11: _too_fast,
    13: _buddhist,
    17: _old,
    19: _alike,
}
