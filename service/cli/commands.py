"""Every command, in one list."""

from __future__ import annotations

from flask import Flask

from service.cli import accounts, database, figures, forms, openapi, serve, work
from service.cli.demo import commands as demo


def install(app: Flask) -> None:
    """Add the commands of `service/cli/` to `flask`."""
    for group in (
        accounts.users,
        accounts.projects,
        accounts.app_users,
        database.group,
        demo.group,
        figures.group,
        forms.group,
        openapi.group,
        work.facts_group,
    ):
        app.cli.add_command(group)
    for command in (serve.setup, serve.serve, work.worker):
        app.cli.add_command(command)
