"""Files that are made while nobody waits: asked for with a purpose, agreed to by a second person
where they hold names, made by the worker, sealed, kept for a week."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.consent.actions.erasing import today
from service.exports import purposes
from service.exports.actions import making
from service.exports.actions.source import Source, get_source
from service.exports.kinds import Kind, State, Why
from service.exports.queries import records
from service.exports.queries import runs as queries
from service.exports.queries.runs import Run
from service.exports.shapes import Words
from service.foundation import audit, clock, ids, keys
from service.foundation.blobs import Blob, LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import (
    EXPORT_GONE,
    INVALID_PARAMETER,
    NOT_ALLOWED,
    NOT_FOUND,
    Problem,
)
from service.foundation.sealing import DataClass, DataKey, Place, boxes
from service.review import classes
from service.review.four_eyes import is_second

log = structlog.get_logger("samleng.exports")

KEPT = dt.timedelta(days=7)
BEAT_S = 2.0
_OPEN = (State.WAITING, State.QUEUED, State.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What somebody asks for on the page."""

    form_id: str
    kind: Kind
    words: Words
    purpose: str
    with_identity: bool


def ask(session: Session, actor: Actor, project_id: int, wanted: Wanted) -> uuid.UUID:
    """Let a file be made. One with names and testimony waits for a second person. Raises
    INVALID_PARAMETER, NOT_FOUND."""
    told = purposes.read(wanted.purpose)
    if told is None or told.label == purposes.UNKNOWN:  # people say what for
        raise Problem(INVALID_PARAMETER, name="purpose", reason=", ".join(classes.OPENED))
    source = get_source(session, actor, Act.ROWS_EXPORT, project_id, wanted.form_id, told)
    run_pk = ids.new_uuid()
    queries.insert_run(
        session,
        {
            "project_id": project_id,
            "run_pk": run_pk,
            "form_pk": source.form.form_pk,
            "kind": wanted.kind,
            "words": wanted.words.value,
            "purpose": told.label,
            "with_identity": wanted.with_identity,
            "state": State.WAITING if wanted.with_identity else State.QUEUED,
            "why": None,
            "asked_by": actor.person_id,
            "asked_at": clock.now(),
        },
    )
    _note(
        session,
        project_id,
        actor.id,
        "export.ask",
        run_pk,
        form=source.form.form_pk,
        format=wanted.kind.value,
        purpose=told.label,
        identity=wanted.with_identity,
    )
    return run_pk


def agree(session: Session, actor: Actor, project_id: int, run_pk: uuid.UUID) -> None:
    """As a second person. Raises NOT_ALLOWED for the one who asked, NOT_FOUND."""
    policy.demand(actor, Act.EXPORT_AGREE, project_id)
    run = _get(session, project_id, run_pk)
    if not is_second(run.asked_by, actor.person_id):
        raise Problem(NOT_ALLOWED)
    if queries.change(session, run, [State.WAITING], state=State.QUEUED, agreed_by=actor.id):
        _note(session, project_id, actor.id, Act.EXPORT_AGREE, run_pk, purpose=run.purpose)


def list_told(session: Session, actor: Actor, project_id: int, limit: int) -> list[Run]:
    """All runs of the project for those who see all of it; else one's own."""
    policy.demand(actor, Act.EXPORTS_LIST, project_id)
    sees_all = policy.reach(actor, Act.EXPORTS_LIST, project_id).is_whole
    return queries.list_runs(session, project_id, limit, None if sees_all else actor.person_id)


def get_told(session: Session, actor: Actor, project_id: int, run_pk: uuid.UUID) -> Run:
    """Raises NOT_FOUND."""
    policy.demand(actor, Act.EXPORTS_LIST, project_id)
    run = _get(session, project_id, run_pk)
    sees_all = policy.reach(actor, Act.EXPORTS_LIST, project_id).is_whole
    if not sees_all and run.asked_by != actor.id:
        raise Problem(NOT_FOUND)
    return run


