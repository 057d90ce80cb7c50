"""PNG: the chunks that decode the picture and its colours (PNG, third edition, §11)."""

from __future__ import annotations

import zlib

from service.foundation.formats.metadata import orientation
from service.foundation.formats.metadata.patches import NotUnderstood, number

MAX_CHUNKS = 65_536
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
     b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs"}
)  # fmt: skip
_LONGEST = {
    b"IHDR": 13, b"PLTE": 768, b"tRNS": 256, b"cHRM": 32, b"gAMA": 4, b"sBIT": 4, b"sRGB": 1,
    b"cICP": 4, b"mDCV": 24, b"cLLI": 8, b"bKGD": 6, b"pHYs": 9, b"IEND": 0,
}  # fmt: skip
"""Longer ones hide something. Pictures and profiles have no such limit."""


def clean(data: bytes) -> bytes:
    """The same picture; of an animation its first. What follows the end goes too."""
    if data[:8] != _SIGNATURE:
        raise NotUnderstood
    parts, at, name, turned, has_pixels = [_SIGNATURE], 8, b"", 1, False
    count = 0
    while name != b"IEND":
        count += 1
        length, name = number(data, at), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or (at == 8) != (name == b"IHDR") or count == MAX_CHUNKS:
            raise NotUnderstood
        body = data[at + 8 : end - 4]
        if name in _KEPT:
            if length > _LONGEST.get(name, length) or number(data, end - 4) != _sum(name, body):
                raise NotUnderstood
            has_pixels = has_pixels or name == b"IDAT"
            parts.append(data[at:end])
        elif name[:1].isupper() or not name.isalpha():  # critical, and not known
            raise NotUnderstood
        elif name == b"eXIf":
            turned = orientation.read(body)
        at = end
    if not has_pixels:
        raise NotUnderstood
    if turned != 1:
        body = orientation.tiff(turned)
        chunk = len(body).to_bytes(4, "big") + b"eXIf" + body
        parts.insert(2, chunk + _sum(b"eXIf", body).to_bytes(4, "big"))
    return b"".join(parts)


def _sum(name: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(name))
