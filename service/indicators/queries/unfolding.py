"""Rows that name several codes, as one row for each code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from service.facts.scopes import CODES_ALONE, scopes_of
from service.indicators.columns import Row
from service.indicators.layout import LAYOUT, SEPARATOR
from service.indicators.measures import Kind
from service.indicators.queries.selecting import SOURCES


def unfolded(kind: Kind, rows: Sequence[Any]) -> Sequence[Row]:
    """Where a row names several: one for each, and of one person each once."""
    if SOURCES[kind].unfolds is None:
        return rows
    first = next(iter(LAYOUT[kind]))
    at = 1 + 6 + list(LAYOUT[kind]).index("what" if "what" in LAYOUT[kind] else first)
    found: list[Row] = []
    seen: set[tuple[int, str]] = set()
    of = None
    for row in rows:
        if row[0] != of:
            of, seen = row[0], set()
        for code in _codes_in(kind, row[-1]):
            if (row[-2], code) not in seen:
                seen.add((row[-2], code))
                what = f"{code}{SEPARATOR}{row[at]}" if row[at] else code
                found.append((*row[:at], what, *row[at + 1 : -2]))
    return found


def _codes_in(kind: Kind, named: Any) -> Iterable[str]:
    if kind is Kind.SCOPE:
        return _scopes(named & ~CODES_ALONE)
    return _listed(named) if named else ()


@lru_cache(maxsize=10_000)
def _scopes(named: int) -> tuple[str, ...]:
    return tuple(sorted(scopes_of(named)))


@lru_cache(maxsize=10_000)
def _listed(text: str) -> tuple[str, ...]:
    """Of a column of several codes as text: few lists are told by many."""
    return tuple(sorted({str(code) for code in msgspec.json.decode(text) or ()}))