def open_file(
    actor: Actor, project_id: int, run_pk: uuid.UUID, blobs: LocalBlobs
) -> tuple[Run, Iterator[bytes]]:
    """The file, for whoever asked for it, with an entry in the log. Raises NOT_FOUND, NOT_ALLOWED
    for others, EXPORT_GONE; so is one that holds more than the role reaches today."""
    policy.demand(actor, Act.ROWS_EXPORT, project_id)
    with unit_of_work() as session:
        run = get_told(session, actor, project_id, run_pk)
        if run.state is not State.DONE or run.key_pk is None or run.blob is None:
            raise Problem(EXPORT_GONE)
        if run.asked_by != actor.id:
            raise Problem(NOT_ALLOWED)
        if not policy.reach(actor, Act.ROWS_EXPORT, project_id).holds_all(run.areas):
            raise Problem(EXPORT_GONE)
        if queries.is_outdated(session, run, today()):
            raise Problem(EXPORT_GONE)
        key = keys.current().find(project_id, run.key_pk)
        if key is None or not _is_its_own(run, key, run.blob):
            raise Problem(EXPORT_GONE)
        _note(
            session,
            project_id,
            actor.id,
            Act.ROWS_EXPORT,
            run_pk,
            form=run.form_pk,
            format=run.kind.value,
            purpose=run.purpose,
            identity=run.with_identity,
            classes=_classes(run),
            records=run.records,
        )
    return run, keys.watched(blobs.unsealed(run.blob, key), export=str(run_pk))


def _is_its_own(run: Run, key: DataKey, blob: str) -> bool:
    if boxes.is_bound(key, _place(run), blob, run.bound or b""):
        return True
    keys.unsealable(export=str(run.run_pk))
    return False


def _classes(run: Run) -> str:
    """What beyond codes can be in the file."""
    told = purposes.read(run.purpose)
    opened = classes.OPENED[told.purpose] if told and run.with_identity else ()
    return ",".join(sorted(opened))


def delete(actor: Actor, project_id: int, run_pk: uuid.UUID, blobs: LocalBlobs) -> None:
    """Delete a file, or stop making it. Its line stays. Raises NOT_FOUND."""
    with unit_of_work() as session:
        run = get_told(session, actor, project_id, run_pk)
        if queries.change(session, run, [*_OPEN, State.DONE], state=State.GONE, why=Why.DELETED):
            _note(session, project_id, actor.id, "export.delete", run_pk)
    _forget(run, blobs)


def drop_old(blobs: LocalBlobs) -> int:
    """Delete files that are a week old, and those in which somebody may be who does not allow it
    any more; answers how many."""
    with reading() as session:
        found = queries.list_to_drop(session, clock.now() - KEPT, today())
    for run, why in found:
        with unit_of_work() as session:
            if queries.change(session, run, [State.DONE], state=State.GONE, why=why):
                _note(session, run.project_id, None, "export.drop", run.run_pk, reason=why.value)
        _forget(run, blobs)
    return len(found)


def _forget(run: Run, blobs: LocalBlobs) -> None:
    """The key first: without it no copy of the file opens, wherever one is."""
    if run.key_pk is not None:
        keys.current().destroy(run.project_id, [run.key_pk])
    if run.blob is not None:
        blobs.remove(run.blob)


# --- making -------------------------------------------------------------------------------------
def is_due() -> bool:
    with reading() as session:
        return queries.find_due(session, clock.now()) is not None


def work_next(blobs: LocalBlobs) -> bool:
    """Make the file that has waited longest; whether there was one."""
    now = clock.now()
    with unit_of_work() as session:
        due = queries.find_due(session, now)
        if due is None:
            return False
        attempts = queries.claim(session, *due, now)
        run = queries.find_run(session, *due)
    if attempts is None or run is None:
        return True  # another worker was faster
    if attempts > queries.MOST_ATTEMPTS:
        _end(run, State.FAILED, Why.BROKEN)
        return True
    try:
        _make(run, blobs)
    except Problem as problem:
        no_right = problem.kind in (NOT_FOUND, NOT_ALLOWED)
        _end(run, State.FAILED, Why.NO_RIGHT if no_right else Why.TOO_LARGE)
    except Exception as error:
        log.warning("export_failed", error=type(error).__name__, run=str(run.run_pk))
        _end(run, State.FAILED, Why.BROKEN)
    return True


