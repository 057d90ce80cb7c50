"""Logs that Collect keeps of how a form was filled in (`audit.csv`, openrosa §5.5). Pure.

Written by phones over years of releases: read by the names in the first line, whatever columns
there are and in whatever order; a row may be short or long, and a quotation mark may stand alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """One row, as text: empty where the log does not have the column. Times are milliseconds of the
    phone's clock."""

    event: str
    node: str
    start: str
    end: str
    latitude: str
    longitude: str
    accuracy: str
    old_value: str
    new_value: str
    user: str
    change_reason: str


class Row(NamedTuple):
    """`is_sure`: each cell stands where it was written. Older releases of Collect put a value into
    quotation marks only if it holds a comma or a line break: one that begins with a mark, and a
    later one that ends with one, then look like one cell, and what follows moves to the left."""

    event: Event
    is_sure: bool


COLUMNS = tuple(name.replace("_", "-") for name in Event._fields)
"""As Collect writes them."""
MOST_IN_QUOTES = 1 << 16
"""What is longer is no cell: a mark that nothing closes would swallow the rest of the log."""
_QUOTED = re.compile(r'"((?:[^"]|""){0,65536})"(?=[,\n]|\Z)')  # MOST_IN_QUOTES of them
_PLAIN = re.compile(r"[^,\n]*")


def read(data: bytes) -> Iterator[Row]:
    """Nothing where there is no column `event`. What is no UTF-8 has stand-ins."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = _records(text)
    header = [cell.strip().casefold() for cell in next(lines, ([], False))[0]]
    if "event" not in header:
        return
    places = [header.index(name) if name in header else len(header) for name in COLUMNS]
    for cells, is_marked in lines:
        if any(cells):
            is_whole = len(cells) == len(header) and not any("\n" in cell for cell in cells)
            held = (cells[at] if at < min(len(cells), len(header)) else "" for at in places)
            yield Row(Event(*held), not is_marked or is_whole)


def _records(text: str) -> Iterator[tuple[list[str], bool]]:
    """Lines of cells, and whether one was in quotation marks; a line break inside those is none."""
    at, is_marked = 0, False
    cells: list[str] = []
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted is not None:
            cells.append(quoted[1].replace('""', '"'))
            at, is_marked = quoted.end(), True
        elif (plain := _PLAIN.match(text, at)) is not None:
            cells.append(plain[0])
            at = plain.end()
        if at >= len(text) or text[at] == "\n":
            yield cells, is_marked
            cells, is_marked = [], False
        elif at == len(text) - 1:  # a comma ends the text: an empty cell follows it
            yield [*cells, ""], is_marked
        at += 1
