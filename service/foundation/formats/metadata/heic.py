"""HEIC (ISO 23008-12): a still picture of tiles in the ISO base media file format.

Kept: the primary picture, what it is made of, and the bytes that these occupy. Other items
(Exif, XMP, thumbnails, depth, further pictures) lose type, name and content where they stand.
"""

from __future__ import annotations

from service.foundation.formats.metadata.boxes import FREE, Box, blank, only, walk, zero
from service.foundation.formats.metadata.patches import NotUnderstood, gaps, number

MAX_ITEMS = 4096
MAX_META = 1024 * 1024
MAX_EXTENTS = 16
_TOP = frozenset({b"ftyp", b"meta", b"mdat"})
_META = frozenset({b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat"})
_PICTURES = frozenset({b"hvc1", b"hvt1", b"grid", b"iden", b"iovl"})
_PROPERTIES = frozenset(
    {b"hvcC", b"ispe", b"pixi", b"colr", b"irot", b"imir", b"clap", b"pasp", b"lsel", b"clli",
     b"mdcv"}
)  # fmt: skip


Ranges = list[tuple[int, int]]


def clean(source: bytes) -> bytes:
    """The same picture, byte for byte as long."""
    data = bytearray(source)
    boxes = list(walk(data, 0, len(data)))
    if not boxes or boxes[0].kind != b"ftyp" or any(box.kind == b"moov" for box in boxes):
        raise NotUnderstood  # a sequence of pictures is not a picture
    for box in boxes:
        if box.kind not in _TOP:
            blank(data, box)
    meta = only(boxes, b"meta")
    if meta.end - meta.start > MAX_META:
        raise NotUnderstood
    parts = []
    for box in walk(data, meta.inside + 4, meta.end):
        if box.kind in _META:
            parts.append(box)
        else:
            blank(data, box)
    named = only(parts, b"hdlr")
    if data[named.inside + 8 : named.inside + 12] != b"pict":
        raise NotUnderstood
    zero(data, named.inside + 12, named.end)
    kept = _kept_items(data, parts)
    stored = [b for b in parts if b.kind == b"idat"]
    items = _places(data, only(parts, b"iloc"), stored)
    _clean_items(data, only(parts, b"iinf"), kept)
    _clean_properties(data, only(parts, b"iprp"))
    if not kept <= items.keys():
        raise NotUnderstood
    _clean_content(data, boxes, stored, [one for item in kept for one in items[item]])
    return bytes(data)


def _clean_content(data: bytearray, boxes: list[Box], stored: list[Box], kept: Ranges) -> None:
    """Zeros wherever no kept item has its content."""
    ranges = sorted(kept)
    content = [box for box in [*boxes, *stored] if box.kind in (b"mdat", b"idat")]
    for first, last in ranges:
        if not any(box.inside <= first <= last <= box.end for box in content):
            raise NotUnderstood
    for box in content:
        for gap in gaps((box.inside, box.end), ranges):
            zero(data, gap.start, gap.end)


def _kept_items(data: bytearray, parts: list[Box]) -> set[int]:
    """The primary item and everything it is derived from."""
    primary = only(parts, b"pitm")
    version = number(data, primary.inside, 1)
    first = number(data, primary.inside + 4, 4 if version else 2)
    made_of: dict[int, list[int]] = {}
    for references in (box for box in parts if box.kind == b"iref"):
        size = 4 if number(data, references.inside, 1) else 2
        for box in walk(data, references.inside + 4, references.end):
            count = number(data, box.inside + size, 2)
            at = box.inside + size + 2
            if at + count * size != box.end:
                raise NotUnderstood
            if box.kind == b"dimg":
                made_of.setdefault(number(data, box.inside, size), []).extend(
                    number(data, at + n * size, size) for n in range(count)
                )
    kept, waiting = {first}, [first]
    while waiting:
        for part in made_of.get(waiting.pop(), ()):
            if part not in kept:
                kept.add(part)
                waiting.append(part)
    return kept


def _clean_items(data: bytearray, box: Box, kept: set[int]) -> None:
    """Items that are not kept lose what they are; kept ones must be pictures."""
    version = number(data, box.inside, 1)
    count = number(data, box.inside + 4, 4 if version else 2)
    entries = list(walk(data, box.inside + (8 if version else 6), box.end))
    if count != len(entries) or count > MAX_ITEMS:
        raise NotUnderstood
    seen = set()
    for entry in entries:
        version = number(data, entry.inside, 1)
        if entry.kind != b"infe" or version not in (2, 3):
            raise NotUnderstood
        size = 2 if version == 2 else 4
        at = entry.inside + 4 + size + 2
        if at + 5 > entry.end:
            raise NotUnderstood
        item = number(data, entry.inside + 4, size)
        if item in kept:
            if bytes(data[at : at + 4]) not in _PICTURES or item in seen:
                raise NotUnderstood
            seen.add(item)
        else:
            data[at : at + 4] = FREE
        zero(data, at + 4, entry.end)  # its name, and what a type may add
    if seen != kept:
        raise NotUnderstood


def _clean_properties(data: bytearray, box: Box) -> None:
    parts = list(walk(data, box.inside, box.end))
    holder = only(parts, b"ipco")
    for part in parts:
        if part.kind not in (b"ipco", b"ipma"):
            blank(data, part)
    for part in walk(data, holder.inside, holder.end):
        if part.kind not in _PROPERTIES:
            blank(data, part)


def _places(data: bytearray, box: Box, stored: list[Box]) -> dict[int, Ranges]:
    """Where the content of each item lies (`iloc`, ISO 14496-12 §8.11.3)."""
    version, at = number(data, box.inside, 1), box.inside + 4
    if version > 2:
        raise NotUnderstood
    sizes = number(data, at, 2)
    offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    index_size = sizes & 15 if version else 0
    if not {offset_size, length_size, base_size, index_size} <= {0, 4, 8}:
        raise NotUnderstood
    wide = 4 if version == 2 else 2
    count, at = number(data, at + 2, wide), at + 2 + wide
    if count > MAX_ITEMS:
        raise NotUnderstood
    items: dict[int, Ranges] = {}
    for _ in range(count):
        item, at = number(data, at, wide), at + wide
        method = 0
        if version:
            method, at = number(data, at, 2) & 15, at + 2
        is_elsewhere = number(data, at, 2) != 0
        base, extents = number(data, at + 2, base_size), number(data, at + 2 + base_size, 2)
        at += 4 + base_size
        if is_elsewhere or item in items or at > box.end or extents > MAX_EXTENTS:
            raise NotUnderstood
        start = base + _start(method, stored)
        ranges = []
        for _ in range(extents):
            at += index_size
            offset = number(data, at, offset_size)
            length = number(data, at + offset_size, length_size)
            at += offset_size + length_size
            ranges.append((start + offset, start + offset + length))
        items[item] = ranges
    if at > box.end:
        raise NotUnderstood
    zero(data, at, box.end)
    return items


def _start(method: int, stored: list[Box]) -> int:
    """What offsets count from: the file, or the data beside the items."""
    if method == 0:
        return 0
    if method == 1 and len(stored) == 1:
        return stored[0].inside
    raise NotUnderstood
