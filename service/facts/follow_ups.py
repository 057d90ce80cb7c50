"""Visits to cases: the part of projection that reads what came of a need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from service.facts import codes, remoteness
from service.facts.answers import Values, code_of, coded, day, key_of, several, whole_number
from service.facts.kinds import FollowUp, Visit
from service.facts.needs import NEED
from service.facts.plan import Scope

_MOST_VISITS = 999
_FARTHEST = dt.timedelta(days=5 * 366)
"""A next visit later than that is a typing error."""


def read_visit(
    scope: Scope, common: Mapping[str, Any]
) -> tuple[tuple[Visit, ...], tuple[FollowUp, ...]]:
    """Nothing where the record does not say whose case it is."""
    case_id = key_of(scope.values.get("case.id", ""))
    if case_id is None:
        return (), ()
    shared = {**common, "case_id": case_id}
    told = [(entry.values, False) for entry in scope.inside("follow_up")]
    told += [(entry.values, True) for entry in scope.inside("need")]
    rows = (
        _follow_up(values, shared, ordinal, is_new=is_new)
        for ordinal, (values, is_new) in enumerate(told)
    )
    return (_visit(scope.values, shared),), tuple(row for row in rows if row is not None)


def _visit(values: Values, shared: Mapping[str, Any]) -> Visit:
    on = shared["happened_on"]
    again = day(values.get("case.next_visit", ""))
    return Visit(
        **shared,
        visit_no=whole_number(values.get("case.visit_no", ""), 1, _MOST_VISITS),
        found=coded(values.get("case.found", ""), codes.FOUND),
        next_visit=again if again and on < again <= on + _FARTHEST else None,
    )


def _follow_up(
    values: Values, shared: Mapping[str, Any], ordinal: int, *, is_new: bool
) -> FollowUp | None:
    get = values.get
    need_id = None if is_new else key_of(get("need.id", ""))
    code = coded(get("need.code", ""), NEED)
    if need_id is None and code == "not_asked":
        return None  # opened by a wrong tap
    told = coded(get("need.status", ""), codes.NEED_STATUS)
    if is_new and told == "not_asked":
        told = "unmet"
    confirmed = coded(get("service.confirmed", ""), codes.CONFIRMED)
    served_on = day(get("service.date", ""))
    return FollowUp(
        **shared,
        ordinal=ordinal,
        need_id=need_id,
        need_code=code,
        is_new=is_new,
        status=standing_of(told, confirmed),
        told_status=told,
        confirmed=confirmed,
        priority=coded(get("need.priority", ""), codes.PRIORITY),
        barriers=several(get("need.barrier", ""), codes.BARRIER),
        referral_outcome=coded(get("referral.outcome", ""), codes.REFERRAL_OUTCOME),
        provider=code_of(get("service.provider", "")),
        service_on=served_on if served_on and served_on <= shared["happened_on"] else None,
        cost_khr=whole_number(get("service.cost_khr", ""), 0, remoteness.DEAREST_KHR),
        minutes=whole_number(get("service.minutes", ""), 0, remoteness.LONGEST_MINUTES),
        quality=whole_number(get("service.quality", ""), 1, 5),
    )


def standing_of(told: str, confirmed: str) -> str:
    """A service given is no need met: the person says whether it is."""
    if told != "met" or confirmed == "yes":
        return told
    return "partly_met" if confirmed == "partly" else "in_progress"
