"""WebM (RFC 9559, RFC 8794): what browsers record.

Kept: sound and moving pictures of known codecs, their times, and the numbers by which a player
finds them. Every other element (title, day, program, tags, attached files, chapters, languages,
names of tracks) becomes a Void element full of zeros where it stands, so that no offset changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from service.foundation.formats.metadata.patches import NotUnderstood, Patch, Reader

EBML, SEGMENT, CLUSTER, TRACKS, TRACK = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE
INFO, CUES, TAGS, CHAPTERS, ATTACHMENTS, SEEK = (
    0x1549A966, 0x1C53BB6B, 0x1254C367, 0x1043A770, 0x1941A469, 0x114D9B74,
)  # fmt: skip
VOID = 0xEC
DOC_TYPE, KIND, CODEC, PRIVATE, IDENTITY, TRACK_NUMBER = 0x4282, 0x83, 0x86, 0x63A2, 0x73C5, 0xD7
BLOCK, SIMPLE_BLOCK = 0xA1, 0xA3
PICTURE, SOUND = 1, 2
CODECS = {b"V_VP8": PICTURE, b"V_VP9": PICTURE, b"V_AV1": PICTURE, b"A_OPUS": SOUND}
"""Vorbis is none of them: it writes notes among what its codec needs."""
MAX_PRIVATE = 64
"""Bytes that a codec needs beside the stream."""
MAX_NUMBER = 8
MAX_BLOCKS, MAX_OTHERS = 600_000, 60_000
"""Three hours of film and more; bounds the time."""
MAX_DEPTH = 6
MAX_TRACKS = 4
MOST_IN_ONE = 128
"""Bytes of an element whose size is said in one byte."""
OPUS_HEAD = 19

Table = Mapping[int, object]
"""Of an element that holds others: what is kept in it. To each a table of its own, `NUMBER`, or
`BYTES`."""
NUMBER, BYTES = "number", "bytes"


def _numbers(*elements: int) -> dict[int, str]:
    return dict.fromkeys(elements, NUMBER)


_HEAD: Table = {**_numbers(0x4286, 0x42F7, 0x42F2, 0x42F3, 0x4287, 0x4285), DOC_TYPE: BYTES}
_TRACK: Table = {
    **_numbers(TRACK_NUMBER, KIND, 0xB9, 0x88, 0x9C, 0x56AA, 0x56BB, 0x23E383),
    IDENTITY: BYTES, CODEC: BYTES, PRIVATE: BYTES,
    0xE0: _numbers(0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2, 0x9A, 0x53C0),
    0xE1: _numbers(0xB5, 0x9F, 0x6264, 0x78B5),
}  # fmt: skip
_GROUP: Table = {BLOCK: BYTES, **_numbers(0x9B, 0xFB, 0x75A2)}
_CLUSTER: Table = {**_numbers(0xE7, 0xA7, 0xAB), SIMPLE_BLOCK: BYTES, 0xA0: _GROUP}
_POINT: Table = {0xB3: NUMBER, 0xB7: _numbers(0xF7, 0xF1, 0xF0, 0x5378)}
_SEGMENT: Table = {
    INFO: _numbers(0x2AD7B1, 0x4489),
    TRACKS: {TRACK: _TRACK},
    CLUSTER: _CLUSTER,
    CUES: {0xBB: _POINT},
}
_OF_SEGMENT = frozenset({*_SEGMENT, SEEK, TAGS, CHAPTERS, ATTACHMENTS})
"""By which the end of a cluster is known that does not say how long it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    kind: int
    start: int
    inside: int
    end: int | None
    """None: it ends where its parent does, or where one begins that cannot be in it."""


@dataclass(kw_only=True)
class Survey:
    """What has to change, and whether there are pictures."""

    patches: list[Patch] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)
    clusters: int = 0

    @property
    def has_video(self) -> bool:
        return PICTURE in self.tracks


def survey(pieces: Iterable[bytes]) -> Survey:
    """Read the whole file once. Raises NotUnderstood."""
    walk = _Walk(Reader(pieces))
    head = walk.element()
    if head is None or head.kind != EBML or head.end is None:
        raise NotUnderstood
    walk.inside(head, _HEAD, 0)
    segment = walk.element()
    if segment is None or segment.kind != SEGMENT or walk.doc_type != b"webm":
        raise NotUnderstood
    walk.inside(segment, _SEGMENT, 0)
    at = walk.reader.offset
    walk.reader.skip_rest()
    if walk.reader.offset > at:
        walk.found.patches.append(Patch(start=at, end=walk.reader.offset, data=b""))
    if not walk.found.tracks or not walk.found.clusters:
        raise NotUnderstood
    return walk.found


