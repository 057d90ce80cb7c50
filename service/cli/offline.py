"""Commands that need no server: they run where there is no database, no settings, no network."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from service.cli.sealed import commands as sealed

COMMANDS = frozenset({("sealed", "open"), ("sealed", "trustees")})
_WITH_A_VALUE = ("--app", "-A", "--env-file", "-e")


def is_asked(argv: Sequence[str]) -> bool:
    """Whether `flask` was called for such a command: then nothing else is opened or made."""
    words = list(argv[1:])
    while words and words[0].startswith("-"):  # options of `flask` itself
        taken = 2 if words[0] in _WITH_A_VALUE else 1
        del words[:taken]
    return tuple(words[:2]) in COMMANDS


def bare_app() -> Flask:
    """An application of nothing but these commands."""
    app = Flask("service", static_folder=None)
    app.cli.add_command(sealed.group)
    return app
