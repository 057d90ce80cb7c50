"""What a file is, from its first bytes; its name says nothing. Pure.

A short list of what phones send; everything else is UNKNOWN, and so is what looks like two things
at once. Sources: ISO 10918-1 B.1 (JPEG), RFC 2083 §3.1 (PNG), RFC 9649 (WebP), ISO 14496-12 §4.3
and mp4ra.org (brands), RFC 4867 §5 (AMR), RFC 3533 §6 (Ogg), RFC 9559 (WebM), RFC 2361 (WAVE),
ISO 11172-3 §2.4.1 (MP3), RFC 4180 (CSV), RFC 7946 (GeoJSON).
"""

from __future__ import annotations

import enum
import re

HEAD = 4096
"""Bytes that `sniff` wants to see; a shorter file is shown whole."""

UNKNOWN = "application/octet-stream"
JPEG, PNG, WEBP, HEIC = "image/jpeg", "image/png", "image/webp", "image/heic"
MP4, MP4_AUDIO, GPP, GPP_AUDIO = "video/mp4", "audio/mp4", "video/3gpp", "audio/3gpp"
AMR, AMR_WB, OGG, WAV, MP3 = "audio/amr", "audio/amr-wb", "audio/ogg", "audio/wav", "audio/mpeg"
WEBM, WEBM_AUDIO = "video/webm", "audio/webm"
CSV, GEOJSON = "text/csv", "application/geo+json"


class Kind(enum.StrEnum):
    """What a file is to a reader."""

    PICTURE = "picture"
    SOUND = "sound"
    VIDEO = "video"
    TABLE = "table"
    MAP = "map"
    UNKNOWN = "unknown"


_KINDS = {
    **dict.fromkeys((JPEG, PNG, WEBP, HEIC), Kind.PICTURE),
    **dict.fromkeys((MP4, GPP, WEBM), Kind.VIDEO),
    **dict.fromkeys((MP4_AUDIO, GPP_AUDIO, WEBM_AUDIO, AMR, AMR_WB, OGG, WAV, MP3), Kind.SOUND),
    CSV: Kind.TABLE,
    GEOJSON: Kind.MAP,
}
EXTENSION = {
    JPEG: "jpg", PNG: "png", WEBP: "webp", HEIC: "heic", MP4: "mp4", MP4_AUDIO: "m4a",
    GPP: "3gp", GPP_AUDIO: "3gp", AMR: "amr", AMR_WB: "awb", OGG: "ogg", WAV: "wav", MP3: "mp3",
    WEBM: "webm", WEBM_AUDIO: "webm", CSV: "csv", GEOJSON: "geojson",
}  # fmt: skip
"""How the name of a file of a type ends."""

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
_AUDIO_BRANDS = frozenset({b"M4A ", b"M4B "})
_MP4_BRANDS = frozenset(
    {b"isom", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", *(b"iso%d" % n for n in range(2, 10))}
)
_GPP_BRANDS = re.compile(rb"3g[2eghprs][0-9a-z]", re.DOTALL)

_BEGINNINGS = tuple(
    (re.compile(beginning, re.DOTALL), media_type)
    for beginning, media_type in (
        (rb"\xff\xd8\xff[\xc0-\xc2\xc4\xdb\xdd\xe0-\xef\xfe]", JPEG),
        (rb"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", PNG),
        (rb"RIFF....WEBPVP8[ LX]", WEBP),
        (rb"RIFF....WAVE", WAV),
        (rb"#!AMR\n", AMR),
        (rb"#!AMR-WB\n", AMR_WB),
        (rb"OggS\x00\x02", OGG),
        (rb"\x1a\x45\xdf\xa3.{1,40}?\x42\x82\x84webm", WEBM),
        (rb"ID3[\x02-\x04]", MP3),
        # layer III of MPEG 1 and 2, a bit rate that is neither free nor forbidden
        (rb"\xff[\xf2\xf3\xfa\xfb][\x10-\xef]", MP3),
    )
)

_ACTIVE = (
    b"%pdf-", b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<iframe",
    b"<object", b"<embed", b"<?php", b"<%@",
)  # fmt: skip
"""What a browser or a reader of documents might run, wherever it stands in the head,
in small letters. One by one: an expression for all takes twenty times as long, for each file."""

_CONTROL = bytes({*range(32), 127} - set(b"\t\n\r"))
_GEOJSON = re.compile(
    r'"type"\s*:\s*"(?:FeatureCollection|Feature|GeometryCollection|(?:Multi)?(?:Point|LineString'
    r'|Polygon))"'
)
_COLUMNS = re.compile(r"[,;\t]")


def kind(media_type: str | None) -> Kind:
    return _KINDS.get(media_type or UNKNOWN, Kind.UNKNOWN)


def sniff(head: bytes) -> str:
    """The type of a file that begins with these bytes, or UNKNOWN."""
    head = bytes(head[:HEAD])
    small = head.lower()
    if any(beginning in small for beginning in _ACTIVE):
        return UNKNOWN
    return _binary(head) or _text(head) or UNKNOWN


def _binary(head: bytes) -> str | None:
    for beginning, media_type in _BEGINNINGS:
        if beginning.match(head):
            return media_type
    return _brand(head) if head[4:8] == b"ftyp" else None


def _brand(head: bytes) -> str | None:
    """By the major brand; a HEIC must also say that its pictures are HEVC."""
    size, major = int.from_bytes(head[:4], "big"), head[8:12]
    if not 16 <= size <= min(len(head), 512):
        return None
    others = {head[at : at + 4] for at in range(16, size - 3, 4)}
    if major in _HEIC_BRANDS:
        return HEIC if {major, *others} & (_HEIC_BRANDS - {b"mif1"}) else None
    if major in _AUDIO_BRANDS:
        return MP4_AUDIO
    if major in _MP4_BRANDS:
        return MP4
    return GPP if _GPP_BRANDS.fullmatch(major) else None


def _text(head: bytes) -> str | None:
    if len(head.translate(None, _CONTROL)) < len(head):
        return None
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(head) < HEAD or error.start < HEAD - 4:  # not a letter that the head cut in two
            return None
        text = head[: error.start].decode("utf-8-sig")
    text = text.lstrip()
    if text.startswith("{"):
        return GEOJSON if _GEOJSON.search(text) else None
    first = text.partition("\n")[0]
    is_table = bool(_COLUMNS.search(first)) and not first.startswith(("<", "[", "%", "#", "="))
    return CSV if is_table and "<" not in first else None
