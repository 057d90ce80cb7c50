"""A period cut out of a table by time.

Figures of two periods can be subtracted from each other, so no period is counted by itself: each
is the sum of years, quarters and months out of one table that was protected as a whole, and
hidden where a part of it is. Whoever has all periods knows no more than that table tells.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from service.disclosure.hiding import Decisions, Hide
from service.disclosure.rules import TIMES
from service.disclosure.safe_table import ALL, Counted, Key, RawTable

Unit = tuple[str, ...]
"""A year, a quarter or a month, with what it lies in: ("2026", "2026-Q2", "2026-05")."""
GRAINS = ("year", "quarter", "month")
MONTHS = {"year": 12, "quarter": 3, "month": 1}


def path(month: str, grain: str = "month") -> Unit:
    """The unit of this grain in which a month ("2026-05") lies."""
    year, number = month[:4], int(month[5:])
    whole = (year, f"{year}-Q{(number + 2) // 3}", month)
    return whole[: GRAINS.index(grain) + 1]


def units_of(
    start: dt.date | None, end: dt.date | None, months: Iterable[str], grains: Sequence[str]
) -> tuple[Unit, ...]:
    """The fewest units that make up a period, of those in which there is a month on record."""
    found: dict[Unit, None] = {}
    for month in sorted(set(months)):
        for grain in (one for one in GRAINS if one in grains):
            unit = path(month, grain)
            first, after = _ends(unit)
            if (start is None or start <= first) and (end is None or after <= _next_day(end)):
                found[unit] = None
                break
    return tuple(found)


def finest(grains: Iterable[str]) -> str:
    """The shortest of these."""
    return max(grains, key=GRAINS.index)


def lies_in(month: str, units: Iterable[Unit]) -> bool:
    whole = path(month)
    return any(whole[: len(unit)] == unit for unit in units)


def only_inside(table: RawTable, units: Sequence[Unit]) -> RawTable:
    """The table without quarters of years, and months of quarters, that the period takes whole or
    not at all: they are decided apart from each other."""
    at = [table.by.index(name) for name in GRAINS if name in table.by]
    opened: set[Unit] = {()} | {unit[:depth] for unit in units for depth in range(len(unit))}

    def is_needed(key: Key) -> bool:
        whole = tuple(part for n in at if (part := key[n]) is not ALL)
        return whole[:-1] in opened or not whole

    def kept(cells: Mapping[Key, Counted]) -> dict[Key, Counted]:
        return {key: cell for key, cell in cells.items() if is_needed(key)}

    base = None if table.base is None else kept(table.base)
    return replace(table, cells=kept(table.cells), base=base)


def cut(table: RawTable, decided: Decisions, units: Sequence[Unit]) -> tuple[RawTable, Decisions]:
    """The table of these units alone. A cell over several is hidden if one of them is. Times that
    were not asked for go."""
    at = [table.by.index(name) for name in GRAINS if name in table.by]
    if not at:  # not even years could be told apart: the period tells nothing
        nobody: Key = (ALL,) * len(table.by)
        return table, {nobody: Hide(n=True, d=True)}
    keep = [n for n, name in enumerate(table.by) if name not in TIMES or name in _asked(table)]
    keys: dict[Key, list[Key]] = defaultdict(list)
    every = {*table.cells, *(table.base or {}), *decided}
    for whole in sorted({_at_time(key, at, ()) for key in every}, key=str):
        for key, parts in _parts(whole, at, units, [n for n in at if n in keep]):
            keys[tuple(key[n] for n in keep)] += parts
    hidden = {
        key: Hide(
            n=any(decided[one].n for one in parts if one in decided),
            d=any(_hides_base(table, decided, one) for one in parts),
        )
        for key, parts in keys.items()
    }
    small = replace(
        table,
        by=tuple(table.by[n] for n in keep),
        cells=_summed(table.cells, keys),
        base=None if table.base is None else _summed(table.base, keys),
    )
    listed = {
        key: hide
        for key, hide in hidden.items()
        if key in small.cells or hide.n or key in (small.base or {}) or not any(key)
    }
    return small, listed


def _asked(table: RawTable) -> tuple[str, ...]:
    return table.by if table.asked is None else table.asked


def _parts(
    whole: Key, at: list[int], units: Sequence[Unit], explicit: list[int]
) -> Iterator[tuple[Key, list[Key]]]:
    """Keys of the cut table that stand for this one at any time, each with those it is made of."""
    yield whole, [_at_time(whole, at, unit) for unit in units]
    for depth in range(1, len(at) + 1):
        if at[depth - 1] not in explicit:
            continue
        inside: dict[Unit, list[Key]] = defaultdict(list)
        for unit in units:
            for code in _below(unit, depth):
                inside[code].append(_at_time(whole, at, unit if len(unit) >= depth else code))
        for code, parts in inside.items():
            yield _at_time(whole, at, code), parts


def _below(unit: Unit, depth: int) -> list[Unit]:
    """The units of a depth that this one is, lies in, or is made of."""
    if len(unit) >= depth:
        return [unit[:depth]]
    first, after = _ends(unit)
    months = [f"{first.year}-{number:02}" for number in range(first.month, 13)]
    inside = [m for m in months if dt.date(first.year, int(m[5:]), 1) < after]
    return sorted({path(month, GRAINS[depth - 1]) for month in inside})


def _at_time(key: Key, at: list[int], unit: Unit) -> Key:
    changed = list(key)
    for n, place in enumerate(at):
        changed[place] = unit[n] if n < len(unit) else ALL
    return tuple(changed)


def _hides_base(table: RawTable, decided: Decisions, key: Key) -> bool:
    base = table.base_key(key)
    return table.base is not None and base in decided and decided[base].d


def _summed(cells: Mapping[Key, Counted], keys: Mapping[Key, list[Key]]) -> dict[Key, Counted]:
    """Cells of the cut table that are not zero. Households matter no more: what is hidden is
    decided. The share of the busiest collector is already that of the period."""
    sums = {key: sum(cells[one].persons for one in keys[key] if one in cells) for key in keys}
    share = max((c.largest_share for k, c in cells.items() if not any(k)), default=0.0)
    return {
        key: Counted(persons=n, largest_share=0.0 if any(key) else share)
        for key, n in sums.items()
        if n
    }


def _ends(unit: Unit) -> tuple[dt.date, dt.date]:
    """Its first day, and the first day after it."""
    code = unit[-1]
    year, month = int(code[:4]), 1
    if len(unit) > 1:
        month = int(code[6:]) * 3 - 2 if "Q" in code else int(code[5:])
    months = MONTHS[GRAINS[len(unit) - 1]]
    return dt.date(year, month, 1), _after(year, month + months)


def _after(year: int, month: int) -> dt.date:
    return dt.date(year + 1, 1, 1) if month > 12 else dt.date(year, month, 1)


def _next_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)
