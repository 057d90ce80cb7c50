"""What bringing rows of a file in would do: to which entities, and to which of their values."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from service.entities.actions.sealed import known
from service.entities.actions.seeing import shown
from service.entities.queries import by_record, imports, storing
from service.entities.queries.lists import ListRef
from service.entities.queries.storing import Found
from service.entities.table_file import FaultyRow, FileRow, RowFault
from service.entities.versions import Change, Known, Version
from service.facts.scopes import Purpose
from service.forms.entity_lists import Telling

Changes = Sequence[tuple[uuid.UUID, Change]]


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
class Planned:
    rows: Sequence[FileRow] = field(repr=False)
    changes: Changes = field(repr=False)
    preview: Preview


def plan_rows(
    session: Session,
    project_id: int,
    list_pk: int,
    rows: Sequence[FileRow],
    faulty: Sequence[FaultyRow],
    *,
    is_ours: bool = True,
    masked: ListRef | None = None,
    closed: ListRef | None = None,
) -> Planned:
    """`is_ours`: `__version` counts our versions, not another server's. `masked`: the list, where
    some of it may be hidden from the caller; `closed`: where some of it lets nobody read it."""
    digests = {storing.digest(project_id, row.entity_id): row for row in rows if row.entity_id}
    found = storing.find_by_digest(session, project_id, digests)
    standing = known(session, project_id, found.values())
    hidden = frozenset(_hidden(session, masked, [one.entity_pk for one in found.values()]))
    unread = _unread(session, closed, list(found.values()))
    by_row = {row.line: digest for digest, row in digests.items()}
    changes: list[tuple[uuid.UUID, Change]] = []
    faults = [*faulty]
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
                faults.append(FaultyRow(line=row.line, fault=RowFault.GONE))
            else:
                counts["gone"] += 1
            continue
        if held.entity_pk in unread:
            counts["gone"] += 1
            continue
        if row.is_told_apart:
            counts["same"] += 1
            continue
        decide = _repeated if held.entity_pk in hidden else _change
        change = decide(row if is_ours else replace(row, base_version=None), now)
        if change is None:
            faults.append(FaultyRow(line=row.line, fault=RowFault.BAD_VERSION))
            continue
        counts["changed" if change.received else "same"] += 1
        if change.received and row.entity_id:
            changes.append((row.entity_id, change))
        decided.append((row.line, change.base_version, now.current.number))
    if counts["created"]:  # nothing of a new row says that it was brought in before
        decided.append(imports.last_import(session, project_id, list_pk))
    state = hashlib.sha256(repr(decided).encode()).hexdigest()[:32]
    faults.sort(key=lambda one: one.line)
    told = Preview(**counts, faulty=tuple(faults), state=state)
    return Planned(rows=rows, changes=changes, preview=told)


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


def _hidden(
    session: Session, ref: ListRef | None, entities: Collection[uuid.UUID]
) -> Collection[uuid.UUID]:
    """Those of these that somebody who sees no names reads masked."""
    if ref is None or ref.telling is Telling.NOBODY:
        return ()
    if ref.telling is Telling.PEOPLE:
        return entities
    return by_record.records_of(session, ref.project_id, entities).keys()


def _unread(session: Session, ref: ListRef | None, found: Sequence[Found]) -> Collection[uuid.UUID]:
    """Those of these whose people let nobody of the team read them."""
    if ref is None:
        return ()
    everybody = {one.entity_pk for one in found}
    return everybody - shown(session, ref, Purpose.WORK, found)
