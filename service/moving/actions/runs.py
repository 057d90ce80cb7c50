"""Moves that go on while nobody waits: made by the worker, stopped, told.

What opens the source is sealed under a key of its own, which is destroyed when the move is over.
"""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts import queries as accounts
from service.accounts.actor import Actor
from service.accounts.policy import Act
from service.foundation import clock, crash_points, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.outgoing import Rules
from service.foundation.problems import (
    NOT_ALLOWED,
    SOURCE_AWAY,
    Problem,
)
from service.foundation.sealing import DataKey, Unsealable, seal, unseal
from service.moving import places
from service.moving.actions import casualty_reports, reaching, undoing, uploads, walking
from service.moving.actions import door as doors
from service.moving.actions.asking import get_told, note, secret_place
from service.moving.actions.reaching import Secret
from service.moving.actions.report_pages import page_place
from service.moving.actions.walking import Mark, Step
from service.moving.plan import Row, cells, count, row_of
from service.moving.queries import runs as queries
from service.moving.queries.runs import Run
from service.moving.readers.casualty_file import CasualtyFile
from service.moving.source import Source
from service.moving.states import OPEN, State

log = structlog.get_logger("samleng.moving")

KEPT = dt.timedelta(days=7)
"""For how long what became of each thing is told line by line."""
BEAT_S = 15.0
"""How often a move says that it goes on, while it waits for answers too."""
SOONEST, LATEST = dt.timedelta(minutes=1), dt.timedelta(minutes=30)
"""How soon a server that does not answer is asked again: the longer it is away, the later."""
ANEW: Mapping[str, Any] = {"waits_since": None, "attempts": 0, "problem": None, "reason": ""}
"""Of a move that went on: what it waited for before is over. One that is sent the same page over
and over again does not go on."""
GIVES_UP = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What this installation allows."""

    rules: Rules
    floor_bytes: Callable[[int], int]


# --- telling -----------------------------------------------------------------------------------
def list_told(session: Session, actor: Actor, project_id: int, limit: int) -> list[Run]:
    policy.demand(actor, Act.MOVES_LIST, project_id)
    return queries.list_runs(session, project_id, limit)


def read_page(session: Session, run: Run, number: int) -> list[Row]:
    """Lines of the report; none where it is gone. `number` from 1."""
    key = keys.current().find(run.project_id, run.key_pk) if run.key_pk else None
    sealed = queries.find_page(session, run, number)
    if key is None or sealed is None:
        return []
    try:
        plain = unseal(key, page_place(run, number), sealed)
    except Unsealable:
        keys.unsealable(move=str(run.run_pk))
        return []
    return [row_of(line) for line in orjson.loads(plain)]


def stop(actor: Actor, project_id: int, run_pk: uuid.UUID, blobs: LocalBlobs) -> None:
    """Stop a move, or give up the file of one that was looked at. What came stays. Raises
    NOT_FOUND."""
    with unit_of_work() as session:
        run = get_told(session, actor, project_id, run_pk)
        was, now = (State.WAITING, *OPEN), clock.now()
        if queries.change(session, run, was, state=State.STOPPED, finished_at=now, secret=None):
            note(session, project_id, actor.id, "moving.stop", run_pk)
    _destroy_secret(run)
    if run.state is not State.RUNNING:  # else whoever is reading it destroys it
        uploads.forget(run, blobs)


def release_all() -> None:
    """For the only worker, at its start."""
    with unit_of_work() as session:
        queries.release_all(session)


def forget_old() -> int:
    """Forget reports that are a week old, and those older than something that was taken back. And
    what opens a source, where a killed process left its key."""
    with reading() as session:
        left = queries.list_ended_with_secret(session)
    for run in left:
        _destroy_secret(run)
    with reading() as session:
        found = queries.list_to_forget(session, clock.now() - KEPT)
    for run in found:
        if run.key_pk is not None:
            keys.current().destroy(run.project_id, [run.key_pk])
        with unit_of_work() as session:
            queries.forget_report(session, run)
    return len(found)


# --- making -------------------------------------------------------------------------------------
def is_due() -> bool:
    with reading() as session:
        return queries.find_due(session, clock.now()) is not None


def work_next(blobs: LocalBlobs, limits: Limits) -> bool:
    """Make the move that has waited longest, or go on with it; whether there was one."""
    now = clock.now()
    with unit_of_work() as session:
        due = queries.find_due(session, now)
        if due is None:
            return False
        attempts = queries.claim(session, *due, now)
        run = queries.find_run(session, *due)
    if attempts is None or run is None:
        return True  # another worker was faster
    try:
        if attempts > queries.MOST_ATTEMPTS:
            raise RuntimeError("it was begun too often")
        _make(run, blobs, limits)
    except _Stopped:
        pass
    except _MayNoMore:
        _end(run, State.FAILED, problem=NOT_ALLOWED.slug)
    except Problem as problem:
        if problem.kind is SOURCE_AWAY and _waits(run, problem):
            return True
        _end(run, State.FAILED, problem=problem.kind.slug, reason=_reason(problem))
    except Exception as error:
        log.warning("move_failed", error=type(error).__name__, run=str(run.run_pk))
        _end(run, State.FAILED, problem="internal-error")
    else:
        _end(run, State.DONE)
    uploads.forget_ended(run, blobs)
    return True


class _MayNoMore(Exception):  # noqa: N818 - whoever asked for it lost her role meanwhile
    """No Problem: one of those may be what becomes of a single record."""


class _Stopped(Exception):  # noqa: N818 - somebody stopped the move, or another worker took it
    pass


def _make(run: Run, blobs: LocalBlobs, limits: Limits) -> None:
    actor, key, beat, start = _asker(run), _report_key(run), Beat(run), Mark.of(run.mark)
    demand_room = doors.room(blobs, run.project_id, limits.floor_bytes)
    is_file = run.kind in places.FILE_KINDS

    def demand(size: int) -> None:
        beat()
        demand_room(size)

    door = doors.Door(
        actor=actor,
        project_id=run.project_id,
        blobs=blobs,
        origin="file" if is_file else _server(run).origin,
        demand_room=demand,
        batch=run.run_pk.hex if run.kind == places.CASUALTIES else None,
    )
    if run.kind == places.UNDONE:
        _walk(run, undoing.steps(door, run, start), key, start)
        return
    form_ids = () if is_file else run.form_ids
    with uploads.opened(run, blobs, beat) if is_file else _reached(run, limits, beat) as source:
        steps = walking.walk(door, source, is_dry=run.is_dry, form_ids=form_ids, start=start)
        if isinstance(source, CasualtyFile):
            _walk(run, steps, key, start, source.tally.as_json)
            casualty_reports.keep(run, source, key)
        else:
            _walk(run, steps, key, start)


def _walk(
    run: Run,
    steps: Iterator[Step],
    key: DataKey,
    start: Mark,
    groups: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    counts, pages = Counter(run.counts), run.pages
    for step in steps:
        counts.update(count(step.rows))
        pages += bool(step.rows)
        _keep(run, step, key, counts, pages, start, groups())


def _reached(run: Run, limits: Limits, beat: Beat) -> AbstractContextManager[Source]:
    return reaching.reach(_server(run), _opened(run), limits.rules, beat)


def _server(run: Run) -> places.Place:
    return places.Place(kind=run.kind, address=run.address, project=run.of_project)


def _keep(
    run: Run,
    step: Step,
    key: DataKey,
    counts: Counter[str],
    pages: int,
    start: Mark,
    groups: Mapping[str, Any],
) -> None:
    """A step's rows, and where it goes on. Raises _Stopped, and what `_asker` raises."""
    _asker(run)
    with unit_of_work() as session:
        goes_on = queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            counts=dict(counts),
            mark=dict(step.mark.as_json()),
            pages=pages,
            groups=dict(groups),
            beat_at=clock.now(),
            **(ANEW if step.mark != start else {}),
        )
        if not goes_on:
            raise _Stopped
        if step.rows:
            plain = orjson.dumps([cells(row) for row in step.rows])
            queries.put_page(session, run, pages, seal(key, page_place(run, pages), plain))


