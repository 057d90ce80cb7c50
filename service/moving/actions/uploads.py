"""Export files that come by the page: sealed as they flow in, kept for their move, destroyed.

After a look in vain, a move in earnest, or two days, the key goes first: without it no copy of the
file opens, wherever one is.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from service.accounts.actor import Actor
from service.foundation import clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import SOURCE_STRANGE, Problem
from service.foundation.sealing import DataClass, DataKey, Unsealable, boxes
from service.foundation.sealing import Place as SealedAt
from service.foundation.sealing.pieces import PieceSealer, PiecesReader
from service.moving import places
from service.moving.actions import casualty_files, files
from service.moving.actions.files import Given
from service.moving.queries import runs as queries
from service.moving.queries.runs import Run
from service.moving.source import Source
from service.moving.states import State

KEPT = dt.timedelta(days=2)
"""For how long a file that was looked at waits for whoever says that it shall be brought."""
AWAITED = dt.timedelta(hours=1)
"""For how long a move waits for its file to come."""
LOOKS_EVERY = 1 << 24
"""Bytes after which it is seen again whether there is room."""


class Receiving:
    """A file while it comes in. `demand_room` raises a Problem where the disk is full."""

    def __init__(self, project_id: int, blobs: LocalBlobs, demand_room: Callable[[], None]) -> None:
        self._key = keys.current().take(project_id)
        self._sealer = PieceSealer(self._key, project_id)
        self._draft = blobs.draft()  # what is written into it is sealed already
        self._project_id, self._blobs, self._demand_room = project_id, blobs, demand_room
        self._looked_at = 0

    @property
    def size(self) -> int:
        return self._sealer.size

    def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self._draft.write(self._sealer.push(chunk))
        if self.size - self._looked_at >= LOOKS_EVERY:
            self._looked_at = self.size
            self._demand_room()

    def discard(self) -> None:
        self._draft.discard()
        keys.current().destroy(self._project_id, [self._key.key_pk])

    def keep(self, actor: Actor, run_pk: uuid.UUID, ending: str) -> None:
        """Durable from now on; the move that waits for it is due. Where that was stopped
        meanwhile, nothing is kept."""
        self._draft.write(self._sealer.end())
        blob = self._draft.commit()
        with unit_of_work() as session:
            run = queries.get_run(session, self._project_id, run_pk)
            is_kept = queries.change(
                session,
                run,
                [State.WAITING],
                state=State.QUEUED,
                asked_by=actor.person_id,
                file_blob=blob.name,
                file_key_pk=self._key.key_pk,
                file_bound=bound_to(self._key, run, blob.name),
                file_size=self.size,
                file_ending=ending,
            )
        if not is_kept:
            self._blobs.remove(blob.name)
            keys.current().destroy(self._project_id, [self._key.key_pk])


@contextlib.contextmanager
def opened(run: Run, blobs: LocalBlobs, beat: Callable[[], None]) -> Iterator[Source]:
    """The file of a move, as a source. `beat` is called while it is read. Raises SOURCE_STRANGE,
    FORM_UNKNOWN."""
    key = keys.current().find(run.project_id, run.file_key_pk) if run.file_key_pk else None
    name, size = run.file_blob, run.file_size or 0
    if key is None or name is None:
        raise Problem(SOURCE_STRANGE, reason="the file is gone")
    if not is_its_own(key, run, name):
        raise _not_as_it_came(run)

    def plain() -> io.BufferedReader:
        return io.BufferedReader(
            PiecesReader(key, run.project_id, blobs.open(name), size, beat), files.BUFFER
        )

    given = Given(ending=run.file_ending or "", size=size, open=plain)
    (target,) = run.form_ids
    try:
        if run.kind == places.CASUALTIES:
            told = casualty_files.read_mapping(run.mapping or {})
            with casualty_files.opened(given, told) as casualties:
                yield casualties
            return
        if run.kind == places.ENTITIES:
            yield files.entity_file(given, target)
            return
        with files.opened(given, target, run.project_id) as source:
            yield source
    except Unsealable:
        raise _not_as_it_came(run) from None


def bound_to(key: DataKey, run: Run, blob: str) -> bytes:
    """What ties the file of that name to its move."""
    return boxes.binding(key, _place(run.project_id, run.run_pk), blob)


def is_its_own(key: DataKey, run: Run, blob: str) -> bool:
    place = _place(run.project_id, run.run_pk)
    return boxes.is_bound(key, place, blob, run.file_bound or b"")


def handed_over(run: Run, to_pk: uuid.UUID) -> dict[str, Any] | None:
    """The columns of its file for another move; None where it is not what came for this one."""
    key = keys.current().find(run.project_id, run.file_key_pk) if run.file_key_pk else None
    if key is None or run.file_blob is None:
        return None
    if not is_its_own(key, run, run.file_blob):
        keys.unsealable(move=str(run.run_pk))
        return None
    bound = boxes.binding(key, _place(run.project_id, to_pk), run.file_blob)
    return {**run.file_columns, "file_bound": bound}


def _place(project_id: int, run_pk: uuid.UUID) -> SealedAt:
    return SealedAt(
        project_id=project_id, record=run_pk, data_class=DataClass.RAW, field="moving/file"
    )


def _not_as_it_came(run: Run) -> Problem:
    keys.unsealable(move=str(run.run_pk))
    return Problem(SOURCE_STRANGE, reason="the file is not as it came")


def forget(run: Run, blobs: LocalBlobs) -> None:
    """Destroy the file of a move, where it has one."""
    if run.file_blob is None or run.file_key_pk is None:
        return
    keys.current().destroy(run.project_id, [run.file_key_pk])
    blobs.remove(run.file_blob)
    with unit_of_work() as session:
        queries.forget_file(session, run)


def forget_ended(run: Run, blobs: LocalBlobs) -> None:
    """After a move: a file that was looked at with success waits on, any other goes."""
    with reading() as session:
        ended = queries.get_run(session, run.project_id, run.run_pk)
    if ended.finished_at is not None and not (ended.is_dry and ended.state is State.DONE):
        forget(ended, blobs)


def forget_old(blobs: LocalBlobs) -> int:
    """Files that nobody wanted to be brought, those in which somebody may be who took something
    back since, and what killed processes left; and no longer wait for files that do not come."""
    now = clock.now()
    with unit_of_work() as session:
        queries.end_waiting(session, now - AWAITED, now)
    with reading() as session:
        found = queries.list_files_to_forget(session, now - KEPT)
    for run in found:
        forget(run, blobs)
    return len(found)
