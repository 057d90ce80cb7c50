"""`flask api-tokens …`: what runs without anybody at the keyboard."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import AppGroup

from service.accounts import actions
from service.accounts.actor import ORDINARY, SYSTEM, Scope
from service.accounts.queries import scripts
from service.cli.output import json_option, say
from service.foundation import clock
from service.foundation.db import reading, unit_of_work

api_tokens = AppGroup("api-tokens", help="Scripts.")


@api_tokens.command("create")
@click.argument("name")
@click.option("--project", "project_ids", type=int, multiple=True, help="None = all projects.")
@click.option(
    "--scope",
    "wanted",
    multiple=True,
    required=True,
    type=click.Choice([*(scope.value for scope in Scope), "all"]),
    help="What it may do; all = all but figures:internal, identity, testimony, removals.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
@json_option
def create_api_token(
    name: str, project_ids: tuple[int, ...], wanted: tuple[str, ...], days: int, as_json: bool
) -> None:
    """Make a token for a script. It is shown now and never again.

    A name that another token of the project has gets a number behind it. Use it as a bearer token;
    or open a session with the address and the token as its password.
    """
    scopes = {Scope(one) for one in wanted if one != "all"} | (
        ORDINARY if "all" in wanted else set()
    )
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(
            session, SYSTEM, name, project_ids or None, scopes, dt.timedelta(days=days)
        )
    answer = {
        "id": made.id,
        "name": made.name,
        "token": made.token,
        "email": made.email,
        "scopes": sorted(scopes),
        "expires_at": clock.iso(made.expires_at),
    }
    say(answer, as_json)


@api_tokens.command("list")
@json_option
def list_api_tokens(as_json: bool) -> None:
    """All tokens of scripts: what they may do, and when they were last used."""
    with reading() as session:
        rows = scripts.list_api_tokens(session)
    say([_told(row) for row in rows], as_json)


def _told(row: scripts.ApiTokenRow) -> dict[str, object]:
    def moment(value: dt.datetime | None) -> str | None:
        return clock.iso(value) if value else None

    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "scopes": list(row.scopes),
        "projects": "all" if row.all_projects else list(row.project_ids),
        "expires_at": moment(row.expires_at),
        "last_used_at": moment(row.last_used_at),
        "revoked_at": moment(row.revoked_at),
    }


@api_tokens.command("revoke")
@click.argument("api_token_id", type=int)
@json_option
def revoke_api_token(api_token_id: int, as_json: bool) -> None:
    """End a token and the sessions that it opened, from the next request on."""
    with unit_of_work() as session:
        actions.revoke_api_token(session, SYSTEM, api_token_id)
    say({"id": api_token_id, "revoked": True}, as_json)
