"""Grouped counts -> a raw table with every margin. Pure.

All people of one visit share its place and its date, so persons *and* households add up over
those; over sex, age, need … persons may add but households do not (a household has several
people), so there each margin comes from a grouping of its own. Where households were visited
again, they add up over places alone.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from service.disclosure.rules import NESTED
from service.disclosure.safe_table import ALL, Counted, Key
from service.indicators.layout import OF_HOUSEHOLD


@dataclass(slots=True)
class Group:
    """One row of a grouping: codes of the dimensions grouped by, in the order of `Grouping.by`."""

    codes: tuple[str, ...]
    persons: int
    households: int | None
    """Exact while few; where there are plenty, how many visits. None: not what it rests on."""
    people: int | None = None
    """At least so many different ones are among `persons`, where that is few; None: they all are,
    or there are plenty."""


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Everything counted, grouped by some of a table's dimensions; total over the others."""

    by: tuple[str, ...]
    groups: Sequence[Group]


def fold(
    by: tuple[str, ...], groupings: Iterable[Grouping], shared: frozenset[str] = OF_HOUSEHOLD
) -> dict[Key, Counted]:
    """Cells and margins of the table `by`. `shared`: dimensions over which households add up. Needs
    a grouping for each set of the others that is to be a margin."""
    persons: dict[Key, int] = defaultdict(int)
    people: dict[Key, int] = defaultdict(int)
    households: dict[Key, int | None] = {}
    for grouping in groupings:
        size = len(grouping.groups)
        told = list(zip(*(group.codes for group in grouping.groups), strict=True))
        columns = dict(zip(grouping.by, told, strict=True)) if size else {}
        for names in _kept(by, grouping.by, shared) if size else ():
            parts = [columns[name] if name in names else repeat(ALL, size) for name in by]
            keys: Iterable[Key] = zip(*parts, strict=True) if by else repeat((), size)
            for key, group in zip(keys, grouping.groups, strict=True):
                persons[key] += group.persons
                people[key] += group.persons if group.people is None else group.people
                more, before = group.households, households.get(key, 0)
                households[key] = None if more is None or before is None else before + more
    return {
        key: Counted(
            persons=n,
            people=None if people[key] == n else people[key],
            households=households[key],
        )
        for key, n in persons.items()
        if n
    }


def _kept(
    by: tuple[str, ...], grouped: tuple[str, ...], shared: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Sets of dimensions that stay coded: all that are not shared, any of the shared ones, and an
    inner place or time never without the outer one."""
    personal = frozenset(name for name in grouped if name not in shared)
    adds = [name for name in grouped if name in shared]
    for size in range(len(adds) + 1):
        for chosen in itertools.combinations(adds, size):
            names = personal | frozenset(chosen)
            if all(NESTED[name] in names for name in chosen if NESTED.get(name) in by):
                yield names
