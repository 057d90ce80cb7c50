"""Every command, in one list."""

from __future__ import annotations

from flask import Flask

from service.cli import accounts, database, figures, forms, keys, openapi, serve, work
from service.cli.demo import commands as demo

ALL = (
    accounts.users,
    accounts.projects,
    accounts.app_users,
    database.group,
    demo.group,
    figures.group,
    forms.group,
    keys.group,
    openapi.group,
    work.facts_group,
    serve.setup,
    serve.serve,
    work.worker,
)


def install(app: Flask) -> None:
    """Add the commands of `service/cli/` to `flask`."""
    for command in ALL:
        app.cli.add_command(command)
