"""Sheets as they are printed: Khmer that is read back, codes that machines read, nothing beside the
paper; and what a sheet may go through."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ContentStream

from service.treaty import custody, paper
from service.treaty.custody import AFTER, Step
from service.treaty.paper import Printed, Text

KHMER = "គ្រាប់បែកចង្កោមបង្កគ្រោះថ្នាក់ដល់មនុស្ស។ ខ្ញុំគាំទ្រសន្ធិសញ្ញានេះ។"
TEXT = Text(
    title={"en": "People's Treaty 2026", "km": "សន្ធិសញ្ញាប្រជាជន ២០២៦"},
    version="km-1",
    statement={"km": KHMER, "en": "#let x = 1 *I support* the treaty $ { ] and <all> of \\it."},
)
A4 = (595.28, 841.89)


def printed(lines: int = 12, sheets: int = 2, language: str = "km", text: Text = TEXT) -> PdfReader:
    codes = [f"7K3M-9QRT-04XW-JB{at:02}" for at in range(lines)]
    those = [Printed(number=f"pt2026-{at:05}", codes=codes) for at in range(1, sheets + 1)]
    made = paper.make(text, those, language=language, address="samleng.org/treaty/battambang")
    return PdfReader(io.BytesIO(made))


def words(page: Any) -> str:
    """What the letters of a page say. A cluster of Khmer letters drawn with several glyphs says
    itself once (`ActualText`), or once for each of them: then the others are passed over."""
    fonts = {name: _letters(font) for name, font in page["/Resources"]["/Font"].items()}
    said, font, inside = list[str](), dict[str, str](), list[bool]()
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"Tf":
            font = fonts[operands[0]]
        elif operator == b"BDC":
            actual = operands[1].get("/ActualText") if isinstance(operands[1], dict) else None
            inside.append(actual is not None)
            said += [] if actual is None or _is_repeated(actual, said) else [actual]
        elif operator == b"EMC":
            inside.pop()
        elif operator in (b"Tj", b"TJ") and not any(inside):
            for text in _shown(operands[0], font):
                if not _is_repeated(text, said):
                    said.append(text)
    return "".join(said)


def _is_repeated(text: str, said: list[str]) -> bool:
    return len(text) > 1 and [text] == said[-1:]


def _letters(font: Any) -> dict[str, str]:
    told = font.get_object()["/ToUnicode"].get_object().get_data().decode()
    pairs = re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", told)
    return {glyph: bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}


def _shown(operand: Any, font: dict[str, str]) -> list[str]:
    runs = operand if isinstance(operand, list) else [operand]
    raw = b"".join(one.original_bytes for one in runs if hasattr(one, "original_bytes"))
    return [font.get(raw[at : at + 2].hex().upper(), "") for at in range(0, len(raw), 2)]


def spots(page: Any) -> list[tuple[float, float]]:
    """Where letters stand, in points."""
    found, at = list[tuple[float, float]](), (0.0, 0.0)
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:
        if operator == b"cm":
            at = (float(operands[4]), float(operands[5]))
        elif operator == b"Tm":
            found.append((at[0] + float(operands[4]), at[1]))
    return found


@pytest.mark.parametrize("language", ["km", "en"])
def test_khmer_on_a_sheet_is_read_back_as_it_was_written(language: str) -> None:
    said = words(printed(language=language).pages[0]).replace(" ", "")
    assert KHMER.replace(" ", "") in said
    assert TEXT.title[language].replace(" ", "") in said
    assert paper.WORDS["consent"][language].replace(" ", "") in said
    assert TEXT.statement["en"].replace(" ", "") in said  # typed, never markup


@pytest.mark.parametrize("lines", [1, 12, 40])
def test_nothing_stands_beside_the_paper_and_each_sheet_begins_a_page(lines: int) -> None:
    long = {"km": KHMER * 8, "en": "I support it. " * 40}
    reader = printed(lines, text=dataclasses.replace(TEXT, statement=long))
    assert len(reader.pages) == (2 if lines <= 12 else 6)
    for page in reader.pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx(A4, abs=1)
        assert all(20 < x < A4[0] - 20 and 15 < y < A4[1] - 15 for x, y in spots(page))


def test_every_line_has_its_code_in_letters_and_in_a_picture() -> None:
    [page, _] = printed(lines=3).pages
    assert words(page).count("7K3M-9QRT-04XW-JB") == 3
    drawn = paper._qr("7K3M-9QRT-04XW-JB00")
    assert drawn.count("<path") == 1


def test_a_sheet_goes_on_only_as_paper_does() -> None:
    assert AFTER.keys() == {*Step}
    allowed = {(one, other) for one, others in AFTER.items() for other in others}
    assert (Step.ISSUED, Step.KEYED) not in allowed
    assert (Step.KEYED, Step.CHECKED) not in allowed  # not by one person
    assert (Step.LOST, Step.CHECKED) not in allowed
    assert all((one, Step.RETURNED) in allowed for one in Step)


def test_a_sheet_that_was_issued_here_adds_up_when_it_is_checked_and_as_it_came_back() -> None:
    for step, returned, declared in itertools.product(Step, (None, 2, 3), (None, 2, 3)):
        holds = step is Step.CHECKED and returned == declared and returned is not None
        assert custody.adds_up(step, returned, declared) is holds