class Beat:
    """Says now and again that a move goes on, so that no other worker takes it for stopped; and
    stops it where somebody said so, or whoever asked for it may no more."""

    def __init__(self, run: Run) -> None:
        self._run, self._last = run, time.monotonic()

    def __call__(self) -> None:
        """Raises _Stopped, _MayNoMore."""
        if time.monotonic() - self._last < BEAT_S:
            return
        try:
            _asker(self._run)
        except Problem:
            raise _MayNoMore from None
        with unit_of_work() as session:
            begun_at, now = self._run.started_at, clock.now()
            if not queries.change(
                session, self._run, [State.RUNNING], begun_at=begun_at, beat_at=now
            ):
                raise _Stopped
        self._last = time.monotonic()


def _waits(run: Run, problem: Problem) -> bool:
    """Wait for a server that does not answer; False where it was waited for long enough. What was
    brought since it last began says that it was heard of."""
    now = clock.now()
    with unit_of_work() as session:
        held = queries.find_run(session, run.project_id, run.run_pk)
        since = (held and held.waits_since) or now
        if now - since >= GIVES_UP:
            return False
        queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            state=State.QUEUED,
            waits_since=since,
            due_at=now + min(max((now - since) / 2, SOONEST), LATEST),
            attempts=0,
            problem=problem.kind.slug,
            reason=_reason(problem),
        )
    return True


