"""Lists as phones fetch them: cut to what this phone may hold, rendered once for each state."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import snapshot
from service.entities.actions.sealed import with_values
from service.entities.holding import Extent, Origin, may_hold
from service.entities.queries import by_record, holders, listing, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.queries.storing import Found
from service.facts import places
from service.facts import queries as facts
from service.facts.plan import asks_consent
from service.facts.scopes import Purpose
from service.forms import queries as forms
from service.forms.entity_lists import Telling
from service.foundation import audit, clock, job_queue
from service.foundation.db import current, of_one_moment, reading
from service.foundation.problems import NOT_FOUND, Problem
from service.intake.actions import RECEIVED
from service.intake.queries import projecting as intake

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
MOST_REMEMBERED = 500


@dataclass(frozen=True, kw_only=True)
class OfferedList:
    """A list as a manifest names it. `md5` and `size` are those of the bytes that are served."""

    ref: ListRef
    extent: Extent
    md5: str
    size: int
    rows: int

    @property
    def kind(self) -> str:
        return "approvalEntityList" if self.ref.approval_required else "entityList"


def offered(actor: Actor, project_id: int, version_pk: int) -> list[OfferedList]:
    """Lists that a form version refers to. A phone that may hold none of one gets it empty: without
    the file the form would not open."""
    with reading() as session:
        wanted = lists.lists_wanted(session, project_id, [version_pk])
        extents = [extent_of(session, actor, ref) for ref in wanted]
    return [_offered(ref, extent) for ref, extent in zip(wanted, extents, strict=True)]


def offer(actor: Actor, project_id: int, which: int | str) -> OfferedList:
    """One of them. That the caller reaches a form which wants it is the door's to ask."""
    with reading() as session:
        ref = lists.get(session, project_id, which)
        extent = extent_of(session, actor, ref)
    return _offered(ref, extent)


def for_trial(project_id: int, files: Collection[str]) -> list[OfferedList]:
    """Lists that a draft reads under these file names, for whoever has its code: the rows of those
    that tell of nobody. A code is passed on; of people nobody gets more than the header by it."""
    names = {name.removesuffix(".csv") for name in files if name.endswith(".csv")}
    with reading() as session:
        found = lists.list_named(session, project_id, names) if names else []
    return [
        _offered(ref, Extent(telling=ref.telling, is_whole=ref.telling is Telling.NOBODY))
        for ref in found
    ]


def is_wanted(session: Session, project_id: int, ref: ListRef, form_id: str) -> bool:
    """Whether a form, in any version, refers to the list."""
    return lists.is_wanted_by(session, project_id, ref, [form_id])


def content(
    found: OfferedList, watch: Callable[[snapshot.Row], snapshot.Row] | None = None
) -> Iterator[bytes]:
    """The CSV, a piece at a time; seen as of one moment. `watch` sees each row go by."""
    ref = found.ref
    with reading() as session:
        of_one_moment(session)
        properties = lists.property_names(session, ref.list_pk)
        rows = _rows(session, ref, found.extent)
        yield from snapshot.for_phone(map(watch, rows) if watch else rows, properties)


CARRIED = "entity.carry"


def note_fetched(session: Session, actor: Actor, ref: ListRef, entities: int) -> None:
    """A phone fetches a list, now: what it holds if it is lost. Each time that names leave, the log
    says so, and of how many."""
    if actor.device is not None and actor.id is not None:
        holders.note_fetch(session, ref.project_id, ref.list_pk, actor.id)
    if ref.telling is not Telling.NOBODY and entities:
        audit.record(
            session,
            project_id=ref.project_id,
            actor_id=actor.id,
            action=CARRIED,
            subject=f"entity-list:{ref.list_pk}",
            purpose=Purpose.CONTACT.value,
            records=entities,
        )


def integrity(
    session: Session, actor: Actor, project_id: int, which: int | str, names: Sequence[str]
) -> list[tuple[str, bool]]:
    """(id as asked, whether the phone must forget it) of those that the server has ever seen in the
    list. What the phone may not hold any more, it must forget too."""
    ref = lists.get(session, project_id, which)
    if actor.form_ids is not None and not lists.is_wanted_by(
        session, project_id, ref, actor.form_ids
    ):
        raise Problem(NOT_FOUND)
    extent = extent_of(session, actor, ref)
    named = {_digest(project_id, name): name for name in dict.fromkeys(names) if _is_id(name)}
    found = storing.find_by_digest(session, project_id, named)
    theirs = {digest: one for digest, one in found.items() if one.list_pk == ref.list_pk}
    there = [one for one in theirs.values() if one.deleted_at is None]
    held = {one.entity_pk for one in holdable(session, ref, extent, there)}
    return [
        (name, theirs[digest].entity_pk not in held)
        for digest, name in named.items()
        if digest in theirs
    ]


