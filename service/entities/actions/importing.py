"""Many entities from a file: first what would happen, then that, and then back again if need be."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.entities import table_file
from service.entities.actions.changing import note_import, record, wake
from service.entities.actions.sealed import known
from service.entities.actions.seeing import may_see_names, shown
from service.entities.actions.writing import Batch, Source
from service.entities.queries import changes, imports, lists, storing
from service.entities.queries.lists import ListRef
from service.entities.queries.storing import Found
from service.entities.table_file import FaultyRow, FileRefused, FileRow, RowFault
from service.entities.versions import LABEL, Applied, Change, Known, Refused, Version
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling
from service.foundation import clock, ids
from service.foundation.problems import (
    IMPORT_MOVED,
    IMPORT_REFUSED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)

MOST_TOLD = 100
READ_AT_ONCE = 500
NO_LIST = 0
"""Key of none."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What bringing a file in would do. Names nobody: numbers of rows alone."""

    created: int
    changed: int
    same: int
    gone: int
    """Rows of another server's file whose entities were taken back or deleted here, or whose people
    do not let anybody read them: they stay as they are, and are not compared. In a file of ours a
    row of what was deleted is a fault."""
    faulty: tuple[FaultyRow, ...]
    state: str
    """Another one as soon as bringing the file in would do something else, and where it makes new
    entities, as soon as any file was brought in: whoever says it again when she brings it in does
    what she was shown, once, or nothing."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What it did; `import_pk` undoes it, None where nothing changed."""

    created: int
    changed: int
    same: int
    import_pk: uuid.UUID | None
    gone: int = 0


@dataclass(frozen=True, kw_only=True)
class Undone:
    """`left`: entities that stay as they are: somebody changed them since, or what they were can
    be read no more."""

    undone: int
    left: int


@dataclass(frozen=True, kw_only=True)
class _Planned:
    rows: Sequence[FileRow] = field(repr=False)
    changes: Sequence[tuple[uuid.UUID, Change]] = field(repr=False)
    preview: Preview


def preview(
    session: Session, actor: Actor, project_id: int, which: int | str, data: bytes
) -> Preview:
    """It leaves an entry, and of values that are not the caller's to see it does not say whether
    they are those of the file: who may not read a name could guess it here. Raises
    INVALID_PARAMETER for a file that is no table of this list."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    plan = _plan(session, ref.project_id, ref.list_pk, data, masked=_masked_for(actor, ref))
    record(session, actor, ref, "entity.preview", rows=len(plan.rows))
    return plan.preview


def _masked_for(actor: Actor, ref: ListRef) -> ListRef | None:
    """The list, where some of it may be hidden from the caller."""
    return None if may_see_names(actor, ref.project_id) else ref


def _hidden(
    session: Session, ref: ListRef | None, entities: Collection[uuid.UUID]
) -> Collection[uuid.UUID]:
    """Those of these that somebody who sees no names reads masked."""
    if ref is None or ref.telling is Telling.NOBODY:
        return ()
    if ref.telling is Telling.PEOPLE:
        return entities
    return storing.records_of(session, ref.project_id, entities).keys()


def preview_of_another(
    session: Session,
    actor: Actor,
    project_id: int,
    which: str,
    data: bytes,
    properties: Collection[str],
) -> Preview:
    """The same of another server's file (not `is_ours`), for a list that need not be here yet, and
    of which these properties would be there too."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.find(session, project_id, which)
    list_pk = ref.list_pk if ref else NO_LIST
    closed = _closed_to(actor, ref)
    plan = _plan(
        session, project_id, list_pk, data, is_ours=False, properties=properties, closed=closed
    )
    return plan.preview


def _closed_to(actor: Actor, ref: ListRef | None) -> ListRef | None:
    """The list, where another server's file is brought in by somebody who could have written it:
    the shell has the data anyway."""
    return None if actor.id is None else ref


