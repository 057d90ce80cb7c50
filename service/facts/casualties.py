"""Casualties that an institution counted: incidents of people of whom nobody was asked (0057)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.facts import codes, places, ranges
from service.facts.answers import Values, coded
from service.facts.circumstances import GEO
from service.facts.incidents import PLACE, read_incident, told_age
from service.facts.kinds import Incident


def where(values: Values) -> dict[str, str]:
    """A casualty lies where it happened, unless the form asks of another place."""
    if any(values.get(tag) for tag in GEO):
        return {}
    adm1, adm2, adm3, adm4 = (values.get(tag, "") for tag in PLACE)
    adm1, adm2, adm3, adm4 = places.load().resolve((adm1, adm2, adm3, adm4))
    return {"adm1": adm1, "adm2": adm2, "adm3": adm3, "adm4": adm4}


def read_casualty(values: Values, common: Mapping[str, Any]) -> tuple[Incident, ...]:
    """At most one, of whomever it tells, hurt or not. The age is that at the time, as told: there
    was no interview to compute it from."""
    found = read_incident(values, common, 0, None)
    if found is None:
        return ()
    ages = told_age(values)
    fields = {name: getattr(found, name) for name in found.__struct_fields__}
    then = {
        "age_from": ages[0] if ages else None,
        "age_to": ages[1] if ages else None,
        "was_child": ranges.is_child(ages),
        "sex": coded(values.get("person.sex", ""), codes.SEX),
    }
    return (Incident(**fields | then),)
