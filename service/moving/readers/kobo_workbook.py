"""Kobo's workbook of a form, under the ID and version that its records name. Pure.

`assets/{uid}.xls` is written without either (`kpi/renderers.py: XlsRenderer`, `versioned=False`);
what its settings hold besides is left over from wherever the form came from.
"""

from __future__ import annotations

import io
import zipfile

from service.forms import workbook_checks

_OURS = ("form_id", "id_string", "version", "form_version")
"""Columns of the settings, in the words that XLSForm has for them."""


def named(workbook: bytes, form_id: str, version: str) -> bytes:
    """As it is, where it is no workbook: whoever reads it says so."""
    import openpyxl

    if workbook_checks.find_mistake(workbook):
        return workbook
    try:
        book = openpyxl.load_workbook(io.BytesIO(workbook))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError):
        return workbook
    sheet = book["settings"] if "settings" in book.sheetnames else book.create_sheet("settings")
    names = [cell.value for cell in sheet[1]]
    for number in range(len(names), 0, -1):
        if names[number - 1] in _OURS:
            sheet.delete_cols(number)
    last = max((cell.column for cell in sheet[1] if cell.value is not None), default=0)
    for column, (name, value) in enumerate(
        (("id_string", form_id), ("version", version)), last + 1
    ):
        sheet.cell(1, column, name)
        sheet.cell(2, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
