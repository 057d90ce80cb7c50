"""Changes of entities become rows: all of a batch in a few statements, whoever makes them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from service.entities.actions.sealed import known, sealed
from service.entities.queries import by_record, changes, lists, storing
from service.entities.queries.storing import Found
from service.entities.versions import Applied, Change, Fault, Hold, Known, Refused, apply
from service.foundation import clock, ids, keys
from service.foundation.sealing import DataKey


@dataclass(frozen=True, kw_only=True)
class Source:
    """Who changes, and by what."""

    actor_id: int | None
    user_agent: str = ""
    record_pk: uuid.UUID | None = None
    submission_pk: uuid.UUID | None = None
    import_pk: uuid.UUID | None = None


@dataclass(kw_only=True)
class _Draft:
    """An entity as it will stand; `found` None: it is new."""

    entity_pk: uuid.UUID
    entity_id: uuid.UUID
    list_pk: int
    found: Found | None
    known: Known | None = field(repr=False)
    new: list[Applied] = field(default_factory=list, repr=False)
    resolved_to: int = 0


class Batch:
    """Changes of some entities of lists that are locked, decided in memory, then written at once.

    Nothing is written before `write`: whatever is refused on the way leaves nothing behind.
    """

    def __init__(
        self,
        connection: sa.Connection,
        project_id: int,
        entity_ids: Sequence[uuid.UUID],
    ) -> None:
        self._connection, self._project_id = connection, project_id
        by_id = {one: storing.digest(project_id, one) for one in entity_ids}
        self.digests = frozenset(by_id.values())
        self._by_id = by_id
        found = storing.find_by_digest(connection, project_id, self.digests)
        held = known(connection, project_id, found.values())
        self._found = found
        self._adopted: dict[bytes, Found] = {}
        self._drafts: dict[bytes, _Draft] = {
            one.digest: _Draft(
                entity_pk=one.entity_pk,
                entity_id=one.entity_id,
                list_pk=one.list_pk,
                found=one,
                known=held.get(one.digest),
                resolved_to=one.resolved_to,
            )
            for one in found.values()
            if one.entity_id is not None
        }

    def found(self, entity_id: uuid.UUID) -> Found | None:
        return self._found.get(self._by_id[entity_id])

    def known(self, entity_id: uuid.UUID) -> Known | None:
        """As it stands after what was applied so far."""
        draft = self._drafts.get(self._by_id[entity_id])
        return None if draft is None else draft.known

    def apply(
        self, list_pk: int, entity_id: uuid.UUID, change: Change, *, force: bool = False
    ) -> Applied | Hold:
        """Decide, and remember what follows. Raises Refused."""
        digest = self._by_id[entity_id]
        found = self._found.get(digest)
        if found is not None:
            self._demand_there(found, list_pk)
        draft = self._drafts.get(digest)
        if draft is not None and draft.known is None:
            raise Refused(Fault.ERASED)  # its key is gone
        decided = apply(draft.known if draft else None, change, force=force)
        if isinstance(decided, Hold):
            return decided
        if draft is None:
            draft = self._drafts[digest] = _Draft(
                entity_pk=ids.new_uuid(),
                entity_id=entity_id,
                list_pk=list_pk,
                found=None,
                known=None,
            )
        before = draft.known.versions if draft.known else ()
        draft.known = Known(versions=[*before, decided.version], conflict=decided.conflict)
        draft.new.append(decided)
        return decided

    @staticmethod
    def _demand_there(found: Found, list_pk: int) -> None:
        if found.erased_at is not None:
            raise Refused(Fault.ERASED)
        if found.list_pk != list_pk:
            raise Refused(Fault.OTHER_LIST)
        if found.deleted_at is not None:
            raise Refused(Fault.DELETED)

    def adopt(self, entity_id: uuid.UUID) -> bool:
        """A record makes what an import brought before it: then it is the record's, and goes with
        it. False where somebody else made it."""
        found = self._found.get(self._by_id[entity_id])
        if found is None or found.import_pk is None or found.record_pk is not None:
            return False
        self._adopted[found.digest] = found
        return True

    def settle(self, entity_id: uuid.UUID) -> None:
        """All contradictions of the entity up to here are decided."""
        draft = self._drafts[self._by_id[entity_id]]
        if draft.known is not None:
            draft.resolved_to = draft.known.current.number
            draft.known = Known(versions=draft.known.versions, conflict=None)

    def write(self, source: Source | Mapping[uuid.UUID, Source]) -> frozenset[bytes]:
        """`source`: of all, or of each entity. Answers the stand-ins of those that changed."""
        now = clock.now()
        changed = {
            digest: draft
            for digest, draft in self._drafts.items()
            if draft.new or (draft.found and draft.resolved_to != draft.found.resolved_to)
        }
        key_of = self._keys_for(list(changed.values()))
        list_pks = {draft.list_pk for draft in changed.values()}
        revisions = lists.touch(self._connection, self._project_id, list_pks)
        entities, moved, versions = [], [], []
        for digest, draft in changed.items():
            key = key_of[draft.entity_pk]
            its = source if isinstance(source, Source) else source[draft.entity_id]
            if draft.found is None:
                row = self._entity(digest, draft, key, its, now)
                revision = revisions[draft.list_pk]
                entities.append({**row, "revision": revision, "first_revision": revision})
            else:
                moved.append({**_moved(draft, now), "now_revision": revisions[draft.list_pk]})
            versions += [
                {
                    **sealed(key, self._project_id, draft.entity_pk, one.version),
                    "submission_pk": its.submission_pk,
                    "record_pk": its.record_pk,
                    "import_pk": its.import_pk,
                    "creator_id": its.actor_id,
                    "user_agent": its.user_agent[:255],
                    "created_at": now,
                }
                for one in draft.new
            ]
        storing.insert(self._connection, entities, versions)
        storing.advance(self._connection, self._project_id, moved)
        if isinstance(source, Source):
            self._write_adopted(source)
        return frozenset((*changed, *self._adopted))

    def _write_adopted(self, source: Source) -> None:
        """Phones get them by the consent of that record, from now on."""
        theirs = list(self._adopted.values())
        pks = [one.entity_pk for one in theirs]
        by_record.adopt(
            self._connection, self._project_id, pks, source.record_pk, source.submission_pk
        )
        changes.touch(self._connection, self._project_id, theirs)

    def _keys_for(self, drafts: Sequence[_Draft]) -> dict[uuid.UUID, DataKey]:
        old = {one.found.key_pk: one.entity_pk for one in drafts if one.found and one.found.key_pk}
        held = keys.current().find_many(self._project_id, old)
        found = {old[key_pk]: key for key_pk, key in held.items()}
        for one in drafts:
            if one.found is None:
                found[one.entity_pk] = keys.current().take(self._project_id)
        return found

    def _entity(
        self, digest: bytes, draft: _Draft, key: DataKey, source: Source, now: dt.datetime
    ) -> dict[str, Any]:
        last = draft.new[-1]
        return {
            "project_id": self._project_id,
            "entity_pk": draft.entity_pk,
            "list_pk": draft.list_pk,
            "entity_id": draft.entity_id,
            "digest": digest,
            "version": last.version.number,
            "conflict": last.conflict,
            "resolved_to": 0,
            "key_pk": key.key_pk,
            "record_pk": source.record_pk,
            "import_pk": source.import_pk,
            "creator_id": source.actor_id,
            "created_at": now,
            "updated_at": now if len(draft.new) > 1 else None,
        }


def _moved(draft: _Draft, now: dt.datetime) -> dict[str, Any]:
    assert draft.known is not None  # noqa: S101 - what has no key is not changed
    return {
        "of_entity": draft.entity_pk,
        "now_version": draft.known.current.number,
        "now_conflict": draft.known.conflict,
        "now_resolved": draft.resolved_to,
        "now_at": now,
    }
