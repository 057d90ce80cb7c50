"""Boxes of the ISO base media file format (ISO 14496-12 §4.2), changed in place.

What is not kept becomes a `free` box of the same size full of zeros, so that no offset changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.foundation.formats.metadata.patches import NotUnderstood, number

FREE = b"free"
MAX_BOXES = 4096
"""In one range; phones write dozens."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box within bytes: where it begins, where its content begins, where it ends."""

    kind: bytes
    start: int
    inside: int
    end: int


def walk(data: bytes | bytearray, at: int, end: int) -> Iterator[Box]:
    """The boxes of a range, which they must fill exactly."""
    count = 0
    while at < end:
        count += 1
        size, inside = number(data, at), at + 8
        if size == 1:
            size, inside = number(data, at + 8, 8), at + 16
        after = at + size if size else end
        if not inside <= after <= end or count > MAX_BOXES:
            raise NotUnderstood
        yield Box(bytes(data[at + 4 : at + 8]), at, inside, after)
        at = after


def blank(data: bytearray, box: Box) -> None:
    """Nothing of it is left but its size."""
    data[box.start + 4 : box.start + 8] = FREE
    zero(data, box.inside, box.end)


def zero(data: bytearray, start: int, end: int) -> None:
    if start < end:
        data[start:end] = bytes(end - start)


def only(boxes: list[Box], kind: bytes) -> Box:
    """The one box of this kind."""
    found = [box for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise NotUnderstood
    return found[0]


def cut_to(data: bytearray, box: Box, length: int) -> None:
    """Zeros behind the `length` bytes that the content of a box needs."""
    if box.inside + length > box.end:
        raise NotUnderstood
    zero(data, box.inside + length, box.end)
