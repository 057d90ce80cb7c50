"""Which entries are readings of who somebody is, or of what they told: the one table of them.

The page of readings, the notice about whoever reads of many people and the index under both follow
from it. An act of which an entry is not here opens neither identity nor testimony: a test asks that
of every name of an act.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class Of(enum.StrEnum):
    """Of how many records an entry is."""

    ONE = "one"
    """The record that is its subject."""
    SEVERAL = "several"
    """So many as it says (`records`)."""
    LEFT = "left"
    """Those that followed an entry made when the answer began: so many as it says (`more`)."""
    CARRIED = "carried"
    """So many as it says, onto a phone that somebody allowed to hold them. It asks by itself,
    whenever the list changes: told on the page, and no sign of browsing."""


READINGS: Mapping[str, Of] = {
    "testimony.read": Of.ONE,
    "identity.read": Of.ONE,
    "entity.read_names": Of.SEVERAL,
    "entity.carry": Of.CARRIED,
    "review.read_comments": Of.ONE,
    "person.search": Of.SEVERAL,
}
IF_CLASSES: Mapping[str, Of] = {
    "rows.read": Of.SEVERAL,
    "rows.export": Of.SEVERAL,
    "rows.left": Of.LEFT,
}
"""Readings only where they could show more than codes (`classes`)."""


def is_reading(action: str, details: Mapping[str, object]) -> bool:
    """As the indexes have it."""
    return action in READINGS or (action in IF_CLASSES and bool(details.get("classes")))


def records_of(action: str, details: Mapping[str, object]) -> int:
    """Of how many records such an entry is; entries of earlier releases do not say it."""
    of = {**READINGS, **IF_CLASSES}[action]
    said = details.get({Of.ONE: "", Of.LEFT: "more"}.get(of, "records"), 1)
    return said if isinstance(said, int) else 1


def _listed(names: Mapping[str, Of]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _condition(classes: str) -> str:
    some = f"action IN ({_listed(IF_CLASSES)}) AND {classes}"
    return f"(action IN ({_listed(READINGS)}) OR ({some}))"


ON_SQLITE = _condition(
    """instr(details, '"classes":"') > 0 AND instr(details, '"classes":""') = 0"""
)
"""SQLite lets no index call its JSON functions where schemas are not trusted (S-28)."""
ON_POSTGRESQL = _condition("details ->> 'classes' <> ''")
"""As SQL; indexes are used where it stands word for word."""
