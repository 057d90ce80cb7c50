"""Grouped counts -> a raw table with every margin. Pure.

SQL groups by the codes of a cell and by who collected it. All people of one visit share its place,
its date and its collector, so persons *and* households add up over those; over sex, age, need …
persons may add but households do not (a household has several people), so there each margin comes
from a grouping of its own.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.disclosure.safe_table import ALL, Counted, Key
from service.indicators.catalogue import INSIDE, OF_HOUSEHOLD

MONTHS_A_QUARTER = 3


@dataclass(frozen=True, kw_only=True)
class Group:
    """One row of a grouping: codes of the dimensions grouped by, in the order of `Grouping.by`."""

    codes: tuple[str, ...]
    submitter_id: int | None
    persons: int
    households: int


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """Everything counted, grouped by some of a table's dimensions; total over the others."""

    by: tuple[str, ...]
    groups: Sequence[Group]


def fold(
    by: tuple[str, ...], groupings: Iterable[Grouping], has_households: bool
) -> dict[Key, Counted]:
    """Cells and margins of the table `by`. Needs a grouping for each set of personal dimensions
    (those not in OF_HOUSEHOLD) that is to be a margin."""
    cells: dict[Key, Counted] = {}
    for grouping in groupings:
        sums = _sums(by, grouping)
        for key, of_collector in sums.items():
            persons = sum(n for n, _ in of_collector.values())
            households = sum(h for _, h in of_collector.values())
            if persons:
                cells[key] = Counted(
                    persons=persons,
                    households=households if has_households else None,
                    largest_share=max(n for n, _ in of_collector.values()) / persons,
                )
    return cells


Sums = dict[Key, dict[int | None, tuple[int, int]]]


def _sums(by: tuple[str, ...], grouping: Grouping) -> Sums:
    """{key: {collector: (persons, households)}} for all margins over household dimensions."""
    sums: Sums = defaultdict(dict)
    kept = list(_kept(by, grouping.by))
    for group in grouping.groups:
        codes = dict(zip(grouping.by, group.codes, strict=True))
        for names in kept:
            key = tuple(codes[name] if name in names else ALL for name in by)
            n, h = sums[key].get(group.submitter_id, (0, 0))
            sums[key][group.submitter_id] = (n + group.persons, h + group.households)
    return sums


def _kept(by: tuple[str, ...], grouped: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Sets of dimensions that stay coded: all personal ones, any of the household's, and an inner
    place never without the outer one."""
    personal = frozenset(name for name in grouped if name not in OF_HOUSEHOLD)
    shared = [name for name in grouped if name in OF_HOUSEHOLD]
    for size in range(len(shared) + 1):
        for chosen in itertools.combinations(shared, size):
            names = personal | frozenset(chosen)
            if all(INSIDE.get(name, name) in names for name in chosen if INSIDE.get(name) in by):
                yield names


def of_quarter(month: str) -> str:
    """ "2026-05" -> "2026-Q2"."""
    year, number = month.split("-")
    return f"{year}-Q{(int(number) - 1) // MONTHS_A_QUARTER + 1}"


def of_time(grain: str, month: str) -> str:
    """The code of a month in the grain: month, quarter or year."""
    return {"month": month, "quarter": of_quarter(month), "year": month[:4]}[grain]
