"""From one filled-in form to facts: pure, replayable, driven by tags alone.

Any text may stand in any answer; nothing here raises. What cannot be read is unknown, what the
person would not say is no_answer, what nobody asked is not_asked.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from service.facts import ages, codes, places, remoteness, washington
from service.facts.answers import coded, day, local_day, several, whole_number, yes_or_no
from service.facts.kinds import Consent, Facts, Household, Need, Person, Signature
from service.facts.needs import NEED
from service.facts.plan import Plan, Scope
from service.facts.scopes import Given, read_consent
from service.intake.instance import Instance

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")

EARLIEST = dt.date(2008, 1, 1)
"""The year of the People's Treaty. An earlier date is a phone whose clock was reset."""

_GEO = ("geo.adm1", "geo.adm2", "geo.adm3", "geo.adm4")
_REMOTE = ("remote.min_hc", "remote.wet_pass")
_WG = tuple(f"wg.{domain}" for domain in washington.DOMAINS)
_SAID_MINOR = frozenset({"under18", "under_18", "under", "minor", "child"})
_SAID_ADULT = frozenset({"adult", "18+", "18plus", "over18"})
_STATUS_ORDER = {status: at for at, status in enumerate(codes.NEED_STATUS)}

_Values = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the server knows about a submission and the form does not say."""

    project_id: int
    submission_pk: uuid.UUID
    submitter_id: int | None
    received_at: dt.datetime
    """Aware UTC."""
    zone: ZoneInfo = PHNOM_PENH
    standing: str = "received"
    """What review decided, so that replaying a submission does not undo it."""


def project(instance: Instance, plan: Plan, context: Context) -> Facts:
    """The facts of one instance. Where keeping the record was refused: that refusal alone."""
    scope = plan.read(instance.answers)
    given = read_consent(scope.values)
    common = _common(scope.values, context)
    if given.is_refusal:
        return Facts(consents=(_consent(common, 0, given),))
    common["stats"] = given.allows("stats")
    asked = any(tag.startswith("consent.") for tag in scope.values)
    consents = [_consent(common, 0, given)] if "consent" in plan.makes and asked else []
    household = _household(scope.values, common) if "household" in plan.makes else None
    told: tuple[list[Consent], list[Person], list[Need]] = ([], [], [])
    if "person" in plan.makes:
        told = _people(scope, plan, common)
    return Facts(
        household=household,
        consents=tuple(consents + told[0]),
        persons=tuple(told[1]),
        needs=tuple(told[2]),
        signatures=_signatures(scope, plan, common) if "signature" in plan.makes else (),
    )


# --- what all facts of a submission share -------------------------------------------------------
def _common(values: _Values, context: Context) -> dict[str, Any]:
    happened_on = _happened_on(values, context)
    return {
        "project_id": context.project_id,
        "submission_pk": context.submission_pk,
        "happened_on": happened_on,
        "month": happened_on.isoformat()[:7],
        **_place(values),
        "submitter_id": context.submitter_id,
        "stats": False,
        "standing": context.standing,
    }


def _happened_on(values: _Values, context: Context) -> dt.date:
    """The day it happened: as told, else as the phone began the form, else as it came in."""
    received_on = context.received_at.astimezone(context.zone).date()
    told = (
        day(values.get("petition.date", "")),
        day(values.get("meta.date", "")),
        local_day(values.get("meta.time", ""), context.zone),
    )
    # A day of grace: phones west of Cambodia, and clocks a little fast.
    latest = received_on + dt.timedelta(days=1)
    return next((on for on in told if on and EARLIEST <= on <= latest), received_on)


def _place(values: _Values) -> dict[str, str]:
    adm1, adm2, adm3, adm4 = (values.get(tag, "") for tag in _GEO)
    adm1, adm2, adm3, adm4 = places.load().resolve((adm1, adm2, adm3, adm4))
    return {"adm1": adm1, "adm2": adm2, "adm3": adm3, "adm4": adm4}


def _consent(common: Mapping[str, Any], ordinal: int, given: Given) -> Consent:
    return Consent(
        **common,
        ordinal=ordinal,
        granted=given.granted,
        refused=given.refused,
        method=given.method,
        is_proxy=given.is_proxy,
    )


def _household(values: _Values, common: Mapping[str, Any]) -> Household:
    get = values.get
    minutes = remoteness.LONGEST_MINUTES
    centre, passable = _distance(values)
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


def _distance(values: _Values) -> tuple[int | None, bool | None]:
    """Minutes to the health centre; whether the road can be passed in the wet season."""
    centre = whole_number(values.get("remote.min_hc", ""), 0, remoteness.LONGEST_MINUTES)
    return centre, yes_or_no(values.get("remote.wet_pass", ""))


# --- persons and their needs --------------------------------------------------------------------
def _people(
    scope: Scope, plan: Plan, common: dict[str, Any]
) -> tuple[list[Consent], list[Person], list[Need]]:
    """Everybody's facts; whoever refused that a record be kept leaves the refusal alone."""
    consents: list[Consent] = []
    persons: list[Person] = []
    needs: list[Need] = []
    entries = scope.inside("person") if plan.person_repeat else [scope]
    outer = {t: v for t, v in scope.values.items() if t not in plan.by_person}
    loose_needs = scope.inside("need") if plan.person_repeat and len(entries) == 1 else []
    for ordinal, entry in enumerate(entries):
        needs_of = entry.inside("need") + loose_needs
        if not (any(_is_personal(tag) for tag in entry.values) or needs_of):
            continue  # a repeat opened by a wrong tap, or a form left before its first person
        own, values = common, entry.values
        if plan.person_repeat:
            values = outer | entry.values
            own = _own(common, values, plan)
            given = _asked_alone(entry.values, own, ordinal, consents)
            if given is not None and given.is_refusal:
                continue
        dimensions = _dimensions(values)
        told = _needs(values, needs_of, plan, dimensions | own, ordinal)
        persons.append(_person(values, own, dimensions, ordinal, told))
        needs += told
    return consents, persons, needs


