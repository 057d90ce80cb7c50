"""One at a time at the interpreter: threads that compute take turns, threads that wait step aside.

Python runs one thread at once, and every statement, parse or read lets another one in: eight
requests side by side switch threads fifty times each, and each switch costs more than the
statement did (docs/decisions/0009-turns.md has the figures). A request that takes its turn is
computed in one go. Whatever waits for a socket, a disk or another thread does so `aside`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()
_mine = threading.local()


@contextmanager
def taken() -> Iterator[None]:
    """Wait for the turn and keep it until the block ends, or `give_up` comes first."""
    take()
    try:
        yield
    finally:
        give_up()


def take() -> None:
    _turn.acquire()
    _mine.is_held = True


def give_up() -> bool:
    """Let the next one compute; whether this thread had the turn."""
    is_held: bool = getattr(_mine, "is_held", False)
    if is_held:
        _mine.is_held = False
        _turn.release()
    return is_held


@contextmanager
def aside() -> Iterator[None]:
    """Wait for something without keeping the turn; take it again afterwards, if it was held."""
    was_held = give_up()
    try:
        yield
    finally:
        if was_held:
            take()
