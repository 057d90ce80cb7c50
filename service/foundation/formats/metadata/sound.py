"""WAV (RFC 2361), AMR (RFC 4867 §5) and MP3 (ISO 11172-3, 13818-3): what has to change."""

from __future__ import annotations

from collections.abc import Iterable

from service.foundation.formats.metadata.patches import NotUnderstood, Patch, Reader

_AMR_BYTES = (12, 13, 15, 17, 19, 20, 26, 31, 5, -1, -1, -1, -1, -1, -1, 0)
_AMR_WB_BYTES = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, -1, -1, -1, -1, 0, 0)
"""Speech bytes of a frame by its type; -1 for types that are not used."""

MAX_FRAMES = 600_000
"""Three hours and more; bounds the time."""
MAX_TAGS = 16
MAX_CHUNKS = 4096
_WAV_KEPT = frozenset({b"fmt ", b"fact", b"data"})


def survey_amr(pieces: Iterable[bytes]) -> list[Patch]:
    """AMR has no place for notes: all of it must be frames."""
    reader = Reader(pieces)
    magic, sizes = reader.exactly(6), _AMR_BYTES
    if magic == b"#!AMR-":
        magic, sizes = magic + reader.exactly(3), _AMR_WB_BYTES
    if magic not in (b"#!AMR\n", b"#!AMR-WB\n"):
        raise NotUnderstood
    frames = 0
    while head := reader.read(1):
        size = sizes[head[0] >> 3 & 15]
        frames += 1
        if head[0] & 0x83 or size < 0 or frames > MAX_FRAMES:
            raise NotUnderstood
        reader.skip(size)
    return []


def survey_wav(pieces: Iterable[bytes]) -> list[Patch]:
    """Chunks that are not sound become JUNK of the same size; what follows the end goes."""
    reader, patches, names = Reader(pieces), list[Patch](), list[bytes]()
    head = reader.exactly(12)
    end = 8 + int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise NotUnderstood
    while reader.offset < end:
        start, chunk = reader.offset, reader.exactly(8)
        length = int.from_bytes(chunk[4:], "little")
        if reader.offset + length > end or len(names) == MAX_CHUNKS:
            raise NotUnderstood
        names.append(chunk[:4])
        reader.skip(length)
        if chunk[:4] not in _WAV_KEPT:
            patches.append(Patch(start=start, end=start + 4, data=b"JUNK"))
            patches.append(Patch(start=start + 8, end=reader.offset))
        reader.skip(length % 2 if reader.offset < end else 0)
    if names.count(b"fmt ") != 1 or names.count(b"data") != 1:
        raise NotUnderstood
    at = reader.offset
    reader.skip_rest()
    if reader.offset > at:
        patches.append(Patch(start=at, end=reader.offset, data=b""))
    return patches


_LAYER_3_KBPS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_ID3V1 = 128
_MIN_FRAMES = 3


def survey_mp3(pieces: Iterable[bytes]) -> list[Patch]:
    """Whatever is not a whole frame of sound is left out: tags before, between and behind."""
    reader, patches, frames = Reader(pieces), list[Patch](), 0
    while head := reader.read(4):
        start = reader.offset - len(head)
        size = _frame_bytes(head)
        if size and frames <= MAX_FRAMES:
            frames += 1
            reader.skip(size - 4)
            continue
        if head[:3] == b"ID3":
            rest = reader.exactly(6)
            if max(rest[2:]) > 127:
                raise NotUnderstood
            reader.skip(sum(byte << 7 * (3 - n) for n, byte in enumerate(rest[2:])))
        elif head[:3] == b"TAG":
            reader.skip(_ID3V1 - 4)
        else:
            raise NotUnderstood
        patches.append(Patch(start=start, end=reader.offset, data=b""))
        if len(patches) > MAX_TAGS:
            raise NotUnderstood
    if not _MIN_FRAMES <= frames <= MAX_FRAMES:
        raise NotUnderstood
    return patches


def _frame_bytes(head: bytes) -> int:
    """Length of a frame with its header; 0 where it is none of layer III."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bit_rate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or not 1 <= bit_rate <= 14 or rate == 3:
        return 0
    kbps = _LAYER_3_KBPS[1 if version == 3 else 2][bit_rate - 1]
    samples = 144 if version == 3 else 72
    return samples * kbps * 1000 // _RATES[version][rate] + (head[2] >> 1 & 1)
