"""`flask sealed reseal` where the private key is, `flask sealed take` on the server: records sealed
anew, after the trustees changed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import orjson
from flask.cli import with_appcontext

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.output import json_option, say, stop
from service.cli.sealed import folder, private_keys, resealing, trustees
from service.foundation.db import reading
from service.foundation.sealing.odk import KeyRefused, OfflineKey, read_public_key
from service.foundation.sealing.odk_opening import PrivateKey, read_private_key
from service.intake.actions import taking_resealed
from service.intake.actions.taking_resealed import Resealed

TELLS_EVERY = 1000
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command("reseal")
@click.argument("source", metavar="FOLDER", type=_FOLDER)
@click.option("--to", "public_file", type=_FILE, required=True, help="The new public-key.txt.")
@click.option("--key", "key_file", type=_FILE, help="The old private key (PEM).")
@click.option("--locked", "locked_file", type=_FILE, help="Or the old locked-key.json, with …")
@click.option(
    "--share", "share_files", multiple=True, type=_FILE,
    help="… a file with a trustee's words; as often as needed. Without: each types them.",
)  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@json_option
def reseal(
    source: Path,
    public_file: Path,
    key_file: Path | None,
    locked_file: Path | None,
    share_files: Sequence[Path],
    out: Path,
    as_json: bool,
) -> None:
    """Seal the records in FOLDER (of `sealed export`) anew, to another key. Needs the old key, no
    server and no network. Run it again where it broke off: what is done stays done."""
    public = _public(public_file)
    key = _old_key(key_file, locked_file, share_files)
    if key.fingerprint == public.fingerprint:
        stop("The new key is the old one.")
    folder.new(out)
    done, faults = list[str](), list[resealing.Resealed]()
    for number, each in enumerate(resealing.reseal_all(source, key, public, out), start=1):
        if each.fault:
            faults.append(each)
        else:
            done.append(each.folder)
        if number % TELLS_EVERY == 0:
            click.echo(f"{number} records", err=True)
    resealing.write_index(source, out, public, done)
    answer = {"resealed": len(done), "faults": len(faults), "sealed_to": public.fingerprint}
    say({**answer, "out": str(out)}, as_json)
    for each in faults:
        click.echo(f"{each.folder}  {each.fault}", err=True)
    if faults:
        stop("Not every record was sealed anew: see above. Those stay with the old key.")


def _public(path: Path) -> OfflineKey:
    try:
        return read_public_key(path.read_text("utf-8"))
    except KeyRefused:
        stop(f"{path} is no public-key.txt.")


def _old_key(
    key_file: Path | None, locked_file: Path | None, share_files: Sequence[Path]
) -> PrivateKey:
    if key_file is not None and locked_file is None:
        return private_keys.read(key_file)
    if locked_file is None or key_file is not None:
        stop("Name the old key: either --key, or --locked with shares.")
    return read_private_key(trustees.opened(trustees.read(locked_file), share_files))


@click.command("take")
@click.argument("source", metavar="RESEALED", type=_FOLDER)
@json_option
@with_appcontext
def take(source: Path, as_json: bool) -> None:
    """Take in records that were sealed anew: the old trustees' key opens them here no more. The
    form must be published with the new key before. Run it again where it broke off."""
    index = _index(source)
    project_id, form_id = int(index["project"]), str(index["form_id"])
    with reading() as session:
        accounts.get_project(session, project_id)
    count = len(index["records"])
    told = taking_resealed.take(
        SYSTEM, project_id, form_id, str(index["sealed_to"]), count, _records(source, index)
    )
    say({"taken": told.taken, "taken_before": told.before, "refused": len(told.refused)}, as_json)
    for record in told.refused:
        click.echo(f"{record}  not the record that is here, or changed", err=True)
    if told.refused:
        stop("Not every record was taken in: see above.")


def _index(source: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads((source / resealing.INDEX).read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        stop(f"There is no {resealing.INDEX} in {source}: `flask sealed reseal` writes it.")
    return found


def _records(source: Path, index: dict[str, Any]) -> Iterator[Resealed]:
    for one in index["records"]:
        manifest = (source / Path(one["file"]).name).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != one["sha256"]:
            manifest = b""
        yield Resealed(submission_pk=uuid.UUID(one["record"]), manifest=manifest)
