"""`flask doctor`: what is not well, in words, and what mends it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
from flask import current_app
from flask.cli import with_appcontext

from service.checkup import looking
from service.checkup.checks import findings
from service.checkup.vitals import Finding, Vitals
from service.cli.output import json_option, say
from service.foundation.settings import Settings


def vitals() -> Vitals:
    """Of the whole installation, but for what must be asked over the network."""
    return looking.look(_settings(), current_app.extensions["samleng.blobs"])


def _settings() -> Settings:
    found: Settings = current_app.config["SAMLENG"]
    return found


@click.command("doctor")
@json_option
@with_appcontext
def doctor(as_json: bool) -> None:
    """Say what is not well with the installation, and what mends it. Exit status 1 where something
    is red: for a timer that mails what it prints."""
    found = findings(looking.with_certificate(vitals(), _settings()))
    is_well = not any(one.is_red for one in found)
    if as_json:
        say({"well": is_well, "findings": [_told(one) for one in found]}, as_json)
    else:
        tell(found)
        click.echo("Nothing is red." if is_well else "Something is red.")
    if not is_well:
        sys.exit(1)


def tell(found: Iterable[Finding]) -> None:
    """Findings for people, one after the other."""
    for one in found:
        click.echo(f"{one.check.severity.upper():<7} {one.wrong()}")
        click.echo(f"        {one.mend()}")
        if one.command:
            click.echo(f"        {one.command}")


def _told(one: Finding) -> dict[str, object]:
    return {
        "name": one.check.name,
        "severity": one.check.severity.value,
        "wrong": one.wrong(),
        "wrong_km": one.wrong("km"),
        "mend": one.mend(),
        "command": one.command or None,
        "values": dict(one.values),
    }
