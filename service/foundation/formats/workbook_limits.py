"""What is asked of a workbook of rows before a library opens it: it reads all but the sheets into
memory at once, and of a sheet a row.

Sizes are those that the archive says; nothing that reads it takes more of a member.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from typing import BinaryIO
from xml.parsers import expat

from service.foundation.formats.bundle import PIECE, TORN, BundleRefused

MOST_MEMBERS = 1_000
MOST_UNPACKED = 1 << 29
MOST_BESIDE = 1 << 26
"""Bytes of all that is no sheet: words that several cells share, styles."""
MOST_RATIO = 100
"""Unpacked bytes per packed byte; a real workbook stays below 60."""
SMALL = 1 << 20
"""What unpacks to less is no danger, however it is packed."""
MOST_IN_ROW = 200_000
"""Elements of one row: a cell has three, a sheet 16,384 columns."""
MOST_TEXT = 10_000_000
"""Bytes without a tag."""
_TYPES = "[Content_Types].xml"
_PART = re.compile(rb"<(?:\w+:)?Override\b[^>]*?>")
_NAME = re.compile(rb'PartName="/?([^"]*)"')
_SHEET = b'worksheet+xml"'
_ROWS_DEPTH = 2
"""worksheet > sheetData > row: how deep rows lie."""


def demand(stream: BinaryIO) -> None:
    """Raises BundleRefused. The stream is at its beginning afterwards."""
    try:
        with zipfile.ZipFile(stream) as held:
            _look(held)
    except (*TORN, KeyError, RuntimeError):
        raise BundleRefused("it is no workbook, or it did not arrive whole") from None
    stream.seek(0)


def _look(held: zipfile.ZipFile) -> None:
    members = {one.filename: one for one in held.infolist()}
    unpacked = sum(one.file_size for one in held.infolist())
    packed = sum(one.compress_size for one in held.infolist())
    is_bomb = unpacked > max(SMALL, packed * MOST_RATIO)
    if len(held.infolist()) > MOST_MEMBERS or unpacked > MOST_UNPACKED or is_bomb:
        raise BundleRefused("it would unpack to far more than it should: save it as CSV")
    if members[_TYPES].file_size > SMALL:
        raise BundleRefused("it has too many parts")
    sheets = _sheets(held.read(_TYPES)) & members.keys()
    if sum(one.file_size for name, one in members.items() if name not in sheets) > MOST_BESIDE:
        raise BundleRefused("it holds more words than fit into memory: save it as CSV")
    for name in sheets:
        _look_at_sheet(held, name)


def _sheets(types: bytes) -> set[str]:
    """Members that are sheets and nothing else."""
    said: dict[str, list[bool]] = defaultdict(list)
    for part in _PART.findall(types):
        if name := _NAME.search(part):
            said[name[1].decode("utf-8", "replace")].append(_SHEET in part)
    return {name for name, are in said.items() if all(are)}


def _look_at_sheet(held: zipfile.ZipFile, name: str) -> None:
    """No row is so long, and no text, that it would fill the memory."""
    parser, inside = expat.ParserCreate(), _Inside()
    parser.StartElementHandler, parser.EndElementHandler = inside.begin, inside.end
    since = 0
    with held.open(name) as stream:
        while piece := stream.read(PIECE):
            since = len(piece) - piece.rfind(b"<") if b"<" in piece else since + len(piece)
            if since > MOST_TEXT or b"<!" in piece:  # no program writes such into a sheet
                raise BundleRefused("a cell in it is too long")
            try:
                parser.Parse(piece, False)
            except expat.ExpatError:
                raise BundleRefused("a sheet in it cannot be read") from None


class _Inside:
    def __init__(self) -> None:
        self.depth = self.seen = 0

    def begin(self, _name: str, _attributes: object) -> None:
        self.depth += 1
        self.seen += 1
        if self.seen > MOST_IN_ROW:
            raise BundleRefused("a row in it is too long")

    def end(self, _name: str) -> None:
        self.depth -= 1
        if self.depth == _ROWS_DEPTH:
            self.seen = 0
