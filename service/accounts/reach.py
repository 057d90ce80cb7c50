"""Reach: how far a right goes within one project. Pure."""

from __future__ import annotations

import re
import uuid
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
class Thing:
    """A record, as far as rights to it go."""

    place: str | None
    sender: int | None
    """Whose account or phone sent its first version."""
    record: uuid.UUID
    """The key of its first version."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """All of a project, what lies under some areas, or nothing; besides, what one sent oneself,
    and single records."""

    is_whole: bool = False
    areas: frozenset[str] = frozenset()
    sender: int | None = None
    records: frozenset[uuid.UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.is_whole or self.areas or self.sender is not None or self.records)

    def __or__(self, other: Reach) -> Reach:
        if self.is_whole or other.is_whole:
            return WHOLE
        return Reach(
            areas=outermost(self.areas | other.areas),
            sender=other.sender if self.sender is None else self.sender,
            records=self.records | other.records,
        )

    def holds(self, place: str | None) -> bool:
        """Whether anything at `place` is within reach. What has no place is for those alone
        who reach the whole project."""
        return self.is_whole or (place is not None and lies_under(place, self.areas))

    @property
    def told_areas(self) -> list[str] | None:
        """For `holds_all` of another day. None: the whole project."""
        return None if self.is_whole else sorted(self.areas)

    def holds_all(self, areas: Iterable[str] | None) -> bool:
        """Whether everything in those areas (None: in the whole project) is within reach."""
        return self.is_whole or (
            areas is not None and all(lies_under(area, self.areas) for area in areas)
        )

    def holds_thing(self, thing: Thing) -> bool:
        """Whether this one is: by its place, because one sent it, or by itself."""
        is_own = self.sender is not None and thing.sender == self.sender
        return is_own or thing.record in self.records or self.holds(thing.place)


WHOLE = Reach(is_whole=True)
NOWHERE = Reach()


def lies_under(place: str, areas: Iterable[str]) -> bool:
    """Whether a place is one of the areas, or in one of them."""
    return any(place.startswith(area) for area in areas)


def outermost(areas: Iterable[str]) -> frozenset[str]:
    """The areas without those that lie under another of them."""
    found = set(areas)
    return frozenset(one for one in found if not lies_under(one, found - {one}))
