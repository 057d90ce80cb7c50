"""The words of a PDF: where a cluster of signs has a text of its own (`ActualText`, PDF 32000-1
§14.9.4), that, which pypdf's own extraction passes over. Typst gives the text of a cluster to each
sign of it that is drawn higher or lower than the line; here it counts once."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject

_PAIR = re.compile(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_RANGE = re.compile(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")


def words_of(pdf: bytes) -> str:
    """All of it, without a blank or a line's end."""
    reader = PdfReader(io.BytesIO(pdf))
    return "".join(_pieces(page, reader) for page in reader.pages).replace(" ", "")


def _pieces(page: Any, reader: PdfReader) -> str:
    fonts = {name: letters(font.get_object()) for name, font in _fonts(page)}
    said_by: dict[int, str] = {}
    spans: list[str] = []
    said = ""
    is_first = False
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        pieces: list[str] = []
        if operator == b"BT":
            is_first = True
        elif operator in (b"BDC", b"BMC"):
            of = operands[1] if operator == b"BDC" else None
            spans.append(str(of.get("/ActualText", "")) if isinstance(of, DictionaryObject) else "")
            pieces = [spans[-1]]
        elif operator == b"EMC":
            spans.pop()
        elif operator == b"Tf":
            said_by = fonts[operands[0]]
        elif operator in (b"Tj", b"TJ") and not any(spans):
            drawn = operands[0] if operator == b"TJ" else operands
            pieces = [
                said_by.get(glyph, "")
                for one in drawn
                if not isinstance(one, int | float)
                for glyph in glyphs(one)
            ]
        for piece in filter(None, pieces):
            is_again = is_first and len(piece) > 1 and said.endswith(piece)
            said += "" if is_again else piece
            is_first = False
    return said


def _fonts(page: Any) -> Iterator[tuple[str, Any]]:
    yield from page["/Resources"].get("/Font", {}).items()


def letters(font: Any) -> dict[int, str]:
    """Glyph -> text, by the font's table."""
    table = font["/ToUnicode"].get_data().decode("latin-1")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {int(a, 16): _text(b) for a, b in _PAIR.findall(block)}
    for block in re.findall(r"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, text in _RANGE.findall(block):
            for at in range(int(first, 16), int(last, 16) + 1):
                found[at] = chr(int(text, 16) + at - int(first, 16))
    return found


def _text(hexadecimal: str) -> str:
    return bytes.fromhex(hexadecimal).decode("utf-16-be")


def glyphs(one: Any) -> Iterator[int]:
    raw = one.original_bytes if hasattr(one, "original_bytes") else bytes(one)
    yield from (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
