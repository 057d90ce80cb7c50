"""Canaries: words that occur nowhere else, and a search for them in whatever shape they lie.

A canary is put where something secret or personal belongs. Afterwards every byte that the server
left anywhere is searched, as it is and inside what is compressed.
"""

from __future__ import annotations

import base64
import contextlib
import random
import string
import urllib.parse
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

GZIP = b"\x1f\x8b\x08"
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MOST_UNPACKED = 4_000_000
_OVERLAP = 4096
_CHUNK = 16_000_000


@dataclass(kw_only=True)
class Canaries:
    """Words by where they were put. The same seed makes the same words."""

    seed: int = 1
    put: dict[str, str] = field(default_factory=dict)

    def word(self, where: str) -> str:
        """A word of 20 letters and digits that a form, a header and a URL all take."""
        made = random.Random(f"{self.seed} {where}")
        self.put[where] = "Zq" + "".join(made.choices(string.ascii_letters + string.digits, k=18))
        return self.put[where]

    def number(self, where: str) -> str:
        """A decimal of 15 places, as a place on earth has."""
        made = random.Random(f"{self.seed} {where}")
        self.put[where] = f"13.{made.randrange(10**14, 10**15)}"
        return self.put[where]

    def keep(self, where: str, secret: str) -> str:
        """A secret that somebody else made, such as a token."""
        self.put[where] = secret
        return secret


def shapes(word: str) -> Iterator[bytes]:
    """How a word may lie in a file."""
    plain = word.encode()
    yield plain
    for start in range(3):  # base64 looks different at each of three places
        whole = base64.b64encode(b"\0" * start + plain)
        first, last = (start * 8 + 5) // 6, (start + len(plain)) * 8 // 6
        yield whole[first:last]
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield "".join(f"%{byte:02X}" for byte in plain).encode()
    yield "".join(f"%{byte:02x}" for byte in plain).encode()
    quoted = urllib.parse.quote(word).encode()
    if quoted != plain:
        yield quoted
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    with contextlib.suppress(ValueError):  # an ID, as databases keep it
        packed = uuid.UUID(word)
        yield packed.bytes
        yield packed.hex.encode()


def found_in(parts: Iterable[tuple[str, bytes]], words: Mapping[str, str]) -> list[str]:
    """“where it was put: what held it”, once each."""
    wanted = Wanted(words)
    hits = {
        f"{where}: {name}"
        for name, content in parts
        for layer in (content, *unpacked(content))
        for where in wanted.found_in(layer)
    }
    return sorted(hits)


class Wanted:
    """All shapes of all words, looked for at once: hundreds in megabytes, over and over. Where the
    first four bytes of one of them stand is asked of numpy, the rest of Python."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._by_start: dict[bytes, list[tuple[str, bytes]]] = {}
        self._starts = np.zeros((2, 1 << 16), dtype=bool)
        for where, word in words.items():
            for shape in shapes(word):
                self._by_start.setdefault(shape[:4], []).append((where, shape))
                self._starts[0, int.from_bytes(shape[:2], "little")] = True
                self._starts[1, int.from_bytes(shape[2:4], "little")] = True

    def found_in(self, content: bytes) -> set[str]:
        """Where the words that occur in it were put."""
        single = np.frombuffer(content, dtype=np.uint8).astype(np.uint16)
        pairs = single[:-1] | single[1:] << 8
        places = np.flatnonzero(self._starts[0][pairs[:-2]] & self._starts[1][pairs[2:]])
        return {
            where
            for at in places.tolist()
            for where, shape in self._by_start.get(content[at : at + 4], ())
            if content.startswith(shape, at)
        }


def unpacked(content: bytes) -> Iterator[bytes]:
    """Whatever in these bytes turns out to be compressed."""
    for magic, bits in ((GZIP, 31), *((start, 15) for start in ZLIB)):
        at = content.find(magic)
        while at >= 0:
            with contextlib.suppress(zlib.error):
                packed = memoryview(content)[at : at + _MOST_UNPACKED]
                yield zlib.decompressobj(wbits=bits).decompress(packed, _MOST_UNPACKED)
            at = content.find(magic, at + 1)


def files(*roots: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under the roots, in pieces that overlap, and the names of all of them."""
    for root in roots:
        for path in sorted(root.rglob("*")):
            yield f"the name of {path}", str(path).encode()
            if path.is_file() and not path.is_symlink():
                yield from _pieces(path)


def _pieces(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as held:
        before = b""
        while piece := held.read(_CHUNK):
            yield str(path), before + piece
            before = piece[-_OVERLAP:]
