"""Roles on the terminal: areas and days as they are typed, and what people hold as it is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from service.accounts import queries
from service.accounts.reach import is_area
from service.facts import places
from service.facts.circumstances import PHNOM_PENH
from service.foundation.problems import INVALID_PARAMETER, Problem


def told(member: queries.Member, now: dt.datetime) -> dict[str, Any]:
    """What `users list` says of a person."""
    return {
        "id": member.id,
        "email": member.email,
        "active": member.is_active,
        "roles": [
            {
                "role": one.role.value,
                "project": one.project_id or None,
                "area": one.area or None,
                "until": one.ends_at,
                "over": one.is_over(now),
                "emergency": one.reason.value if one.reason else None,
                "record": str(one.record) if one.record else None,
            }
            for one in member.held
        ],
    }


def held_line(role: dict[str, Any]) -> str:
    """One role on the terminal: “reviewer in project 1, area 02 Battambang, until 2026-12-31”."""
    parts = [f"{role['role']} in project {role['project']}" if role["project"] else role["role"]]
    if role["area"]:
        parts.append(f"area {role['area']} {places.load().name(role['area'], 'en')}")
    if role["record"]:
        parts.append(f"the record {role['record']} alone")
    if role["emergency"]:
        parts.append(f"emergency access ({role['emergency']})")
    if role["until"]:
        when = f"{role['until'].astimezone(PHNOM_PENH):%Y-%m-%d %H:%M}"
        parts.append(f"{'over since' if role['over'] else 'until'} {when} (Phnom Penh)")
    return ", ".join(parts)


def area_code(asked: str) -> str:
    """The code of a place given by code, or by name for a province; "" for the whole project."""
    if not asked:
        return ""
    found = places.load().find(asked)
    code = found.code if found else places.load().match_province(asked)
    if code is None or not is_area(code):
        raise Problem(
            INVALID_PARAMETER,
            name="area",
            reason="name a province, or give the code of a province, district or commune",
        )
    return code


def end_of_day(day: dt.datetime | None) -> dt.datetime | None:
    """The moment after the last one of that day, by Phnom Penh's clock."""
    if day is None:
        return None
    return (day + dt.timedelta(days=1)).replace(tzinfo=PHNOM_PENH)
