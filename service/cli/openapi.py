"""`flask openapi write`: the description of the API, as the code has it."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from flask import current_app
from flask.cli import AppGroup

group = AppGroup("openapi", help="The API's description.")

FILE = Path(__file__).parents[2] / "openapi" / "openapi.json"


def described() -> bytes:
    """`openapi/openapi.json` as it should be: stable order, one line a value."""
    api = current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(api.spec.to_dict(), option=options)


@group.command("write")
def write() -> None:
    """Write openapi/openapi.json."""
    FILE.write_bytes(described())
    click.echo(f"wrote {FILE.name}")


@group.command("check")
def check() -> None:
    """Exit with 1 if openapi/openapi.json is not what the code says."""
    if not FILE.exists() or FILE.read_bytes() != described():
        raise click.ClickException("openapi/openapi.json is behind: run `flask openapi write`")
