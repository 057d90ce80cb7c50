"""CSV, ZIP and XLSX as they leave; cells that spreadsheets would run."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile

import pytest
from openpyxl import load_workbook

from service.foundation.formats import csv_text, xlsx_stream, zip_stream
from service.foundation.formats.neutral import neutral
from service.foundation.formats.zip_stream import Member
from service.foundation.problems import Problem

PAYLOADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1",
    "\ufeff=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x","y")', "-2+3+cmd|' /C calc'!A0",
    "+SUM(1)", "@A1", "=\u202e1", "＝1", "＋1", "－1+1", "＠A", "\x0b=1", "\x00=1", '"=1', "'=1",
    "-1-1", "+855 12 x", "--1", "=-1", "- 1a", "+", "-", "=", "@", "\t", "\r",
]  # fmt: skip
HARMLESS = ["+85512345678", "+855 12 345 678", "-1.5", "-1,5", "1=1", "a@b.org", "សុខ", "", "1-2"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s30_what_a_spreadsheet_would_run_is_made_text(payload: str) -> None:
    assert neutral(payload) == f"'{payload}"
    line = b"".join(csv_text.table([payload], [[payload]], for_spreadsheet=True)).decode()
    header, row = csv.reader(io.StringIO(line.removeprefix("\ufeff"), newline=""))
    assert header[0].startswith("'")
    assert row[0].startswith("'")


@pytest.mark.parametrize("cell", HARMLESS)
def test_s30_numbers_phones_and_words_stay(cell: str) -> None:
    assert neutral(cell) == cell


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s30_scripts_get_raw_cells(payload: str) -> None:
    line = b"".join(csv_text.table(["a", "b"], [[payload, 1]])).decode()
    assert list(csv.reader(io.StringIO(line, newline="")))[1][0] == payload


def test_a_table_has_a_header_even_where_it_has_no_rows() -> None:
    assert b"".join(csv_text.table(["a", "ខ"], [])) == "a,ខ\n".encode()


def test_the_header_comes_before_the_first_row_is_asked_for() -> None:
    def rows() -> object:
        raise AssertionError("asked too early")
        yield

    assert next(csv_text.table(["a"], rows())) == b"a\n"  # type: ignore[arg-type]


def test_a_zip_grows_member_by_member() -> None:
    big = b"x" * 100_000
    members = [
        Member(name="a.csv", pieces=[b"1,", b"2\n"]),
        Member(name="ខ.jpg", pieces=(big for _ in range(20)), is_packed=True),
    ]
    pieces = list(zip_stream.stream(members))
    assert len(pieces) > 10
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert archive.testzip() is None
        assert archive.read("a.csv") == b"1,2\n"
        assert archive.read("ខ.jpg") == big * 20


def read(**sheets: list[list[object]]) -> dict[str, list[list[object]]]:
    """Sheets by name: a header and rows."""
    written = (xlsx_stream.pieces(sheet[0], sheet[1:]) for sheet in sheets.values())  # type: ignore[arg-type]
    book = load_workbook(io.BytesIO(b"".join(xlsx_stream.workbook(list(sheets), written))))
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book
    }


def test_a_workbook_is_read_back_as_it_was() -> None:
    sheet = [["a", "ខ"], ["<&>\"'", 3], [None, 1.5], ["x\ny ", ""]]
    found = read(ផ្ទះ=sheet, other=[["b"]])
    assert found == {"ផ្ទះ": [*sheet[:3], ["x\ny ", None]], "other": [["b"]]}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_s30_cells_of_a_workbook_are_texts(payload: str) -> None:
    data = b"".join(xlsx_stream.workbook(["a"], [xlsx_stream.pieces([payload], [[payload]])]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    types = {c.data_type for row in load_workbook(io.BytesIO(data)).active.iter_rows() for c in row}
    assert types <= {"s", "inlineStr", "n"}, "no formula"


def test_a_sheet_that_excel_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_stream, "MOST_ROWS", 3)
    assert list(xlsx_stream.pieces(["a"], [["1"], ["2"]]))
    with pytest.raises(Problem):
        list(xlsx_stream.pieces(["a"], [["1"], ["2"], ["3"]]))


def test_names_of_sheets_are_such_as_excel_takes() -> None:
    long = "a" * 40
    names = xlsx_stream.sheet_names([long, long, "a/b:c", "A/B:C", ""])
    assert len(set(map(str.casefold, names))) == 5
    assert all(0 < len(name) <= 31 for name in names)


def test_rows_are_not_held() -> None:
    def rows() -> object:
        for number in range(20_000):
            yield [f"{number} " + "x" * 50] * 10

    tracemalloc.start()
    for _ in xlsx_stream.workbook(["a"], [xlsx_stream.pieces(["h"] * 10, rows())]):  # type: ignore[arg-type]
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000, f"{most:,} bytes of 100 MB"
