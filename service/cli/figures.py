"""`flask figures show`: a table on the terminal."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import AppGroup

from service.accounts.actor import SYSTEM
from service.cli.output import explains_problems, json_option, say
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
@json_option
@explains_problems
def show(
    indicator: str,
    project_id: int,
    by: str,
    audience: str,
    period_from: dt.datetime | None,
    period_to: dt.datetime | None,
    as_json: bool,
) -> None:
    """One table, hidden cells hidden as for that audience."""
    with reading() as session:
        table = actions.show(
            session,
            SYSTEM,
            project_id,
            indicator,
            tuple(name for name in by.split(",") if name),
            audience,
            period_from.date() if period_from else None,
            period_to.date() if period_to else None,
        )
    answer = table.as_dict()
    say(answer if as_json else answer["cells"] + answer["totals"], as_json)
