"""Persons and their needs: the part of projection that forms of needs assessment share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.facts import ages, codes, remoteness, washington
from service.facts.answers import (
    NO_CODE,
    Values,
    coded,
    says_none,
    says_nothing,
    several,
    whole_number,
    yes_or_no,
)
from service.facts.circumstances import (
    GEO,
    Context,
    consent_row,
    distance_of,
    household_key_of,
    place_of,
)
from service.facts.consenting import Consents
from service.facts.kinds import Consent, Need, Person
from service.facts.needs import NEED
from service.facts.plan import Plan, Scope


def read_people(
    scope: Scope, plan: Plan, common: dict[str, Any], said: Consents, context: Context
) -> tuple[list[Consent], list[Person], list[Need]]:
    """Everybody's facts; whoever refused that a record be kept leaves the refusal alone."""
    consents: list[Consent] = []
    persons: list[Person] = []
    needs: list[Need] = []
    entries = scope.inside("person") if plan.person_repeat else [scope]
    outer = {t: v for t, v in scope.values.items() if t not in plan.by_person}
    loose_needs = scope.inside("need") if plan.person_repeat and len(entries) == 1 else []
    of_all = said.terms()
    home = household_key_of(scope.values, common["adm3"], context)
    for ordinal, entry in enumerate(entries):
        needs_of = entry.inside("need") + loose_needs
        if not (entry.says_person or needs_of):
            continue
        own, values = common, outer | entry.values if plan.person_repeat else entry.values
        age, wg = ages.age_of(values), washington.answers_of(values)
        household_key = home
        if plan.person_repeat:
            terms = said.terms(ordinal=ordinal, is_minor=age.is_minor, is_infant=age.is_infant)
            own = _own(common, values, plan)
            if own["adm3"] != common["adm3"] or "household.id" in entry.values:
                household_key = household_key_of(values, own["adm3"], context)
            if terms is not of_all:
                own |= terms
            given = said.own(ordinal)
            if given is not None and entry.says_consent:
                consents.append(consent_row(own, ordinal + 1, given, entry.values, context))
            if given is not None and given.is_refusal:
                continue
        shared = own | _dimensions(values, age, wg) | {"household_key": household_key}
        told = _needs(values, needs_of, plan, shared | {"person_ordinal": ordinal})
        persons.append(_person(values, shared=shared, ordinal=ordinal, age=age, wg=wg, told=told))
        needs += told
    return consents, persons, needs


def _own(common: dict[str, Any], values: Values, plan: Plan) -> dict[str, Any]:
    """The common part, with the person's own place where the form asks it of each person."""
    return common | place_of(values) if plan.by_person.intersection(GEO) else dict(common)


def _dimensions(values: Values, age: ages.Age, wg: washington.Answers) -> dict[str, Any]:
    get = values.get
    return {
        "sex": coded(get("person.sex", ""), codes.SEX),
        "age_band": age.band,
        "disability": washington.identifier(wg, age.is_under_5),
        "victim_type": coded(get("victim.type", ""), codes.VICTIM_TYPE),
        "device": coded(get("incident.device", ""), codes.DEVICE),
        "remoteness": remoteness.band(*distance_of(values)),
    }


def _person(
    values: Values,
    *,
    shared: Mapping[str, Any],
    ordinal: int,
    age: ages.Age,
    wg: washington.Answers,
    told: list[Need],
) -> Person:
    see, hear, walk, remember, selfcare, communicate = wg
    outcome = values.get("incident.outcome", "")
    latest_year = shared["happened_on"].year
    return Person(
        **shared,
        ordinal=ordinal,
        age_years=age.years,
        age_known=age.known,
        wg_see=see,
        wg_hear=hear,
        wg_walk=walk,
        wg_remember=remember,
        wg_selfcare=selfcare,
        wg_communicate=communicate,
        wg_max=washington.highest(wg),
        incident_year=whole_number(values.get("incident.year", ""), 1900, latest_year),
        incident_outcome=coded(outcome, codes.INCIDENT_OUTCOME) if outcome else None,
        injuries=several(values.get("injury.kind", ""), codes.INJURY),
        open_needs=sum(need.is_open for need in told),
        is_proxy=yes_or_no(values.get("consent.proxy", "")),
    )


def _needs(
    values: dict[str, str],
    entries: list[Scope],
    plan: Plan,
    shared: Mapping[str, Any],
) -> list[Need]:
    """One row per need code; told twice, the row whose status is open, else the one told first."""
    told: dict[str, Need] = {}
    for answers in [entry.values for entry in entries] or [values]:
        said = _status(answers.get("need.status", values.get("need.status", "")), plan)
        asked = answers.get("need.code", "")
        for code in several(asked, NEED):
            if code in NO_CODE and says_none(asked):
                continue
            # Whoever does not say which need there is has not said that there is one.
            is_silent = code in NO_CODE and says_nothing(asked)
            status = code if is_silent and "need.status" not in plan.tags else said
            held = told.get(code)
            if held is None or (status in codes.OPEN_STATUSES and not held.is_open):
                told[code] = Need(
                    **shared,
                    need_code=code,
                    status=status,
                    is_open=status in codes.OPEN_STATUSES,
                    priority=coded(answers.get("need.priority", ""), codes.PRIORITY),
                    barriers=several(answers.get("need.barrier", ""), codes.BARRIER),
                )
    return list(told.values())


def _status(answer: str, plan: Plan) -> str:
    """Status of a told need. A form that does not ask for it asks what people lack: unmet."""
    return coded(answer, codes.NEED_STATUS) if "need.status" in plan.tags else "unmet"
