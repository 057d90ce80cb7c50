"""Sheets -> an XLSX workbook, handed on while it is written.

The libraries for it hold a sheet in memory or lay it into a temporary file, in clear, which what
people told must never be. A workbook is a ZIP of a few small XML files and one large one a sheet,
so it is written here (docs/decisions/0027-pulling-data-out.md). Texts are always texts: nothing
that somebody typed becomes a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from service.foundation.formats import zip_stream
from service.foundation.problems import TOO_LARGE_FOR_SHEET, Problem

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""What begins so is a sign by its number to Excel."""
_EXACT = 10**15
"""Excel keeps fifteen digits of a number: longer ones (of an identity card) are texts."""
_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Sheet:
    """One sheet: its rows are added one by one, its XML is taken as it comes together. Numbers
    (int, float) become numbers, None an empty cell, all else text."""

    def __init__(self, header: Sequence[str]) -> None:
        if len(header) > MOST_COLUMNS:
            raise Problem(TOO_LARGE_FOR_SHEET, limit=MOST_COLUMNS)
        titles = "".join(
            f'<c s="1" t="inlineStr"><is><t xml:space="preserve">{_text(str(one))}</t></is></c>'
            for one in header
        )
        self._held = [f"{_HEAD}<row>{titles}</row>"]
        self._rows = 1

    def add(self, row: Sequence[Any]) -> bool:
        """Whether enough has come together to be taken."""
        if self._rows >= MOST_ROWS:
            raise Problem(TOO_LARGE_FOR_SHEET, limit=MOST_ROWS)
        self._rows += 1
        self._held.append(f"<row>{''.join(map(_cell, row))}</row>")
        return len(self._held) >= _ROWS_AT_ONCE

    def take(self) -> bytes:
        text = "".join(self._held)
        self._held.clear()
        return text.encode()

    def end(self) -> bytes:
        return self.take() + b"</sheetData></worksheet>"


def pieces(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A sheet of these rows."""
    sheet = Sheet(header)
    for row in rows:
        if sheet.add(row):
            yield sheet.take()
    yield sheet.end()


def workbook(names: Sequence[str], sheets: Iterable[Iterable[bytes]]) -> Iterator[bytes]:
    """`names` of all sheets at once, for the table of contents comes first; then the XML of the
    sheets, in that order, each read when its turn comes."""
    titles = sheet_names(names)
    return zip_stream.stream(_members(titles, sheets), is_plain=True)


def sheet_names(names: Sequence[str]) -> list[str]:
    """As Excel takes them: 31 signs, no brackets, no two alike whatever their case."""
    found: list[str] = []
    for name in names:
        plain = _IN_NAMES.sub("_", _ILLEGAL.sub("", name)).strip("' ")[:31] or "Sheet"
        title, number = plain, 2
        while title.casefold() in {one.casefold() for one in found}:
            title, number = f"{plain[: 30 - len(str(number))]}~{number}", number + 1
        found.append(title)
    return found


def _members(titles: list[str], sheets: Iterable[Iterable[bytes]]) -> Iterator[zip_stream.Member]:
    for name, text in _frame(titles):
        yield zip_stream.Member(name=name, pieces=[text.encode()])
    for number, sheet in enumerate(sheets, start=1):
        yield zip_stream.Member(name=f"xl/worksheets/sheet{number}.xml", pieces=_measured(sheet))


def _measured(sheet: Iterable[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in sheet:
        size += len(piece)
        if size > zip_stream.LARGEST:
            raise Problem(TOO_LARGE_FOR_SHEET, limit=MOST_ROWS)
        yield piece


def _frame(titles: list[str]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(titles) + 1)
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        (
            f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            f"{sheets}</Types>"
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    listed = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>'
        for n, title in zip(numbers, titles, strict=True)
    )
    yield (
        "xl/workbook.xml",
        (
            f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/>'
            f"</bookViews><sheets>{listed}</sheets></workbook>"
        ),
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
            f'<Relationship Id="rId{len(titles) + 1}" Type="{_OFFICE}/styles" '
            'Target="styles.xml"/></Relationships>'
        ),
    )
    yield "xl/styles.xml", _STYLES


_STYLES = (
    f'{_XML}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/>'
    '</font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill>'
    '<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


_HEAD = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
_ROWS_AT_ONCE = 25


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if value.__class__ is float or (value.__class__ is int and -_EXACT < value < _EXACT):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(str(value))}</t></is></c>'


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT // 2:  # Excel counts signs outside the first plane twice
        value = value.encode("utf-16-le", "replace")[: 2 * LONGEST_TEXT].decode(
            "utf-16-le", "ignore"
        )
    if not value.isprintable():
        value = _ILLEGAL.sub("", value)
    if "_x" in value:
        value = _ESCAPE.sub("_x005F_", value)
    return escape(value) if "&" in value or "<" in value or ">" in value else value
