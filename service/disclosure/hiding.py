"""What of a row is hidden, and why its own numbers ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.disclosure.rules import PLACES, Reason, Rules, why_small, why_telling
from service.disclosure.safe_table import ALL, Counted, Key, RawTable


@dataclass(frozen=True, kw_only=True)
class Hide:
    """What of a row is hidden."""

    n: bool
    d: bool


Decisions = dict[Key, Hide]


class Unprotectable(Exception):  # noqa: N818 - a verdict, not an error
    """No set of hidden cells protects the level of these dimensions."""

    def __init__(self, dimensions: Sequence[str]) -> None:
        super().__init__(", ".join(dimensions))
        self.dimensions = tuple(dimensions)


class GaveUp(Exception):  # noqa: N818 - a verdict, not an error
    """The audit did not come to an end: nobody may say that the table holds."""


Codes = frozenset[tuple[str, str]]
"""A cell by what it is about, in whichever table it stands."""


def codes(by: Sequence[str], key: Key) -> Codes:
    return frozenset((n, part) for n, part in zip(by, key, strict=True) if part is not ALL)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What was decided for another reader, or beside another table, and binds here: cells that are
    hidden."""

    n: frozenset[Codes] = frozenset()
    d: frozenset[Codes] = frozenset()

    def and_also(self, more: Orders) -> Orders:
        return Orders(n=self.n | more.n, d=self.d | more.d)


def why_hidden(table: RawTable, key: Key, cell: Counted, rules: Rules) -> Reason | None:
    """Why this numerator may not be shown, its neighbours aside."""
    base = None if table.base is None else table.base.get(table.base_key(key))
    if cell.persons == 0 and table.base is not None and not (base and base.persons):
        return None
    if is_small_place(table, key, rules):
        return Reason.SMALL_PLACE
    small = why_small(cell, rules)
    if small or table.base is None:
        return small
    return why_telling(cell.persons, base.persons if base else 0, rules)


def is_small_place(table: RawTable, key: Key, rules: Rules) -> bool:
    """A district with too few persons, whatever else the row is about."""
    part = {n: code for n, code in zip(table.by, key, strict=True) if n in PLACES[1:]}
    if not rules.min_district or not any(part.values()):
        return False
    whole = tuple(code if name in PLACES else ALL for name, code in zip(table.by, key, strict=True))
    found = (table.cells if table.base is None else table.base).get(whole)
    return (found.different if found else 0) < rules.min_district
