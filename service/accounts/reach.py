"""Reach: how far a right goes within one project. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

WHOLE_PROJECT = ""
"""Stands in a grant where an area is expected: the role holds everywhere in the project."""
_AREA = re.compile(r"\d{2}(\d{2}(\d{2})?)?")


def is_area(code: str) -> bool:
    """Whether a role can be bound to this place: a province, district or commune.

    Codes of 2, 4 and 6 digits, which nest: a commune's begins with its district's, and that with
    its province's (`tests/unit/facts/test_places.py` proves it of the gazetteer). Villages do not
    nest so, and are too small to give a role in.
    """
    return _AREA.fullmatch(code) is not None


@dataclass(frozen=True, kw_only=True)
class Reach:
    """All of a project, what lies under some areas, or nothing."""

    is_whole: bool = False
    areas: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.areas)

    def holds(self, place: str | None) -> bool:
        """Whether something at `place` is within reach. What has no place is for those alone
        who reach the whole project."""
        return self.is_whole or (place is not None and lies_under(place, self.areas))


WHOLE = Reach(is_whole=True)
NOWHERE = Reach()


def lies_under(place: str, areas: Iterable[str]) -> bool:
    """Whether a place is one of the areas, or in one of them."""
    return any(place.startswith(area) for area in areas)


def outermost(areas: Iterable[str]) -> frozenset[str]:
    """The areas without those that lie under another of them."""
    found = set(areas)
    return frozenset(one for one in found if not lies_under(one, found - {one}))
