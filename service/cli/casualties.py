"""`flask import casualties` and its way back: lists that others counted, in their columns."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import click
import orjson

from service.accounts.actor import SYSTEM
from service.cli.moving import Told, common, door_of, group, noted
from service.cli.output import json_option, say
from service.facts import codes
from service.foundation.db import reading
from service.moving import places
from service.moving.actions import casualty_files, files, mappings, undoing, walking
from service.moving.casualties import dates
from service.moving.casualties.mapping import Reading
from service.moving.plan import Row, Verdict

__all__ = ["group"]


@group.command("casualties")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", type=click.Choice(list(codes.CASUALTY_SOURCE)), help="Who counted.")
@click.option("--order", type=click.Choice(dates.ORDERS), help="Of dates; dmy where not said.")
@click.option("--mapping", "name", help="A mapping that the project keeps, by its name.")
@click.option(
    "--mapping-file",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mapping as JSON (docs/casualties.md).",
)
@click.option("--keep-mapping", "kept_as", help="Keep it in the project under this name.")
@common
def casualties(
    file: Path,
    source: str | None,
    order: str | None,
    name: str | None,
    given: Path | None,
    kept_as: str | None,
    project_id: int,
    is_dry: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """From FILE, a CSV or XLSX of casualties. Status 1 where its sums are not its rows."""
    told = _mapping(project_id, name, given, source, order)
    with noted(places.CASUALTIES, project_id, is_dry=is_dry) as run_pk:
        door = door_of(project_id, "file", run_pk.hex)
        lines = Told(report, is_quiet=as_json, tells=_is_strange)
        try:
            with casualty_files.opened(files.given(file), told) as opened:
                for step in walking.walk(door, opened, is_dry=is_dry):
                    lines.add(step.rows)
        finally:
            lines.end()
        if kept_as:
            mappings.keep(SYSTEM, project_id, kept_as, opened.reading)
    tally, records = opened.tally, lines.counts["records"]
    answer = {**tally.as_json(), "reconciles": tally.reconciles, "records": records}
    say({**answer, "run": run_pk, "dry_run": is_dry}, as_json)
    if not tally.reconciles:
        raise SystemExit(1)


def _is_strange(row: Row) -> bool:
    return row.verdict not in (Verdict.NEW, Verdict.SAME) or bool(row.why)


def _mapping(
    project_id: int, name: str | None, given: Path | None, source: str | None, order: str | None
) -> Reading:
    told: dict[str, Any] = {}
    if name is not None:
        with reading() as session:
            told = mappings.get(session, project_id, name).as_json()
    if given is not None:
        try:
            told = orjson.loads(given.read_bytes())
        except orjson.JSONDecodeError:
            raise click.ClickException(f"{given.name} is no JSON.") from None
    more = {"source": source, "order": order}
    return casualty_files.read_mapping(told | {k: one for k, one in more.items() if one})


@group.command("undo")
@click.argument("run", type=click.UUID)
@click.option("--project", "project_id", type=int, required=True)
@json_option
def undo(run: uuid.UUID, project_id: int, as_json: bool) -> None:
    """Move what an import of casualties brought into the trash; RUN is the number it printed."""
    with noted(places.UNDONE, project_id, is_dry=False):
        lines = Told(None, is_quiet=True)
        for step in undoing.remove(door_of(project_id, "file"), run.hex):
            lines.add(step.rows)
        lines.end()
    say({"removed": sum(lines.counts["records"].values())}, as_json)
