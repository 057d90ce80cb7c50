"""Cubes of every breakdown on offer, made before anybody asks for them.

A thread of each process that serves reads the columns of large projects soon after the start, and
counts what the catalogue offers, finest first, since coarser cubes are made from finer ones. It
makes way for whoever asks, rests as long as it worked, and stops for memory. What came since is
counted on a minute later; a day later, when consents have ended, what they change.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import structlog

from service.accounts.queries import list_projects
from service.disclosure.rules import Audience, canonical
from service.foundation import clock
from service.foundation.db import reading
from service.indicators import queries, raw
from service.indicators.actions import following, shares
from service.indicators.actions.beside import ANY_NEED
from service.indicators.actions.scopes import scope_of
from service.indicators.actions.telling import numbers_of
from service.indicators.catalogue import INDICATORS, Breakdown, Indicator, breakdowns
from service.indicators.counting import MOST_BYTES, Figures, Scope
from service.indicators.measured import NEEDS

log = structlog.get_logger("samleng.figures")

SETTLES_S = 10.0
"""So long after the start, whoever came first has been served."""
EVERY_S = 60.0
SHARE_OF_CUBES = 0.8
"""Of the memory that cubes may take: the rest is for what nobody foresaw."""
SHARE_OF_MEMORY = 8
"""Columns are read ahead while they take no more than this part of the machine's memory."""
FEW = 20_000
"""Of fewer facts of each kind, tables are counted at once, and nothing is made ready."""
BY_NAME = (Audience.PARTNER, Audience.PUBLIC)


class Stopped(Exception):  # noqa: N818 - no error: the process ends
    """Whoever works ahead is to stop."""


@dataclass
class Resting:
    """Between pieces of work: as long as the last one took."""

    stopping: threading.Event
    began: float = field(default_factory=time.thread_time)

    def begin(self) -> None:
        self.began = time.thread_time()

    def rest(self) -> None:
        """Raises Stopped."""
        if self.stopping.wait(time.thread_time() - self.began):
            raise Stopped
        self.begin()


class Preparing:
    """A thread that works ahead until it is stopped."""

    def __init__(self, memory_mb: int) -> None:
        self._most_bytes = memory_mb * 1_000_000 // SHARE_OF_MEMORY
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="figures", daemon=True)
            self._thread.start()
            atexit.register(self.stop)

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _run(self) -> None:
        wait, seen = SETTLES_S, dict[int, str]()
        while not self._stopping.wait(wait):
            try:
                prepare_all(Resting(self._stopping), seen, self._most_bytes)
            except Stopped:
                return
            except Exception as error:  # the database is away: later, then
                log.warning("not_prepared", error=type(error).__name__)
            wait = EVERY_S


def prepare_all(resting: Resting, seen: dict[int, str], most_bytes: int) -> None:
    """Of all projects that there is memory for. `seen`: what was there when each was last prepared,
    which is noted. Raises Stopped."""
    with reading() as session:
        every = [project.id for project in list_projects(session)]
        large = [one for one in every if queries.are_many(session.connection(), one, FEW)]
    for project_id in large:
        if not following.is_held(project_id) and following.bytes_held() > most_bytes:
            continue
        state = f"{following.mark_of(project_id)} {clock.today()}"
        if seen.get(project_id) != state or following.is_behind(project_id):
            prepare(project_id, resting)
            seen[project_id] = f"{following.mark_of(project_id)} {clock.today()}"
        if following.bytes_held() <= most_bytes:
            following.keep(project_id)


def prepare(project_id: int, resting: Resting) -> int:
    """The cubes of each breakdown on offer; how many of those there are. Raises Stopped."""
    prepared = 0
    for indicator in INDICATORS.values():
        for count in _finest_first(indicator):
            resting.begin()
            with following.figures_ahead(project_id, resting.rest) as figures:
                if figures is not None:
                    if figures.bytes > SHARE_OF_CUBES * MOST_BYTES:
                        figures.forget_rows()
                        return prepared
                    with reading() as session:
                        scope = scope_of(session, project_id)
                    count(figures, scope)
                    prepared += 1
            resting.rest()
        with following.figures_ahead(project_id, resting.rest) as figures:
            if figures is not None:
                figures.forget_rows()
    return prepared


Work = Callable[[Figures, Scope], None]


def _finest_first(indicator: Indicator) -> Iterator[Work]:
    """What is on offer, the part of everybody that it is protected by (`shares`), and the numbers
    that are told beside it."""
    offered = {by for audience in BY_NAME for by in breakdowns(indicator, audience)}
    said = indicator.statistic
    tables = [(indicator, by) for by in offered]
    tables += [table for by in offered for table in _settled_first(indicator, by)]
    counted = {(one.id, canonical(by)): one for one, by in tables}
    for (_, by), one in sorted(counted.items(), key=lambda told: (-len(told[0][1]), told[0])):
        yield partial(_count, one, by)
        part = shares.of_everybody(one)
        if part is not None:
            single = tuple(name for name in by if name not in one.overlapping)
            yield partial(_count, part, single)
    for by in sorted(offered, key=lambda by: (-len(by), by)) if said is not None else ():
        yield partial(_look_at_numbers, indicator, by)


def _settled_first(indicator: Indicator, asked: Breakdown) -> Iterator[tuple[Indicator, Breakdown]]:
    """Figures that it is decided beside (`beside`), and those that they are."""
    others: list[tuple[str, Breakdown]] = []
    if indicator.restates is not None:
        others.append((indicator.restates.figure, indicator.restates.by(asked)))
    if indicator.gathers is not None:
        by = indicator.gathers.by(asked)
        others += [(NEEDS, by), (ANY_NEED, by[1:])]
    if indicator.id == NEEDS and indicator.overlapping & {*asked}:
        others.append((ANY_NEED, tuple(one for one in asked if one not in indicator.overlapping)))
    for other, by in others:
        yield INDICATORS[other], by
        yield from _settled_first(INDICATORS[other], by)


def _count(indicator: Indicator, by: tuple[str, ...], figures: Figures, scope: Scope) -> None:
    asked = raw.Asked(
        indicator=indicator, by=by, scope=scope, period=scope, units=None, now=clock.now(),
        counts="",
    )  # fmt: skip
    raw.count(figures, asked)


def _look_at_numbers(
    indicator: Indicator, by: tuple[str, ...], figures: Figures, scope: Scope
) -> None:
    next(iter(numbers_of(figures, scope, indicator, by)), None)
