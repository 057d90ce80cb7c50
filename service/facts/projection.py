"""From one filled-in form to facts: pure, replayable, driven by tags alone.

Any text may stand in any answer; nothing here raises. What cannot be read is unknown, what the
person would not say is no_answer, what nobody asked is not_asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from service.facts import ages, casualties, codes, consenting, remoteness
from service.facts.answers import Values, coded, several, whole_number
from service.facts.circumstances import (
    Context,
    circumstances_of,
    consent_row,
    distance_of,
    household_key_of,
    latest_day,
)
from service.facts.follow_ups import read_visit
from service.facts.kinds import Consent, Facts, Household, Incident, RightsIssue
from service.facts.people import People, read_people
from service.facts.places import UNKNOWN
from service.facts.plan import Plan, Scope
from service.facts.reports import (
    issues_of,
    read_concern,
    read_issues,
    read_provider,
    read_testimony,
)
from service.facts.scopes import Given
from service.facts.signing import is_minor, read_sheet, read_signatures
from service.intake.instance import Instance

__all__ = ["Context", "consents_of", "project"]
SIGNING = frozenset({"signature", "sheet"})
"""Whoever has the database and knows everybody names signers by village, sex and age group. No
figure needs the village: it stays in the record, sealed, where whoever compares names reads it."""


def project(instance: Instance, plan: Plan, context: Context, scope: Scope | None = None) -> Facts:
    """The facts of one instance. Where keeping the record was refused: that refusal alone, in a
    province, for it is counted and leads to nobody's door. `scope`: its answers, where they were
    read by that plan before."""
    scope = scope or plan.read(instance.answers)
    values = scope.values
    common = circumstances_of(values, context)
    if "casualty" in plan.makes:
        common |= casualties.where(values)
    if not SIGNING.isdisjoint(plan.makes):
        common |= {"adm4": UNKNOWN}
    said = _said(scope, plan, common["happened_on"], context)
    if said.whole.is_refusal:
        common |= dict.fromkeys(("adm2", "adm3", "adm4"), UNKNOWN)
        return Facts(consents=(consent_row(common, 0, said.whole, values, context),))
    is_infant = ages.age_of(values).is_infant
    common |= said.terms(is_minor=_speaks_of_a_child(scope, plan), is_infant=is_infant)
    consents: list[Consent] = []
    if scope.says_consent:
        consents.append(consent_row(common, 0, said.whole, values, context))
    makes = plan.makes
    told = People()
    if "person" in makes:
        told = read_people(scope, plan, common, said, context)
    visits, follow_ups = read_visit(scope, common) if "case" in makes else ((), ())
    return Facts(
        households=(_household(values, common, context),) if "household" in makes else (),
        consents=tuple(consents + told.consents),
        persons=tuple(told.persons),
        incidents=_incidents(values, plan, common, told),
        needs=tuple(told.needs),
        visits=visits,
        follow_ups=follow_ups,
        rights_issues=_issues(scope, plan, common, told),
        clearance_concerns=read_concern(values, common) if "concern" in makes else (),
        testimonies=read_testimony(values, common, said.whole.attribution)
        if "testimony" in makes
        else (),
        signatures=read_signatures(scope, plan, common, said) if "signature" in makes else (),
        sheets=read_sheet(scope, common) if "sheet" in makes else (),
        providers=read_provider(values, common) if "provider" in makes else (),
    )


def _incidents(
    values: Values, plan: Plan, common: Mapping[str, Any], told: People
) -> tuple[Incident, ...]:
    """Of people assessed, or of one casualty whom an institution counted."""
    if "casualty" in plan.makes and "person" not in plan.makes:
        return casualties.read_casualty(values, common)
    return tuple(told.incidents)


def _issues(
    scope: Scope, plan: Plan, common: Mapping[str, Any], told: People
) -> tuple[RightsIssue, ...]:
    """Of each person, by the terms on which that person speaks; or of the form as a whole."""
    if "rights_issue" not in plan.makes:
        return ()
    return tuple(told.issues) if told.issues else read_issues(issues_of(scope), common)


def consents_of(instance: Instance, plan: Plan, context: Context) -> Mapping[int, Given]:
    """What consent was in this version, for the one that edits it (`Context.before`)."""
    scope = plan.read(instance.answers)
    on = circumstances_of(scope.values, context)["happened_on"]
    return _said(scope, plan, on, context).said


def _said(scope: Scope, plan: Plan, on: dt.date, context: Context) -> consenting.Consents:
    latest = latest_day(context)
    return consenting.read(scope, plan, on, latest, context.before, context.narrowed)


def _speaks_of_a_child(scope: Scope, plan: Plan) -> bool:
    """Whether a form without a repeat of persons or signers is about one person under 18, or one of
    several reports in a form is."""
    if any(ages.age_of(entry.values).is_minor for entry in scope.beside):
        return True
    if plan.person_repeat or plan.signature_repeat:
        return False
    values = scope.values
    return is_minor(values.get("petition.minor", ""), ages.age_of(values))


def _household(values: Values, common: Mapping[str, Any], context: Context) -> Household:
    get = values.get
    minutes = remoteness.LONGEST_MINUTES
    centre, passable = distance_of(values)
    return Household(
        **common,
        household_key=household_key_of(values, common["adm3"], context),
        size=whole_number(get("household.size", ""), 1, 99),
        head_sex=coded(get("household.head_sex", ""), codes.SEX),
        id_docs=several(get("household.id_docs", ""), codes.ID_DOC),
        remoteness=remoteness.band(centre, passable),
        remoteness_rule=remoteness.RULE,
        minutes_health_centre=centre,
        minutes_town=whole_number(get("remote.min_town", ""), 0, minutes),
        minutes_rehabilitation=whole_number(get("remote.min_prc", ""), 0, minutes),
        cost_khr=whole_number(get("remote.cost_khr", ""), 0, remoteness.DEAREST_KHR),
        wet_season_passable=passable,
        phone_signal=coded(get("remote.signal", ""), codes.PHONE_SIGNAL),
    )
