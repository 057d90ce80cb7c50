"""Rights issues, clearance concerns, testimonies, providers: what a form reports besides people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from service.facts import ages, codes, ranges, remoteness, washington
from service.facts.answers import (
    Values,
    code_of,
    coded,
    day,
    several,
    whole_number,
    yes_or_no,
)
from service.facts.issues import ISSUE, ISSUE_KINDS
from service.facts.kinds import Concern, Provider, RightsIssue, Testimony
from service.facts.needs import NEED
from service.facts.plan import Scope
from service.facts.scopes import bits

_MOST_PEOPLE = 100_000
_LONGEST_NAME = 120
_MEDIA = "testimony.media"


def read_issues(
    entries: list[tuple[int | None, Values]], common: Mapping[str, Any], first: int = 0
) -> tuple[RightsIssue, ...]:
    """`entries`: the ordinal of the person who tells, if one is assessed, and the answers. `first`:
    the ordinal of the first issue."""
    told = [(who, values) for who, values in entries if values.get("issue.code")]
    return tuple(_issue(values, common, at, who) for at, (who, values) in enumerate(told, first))


def issues_of(scope: Scope, ordinal: int | None = None) -> list[tuple[int | None, Values]]:
    """The answers about each issue that a form, or one person in it, tells of."""
    inside = scope.inside("rights_issue")
    if not inside:
        return [(ordinal, scope.values)]
    return [(ordinal, {**scope.values, **entry.values}) for entry in inside]


def _issue(
    values: Values, common: Mapping[str, Any], ordinal: int, person: int | None
) -> RightsIssue:
    get, on = values.get, common["happened_on"]
    code = coded(get("issue.code", ""), ISSUE)
    kind = ISSUE_KINDS.get(code)
    happened = ranges.days(get("issue.date", ""), on)
    age = ages.age_of(values)
    return RightsIssue(
        **common,
        ordinal=ordinal,
        person_ordinal=person,
        issue_code=code,
        crpd=kind.crpd if kind else (),
        # A form can restrict more than the list does, never less.
        is_restricted=bool(kind and kind.is_restricted) or bool(yes_or_no(get(_RESTRICTED, ""))),
        reporter=coded(get("issue.reporter", ""), codes.REPORTER_KIND),
        issue_from=happened[0] if happened else None,
        issue_to=happened[1] if happened else None,
        place_type=coded(get("issue.place_type", ""), codes.PLACE_TYPE),
        duty_bearer=coded(get("issue.duty_bearer", ""), codes.DUTY_BEARER),
        affected=whole_number(get("issue.persons", ""), 1, _MOST_PEOPLE),
        sex=coded(get("person.sex", ""), codes.SEX),
        age_band=age.band,
        disability=washington.identifier(washington.answers_of(values), age.is_under_5),
        safe_to_raise=coded(get("issue.safe_to_raise", ""), codes.YES_NO_LATER),
        wants_action=coded(get("issue.wants_action", ""), codes.YES_NO_LATER),
        status=_status(get("issue.status", "")),
        raised_with=coded(get("issue.raised_with", ""), codes.DUTY_BEARER),
        answered_on=_past(get("issue.answer_date", ""), on),
    )


_RESTRICTED = "class.restricted"


def _status(answer: str) -> str:
    """A report that says nothing else is a report."""
    told = coded(answer, codes.ISSUE_STATUS)
    return "reported" if told == "not_asked" else told


def read_concern(values: Values, common: Mapping[str, Any]) -> tuple[Concern, ...]:
    get, on = values.get, common["happened_on"]
    if not any(tag.startswith("concern.") for tag in values):
        return ()
    return (
        Concern(
            **common,
            device=coded(get("concern.device", ""), codes.DEVICE),
            seen=coded(get("concern.seen", ""), codes.SEEN),
            land_use=several(get("concern.land_use", ""), codes.LAND_USE),
            hectares=coded(get("concern.hectares", ""), codes.HECTARES_RANGE),
            households=whole_number(get("concern.households", ""), 0, _MOST_PEOPLE),
            incident_before=coded(get("concern.incident_before", ""), codes.YES_NO),
            people_hurt=whole_number(get("concern.people_hurt", ""), 0, _MOST_PEOPLE),
            marked=coded(get("concern.marked", ""), codes.MARKED_AREA),
            reported_to=several(get("concern.reported_to", ""), codes.REPORTED_TO),
            reported_on=_past(get("concern.report_date", ""), on),
            answer=coded(get("concern.answer", ""), codes.ANSWER),
            answered_on=_past(get("concern.answer_date", ""), on),
            is_urgent=bool(yes_or_no(get("concern.urgent", ""))),
            women_asked=coded(get("concern.women_asked", ""), codes.YES_NO),
            persons_dis_asked=coded(get("concern.persons_dis_asked", ""), codes.YES_NO),
        ),
    )


def read_testimony(
    values: Values, common: Mapping[str, Any], attribution: str
) -> tuple[Testimony, ...]:
    """`attribution`: as consent has it, which an edit alone does not widen."""
    get = values.get
    if not any(tag.startswith("testimony.") for tag in values):
        return ()
    return (
        Testimony(
            **common,
            kind=coded(get("testimony.kind", ""), codes.TESTIMONY_KIND),
            form=coded(get("testimony.form", ""), codes.TESTIMONY_FORM),
            language=coded(get("testimony.language", ""), codes.CONSENT_LANGUAGE),
            sex=coded(get("person.sex", ""), codes.SEX),
            age_band=ages.age_of(values).band,
            distress=coded(get("testimony.distress", ""), codes.DISTRESS),
            read_back=coded(get("testimony.read_back", ""), codes.YES_NO_LATER),
            has_media=_MEDIA in values,
            attribution=attribution,
        ),
    )


def read_provider(values: Values, common: Mapping[str, Any]) -> tuple[Provider, ...]:
    """None without a code: no referral could name it. It is about nobody, so nobody is asked."""
    get = values.get
    code = code_of(get("directory.code", ""))
    if code is None:
        return ()
    return (
        Provider(
            **{**common, "scopes": bits({"store"}), "scopes_until": None},
            code=code,
            name_en=get("directory.name_en", "")[:_LONGEST_NAME],
            name_km=get("directory.name_km", "")[:_LONGEST_NAME],
            kind=coded(get("directory.kind", ""), codes.PROVIDER_KIND),
            serves=several(get("directory.needs", ""), NEED),
            opening=several(get("directory.opening", ""), codes.OPENING),
            cost_khr=whole_number(get("directory.cost_khr", ""), 0, remoteness.DEAREST_KHR),
            is_accessible=coded(get("directory.accessible", ""), codes.YES_NO_PARTLY),
            takes_equity_card=coded(get("directory.equity_card", ""), codes.YES_NO_PARTLY),
            is_open=coded(get("directory.is_open", ""), codes.YES_NO_PARTLY),
            checked_on=_past(get("directory.checked_on", ""), common["happened_on"]),
        ),
    )


def _past(answer: str, on: dt.date) -> dt.date | None:
    """A day that had come when it was told."""
    told = day(answer)
    return told if told and told <= on else None
