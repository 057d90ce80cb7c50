"""What was decided of two visits: verdicts, which of them join, and what follows from all of them.

A file is the visits that verdicts of today join, directly or through others. It is computed, never
written: whoever takes a verdict back has the files of before, exactly.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import TypeVar

Visit = TypeVar("Visit")


class Verdict(enum.StrEnum):
    """The last word on a pair. No word at all: it is open."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    APART = "apart"
    """They were the same, and somebody took that back."""
    AGAIN = "again"
    """An edit put other words where the person stood: whatever was decided is to be looked at
    again."""


GIVEN = (Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE)
"""What somebody can answer."""


def together(links: Iterable[tuple[Visit, Visit]]) -> dict[Visit, frozenset[Visit]]:
    """Each visit that is joined to another, to all of its file."""
    found: dict[Visit, set[Visit]] = {}
    for one, other in links:
        held = found.setdefault(one, {one})
        more = found.setdefault(other, {other})
        if held is not more:
            held |= more
            found |= dict.fromkeys(more, held)
    frozen = {id(held): frozenset(held) for held in found.values()}
    return {visit: frozen[id(held)] for visit, held in found.items()}


def links(verdicts: Mapping[tuple[Visit, Visit], Verdict]) -> list[tuple[Visit, Visit]]:
    """Those pairs that are joined."""
    return [pair for pair, verdict in verdicts.items() if verdict is Verdict.SAME]


def contradicted(
    verdicts: Mapping[tuple[Visit, Visit], Verdict],
) -> list[tuple[Visit, Visit]]:
    """Pairs that were called different, and stand in one file all the same, because both are the
    same as others: somebody erred."""
    files = together(links(verdicts))
    return [
        (one, other)
        for (one, other), verdict in verdicts.items()
        if verdict is Verdict.DIFFERENT and other in files.get(one, ())
    ]
