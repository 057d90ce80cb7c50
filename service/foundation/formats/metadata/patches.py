"""Reading a long file from its beginning, and writing it anew with some ranges replaced."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


class NotUnderstood(Exception):  # noqa: N818 - a verdict on a file, not a fault here
    """The file is broken, or holds what is not known here. It has no clean copy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """What stands in a range of the source instead: `data`, or as many zeros."""

    start: int
    end: int
    data: bytes | None = None


class Reader:
    """Bytes of a file from its beginning: read or skipped, never gone back to."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._held = b""
        self._at = 0
        self.offset = 0

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end of the file."""
        parts = list(self._take(count))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def exactly(self, count: int) -> bytes:
        found = self.read(count)
        if len(found) != count:
            raise NotUnderstood
        return found

    def skip(self, count: int) -> None:
        if sum(map(len, self._take(count))) != count:
            raise NotUnderstood

    def skip_rest(self) -> None:
        for _ in self._take(1 << 62):
            pass

    def _take(self, count: int) -> Iterator[bytes]:
        while count > 0:
            if self._at == len(self._held):
                self._held, self._at = next(self._pieces, b""), 0
                if not self._held:
                    return
            part = self._held[self._at : self._at + count]
            self._at += len(part)
            self.offset += len(part)
            count -= len(part)
            yield part


def number(data: bytes | bytearray, at: int, size: int = 4) -> int:
    """A big-endian number. Raises NotUnderstood where the data end before."""
    if at < 0 or at + size > len(data):
        raise NotUnderstood
    return int.from_bytes(data[at : at + size], "big")


def applied(pieces: Iterable[bytes], patches: Sequence[Patch]) -> Iterator[bytes]:
    """The file with the patches in place. They are in order and do not overlap."""
    waiting = iter(patches)
    patch = next(waiting, None)
    start = 0
    for piece in pieces:
        out, at, end = [], start, start + len(piece)
        while at < end:
            while patch and patch.end <= at:
                patch = next(waiting, None)
            if patch is None or patch.start >= end:
                out.append(piece[at - start :])
                at = end
            elif at < patch.start:
                out.append(piece[at - start : patch.start - start])
                at = patch.start
            else:
                stop = min(end, patch.end)
                if patch.data is None:
                    out.append(bytes(stop - at))
                elif at == patch.start:
                    out.append(patch.data)
                at = stop
        yield b"".join(out)
        start = end


def gaps(inside: tuple[int, int], kept: Sequence[tuple[int, int]]) -> Iterator[Patch]:
    """Zeros for every part of a range that none of `kept` covers; `kept` is sorted."""
    at, end = inside
    for first, last in kept:
        if last <= at:
            continue
        if first >= end:
            break
        if first > at:
            yield Patch(start=at, end=first)
        at = max(at, last)
    if at < end:
        yield Patch(start=at, end=end)
