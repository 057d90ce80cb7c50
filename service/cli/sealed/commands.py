"""`flask sealed export` on the server, `flask sealed open` where the private key is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.output import json_option, say, stop
from service.cli.sealed import anew, folder, opening, private_keys, trustees
from service.foundation import clock
from service.foundation.db import reading
from service.foundation.sealing import Unsealable
from service.intake.actions.handing_out import HandedOut, hand_out

group = AppGroup("sealed", help="Sealed records: out of the server, and open elsewhere.")

group.add_command(trustees.group)
group.add_command(anew.reseal)
group.add_command(anew.take)

_FOLDER = click.Path(file_okay=False, path_type=Path)


@group.command("export")
@click.option("--project", "project_id", type=int, required=True)
@click.option("--form", "form_id", required=True)
@click.option("--out", type=_FOLDER, required=True, help="A new or empty folder.")
@json_option
def export(project_id: int, form_id: str, out: Path, as_json: bool) -> None:
    """Write the sealed records of a form into a folder, still sealed. The audit log tells of it."""
    with reading() as session:
        accounts.get_project(session, project_id)
    _demand_new(out)
    count, records = hand_out(SYSTEM, project_id, form_id, current_app.extensions["samleng.blobs"])
    written = [_write(out, number, record) for number, record in enumerate(records, start=1)]
    folder.write_index(
        out,
        {
            "project": project_id,
            "form_id": form_id,
            "exported_at": clock.iso(clock.now()),
            "records": written,
        },
    )
    damaged = sum(len(record["damaged"]) for record in written)
    answer = {
        "records": len(written),
        "incomplete": sum(bool(record["missing"]) for record in written),
        "damaged_files": damaged,
        "unreadable_records": count - len(written),
        "out": str(out),
    }
    say(answer, as_json)


def _demand_new(out: Path) -> None:
    if not folder.new(out):
        stop(f"{out} is not empty. Name a new folder.")


def _write(out: Path, number: int, record: HandedOut) -> dict[str, Any]:
    """The record's folder; answers its entry in the index."""
    stored, name = record.stored, f"{number:05}"
    place = out / name
    folder.new(place)
    files = {folder.MANIFEST: folder.write(place / folder.MANIFEST, [record.manifest])}
    damaged = list(record.damaged)
    for file, pieces in record.files.items():
        try:
            files[file] = folder.write(place / file, pieces())
        except (Unsealable, FileNotFoundError, FileExistsError):
            damaged.append(file)
    return {
        "folder": name,
        "record": str(stored.submission_pk),
        "instance_id": stored.instance_id,
        "version": stored.version,
        "state": stored.state,
        "sealed_to": stored.sealed_to,
        "flags": list(stored.flags),
        "received_at": clock.iso(stored.received_at),
        "files": files,
        "damaged": damaged,
        "missing": [each for each in record.expected if each not in files],
    }


@group.command("open", with_appcontext=False)
@click.argument("source", metavar="FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The private key (PEM).",
)
@click.option("--out", type=_FOLDER, required=True, help="A new or empty folder.")
@json_option
def open_records(source: Path, key_file: Path, out: Path, as_json: bool) -> None:
    """Open the sealed records in FOLDER with the private key. Needs no server, no settings and no
    network: run it on the computer where the key is."""
    key = private_keys.read(key_file)
    _demand_new(out)
    opened = list(opening.open_all(source, key, out))
    if not opened:
        stop(f"There is no sealed record in {source}.")
    if as_json:
        say([vars_of(each) for each in opened], as_json)
    else:
        for each in opened:
            _tell(each)
        click.echo(f"Records: {len(opened)}. Key: {key.fingerprint}. Opened into {out}")
    if any(each.faults for each in opened):
        stop("Not everything is as it was sent: see above.")


def vars_of(each: opening.Opened) -> dict[str, Any]:
    return {
        "folder": each.folder,
        "instance_id": each.instance_id,
        "files": each.files,
        "faults": list(each.faults),
        "remarks": list(each.remarks),
    }


def _tell(each: opening.Opened) -> None:
    state = "NOT AS IT WAS SENT" if each.faults else "opened"
    click.echo(f"{each.folder}  {each.instance_id or '-'}  {state}, files: {each.files}")
    for words in (*each.faults, *each.remarks):
        click.echo(f"    {words}")
