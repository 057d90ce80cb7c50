"""Signatures of the People's Treaty: the part of projection that petition forms share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from service.facts import ages, codes, scopes
from service.facts.answers import Values, coded, key_of, whole_number, yes_or_no
from service.facts.circumstances import place_of
from service.facts.consenting import Consents
from service.facts.kinds import Sheet, Signature
from service.facts.places import UNKNOWN
from service.facts.plan import Plan, Scope

MOST_LINES = 1000
"""Of one sheet."""
_SAID_MINOR = frozenset({"under18", "under_18", "under", "minor", "child"})
_SAID_ADULT = frozenset({"adult", "18+", "18plus", "over18"})


def read_signatures(
    scope: Scope, plan: Plan, common: Mapping[str, Any], said: Consents
) -> tuple[Signature, ...]:
    return tuple(
        _signature(values, plan, common, at, said)
        for at, values in enumerate(signers_in(scope, plan))
        if any(tag.startswith("petition.") for tag in values)
    )


def signers_in(scope: Scope, plan: Plan) -> list[Values]:
    """What is told of each signature; the place in the list is its ordinal."""
    entries = scope.inside("signature") if plan.signature_repeat else [scope]
    return [{**scope.values, **entry.values} for entry in entries]


def _signature(
    values: Values, plan: Plan, common: Mapping[str, Any], ordinal: int, said: Consents
) -> Signature:
    get = values.get
    age = ages.age_of(values)
    mark = coded(get("petition.mark", ""), codes.MARK_TYPE)
    agreed = _agreed(get("petition.agree", ""), mark, plan)
    minor = is_minor(get("petition.minor", ""), age)
    return Signature(
        **{
            **common,
            **place_of(values),
            "adm4": UNKNOWN,  # as of all that these forms make (`projection.SIGNING`)
            **_terms(values, said, age, agreed=agreed, minor=minor),
        },
        ordinal=ordinal,
        line_status=_line_status(values, agreed, minor),
        kind=coded(get("petition.kind", ""), codes.SIGNATORY_KIND),
        mark=mark,
        sex=coded(get("person.sex", ""), codes.SEX),
        age_band=age.band,
    )


def _terms(
    values: Values, said: Consents, age: ages.Age, *, agreed: bool, minor: bool
) -> dict[str, Any]:
    """Signing is a consent to be counted, which only a no takes away."""
    whole = said.whole
    refused = "stats" in whole.refused or yes_or_no(values.get("consent.stats", "")) is False
    refused |= minor and (whole.guardian is False or whole.assent is False)
    refused |= "stats" in scopes.taken_back(whole, said.narrowed)
    return {
        **said.terms(is_minor=minor, is_infant=age.is_infant),
        "stats": agreed and not refused,
        "scopes_until": scopes.ends_on(whole, scopes.TESTIMONY_MONTHS, said.narrowed),
    }


def _agreed(answer: str, mark: str, plan: Plan) -> bool:
    """Did the person sign: a mark, and the act of agreeing, as far as the form asks for them."""
    has_mark = mark in codes.MARKS_THAT_COUNT or "petition.mark" not in plan.tags
    has_agreed = yes_or_no(answer) is True or "petition.agree" not in plan.tags
    return has_mark and has_agreed and bool({"petition.mark", "petition.agree"} & plan.tags)


def is_minor(answer: str, age: ages.Age) -> bool:
    """Under 18 by either answer: where two contradict each other, the child is protected."""
    word = answer.strip().lower()
    said = word in _SAID_MINOR or (word not in _SAID_ADULT and yes_or_no(word) is True)
    return said or age.is_minor


def _line_status(values: Values, agreed: bool, is_minor: bool) -> str:
    if not agreed:
        return "no_mark"
    if is_minor:
        return "minor"
    told = coded(values.get("petition.line_status", ""), codes.LINE_STATUS)
    return told if told in codes.LINE_STATUS else "valid"


def read_sheet(scope: Scope, common: Mapping[str, Any]) -> tuple[Sheet, ...]:
    """Whether the lines of a keyed sheet are all there: each declared line under one status."""
    get = scope.values.get
    number = key_of(get("petition.sheet", ""))
    if number is None:
        return ()
    lines = Counter(
        coded(entry.values.get("petition.line_status", ""), codes.LINE_STATUS)
        for entry in scope.inside("signature")
    )
    counted = {
        status: n
        for status in codes.LINE_STATUS
        if (n := whole_number(get(f"petition.tally_{status}", ""), 0, MOST_LINES))
    }
    tallies = dict(sorted(lines.items())) or counted
    declared = whole_number(get("petition.declared", ""), 1, MOST_LINES)
    return (
        Sheet(
            **common,
            number=number,
            campaign=key_of(get("petition.campaign", "")) or "",
            statement=key_of(get("petition.statement", "")) or "",
            declared_lines=declared,
            tallies=tallies,
            is_reconciled=declared is not None
            and sum(tallies.values()) == declared
            and tallies.keys() <= codes.LINE_STATUS.keys(),
        ),
    )
