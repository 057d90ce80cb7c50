"""What goes back to a commune, on paper: large letters, few words. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from importlib import resources

from service.dialogue.feedback import TITLES, Feedback
from service.foundation.formats import pdf


class Paper(enum.StrEnum):
    A5 = "a5"
    A4 = "a4"


def make(
    told: Feedback,
    paper: Paper,
    languages: Sequence[str],
    *,
    inside: Mapping[str, str],
    foot: Mapping[str, str],
) -> bytes:
    """A page or more for each language. `inside`: what is said where it is not to be posted; "" for
    nothing. The same for the same."""
    template = resources.files("service.dialogue").joinpath("sheet.typ").read_bytes()
    parts = [
        {
            "language": language,
            "name": told.name[language],
            "around": told.around[language],
            "inside": inside[language],
            "foot": foot[language],
            "blocks": [
                {
                    "title": TITLES[part][language],
                    "lines": [one[language] for one in getattr(told, part)],
                }
                for part in TITLES
            ],
        }
        for language in languages
    ]
    return pdf.make(template, {"paper": paper.value, "parts": parts})
