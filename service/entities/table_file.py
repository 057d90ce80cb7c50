"""A CSV of entities that somebody wants to bring in, read for what it is. Pure."""

from __future__ import annotations

import csv
import enum
import io
import itertools
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.entities.claims import entity_id
from service.entities.versions import LABEL, Refused

IDS = ("__id", "name", "uuid")
"""Columns that may hold an entity's id: our own CSV's, a phone's, pyodk's."""
_NUMBER = re.compile(r"[0-9]{1,9}")
VERSION = "__version"
"""Column with the version that a row was read at: our own CSV's, a phone's."""
MOST_ROWS = 50_000
AT_ONCE = 500
"""Rows of a portion."""


class RowFault(enum.StrEnum):
    NO_LABEL = "no_label"
    BAD_ID = "bad_id"
    TWICE = "twice"
    """Another row has the same id."""
    TOO_LONG = "too_long"
    """It has more cells than the header."""
    BAD_VERSION = "bad_version"
    """The version that it says it was read at is none of the entity's."""
    GONE = "gone"
    """An entity with that id was deleted, taken back, or is of another list."""


class FileFault(enum.StrEnum):
    NOT_TEXT = "not_text"
    NO_LABEL_COLUMN = "no_label_column"
    STRANGE_COLUMN = "strange_column"
    TOO_MANY = "too_many"


class FileRefused(Exception):  # noqa: N818 - a verdict on what came, not a fault here
    """`column`: the one at fault."""

    def __init__(self, fault: FileFault, column: str = "") -> None:
        super().__init__(fault.value)
        self.fault, self.column = fault, column


@dataclass(frozen=True, kw_only=True)
class FileRow:
    """`line` as a spreadsheet counts: the header is 1. Without an id it is a new entity."""

    line: int
    entity_id: uuid.UUID | None
    values: Mapping[str, str] = field(repr=False)
    """Properties, and LABEL. Columns that are not there leave a property as it is."""
    base_version: int | None = None
    """The version that the row was read at; None: the file does not say."""
    is_told_apart: bool = False
    """Its id follows from what it says: what is here under it came by the very same row."""


@dataclass(frozen=True, kw_only=True)
class FaultyRow:
    line: int
    fault: RowFault


def read(data: bytes, properties: Collection[str]) -> tuple[list[FileRow], list[FaultyRow]]:
    """Raises FileRefused for what is no table of this list."""
    rows: list[FileRow] = []
    faulty: list[FaultyRow] = []
    for some, faults in portions([data], properties):
        rows += some
        faulty += faults
    return rows, faulty


def portions(
    pieces: Iterable[bytes], properties: Collection[str]
) -> Iterator[tuple[list[FileRow], list[FaultyRow]]]:
    """The same of a file that comes in pieces, so many rows at once. Raises FileRefused."""
    stream = io.BufferedReader(_Pieces(iter(pieces)))
    lines = csv.reader(io.TextIOWrapper(stream, "utf-8-sig", newline=""), strict=True)
    seen: set[uuid.UUID] = set()
    total = 0
    try:
        header = [name.strip() for name in next(lines, [])]
        _demand_header(header, properties)
        told = (_read_row(header, properties, *row, seen) for row in _rows(header, lines))
        while some := list(itertools.islice(told, AT_ONCE)):
            rows = [one for one in some if isinstance(one, FileRow)]
            total += len(rows)
            if total > MOST_ROWS:
                raise FileRefused(FileFault.TOO_MANY)
            yield rows, [one for one in some if isinstance(one, FaultyRow)]
    except (csv.Error, UnicodeDecodeError):
        raise FileRefused(FileFault.NOT_TEXT) from None


class _Pieces(io.RawIOBase):
    """Bytes as they come, as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _demand_header(header: Sequence[str], properties: Collection[str]) -> None:
    if LABEL not in header:
        raise FileRefused(FileFault.NO_LABEL_COLUMN)
    for name in header:
        known = name in properties or name in (LABEL, *IDS) or name.startswith("__")
        if not known or header.count(name) > 1:
            raise FileRefused(FileFault.STRANGE_COLUMN, name)


def _rows(header: Sequence[str], lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for n, cells in enumerate(lines, start=2):
        if any(cell.strip() for cell in cells):
            yield n, cells


def _read_row(
    header: Sequence[str],
    properties: Collection[str],
    line: int,
    cells: Sequence[str],
    seen: set[uuid.UUID],
) -> FileRow | FaultyRow:
    if len(cells) > len(header):
        return FaultyRow(line=line, fault=RowFault.TOO_LONG)
    given = dict(zip(header, cells, strict=False))
    text = next((given[name].strip() for name in IDS if given.get(name, "").strip()), "")
    try:
        key = entity_id(text) if text else None
    except Refused:
        return FaultyRow(line=line, fault=RowFault.BAD_ID)
    version = given.get(VERSION, "").strip()
    if version and not _NUMBER.fullmatch(version):
        return FaultyRow(line=line, fault=RowFault.BAD_VERSION)
    if key is not None and key in seen:
        return FaultyRow(line=line, fault=RowFault.TWICE)
    if not given.get(LABEL, "").strip():
        return FaultyRow(line=line, fault=RowFault.NO_LABEL)
    if key is not None:
        seen.add(key)
    kept = {name: value for name, value in given.items() if name in properties or name == LABEL}
    base = int(version) if version else None
    return FileRow(line=line, entity_id=key, values=kept, base_version=base)
