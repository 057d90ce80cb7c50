"""What data are pulled out for. Pure. Which answers that opens says `review.classes`."""

from __future__ import annotations

from dataclasses import dataclass

from service.facts.scopes import Purpose
from service.review.classes import OPENED

UNKNOWN = "analysis by client"
"""Of a program that says nothing: Excel and pyodk know no purposes."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody says that they pull data out for. `label` goes to the log."""

    purpose: Purpose
    label: str


def read(word: str) -> Told | None:
    """None: no purpose that is known here. Nothing said: a look at it for the team's work."""
    if word in ("", UNKNOWN):
        return Told(purpose=Purpose.WORK, label=UNKNOWN)
    try:
        purpose = Purpose(word)
    except ValueError:
        return None
    return Told(purpose=purpose, label=word) if purpose in OPENED else None
