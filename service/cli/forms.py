"""`flask forms …`: publishing from the shell, opening and closing."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.output import json_option, say, stop
from service.forms import actions, queries
from service.forms.states import FormState
from service.foundation.db import reading, unit_of_work

group = AppGroup("forms", help="Forms.")

REFERENCE = Path(__file__).parents[1] / "forms" / "reference"
REFERENCE_FORMS = (
    "needs_assessment",
    "treaty_signature",
    "rights_issue",
    "treaty_sheet",
    "follow_up",
    "clearance_concern",
    "service_directory",
)
"""Of the first project. Not `testimony`: whoever publishes it decides whether it is sealed."""
CONVERTED_AT_ONCE = 2


def prepare_file(file: Path, media: list[Path]) -> actions.Prepared:
    """A workbook or an XForm; converting happens before the database is touched."""
    contents = {path.name: path.read_bytes() for path in media}
    if file.suffix.casefold() == ".xml":
        return actions.prepare_xml(file.read_bytes(), contents)
    return actions.prepare_workbook(file.read_bytes(), file.name, contents)


def publish_prepared(
    prepared: actions.Prepared,
    project_id: int,
    new_key: str | None = None,
    *,
    tells_of_nobody: bool = False,
) -> actions.Published:
    """`tells_of_nobody`: declared of its files; of those that Samleng brings along it is known."""
    with unit_of_work() as session:
        blobs = current_app.extensions["samleng.blobs"]
        return actions.publish(
            session,
            SYSTEM,
            project_id,
            prepared,
            blobs,
            new_key,
            tells_of_nobody=tells_of_nobody or _are_ours(prepared.media.values()),
        )


def _are_ours(files: Iterable[bytes]) -> bool:
    """Whether all of them are files that Samleng brings along: lists of places."""
    return {*files} <= {path.read_bytes() for path in _places()}


def publish_reference_forms(project_id: int) -> list[actions.Published]:
    """The forms that Samleng brings along, with the places of Cambodia beside them: those that
    the project does not have."""
    with reading() as session:
        missing = [
            name
            for name in REFERENCE_FORMS
            if queries.find_form(session, project_id, name) is None
            and queries.find_deleted(session, project_id, name) is None
        ]
    files = [REFERENCE / f"{name}.xlsx" for name in missing]
    with ThreadPoolExecutor(CONVERTED_AT_ONCE) as pool:  # each waits for a child process
        forms = list(pool.map(lambda file: prepare_file(file, _places()), files))
    return [publish_prepared(form, project_id) for form in forms]


def _demand_decided(prepared: actions.Prepared) -> None:
    """What the API asks of whoever publishes, too (400.16): the command ends before anything is
    changed."""
    open_ones = [one["details"] for one in actions.to_decide(prepared)]
    if open_ones:
        said = [f"{one['en']}\n  {one['km']}" for one in open_ones]
        stop("\n".join([*said, "Nothing was published. To go on, add: --ignore-warnings"]))


def _places() -> list[Path]:
    return sorted(REFERENCE.glob("*.csv"))


@group.command("publish")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--project", "project_id", type=int, required=True)
@click.option(
    "--media", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--new-key",
    metavar="FINGERPRINT",
    help="Confirm another key of a sealed form by its fingerprint, or by “none” that it has none.",
)
@click.option(
    "--no-personal-data",
    "tells_of_nobody",
    is_flag=True,
    help="Declare of the files that they say nothing about any person: phones keep them in clear.",
)
@click.option(
    "--ignore-warnings",
    is_flag=True,
    help="Publish though nothing seals its testimony, or nobody has read the recovery key back.",
)
@json_option
def publish(
    file: Path,
    project_id: int,
    media: tuple[Path, ...],
    new_key: str | None,
    tells_of_nobody: bool,
    ignore_warnings: bool,
    as_json: bool,
) -> None:
    """Publish FILE (XLSForm workbook or XForm XML) as a new version of its form. What its
    coordinators should have decided on is said first: --ignore-warnings says that they did."""
    with reading() as session:
        accounts.get_project(session, project_id)
    prepared = prepare_file(file, list(media))
    if not ignore_warnings:
        _demand_decided(prepared)
    done = publish_prepared(prepared, project_id, new_key, tells_of_nobody=tells_of_nobody)
    answer = {
        "form_id": done.form_id,
        "version": done.version,
        "hash": done.hash,
        "warnings": list(done.warnings),
    }
    if done.fingerprint:
        answer["sealed_to"] = done.fingerprint
    say(answer, as_json)


@group.command("state")
@click.argument("form_id")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--state", type=click.Choice([each.value for each in FormState]), required=True)
@json_option
def state(form_id: str, project_id: int, state: str, as_json: bool) -> None:
    """Open a form for phones, hide it from them (closing), or refuse its records (closed)."""
    with unit_of_work() as session:
        accounts.get_project(session, project_id)
        form = actions.set_state(session, SYSTEM, project_id, form_id, FormState(state))
        answer = {"form_id": form.form_id, "state": form.state.value}
    say(answer, as_json)
