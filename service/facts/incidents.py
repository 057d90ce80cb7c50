"""What happened to one person: the part of projection that reads incidents and injuries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from service.facts import codes, places, ranges
from service.facts.ages import OLDEST
from service.facts.answers import Values, coded, several, whole_number, yes_or_no
from service.facts.kinds import Incident
from service.facts.ranges import Days, Years

PLACE = ("incident.adm1", "incident.adm2", "incident.adm3", "incident.adm4")
_TOLD = ("incident.", "injury.")
_THEIR_OWN = frozenset({"direct_injured", "direct_killed"})
_ERAS = (("pre1979", 1978), ("1979_1998", 1998), ("1999_2024", 2024))
"""Code, and its last year. From 2025 on a year alone does not tell the fighting at the border from
what lay in the ground before: that is told, or unknown."""


def read_incident(
    values: Values, shared: Mapping[str, Any], ordinal: int, ages: Years | None
) -> Incident | None:
    """None where nothing of it was answered. `shared`: the columns of every fact; `ages`: of the
    person at the interview."""
    if not any(tag.startswith(_TOLD) for tag in values):
        return None
    get = values.get
    on = shared["happened_on"]
    happened = _when(values, on)
    victim = coded(get("victim.type", ""), codes.VICTIM_TYPE)
    is_own = victim in _THEIR_OWN
    then = _age_then(values, on, happened, ages) if is_own else None
    place, precision = places.load().finest(_answers(values))
    return Incident(
        **shared,
        ordinal=ordinal,
        victim_type=victim,
        device=coded(get("incident.device", ""), codes.DEVICE),
        era=_era(get("incident.era", ""), happened),
        submunition=coded(get("incident.submunition", ""), codes.SUBMUNITION_KIND),
        incident_from=happened[0] if happened else None,
        incident_to=happened[1] if happened else None,
        place=place,
        place_precision=precision,
        activity=coded(get("incident.activity", ""), codes.ACTIVITY),
        civil_status=coded(get("incident.civil_status", ""), codes.CIVIL_STATUS),
        off_duty=yes_or_no(get("incident.off_duty", "")),
        outcome=coded(get("incident.outcome", ""), codes.INCIDENT_OUTCOME),
        marked_area=coded(get("incident.marked", ""), codes.MARKED_AREA),
        age_from=then[0] if then else None,
        age_to=then[1] if then else None,
        was_child=ranges.is_child(then),
        injuries=several(get("injury.kind", ""), codes.INJURY),
        side=coded(get("injury.side", ""), codes.SIDE),
        sex=coded(get("person.sex", ""), codes.SEX) if is_own else "not_asked",
        reported_by=coded(get("casualty.source", ""), codes.CASUALTY_SOURCE),
    )


def _answers(values: Values) -> tuple[str, str, str, str]:
    adm1, adm2, adm3, adm4 = (values.get(tag, "") for tag in PLACE)
    return adm1, adm2, adm3, adm4


def _when(values: Values, on: dt.date) -> Days | None:
    """By year and month, or by the day where a form asks for it."""
    if told := values.get("incident.date", ""):
        return ranges.days(told, on)
    year = values.get("incident.year", "").strip()
    month = whole_number(values.get("incident.month", ""), 1, 12)
    return ranges.days(f"{year}-{month}" if month else year, on)


def _age_then(
    values: Values, on: dt.date, happened: Days | None, ages: Years | None
) -> Years | None:
    """By the person's age and the date; else as the form has it, where both are not known."""
    computed = ranges.at_incident(ages, on, happened)
    if computed is not None or happened is not None:
        return computed
    return told_age(values)


def told_age(values: Values) -> Years | None:
    """The age at the time, as a form has it: in years, else in a band."""
    told = whole_number(values.get("incident.age", ""), 0, OLDEST)
    if told is not None:
        return told, told
    return ranges.of_band(values.get("incident.age_band", ""))


def _era(told: str, happened: Days | None) -> str:
    era = coded(told, codes.INCIDENT_ERA)
    if era != "not_asked" or happened is None:
        return era
    first = next((code for code, last in _ERAS if happened[0].year <= last), "unknown")
    last = next((code for code, last in _ERAS if happened[1].year <= last), "unknown")
    return first if first == last else "unknown"
