"""The child process that converts one workbook: standard input -> JSON on standard output.

Run as a script with `python -I`, so it imports nothing of this project: only pyxform. A workbook
that makes the libraries loop or grow ends here, and not in the server. (pyxform writes the form
to a temporary file on its way: the parent points TMPDIR to a directory that it removes.)
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

MAX_MEMORY = 512 * 1024 * 1024
MAX_CPU_S = 20
MAX_XML = 8 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 80
MAX_TEXT = 500
_REFUSED_EVENTS = ("socket.", "subprocess.", "os.exec", "os.fork", "os.system", "os.posix_spawn")


def confine() -> None:
    """Limits, and no way out: no network, no further process."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MAX_XML, 2 * MAX_XML))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(event)


def convert(workbook: bytes) -> dict[str, Any]:
    """`xml`, `itemsets` and `warnings`; or `error`. The cells of both go along as `sheets`."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as pyxform_convert

    warnings: list[str] = []
    try:
        made = pyxform_convert(workbook, warnings=warnings, file_type=".xlsx", validate=False)
    except PyXFormError as error:
        return {"error": str(error), "sheets": cells(workbook)}
    if len(made.xform.encode("utf-8")) > MAX_XML:
        return {"error": "too large", "sheets": {}}
    sheets = cells(workbook, without=("choices", "external_choices"))
    return {
        "xml": made.xform,
        "itemsets": made.itemsets,
        "warnings": warnings,
        "sheets": sheets,
    }


def cells(workbook: bytes, without: tuple[str, ...] = ()) -> dict[str, list[list[str]]]:
    """Sheet name to rows of cell texts, header first, rows as the spreadsheet counts them."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(workbook), read_only=True, data_only=True)
    return {
        sheet.title: [
            ["" if cell is None else str(cell)[:MAX_TEXT] for cell in row]
            for row in sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
        ]
        for sheet in book.worksheets
        if sheet.title.casefold() not in without
    }


def main() -> None:
    workbook = sys.stdin.buffer.read()
    confine()
    try:
        answer = convert(workbook)
    except MemoryError:
        answer = {"crash": "memory"}
    except Exception as error:
        answer = {"crash": type(error).__name__}
    sys.stdout.buffer.write(json.dumps(answer).encode("utf-8"))


if __name__ == "__main__":
    main()
