"""The entities of another server's list, however many: read in portions, never held as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import table_file
from service.entities.actions import repeating
from service.entities.actions.changing import note_import, record
from service.entities.actions.importing import Imported, refusal, strange_file, write
from service.entities.actions.planning import Planned, plan_rows
from service.entities.actions.writing import Source
from service.entities.queries import lists
from service.entities.queries.lists import ListRef
from service.entities.table_file import FileRefused
from service.foundation import ids

NO_LIST = 0
"""Key of none."""
NOTHING = Imported(created=0, changed=0, same=0, import_pk=None)


def preview_of_another(
    session: Session,
    actor: Actor,
    project_id: int,
    which: str,
    pieces: Iterable[bytes],
    properties: Collection[str],
) -> Imported:
    """What bringing the file in would do, to a list that need not be here yet and that would have
    these properties too. Raises what bringing it raises."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.find(session, project_id, which)
    list_pk = ref.list_pk if ref else NO_LIST
    counts = Counter[str]()
    closed = _closed_to(actor, ref)
    plans = _plans(session, project_id, which, list_pk, pieces, properties, closed=closed)
    for plan in plans:
        _count(counts, plan)
    return Imported(**counts, import_pk=None) if counts else NOTHING


def bring_another(
    session: Session, actor: Actor, project_id: int, which: str, pieces: Iterable[bytes]
) -> Imported:
    """Bring it in, all of it or nothing: whoever calls rolls back. Twice it doubles nothing. Raises
    IMPORT_REFUSED, INVALID_PARAMETER."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    import_pk = ids.new_uuid()
    source = Source(actor_id=actor.id, import_pk=import_pk)
    counts = Counter[str]()
    closed = _closed_to(actor, ref)
    for plan in _plans(session, project_id, ref.name, ref.list_pk, pieces, closed=closed):
        _count(counts, plan)
        if plan.changes:
            write(session, ref, plan.changes, source)
    created, changed = counts["created"], counts["changed"]
    if not created + changed:
        return Imported(**{**vars(NOTHING), **counts})
    note_import(session, actor, ref, import_pk, created=created, changed=changed)
    record(session, actor, ref, "entity.import", created=created, changed=changed)
    return Imported(**counts, import_pk=import_pk)


def _closed_to(actor: Actor, ref: ListRef | None) -> ListRef | None:
    """The list, where another server's file is brought in by somebody who could have written it:
    the shell has the data anyway."""
    return None if actor.id is None else ref


def _plans(
    session: Session,
    project_id: int,
    list_name: str,
    list_pk: int,
    pieces: Iterable[bytes],
    properties: Collection[str] = (),
    *,
    closed: ListRef | None,
) -> Iterator[Planned]:
    """A portion after the other, each planned when those before it were dealt with."""
    names = {*lists.property_names(session, list_pk), *properties}
    told_apart = repeating.Nameless(project_id, list_name)
    try:
        for read, faulty in table_file.portions(pieces, names):
            rows = [row if row.entity_id else told_apart.named(row) for row in read]
            plan = plan_rows(
                session, project_id, list_pk, rows, faulty, is_ours=False, closed=closed
            )
            if plan.preview.faulty:
                raise refusal(plan.preview.faulty)
            yield plan
    except FileRefused as refused:
        raise strange_file(refused) from None


def _count(counts: Counter[str], plan: Planned) -> None:
    told = plan.preview
    counts.update(created=told.created, changed=told.changed, same=told.same, gone=told.gone)
