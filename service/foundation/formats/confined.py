"""Bytes in, bytes out, by a script in a process of its own that can be killed.

What libraries in C do with a stranger's bytes (loop, grow, crash) ends there, and not in the
server. The script confines itself (`resource`) and imports nothing of this project: it runs with
`python -I`, in an empty directory that is removed, and with an environment that says nothing.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path


class ChildLost(Exception):  # noqa: N818 - what happened to it, not a fault here
    """Killed from outside, or too late: the machine may be busy. Nothing is known of the data."""


def ask(script: Path, data: bytes, timeout_s: float) -> bytes:
    """What the script writes; b"" if it gave up, went beyond its own limits or crashed. Raises
    ChildLost."""
    with tempfile.TemporaryDirectory(prefix="samleng-child-") as directory:
        child = subprocess.Popen(  # noqa: S603 - our own script, no shell, no argument from outside
            [sys.executable, "-I", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            env={
                "TMPDIR": directory,
                "LC_ALL": "C.UTF-8",
                "OPENBLAS_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "1",
            },
            start_new_session=True,
        )
        try:
            out, _ = child.communicate(data, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ChildLost from None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.communicate()
    if child.returncode == -signal.SIGKILL:  # its own limits end in other signals
        raise ChildLost
    return out if child.returncode == 0 else b""
