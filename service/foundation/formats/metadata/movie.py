"""MP4, M4A and 3GP (ISO 14496-12 and -14, 3GPP TS 26.244): sound and moving pictures.

Kept: what the tracks of sound and picture need, and of the media data the bytes that their
samples occupy. Everything else (notes, places, other tracks with their samples, unknown boxes,
bytes between samples) becomes zeros where it stands, and times of making become 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.foundation.formats.metadata import sample_tables
from service.foundation.formats.metadata.boxes import (
    MAX_BOXES,
    Box,
    blank,
    cut_to,
    only,
    walk,
    zero,
)
from service.foundation.formats.metadata.patches import NotUnderstood, Patch, Reader, gaps, number

MAX_MOOV = 8 * 1024 * 1024
"""Tables of hours."""
MAX_TRACKS = 16
_IN_PIECES = frozenset({b"moof", b"sidx", b"styp", b"mfra"})
"""Movies in fragments; phones write none."""

_INSIDE: Mapping[bytes, frozenset[bytes]] = {
    b"moov": frozenset({b"mvhd", b"trak"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia"}),
    b"edts": frozenset({b"elst"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"dinf": frozenset({b"dref"}),
    b"stbl": frozenset({b"stsd", *sample_tables.KEPT}),
}
"""What is kept of each box that holds others."""

_HEADS = {b"mvhd": (100, 112), b"tkhd": (84, 96), b"mdhd": (24, 36), b"vmhd": (12, 12),
          b"smhd": (8, 8)}  # fmt: skip
"""Bytes of a header in versions 0 and 1."""
_TIMED = frozenset({b"mvhd", b"tkhd", b"mdhd"})

_PICTURES = frozenset(
    {b"avc1", b"avc3", b"hvc1", b"hev1", b"mp4v", b"s263", b"av01", b"vp08", b"vp09"}
)
_SOUNDS = frozenset({b"mp4a", b"samr", b"sawb", b"Opus", b"fLaC"})
_CODEC = frozenset(
    {b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"d263", b"damr", b"dOps", b"dfLa", b"pasp",
     b"colr", b"clap"}
)  # fmt: skip
_PICTURE_HEAD, _SOUND_HEAD = 78, 28
"""Bytes of a sample entry before the boxes of its codec."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What has to change, and whether there are pictures."""

    patches: list[Patch]
    has_video: bool


def survey(pieces: Iterable[bytes]) -> Survey:
    """Read the whole file once. Raises NotUnderstood."""
    reader, patches, media = Reader(pieces), list[Patch](), list[tuple[int, int]]()
    moov, moov_at, count = b"", 0, 0
    while head := reader.read(8):
        count += 1
        start, size, kind = reader.offset - len(head), number(head, 0), head[4:8]
        if len(head) < 8 or count > MAX_BOXES or (count == 1) != (kind == b"ftyp"):
            raise NotUnderstood
        if size == 1:
            head += reader.exactly(8)
            size = number(head, 8, 8)
        length = size - len(head)
        if kind in _IN_PIECES or (size and length < 0) or (kind == b"moov" and moov):
            raise NotUnderstood
        if kind == b"moov":
            if not 0 < length <= MAX_MOOV:
                raise NotUnderstood
            moov, moov_at = head + reader.exactly(length), start
            continue
        _skip(reader, length if size else None)
        if kind == b"mdat":
            media.append((start + len(head), reader.offset))
        elif kind != b"ftyp":
            patches.append(Patch(start=start + 4, end=start + 8, data=b"free"))
            patches.append(Patch(start=start + len(head), end=reader.offset))
    cleaned, kept, has_video = _clean_moov(moov)
    _demand_inside(kept, media)
    patches.append(Patch(start=moov_at, end=moov_at + len(moov), data=cleaned))
    patches += [gap for inside in media for gap in gaps(inside, kept)]
    patches.sort(key=lambda patch: patch.start)
    return Survey(patches=patches, has_video=has_video)


def _skip(reader: Reader, length: int | None) -> None:
    if length is None:
        reader.skip_rest()
    else:
        reader.skip(length)


def _demand_inside(kept: list[tuple[int, int]], media: list[tuple[int, int]]) -> None:
    """Samples lie in the media data, nowhere else. Both are sorted."""
    at = 0
    for first, last in kept:
        while at < len(media) and media[at][1] < last:
            at += 1
        if at == len(media) or first < media[at][0]:
            raise NotUnderstood


