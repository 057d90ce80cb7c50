"""A ZIP file that is handed on while it grows: nothing of it lies on a disk or in memory."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MADE = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format knows; a member says nothing of when it was made."""
LEVEL = 1
"""Tables shrink to an eighth already; level 6 takes three times as long for a tenth less."""


@dataclass(frozen=True, kw_only=True)
class Member:
    """`pieces` are read when its turn comes. Files that are packed already are stored as is."""

    name: str
    pieces: Iterable[bytes]
    is_packed: bool = False


LARGEST = zipfile.ZIP64_LIMIT
"""Bytes of a member without the larger format's fields, before it is packed."""


def stream(members: Iterable[Member], *, is_plain: bool = False) -> Iterator[bytes]:
    """The members in their order. `is_plain`: without the fields for members of more than
    `LARGEST`, which Excel refuses in a workbook; who hands them in sees to their size."""
    out = _Growing()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for member in members:
            info = zipfile.ZipInfo(member.name, MADE)
            info.compress_type = zipfile.ZIP_STORED if member.is_packed else zipfile.ZIP_DEFLATED
            info._compresslevel = LEVEL  # type: ignore[attr-defined] # public from 3.13 on
            info.external_attr = 0o600 << 16
            with archive.open(info, "w", force_zip64=not is_plain) as file:
                for piece in member.pieces:
                    file.write(piece)
                    if out.size >= _PORTION:
                        yield out.take()
    yield out.take()


_PORTION = 1 << 15


class _Growing:
    """What zipfile writes to: cannot seek, so sizes follow each member."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self.size = 0

    def write(self, data: bytes) -> int:
        self._held.append(bytes(data))
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        held = b"".join(self._held)
        self._held, self.size = [], 0
        return held


def safe_member(name: str) -> str:
    """A name for a member: no path, no sign that a system forbids, never empty."""
    kept = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name)
    return kept.strip(". ")[:200] or "file"
