"""What pyxform says of a workbook -> a mistake with its cell, in words, with the way to mend it.

A message that no line of the table knows is passed on as it is, with the place it names.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from service.forms.mistakes import Mistake, Words, mistake
from service.forms.pyxform_lists import OF_LISTS
from service.forms.pyxform_messages import KNOWN, OTHER, Known
from service.forms.sheets import Place, Sheets

_ROW = re.compile(r"\[row : (\d+)\]\s*")
_ON_SHEET = re.compile(r"On the '(\w+)' sheet, the '([^']+)' value")
_READ_MORE = re.compile(r"\s*Learn more: \S+")


def explain(message: str, sheets: Sheets) -> Mistake:
    """The mistake that pyxform's `message` tells of."""
    for known in (*OF_LISTS, *KNOWN):
        found = re.search(known.pattern, message, re.DOTALL)
        if found:
            value = found.groupdict().get("value") or ""
            place = _place(known, message, value, sheets)
            return _said(known, value, place)
    text = _READ_MORE.sub("", _ROW.sub("", message)).strip().splitlines()[0]
    return _said(OTHER, text, _place(None, message, "", sheets))


def _said(known: Known, value: str, place: Place) -> Mistake:
    return mistake(
        Words(en=known.says.en.format(value=value), km=known.says.km.format(value=value)),
        Words(en=known.fix.en.format(value=value), km=known.fix.km.format(value=value)),
        **asdict(place),
    )


def _place(known: Known | None, message: str, value: str, sheets: Sheets) -> Place:
    row_found, on_sheet = _ROW.search(message), _ON_SHEET.search(message)
    sheet = known.sheet if known else "survey"
    column = known.column if known else "type"
    if on_sheet:
        sheet, column = on_sheet[1], re.split("[: ]", on_sheet[2])[0]
    row = int(row_found[1]) if row_found else None
    if row is None and known is not None and known.find:
        row = sheets.find_row(sheet, known.find, value)
    if row is None and known is not None and known.starts:
        row = sheets.find_row(sheet, column, known.starts)
    if row is None and row_found is None and known is None:
        return Place()
    return sheets.place(sheet, row, column, value)
