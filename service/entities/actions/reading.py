"""Entities as people and scripts read them: masked, unless names are theirs to see.

What people told a field worker is theirs: labels and properties that came from records are shown
to those alone who may see names, by a fresh code or the scope `identity`, for a purpose that the
people allowed; and every time is an entry. What scripts and coordinators put into a list
themselves, those who may read lists see, and all of a list that was declared to tell of nobody.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities.actions.sealed import known, with_values
from service.entities.actions.seeing import may_see_names, shown
from service.entities.queries import arrivals, filtering, imports, listing, lists, storing
from service.entities.queries.arrivals import ArrivalRow
from service.entities.queries.filtering import LIVE, Which
from service.entities.queries.imports import ImportRow
from service.entities.queries.listing import Standing
from service.entities.queries.lists import (
    FormNamed,
    FormUse,
    ListRef,
    ListRow,
    PropertyRow,
)
from service.entities.queries.storing import Found, SealedVersion
from service.entities.versions import (
    FieldConflict,
    Known,
    Values,
    Version,
    conflicts,
)
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.foundation import audit
from service.foundation.db import of_one_moment, reading, unit_of_work
from service.foundation.formats import odata_filter
from service.foundation.problems import NOT_FOUND, Problem


@dataclass(frozen=True, kw_only=True)
class Told:
    """A list and what may be said of it."""

    ref: ListRef
    properties: tuple[PropertyRow, ...]
    uses: tuple[FormUse, ...]
    """Forms that make or change its entities."""
    readers: tuple[FormNamed, ...] = ()
    """Forms that read it."""
    counted: ListRow | None = None

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.properties]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A list opened for reading its entities. `revision` changes with them."""

    told: Told
    reader: int | None
    purpose: Purpose | None
    """For which names are seen; None: they are not."""
    revision: int

    @property
    def sees_names(self) -> bool:
        return self.purpose is not None and self.ref.telling is not Telling.NOBODY

    @property
    def ref(self) -> ListRef:
        return self.told.ref


@dataclass(frozen=True, kw_only=True)
class Seen:
    """An entity and its current version; `values` None: not the reader's to see."""

    entity: Found
    current: SealedVersion
    creator_name: str
    values: Values | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class SeenVersion:
    row: SealedVersion
    version: Version | None = field(repr=False)
    """None where its values are not the reader's to see."""


@dataclass(frozen=True, kw_only=True)
class History:
    """One entity with all its versions, and what is to be decided about it: of values that are not
    the reader's, in which fields."""

    entity: Found
    versions: tuple[SeenVersion, ...]
    conflicts: tuple[FieldConflict, ...] = field(repr=False)
    sees_values: bool

    @property
    def current(self) -> SeenVersion:
        return self.versions[-1]


def list_told(session: Session, actor: Actor, project_id: int) -> list[Told]:
    """All lists of a project, with their numbers."""
    policy.demand(actor, Act.LIST_READ, project_id)
    return [_told(session, one.ref, one) for one in lists.list_counted(session, project_id)]


def tell_list(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    *,
    with_numbers: bool = False,
) -> Told:
    """Raises NOT_FOUND."""
    policy.demand(actor, Act.LIST_READ, project_id)
    ref = lists.get(session, project_id, which)
    counted = lists.count_of(session, project_id, ref.list_pk) if with_numbers else None
    return _told(session, ref, counted)


def list_creators(
    session: Session, actor: Actor, project_id: int, which: int | str
) -> list[int | None]:
    """Whoever made entities that are there. Raises NOT_FOUND."""
    policy.demand(actor, Act.LIST_READ, project_id)
    ref = lists.get(session, project_id, which)
    return lists.creators_of(session, project_id, ref.list_pk)


def _told(session: Session, ref: ListRef, counted: ListRow | None) -> Told:
    return Told(
        ref=ref,
        properties=tuple(lists.list_properties(session, ref.list_pk)),
        uses=tuple(lists.forms_of(session, ref.list_pk)),
        readers=tuple(lists.readers_of(session, ref.project_id, ref.name)),
        counted=counted,
    )


def open_list(
    actor: Actor, project_id: int, which: int | str, *, purpose: Purpose | None = None
) -> Opened:
    """Names of people are seen for a purpose alone, by those who may. Raises NOT_FOUND."""
    policy.demand(actor, Act.LIST_READ, project_id)
    with reading() as session:
        told = _told(session, lists.get(session, project_id, which), None)
        revision = lists.revision(session, project_id, told.ref.list_pk)
    sees = purpose is not None and may_see_names(actor, project_id)
    return Opened(told=told, reader=actor.id, purpose=purpose if sees else None, revision=revision)


def _note(opened: Opened, entities: int) -> None:
    """That names will be seen, and of how many: what cannot be written down is not shown."""
    if not opened.sees_names or opened.purpose is None or not entities:
        return
    with unit_of_work() as session:
        audit.record(
            session,
            project_id=opened.ref.project_id,
            actor_id=opened.reader,
            action=Act.ENTITY_NAMES,
            subject=f"entity-list:{opened.ref.list_pk}",
            purpose=opened.purpose.value,
            records=entities,
        )