def _reason(problem: Problem) -> str:
    return str(problem.context.get("reason", ""))[:200]


def _asker(run: Run) -> Actor:
    """Whoever asked, as far as she reaches today."""
    with reading() as session:
        asker = accounts.find_person(session, run.asked_by, clock.now())
    if asker is None:
        raise Problem(NOT_ALLOWED)
    fresh = replace(asker, is_fresh=True)  # was given when it was asked for
    try:
        return policy.demand(fresh, Act.MOVE_IN, run.project_id)
    except Problem:  # to one who has lost all of her roles a project is not found
        raise Problem(NOT_ALLOWED) from None


def _opened(run: Run) -> Secret:
    key = keys.current().find(run.project_id, run.secret_key_pk) if run.secret_key_pk else None
    if key is None or run.secret is None:
        raise Problem(NOT_ALLOWED)
    try:
        opens = orjson.loads(unseal(key, secret_place(run.project_id, run.run_pk), run.secret))
    except Unsealable:
        keys.unsealable(move=str(run.run_pk))
        raise Problem(NOT_ALLOWED) from None
    return Secret(**opens)


def _report_key(run: Run) -> DataKey:
    key = keys.current().find(run.project_id, run.key_pk) if run.key_pk else None
    if key is None:
        raise Problem(NOT_ALLOWED)
    return key


def _end(run: Run, state: State, *, problem: str | None = None, reason: str = "") -> None:
    with unit_of_work() as session:
        is_ours = queries.change(
            session,
            run,
            [State.RUNNING],
            begun_at=run.started_at,
            state=state,
            problem=problem,
            reason=reason,
            finished_at=clock.now(),
            secret=None,
        )
        if is_ours:
            note(session, run.project_id, run.asked_by, "moving.end", run.run_pk, state=state.value)
    crash_points.reached("after_move_end_commit")
    if is_ours:
        _destroy_secret(run)


def _destroy_secret(run: Run) -> None:
    if run.secret_key_pk is not None:
        keys.current().destroy(run.project_id, [run.secret_key_pk])
        with unit_of_work() as session:
            queries.forget_secret(session, run)
