"""Where the words of a PDF stand: a box for each run of signs, in points from the lower left, by
the page's own operators and the widths in its fonts (PDF 32000-1 §9.4.4, §9.7.4.3)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ContentStream

from tests.pdf_words import glyphs, letters

Matrix = tuple[float, float, float, float, float, float]
UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Box:
    """A run: where its baseline begins and ends, and how large its letters are."""

    page: int
    left: float
    right: float
    baseline: float
    size: float
    words: str
    """As the font's table reads the signs: right for Latin letters and digits alone."""


@dataclass(frozen=True, kw_only=True)
class Page:
    width: float
    height: float
    boxes: tuple[Box, ...]


def pages_of(pdf: bytes) -> list[Page]:
    reader = PdfReader(io.BytesIO(pdf))
    return [
        Page(
            width=float(page.mediabox.width),
            height=float(page.mediabox.height),
            boxes=tuple(_boxes(reader, page, number)),
        )
        for number, page in enumerate(reader.pages, 1)
    ]


def _boxes(reader: PdfReader, page: Any, number: int) -> Iterator[Box]:
    fonts = {name: font.get_object() for name, font in page["/Resources"].get("/Font", {}).items()}
    widths = {name: _widths(font) for name, font in fonts.items()}
    read = {name: letters(font) for name, font in fonts.items()}
    here, kept = UNIT, []
    text, font, size = UNIT, "", 0.0
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator == b"q":
            kept.append(here)
        elif operator == b"Q":
            here = kept.pop()
        elif operator == b"cm":
            here = _times(_matrix(operands), here)
        elif operator == b"Tf":
            font, size = operands[0], float(operands[1])
        elif operator == b"Tm":
            text = _matrix(operands)
        elif operator == b"Td":
            text = _times((1.0, 0.0, 0.0, 1.0, float(operands[0]), float(operands[1])), text)
        elif operator in (b"Tj", b"TJ"):
            drawn = operands[0] if operator == b"TJ" else operands
            long = _length(drawn, widths[font])
            placed = _times(text, here)
            scale = placed[0]
            yield Box(
                page=number,
                left=placed[4],
                right=placed[4] + long / 1000 * size * scale,
                baseline=placed[5],
                size=size * abs(placed[3]),
                words=_read(drawn, read[font]),
            )


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(one) for one in operands)
    return (a, b, c, d, e, f)


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def _widths(font: Any) -> dict[int, float]:
    """Sign -> thousandths of the letter's size."""
    inner = font["/DescendantFonts"][0].get_object()
    told = [one.get_object() if hasattr(one, "get_object") else one for one in inner.get("/W", [])]
    found: dict[int, float] = {}
    at = 0
    while at < len(told):
        first = int(told[at])
        if isinstance(told[at + 1], list):
            found |= {first + n: float(width) for n, width in enumerate(told[at + 1])}
            at += 2
        else:
            found |= dict.fromkeys(range(first, int(told[at + 1]) + 1), float(told[at + 2]))
            at += 3
    return found


def _read(drawn: Any, letters: dict[int, str]) -> str:
    runs = [one for one in drawn if not isinstance(one, int | float)]
    return "".join(letters.get(glyph, "") for one in runs for glyph in glyphs(one))


def _length(drawn: Any, widths: dict[int, float]) -> float:
    total = 0.0
    for one in drawn:
        if isinstance(one, int | float):
            total -= float(one)
        else:
            total += sum(widths.get(glyph, 0.0) for glyph in glyphs(one))
    return total
