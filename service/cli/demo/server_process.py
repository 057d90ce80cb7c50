"""The demonstration's own server, which ends with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click


@contextmanager
def running(command: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command)  # noqa: S603 - our own server
    _stop_with(process.pid)
    try:
        _wait_until_ready(process, url)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=70)


def _stop_with(server: int) -> None:
    """Stopped by Ctrl-C or another program, this one ends its server first, wherever it is just
    then. By no exception: Python loses one that comes while it clears away a weak reference."""

    def stop(_number: int, _frame: object) -> None:
        os.write(sys.stdout.fileno(), "Stopping …\n".encode())
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(server, signal.SIGTERM)
            os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)
        os._exit(0)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, within_s: float = 60) -> None:
    until = time.monotonic() + within_s
    while time.monotonic() < until and process.poll() is None:
        try:
            ready = f"{url}/readyz"
            with urllib.request.urlopen(ready, timeout=5) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise click.ClickException(f"The server did not start at {url}. Is the port taken?")
