"""What was typed into a form: words, whole numbers and days. Raises INVALID_PARAMETER."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, TypeVar

from flask import request

from service.foundation.problems import INVALID_PARAMETER, Problem

LONGEST = 200
Choice = TypeVar("Choice", bound=enum.StrEnum)


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


def one_of(choices: type[Choice], name: str, given: str) -> Choice:
    if given not in {*choices}:
        raise Problem(INVALID_PARAMETER, name=name, reason=", ".join(choices))
    return choices(given)
