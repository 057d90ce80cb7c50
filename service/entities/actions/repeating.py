"""What comes again makes nothing twice, also where it names no entity.

A request may be sent again because its answer was lost. Nothing in its rows says that they were
brought in, so for some minutes it is known which bytes somebody brought into a list. A file of
another server may come again at any time, whole: there a row is told by what it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections import Counter
from dataclasses import replace

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.entities.queries import imports, storing
from service.entities.queries.imports import ImportRow
from service.entities.queries.lists import ListRef
from service.entities.table_file import FileRow
from service.foundation import clock, keys
from service.foundation.db import unit_of_work

REMEMBERED = dt.timedelta(minutes=15)


def stand_in(ref: ListRef, body: bytes) -> bytes:
    """Keyed: of a short list of names nobody could find out by trying whether it came."""
    told = hashlib.sha256(body).hexdigest()
    return keys.current().stand_in("entity-import", ref.project_id, ref.list_pk, told)


def find(session: Session, actor: Actor, ref: ListRef, came_by: bytes) -> ImportRow | None:
    """What the same caller brought by the same bytes minutes ago, as long as all that it made is
    there: who emptied the list since wants it filled anew. The list is locked."""
    since = clock.now() - REMEMBERED
    imports.forget_came_by(session, ref.project_id, since)
    found = imports.find_by_bytes(session, ref.project_id, ref.list_pk, actor.id, came_by)
    if found is None:
        return None
    made = storing.of_import(session, ref.project_id, found.import_pk)
    is_whole = sum(one.deleted_at is None for one in made) == found.created + found.changed
    return found if is_whole else None


def forget_requests(project_id: int) -> None:
    """By which bytes imports came that can come again no more."""
    with unit_of_work() as session:
        imports.forget_came_by(session, project_id, clock.now() - REMEMBERED)


class Nameless:
    """Rows of another server's file that name no entity. Each gets the id that the same row gets
    whenever it comes: by what it says, and which it is of those that say the same. Keyed: nobody
    finds out by an id what a row says."""

    def __init__(self, project_id: int, list_name: str) -> None:
        self._project_id, self._list_name = project_id, list_name
        self._seen = Counter[bytes]()

    def named(self, row: FileRow) -> FileRow:
        said = sorted((name, value) for name, value in row.values.items() if value)
        told = hashlib.sha256(repr(said).encode()).digest()
        self._seen[told] += 1
        key = keys.current().stand_in(
            "entity-row", self._project_id, self._list_name, told.hex(), self._seen[told]
        )
        return replace(row, entity_id=uuid.UUID(bytes=key, version=4), is_told_apart=True)
