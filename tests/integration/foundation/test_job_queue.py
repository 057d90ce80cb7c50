"""Jobs: one worker each, taken over from the dead, buried when hopeless, and nobody waits."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from service import jobs
from service.foundation import audit, clock, db, ids, job_queue
from service.foundation.audit import AuditHead
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import LEASE_S, MAX_ATTEMPTS, Job, JobRow
from service.foundation.settings import Secrets
from tests.factories import a_project, at

START = at("2026-11-24T08:00")
EVENT = "test.event"


@pytest.fixture(autouse=True)
def standing_clock(database: db.Database) -> Iterator[None]:
    with clock.frozen(START):
        yield


def enqueue(count: int, event: str = EVENT, project_id: int = 1) -> list[uuid.UUID]:
    """Subjects of new jobs, in order."""
    subjects = [ids.new_uuid() for _ in range(count)]
    with unit_of_work() as session:
        for subject in subjects:
            job_queue.enqueue(session, project_id=project_id, event=event, subject=subject)
    return subjects


def claim(limit: int = 100) -> list[Job]:
    with unit_of_work() as session:
        return job_queue.claim(session, limit)


def finish(done: Sequence[Job]) -> None:
    with unit_of_work() as session:
        job_queue.finish(session, done)


def fail(job: Job) -> None:
    with unit_of_work() as session:
        job_queue.fail(session, job, ValueError("ឈ្មោះ សុខ"))


def counts() -> tuple[int, int]:
    with reading() as session:
        found = job_queue.count(session)
    return found["waiting"], found["buried"]


def after(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def test_a_job_waits_for_the_commit_of_what_caused_it() -> None:
    with pytest.raises(ZeroDivisionError):
        _enqueue_and_fail()
    assert claim() == []


def _enqueue_and_fail() -> None:
    with unit_of_work() as session:
        job_queue.enqueue(session, project_id=1, event=EVENT, subject=ids.new_uuid())
        raise ZeroDivisionError


def test_jobs_are_taken_oldest_first_and_only_so_many() -> None:
    subjects = enqueue(5)
    assert [job.subject for job in claim(3)] == subjects[:3]
    assert [job.subject for job in claim(3)] == subjects[3:]
    assert claim() == []


def test_many_workers_at_once_never_get_the_same_job() -> None:
    subjects = enqueue(120)
    start, taken = threading.Barrier(6), []

    def work() -> None:
        start.wait()
        while found := claim(7):
            taken.extend(job.subject for job in found)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(subjects)


def test_what_is_finished_is_gone() -> None:
    enqueue(3)
    finish(claim())
    assert counts() == (0, 0)


def test_a_dead_workers_jobs_are_taken_over_after_its_lease() -> None:
    enqueue(1)
    [first] = claim()
    with clock.frozen(after(LEASE_S - 1)):
        assert claim() == []
    with clock.frozen(after(LEASE_S)):
        [second] = claim()
    assert second.job_pk == first.job_pk
    assert second.attempts == 2


def test_a_worker_that_lost_its_lease_neither_finishes_nor_fails_the_job() -> None:
    enqueue(1)
    [asleep] = claim()
    with clock.frozen(after(LEASE_S)):
        [awake] = claim()
        finish([asleep])
        assert counts() == (1, 0)
        fail(asleep)
        with clock.frozen(after(2 * LEASE_S - 1)):
            assert claim() == []  # the lease of the one awake still holds
        finish([awake])
        assert counts() == (0, 0)


def test_a_failed_job_comes_again_ever_later_and_is_buried_in_the_end() -> None:
    enqueue(1)
    moment = 0.0
    for attempt in range(1, MAX_ATTEMPTS + 1):
        with clock.frozen(after(moment)):
            [job] = claim()
            assert job.attempts == attempt
            fail(job)
        wait = 15 * 2**attempt
        with clock.frozen(after(moment + wait - 1)):
            assert claim() == []
        moment += wait
    with clock.frozen(after(moment * 100)):
        assert claim() == []
    assert counts() == (0, 1)


def test_a_job_that_kills_every_worker_is_buried_too() -> None:
    enqueue(1)
    for life in range(MAX_ATTEMPTS):
        with clock.frozen(START + dt.timedelta(seconds=life * (LEASE_S + 1))):
            assert len(claim()) == 1, "and the process dies here"
    with clock.frozen(START + dt.timedelta(days=1)):
        assert claim() == []
    assert counts() == (0, 1)


def test_nobody_is_buried_with_a_job_that_kills_the_process() -> None:
    """Lives of a worker that dies at the killer, whatever else it holds at that moment."""
    subjects = enqueue(20)
    killer, done = subjects[7], set()
    for life in range(3 * MAX_ATTEMPTS):
        with clock.frozen(START + dt.timedelta(seconds=life * (LEASE_S + 1))):
            while found := claim():
                if killer in {job.subject for job in found}:
                    break  # the process dies here, with all that it had claimed
                finish(found)
                done.update(job.subject for job in found)
    assert done == set(subjects) - {killer}
    assert counts() == (0, 1)


def test_s36_of_an_error_only_its_class_is_kept() -> None:
    enqueue(1)
    [job] = claim()
    fail(job)
    with reading() as session:
        assert session.scalar(sa.select(JobRow.error)) == "ValueError"


def test_jobs_of_one_project_are_finished_beside_those_of_another() -> None:
    enqueue(2, project_id=1)
    enqueue(2, project_id=2)
    found = claim()
    finish([job for job in found if job.project_id == 1])
    assert counts() == (2, 0)


# --- what the worker makes of it ---------------------------------------------------------------
@pytest.fixture
def tools(blobs: LocalBlobs) -> jobs.Tools:
    key = "5e" * 32
    names = Secrets.__dataclass_fields__
    return jobs.Tools(secrets=Secrets(**dict.fromkeys(names, key)), blobs=blobs)


def test_a_poisonous_job_stops_nobody(tools: jobs.Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = enqueue(9)
    done: list[uuid.UUID] = []

    def handler(_tools: jobs.Tools, batch: Sequence[Job]) -> None:
        if any(job.subject == subjects[4] for job in batch):
            raise ValueError("poison")
        done.extend(job.subject for job in batch)

    monkeypatch.setitem(jobs.AFTER, EVENT, [handler])
    jobs.drain(tools)
    assert sorted(done) == sorted(set(subjects) - {subjects[4]})
    assert counts() == (1, 0)
    with clock.frozen(after(10**7)):
        for attempt in range(2, MAX_ATTEMPTS + 1):
            with clock.frozen(after(10**7 * attempt)):
                jobs.drain(tools)
    assert counts() == (0, 1)


def test_a_job_whose_event_nobody_waits_for_is_done(tools: jobs.Tools) -> None:
    enqueue(1, event="of.an.older.version")
    assert jobs.drain(tools) == 1
    assert counts() == (0, 0)


def test_a_worker_stops_when_told_to_and_leaves_nothing_half_done(
    tools: jobs.Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(3)
    done = threading.Event()
    monkeypatch.setitem(jobs.AFTER, EVENT, [lambda _tools, _batch: done.set()])
    worker = jobs.EmbeddedWorker(tools)
    worker.start()
    assert done.wait(20)
    worker.stop()
    assert counts() == (0, 0)


# --- what is done once a day --------------------------------------------------------------------
def days_signed() -> list[tuple[int, dt.date | None]]:
    with reading() as session:
        query = sa.select(AuditHead.project_id, AuditHead.day)
        return sorted((row.project_id, row.day) for row in session.execute(query))


def test_every_day_each_projects_audit_head_is_signed_once(tools: jobs.Tools) -> None:
    with unit_of_work() as session:
        projects = [audit.NO_PROJECT, a_project(session).id, a_project(session, "Pailin").id]
    for hours in (0, 1, 25):
        with clock.frozen(START + dt.timedelta(hours=hours)):
            jobs.begin_day()
            jobs.begin_day()
            jobs.drain(tools)
    today, tomorrow = START.date(), START.date() + dt.timedelta(days=1)
    assert days_signed() == sorted((one, day) for one in projects for day in (today, tomorrow))
    assert counts() == (0, 0)


def test_a_worker_begins_the_day_by_itself(tools: jobs.Tools) -> None:
    worker = jobs.EmbeddedWorker(tools)
    worker.start()
    until = time.monotonic() + 20
    while not days_signed() and time.monotonic() < until:
        time.sleep(0.01)
    worker.stop()
    assert days_signed() == [(audit.NO_PROJECT, START.date())]
