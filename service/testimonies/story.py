"""A text on paper, as it may be published: nothing of whoever made the file is in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources

from service.foundation.formats import pdf


def make(parts: Sequence[Mapping[str, str]]) -> bytes:
    """Of each language: `language`, `title`, `words`, `by`, `promise`. The same for the same."""
    template = resources.files("service.testimonies").joinpath("story.typ").read_bytes()
    told = [
        {**part, "words": [line for line in part["words"].splitlines() if line.strip()]}
        for part in parts
    ]
    return pdf.make(template, {"parts": told})