def _is_id(name: str) -> bool:
    try:
        uuid.UUID(name.strip().removeprefix("uuid:"))
    except ValueError:
        return False
    return True


def _digest(project_id: int, name: str) -> bytes:
    return storing.digest(project_id, uuid.UUID(name.strip().removeprefix("uuid:")))


def extent_of(session: Session, actor: Actor, ref: ListRef) -> Extent:
    """How much of a list the caller may hold. What records gave goes to phones alone: people and
    scripts read it masked, or for a purpose, with an entry (`reading`)."""
    if ref.telling is Telling.PEOPLE:
        area = None
        if actor.device is not None and actor.id is not None:
            area = holders.find_holder(session, ref.project_id, ref.list_pk, actor.id)
        if area == "" and actor.id is not None:
            own = holders.places_sent(
                session, ref.project_id, ref.list_pk, actor.id, day_of_consent()
            )
            return Extent(telling=ref.telling, is_whole=True, own=own)
        return Extent(telling=ref.telling, areas=frozenset({area}) if area else frozenset())
    if ref.is_of_places and actor.device is not None and actor.id is not None:
        return _of_places(session, actor.id, ref)
    reach = policy.reach(actor, Act.FORM_LIST, ref.project_id)
    is_whole = reach.is_whole or ref.telling is Telling.NOBODY
    by_hand = actor.device is None
    return Extent(telling=ref.telling, is_whole=is_whole, areas=reach.areas, is_by_hand=by_hand)


def _of_places(session: Session, phone_id: int, ref: ListRef) -> Extent:
    """The area that a coordinator gave the phone for this list; else the communes from which it
    sent something."""
    area = holders.find_holder(session, ref.project_id, ref.list_pk, phone_id)
    if area is not None:
        areas = frozenset({area}) if area else frozenset()
        return Extent(telling=ref.telling, is_whole=area == "", areas=areas)
    sent = holders.records_sent(session, ref.project_id, phone_id)
    known = places.load()
    chains = [known.ancestors(place) for place in sent]
    own = frozenset(chain[COMMUNE - 1] for chain in chains if len(chain) >= COMMUNE)
    return Extent(telling=ref.telling, is_whole=True, own=own)


COMMUNE = 3
"""Level of a commune in the gazetteer."""


# --- rows -----------------------------------------------------------------------------------------
def _rows(session: Session, ref: ListRef, extent: Extent) -> Iterator[snapshot.Row]:
    if extent.is_nothing:
        return
    for page in listing.pages_of(session, ref.project_id, ref.list_pk):
        held = {
            one.entity_pk for one in holdable(session, ref, extent, [each.entity for each in page])
        }
        kept = [one for one in page if one.entity.entity_pk in held]
        for one, values in with_values(ref.project_id, kept):
            yield snapshot.Row(
                entity_id=str(one.entity.entity_id), version=one.current.number, values=values
            )


def holdable(
    session: Session, ref: ListRef, extent: Extent, entities: Sequence[Found]
) -> list[Found]:
    """Those of some hundred entities that this phone may hold: by their records, in a handful of
    statements."""
    if extent.is_nothing or not entities:
        return []
    given = by_record.records_of(session, ref.project_id, [one.entity_pk for one in entities])
    records = frozenset().union(*given.values()) if given else frozenset()
    standing = by_record.standing_records(session, ref.project_id, records)
    allowed, asked = consents_for(session, ref.project_id, standing, Purpose.CONTACT)
    speaking = _speaking(session, ref.project_id, entities, standing)
    return [
        one
        for one in entities
        if may_hold(
            extent,
            replace(
                _origin(given.get(one.entity_pk, set()), standing, allowed, asked),
                place=one.place,
                own_record=None if one.person_ordinal is None else one.record_pk,
                own_allowed=one.entity_pk in speaking,
            ),
        )
    ]


def _speaking(
    session: Session,
    project_id: int,
    entities: Sequence[Found],
    standing: Mapping[uuid.UUID, tuple[uuid.UUID, str | None]],
) -> set[uuid.UUID]:
    """Those of these entities that are about one person of a record who may be contacted, whatever
    the others in it said: one statement."""
    about = {
        one.entity_pk: (standing[one.record_pk][0], one.person_ordinal)
        for one in entities
        if one.person_ordinal is not None
        and one.record_pk is not None
        and one.record_pk in standing
    }
    if not about:
        return set()
    keys = {submission for submission, _ in about.values()}
    allowing = facts.persons_allowing(session, project_id, keys, Purpose.CONTACT, day_of_consent())
    return {key for key, whom in about.items() if whom in allowing}


