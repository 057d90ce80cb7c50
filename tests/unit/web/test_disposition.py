"""S-22: a stranger's file name reaches the header as data, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.foundation.formats import media_types as types
from service.web.disposition import content_disposition, content_type

HEADER = re.compile(
    r"(inline|attachment); filename=\"([A-Za-z0-9._-]+)\"; filename\*=UTF-8''([\w!#$&+.^`|~%-]+)",
    re.ASCII,
)
NAMES = [
    "../../etc/passwd", "/etc/passwd", "..\\..\\boot.ini", "C:\\x.jpg", "a\0b.jpg", "CON",
    "con.jpg", "nul.png", "COM1.mp4",
    "photo\u202egpj.exe", 'a"; filename="b.html', "a\r\nSet-Cookie: x=1.jpg",
    "x" * 4000, "រូប" * 1500 + ".jpg", "", ".", "..", ".jpg", "រូបថត ផល្លា.jpg", "a%2f..%2fb.jpg",
    "photo.jpg.html", "~$a.jpg", "-rf.jpg", "a;b.jpg", "\ud7ff\ufffe.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_s22_no_name_breaks_the_header_or_names_another_place(name: str) -> None:
    found = HEADER.fullmatch(content_disposition(types.JPEG, name))
    assert found is not None
    plain, full = found[2], unquote(found[3])
    for shown in (plain, full):
        assert shown.endswith(".jpg")
        assert not re.search(r'[/\\"\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]', shown)
        assert len(shown.encode()) < 140
        assert shown.split(".")[0].upper() not in {"CON", "NUL", "COM1", ""}
        assert not shown.startswith((".", "~"))


@given(st.text(), st.sampled_from([*types.EXTENSION, types.UNKNOWN]))
def test_s22_any_name_gives_a_whole_header(name: str, media_type: str) -> None:
    assert HEADER.fullmatch(content_disposition(media_type, name))


def test_names_in_khmer_stay_readable_and_end_as_the_content_says() -> None:
    header = content_disposition(types.PNG, "រូបថត ភូមិ.jpg")
    assert unquote(header).endswith("''រូបថត ភូមិ.png")
    assert 'filename="' in header


@pytest.mark.parametrize(
    "media_type", [types.UNKNOWN, types.HEIC, types.AMR, types.CSV, "text/html"]
)
def test_s23_what_browsers_do_not_show_is_bytes_to_keep(media_type: str) -> None:
    assert content_type(media_type) == "application/octet-stream"
    assert content_disposition(media_type, "a.jpg").startswith("attachment;")
