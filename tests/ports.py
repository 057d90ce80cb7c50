"""Ports for servers that tests start.

A server that is started again expects its port to be free still. A port that the system gives
(bind to 0) may meanwhile be the near end of somebody's connection, or another process's server:
so these lie below those the system gives out (32768 and above on Linux), each of the processes
that run the tests side by side has its own, and none is given twice in a row.
"""

from __future__ import annotations

import itertools
import os
import random
import socket

LOWEST = 12_000
EACH = 2_000
PROCESSES = 10


def _own() -> range:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    lowest = LOWEST + EACH * (int(worker) % PROCESSES)
    return range(lowest, lowest + EACH)


def _in_turn() -> itertools.cycle[int]:
    """This process's, from anywhere among them: a child that a test starts has the same ones."""
    own = _own()
    begin = random.SystemRandom().randrange(EACH)
    return itertools.cycle([*own[begin:], *own[:begin]])


_TURN = _in_turn()


def free_port() -> int:
    """A port that nobody listens on now, and that nobody is given meanwhile."""
    for port in itertools.islice(_TURN, EACH):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"None of the {EACH} ports of this process is free.")
