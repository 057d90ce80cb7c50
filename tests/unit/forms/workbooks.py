"""XLSForm workbooks for tests, made from rows."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl

Rows = Sequence[Sequence[object]]

HEADER = ("type", "name", "label::ខ្មែរ (km)", "constraint", "relevant", "calculation")
CHOICES: Rows = (
    ("list_name", "name", "label::ខ្មែរ (km)"),
    ("yn", "yes", "បាទ/ចាស"),
    ("yn", "no", "ទេ"),
)
SETTINGS: Rows = (
    ("form_title", "form_id", "version", "auto_delete", "namespaces"),
    ("តម្រូវការ", "needs", "1", "true", 'samleng="https://samleng.org/xforms"'),
)


def workbook(**sheets: Rows) -> bytes:
    """A workbook with these sheets, in this order."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def form(*questions: Sequence[object], choices: Rows = CHOICES, settings: Rows = SETTINGS) -> bytes:
    """A workbook with these rows below the header of its survey sheet."""
    return workbook(survey=[HEADER, *questions], choices=choices, settings=settings)
