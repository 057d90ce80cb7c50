"""Commands that take away what nothing brings back: each says what will go, and wants a word.

On a terminal the word is typed; a script gives it with `--confirm`. It names what will go (a
person, this server), so that whoever is on the wrong machine, or in the wrong line of a script, is
stopped by it. Ending somebody's access is none of these: it takes away nothing that was sent, a
new code gives it back, and a lost phone is ended in haste.
"""

from __future__ import annotations

import shlex
import sys
import unicodedata
from collections.abc import Sequence

import click
from flask import current_app

from service.cli.output import stop
from service.foundation.settings import Settings

confirm_option = click.option(
    "--confirm",
    "confirmed",
    metavar="NAME",
    help="The name that is asked for, where nobody is there to type it.",
)


def this_server() -> str:
    """The name of an installation: its public address without the protocol."""
    settings: Settings = current_app.config["SAMLENG"]
    return settings.public_host


def demand(name: str, going: Sequence[str], confirmed: str | None) -> None:
    """Say what will go, and go on only for whoever names it; else the command ends with status 1
    before anything was changed."""
    click.echo("This will go, for good:", err=True)
    for line in going:
        click.echo(f"- {line}", err=True)
    if confirmed is None and not sys.stdin.isatty():
        stop(f"Nothing was changed. To go on, add: --confirm {shlex.quote(name)}")
    if confirmed is None:
        click.echo(f"To go on, type {name}: ", nl=False, err=True)
        confirmed = sys.stdin.readline()
    if _folded(confirmed) != _folded(name):
        stop(f"That is not “{name}”. Nothing was changed.")


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()