def rows(
    opened: Opened,
    which: Which = LIVE,
    *,
    after_id: uuid.UUID | None = None,
    most: int | None = None,
    order: Sequence[odata_filter.Ordered] = (),
) -> Iterator[Seen]:
    """Entities of a list, newest first (or in `order`), page by page, as of one moment; or those
    that follow the named one, which may be gone itself. Called by whoever sends them off: if names
    of people are among them, that is written down first. `most`: so many are asked for."""
    if opened.sees_names:
        _note(opened, count(opened, which, most))
    if order:
        return _rows_ordered(opened, which, order)
    return _rows(opened, which, after_id)


def _rows(opened: Opened, which: Which, after_id: uuid.UUID | None) -> Iterator[Seen]:
    ref = opened.ref
    with reading() as session:
        of_one_moment(session)
        edge = None
        if after_id is not None:
            digest = storing.digest(ref.project_id, after_id)
            last = storing.find_by_digest(session, ref.project_id, [digest]).get(digest)
            edge = last.entity_pk if last else None
        for page in listing.pages_of(
            session,
            ref.project_id,
            ref.list_pk,
            newest_first=True,
            edge=edge,
            which=which,
        ):
            yield from _seen(session, opened, page)


def _rows_ordered(
    opened: Opened, which: Which, order: Sequence[odata_filter.Ordered]
) -> Iterator[Seen]:
    ref = opened.ref
    with reading() as session:
        of_one_moment(session)
        for page in listing.pages_ordered(
            session, ref.project_id, ref.list_pk, which, filtering.ordered(order)
        ):
            yield from _seen(session, opened, page)


def count(opened: Opened, which: Which = LIVE, most: int | None = None) -> int:
    """How many there are; `most` is enough."""
    with reading() as session:
        return listing.count(session, opened.ref.project_id, opened.ref.list_pk, which, most)


def _seen(session: Session, opened: Opened, found: Sequence[Standing]) -> Iterator[Seen]:
    ref = opened.ref
    seen = shown(session, opened.ref, opened.purpose, [one.entity for one in found])
    values = {
        one.entity.entity_pk: said
        for one, said in with_values(
            ref.project_id, [one for one in found if one.entity.entity_pk in seen]
        )
    }
    for one in found:
        yield Seen(
            entity=one.entity,
            current=one.current,
            creator_name=one.creator_name,
            values=values.get(one.entity.entity_pk),
        )


def get_history(opened: Opened, entity_id: uuid.UUID) -> History:
    """If who somebody is will be seen in it, that is written down first. Raises NOT_FOUND."""
    with reading() as session:
        found = _find_history(session, opened, entity_id)
    if found.sees_values:
        _note(opened, 1)
    return found


def _find_history(session: Session, opened: Opened, entity_id: uuid.UUID) -> History:
    ref = opened.ref
    digest = storing.digest(ref.project_id, entity_id)
    found = storing.find_by_digest(session, ref.project_id, [digest]).get(digest)
    if found is None or found.list_pk != ref.list_pk or found.erased_at is not None:
        raise Problem(NOT_FOUND)
    if found.deleted_at is not None:
        raise Problem(NOT_FOUND)
    held = storing.versions_of(session, ref.project_id, [found.entity_pk])[found.entity_pk]
    is_shown = found.entity_pk in shown(session, opened.ref, opened.purpose, [found])
    opened_ones = known(session, ref.project_id, [found]).get(digest) if is_shown else None
    return _history(found, held, opened_ones)


def _history(found: Found, held: Sequence[SealedVersion], opened: Known | None) -> History:
    by_number = {one.number: one for one in opened.versions} if opened else {}
    return History(
        entity=found,
        versions=tuple(SeenVersion(row=row, version=by_number.get(row.number)) for row in held),
        conflicts=tuple(
            conflicts(opened.versions, found.resolved_to)
            if opened
            else _masked_conflicts(held, found.resolved_to)
        ),
        sees_values=opened is not None,
    )


def _masked_conflicts(versions: Sequence[SealedVersion], resolved_to: int) -> list[FieldConflict]:
    """That there is something to decide, and where: names of fields are no secret."""
    last = {name: v.number for v in versions if v.number > resolved_to for name in v.conflicting}
    return [
        FieldConflict(name=name, base=None, theirs=None, mine=None, now=None, version=number)
        for name, number in sorted(last.items())
    ]


def contradicted_fields(session: Session, opened: Opened, entity_id: uuid.UUID) -> list[str]:
    """Names of the fields that are to be decided, in order. No values: of properties, a form told
    the names; the page that asks shows no more."""
    return [one.name for one in _find_history(session, opened, entity_id).conflicts]


def list_open_arrivals(
    session: Session, actor: Actor, project_id: int, limit: int = 50
) -> list[ArrivalRow]:
    """Records of whose entities nothing came yet. Ids, no answers."""
    policy.demand(actor, Act.LIST_READ, project_id)
    return arrivals.list_open(session, project_id, limit)


def list_imports(
    session: Session, actor: Actor, project_id: int, list_pk: int, limit: int = 20
) -> list[ImportRow]:
    policy.demand(actor, Act.LIST_READ, project_id)
    return imports.list_imports(session, project_id, list_pk, limit)