class _Walk:
    """From element to element, never back."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.found = reader, Survey()
        self.doc_type = b""
        self._blocks = self._others = 0
        self._ahead: Element | None = None
        self._track: dict[int, bytes] = {}
        self._numbers = set[int]()

    def element(self) -> Element | None:
        """The next one's head; None at the end of the file."""
        if self._ahead is not None:
            found, self._ahead = self._ahead, None
            return found
        start = self.reader.offset
        first = self.reader.read(1)
        if not first:
            return None
        width = 9 - first[0].bit_length()
        if width > 4:
            raise NotUnderstood
        kind = int.from_bytes(first + self.reader.exactly(width - 1), "big")
        if kind in (BLOCK, SIMPLE_BLOCK):
            self._blocks += 1
        else:
            self._others += 1
        if self._blocks > MAX_BLOCKS or self._others > MAX_OTHERS:
            raise NotUnderstood
        length = self._length()
        inside = self.reader.offset
        end = None if length is None else inside + length
        return Element(kind=kind, start=start, inside=inside, end=end)

    def _length(self) -> int | None:
        first = self.reader.exactly(1)[0]
        width = 9 - first.bit_length()
        if width > 8:
            raise NotUnderstood
        rest = int.from_bytes(self.reader.exactly(width - 1), "big")
        value = (first & (1 << (8 - width)) - 1) << 8 * (width - 1) | rest
        return None if value == (1 << 7 * width) - 1 else value

    def inside(self, parent: Element, kept: Table, depth: int) -> None:
        for one in self._children(parent):
            rule = kept.get(one.kind)
            if one.end is None and (parent.kind, one.kind) != (SEGMENT, CLUSTER):
                raise NotUnderstood
            if depth > MAX_DEPTH:
                raise NotUnderstood
            if isinstance(rule, Mapping):
                self._track = {} if one.kind == TRACK else self._track
                self.inside(one, rule, depth + 1)
                self._ended(one)
            elif rule is not None:
                self._leaf(one, rule)
            else:
                self._blank(one)

    def _children(self, parent: Element) -> Iterator[Element]:
        while parent.end is None or self.reader.offset < parent.end or self._ahead:
            one = self.element()
            if one is None:
                if parent.end is None:
                    return
                raise NotUnderstood
            if parent.end is None and parent.kind == CLUSTER and one.kind in _OF_SEGMENT:
                self._ahead = one
                return
            if parent.end is not None and one.end is not None and one.end > parent.end:
                raise NotUnderstood
            yield one

    def _leaf(self, one: Element, rule: object) -> None:
        """An element that holds no others. What is of interest is read, the rest passed by."""
        length = _length_of(one)
        if rule == NUMBER and length > MAX_NUMBER:
            raise NotUnderstood
        if one.kind == IDENTITY:  # drawn by chance where it was recorded: none is needed
            if not 0 < length <= MAX_NUMBER:
                raise NotUnderstood
            self.reader.skip(length)
            number = (len(self.found.tracks) + 1).to_bytes(length, "big")
            self.found.patches.append(Patch(start=one.inside, end=one.inside + length, data=number))
        elif one.kind in (BLOCK, SIMPLE_BLOCK):
            if length < 4 or self.reader.exactly(1)[0] - 0x80 not in self._numbers:
                raise NotUnderstood  # of no track that is known
            self.reader.skip(length - 1)
        elif one.kind in (DOC_TYPE, KIND, CODEC, PRIVATE, TRACK_NUMBER):
            if length > MAX_PRIVATE:
                raise NotUnderstood
            said = self.reader.exactly(length)
            if one.kind == DOC_TYPE:
                self.doc_type = said.rstrip(b"\0")
            self._track[one.kind] = said
        else:
            self.reader.skip(length)

    def _ended(self, one: Element) -> None:
        if one.kind == CLUSTER:
            self.found.clusters += 1
        if one.kind != TRACK:
            return
        kind = int.from_bytes(self._track.get(KIND, b""), "big")
        if CODECS.get(self._track.get(CODEC, b"").rstrip(b"\0")) != kind:
            raise NotUnderstood
        private = self._track.get(PRIVATE, b"")
        is_opus = private.startswith(b"OpusHead") and len(private) == OPUS_HEAD
        if kind == SOUND and not is_opus:
            raise NotUnderstood
        self._numbers.add(int.from_bytes(self._track.get(TRACK_NUMBER, b""), "big"))
        self.found.tracks.append(kind)
        if len(self.found.tracks) > MAX_TRACKS:
            raise NotUnderstood

    def _blank(self, one: Element) -> None:
        length = _length_of(one)
        self.reader.skip(length)
        end = one.inside + length
        head = _void(end - one.start)
        self.found.patches.append(Patch(start=one.start, end=one.start + len(head), data=head))
        if one.start + len(head) < end:
            self.found.patches.append(Patch(start=one.start + len(head), end=end))


def _length_of(one: Element) -> int:
    if one.end is None:
        raise NotUnderstood
    return one.end - one.inside


def _void(whole: int) -> bytes:
    """The head of a Void element that takes so many bytes with it."""
    if whole <= MOST_IN_ONE:
        return bytes((VOID, 0x80 | (whole - 2)))
    return bytes((VOID, 0x01)) + (whole - 9).to_bytes(7, "big")
