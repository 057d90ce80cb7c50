"""`flask audit …`: the log of acts, for whoever checks it. On the host's shell alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import click
import orjson
from flask.cli import AppGroup

from service.accounts import actions as accounts
from service.accounts import queries
from service.cli import verify_log
from service.cli.accounts import settings
from service.cli.output import json_option, say
from service.foundation import audit
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Signer, key_id

group = AppGroup("audit", help="The audit log: who did what, chained and signed.")


def _signer() -> Signer:
    return Signer(settings().secrets.audit_key)


@group.command("key")
@json_option
def key(as_json: bool) -> None:
    """The public key by which others check the log. Give it to them before they need it."""
    public = _signer().public_key
    say({"key_id": key_id(public), "public_key": public.hex()}, as_json)


@group.command("head")
@click.option("--project", "project_id", type=int, help="Default: all, and 0, the installation.")
@json_option
def head(project_id: int | None, as_json: bool) -> None:
    """Signed heads of all until now, one a line: to be kept where this machine cannot reach them.
    `flask doctor` tells when none was asked for in a week."""
    with reading() as session:
        if project_id is None:
            chosen = [audit.NO_PROJECT, *(one.id for one in queries.list_projects(session))]
        else:
            chosen = [_project(session, project_id)]
    heads = []
    for each in chosen:
        with unit_of_work() as session:
            heads.append(audit.hand_out(session, _signer(), each))
    if as_json:
        say(heads, as_json)
        return
    for one in heads:
        click.echo(orjson.dumps(one, option=orjson.OPT_SORT_KEYS))


@group.command("export")
@click.option("--project", "project_id", type=int, required=True, help="0: the installation.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Default: printed.")
@json_option
def export(project_id: int, out: Path | None, as_json: bool) -> None:
    """A project's log as JSON lines, with a head signed for it: what `audit verify` reads."""
    with reading() as session:
        _project(session, project_id)
    with unit_of_work() as session:
        begun = audit.begin_export(session, _signer(), project_id, actor_id=None)
    if out is None:
        _write(begun)
        return
    with out.open("wb") as file:
        _write(begun, file)
    say({"file": str(out), "entries": begun.count, "heads": len(begun.heads)}, as_json)


def _project(session: Any, project_id: int) -> int:
    """Raises NOT_FOUND."""
    if project_id == audit.NO_PROJECT:
        return project_id
    found: int = accounts.get_project(session, project_id).id
    return found


def _write(begun: audit.Export, file: BinaryIO | None = None) -> None:
    with reading() as session:
        for line in audit.export_lines(session, begun):
            click.echo(line, file, nl=False)


@group.command("verify")
@verify_log.takes_a_log
@json_option
def verify(
    file: BinaryIO, public_keys: tuple[bytes, ...], heads: tuple[BinaryIO, ...], as_json: bool
) -> None:
    """Whether an exported log is whole, by this installation's key unless others are given.
    Without an installation: python -m service.cli.verify_log."""
    say(verify_log.check(file, public_keys or (_signer().public_key,), heads), as_json)
