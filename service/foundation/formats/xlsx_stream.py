"""Sheets -> an XLSX workbook, handed on while it is written.

The libraries for it hold a sheet in memory or lay it into a temporary file, in clear, which what
people told must never be. A workbook is a ZIP of a few small XML files and one large one a sheet,
so it is written here (docs/decisions/0027-pulling-data-out.md). Texts are always texts: nothing
that somebody typed becomes a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from service.foundation.formats import zip_stream

MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
LONGEST_TEXT = 32_767
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Numbers (int, float) become numbers, None an empty cell, all else text."""

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]


def workbook(names: Sequence[str], sheets: Iterable[Sheet]) -> Iterator[bytes]:
    """`names` of all sheets at once, for the table of contents comes first; then the sheets, in
    that order, each read when its turn comes."""
    titles = sheet_names(names)
    return zip_stream.stream(_members(titles, sheets))


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


def _members(titles: list[str], sheets: Iterable[Sheet]) -> Iterator[zip_stream.Member]:
    for name, text in _frame(titles):
        yield zip_stream.Member(name=name, pieces=[text.encode()])
    for number, sheet in enumerate(sheets, start=1):
        yield zip_stream.Member(name=f"xl/worksheets/sheet{number}.xml", pieces=_sheet(sheet))


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
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
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


def _sheet(sheet: Sheet) -> Iterator[bytes]:
    head = (
        f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        "</sheetView></sheetViews><sheetData><row>"
    )
    titles = "".join(
        f'<c s="1" t="inlineStr"><is><t xml:space="preserve">{_text(str(one))}</t></is></c>'
        for one in sheet.header[:MOST_COLUMNS]
    )
    yield f"{head}{titles}</row>".encode()
    held: list[str] = []
    for number, row in enumerate(sheet.rows, start=2):
        if number > MOST_ROWS:
            break  # whoever asks for more is told so before (`exports.shapes`)
        held.append(f"<row>{''.join(map(_cell, row))}</row>")
        if len(held) >= _ROWS_AT_ONCE:
            yield "".join(held).encode()
            held.clear()
    yield f"{''.join(held)}</sheetData></worksheet>".encode()


_ROWS_AT_ONCE = 25


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "<c/>"
    if value.__class__ is int or value.__class__ is float:
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_text(str(value))}</t></is></c>'


def _text(value: str) -> str:
    if len(value) > LONGEST_TEXT:
        value = value[:LONGEST_TEXT]
    if not value.isprintable():
        value = _ILLEGAL.sub("", value)
    return escape(value) if "&" in value or "<" in value or ">" in value else value
