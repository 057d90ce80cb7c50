"""How commands answer: one JSON object with `--json`, plain lines without; problems in words."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click
import orjson

from service.foundation import db
from service.foundation.durability import NotDurableError
from service.foundation.keys import KeyRingError
from service.foundation.problems import BUSY, FORM_UNKNOWN, Problem
from service.foundation.settings import place_of

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def say(answer: Any, as_json: bool) -> None:
    """Print what a command answers: a mapping, or a list of them."""
    if as_json:
        click.echo(orjson.dumps(answer, default=str).decode())
        return
    for row in answer if isinstance(answer, list) else [answer]:
        click.echo("  ".join(f"{name}: {readable(value)}" for name, value in row.items()))


def readable(value: Any) -> str:
    """A value as people write it: yes and no, a dash for nothing, commas in a list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {readable(each)}" for name, each in value.items()) or "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(readable, value)) or "-"
    return "-" if value is None else str(value)


def stop(sentence: str) -> NoReturn:
    """End the command with a sentence on standard error and status 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def explains_problems(command: Command) -> Command:
    """What can go wrong ends the command with its text on standard error and status 1."""

    @functools.wraps(command)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Problem as problem:
            stop(_TOLD_HERE.get(problem.kind, _told)(problem))
        except (KeyRingError, NotDurableError) as error:
            stop(str(error))

    return call  # type: ignore[return-value]


def _away(problem: Problem) -> str:
    """Which database does not answer, and why by its driver. Neither names a password."""
    reason = str(getattr(problem.__cause__, "orig", None) or "it is busy").partition("\n")[0]
    return f"The database {place_of(db.current().url)} does not answer: {reason}"


def _unknown(problem: Problem) -> str:
    """Without what its sentence tells a phone."""
    return f"There is no form “{problem.context.get('form_id', '')}” in this project."


def _told(problem: Problem) -> str:
    """The Problem's sentence; mistakes of a form one by one, in English and then in Khmer."""
    mistakes = problem.context.get("details")
    if not mistakes:
        return problem.text()
    whole = Problem(problem.kind, **{**problem.context, "summary": "", "summary_km": ""})
    lines = [whole.text("en").strip(), whole.text("km").strip()]
    for each in mistakes:
        lines += ["", f"{_place(each)}{each['message']} {each['fix']}"]
        lines += [f"  {each['message_km']} {each['fix_km']}"]
    return "\n".join(lines)


def _place(mistake: dict[str, Any]) -> str:
    row = f"row {mistake['row']}" if mistake["row"] else None
    text = f"“{mistake['text']}”" if mistake["text"] else None
    parts = [part for part in (mistake["sheet"], row, mistake["cell"], text) if part]
    return f"{', '.join(parts)}: " if parts else ""


_TOLD_HERE = {BUSY: _away, FORM_UNKNOWN: _unknown}
