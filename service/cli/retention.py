"""`flask retention …`: for how long things are kept, and what goes next."""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli import confirming
from service.cli.output import json_option, say
from service.consent import actions
from service.consent.actions import Due
from service.consent.periods import Periods
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.review.actions.parting_stored import part_stored

group = AppGroup("retention", help="For how long things are kept.")
project_option = click.option("--project", "project_id", type=int, required=True)


@group.command("report")
@project_option
@click.option("--days", type=click.IntRange(0, 3650), default=31, show_default=True)
@json_option
def report(project_id: int, days: int, as_json: bool) -> None:
    """How much is over, and goes, in so many days. Counts; no record is named."""
    with reading() as session:
        accounts.get_project(session, project_id)
        due = actions.tell_due(session, SYSTEM, project_id, days=days)
    say(_told(due), as_json)


@group.command("set")
@project_option
@click.option("--records-months", type=int, help="Names, words, pictures, voices: 1 to 120.")
@click.option(
    "--testimony-months",
    type=int,
    help="Of those, words, pictures, voices alone: 1 to 120; 0: as long as the names.",
)
@click.option("--quarantine-days", type=int, help="What could not be read: 7 to 3650.")
@confirming.confirm_option
@json_option
def set_periods(
    project_id: int,
    records_months: int | None,
    testimony_months: int | None,
    quarantine_days: int | None,
    confirmed: str | None,
    as_json: bool,
) -> None:
    """Keep things for so long. A shorter period asks: what is over then goes in the next night."""
    with reading() as session:
        name = accounts.get_project(session, project_id).name
        held = actions.tell_due(session, SYSTEM, project_id, days=1).periods
        wanted = Periods(
            records_months=held.records_months if records_months is None else records_months,
            testimony_months=(
                held.testimony_months if testimony_months is None else testimony_months or None
            ),
            quarantine_days=held.quarantine_days if quarantine_days is None else quarantine_days,
        )
        due = actions.tell_due(session, SYSTEM, project_id, days=1, periods=wanted)
    if wanted.is_shorter_than(held):
        going = [
            f"{due.records} records: names, words, pictures, voices",
            f"{due.told} records: words, pictures, voices alone",
            f"{due.quarantined} that could not be read",
        ]
        confirming.demand(name, going, confirmed)
    with unit_of_work() as session:
        actions.set_periods(session, SYSTEM, project_id, wanted)
        due = actions.tell_due(session, SYSTEM, project_id)
    say(_told(due), as_json)


@group.command("run")
@project_option
@json_option
def run(project_id: int, as_json: bool) -> None:
    """Do at once what the job of the night does: erase what is over."""
    with reading() as session:
        accounts.get_project(session, project_id)
    part_stored(project_id, lambda: False)
    actions.erase_what_is_over(project_id, current_app.extensions["samleng.blobs"])
    with reading() as session:
        due = actions.tell_due(session, SYSTEM, project_id, days=0)
    say(
        {"left": due.records, "told_left": due.told, "erases_from": clock.iso(due.erases_from)},
        as_json,
    )


def _told(due: Due) -> dict[str, Any]:
    return {
        "records_months": due.periods.records_months,
        "testimony_months": due.periods.testimony_months,
        "quarantine_days": due.periods.quarantine_days,
        "erases_from": clock.iso(due.erases_from),
        "by": clock.iso(due.by),
        "records": due.records,
        "forms": {one.form_id: one.records for one in due.forms},
        "told": due.told,
        "quarantined": due.quarantined,
    }
