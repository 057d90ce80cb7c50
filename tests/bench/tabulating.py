"""Ten million facts, and how long tables over them take: on one database, in this process.

PART=tables make bench                 FACTS=1000000 for a tenth; ONLY=sqlite or postgresql
"""

from __future__ import annotations

import resource
import statistics
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random

import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.disclosure.rules import Audience, canonical
from service.facts import queries as facts
from service.foundation import clock, db, garbage
from service.foundation.db import Base
from service.indicators import actions
from service.indicators.actions import following, preparing
from service.indicators.catalogue import INDICATORS, Indicator, breakdowns
from service.indicators.counting import Scope
from service.indicators.raw import Asked, table
from tests.bench.millions import SEED, fill
from tests.integration.indicators.by_sql import BySql

BUDGET_S = 120.0
"""So long tables are protected; what was not reached is said."""
ANY_FOUR = 24
DIMENSIONS = ("province", "need", "sex", "age", "wg", "victim", "device", "remoteness", "quarter")


@dataclass
class Times:
    """Milliseconds by the clock and of CPU."""

    wall: list[float]
    cpu: list[float]

    def told(self) -> str:
        if not self.wall:
            return "none"
        wall, cpu = sorted(self.wall), sorted(self.cpu)
        at = min(len(wall) - 1, int(0.95 * len(wall)))
        return (
            f"median {statistics.median(wall):,.1f} ms, p95 {wall[at]:,.1f}, "
            f"worst {wall[-1]:,.1f} ({len(wall)} tables; "
            f"CPU median {statistics.median(cpu):,.1f}, p95 {cpu[at]:,.1f})"
        )


def measure(name: str, database: db.Database, project_id: int, wanted: int) -> None:
    """Prints what it finds."""
    garbage.search_rarely()  # as servers do
    begun = time.perf_counter()
    counts = fill(database, project_id, wanted)
    total = sum(counts.values())
    print(f"== {name}: {total:,} facts {counts} in {time.perf_counter() - begun:.0f} s", flush=True)
    db.use(database)
    wall, cpu = _now()
    with database.reading() as session, following.figures_of(session, project_id) as figures:
        store = figures.store
    print(
        f"read anew: {_now()[0] - wall:.1f} s by the clock, {_now()[1] - cpu:.1f} s of CPU of this "
        f"process; columns {store.bytes / 1e6:.0f} MB, {store.bytes / total:.1f} bytes a fact; "
        f"process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB",
        flush=True,
    )
    grid, four = list(_grid(project_id)), list(_of_four(project_id))
    figures.forget_cubes()
    _say("on offer, cold cold", _each(grid, _count(database, project_id)))
    figures.forget_cubes()
    wall, cpu = _now()
    prepared = preparing.prepare(project_id, preparing.Resting(threading.Event()))
    print(
        f"made ready: {prepared} tables in {_now()[0] - wall:.0f} s by the clock, "
        f"{_now()[1] - cpu:.0f} s of CPU; cubes {figures.bytes / 1e6:.0f} MB",
        flush=True,
    )
    _say("on offer, cold", _each(grid, _count(database, project_id)))
    _say("on offer, warm", _each(grid, _count(database, project_id)))
    _say("on offer, after one record more each", _after(database, project_id, grid))
    _say("any four dimensions, cold cold", _each(four, _count(database, project_id)))
    _say("any four dimensions, warm", _each(four, _count(database, project_id)))
    _say("any four, after one record more each", _after(database, project_id, four))
    print(
        f"cubes {figures.bytes / 1e6:.0f} MB; process at most "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB",
        flush=True,
    )
    _protected(database, project_id)
    _by_sql(database, project_id)


def _say(name: str, times: Times) -> None:
    print(f"{name}: {times.told()}", flush=True)


def _after(database: db.Database, project_id: int, asked: list[Asked]) -> Times:
    """Each after one record more."""
    found = Times([], [])
    for number, one in enumerate(asked):
        _arrive(database, project_id, number)
        _add(found, lambda one=one: _count(database, project_id)(one))
    return found


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _add(times: Times, work: Callable[[], object]) -> None:
    wall, cpu = _now()
    work()
    times.wall.append(1000 * (_now()[0] - wall))
    times.cpu.append(1000 * (_now()[1] - cpu))


def _each(asked: list[Asked], work: Callable[[Asked], object]) -> Times:
    times = Times([], [])
    for one in asked:
        _add(times, lambda one=one: work(one))
    return times


def _count(database: db.Database, project_id: int) -> Callable[[Asked], object]:
    def count(asked: Asked) -> object:
        with (
            database.reading() as session,
            following.figures_of(session, project_id) as figures,
        ):
            return table(figures, asked)

    return count


def _grid(project_id: int) -> Iterator[Asked]:
    """All that partners are offered."""
    for indicator in INDICATORS.values():
        for by in breakdowns(indicator, Audience.PARTNER):
            yield _asked(project_id, indicator, by)


def _of_four(project_id: int) -> Iterator[Asked]:
    """Some of four dimensions that nobody is offered."""
    for by in Random(SEED).sample(list(combinations(DIMENSIONS, 4)), ANY_FOUR):
        yield _asked(project_id, INDICATORS["I12"], by)


def _asked(project_id: int, indicator: Indicator, by: tuple[str, ...]) -> Asked:
    scope = Scope(project_id=project_id, as_of=clock.today())
    return Asked(
        indicator=indicator,
        by=canonical(by),
        scope=scope,
        period=scope,
        units=None,
        now=clock.now(),
        counts="",
    )


def _protected(database: db.Database, project_id: int) -> None:
    """As partners get them, in the order of the grid, as long as there is time."""
    grid = [(one.id, by) for one in INDICATORS.values() for by in breakdowns(one, Audience.PARTNER)]
    Random(SEED).shuffle(grid)
    times, slow, begun = Times([], []), [], time.perf_counter()
    for indicator, by in grid:
        if time.perf_counter() - begun > BUDGET_S:
            break

        def show(indicator: str = indicator, by: tuple[str, ...] = by) -> None:
            with database.reading() as session:
                actions.show(session, SYSTEM, project_id, indicator, by, Audience.PARTNER)

        _add(times, show)
        if times.wall[-1] > 1000:
            slow.append(f"{indicator} {'×'.join(by) or '-'} {times.wall[-1] / 1000:.1f} s")
    print(
        f"protected for partners (of {len(grid)}): {times.told()}; slow: {'; '.join(slow)}",
        flush=True,
    )


def _by_sql(database: db.Database, project_id: int) -> None:
    """The same counts grouped by the database, for comparison."""
    asked = [_asked(project_id, INDICATORS["I12"], by) for by in ((), ("province", "need"))]
    with database.reading() as session:
        for one in asked:
            begun = time.perf_counter()
            table(BySql(session), one)
            print(
                f"by SQL: {one.indicator.id} {one.by}: {time.perf_counter() - begun:.1f} s",
                flush=True,
            )


def _arrive(database: db.Database, project_id: int, number: int) -> None:
    """One record more: that of another, told anew."""
    key = uuid.UUID(int=(number + 1) << 40)
    with database.unit_of_work() as session:
        connection = session.connection()
        for name in ("households", "persons", "needs"):
            one = Base.metadata.tables[name]
            theirs = (one.c.project_id == project_id, one.c.submission_pk == key)
            connection.execute(sa.update(one).where(*theirs).values(submitter_id=number))
        facts.note_changed(connection, [(project_id, key)])
