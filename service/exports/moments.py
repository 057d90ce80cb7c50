"""Moments as Central's clients read them: ISO 8601, UTC, milliseconds, Z. Pure."""

from __future__ import annotations

import datetime as dt


def iso(moment: dt.datetime) -> str:
    """`moment` is UTC, as all ours are."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def iso_or_none(moment: dt.datetime | None) -> str | None:
    return None if moment is None else iso(moment)
