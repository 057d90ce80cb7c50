"""Every command, in one list."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import click
from flask import Flask

from service.cli import (
    accounts,
    audit_log,
    casualties,
    database,
    doctor,
    figures,
    forms,
    keys,
    openapi,
    retention,
    scripts,
    serve,
    treaty,
    work,
)
from service.cli.demo import commands as demo
from service.cli.output import explains_problems, stop
from service.cli.sealed import commands as sealed

ALL: tuple[click.Command, ...] = (
    accounts.users,
    accounts.projects,
    accounts.app_users,
    scripts.api_tokens,
    audit_log.group,
    database.group,
    demo.group,
    doctor.doctor,
    figures.group,
    forms.group,
    keys.group,
    casualties.group,
    openapi.group,
    retention.group,
    sealed.group,
    treaty.group,
    work.facts_group,
    work.jobs_group,
    serve.setup,
    serve.serve,
    work.worker,
)


def install(app: Flask) -> None:
    """Add the commands of `service/cli/` to `flask`."""
    for command in ALL:
        for one in _single(command):
            if one.callback is not None and not hasattr(one.callback, "is_explained"):
                one.callback = explains_problems(_knows_the_schema(one.callback))
                one.callback.is_explained = True  # type: ignore[attr-defined]
        app.cli.add_command(command)


def _single(command: click.Command) -> Iterator[click.Command]:
    """The command, or those of a group and of its groups."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _single(each)
    else:
        yield command


def _knows_the_schema(command: Callable[..., Any]) -> Callable[..., Any]:
    """A database without tables, or with those of another release, is named as the reason."""

    @functools.wraps(command)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Exception as error:
            if hasattr(error, "orig") and not database.is_current():  # the database complains
                stop(
                    "The database is not set up for this release of Samleng. "
                    "Run: .venv/bin/flask setup (or make run)"
                )
            raise

    return call