def consents_for(
    session: Session,
    project_id: int,
    standing: Mapping[uuid.UUID, tuple[uuid.UUID, str | None]],
    purpose: Purpose,
) -> tuple[Collection[uuid.UUID], Collection[uuid.UUID]]:
    """Of these records, those whose people allow the purpose, and those whose people were asked, or
    should have been: where a form asks and no answer is known (an edit is not read yet), nobody
    allowed anything."""
    by_submission = {submission: record for record, (submission, _) in standing.items()}
    found = facts.allowed_of_many(
        session, project_id, list(by_submission), [purpose], day_of_consent()
    )
    unknown = by_submission.keys() - found.keys()
    return (
        {by_submission[one] for one, may in found.items() if purpose in may.purposes},
        {by_submission[one] for one in {*found, *_to_be_asked(session, project_id, unknown)}},
    )


def _to_be_asked(
    session: Session, project_id: int, submissions: Collection[uuid.UUID]
) -> set[uuid.UUID]:
    """Those of whose form some version asks for consent (as `review.classes` takes it)."""
    by_form = by_record.forms_of(session, project_id, submissions)
    return {
        one
        for form_pk, theirs in by_form.items()
        if asks_consent(forms.list_schemas(session, form_pk).values())
        for one in theirs
    }


def _origin(
    records: set[uuid.UUID],
    standing: dict[uuid.UUID, tuple[uuid.UUID, str | None]],
    allowed: Collection[uuid.UUID],
    asked: Collection[uuid.UUID],
) -> Origin:
    return Origin(
        records=frozenset(records),
        standing={one: standing[one][1] for one in records if one in standing},
        allowed=allowed,
        asked=asked,
    )


def day_of_consent() -> dt.date:
    """The day by which consent holds or is over."""
    return clock.now().astimezone(PHNOM_PENH).date()


# --- hashes ---------------------------------------------------------------------------------------
Hash = tuple[str, int, int]


class _Hashes:
    """(MD5, size, rows) of rendered lists by state; never their bytes. The least used go.

    Of a state that many phones ask for at once, one renders: the others wait for it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Hash] = OrderedDict()

        self._rendering: dict[tuple[object, ...], threading.Lock] = {}

    def get(self, key: tuple[object, ...], render: Callable[[], Hash]) -> Hash:
        found = self._find(key)
        if found is not None:
            return found
        with self._lock:
            turn = self._rendering.setdefault(key, threading.Lock())
        with turn:
            found = self._find(key)
            try:
                return found if found is not None else self._keep(key, render())
            finally:
                with self._lock:
                    self._rendering.pop(key, None)

    def _find(self, key: tuple[object, ...]) -> Hash | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[object, ...], found: Hash) -> Hash:
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > MOST_REMEMBERED:
                self._kept.popitem(last=False)
        return found


_hashes = _Hashes()


def _offered(ref: ListRef, extent: Extent) -> OfferedList:
    """Consent may end with a day, so the day is part of the state; so are edits that are not read
    yet: what their records gave goes to nobody until they are, and no revision tells of it."""
    with reading() as session:
        revision = lists.revision(session, ref.project_id, ref.list_pk)
        names = tuple(lists.property_names(session, ref.list_pk))
        unread = _unread(session, ref)
    database = str(current().writer.url)  # a process may come to another one: tests do
    state = (revision, names, extent.key, day_of_consent(), unread)
    key = (database, ref.project_id, ref.list_pk, ref.created_at, *state)
    unhashed = OfferedList(ref=ref, extent=extent, md5="", size=0, rows=0)
    md5, size, rows = _hashes.get(key, lambda: _hash(unhashed))
    return OfferedList(ref=ref, extent=extent, md5=md5, size=size, rows=rows)


MOST_UNREAD = 500
"""Edits that wait for the worker, of which the oldest are looked at."""


def _unread(session: Session, ref: ListRef) -> frozenset[uuid.UUID]:
    """Entities of the list with a record of which something came that is not read yet."""
    waiting = job_queue.list_subjects(session, ref.project_id, [RECEIVED], None, MOST_UNREAD)
    if not waiting:
        return frozenset()
    keys = [submission_pk for _, submission_pk in waiting]
    records = intake.list_records(session, ref.project_id, keys)
    theirs = by_record.of_records(session, ref.project_id, records)
    return frozenset(one.entity_pk for one in theirs if one.list_pk == ref.list_pk)


def _hash(empty: OfferedList) -> Hash:
    md5, size, rows = hashlib.md5(usedforsecurity=False), 0, 0

    def watch(row: snapshot.Row) -> snapshot.Row:
        nonlocal rows
        rows += 1
        return row

    for piece in content(empty, watch):
        md5.update(piece)
        size += len(piece)
    return md5.hexdigest(), size, rows
