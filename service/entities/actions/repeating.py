"""A request that is sent again because its answer was lost makes nothing twice.

Rows that name no entity are new ones each time they are read: nothing in them says that they were
brought in. So for some minutes it is known which bytes somebody brought into a list.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy.orm import Session

from service.accounts.actor import Actor
from service.entities.queries import imports, storing
from service.entities.queries.imports import ImportRow
from service.entities.queries.lists import ListRef
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