def _unread(
    session: Session, ref: ListRef | None, found: Collection[Found]
) -> Collection[uuid.UUID]:
    """Those of these whose people let nobody of the team read them."""
    if ref is None:
        return ()
    those, unread = [*found], set()
    for start in range(0, len(those), READ_AT_ONCE):
        page = those[start : start + READ_AT_ONCE]
        unread |= {one.entity_pk for one in page} - shown(session, ref, Purpose.WORK, page)
    return unread


def import_file(
    session: Session,
    actor: Actor,
    project_id: int,
    which: int | str,
    data: bytes,
    *,
    state: str | None = None,
    is_ours: bool = True,
    user_agent: str = "",
) -> Imported:
    """Bring a file in, all of it or nothing. `state`: what the preview said; `is_ours`: its column
    `__version` counts our versions, not another server's. Rows whose values the caller may not see
    become a version each, whatever they say: neither the answer nor the entity tells whether a name
    was guessed. Raises IMPORT_REFUSED, INVALID_PARAMETER, IMPORT_MOVED where the list is another
    one than the preview saw."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    plan = _plan(
        session,
        project_id,
        ref.list_pk,
        data,
        is_ours=is_ours,
        masked=_masked_for(actor, ref) if is_ours else None,  # a move twice doubles nothing
        closed=None if is_ours else _closed_to(actor, ref),
    )
    told = plan.preview
    if state is not None and state != told.state:
        raise Problem(IMPORT_MOVED)
    if told.faulty:
        rows = [{"row": one.line, "fault": one.fault.value} for one in told.faulty[:MOST_TOLD]]
        raise Problem(IMPORT_REFUSED, count=len(told.faulty), details=rows)
    if not plan.changes:
        return Imported(created=0, changed=0, same=told.same, gone=told.gone, import_pk=None)
    import_pk = ids.new_uuid()
    batch = Batch(session.connection(), project_id, [key for key, _ in plan.changes])
    for key, change in plan.changes:
        batch.apply(ref.list_pk, key, change)
    source = Source(actor_id=actor.id, user_agent=user_agent, import_pk=import_pk)
    wake(session, project_id, batch.write(source))
    note_import(session, actor, ref, import_pk, created=told.created, changed=told.changed)
    record(session, actor, ref, "entity.import", created=told.created, changed=told.changed)
    return Imported(
        created=told.created,
        changed=told.changed,
        same=told.same,
        gone=told.gone,
        import_pk=import_pk,
    )


def _plan(
    session: Session,
    project_id: int,
    list_pk: int,
    data: bytes,
    *,
    is_ours: bool = True,
    properties: Collection[str] = (),
    masked: ListRef | None = None,
    closed: ListRef | None = None,
) -> _Planned:
    names = {*lists.property_names(session, list_pk), *properties}
    try:
        rows, faulty = table_file.read(data, names)
    except FileRefused as refused:
        reason = f"{refused.fault.value} {refused.column}".strip()
        raise Problem(INVALID_PARAMETER, name="file", reason=reason) from None
    digests = {storing.digest(project_id, row.entity_id): row for row in rows if row.entity_id}
    found = storing.find_by_digest(session, project_id, digests)
    standing = known(session, project_id, found.values())
    hidden = frozenset(_hidden(session, masked, [one.entity_pk for one in found.values()]))
    unread = _unread(session, closed, found.values())
    by_row = {row.line: digest for digest, row in digests.items()}
    changes: list[tuple[uuid.UUID, Change]] = []
    decided: list[object] = []
    counts = {"created": 0, "changed": 0, "same": 0, "gone": 0}
    for row in rows:
        held = found.get(by_row[row.line]) if row.line in by_row else None
        if held is None:
            counts["created"] += 1
            changes.append(
                (row.entity_id or uuid.uuid4(), Change(received=row.values, creates=True))
            )
            decided.append(row.line)
            continue
        now = standing.get(held.digest)
        if held.list_pk != list_pk or held.deleted_at is not None or now is None:
            if is_ours:
                faulty.append(FaultyRow(line=row.line, fault=RowFault.GONE))
            else:
                counts["gone"] += 1
            continue
        if held.entity_pk in unread:
            counts["gone"] += 1
            continue
        decide = _repeated if held.entity_pk in hidden else _change
        change = decide(row if is_ours else replace(row, base_version=None), now)
        if change is None:
            faulty.append(FaultyRow(line=row.line, fault=RowFault.BAD_VERSION))
            continue
        counts["changed" if change.received else "same"] += 1
        if change.received and row.entity_id:
            changes.append((row.entity_id, change))
        decided.append((row.line, change.base_version, now.current.number))
    if counts["created"]:  # nothing of a new row says that it was brought in before
        decided.append(imports.last_import(session, project_id, list_pk))
    state = hashlib.sha256(repr(decided).encode()).hexdigest()[:32]
    faulty.sort(key=lambda one: one.line)
    told = Preview(**counts, faulty=tuple(faulty), state=state)
    return _Planned(rows=rows, changes=changes, preview=told)


def _change(row: FileRow, known: Known) -> Change | None:
    """What a row says otherwise than the version that it was read at, and than what stands: a cell
    that nobody edited in the file does not undo what a later visit found. None: there is no such
    version."""
    current, base = known.current, _base(row, known)
    if base is None:
        return None
    said = {
        name: value
        for name, value in row.values.items()
        if value not in (base.values.get(name, ""), current.values.get(name, ""))
    }
    return Change(received=said, updates=True, base_version=base.number)


def _repeated(row: FileRow, known: Known) -> Change | None:
    """The same as a change of everything: where nobody edited a cell it repeats what stands. There
    is no contradiction in it, for that would tell which cells hold what is here."""
    current, base = known.current, _base(row, known)
    if base is None:
        return None
    said = {
        name: current.values.get(name, "") if value == base.values.get(name, "") else value
        for name, value in row.values.items()
    }
    return Change(received=said, updates=True, base_version=current.number)


def _base(row: FileRow, known: Known) -> Version | None:
    number = row.base_version or known.current.number
    return next((one for one in known.versions if one.number == number), None)


def undo_import(
    session: Session, actor: Actor, project_id: int, which: int | str, import_pk: uuid.UUID
) -> Undone:
    """Delete what an import made and put back what it changed, unless somebody changed it since.
    Raises NOT_FOUND: also the second time."""
    policy.demand(actor, Act.ENTITY_CHANGE, project_id)
    ref = lists.get(session, project_id, which)
    lists.lock(session, project_id, [ref.list_pk])
    taken = imports.take_import(session, project_id, import_pk)
    if taken is None or taken.list_pk != ref.list_pk:
        raise Problem(NOT_FOUND)
    theirs = [
        one for one in storing.of_import(session, project_id, import_pk) if one.deleted_at is None
    ]
    versions = storing.versions_of(session, project_id, [one.entity_pk for one in theirs])
    last = [one for one in theirs if versions[one.entity_pk][-1].import_pk == import_pk]
    made = [one for one in last if one.version == 1]
    changed = {one.entity_id: one for one in last if one.version > 1 and one.entity_id}
    storing.set_deleted(session, project_id, [one.entity_pk for one in made], clock.now())
    changes.touch(session, project_id, made)
    batch = Batch(session.connection(), project_id, list(changed))
    put_back = sum(_put_back(batch, ref, entity_id) for entity_id in changed)
    wake(session, project_id, batch.write(Source(actor_id=actor.id)))
    undone = len(made) + put_back
    told = Undone(undone=undone, left=len(theirs) - undone)
    record(session, actor, ref, "entity.undo_import", undone=told.undone, left=told.left)
    return told


def _put_back(batch: Batch, ref: ListRef, entity_id: uuid.UUID) -> bool:
    """False where it stays: nobody can read what it was."""
    now = batch.known(entity_id)
    if now is None:
        return False
    before, current = now.versions[-2].values, now.current
    said = {name: before.get(name, "") for name in current.received if name != LABEL}
    if before[LABEL] != current.values[LABEL]:
        said[LABEL] = before[LABEL]
    change = Change(received=said, updates=True, base_version=current.number)
    try:
        return isinstance(batch.apply(ref.list_pk, entity_id, change), Applied)
    except Refused:
        return False
