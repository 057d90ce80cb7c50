"""Which entities may lie on a phone. Pure.

A phone can be lost, taken or searched: what it holds, it shows. So of a list that names people it
holds those whom a coordinator allowed it, in its area, and who said that they may be contacted.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from service.forms.entity_lists import Telling


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much of a list somebody may hold. None of it: `areas` is empty and it is not whole."""

    telling: Telling
    is_whole: bool = False
    areas: frozenset[str] = frozenset()
    own: frozenset[str] | None = None
    """Of those whom a list places (cases), the whole of it means: where its holder assessed
    somebody. None: wherever."""
    is_by_hand: bool = False
    """Of what records gave, nothing: for people and scripts, who read that masked elsewhere."""

    @property
    def is_nothing(self) -> bool:
        return not self.is_whole and not self.areas

    @property
    def key(self) -> str:
        """The same for the same rows."""
        by_hand = "hand:" if self.is_by_hand else ""
        own = "" if self.own is None else f"={','.join(sorted(self.own))}"
        areas = "*" if self.is_whole else ",".join(sorted(self.areas))
        return f"{by_hand}{self.telling}:{areas}{own}"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The records that gave something to an entity. `standing`: those that were not removed, with
    the place of each."""

    records: frozenset[uuid.UUID]
    standing: Mapping[uuid.UUID, str | None]
    allowed: Collection[uuid.UUID]
    """Those whose people may be contacted."""
    asked: Collection[uuid.UUID]
    """Those whose people were asked about consent."""
    place: str | None = None
    """Of an entity that is about one person: where that person is visited."""
    own_record: uuid.UUID | None = None
    """Of such an entity: the record it was made from."""
    own_allowed: bool = False
    """Whether that person, whatever the others of the record say, may be contacted."""

    @property
    def speaking(self) -> frozenset[uuid.UUID]:
        """The records that have a say. Of an entity that the server keeps, a visit that was removed
        has none: the server keeps it without."""
        if self.own_record is None:
            return self.records
        return frozenset({self.own_record} | (self.records & self.standing.keys()))

    def is_allowed(self, record: uuid.UUID) -> bool:
        return self.own_allowed if record == self.own_record else record in self.allowed


def may_hold(extent: Extent, origin: Origin) -> bool:
    """Whether an entity may go to whoever has this extent of its list.

    An entity that people or scripts made has no record: whoever made it answers for it. It has no
    place either, and goes to no phone that is bound to an area.
    """
    if extent.is_nothing:
        return False
    if not _lies_in(extent, origin):
        return False
    if extent.telling is Telling.NOBODY or not origin.records:
        return True
    records = origin.speaking
    if extent.is_by_hand or records - origin.standing.keys():
        return False  # not theirs to hold; or a coordinator took one of them out of every list
    if extent.telling is Telling.PEOPLE:
        return all(origin.is_allowed(one) for one in records)
    return not any(one in origin.asked and one not in origin.allowed for one in origin.records)


def _lies_in(extent: Extent, origin: Origin) -> bool:
    if extent.is_whole:
        return origin.place is None or extent.own is None or origin.place in extent.own
    if origin.place is not None:
        return any(origin.place.startswith(area) for area in extent.areas)
    places = [place for place in origin.standing.values() if place]
    return bool(places) and all(
        any(place.startswith(area) for area in extent.areas) for place in places
    )
