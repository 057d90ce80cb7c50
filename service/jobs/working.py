"""The worker: claims jobs and works them off, batch after batch, and what takes minutes beside.

`flask worker` runs it, or a thread of the web process (default).
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from service.consent import actions as consent
from service.exports.actions import runs
from service.exports.queries import runs as exports
from service.foundation import clock, job_queue, telemetry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import current, unit_of_work
from service.foundation.job_queue import Job
from service.foundation.outgoing import Rules
from service.foundation.settings import Settings
from service.intake import actions as intake
from service.jobs.handlers import AFTER, DAY_BEGAN, SLOW_EVENTS, Tools
from service.moving.actions import runs as moves
from service.moving.actions import uploads
from service.moving.actions.runs import Limits as MoveLimits
from service.moving.queries import runs as moved
from service.review.actions import flagging
from service.treaty.actions import scans

log = structlog.get_logger("samleng.jobs")


def begin_day() -> dt.date:
    """Make what is done daily due; answers the day (UTC)."""
    with unit_of_work() as session:
        job_queue.enqueue_daily(session, event=DAY_BEGAN)
    return clock.today()


def work_once(tools: Tools, limit: int = 100) -> int:
    """Claim and work off up to `limit` jobs; answers how many were claimed."""
    with unit_of_work() as session:
        claimed = job_queue.claim(session, limit)
    by_event: dict[str, list[Job]] = defaultdict(list)
    for job in claimed:
        by_event[job.event].append(job)
    for event, jobs in sorted(by_event.items(), key=lambda item: item[0] in SLOW_EVENTS):
        _work_batch(tools, event, jobs)
    return len(claimed)


def _work_batch(tools: Tools, event: str, jobs: Sequence[Job]) -> None:
    """A batch as one; if that fails, one by one, so that a poisonous job stops nobody."""
    try:
        _run(tools, event, jobs)
    except Exception as error:
        if len(jobs) == 1:
            log.warning("job_failed", event_name=event, error=type(error).__name__)
            telemetry.JOBS.labels(event, "failed").inc()
            with unit_of_work() as session:
                job_queue.fail(session, jobs[0], error)
            return
        for job in jobs:
            _work_batch(tools, event, [job])


def _run(tools: Tools, event: str, jobs: Sequence[Job]) -> None:
    for handler in AFTER.get(event, []):
        handler(tools, jobs)
    with unit_of_work() as session:
        job_queue.finish(session, jobs)
    telemetry.JOBS.labels(event, "done").inc(len(jobs))


def drain(tools: Tools) -> int:
    """Work until nothing is due; for tests, the demo and `flask worker --once`."""
    total = 0
    while count := work_once(tools, FULL_BATCH):
        total += count
    for slow in slow_work(tools):
        while slow.work_next():
            total += 1
    return total


GATHER_S = 0.25
"""A busy worker lets jobs gather this long: one batch of fifty costs a fifth of fifty batches."""
IDLE_S = 0.5
"""How long a worker with nothing to do waits before it looks again."""
FULL_BATCH = 200
LOOK_S = 5.0
"""How often records are looked for that came after their code was given."""
AWAY_S = 5.0


def _begin(tools: Tools, *, is_only_worker: bool) -> None:
    """What a backup brought back is erased again before anything is made of it."""
    consent.replay(tools.blobs)
    if is_only_worker:
        with unit_of_work() as session:
            job_queue.release_all(session)
        moves.release_all()
        intake.sweep_blobs(tools.blobs, exports.named_blobs, moved.named_blobs, scans.named_blobs)


def work_until(stopping: threading.Event, tools: Tools, *, is_only_worker: bool = False) -> None:
    """Work until `stopping` is set; a database that is away is waited for.

    The only worker frees at its start what a killed process held, and sweeps up after it.
    """
    slow = [Beside(one) for one in slow_work(tools)]
    wait, must_begin, day, looked_at = 0.0, True, None, -LOOK_S
    while not stopping.wait(wait):
        try:
            if must_begin:
                _begin(tools, is_only_worker=is_only_worker)
                must_begin = False
            if time.monotonic() - looked_at >= LOOK_S:
                consent.honour_codes(tools.blobs)
                runs.drop_old(tools.blobs)
                moves.forget_old()
                uploads.forget_old(tools.blobs)
                for beside in slow:
                    beside.look()
                looked_at = time.monotonic()
            if day != clock.today():
                day = begin_day()
            done = work_once(tools, FULL_BATCH)
            # One alone has nothing to gather, and may have been claimed alone (job_queue).
            wait = 0.0 if done in (1, FULL_BATCH) else GATHER_S if done else IDLE_S
        except Exception as error:
            log.warning("worker_paused", error=type(error).__name__)
            wait = AWAY_S


@dataclass(frozen=True, kw_only=True)
class Slow:
    """Work that takes minutes, one piece after the other."""

    name: str
    is_due: Callable[[], bool]
    work_next: Callable[[], bool]
    """Whether there was something to do."""
    rests: bool = False
    """After each piece for twice as long as it took: nobody waits for it, and others compute."""


def slow_work(tools: Tools) -> list[Slow]:
    """Files that somebody asked for, flags of new records, and moves from other servers."""
    files = Slow(name="files", is_due=runs.is_due, work_next=lambda: runs.work_next(tools.blobs))
    flags = Slow(name="flags", is_due=flagging.is_due, work_next=flagging.look_next, rests=True)
    limits = tools.move_limits
    if limits is None:
        return [files, flags]

    def move() -> bool:
        return moves.work_next(tools.blobs, limits)

    return [files, flags, Slow(name="moves", is_due=moves.is_due, work_next=move)]


class Beside:
    """Works in a thread that is there only meanwhile: facts must not wait for minutes."""

    def __init__(self, work: Slow) -> None:
        self._work = work
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin, where something waits and nothing is being done."""
        if (self._thread is None or not self._thread.is_alive()) and self._work.is_due():
            self._thread = threading.Thread(target=self._run, name=self._work.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            began = time.monotonic()
            while self._work.work_next():
                if self._work.rests:
                    time.sleep(2 * (time.monotonic() - began))
                began = time.monotonic()
        except Exception as error:  # the database is away: the worker looks again soon
            log.warning("paused", work=self._work.name, error=type(error).__name__)


def tools_of(settings: Settings, blobs: LocalBlobs) -> Tools:
    """What the worker of an installation has."""
    limits = MoveLimits(
        rules=Rules(allows_private=settings.move_in_private), floor_bytes=settings.floor_bytes
    )
    return Tools(secrets=settings.secrets, blobs=blobs, move_limits=limits)


class EmbeddedWorker:
    """A worker in a thread of the web process."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once. On SQLite it is the only worker there is."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=work_until,
                args=(self._stopping, self.tools),
                kwargs={"is_only_worker": current().is_sqlite},
                name="worker",
                daemon=True,
            )
            self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
