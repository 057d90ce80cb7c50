"""How a person lives: what a needs assessment asks beside needs. Columns of `kinds.Person`."""

from __future__ import annotations

from typing import Any

from service.facts import codes
from service.facts.answers import Values, coded, several, whole_number
from service.facts.codes import Labels

_LISTS: tuple[tuple[str, str, Labels], ...] = (
    ("relation", "victim.relation", codes.RELATIONSHIP),
    ("cfm", "wg.cfm", codes.CFM),
    ("device_in_use", "device.in_use", codes.YES_NO),
    ("school", "socio.school", codes.YES_NO),
    ("work", "socio.work", codes.YES_NO),
    ("income_source", "socio.income_src", codes.OCCUPATION),
    ("land_title", "socio.land_title", codes.YES_NO),
    ("latrine_usable", "socio.latrine_usable", codes.YES_NO),
    ("disability_card", "sp.disability_card", codes.YES_NO_APPLIED),
    ("equity_card", "sp.equity_card", codes.YES_NO_APPLIED),
    ("cash_received", "sp.cash_received", codes.YES_NO_APPLIED),
    ("cash_problem", "sp.cash_problem", codes.YES_NO),
    ("in_group", "part.member_group", codes.YES_NO),
    ("consulted", "part.consulted_12m", codes.YES_NO),
    ("view_changed", "part.view_changed", codes.YES_NO),
    ("has_seat", "part.seat", codes.YES_NO),
)
"""Column, tag, list."""
OLDEST_DEVICE = 60


def living_of(values: Values) -> dict[str, Any]:
    get = values.get
    told: dict[str, Any] = {column: coded(get(tag, ""), labels) for column, tag, labels in _LISTS}
    told["device_years"] = whole_number(get("device.age", ""), 0, OLDEST_DEVICE)
    told["impairments"] = several(get("impairment.kind", ""), codes.IMPAIRMENT)
    return told
