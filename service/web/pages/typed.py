"""What was typed into a form: words, whole numbers and days. Raises INVALID_PARAMETER."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request

from service.foundation.problems import INVALID_PARAMETER, Problem

LONGEST = 200


def words(name: str, most: int = LONGEST) -> str:
    return request.form.get(name, "").strip()[:most]


def number(name: str) -> int:
    given: Any = words(name, 12)
    if not given.isdecimal():
        raise Problem(INVALID_PARAMETER, name=name, reason="a whole number is needed")
    return int(given)


def day(name: str) -> dt.date | None:
    given = words(name, 10)
    try:
        return dt.date.fromisoformat(given) if given else None
    except ValueError:
        raise Problem(INVALID_PARAMETER, name=name, reason="a day is needed") from None
