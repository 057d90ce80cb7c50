"""Lists as apps of JSON sync hold them: what changed since they last asked.

An app may hold what a phone may (`phones.holdable`), and is told of nothing else. Entities that it
may hold no longer are told as removed; where what it may hold is another list altogether (its
permission ended or has another area, the list tells of somebody else), it is told to forget the
list, and what it may hold now follows from the beginning.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.entities.actions.phones import day_of_consent, extent_of, holdable
from service.entities.actions.sealed import with_values
from service.entities.holding import Extent
from service.entities.queries import changes, lists, storing
from service.entities.queries.changes import BEGINNING, Changed, Position
from service.entities.queries.listing import Standing
from service.entities.queries.lists import ListRef
from service.entities.snapshot import Row
from service.entities.versions import LABEL, Values
from service.forms.entity_lists import Telling
from service.foundation.db import of_one_moment, reading
from service.foundation.sealing import md5_hex

AT_ONCE = 500
MOST_LOOKED_AT = 5_000
"""In one pull: of a long list that an app may hold little of."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What an app was told of one list: of which extent and which properties, since which revision,
    up to which place, and by the consent of which day."""

    extent: str
    properties: str
    begun: int
    at: Position
    day: dt.date


@dataclass(frozen=True, kw_only=True)
class ListTold:
    """A list, before its entities. `forget`: what the app holds of it is void. `properties` None:
    it may hold the list no longer."""

    name: str
    properties: tuple[str, ...] | None
    forget: bool


@dataclass(frozen=True, kw_only=True)
class EntityTold:
    """An entity as it stands now. `row` None: the app may hold it no longer, or it is no more."""

    list_name: str
    entity_pk: uuid.UUID
    row: Row | None = field(repr=False)


Told = ListTold | EntityTold


@dataclass(kw_only=True)
class Pulled:
    told: list[Told] = field(default_factory=list, repr=False)
    places: dict[int, Place] = field(default_factory=dict)
    more: bool = False
    fetched: Counter[ListRef] = field(default_factory=Counter)
    """Lists of which entities were told, and how many."""


def pull(
    actor: Actor,
    project_id: int,
    version_pks: Collection[int],
    places: Mapping[int, Place],
    limit: int,
) -> Pulled:
    """What changed of the lists that these form versions refer to; at most `limit` entities."""
    pulled = Pulled(places=dict(places))
    with reading() as session:
        of_one_moment(session)
        wanted = lists.lists_wanted(session, project_id, version_pks)
        extents = {ref.list_pk: extent_of(session, actor, ref) for ref in wanted}
        held = {ref.list_pk for ref in wanted if not extents[ref.list_pk].is_nothing}
        for list_pk in sorted(places.keys() - held):
            ref = lists.get(session, project_id, list_pk)
            pulled.told.append(ListTold(name=ref.name, properties=None, forget=True))
            del pulled.places[list_pk]
        for ref in wanted:
            if ref.list_pk in held:
                _Walk(session, ref, extents[ref.list_pk], pulled, limit).go()
    return pulled


class _Walk:
    """Through one list, from where the app was."""

    def __init__(
        self, session: Session, ref: ListRef, extent: Extent, pulled: Pulled, limit: int
    ) -> None:
        self._session, self._ref, self._extent = session, ref, extent
        self._pulled, self._limit = pulled, limit

    @property
    def _room(self) -> int:
        entities = sum(isinstance(one, EntityTold) for one in self._pulled.told)
        return 0 if self._pulled.more else self._limit - entities

    def go(self) -> None:
        place = self._begun(self._pulled.places.get(self._ref.list_pk))
        place = self._without_ended(place)
        if not self._pulled.more:
            place = self._changed(place)
        self._pulled.places[self._ref.list_pk] = place

    def _begun(self, place: Place | None) -> Place:
        """Where the app was, if what it may hold is still the same list."""
        ref, names = self._ref, lists.property_names(self._session, self._ref.list_pk)
        extent = md5_hex(f"{ref.list_pk}|{ref.created_at}|{self._extent.key}".encode())[:12]
        properties = md5_hex("|".join(names).encode())[:8]
        is_anew = place is None or place.extent != extent
        if is_anew or place is None or place.properties != properties:
            told = ListTold(name=ref.name, properties=tuple(names), forget=is_anew)
            self._pulled.told.append(told)
        if place is not None and not is_anew:
            return replace(place, properties=properties)
        return self._from_beginning(extent, properties)

    def _from_beginning(self, extent: str, properties: str) -> Place:
        revision = lists.revision(self._session, self._ref.project_id, self._ref.list_pk)
        return Place(
            extent=extent,
            properties=properties,
            begun=revision,
            at=BEGINNING,
            day=day_of_consent(),
        )

    def _without_ended(self, place: Place) -> Place:
        """Consent ends with a day, and no entity changes by that. Of many it is the shorter way
        to tell the list anew."""
        today = day_of_consent()
        if place.day >= today or self._ref.telling is Telling.NOBODY:
            return replace(place, day=max(place.day, today))
        project_id, list_pk = self._ref.project_id, self._ref.list_pk
        found = changes.ended(self._session, project_id, list_pk, place.day, today, self._limit + 1)
        if len(found) > self._limit:
            told = ListTold(name=self._ref.name, properties=self._names(), forget=True)
            self._pulled.told.append(told)
            return self._from_beginning(place.extent, place.properties)
        if len(found) > self._room:
            self._pulled.more = True
            return place
        may = self._holdable(found)
        gone = [one for one in found if one.entity.entity_pk not in may and one.first <= place.at]
        self._pulled.told += [self._removed(one) for one in gone]
        return replace(place, day=today)

    def _names(self) -> tuple[str, ...]:
        return tuple(lists.property_names(self._session, self._ref.list_pk))

    def _changed(self, place: Place) -> Place:
        looked_at = 0
        while True:
            wanted = min(self._room, AT_ONCE)
            page = self._page(place.at, wanted or 1)
            if page and (wanted == 0 or looked_at >= MOST_LOOKED_AT):
                self._pulled.more = True
                return place
            self._tell(page, place)
            looked_at += len(page)
            if page:
                place = replace(place, at=page[-1].at)
            if len(page) < wanted or not page:
                return place

    def _page(self, after: Position, limit: int) -> list[Changed]:
        return changes.page(self._session, self._ref.project_id, self._ref.list_pk, after, limit)

    def _holdable(self, found: Sequence[Changed]) -> dict[uuid.UUID, Changed]:
        there = {one.entity.entity_pk: one for one in found if one.entity.deleted_at is None}
        may = holdable(
            self._session, self._ref, self._extent, [one.entity for one in there.values()]
        )
        return {one.entity_pk: there[one.entity_pk] for one in may}

    def _tell(self, page: Sequence[Changed], place: Place) -> None:
        values = self._opened(self._holdable(page))
        for one in page:
            said = values.get(one.entity.entity_pk)
            if said is not None:
                self._pulled.fetched[self._ref] += 1
                self._pulled.told.append(self._stands(one, said))
            elif _may_be_held(one, place):
                self._pulled.told.append(self._removed(one))

    def _opened(self, found: Mapping[uuid.UUID, Changed]) -> dict[uuid.UUID, Values]:
        current = storing.current_versions(self._session, self._ref.project_id, found)
        standing = [
            Standing(entity=found[key].entity, current=version, creator_name="")
            for key, version in current.items()
        ]
        opened = with_values(self._ref.project_id, standing)
        return {one.entity.entity_pk: said for one, said in opened}

    def _stands(self, one: Changed, values: Values) -> EntityTold:
        row = Row(entity_id=str(one.entity.entity_id), version=one.entity.version, values=values)
        return EntityTold(list_name=self._ref.name, entity_pk=one.entity.entity_pk, row=row)

    def _removed(self, one: Changed) -> EntityTold:
        return EntityTold(list_name=self._ref.name, entity_pk=one.entity.entity_pk, row=None)


def _may_be_held(one: Changed, place: Place) -> bool:
    """Whether the app can have been told of it: it was there when the app passed, and has changed
    since the app began. Of others it learns not even that there are some."""
    return one.first <= place.at and one.at.revision > place.begun


def properties_of(row: Row) -> dict[str, str]:
    """What the entity holds, without its label."""
    return {name: value for name, value in (row.values or {}).items() if name != LABEL}
