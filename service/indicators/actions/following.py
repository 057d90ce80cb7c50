"""The figures of this process: columns of a project in memory, which follow its facts.

A table is counted from what the caller's own session sees: what changed since is read first. What
a session has changed itself and not committed yet is seen by it alone, so it is counted apart.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.facts import queries as facts
from service.foundation import clock
from service.foundation.db import Database, current, of_one_moment, reading
from service.indicators import queries
from service.indicators.columns import Kind, Store
from service.indicators.counting import Figures


@dataclass
class _Held:
    """What this process holds of one project."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    figures: Figures | None = None
    mark: str = ""
    """What was seen (`facts.queries.mark_now`)."""
    followed_at: dt.datetime | None = None
    asked_at: dt.datetime | None = None
    waiting: int = 0
    """How many ask now: whoever works ahead makes way."""


IDLE = dt.timedelta(hours=1)
"""So long a project's columns stay for whoever asks next."""
_held: WeakKeyDictionary[Database, defaultdict[int, _Held]] = WeakKeyDictionary()
_opening = threading.Lock()
Pause = Callable[[], object]
"""Called between blocks of what is read anew: whoever works ahead rests there."""


@contextmanager
def figures_of(session: Session, project_id: int) -> Iterator[Figures]:
    """The project's figures as this session sees its facts: no older, and with what it has changed
    itself. One caller of a project at a time."""
    connection = session.connection()
    with _opening:
        projects = _held.setdefault(current(), defaultdict(_Held))
        held = projects[project_id]
        held.asked_at = clock.now()
        _let_go(projects)
    with _turn_of(held):
        figures = _seen_by(connection, project_id, held)
        if facts.has_changed_itself(connection, project_id, held.mark):
            yield Figures(_read(connection, project_id))
            return
        try:
            yield figures
        finally:
            figures.forget_rows()


@contextmanager
def _turn_of(held: _Held) -> Iterator[None]:
    with _opening:
        held.waiting += 1
    try:
        held.lock.acquire()
    finally:
        with _opening:
            held.waiting -= 1
    try:
        yield
    finally:
        held.lock.release()


@contextmanager
def figures_ahead(project_id: int, pause: Pause) -> Iterator[Figures | None]:
    """The same for whoever works ahead of those who ask: None where somebody is asking. `pause` is
    called between blocks of what is read anew. What cubes were just made from is kept."""
    held = _of(project_id)
    if held.waiting or not held.lock.acquire(blocking=False):
        yield None
        return
    try:
        with reading() as session:
            connection = session.connection()
            yield _seen_by(connection, project_id, held, lambda: held.waiting or pause())
    finally:
        held.lock.release()


def is_held(project_id: int) -> bool:
    return _of(project_id).figures is not None


def mark_of(project_id: int) -> str:
    """What this process has seen of the project; "" where it holds nothing."""
    held = _of(project_id)
    return "" if held.figures is None else held.mark


def is_behind(project_id: int) -> bool:
    """Whether there is something that this process has not seen."""
    held = _of(project_id)
    if not held.lock.acquire(blocking=False):
        return False  # whoever asks now follows by himself
    try:
        with reading() as session:
            return held.figures is None or _is_behind(session.connection(), project_id, held)
    finally:
        held.lock.release()


def keep(project_id: int) -> None:
    """As if somebody had asked."""
    _of(project_id).asked_at = clock.now()


def bytes_held() -> int:
    """Of the columns of all projects."""
    with _opening:
        every = list(_held.setdefault(current(), defaultdict(_Held)).values())
    figures = [held.figures for held in every]
    return sum(one.store.bytes for one in figures if one is not None)


def _of(project_id: int) -> _Held:
    with _opening:
        return _held.setdefault(current(), defaultdict(_Held))[project_id]


def _seen_by(
    connection: sa.Connection, project_id: int, held: _Held, pause: Pause = lambda: None
) -> Figures:
    """Nothing that the connection sees, and has not changed itself, is missing."""
    if held.figures is None or _is_behind(connection, project_id, held):
        _follow(project_id, held, pause)
    if held.figures is None:
        raise AssertionError("just followed")
    return held.figures


def _let_go(projects: Mapping[int, _Held]) -> None:
    """Of projects that nobody asks about: memory is for those that somebody does."""
    for held in projects.values():
        is_idle = held.asked_at is not None and clock.now() - held.asked_at > IDLE
        if is_idle and held.figures is not None and held.lock.acquire(blocking=False):
            held.figures = None
            held.lock.release()


def _is_behind(connection: sa.Connection, project_id: int, held: _Held) -> bool:
    if held.followed_at is None or clock.now() - held.followed_at > facts.FOLLOWED:
        held.figures = None  # what changed since may not be told any more
        return True
    changed = facts.changed_since(connection, project_id, held.mark)
    return changed.is_all or bool(changed.keys)


def _follow(project_id: int, held: _Held, pause: Pause) -> None:
    """By a connection of its own, of one moment: whoever asks may see what is never committed."""
    with reading() as session:
        connection = of_one_moment(session)
        mark = facts.mark_now(connection)
        changed = None
        if held.figures is not None:
            changed = facts.changed_since(connection, project_id, held.mark)
        if held.figures is None or changed is None or changed.is_all:
            held.figures = Figures(_read(connection, project_id, pause))
        else:
            _read_again(connection, project_id, held.figures.store, changed)
            if held.figures.store.is_worn:
                held.figures = Figures(_read(connection, project_id, pause))
        held.mark, held.followed_at = mark, clock.now()


def _read(connection: sa.Connection, project_id: int, pause: Pause = lambda: None) -> Store:
    """All that is on record."""
    store, arrivals = Store(), queries.arrivals(connection, project_id)
    for kind in Kind:
        for rows in queries.stream(connection, project_id, kind):
            store.add(kind, rows, arrivals, is_late=False)
            pause()
    store.close()
    return store


def _read_again(
    connection: sa.Connection, project_id: int, store: Store, changed: facts.Changed
) -> None:
    read = {kind: queries.facts_of(connection, project_id, kind, changed.keys) for kind in Kind}
    arrivals = queries.arrivals(connection, project_id, changed.keys)
    store.strike(key.bytes for key in changed.keys)
    for kind, rows in read.items():
        store.add(kind, rows, arrivals)
