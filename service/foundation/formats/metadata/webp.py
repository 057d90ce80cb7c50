"""WebP: the chunks that decode a still picture and its colours (RFC 9649)."""

from __future__ import annotations

from service.foundation.formats.metadata import orientation
from service.foundation.formats.metadata.patches import NotUnderstood

MAX_CHUNKS = 64
_PIXELS = (b"VP8 ", b"VP8L")
_KEPT = frozenset({*_PIXELS, b"VP8X", b"ALPH", b"ICCP"})
_ANIMATED, _XMP, _EXIF = 0x02, 0x04, 0x08


def clean(data: bytes) -> bytes:
    """The same picture. Animations are not understood: phones take none."""
    size = int.from_bytes(data[4:8], "little")
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or size + 8 > len(data):
        raise NotUnderstood
    chunks, at, end, turned, seen = [], 12, size + 8, 1, 0
    while at < end:
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        after = at + 8 + length
        seen += 1
        if len(name) < 4 or after > end or seen > MAX_CHUNKS:
            raise NotUnderstood
        body = data[at + 8 : after]
        if name in _KEPT:
            chunks.append((name, body))
        elif name in (b"ANIM", b"ANMF"):
            raise NotUnderstood
        elif name == b"EXIF":
            turned = orientation.read(body.removeprefix(b"Exif\0\0"))
        at = after + length % 2
    names = [name for name, _ in chunks]
    if sum(name in _PIXELS for name in names) != 1 or len(set(names)) != len(names):
        raise NotUnderstood
    return _written(chunks, turned)


def _written(chunks: list[tuple[bytes, bytes]], turned: int) -> bytes:
    if chunks[0][0] == b"VP8X":
        header = chunks[0][1]
        if len(header) != 10 or header[0] & _ANIMATED:
            raise NotUnderstood
        flags = header[0] & ~(_XMP | _EXIF) | (_EXIF if turned != 1 else 0)
        chunks[0] = (b"VP8X", bytes((flags, 0, 0, 0)) + header[4:])
        if turned != 1:
            chunks.append((b"EXIF", orientation.tiff(turned)))
    elif len(chunks) != 1:  # more than pixels needs the header that says so
        raise NotUnderstood
    body = b"".join(
        name + len(data).to_bytes(4, "little") + data + b"\0" * (len(data) % 2)
        for name, data in chunks
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body
