"""The service directory: who helps with what, the nearest first. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = (6, 4, 2)
"""Digits of a place's code: the same commune, district, province."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A provider as it was found last."""

    code: str
    name_en: str
    name_km: str
    kind: str
    serves: tuple[str, ...]
    opening: tuple[str, ...]
    cost_khr: int | None
    is_accessible: str
    takes_equity_card: str
    is_open: str
    checked_on: dt.date | None
    place: str
    """The finest that is known; "" = none."""
    submission_pk: uuid.UUID | None = None
    """In which it was found."""


def distance(place: str, other: str) -> int:
    """0 in one commune, 1 in one district, 2 in one province, 3 beyond or not known."""
    for at, digits in enumerate(LEVELS):
        if len(place) >= digits and place[:digits] == other[:digits]:
            return at
    return len(LEVELS)


def search(services: Iterable[Service], *, need: str = "", near: str = "") -> list[Service]:
    """Those that help with this need, those that are closed last, the nearest first."""
    found = [one for one in services if not need or need in one.serves]
    return sorted(found, key=lambda one: (one.is_open == "no", distance(one.place, near), one.code))
