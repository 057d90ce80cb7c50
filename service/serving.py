"""What serves: one process that makes the application once, and others that begin as its copies.

`python -m service` runs it where everything is set up; `flask serve` sets up and becomes it. It
knows no commands: what only those need takes no memory of the server's processes.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

from flask import Flask
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from service.app import create_app, start_worker
from service.foundation import free_port, garbage
from service.foundation.free_port import PortTakenError
from service.foundation.settings import (
    Settings,
    SettingsError,
    from_environment,
    is_on_this_machine,
)

_made: list[Flask] = []
"""The application, for processes that begin as copies of this one."""


def serve() -> None:
    """Until stopped. Ends the process where it cannot serve, and says why."""
    try:
        # Whatever command began it, this is none: a command has no worker.
        settings = replace(from_environment(), is_command=False)
        free_port.demand(settings.host, settings.port)
        app = create_app(settings)
    except (SettingsError, PortTakenError) as error:
        sys.exit(f"Samleng cannot start: {error}")
    _made.append(app)
    garbage.search_rarely()  # copies share the pages of what is not looked through again
    _granian(settings).serve()


def begin() -> Flask:
    """The application in a process of its own. Nothing was opened before the copy was made:
    database connections and threads are each process's own."""
    # The latter where processes are no copies (macOS).
    app = _made[0] if _made else create_app(replace(from_environment(), is_command=False))
    start_worker(app)
    return app


def processes(settings: Settings, cores: int) -> int:
    """How many serve, unless WORKERS says: one on SQLite, which has one writer; else one a core,
    but for the core of a PostgreSQL that runs on the same machine: two of ours on two cores took a
    fifth more of them for each record, and 30 MB."""
    if settings.workers is not None:
        return settings.workers
    if settings.database_url.startswith("sqlite"):
        return 1
    return max(1, cores - is_on_this_machine(settings.database_url))


def _granian(settings: Settings) -> Any:
    return Granian(  # by fork: what this process has made is theirs
        "service.serving:begin",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=processes(settings, os.cpu_count() or 1),
        blocking_threads=settings.threads,
        blocking_threads_idle_timeout=settings.threads_idle_s,
        backlog=1024,
        http=HTTPModes.http1,
        websockets=False,
        workers_kill_timeout=60,
        respawn_failed_workers=True,
        log_level=LogLevels.error,
    )
