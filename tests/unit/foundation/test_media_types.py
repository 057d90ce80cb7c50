"""S-23: what a file is, says its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.formats import media_types as types
from service.foundation.formats.media_types import UNKNOWN, Kind, sniff
from tests import media_files

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"


def ftyp(major: bytes, *others: bytes) -> bytes:
    return media_files.box(b"ftyp", major, b"\0\0\0\0", *others) + b"\0\0\0\x08free"


@pytest.mark.parametrize("name", media_files.EVERY)
def test_what_phones_send_is_known_by_its_first_bytes(name: str) -> None:
    make, media_type = media_files.EVERY[name]
    assert sniff(make()[: types.HEAD]) == media_type
    assert types.kind(media_type) is not Kind.UNKNOWN
    assert media_type in types.EXTENSION


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (ftyp(b"mp42", b"isom"), types.MP4),
        (ftyp(b"M4A ", b"mp42"), types.MP4_AUDIO),
        (ftyp(b"3gp5", b"isom"), types.GPP),
        (ftyp(b"mif1", b"heic"), types.HEIC),
        (b"#!AMR-WB\n\x3c", types.AMR_WB),
        (b"OggS\0\2" + bytes(20), types.OGG),
        (b"\xff\xf3\x84\xc4" + bytes(20), types.MP3),
        ("\ufeffឈ្មោះ,ភូមិ\nសុខ,អូរតាគាំ\n".encode(), types.CSV),
        (b"village;lat\nA;1\n", types.CSV),
        (b' {"type": "FeatureCollection", "features": []}', types.GEOJSON),
    ],
)
def test_further_kinds_are_known(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf <?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><html>",
        b"<script>alert(1),2</script>",
        b"name,<script>alert(1)</script>\n",
        b"%PDF-1.7\n",
        b"PK\3\4 a workbook, or a program",
        b"MZ\x90\0",
        b"\x7fELF\2\1\1",
        b"#!/bin/sh\necho a, b\n",
        b"GIF89a/*",
        b"\x00\x00\x01\x00\x01\x00",
        b"{\\rtf1, text}",
        b'{"type": "Sneaky", "a": 1}',
        b"BM\x9a\0\0\0",
        ftyp(b"mif1", b"miaf"),  # says nothing of HEVC
        ftyp(b"avif", b"mif1"),
        ftyp(b"qt  "),
        ftyp(b"crx "),
        b"\0\0\0\x08ftyp",
        b"RIFF\x04\0\0\0AVI LIST",
        b"\x89PNG\r\n\x1a\n",
        "a,b\n".encode("utf-16"),
        b"name,\xff\xfe\n",
    ],
)
def test_s23_everything_else_is_unknown(head: bytes) -> None:
    assert sniff(head) == UNKNOWN


@pytest.mark.parametrize(
    "second",
    [
        b"%PDF-1.4", b"<html>", b"<SCRIPT src=//x>", b"<svg onload=x>", b"<!DocType html>",
        b"<?php system(", b"<iframe src=x>", b"<body onload=x>",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "first", [JPEG, media_files.png()[:60], ftyp(b"isom", b"mp41")], ids=["jpeg", "png", "mp4"]
)
def test_s23_what_looks_like_two_things_is_unknown(first: bytes, second: bytes) -> None:
    assert sniff(first) != UNKNOWN
    assert sniff(first + second) == UNKNOWN


def test_a_letter_that_the_head_cuts_in_two_makes_no_table_unknown() -> None:
    text = ("a,b\n" + "ភ" * types.HEAD).encode()
    assert sniff(text[: types.HEAD]) == types.CSV
    assert sniff(text[: types.HEAD + 1]) == types.CSV


@given(st.binary(max_size=64))
def test_any_bytes_have_an_answer_and_a_longer_file_no_other(head: bytes) -> None:
    assert sniff(head) == UNKNOWN or sniff(head) in types.EXTENSION
    long = head.ljust(types.HEAD, b"\0")
    assert sniff(long) == sniff(long + b"<svg>")
