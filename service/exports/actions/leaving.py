"""An answer on its way out: one file at a time for each caller (S-21), and when it has ended the
log says how many records left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from service.exports.actions.source import Source
from service.foundation.problems import EXPORT_RUNNING, Problem

_LOOKED_AT = 3
"""Pieces that are made before the answer begins: a small file is whole by then, and one entry in
the log says all."""
_running: set[tuple[int | None, int]] = set()
_lock = threading.Lock()


def take_turn(actor_id: int | None, project_id: int) -> Callable[[], None]:
    """The caller's one place among those whose files are being made by this process; answers how
    to give it back (again is no error). Raises EXPORT_RUNNING."""
    turn = (actor_id, project_id)
    with _lock:
        if turn in _running:
            raise Problem(EXPORT_RUNNING)
        _running.add(turn)
    held = [turn]

    def give_back() -> None:
        with _lock:
            if held:
                _running.discard(held.pop())

    return give_back


class Leaving:
    """Pieces that leave. `begun` makes the first, so that what is wrong with a question is told as
    a problem; `at_end` is told once whether all left, however it ends: to its end, with a mistake
    or because the client went away."""

    def __init__(self, source: Source, pieces: Iterator[bytes]) -> None:
        self._source, self._pieces = source, pieces
        self._held: list[bytes] = []
        self._at_end: Callable[[bool], None] | None = None
        self.is_whole = False

    @property
    def records(self) -> int:
        """Read so far."""
        return self._source.progress.records

    def begin(self) -> None:
        for _ in range(_LOOKED_AT):
            piece = next(self._pieces, None)
            if piece is None:
                self.is_whole = True
                return
            self._held.append(piece)

    def tell_end(self, at_end: Callable[[bool], None]) -> None:
        self._at_end = at_end

    def __iter__(self) -> Leaving:
        return self

    def __next__(self) -> bytes:
        if self._held:
            return self._held.pop(0)
        try:
            return next(self._pieces)
        except StopIteration:
            self._end(is_whole=True)
            raise
        except BaseException:
            self._end(is_whole=False)
            raise

    def close(self) -> None:
        """By the server, also where nothing was read (HEAD) or the client is gone."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        self._end(is_whole=self.is_whole)

    def __del__(self) -> None:
        self.close()

    def _end(self, *, is_whole: bool) -> None:
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            at_end(is_whole)
