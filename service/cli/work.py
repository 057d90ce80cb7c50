"""`flask worker` and `flask facts …`: what happens after the answer."""

from __future__ import annotations

import signal
import threading

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from service import jobs
from service.accounts import queries as accounts
from service.cli.output import explains_problems, json_option, say
from service.facts import actions as facts
from service.foundation.db import reading, unit_of_work

facts_group = AppGroup("facts", help="Canonical facts.")


@click.command("worker")
@click.option("--once", is_flag=True, help="Work off what is due, then stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Run jobs until told to stop. Any number of workers may run, on any machines."""
    tools = current_app.extensions["samleng.worker"].tools
    if once:
        click.echo(f"{jobs.drain(tools)} jobs done")
        return
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stopping.set())
    jobs.work_until(stopping, tools)


@facts_group.command("rebuild")
@click.option("--project", "project_id", type=int, help="Default: all projects.")
@json_option
@explains_problems
def rebuild(project_id: int | None, as_json: bool) -> None:
    """Compute all facts again from the raw submissions; prints their SHA-256."""
    with reading() as session:
        found = [project.id for project in accounts.list_projects(session)]
    answers = []
    for each in [project_id] if project_id is not None else found:
        with unit_of_work() as session:
            done = facts.rebuild(session, each)
        answers.append({"counts": done.counts, "sha256": done.sha256, "project": each})
    say(answers[0] if len(answers) == 1 else answers, as_json)


@facts_group.command("checksum")
@click.option("--project", "project_id", type=int, required=True)
@json_option
@explains_problems
def checksum(project_id: int, as_json: bool) -> None:
    """SHA-256 of the facts as they stand; equal to what `rebuild` prints."""
    with reading() as session:
        done = facts.describe(session, project_id)
    say({"counts": done.counts, "sha256": done.sha256}, as_json)
