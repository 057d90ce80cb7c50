"""`flask worker`, `flask jobs …` and `flask facts …`: what happens after the answer."""

from __future__ import annotations

import hashlib
import signal
import threading
from collections import Counter
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from service import jobs
from service.accounts import actions as accounts
from service.accounts import queries
from service.cli.output import json_option, say
from service.consent import actions as consent
from service.facts import actions as facts
from service.foundation import audit, garbage, job_queue
from service.foundation.db import reading, unit_of_work
from service.persons import actions as persons

facts_group = AppGroup("facts", help="Canonical facts.")
jobs_group = AppGroup("jobs", help="What happens after the answer.")


@click.command("worker")
@click.option("--once", is_flag=True, help="Work off what is due, then stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Run jobs until told to stop. Any number of workers may run, on any machines."""
    tools = current_app.extensions["samleng.worker"].tools
    garbage.search_rarely()
    if once:
        jobs.begin_day()
        click.echo(f"{jobs.drain(tools)} jobs done")
        return
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    jobs.work_until(stopping, tools)


@jobs_group.command("retry")
@json_option
def retry(as_json: bool) -> None:
    """Have what failed for good tried again, after its cause is mended."""
    with unit_of_work() as session:
        count = job_queue.retry_buried(session)
        audit.record(session, actor_id=None, action="jobs.retry", subject="jobs", jobs=count)
    say({"jobs": count}, as_json)


@facts_group.command("rebuild")
@click.option("--project", "project_id", type=int, help="Default: all projects.")
@json_option
def rebuild(project_id: int | None, as_json: bool) -> None:
    """Compute all facts again from the raw submissions; prints their SHA-256."""
    consent.replay(current_app.extensions["samleng.blobs"])
    with reading() as session:
        if project_id is not None:
            chosen = [accounts.get_project(session, project_id).id]
        else:
            chosen = [project.id for project in queries.list_projects(session)]
    rebuilt = []
    for each in chosen:
        with unit_of_work() as session:
            rebuilt.append(facts.rebuild(session, each))
        with unit_of_work() as session:
            facts.drop_uncounted(session, each)
        persons.rebuild(each)
    say(_together(rebuilt), as_json)


def _together(rebuilt: list[facts.Rebuilt]) -> dict[str, Any]:
    """Counts added up. The sum of one project is its own, that of several the SHA-256 of theirs,
    as bytes one after the other."""
    counts: Counter[str] = Counter()
    for one in rebuilt:
        counts.update(one.counts)
    if len(rebuilt) == 1:
        return {"counts": counts, "sha256": rebuilt[0].sha256}
    sums = b"".join(bytes.fromhex(one.sha256) for one in rebuilt)
    return {"counts": counts, "sha256": hashlib.sha256(sums).hexdigest()}


@facts_group.command("checksum")
@click.option("--project", "project_id", type=int, required=True)
@json_option
def checksum(project_id: int, as_json: bool) -> None:
    """SHA-256 of the facts as they stand; equal to what `rebuild` prints."""
    consent.replay(current_app.extensions["samleng.blobs"])
    with reading() as session:
        accounts.get_project(session, project_id)
        done = facts.describe(session, project_id)
    say({"counts": done.counts, "sha256": done.sha256}, as_json)
