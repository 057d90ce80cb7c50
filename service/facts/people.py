"""Persons and their needs: the part of projection that forms of needs assessment share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from service.facts import ages, codes, places, ranges, remoteness, scopes, washington
from service.facts.answers import (
    NO_CODE,
    Values,
    code_of,
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
from service.facts.incidents import read_incident
from service.facts.kinds import Consent, Incident, Need, Person, RightsIssue
from service.facts.living import living_of
from service.facts.needs import NEED, StandsNow
from service.facts.places import UNKNOWN
from service.facts.plan import Plan, Scope
from service.facts.reports import issues_of, read_issues


@dataclass(kw_only=True)
class People:
    """The facts of everybody in a record, in its order."""

    consents: list[Consent] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)
    issues: list[RightsIssue] = field(default_factory=list)


def persons_in(scope: Scope, plan: Plan) -> list[Scope]:
    """What is told of each person; the place in the list is the person's ordinal."""
    return scope.inside("person") if plan.person_repeat else [scope]


def read_people(
    scope: Scope, plan: Plan, common: dict[str, Any], said: Consents, context: Context
) -> People:
    """Everybody's facts; whoever refused that a record be kept leaves the refusal alone."""
    people = People()
    entries = persons_in(scope, plan)
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
            own = without(own, context.denied.get(ordinal))
            given = said.own(ordinal)
            if given is not None and entry.says_consent:
                people.consents.append(consent_row(own, ordinal + 1, given, entry.values, context))
            if given is not None and given.is_refusal:
                continue
        own = without(own, context.denied.get(ordinal))
        shared = own | _dimensions(values, age, wg) | {"household_key": household_key}
        needs = shared | {"person_ordinal": ordinal}
        told = as_they_stand(
            _needs(values, needs_of, plan, needs), needs, context.need_states.get(ordinal, {})
        )
        person = _person(values, shared=shared, ordinal=ordinal, age=age, wg=wg, told=told)
        people.persons.append(person)
        people.needs += told
        _add_what_happened(people, values, entry, plan, own, person)
    return people


def without(terms: dict[str, Any], denied: frozenset[str] | None) -> dict[str, Any]:
    """The terms on which somebody's facts may be used, less what was refused since."""
    if not denied:
        return terms
    stay = ~scopes.bits(scopes.with_media(denied))
    return {
        **terms,
        "scopes": terms["scopes"] & stay,
        "stats": terms["stats"] and "stats" not in denied,
    }


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who somebody is, as it was told."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


def identity_of(person: Scope) -> Identity:
    """Who that is. No fact: for lists that name people, and for what a provider is handed."""
    told = person.values
    return Identity(name=told.get("person.name", ""), phone=told.get("person.phone", ""))


def _add_what_happened(
    people: People,
    values: Values,
    entry: Scope,
    plan: Plan,
    own: Mapping[str, Any],
    person: Person,
) -> None:
    """The incident and the breaches of rights that one person tells of."""
    ages_now = None if person.age_from is None or person.age_to is None else (
        person.age_from, person.age_to
    )  # fmt: skip
    incident = read_incident(values, own, person.ordinal, ages_now)
    if incident is not None:
        people.incidents.append(incident)
    if "rights_issue" in plan.makes and plan.person_repeat:
        first = len(people.issues)
        told = issues_of(Scope(values=dict(values), entries=entry.entries), person.ordinal)
        people.issues += read_issues(told, own, first)


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
    on = shared["happened_on"]
    could_be = ranges.of_age(age)
    born = ranges.born(could_be, on)
    home, precision = _home(values, shared)
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
        age_from=could_be[0] if could_be else None,
        age_to=could_be[1] if could_be else None,
        born_from=born[0] if born else None,
        born_to=born[1] if born else None,
        home=home,
        home_precision=precision,
        open_needs=sum(need.is_open for need in told),
        is_proxy=yes_or_no(values.get("consent.proxy", "")),
        **living_of(values),
    )


_HOME = ("home.adm1", "home.adm2", "home.adm3", "home.adm4")


def _home(values: Values, shared: Mapping[str, Any]) -> tuple[str, str]:
    """Where the person lives, where a form asks it apart; else where they were visited."""
    told = [values.get(tag, "") for tag in _HOME]
    if not any(told):
        told = ["" if shared[at] == UNKNOWN else shared[at] for at in _VISITED]
    adm1, adm2, adm3, adm4 = told
    return places.load().finest((adm1, adm2, adm3, adm4))


_VISITED = ("adm1", "adm2", "adm3", "adm4")


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
                    told_status=status,
                    is_open=status in codes.OPEN_STATUSES,
                    priority=coded(answers.get("need.priority", ""), codes.PRIORITY),
                    barriers=several(answers.get("need.barrier", ""), codes.BARRIER),
                    since_year=whole_number(
                        answers.get("need.since", ""), 1900, shared["happened_on"].year
                    ),
                    referral_to=code_of(answers.get("referral.to", "")),
                    referral_agreed=yes_or_no(answers.get("referral.ok", "")),
                )
    return list(told.values())


def as_they_stand(
    told: list[Need], shared: Mapping[str, Any], by_now: Mapping[str, StandsNow]
) -> list[Need]:
    """Needs with the status that visits and the office gave them since, and those that were told
    at a visit."""
    held = {need.need_code: need for need in told}
    for code in sorted(by_now.keys() - held.keys()):
        held[code] = Need(
            **shared,
            need_code=code,
            status=by_now[code].status,
            told_status=None,
            is_open=by_now[code].status in codes.OPEN_STATUSES,
            priority="not_asked",
            barriers=(),
            since_year=None,
            referral_to=None,
            referral_agreed=None,
        )
    return [
        need
        if code not in by_now
        else msgspec.structs.replace(
            need,
            **by_now[code]._asdict(),
            is_open=by_now[code].status in codes.OPEN_STATUSES,
        )
        for code, need in held.items()
    ]


def _status(answer: str, plan: Plan) -> str:
    """Status of a told need. A form that does not ask for it asks what people lack: unmet."""
    return coded(answer, codes.NEED_STATUS) if "need.status" in plan.tags else "unmet"
