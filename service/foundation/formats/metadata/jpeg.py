"""JPEG: the segments that decode the picture, its colours, and which way is up (ISO 10918-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.foundation.formats.metadata import orientation
from service.foundation.formats.metadata.patches import NotUnderstood, number

_EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
MAX_SEGMENTS = 4096
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive
_TABLES = frozenset({0xC4, 0xDB, 0xDD})  # Huffman, quantisation, restart interval
_DECODING = _FRAMES | _TABLES | {_SOS}
_NOT_NEEDED = frozenset({_COM, *range(0xE0, 0xF0)})
_MARKER = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""Ends coded data: neither a stuffed zero nor a restart."""
_FILL = re.compile(rb"\xff+")
_EXIF, _ICC, _JFIF, _ADOBE = b"Exif\0\0", b"ICC_PROFILE\0", b"JFIF\0", b"Adobe"


def clean(data: bytes) -> bytes:
    """The same picture. What follows its end, such as a video or another picture, goes too."""
    kept, turned = [], 1
    for code, body, coded in _segments(data):
        if code == _APP1 and body.startswith(_EXIF):
            turned = orientation.read(body[len(_EXIF) :]) if turned == 1 else turned
        elif code in _DECODING:
            kept.append(_segment(code, body) + coded)
        elif code in _NOT_NEEDED:
            kept.append(_needed(code, body))
        else:
            raise NotUnderstood
    if turned != 1:
        kept.insert(0, _segment(_APP1, _EXIF + orientation.tiff(turned)))
    return b"".join([b"\xff\xd8", *kept, b"\xff\xd9"])


def _segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(code, body, coded data behind it), up to the picture's end."""
    if data[:2] != b"\xff\xd8":
        raise NotUnderstood
    at, codes = 2, list[int]()
    while len(codes) < MAX_SEGMENTS:
        code, at = _marker(data, at)
        if code == _EOI:
            break
        codes.append(code)
        length = number(data, at, 2)
        end = after = at + length
        if length < 2 or end > len(data):
            raise NotUnderstood
        if code == _SOS:
            found = _MARKER.search(data, end)
            after = found.start() if found else len(data)
        yield code, data[at + 2 : end], data[end:after]
        at = after
    else:
        raise NotUnderstood
    if _SOS not in codes or not _FRAMES & set(codes):
        raise NotUnderstood


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """(code, where its segment begins); any number of 0xFF may stand before it."""
    if data[at : at + 1] != b"\xff":
        raise NotUnderstood
    found = _FILL.match(data, at)
    end = found.end() if found else len(data)
    return number(data, end, 1), end + 1


def _needed(code: int, body: bytes) -> bytes:
    """What decoders use of an application's segment; b"" where it is nothing."""
    if code == _APP0 and body.startswith(_JFIF) and len(body) >= 14:
        return _segment(code, body[:12] + b"\0\0")  # without its thumbnail
    if code == _APP14 and body.startswith(_ADOBE) and len(body) >= 12:
        return _segment(code, body[:12])  # how colours are coded
    if code == _APP2 and body.startswith(_ICC) and len(body) > len(_ICC) + 2:
        is_first = body[len(_ICC)] == 1
        profile = body[len(_ICC) + 2 :]
        if not is_first or profile[36:40] == b"acsp":  # ICC.1 §7.2.9
            return _segment(code, body)
    return b""


def _segment(code: int, body: bytes) -> bytes:
    return b"\xff" + bytes((code,)) + (len(body) + 2).to_bytes(2, "big") + body
