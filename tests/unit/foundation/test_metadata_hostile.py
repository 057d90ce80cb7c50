"""Broken and hostile files end in a clear no, or in a copy without a trace; soon, and in little
memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.foundation.formats import media_types, metadata
from service.foundation.formats.metadata import NotUnderstood
from tests import media_files
from tests.media_files import EVERY, box, full

ORIGINALS = {name: (make(), media_type) for name, (make, media_type) in EVERY.items()}


def verdict(data: bytes, media_type: str) -> bytes | None:
    """The copy, or None. Anything but NotUnderstood is a fault of ours."""
    pieces = [data[:5000], data[5000:]]
    try:
        return b"".join(metadata.clean(media_type, lambda: pieces).pieces)
    except NotUnderstood:
        return None


@given(
    name=st.sampled_from(sorted(ORIGINALS)),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)),
        min_size=1, max_size=6,
    ),
)  # fmt: skip
@settings(max_examples=1500, deadline=2000)
def test_changed_bytes_end_in_a_copy_or_a_no(name: str, changes: list[tuple[float, bytes]]) -> None:
    source, media_type = ORIGINALS[name]
    data = bytearray(source)
    for where, new in changes:
        at = int(where * len(data))
        data[at : at + len(new)] = new
    copy = verdict(bytes(data), media_type)
    if copy is not None:
        assert len(copy) <= len(data) + 64


@given(
    name=st.sampled_from(["mp4", "m4a", "3gp", "heic"]),
    where=st.floats(0, 1, exclude_max=True),
    value=st.sampled_from([0, 1, 7, 8, 2**16, 2**31 - 1, 2**31, 2**32 - 1]),
)
@settings(max_examples=1500, deadline=2000)
def test_sizes_and_counts_that_lie_end_in_a_copy_or_a_no(
    name: str, where: float, value: int
) -> None:
    source, media_type = ORIGINALS[name]
    # Aim at the index, where sizes and counts are.
    first = source.index(b"meta" if name == "heic" else b"moov")
    at = first + int(where * (min(len(source), first + 6000) - first - 4))
    verdict(source[:at] + struct.pack(">I", value) + source[at + 4 :], media_type)


@given(name=st.sampled_from(sorted(ORIGINALS)), where=st.floats(0, 1, exclude_max=True))
@settings(max_examples=400, deadline=2000)
def test_cut_files_end_in_a_copy_or_a_no(name: str, where: float) -> None:
    source, media_type = ORIGINALS[name]
    copy = verdict(source[: int(where * len(source))], media_type)
    assert copy is None or media_files.traces(copy) == []


@given(media_type=st.sampled_from(sorted(metadata.CLEANED_TYPES)), data=st.binary(max_size=300))
@settings(max_examples=1000, deadline=2000)
def test_any_bytes_end_in_a_copy_or_a_no(media_type: str, data: bytes) -> None:
    verdict(data, media_type)


MILLIONS = 4_000_000
HEAD = box(b"ftyp", b"isom\0\0\0\0isom")
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "jpeg of tiny segments": (
        media_types.JPEG, lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * MILLIONS,
    ),
    "jpeg of fill bytes": (media_types.JPEG, lambda: b"\xff\xd8" + b"\xff" * MILLIONS),
    "jpeg without an end": (
        media_types.JPEG, lambda: b"\xff\xd8\xff\xda\0\2" + b"\xff\0" * MILLIONS,
    ),
    "png of tiny chunks": (
        media_types.PNG,
        lambda: media_files.png()[:33] + media_files.chunk(b"tEXt", b"") * (MILLIONS // 2),
    ),
    "webp of tiny chunks": (
        media_types.WEBP,
        lambda: b"RIFF" + struct.pack("<I", 4 + 8 * MILLIONS) + b"WEBP"
        + b"abcd\0\0\0\0" * MILLIONS,
    ),
    "movie of tiny boxes": (media_types.MP4, lambda: HEAD + b"\0\0\0\x08free" * MILLIONS),
    "index of tiny boxes": (
        media_types.MP4, lambda: HEAD + box(b"moov", b"\0\0\0\x08free" * (MILLIONS // 5)),
    ),
    "heic of tiny boxes": (
        media_types.HEIC,
        lambda: media_files.box(b"ftyp", b"heic\0\0\0\0mif1") + b"\0\0\0\x08free" * MILLIONS,
    ),
    "heic whose items have endless extents": (
        media_types.HEIC,
        lambda: box(b"ftyp", b"heic\0\0\0\0mif1") + full(
            b"meta",
            full(b"hdlr", b"\0\0\0\0pict", bytes(13)),
            full(b"pitm", b"\0\1"),
            full(b"iloc", b"\0\0" + struct.pack(">H", 4000),
                 b"".join(struct.pack(">3H", n, 0, 65_535) for n in range(4000))),
        ),
    ),
    "samples without number": (
        media_types.MP4_AUDIO,
        lambda: media_files.m4a().replace(
            struct.pack(">2I", 0, 86), struct.pack(">2I", 1, 2**32 - 1), 1
        ),
    ),
    "amr of empty frames": (media_types.AMR, lambda: b"#!AMR\n" + b"\x7c" * MILLIONS),
    "webm of tiny elements": (
        media_types.WEBM,
        lambda: media_files.webm() + b"\xec\x80" * MILLIONS,
    ),
    "webm of boxes within boxes": (
        media_types.WEBM, lambda: media_files.webm()[:200] + b"\xbb\xff" * MILLIONS,
    ),
    "mp3 of tags": (media_types.MP3, lambda: (b"TAG" + bytes(125)) * 30_000),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_soon_and_in_little_memory(name: str) -> None:
    media_type, make = BOMBS[name]
    data = make()
    tracemalloc.start()
    started = time.process_time()
    assert verdict(data, media_type) is None
    seconds = time.process_time() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 10
    assert peak < 3 * len(data) + 64_000_000