class _Stopped(Exception):  # noqa: N818 - somebody deleted the run while it was made
    pass


def _make(run: Run, blobs: LocalBlobs) -> None:
    source = _source(run)
    key = keys.current().take(run.project_id)
    draft = blobs.draft(key)
    try:
        for piece in _watched(run, source, blobs):
            draft.write(piece)
        blob = draft.commit()
    except _Stopped:
        draft.discard()
        keys.current().destroy(run.project_id, [key.key_pk])
        return
    except BaseException:
        draft.discard()
        keys.current().destroy(run.project_id, [key.key_pk])
        raise
    if not _store(run, source, blob, key):
        keys.current().destroy(run.project_id, [key.key_pk])
        blobs.remove(blob.name)


def _source(run: Run) -> Source:
    """As far as the person who asked reaches today."""
    now = clock.now()
    with reading() as session:
        asker = accounts.find_person(session, run.asked_by, now)
        if asker is None:
            raise Problem(NOT_FOUND)
        told = purposes.read(run.purpose)
        if told is None:
            raise Problem(NOT_FOUND)
        source = get_source(
            session,
            replace(asker, is_fresh=True),  # was given when it was asked for
            Act.ROWS_EXPORT,
            run.project_id,
            run.form_id,
            told,
            with_identity=run.with_identity and run.agreed_by is not None,
            only_root=run.kind in making.ONLY_ROOT,
        )
        expected = records.count(session, source.selection)
    with unit_of_work() as session:
        queries.change(session, run, [State.RUNNING], begun_at=run.started_at, expected=expected)
    return source


def _watched(run: Run, source: Source, blobs: LocalBlobs) -> Iterator[bytes]:
    """The file's bytes. Every few seconds the row is told how far it is, whether or not a piece
    comes: tables that are put by make none for minutes."""
    told_at = time.monotonic()

    def beat() -> None:
        nonlocal told_at
        if time.monotonic() - told_at > BEAT_S:
            told_at = time.monotonic()
            _tell(run, source)

    source.progress.at_page = beat
    for piece in making.pieces(source, run.kind, Words(run.words), blobs):
        yield piece
        beat()


def _tell(run: Run, source: Source) -> None:
    with unit_of_work() as session:
        goes_on = queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            records=source.progress.records,
            beat_at=clock.now(),
        )
    if not goes_on:
        raise _Stopped


def _store(run: Run, source: Source, blob: Blob, key: DataKey) -> bool:
    with unit_of_work() as session:
        is_ours = queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            state=State.DONE,
            records=source.progress.records,
            size=blob.size,
            finished_at=clock.now(),
            blob=blob.name,
            key_pk=key.key_pk,
            bound=boxes.binding(key, _place(run), blob.name),
            good_until=source.progress.good_until,
            asks_consent=source.asks_consent,
            areas=source.selection.reach.told_areas,
        )
        if is_ours:
            _note(
                session,
                run.project_id,
                run.asked_by,
                "export.make",
                run.run_pk,
                form=run.form_pk,
                format=run.kind.value,
                purpose=run.purpose,
                records=source.progress.records,
                classes=",".join(sorted(source.opens)),
            )
    return is_ours


def _end(run: Run, state: State, why: Why) -> None:
    with unit_of_work() as session:
        queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            state=state,
            why=why,
            finished_at=clock.now(),
        )


def _place(run: Run) -> Place:
    return Place(
        project_id=run.project_id,
        record=run.run_pk,
        data_class=DataClass.RAW,
        field="export",
    )


def _get(session: Session, project_id: int, run_pk: uuid.UUID) -> Run:
    run = queries.find_run(session, project_id, run_pk)
    if run is None:
        raise Problem(NOT_FOUND)
    return run


def _note(
    session: Session,
    project_id: int,
    actor_id: int | None,
    action: str,
    run_pk: uuid.UUID,
    **details: object,
) -> None:
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor_id,
        action=action,
        subject=run_pk,
        **details,
    )
