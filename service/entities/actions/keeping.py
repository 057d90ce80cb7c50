"""Rows of lists that the server keeps by itself: who is to be visited, what they need.

What stands there is made equal to what it should be; what two phones said of it meanwhile is
settled by that, since whoever calls has taken both into account.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.entities.actions.changing import wake
from service.entities.actions.writing import Batch, Source
from service.entities.queries import by_record, changes, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.versions import Change
from service.forms import queries as forms
from service.forms.entity_lists import Telling
from service.foundation import audit, clock


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An entity as it should stand, about one person of a record. `said`: properties, and LABEL;
    what is not in it stays as it is."""

    entity_id: uuid.UUID
    said: Mapping[str, str] = field(repr=False)
    ordinal: int
    place: str


def open_kept(
    session: Session, project_id: int, names: Mapping[str, Sequence[str]]
) -> dict[str, ListRef]:
    """Those of these lists that there are, locked, with these properties. Each tells of people,
    whatever was said of it before: names are about to come into it."""
    found = {ref.name: ref for ref in lists.list_named(session, project_id, names)}
    lists.lock(session, project_id, [ref.list_pk for ref in found.values()])
    for name, ref in found.items():
        there = set(lists.property_names(session, ref.list_pk))
        for one in names[name]:
            if one not in there:
                forms.insert_property(session, ref.list_pk, one)
        if ref.telling is not Telling.PEOPLE:
            lists.set_telling(session, ref.list_pk, Telling.PEOPLE)
            audit.record(
                session,
                project_id=project_id,
                actor_id=None,
                action="entity_list.tell",
                subject=f"entity-list:{ref.list_pk}",
                before=ref.telling.value,
                telling=Telling.PEOPLE.value,
            )
    return found


