"""How commands answer: one JSON object with `--json`, plain lines without; problems in words."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import orjson

from service.foundation.problems import Problem

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def say(answer: Any, as_json: bool) -> None:
    """Print what a command answers: a mapping, or a list of them."""
    if as_json:
        click.echo(orjson.dumps(answer, default=str).decode())
        return
    for row in answer if isinstance(answer, list) else [answer]:
        click.echo("  ".join(f"{name}: {value}" for name, value in row.items()))


def explains_problems(command: Command) -> Command:
    """A Problem ends the command with its text on standard error and status 1."""

    @functools.wraps(command)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            click.echo(problem.text(), err=True)
            for detail in problem.context.get("details", []) or []:
                click.echo(f"  {_plain(detail)}", err=True)
            sys.exit(1)

    return call  # type: ignore[return-value]


def _plain(detail: Any) -> str:
    if isinstance(detail, dict):
        return "; ".join(f"{name} {value}" for name, value in detail.items() if value)
    return str(detail)
