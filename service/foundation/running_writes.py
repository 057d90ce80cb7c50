"""Which writes are still to be committed: who tells what changed goes no further than they began.

A change is stamped while its transaction runs. Where that takes long (it waits for a lock, an
import is large) the stamp lies in the past once others can see it, behind readers that went on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from service.foundation import clock

MARGIN = dt.timedelta(seconds=10)
"""Of what is stamped before its transaction begins: between the two, no lock is waited for."""

_LONGEST = sa.text(
    """SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND (backend_xid IS NOT NULL OR wait_event_type = 'Lock')"""
)
"""Seconds. Of those that write or wait to: a backup that reads for an hour holds nobody up. By the
server's clock alone, which may differ from ours."""


class RunningWrites:
    """Those of this process, waiting for SQLite's one writer or being it."""

    def __init__(self) -> None:
        self._began: dict[object, dt.datetime] = {}

    @contextmanager
    def noted(self) -> Iterator[None]:
        key = object()
        self._began[key] = clock.now()
        try:
            yield
        finally:
            del self._began[key]

    def settled(self) -> dt.datetime:
        """Whatever is still to be committed is stamped then or later. Ask before you look."""
        now = clock.now()
        return min([now, *list(self._began.values())]) - MARGIN


def settled_on_postgresql(engine: sa.Engine) -> dt.datetime:
    """The same of all processes, by what PostgreSQL says of its transactions."""
    now = clock.now()
    with engine.connect() as connection:
        seconds = float(connection.execute(_LONGEST).scalar_one())
    return now - dt.timedelta(seconds=seconds) - MARGIN
