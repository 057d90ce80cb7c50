"""Hostile and mistaken workbooks are refused before anything unpacks them."""

from __future__ import annotations

import io
import zipfile

import pytest

from service.forms import workbook_checks
from tests.unit.forms.workbooks import form


def archive(members: dict[str, bytes], *, link: str | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", b"<Types/>")
        for name, data in members.items():
            made.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            made.writestr(info, b"/etc/passwd")
    return out.getvalue()


def overlapping() -> bytes:
    """Two entries of the directory that share one packed member."""
    data = bytearray(archive({"xl/a.xml": b"a" * 3000, "xl/b.xml": b"b" * 3000}))
    entries = []
    position = data.find(b"PK\x01\x02")
    while data[position : position + 4] == b"PK\x01\x02":
        entries.append(position)
        length = sum(
            int.from_bytes(data[position + at : position + at + 2], "little") for at in (28, 30, 32)
        )
        position += 46 + length
    first, second = entries[1], entries[2]
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


REFUSED = {
    "a zip bomb": (archive({"xl/worksheets/sheet1.xml": b"0" * 70_000_000}), "unpack"),
    "a high ratio": (archive({"xl/worksheets/sheet1.xml": b"0" * 5_000_000}), "unpack"),
    "too many members": (archive({f"xl/{n}.xml": b"" for n in range(1001)}), "unpack"),
    "members that overlap": (overlapping(), "unpack"),
    "a name that climbs out": (archive({"../../etc/cron.d/x": b"x"}), "odd file names"),
    "an absolute name": (archive({"/etc/cron.d/x": b"x"}), "odd file names"),
    "a link": (archive({}, link="xl/passwd"), "odd file names"),
    "links to other workbooks": (
        archive({"xl/externalLinks/externalLink1.xml": b"<a/>"}),
        "other workbooks",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, ".xls"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not an Excel workbook"),
    "a zip of something else": (archive({}).replace(b"[Content", b"(Content"), "not an Excel"),
    "a workbook cut off": (form(("text", "a", "ក"))[:-40], "not an Excel workbook"),
    "six megabytes": (b"PK" + b"\0" * (6 << 20), "larger than 5 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_s26_what_is_no_honest_workbook_is_refused_kindly(name: str) -> None:
    data, says = REFUSED[name]
    mistake = workbook_checks.find_mistake(data)
    assert mistake is not None
    assert says in mistake.message
    assert mistake.fix
    assert mistake.fix_km


def test_an_honest_workbook_passes() -> None:
    assert workbook_checks.find_mistake(form(("text", "a", "ក"))) is None


def test_a_workbook_of_fourteen_thousand_villages_passes() -> None:
    villages = [("list_name", "name", "label"), *(("v", f"{n:08}", "ភូមិ") for n in range(14_500))]
    assert workbook_checks.find_mistake(form(("select_one v", "a", "ក"), choices=villages)) is None
