"""Kobo's workbook is looked at before a library opens it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import openpyxl

from service.moving.readers import kobo_workbook
from tests.integration.moving.test_servers import kobo_workbook as a_workbook

MIB = 1024 * 1024


def of_shared_words(mib: int) -> bytes:
    """One that unpacks a thousandfold: little to send, much to hold."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(a_workbook())) as real,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for one in real.infolist():
            if not one.filename.endswith("sharedStrings.xml"):
                made.writestr(one.filename, real.read(one))
        with made.open("xl/sharedStrings.xml", "w") as words:
            words.write(b"<sst>")
            for _ in range(mib):
                words.write(b"<si><t>a</t></si>" * (MIB // 17))
            words.write(b"</sst>")
    return out.getvalue()


def test_it_carries_the_id_and_version_that_its_records_name() -> None:
    named = kobo_workbook.named(a_workbook(), "aVillage1", "3 (2024)")
    sheet = openpyxl.load_workbook(io.BytesIO(named))["settings"]
    told = {cell.value: sheet.cell(2, cell.column).value for cell in sheet[1]}
    assert (told["id_string"], told["version"]) == ("aVillage1", "3 (2024)")


def test_s26_one_that_would_fill_the_memory_is_opened_by_nobody() -> None:
    bomb = of_shared_words(40)
    tracemalloc.start()
    try:
        assert kobo_workbook.named(bomb, "aVillage1", "1") == bomb
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MIB


def test_what_is_no_workbook_is_left_to_whoever_reads_it() -> None:
    assert kobo_workbook.named(b"<html>busy</html>", "a", "1") == b"<html>busy</html>"
