"""Pages for paper: Typst shapes Khmer and breaks its lines. What is told goes in as data, never as
part of the template, so nothing that somebody typed is ever markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.foundation import turns

PDF = "application/pdf"
FONTS = Path(__file__).with_name("fonts")
"""Noto Sans Khmer, with Latin letters (SIL Open Font License)."""


def make(template: bytes, told: Mapping[str, Any]) -> bytes:
    """The document. `told` is JSON under `sys.inputs.told`. Some 20 ms a page, in which nobody
    else waits for the turn to compute: and so no transaction may be open around it (a test sees to
    that), or on SQLite every phone would wait."""
    import typst  # by whoever prints: 40 MB of memory that other processes never need

    with turns.aside():
        made: object = typst.compile(  # type: ignore[misc]  # of its own stub
            template,
            sys_inputs={"told": json.dumps(told, ensure_ascii=False)},
            font_paths=[FONTS],
            ignore_system_fonts=True,
        )
    if not isinstance(made, bytes):
        raise TypeError("several documents")
    return made
