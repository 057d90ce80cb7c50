"""The only source of time. Tests set it; nothing else asks the operating system."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def _system_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


_now: Callable[[], dt.datetime] = _system_now


def now() -> dt.datetime:
    """This moment, aware, in UTC."""
    return _now()


def today() -> dt.date:
    """This day in UTC."""
    return now().astimezone(dt.UTC).date()


@contextmanager
def frozen(moment: dt.datetime) -> Iterator[None]:
    """For tests: `now()` answers `moment` inside the block, in every thread."""
    global _now  # noqa: PLW0603 - one clock for the process is the point
    before, _now = _now, lambda: moment
    try:
        yield
    finally:
        _now = before


def iso(moment: dt.datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as Central's clients expect it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
