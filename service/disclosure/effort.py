"""How much work a table may be: what takes longer is dropped, never let out half looked at.

Work is counted in steps and not in seconds, so that a table is the same on every machine, under
whatever load. Two hundred thousand are about a second of one core.
"""

from __future__ import annotations

import threading

MOST = 900_000
"""For one reader's table."""
A_PROGRAM = 100
"""What it costs to start one; each of its steps then costs by how large it is."""
PASS, STEP = 3, 500
"""Variables and rows for a unit of effort: to look at a program at all, and in one of its steps."""


class _Spent(threading.local):
    steps = 0


_spent = _Spent()


def spend(steps: int) -> None:
    _spent.steps += steps


def spent() -> int:
    """By this thread, since it began: only differences say anything."""
    return _spent.steps


def spend_on_program(size: int, steps: int) -> None:
    """A linear program of so many variables and rows was looked at, and took so many steps."""
    spend(A_PROGRAM + size // PASS + steps * size // STEP)