def _is_personal(tag: str) -> bool:
    return tag.startswith(("person.", "victim.", "wg.", "need.", "incident.", "injury."))


def _own(common: dict[str, Any], values: _Values, plan: Plan) -> dict[str, Any]:
    """The common part, with the person's own place where the form asks it of each person."""
    return common | _place(values) if plan.by_person.intersection(_GEO) else dict(common)


def _asked_alone(
    values: _Values, own: dict[str, Any], ordinal: int, consents: list[Consent]
) -> Given | None:
    """Consent asked of this person alone, if it was; it replaces the household's for counting."""
    if not any(tag.startswith("consent.") for tag in values):
        return None
    given = read_consent(values)
    if given.is_refusal or "consent.stats" in values:
        own["stats"] = given.allows("stats")
    consents.append(_consent(own, ordinal + 1, given))
    return given


def _dimensions(values: _Values) -> dict[str, Any]:
    get = values.get
    age = _age(values)
    return {
        "sex": coded(get("person.sex", ""), codes.SEX),
        "age_band": age.band,
        "disability": washington.identifier(_wg(values), age.is_under_5),
        "victim_type": coded(get("victim.type", ""), codes.VICTIM_TYPE),
        "device": coded(get("incident.device", ""), codes.DEVICE),
        "remoteness": remoteness.band(*_distance(values)),
    }


def _age(values: _Values) -> ages.Age:
    get = values.get
    return ages.read_age(
        get("person.age", ""), get("person.age_known", ""), get("person.age_band", "")
    )


def _wg(values: _Values) -> list[int | None]:
    return [washington.read_answer(values[tag]) if tag in values else None for tag in _WG]


def _person(
    values: _Values,
    own: Mapping[str, Any],
    dimensions: Mapping[str, Any],
    ordinal: int,
    told: list[Need],
) -> Person:
    age = _age(values)
    see, hear, walk, remember, selfcare, communicate = wg = _wg(values)
    outcome = values.get("incident.outcome", "")
    latest_year = own["happened_on"].year
    return Person(
        **own,
        **dimensions,
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
    )


def _needs(
    values: dict[str, str],
    entries: list[Scope],
    plan: Plan,
    shared: Mapping[str, Any],
    ordinal: int,
) -> list[Need]:
    """One row per need code; told twice, the row whose status is open, else the one told first."""
    told: dict[str, Need] = {}
    for answers in [entry.values for entry in entries] or [values]:
        status = _status(answers.get("need.status", values.get("need.status", "")), plan)
        for code in several(answers.get("need.code", ""), NEED):
            held = told.get(code)
            if held is None or (status in codes.OPEN_STATUSES and not held.is_open):
                told[code] = Need(
                    **shared,
                    person_ordinal=ordinal,
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


# --- signatures ---------------------------------------------------------------------------------
def _signatures(scope: Scope, plan: Plan, common: Mapping[str, Any]) -> tuple[Signature, ...]:
    entries = scope.inside("signature") if plan.signature_repeat else [scope]
    signed = ((at, {**scope.values, **entry.values}) for at, entry in enumerate(entries))
    return tuple(
        _signature(values, plan, common, at)
        for at, values in signed
        if any(tag.startswith("petition.") for tag in values)
    )


def _signature(values: _Values, plan: Plan, common: Mapping[str, Any], ordinal: int) -> Signature:
    get = values.get
    age = _age(values)
    mark = coded(get("petition.mark", ""), codes.MARK_TYPE)
    agreed = _agreed(get("petition.agree", ""), mark, plan)
    refused = yes_or_no(get("consent.stats", "")) is False
    return Signature(
        **{**common, "stats": agreed and not refused},
        ordinal=ordinal,
        line_status=_line_status(values, agreed, _is_minor(get("petition.minor", ""), age)),
        kind=coded(get("petition.kind", ""), codes.SIGNATORY_KIND),
        mark=mark,
        sex=coded(get("person.sex", ""), codes.SEX),
        age_band=age.band,
    )


def _agreed(answer: str, mark: str, plan: Plan) -> bool:
    """Did the person sign: a mark, and the act of agreeing, as far as the form asks for them."""
    has_mark = mark in codes.MARKS_THAT_COUNT or "petition.mark" not in plan.tags
    has_agreed = yes_or_no(answer) is True or "petition.agree" not in plan.tags
    return has_mark and has_agreed and bool({"petition.mark", "petition.agree"} & plan.tags)


def _is_minor(answer: str, age: ages.Age) -> bool:
    """Under 18 by either answer: where two contradict each other, the child is protected."""
    word = answer.strip().lower()
    said = word in _SAID_MINOR or (word not in _SAID_ADULT and yes_or_no(word) is True)
    return said or age.is_minor


def _line_status(values: _Values, agreed: bool, is_minor: bool) -> str:
    if not agreed:
        return "no_mark"
    if is_minor:
        return "minor"
    told = coded(values.get("petition.line_status", ""), codes.LINE_STATUS)
    return told if told in codes.LINE_STATUS else "valid"
