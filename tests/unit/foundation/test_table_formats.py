"""CSV, ZIP and XLSX as they leave; cells that spreadsheets would run."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
import zipfile

import pytest
from openpyxl import load_workbook

from service.foundation.formats import csv_text, spss_syntax, stata, xlsx_stream, zip_stream
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


def test_excel_opens_no_workbook_in_the_larger_zip_format() -> None:
    """Headers that need version 4.5, sizes of ffffffff and the extra field 0001 are refused."""
    sheets = [xlsx_stream.pieces(["a"], [["b"]])]
    data = b"".join(xlsx_stream.workbook(["one"], sheets))
    assert data[:6] == b"PK\x03\x04\x14\x00"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            head = data[info.header_offset :][:30]
            assert head[4:6] == b"\x14\x00", info.filename
            assert head[18:26] == bytes(8), "sizes follow the member"
            assert head[28:30] == bytes(2), "no extra field"
            assert info.extra == b""
        assert b"<bookViews><workbookView/></bookViews>" in archive.read("xl/workbook.xml")


def test_a_sheet_that_does_not_fit_the_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_stream, "LARGEST", 2000)
    sheet = xlsx_stream.pieces(["a"], [["b" * 100]] * 100)
    with pytest.raises(Problem):
        b"".join(xlsx_stream.workbook(["one"], [sheet]))


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


@pytest.mark.parametrize("cell", ["a;=1+1", "a\n=1+1", "a\t@A1", 'a;"+1+1', "a; -1+1", "a\r\n＝1"])
def test_s30_nothing_runs_where_another_sign_parts_the_cells(cell: str) -> None:
    """Where Excel's list separator is `;` it splits at each, and quotes inside a cell hold no
    line break together."""
    for part in re.split("[;\t\r\n]", neutral(cell)):
        assert not re.match(r"[\s\"]*[=+\-@＝]", part)


@pytest.mark.parametrize("cell", ["a; -5", "a;b", "1\n+85512345678"])
def test_s30_numbers_after_a_separator_stay(cell: str) -> None:
    assert neutral(cell) == cell


def test_a_sheet_with_more_columns_than_excel_has_is_refused() -> None:
    with pytest.raises(Problem):
        xlsx_stream.Sheet(["a"] * (xlsx_stream.MOST_COLUMNS + 1))


def test_what_excel_would_read_otherwise_stays_as_it_was() -> None:
    data = b"".join(
        xlsx_stream.workbook(
            ["a"],
            [xlsx_stream.pieces(["a"], [["_x0041_"], [12345678901234567], ["😀" * 20_000], [123]])],
        )
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x0041_" in xml
    assert "<v>12345678901234567</v>" not in xml, "Excel keeps 15 digits of a number"
    assert ">12345678901234567</t>" in xml
    assert "<v>123</v>" in xml
    (told,) = re.findall("😀+", xml)
    assert len(told.encode("utf-16-le")) // 2 <= xlsx_stream.LONGEST_TEXT


# --- statistics ---------------------------------------------------------------------------------
def test_labels_of_spss_are_cut_by_bytes_and_texts_are_as_wide_as_codes() -> None:
    khmer = "ក" * 300
    one = spss_syntax.Variable(name="q", label=khmer, labels={"reh_prosthesis": khmer})
    told = spss_syntax.syntax("x.csv", [one])
    assert "q A14" in told, "a code is no longer than its variable"
    for label in re.findall("ក+", told):
        assert len(label.encode()) in (120, 249)


def test_codes_that_are_numbers_are_not_quoted() -> None:
    one = spss_syntax.Variable(name="q", label="q", is_number=True, labels={"1": "yes", "x": "no"})
    told = spss_syntax.syntax("x.csv", [one])
    assert "  1 'yes'" in told
    assert "'x'" not in told


def test_names_that_stata_keeps_for_itself_are_changed() -> None:
    names = stata.Collected(
        [stata.Variable(name=n, label=n) for n in ("if", "int", "str5", "age", "_n", "if_")]
    )._names()
    assert names == ["if_", "int_", "str5_", "age", "_n_", "if__2"]


def test_labels_of_stata_have_80_signs() -> None:
    found = stata.Collected([stata.Variable(name="a", label="x" * 200 + "ក" * 200)])
    data = b"".join(found.file(list))
    label = data.partition(b"<variable_labels>")[2].partition(b"</variable_labels>")[0]
    assert label.rstrip(b"\0").decode() == "x" * 80
