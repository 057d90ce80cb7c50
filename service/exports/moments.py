"""Moments as Central's clients read them: ISO 8601, UTC, milliseconds, Z. Pure."""

from __future__ import annotations

import datetime as dt

_MILLISECONDS = len("2026-11-22T08:00:00.000")


def iso(moment: dt.datetime) -> str:
    """`moment` is UTC, as all ours are."""
    return f"{moment.isoformat(timespec='milliseconds')[:_MILLISECONDS]}Z"


def iso_or_none(moment: dt.datetime | None) -> str | None:
    return None if moment is None else iso(moment)
