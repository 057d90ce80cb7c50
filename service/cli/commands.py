"""Every command, in one list."""

from __future__ import annotations

from flask import Flask


def install(app: Flask) -> None:
    """Add the commands of `service/cli/` to `flask`."""
