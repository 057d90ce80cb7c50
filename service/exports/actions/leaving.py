"""An answer on its way out: one file at a time for each caller (S-21), and when it has ended the
log says how many records left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import structlog

from service.exports.actions.source import Source
from service.foundation.problems import EXPORT_RUNNING, Problem

log = structlog.get_logger("samleng.exports")

_CUT_OFF = "This file is cut off: the server met an error. Fetch it again."
IF_BROKEN = {
    "text/csv; charset=utf-8": f'\n"{_CUT_OFF}'.encode(),
    "application/x-ndjson": f'{{"error":"{_CUT_OFF}'.encode(),
}
"""How a table ends whose lines look whole wherever it is cut: so that no strict reader takes it. A
ZIP, a workbook, JSON or a .dta lack their end, and are read by nobody."""
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


class InTurn:
    """Pieces that leave in their caller's turn, which is given back however that ends."""

    def __init__(self, pieces: Iterator[bytes], give_back: Callable[[], None]) -> None:
        self._pieces, self._give_back = pieces, give_back

    def __iter__(self) -> InTurn:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self._give_back()
            raise

    def close(self) -> None:
        """By the server, also where nothing was read."""
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
        self._give_back()

    def __del__(self) -> None:
        self.close()


class Leaving:
    """Pieces that leave. `begun` makes the first, so that what is wrong with a question is told as
    a problem; `at_end` is told once whether all left, however it ends: to its end, with a mistake
    or because the client went away."""

    def __init__(self, source: Source, pieces: Iterator[bytes], if_broken: bytes = b"") -> None:
        self._source, self._pieces = source, pieces
        self._if_broken, self._mistake = if_broken, False
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
            self._end(is_whole=not self._mistake)
            raise
        except Exception as error:
            self._end(is_whole=False)
            if not self._if_broken:
                raise
            # The server ends a body that breaks as if it were whole: what it says must tell.
            log.error("answer_cut_off", error=type(error).__name__)
            last, self._if_broken, self._mistake = self._if_broken, b"", True
            return last
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
