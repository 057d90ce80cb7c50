"""Rows -> CSV as ODK's tools write it: UTF-8, commas, `\\n`, a header even where no row follows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from service.foundation.formats.neutral import neutral

PORTION = 1 << 16
BOM = "\ufeff"
"""Without it Excel takes Khmer for Latin."""


class Lines:
    """Collects lines until somebody takes them. Scripts depend on raw cells; `for_spreadsheet`
    makes cells harmless that would be run as formulas, headers too, and begins with a byte order
    mark. Without a header (None) it is the rest of a file that broke off."""

    def __init__(self, header: Sequence[str] | None, *, for_spreadsheet: bool = False) -> None:
        self._held: list[str] = []
        self._size = 0
        self._is_raw = not for_spreadsheet
        # With both signs in its terminator the writer quotes cells that hold either.
        self._writer = csv.writer(self, lineterminator="\r\n")
        if header is None:
            return
        if for_spreadsheet:
            self._held.append(BOM)
        self.add(header)

    def add(self, row: Sequence[Any]) -> bool:
        """Whether enough has come together to be taken."""
        self._writer.writerow(row if self._is_raw else _harmless(row))
        return self._size > PORTION

    def write(self, line: str) -> None:
        """What the writer calls, once a row."""
        self._held.append(line[:-2] + "\n")
        self._size += len(line)

    def take(self) -> bytes:
        text = "".join(self._held)
        self._held, self._size = [], 0
        return text.encode()

    def end(self) -> bytes:
        return self.take()


def table(
    header: Sequence[str] | None,
    rows: Iterable[Sequence[Any]],
    *,
    for_spreadsheet: bool = False,
) -> Iterator[bytes]:
    """The table in portions of about 64 KiB, the header at once: whoever waits sees that it
    began."""
    lines = Lines(header, for_spreadsheet=for_spreadsheet)
    if header is not None:
        yield lines.take()
    for row in rows:
        if lines.add(row):
            yield lines.take()
    rest = lines.take()
    if rest:
        yield rest


def _harmless(row: Sequence[Any]) -> list[Any]:
    return [neutral(cell) if cell.__class__ is str else cell for cell in row]
