"""Cells that a spreadsheet would run as formulas, made harmless.

A phone number that begins with "+" or a plain negative number stays what it is. Everything else
that begins (after spaces and signs that nobody sees) with a sign that starts a formula, or with a
tab or a line break, gets an apostrophe in front, which spreadsheets take for "this is text"; so
does what would begin a cell where another sign than the comma parts them.
"""

from __future__ import annotations

import re
import unicodedata

_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
"""The wide forms too: some spreadsheets read them as the narrow ones."""
_PARTS = frozenset(";\t\r\n")
"""Where Excel's list separator is `;` or a tab, a cell ends at each, and quotes that began inside
of it hold no line breaks together."""
_AFTER_PART = re.compile(r"(?P<part>[;\t\r\n][\s\"']*)(?P<rest>[=+\-@＝＋－＠][^;\t\r\n]*)")
_PLAIN_NUMBER = re.compile(r"[+-]?(?:\d[\d \u00a0]*|\d*[.,]\d+|\d+[.,]\d*)(?:[eE][+-]?\d+)?")


def neutral(cell: str) -> str:
    """The cell, with an apostrophe in front if a spreadsheet would run it."""
    if not cell:
        return cell
    if not _PARTS.isdisjoint(cell):
        cell = cell[0] + _AFTER_PART.sub(_quoted, cell[1:])
    if cell[0].isalnum():
        return cell  # nearly all
    return f"'{cell}" if _would_run(cell) else cell


def _quoted(found: re.Match[str]) -> str:
    is_number = _PLAIN_NUMBER.fullmatch(found["rest"].strip()) is not None
    return found[0] if is_number else f"{found['part']}'{found['rest']}"


def _would_run(cell: str) -> bool:
    for sign in cell:
        if sign in _STARTS:
            return _PLAIN_NUMBER.fullmatch(cell.strip()) is None or cell[0] in "\t\r\n"
        if not (sign.isspace() or sign in "\"'" or unicodedata.category(sign) in ("Cf", "Cc")):
            return False
    return False
