"""`flask import …`: everything from the server that a team leaves, or from its export files."""

from __future__ import annotations

import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.output import json_option, say
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading
from service.foundation.formats.csv_text import Lines
from service.foundation.outgoing import Rules
from service.foundation.settings import Settings
from service.moving.actions import door as doors
from service.moving.actions import files, from_shell, reaching, walking
from service.moving.actions.reaching import Secret
from service.moving.places import Place
from service.moving.plan import HEADER, Row, Verdict, cells, count
from service.moving.source import Source

group = AppGroup("import", help="Moving in from another server.")
TOLD_EVERY_S = 2.0
Command = TypeVar("Command", bound=Callable[..., Any])


def common(command: Command) -> Command:
    for option in (
        json_option,
        click.option(
            "--csv",
            "report",
            type=click.Path(dir_okay=False, writable=True, path_type=Path),
            help="Write the rows into this file instead of printing them.",
        ),
        click.option("--dry-run", "is_dry", is_flag=True, help="Say what would happen. No more."),
        click.option("--project", "project_id", type=int, required=True),
    ):
        command = option(command)
    return command


def _of_server(command: Command) -> Command:
    for option in (
        click.option("--form", "form_ids", multiple=True, help="Only these forms; none = all."),
        click.option("--token-stdin", is_flag=True, help="Read the token from standard input."),
    ):
        command = option(command)
    return command


@group.command("central")
@click.argument("address")
@click.option("--of", "of_project", required=True, help="The project's number there.")
@click.option("--email", default="", help="Sign in with this address and a password instead.")
@_of_server
@common
def central(address: str, of_project: str, email: str, **given: Any) -> None:
    """From ODK Central at ADDRESS: forms in all versions, records with edits and files, lists."""
    place = Place(
        kind="central", address=address, project=of_project, form_ids=given.pop("form_ids")
    )
    _from_server(place, email=email, **given)


@group.command("kobo")
@click.argument("address")
@_of_server
@common
def kobo(address: str, **given: Any) -> None:
    """From KoboToolbox at ADDRESS (such as https://kf.kobotoolbox.org), with an API token."""
    _from_server(Place(kind="kobo", address=address, form_ids=given.pop("form_ids")), **given)


@group.command("ona")
@click.argument("address")
@_of_server
@common
def ona(address: str, **given: Any) -> None:
    """From Ona at ADDRESS (such as https://api.ona.io), with an API token."""
    _from_server(Place(kind="ona", address=address, form_ids=given.pop("form_ids")), **given)


@group.command("submissions")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--form", "form_id", required=True)
@common
def submissions(file: Path, form_id: str, **given: Any) -> None:
    """From FILE: Central's .csv.zip, a CSV or XLSX of Kobo or Ona, a folder or ZIP of instances."""
    with (
        noted("file", given["project_id"], is_dry=given["is_dry"]),
        files.opened(files.given(file), form_id, given["project_id"]) as source,
    ):
        _bring(source, "file", **given)


@group.command("entities")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_name", required=True)
@common
def entities(file: Path, list_name: str, **given: Any) -> None:
    """From FILE, a CSV with the columns label and, where they are known, __id."""
    with noted("file", given["project_id"], is_dry=given["is_dry"]):
        _bring(files.entity_file(files.given(file), list_name), "file", **given)


def _from_server(place: Place, *, token_stdin: bool, email: str = "", **given: Any) -> None:
    what = "Password" if email else "Token"
    if token_stdin:
        secret = sys.stdin.readline().strip()
    else:
        secret = click.prompt(what, hide_input=True, err=True)
    opens = Secret(email=email, password=secret) if email else Secret(token=secret)
    rules = Rules(allows_private=chosen().move_in_private)
    with (
        noted(place.kind, given["project_id"], is_dry=given["is_dry"]),
        reaching.reach(place, opens, rules) as source,
    ):
        _bring(source, place.origin, form_ids=place.form_ids, **given)


def noted(kind: str, project_id: int, *, is_dry: bool) -> AbstractContextManager[uuid.UUID]:
    with reading() as session:
        accounts.get_project(session, project_id)
    return from_shell.noted(SYSTEM, project_id, kind, is_dry=is_dry)


def _bring(
    source: Source,
    origin: str,
    *,
    project_id: int,
    is_dry: bool,
    report: Path | None,
    as_json: bool,
    form_ids: tuple[str, ...] = (),
) -> None:
    door = door_of(project_id, origin)
    told = Told(report, is_quiet=as_json)
    try:
        for step in walking.walk(door, source, is_dry=is_dry, form_ids=form_ids):
            told.add(step.rows)
    finally:
        told.end()
    say({"dry_run": is_dry, **told.counts}, as_json)


def door_of(project_id: int, origin: str, batch: str | None = None) -> doors.Door:
    blobs: LocalBlobs = current_app.extensions["samleng.blobs"]
    return doors.Door(
        actor=SYSTEM,
        project_id=project_id,
        blobs=blobs,
        origin=origin,
        demand_room=doors.room(blobs, project_id, chosen().floor_bytes),
        batch=batch,
    )


class Told:
    """Rows as they come, and how fast they do. `tells`: those that are worth a line to somebody who
    looks on; a report has all."""

    def __init__(
        self, report: Path | None, *, is_quiet: bool, tells: Callable[[Row], bool] = lambda _: True
    ) -> None:
        self._tells = tells
        self._counts: Counter[str] = Counter()
        self._begun = self._last = time.monotonic()
        self._is_quiet = is_quiet
        self._out = report.open("wb") if report else None
        self._lines = Lines(HEADER, for_spreadsheet=True)

    def add(self, rows: Sequence[Row]) -> None:
        self._counts.update(count(rows))
        for row in rows:
            self._row(row)
        if self._out is not None:
            self._out.write(self._lines.take())
        if time.monotonic() - self._last > TOLD_EVERY_S:
            self._last = time.monotonic()
            self._progress()

    def _row(self, row: Row) -> None:
        if self._out is not None:
            self._lines.add(cells(row))
        elif not self._is_quiet and self._tells(row):
            click.echo("\t".join(cells(row)))

    def _progress(self) -> None:
        total = sum(self._counts.values())
        rate = total / max(time.monotonic() - self._begun, 0.001)
        click.echo(f"{total} rows, {rate:.0f} a second", err=True)

    def end(self) -> None:
        self._progress()
        if self._out is not None:
            self._out.write(self._lines.end())
            self._out.close()

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """{"forms": {"new": 1, …}, "records": …, "lists": …}; and columns and sheets that were
        left out, where there are some."""
        found: dict[str, dict[str, int]] = {"forms": {}, "records": {}, "lists": {}}
        for name, number in sorted(self._counts.items()):
            what, verdict = name.split(".")
            found.setdefault(f"{what}s", {})[Verdict(verdict).value] = number
        return found


def chosen() -> Settings:
    settings: Settings = current_app.config["SAMLENG"]
    return settings
