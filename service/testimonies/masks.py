"""Words that are masked in a text, over an original that nobody changes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MASK = "[…]"
Span = Sequence[int]
"""Where it begins, and where it ends (exclusive), in characters."""


def spans(text: str, words: str) -> list[list[int]]:
    """Every place where these words stand."""
    found: list[list[int]] = []
    at = text.find(words) if words else -1
    while at >= 0:
        found.append([at, at + len(words)])
        at = text.find(words, at + len(words))
    return found


def shown(text: str, masked: Iterable[Span]) -> str:
    """The text as it may be read. Spans that touch are one mask."""
    joined: list[list[int]] = []
    for begins, ends in sorted((span[0], span[1]) for span in masked):
        if joined and begins <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], ends)
        else:
            joined.append([begins, ends])
    pieces, at = [], 0
    for begins, ends in joined:
        pieces += [text[at:begins], MASK]
        at = ends
    return "".join([*pieces, text[at:]])