def _clean_moov(moov: bytes) -> tuple[bytes, list[tuple[int, int]], bool]:
    """(the box, ranges of the samples of its tracks, whether there are pictures)."""
    data = bytearray(moov)
    if not moov:
        raise NotUnderstood
    (box,) = walk(data, 0, len(data))
    kept, handlers = list[tuple[int, int]](), list[bytes]()
    boxes = _clean_container(data, box)
    only(boxes, b"mvhd")
    tracks = [track for track in boxes if track.kind == b"trak"]
    if len(tracks) > MAX_TRACKS:
        raise NotUnderstood
    for track in tracks:
        handler = _handler(data, track)
        if handler not in (b"vide", b"soun"):
            blank(data, track)
            continue
        handlers.append(handler)
        kept += _clean_track(data, track, handler)
    if not handlers:
        raise NotUnderstood
    return bytes(data), _merged(kept), b"vide" in handlers


def _clean_container(data: bytearray, box: Box) -> list[Box]:
    """Blank what is not kept of a box's boxes; answers those that are."""
    allowed, kept = _INSIDE[box.kind], []
    for child in walk(data, box.inside, box.end):
        if child.kind in allowed:
            _clean_head(data, child)
            kept.append(child)
        else:
            blank(data, child)
    return kept


def _clean_head(data: bytearray, box: Box) -> None:
    if box.kind not in _HEADS:
        return
    version = number(data, box.inside, 1)
    if version > 1:
        raise NotUnderstood
    cut_to(data, box, _HEADS[box.kind][version])
    if box.kind in _TIMED:  # made and changed
        zero(data, box.inside + 4, box.inside + (20 if version else 12))


def _handler(data: bytearray, track: Box) -> bytes:
    media = only(list(walk(data, track.inside, track.end)), b"mdia")
    handler = only(list(walk(data, media.inside, media.end)), b"hdlr")
    number(data, handler.inside + 8)
    return bytes(data[handler.inside + 8 : handler.inside + 12])


def _clean_track(data: bytearray, track: Box, handler: bytes) -> list[tuple[int, int]]:
    """Ranges of its samples in the file."""
    boxes = _clean_container(data, track)
    only(boxes, b"tkhd")
    for box in boxes:
        if box.kind == b"edts":
            for edits in _clean_container(data, box):
                sample_tables.cut(data, edits)
    media = _clean_container(data, only(boxes, b"mdia"))
    only(media, b"mdhd")
    named = only(media, b"hdlr")
    zero(data, named.inside + 12, named.end)  # the name that the maker gave it
    information = _clean_container(data, only(media, b"minf"))
    for reference in _clean_container(data, only(information, b"dinf")):
        _demand_own_file(data, reference)
    tables = _clean_container(data, only(information, b"stbl"))
    _clean_descriptions(data, only(tables, b"stsd"), handler)
    return sample_tables.ranges(data, [box for box in tables if box.kind != b"stsd"])


def _demand_own_file(data: bytearray, box: Box) -> None:
    """Samples lie in this file: the entries of `dref` say so, and nothing more."""
    for entry in walk(data, box.inside + 8, box.end):
        if entry.end - entry.inside != 4 or number(data, entry.inside) != 1:
            raise NotUnderstood


def _clean_descriptions(data: bytearray, box: Box, handler: bytes) -> None:
    codecs = _PICTURES if handler == b"vide" else _SOUNDS
    length = _PICTURE_HEAD if handler == b"vide" else _SOUND_HEAD
    entries = list(walk(data, box.inside + 8, box.end))
    if number(data, box.inside) != 0 or number(data, box.inside + 4) != len(entries):
        raise NotUnderstood
    for entry in entries:
        if entry.kind not in codecs or entry.inside + length > entry.end:
            raise NotUnderstood
        if handler == b"vide":
            zero(data, entry.inside + 42, entry.inside + 74)  # name of the compressor
        elif number(data, entry.inside + 8, 2) != 0:  # QuickTime's longer forms
            raise NotUnderstood
        for child in walk(data, entry.inside + length, entry.end):
            if child.kind not in _CODEC:
                blank(data, child)


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
