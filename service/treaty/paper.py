"""A sheet as it is printed: statement, consent, numbered lines, and a stub with the code of each.
Pure."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import segno

from service.foundation.formats import pdf

WORDS: Mapping[str, Mapping[str, str]] = {
    "sheet": {"en": "Sheet", "km": "ក្រដាសលេខ"},
    "version": {"en": "text", "km": "អត្ថបទ"},
    "consent": {
        "en": "By signing I agree that my name is kept under lock and my signature is counted. "
        "The name is destroyed after delivery. Nobody gets help for signing or loses it for not "
        "signing. Until delivery I can take it back with the code of my stub.",
        "km": "ដោយចុះហត្ថលេខា ខ្ញុំយល់ព្រមឱ្យរក្សាទុកឈ្មោះខ្ញុំក្រោមសោ និងរាប់ហត្ថលេខាខ្ញុំ។ ឈ្មោះនឹងត្រូវលុបចោល"
        "ក្រោយការប្រគល់។ គ្មាននរណាទទួលជំនួយដោយសារចុះហត្ថលេខា ឬបាត់បង់ជំនួយដោយសារមិនចុះទេ។ "
        "មុនការប្រគល់ ខ្ញុំអាចដកវិញបាន ដោយលេខកូដលើក្រដាសហែក។",
    },
    "handed_over": {
        "en": "With the petition this sheet is handed over, in a sealed envelope.",
        "km": "ក្រដាសនេះនឹងត្រូវប្រគល់ជាមួយញត្តិ ក្នុងស្រោមសំបុត្របិទជិត។",
    },
    "day": {"en": "Day", "km": "ថ្ងៃ"},
    "commune": {"en": "Commune", "km": "ឃុំ/សង្កាត់"},
    "village": {"en": "Village", "km": "ភូមិ"},
    "collector": {"en": "Collector", "km": "លេខកូដអ្នកប្រមូល"},
    "witness": {"en": "Witness", "km": "សាក្សី"},
    "declared": {"en": "Filled lines", "km": "ចំនួនបន្ទាត់"},
    "line": {"en": "No.", "km": "ល.រ"},
    "name": {"en": "Name, and village if another", "km": "ឈ្មោះ និងភូមិ បើខុសគ្នា"},
    "sex": {"en": "Sex", "km": "ភេទ"},
    "adult": {"en": "18 or over", "km": "១៨ឡើង"},
    "mark": {"en": "Signature or thumbprint", "km": "ហត្ថលេខា ឬស្នាមមេដៃ"},
    "stub": {"en": "Tear off, and keep", "km": "ហែក ហើយរក្សាទុក"},
    "foot": {
        "en": "Each line is one person with their own mark. Write nothing else on this sheet.",
        "km": "មួយបន្ទាត់សម្រាប់មនុស្សម្នាក់ ដោយស្នាមផ្ទាល់ខ្លួន។ កុំសរសេរអ្វីផ្សេងលើក្រដាសនេះ។",
    },
}
LONG = 600
"""Letters of a statement from which on it is printed smaller."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """What people sign; language -> words."""

    title: Mapping[str, str]
    version: str
    statement: Mapping[str, str]
    hands_over: bool = False
    """The sheet says, where people agree, that it is handed over."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """One sheet: its number, and the code of each line."""

    number: str
    codes: Sequence[str]


def make(text: Text, sheets: Sequence[Printed], *, language: str, address: str) -> bytes:
    """A PDF. `address` is where a code is checked."""
    template = resources.files("service.treaty").joinpath("sheet.typ").read_bytes()
    return pdf.make(template, _told(text, sheets, language, address))


def _told(text: Text, sheets: Sequence[Printed], language: str, address: str) -> dict[str, Any]:
    statements = sorted(text.statement.items(), key=lambda one: one[0] != language)
    words = {key: said[language] for key, said in WORDS.items()}
    if text.hands_over:
        words["consent"] = f"{words['consent']} {words['handed_over']}"
    return {
        "language": language,
        "title": text.title[language],
        "version": text.version,
        "address": address,
        "words": words,
        "statements": [
            {"language": code, "words": words, "size": _size(words, is_first=at == 0)}
            for at, (code, words) in enumerate(statements)
        ],
        "sheets": [
            {
                "number": one.number,
                "qr": _qr(one.number),
                "lines": [
                    {"number": at, "code": code, "qr": _qr(code)}
                    for at, code in enumerate(one.codes, start=1)
                ],
            }
            for one in sheets
        ],
    }


def _size(words: str, *, is_first: bool) -> float:
    """In points: a statement leaves room for people to sign."""
    return (10 if is_first else 8) if len(words) < LONG else (8 if is_first else 6.5)


def _qr(text: str) -> str:
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=1, xmldecl=False)
    return drawn.getvalue().decode()
