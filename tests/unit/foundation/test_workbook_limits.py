"""Workbooks of rows that would fill the memory of whoever opens them."""

from __future__ import annotations

import io
import resource
import zipfile
from collections.abc import Iterable

import openpyxl
import pytest

from service.foundation.formats import tables_in
from service.foundation.formats.bundle import BundleRefused

SHEET, SHARED = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
FOOT = "</sheetData></worksheet>"
MIB = 1 << 20


def workbook(rows: int = 3) -> bytes:
    book = openpyxl.Workbook()
    for number in range(rows):
        book.active.append([f"word {number}", number, "=1+1"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_member(name: str, pieces: Iterable[bytes], *, types: bytes = b"") -> bytes:
    """A workbook in which one member is another."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as real,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for one in real.infolist():
            if one.filename == "[Content_Types].xml" and types:
                made.writestr(
                    one.filename, real.read(one).replace(b"</Types>", types + b"</Types>")
                )
            elif one.filename != name:
                made.writestr(one.filename, real.read(one))
        with made.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
    return out.getvalue()


def read(data: bytes) -> list[dict[str, str]]:
    sheets = tables_in.of_xlsx(io.BytesIO(data))
    return [dict(row) for rows in sheets.values() for row in rows]


def peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_a_workbook_is_read() -> None:
    assert [row["word 0"] for row in read(workbook(4))] == ["word 1", "word 2", "word 3"]


def noise(mib: int, before: str, after: str, unit: bytes) -> Iterable[bytes]:
    """So much of a unit, packed a little worse than a hundredfold."""
    yield before.encode()
    for number in range(mib * 16):
        filler = (unit * (65536 // len(unit)))[: 65536 - 65536 % len(unit)]
        yield f'<c t="n"><v>{number * 7919 % 1_000_003}</v></c>'.encode() + filler
    yield after.encode()


def _random(seed: int) -> bytes:
    import random

    return b"<si><t>" + random.Random(seed).randbytes(MIB // 2).hex().encode() + b"</t></si>"


def _long_text() -> Iterable[bytes]:
    yield f'{HEAD}<row><c t="inlineStr"><is><t>'.encode()
    yield from (_random(n)[7:-9] for n in range(12))
    yield f"</t></is></c></row>{FOOT}".encode()


BOMBS = {
    "ratio": (SHARED, lambda: (b"<si><t>a</t></si>" * 65536 for _ in range(80))),
    "words": (SHARED, lambda: (_random(n) for n in range(70))),
    "one row": (SHEET, lambda: noise(4, f"{HEAD}<row>", f"</row>{FOOT}", b"<c/>")),
    "one row in another": (
        SHEET, lambda: noise(4, f"{HEAD}<row><row>", f"</row></row>{FOOT}", b"<c><row/></c>")
    ),
    "one text": (SHEET, _long_text),
    "a comment": (SHEET, lambda: [f"{HEAD}<!--<row>-->{FOOT}".encode()]),
    "a document type": (
        SHEET, lambda: [b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b"<x>&a;</x>"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", BOMBS)
def test_s26_a_workbook_that_would_fill_the_memory_is_refused(which: str) -> None:
    name, pieces = BOMBS[which]
    data = with_member(name, pieces())
    before = peak_mib()
    with pytest.raises(BundleRefused):
        read(data)
    assert peak_mib() - before < 100


def test_s26_words_are_no_sheet_because_somebody_calls_them_one() -> None:
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.%s+xml"
    types = b"".join(
        b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/>' % (kind % one)
        for one in (b"worksheet", b"sharedStrings")
    )
    with pytest.raises(BundleRefused, match="words"):
        read(with_member(SHARED, (_random(n) for n in range(70)), types=types))


def test_s26_what_is_no_archive_is_refused() -> None:
    for data in (b"", b"PK", workbook()[:-30]):
        with pytest.raises(BundleRefused):
            tables_in.of_xlsx(io.BytesIO(data))