def list_missing(
    session: Session, project_id: int, entity_ids: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those that were never made."""
    by_digest = {storing.digest(project_id, one): one for one in entity_ids}
    found = storing.find_by_digest(session, project_id, by_digest)
    return {one for digest, one in by_digest.items() if digest not in found}


@dataclass(frozen=True, kw_only=True)
class OfPerson:
    """What should stand in a list of `open_kept` of one person of the source's record, and nothing
    else of that person."""

    ref: ListRef
    source: Source
    ordinal: int
    wanted: Sequence[Kept]


def keep(session: Session, project_id: int, people: Sequence[OfPerson]) -> None:
    """Let it stand, in as many statements for many people as for one. What was taken back with a
    record stays away."""
    by_id = {one.entity_id: (each, one) for each in people for one in each.wanted}
    _restore(session, project_id, by_id)
    batch = Batch(session.connection(), project_id, list(by_id))
    about: dict[bytes, tuple[int, str]] = {}
    for entity_id, (each, one) in by_id.items():
        found = batch.found(entity_id)
        if found is None:
            change = Change(received=dict(one.said), creates=True)
            batch.apply(each.ref.list_pk, entity_id, change)
        elif found.erased_at is not None or found.list_pk != each.ref.list_pk:
            continue
        else:
            _bring_up(batch, each.ref, entity_id, one)
        if found is None or (found.person_ordinal, found.place) != (one.ordinal, one.place):
            about[storing.digest(project_id, entity_id)] = (one.ordinal, one.place)
    changed = batch.write({entity_id: each.source for entity_id, (each, _) in by_id.items()})
    storing.tell_of_person(session, project_id, about)
    _take_out_others(session, project_id, people, by_id)
    wake(session, project_id, changed)


def _take_out_others(
    session: Session,
    project_id: int,
    people: Sequence[OfPerson],
    wanted: Collection[uuid.UUID],
) -> None:
    """What the records told before they were corrected."""
    theirs = {
        (each.source.record_pk, each.ref.list_pk, each.ordinal)
        for each in people
        if each.source.record_pk
    }
    records = {record for record, _, _ in theirs if record}
    told = {
        one.entity_pk: one
        for one in by_record.of_records(session, project_id, records)
        if one.entity_id is not None and one.entity_id not in wanted
    }
    given = by_record.records_of(session, project_id, told)
    others = [
        one.entity_id
        for key, one in told.items()
        if any((record, one.list_pk, one.person_ordinal) in theirs for record in given[key])
    ]
    take_out(session, project_id, [one for one in others if one is not None])


def _bring_up(batch: Batch, ref: ListRef, entity_id: uuid.UUID, one: Kept) -> None:
    _bring_up_to(batch, ref, entity_id, one.said)


def _bring_up_to(batch: Batch, ref: ListRef, entity_id: uuid.UUID, said: Mapping[str, str]) -> None:
    known = batch.known(entity_id)
    if known is None:
        return  # its key is gone
    held = known.current.values
    new = {name: value for name, value in said.items() if held.get(name, "") != value}
    if new:
        change = Change(received=new, updates=True, base_version=known.current.number)
        batch.apply(ref.list_pk, entity_id, change)
    if known.conflict is not None:
        batch.settle(entity_id)


def _restore(session: Session, project_id: int, entity_ids: Collection[uuid.UUID]) -> None:
    digests = [storing.digest(project_id, one) for one in entity_ids]
    found = storing.find_by_digest(session, project_id, digests).values()
    back = [one for one in found if one.deleted_at is not None and one.erased_at is None]
    if back:
        storing.set_deleted(session, project_id, [one.entity_pk for one in back], None)
        changes.touch(session, project_id, back)


def take_out(
    session: storing.Connected, project_id: int, entity_ids: Collection[uuid.UUID]
) -> None:
    """Those of these that there are, are in no list any more; phones forget them."""
    digests = [storing.digest(project_id, one) for one in entity_ids]
    found = storing.find_by_digest(session, project_id, digests).values()
    there = [one for one in found if one.deleted_at is None and one.erased_at is None]
    if there:
        keys = [one.entity_pk for one in there]
        storing.set_deleted(session, project_id, keys, clock.now())
        changes.touch(session, project_id, there)


# --- lists of places ------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class KeptPlace:
    """An entity as it should stand, of a place: it goes to phones that work there."""

    entity_id: uuid.UUID
    said: Mapping[str, str]
    place: str


def open_of_places(
    session: Session, project_id: int, name: str, properties: Sequence[str]
) -> ListRef:
    """That list, locked, with these properties. Raises NOT_FOUND."""
    ref = lists.get(session, project_id, name)
    lists.lock(session, project_id, [ref.list_pk])
    there = set(lists.property_names(session, ref.list_pk))
    for one in properties:
        if one not in there:
            forms.insert_property(session, ref.list_pk, one)
    if not ref.is_of_places:
        lists.set_of_places(session, ref.list_pk)
    return ref


def keep_places(
    session: Session,
    project_id: int,
    ref: ListRef,
    wanted: Sequence[KeptPlace],
    *,
    actor_id: int | None,
) -> None:
    """Let these stand in the list, and nothing else that has a place."""
    by_id = {one.entity_id: one for one in wanted}
    _restore(session, project_id, by_id)
    batch = Batch(session.connection(), project_id, list(by_id))
    new: dict[bytes, str] = {}
    for entity_id, one in by_id.items():
        found = batch.found(entity_id)
        if found is None:
            batch.apply(ref.list_pk, entity_id, Change(received=dict(one.said), creates=True))
            new[storing.digest(project_id, entity_id)] = one.place
        elif found.erased_at is None and found.list_pk == ref.list_pk:
            _bring_up_to(batch, ref, entity_id, one.said)
    changed = batch.write(Source(actor_id=actor_id))
    storing.tell_of_place(session, project_id, new)
    there = storing.placed_in(session, project_id, ref.list_pk)
    take_out(session, project_id, [one for one in there if one not in by_id])
    wake(session, project_id, changed)
