"""A ZIP or a folder that somebody kept: names and bytes, read as they are wanted.

What stands in it is trusted with nothing: no name leads out of it, and no member grows beyond
what the caller takes.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

PIECE = 1 << 16
MOST_MEMBERS = 2_000_000


class BundleRefused(Exception):  # noqa: N818 - a verdict on what was given
    """`reason`: in words."""


class Bundle(Protocol):
    def names(self) -> list[str]:
        """Of all files, with slashes between folders, in order."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Raises BundleRefused where it cannot be read, or where the name says not which it is."""
        ...

    def close(self) -> None: ...


class ZipBundle:
    """Raises BundleRefused for what is no ZIP."""

    def __init__(self, file: Path | BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError):
            raise BundleRefused("this is no ZIP file, or it did not arrive whole") from None
        held = Counter(self._zip.namelist())
        if held.total() > MOST_MEMBERS:
            raise BundleRefused("it holds too many files")
        self._doubled = {name for name, times in held.items() if times > 1}

    def names(self) -> list[str]:
        """Without those that stand in it twice: which of them is meant, nobody can say. (Central
        writes the files of all records into one folder, under the names they had on the phones.)"""
        told = (one.filename for one in self._zip.infolist() if not one.is_dir())
        return sorted(name for name in told if name not in self._doubled)

    def open(self, name: str) -> BinaryIO:
        if name in self._doubled:
            raise BundleRefused("two files in it have the same name")
        try:
            return self._zip.open(name)  # type: ignore[return-value]
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, KeyError):
            raise BundleRefused("a file in it cannot be unpacked") from None

    def close(self) -> None:
        self._zip.close()


class FolderBundle:
    """A folder with all that lies below it; links are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self) -> list[str]:
        return sorted(
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.is_symlink()
        )

    def open(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")

    def close(self) -> None:
        pass


TORN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
"""What is raised while a member is read whose bytes are not those that were packed."""


@contextlib.contextmanager
def _torn() -> Iterator[None]:
    try:
        yield
    except TORN:
        raise BundleRefused("a file in it cannot be unpacked") from None


def read(bundle: Bundle, name: str, most_bytes: int) -> bytes:
    """Raises BundleRefused where it is larger, or does not come out whole."""
    with bundle.open(name) as stream, _torn():
        held = stream.read(most_bytes + 1)
    if len(held) > most_bytes:
        raise BundleRefused("a file in it is too large")
    return held


def pieces(bundle: Bundle, name: str, most_bytes: int) -> Iterator[bytes]:
    """Raises BundleRefused where there are more bytes, or they do not come out whole."""
    seen = 0
    with bundle.open(name) as stream, _torn():
        while piece := stream.read(PIECE):
            seen += len(piece)
            if seen > most_bytes:
                raise BundleRefused("a file in it is too large")
            yield piece


def text(stream: BinaryIO) -> io.TextIOWrapper:
    """As UTF-8, with or without a byte order mark."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="strict", newline="")
