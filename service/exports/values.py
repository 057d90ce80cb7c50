"""Answers as sent -> values of a format. Pure; what cannot be read is None, never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from service.exports.layout import Column
from service.foundation.formats import geo_text

Convert = Callable[[str], Any]
LARGEST = 2**63 - 1
_INTEGER = re.compile(r"\s*([+-]?\d{1,19})(?:\.0*)?\s*", re.ASCII)
_SHORT_OFFSET = re.compile(r"(?P<before>T.*)(?P<sign>[+-])(?P<hours>\d{1,2})(?P<rest>:?\d\d)?$")
_DATE = re.compile(r"\s*(\d{4}-\d\d-\d\d)")


def whole(text: str) -> int | None:
    found = _INTEGER.fullmatch(text)
    number = int(found[1]) if found else None
    return number if number is not None and -LARGEST <= number <= LARGEST else None


def decimal(text: str) -> float | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() and abs(number) < Decimal("1e300") else None


def boolean(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())


def moment(text: str) -> str:
    """With a whole offset: phones write `+07`, old ones `-5:00`, which nobody else reads."""
    text = text.strip()
    found = _SHORT_OFFSET.search(text)
    if found is None:
        return text
    hours, rest = found["hours"].zfill(2), (found["rest"] or "").lstrip(":") or "00"
    return f"{text[: found.start()]}{found['before']}{found['sign']}{hours}:{rest}"


def date(text: str) -> str | None:
    found = _DATE.match(text)
    return found[1] if found else None


_BY_TYPE: dict[str, Convert] = {
    "int": whole,
    "integer": whole,
    "decimal": decimal,
    "boolean": boolean,
    "date": date,
    "dateTime": moment,
}


def converter(column: Column, *, wkt: bool = False) -> Convert | None:
    """How an answer of this column becomes a value of JSON; None: it is its text."""
    if column.is_geo:
        kind, write = column.type, geo_text.wkt if wkt else geo_text.geojson
        return lambda text: write(kind, text)
    return _BY_TYPE.get(column.type)


def number(column: Column) -> Convert | None:
    """The converter of a column of numbers; None: it holds none."""
    return _BY_TYPE[column.type] if column.type in ("int", "integer", "decimal") else None
