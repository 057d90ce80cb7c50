"""`flask figures show`: a table on the terminal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.output import json_option, say
from service.consent import actions as consent
from service.foundation.db import reading
from service.indicators import actions

group = AppGroup("figures", help="Figures.")


@group.command("show")
@click.argument("indicator")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--by", default="", help="Dimensions, with commas between: need,province")
@click.option("--audience", type=click.Choice(["public", "partner", "internal"]), default="partner")
@click.option("--from", "period_from", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--to", "period_to", type=click.DateTime(["%Y-%m-%d"]))
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Of what had come in by then and was not taken back since; internal alone.",
)
@json_option
def show(
    indicator: str,
    project_id: int,
    by: str,
    audience: str,
    period_from: dt.datetime | None,
    period_to: dt.datetime | None,
    as_of: dt.datetime | None,
    as_json: bool,
) -> None:
    """One table, hidden cells hidden as for that audience."""
    consent.replay(current_app.extensions["samleng.blobs"])
    with reading(may_lag=True) as session:
        accounts.get_project(session, project_id)
        table = actions.show(
            session,
            SYSTEM,
            project_id,
            indicator,
            tuple(name for name in by.split(",") if name),
            audience,
            period_from.date() if period_from else None,
            period_to.date() if period_to else None,
            as_of.date() if as_of else None,
        )
    answer = table.as_dict()
    if as_json:
        say(answer, as_json)
        return
    click.echo(f"{indicator} {answer['title']['en']} ({answer['counts']})")
    say([_line(row, answer["by"]) for row in answer["cells"] + answer["totals"]], as_json)


def _line(row: dict[str, Any], by: list[str]) -> dict[str, Any]:
    """A row with "all" where it is a total; what it is out of only where that says something."""
    line = {name: row.get(name, "all") for name in by}
    line["n"] = "hidden" if row["hidden"] else row["n"]
    return line if row["d"] is None else {**line, "of": row["d"]}
