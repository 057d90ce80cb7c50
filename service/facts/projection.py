"""From one filled-in form to facts: pure, replayable, driven by tags alone.

Any text may stand in any answer; nothing here raises. What cannot be read is unknown, what the
person would not say is no_answer, what nobody asked is not_asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.facts import codes, remoteness
from service.facts.answers import Values, coded, whole_number
from service.facts.circumstances import Context, circumstances_of, consent_row, distance_of
from service.facts.kinds import Consent, Facts, Household, Need, Person
from service.facts.people import read_people
from service.facts.plan import Plan
from service.facts.scopes import read_consent
from service.facts.signing import read_signatures
from service.intake.instance import Instance

__all__ = ["Context", "project"]


def project(instance: Instance, plan: Plan, context: Context) -> Facts:
    """The facts of one instance. Where keeping the record was refused: that refusal alone."""
    scope = plan.read(instance.answers)
    given = read_consent(scope.values)
    common = circumstances_of(scope.values, context)
    if given.is_refusal:
        return Facts(consents=(consent_row(common, 0, given),))
    common["stats"] = given.allows("stats")
    consents = [consent_row(common, 0, given)] if scope.says_consent else []
    household = _household(scope.values, common) if "household" in plan.makes else None
    told: tuple[list[Consent], list[Person], list[Need]] = ([], [], [])
    if "person" in plan.makes:
        told = read_people(scope, plan, common)
    return Facts(
        household=household,
        consents=tuple(consents + told[0]),
        persons=tuple(told[1]),
        needs=tuple(told[2]),
        signatures=read_signatures(scope, plan, common) if "signature" in plan.makes else (),
    )


def _household(values: Values, common: Mapping[str, Any]) -> Household:
    get = values.get
    minutes = remoteness.LONGEST_MINUTES
    centre, passable = distance_of(values)
    return Household(
        **common,
        size=whole_number(get("household.size", ""), 1, 99),
        head_sex=coded(get("household.head_sex", ""), codes.SEX),
        remoteness=remoteness.band(centre, passable),
        remoteness_rule=remoteness.RULE,
        minutes_health_centre=centre,
        minutes_rehabilitation=whole_number(get("remote.min_prc", ""), 0, minutes),
        cost_khr=whole_number(get("remote.cost_khr", ""), 0, remoteness.DEAREST_KHR),
        wet_season_passable=passable,
        phone_signal=coded(get("remote.signal", ""), codes.PHONE_SIGNAL),
    )
