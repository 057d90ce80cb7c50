"""Sealed files that are read here and there: a ZIP's list of names stands at its end.

Pieces of 64 KiB, each sealed by itself and bound to its number, so that none opens in another's
place. A cut at the end is noticed by whoever knows the size, which is kept in the row.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from service.foundation.sealing.boxes import OVERHEAD, DataClass, DataKey, Place, seal, unseal

PIECE = 1 << 16


def _place(key: DataKey, project_id: int, number: int) -> Place:
    return Place(
        project_id=project_id,
        record=key.key_pk,
        data_class=DataClass.RAW,
        field=f"piece/{number}",
    )


class PieceSealer:
    """Takes plain bytes in any portions; answers sealed bytes to write."""

    def __init__(self, key: DataKey, project_id: int) -> None:
        self._key, self._project_id = key, project_id
        self._held = bytearray()
        self._number = 0
        self.size = 0
        """Of the plain bytes."""

    def push(self, chunk: bytes | bytearray | memoryview) -> bytes:
        self._held += chunk
        self.size += len(chunk)
        sealed = []
        while len(self._held) >= PIECE:
            sealed.append(self._piece(bytes(self._held[:PIECE])))
            del self._held[:PIECE]
        return b"".join(sealed)

    def end(self) -> bytes:
        return self._piece(bytes(self._held)) if self._held else b""

    def _piece(self, plain: bytes) -> bytes:
        number, self._number = self._number, self._number + 1
        return seal(self._key, _place(self._key, self._project_id, number), plain)


class PiecesReader(io.RawIOBase):
    """The plain bytes of such a file, from wherever they are wanted. `beat` is called with each
    piece. Reading raises Unsealable."""

    def __init__(
        self,
        key: DataKey,
        project_id: int,
        source: BinaryIO,
        size: int,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._key, self._project_id, self._source, self._size = key, project_id, source, size
        self._beat = beat
        self._at = 0
        self._open: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the start")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._size:
            return 0
        number, skipped = divmod(self._at, PIECE)
        plain = self._piece(number)[skipped : skipped + len(buffer)]
        buffer[: len(plain)] = plain
        self._at += len(plain)
        return len(plain)

    def _piece(self, number: int) -> bytes:
        if self._open[0] != number:
            self._beat()
            self._source.seek(number * (PIECE + OVERHEAD))
            expected = min(PIECE, self._size - number * PIECE)
            sealed = self._source.read(expected + OVERHEAD)
            place = _place(self._key, self._project_id, number)
            self._open = (number, unseal(self._key, place, sealed))
        return self._open[1]

    def close(self) -> None:
        self._source.close()
        super().close()
