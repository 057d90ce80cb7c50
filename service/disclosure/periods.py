"""A period cut out of a table by time.

Figures of two periods can be subtracted from each other, so no period is counted by itself: each
is a sum of years, quarters and months out of one table that was protected as a whole, and hidden
where it cannot be had from what that table shows. Whoever has all periods knows no more.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    """The table of these units alone. Times that were not asked for go. A sum over units is
    hidden, unless it can be had from what is shown."""
    at = [table.by.index(name) for name in GRAINS if name in table.by]
    if len(at) < max(map(len, units), default=0):  # such times cannot be told apart
        whole_time: Key = (ALL,) * len(table.by)
        return _nothing_told(table, whole_time), {(): Hide(n=True, d=True)}
    asked = table.by if table.asked is None else table.asked
    depths = [0, *(n for n, name in enumerate(GRAINS, start=1) if name in asked)]
    keep = [n for n, name in enumerate(table.by) if name not in TIMES or name in asked]
    every = {*table.cells, *(table.base or {}), *decided}
    times = _Times({_time_of(key, at) for key in every}, units)
    rows: dict[Key, tuple[Key, Unit]] = {}
    apart = times.told_apart(depths)
    for whole in {_at_time(key, at, ()) for key in every}:
        for time in apart:
            key = _at_time(whole, at, time)
            rows[tuple(key[n] for n in keep)] = (whole, time)

    def n_hides(whole: Key) -> Callable[[Unit], bool]:
        return lambda time: _hides(decided, _at_time(whole, at, time), "n")

    def d_hides(whole: Key) -> Callable[[Unit], bool]:
        return lambda time: _hides(decided, table.base_key(_at_time(whole, at, time)), "d")

    hidden = {
        key: Hide(
            n=not times.tells(time, n_hides(whole)),
            d=table.base is not None and not times.tells(time, d_hides(whole)),
        )
        for key, (whole, time) in rows.items()
    }
    keys = {
        key: [_at_time(whole, at, part) for part in times.parts(time)]
        for key, (whole, time) in rows.items()
    }
    small = replace(
        table,
        by=tuple(table.by[n] for n in keep),
        cells=_summed(table.cells, keys),
        base=None if table.base is None else _summed(table.base, keys),
    )
    return small, {
        key: hide
        for key, hide in hidden.items()
        if key in small.cells or key in (small.base or {}) or hide.n or hide.d or not any(key)
    }


def _nothing_told(table: RawTable, total: Key) -> RawTable:
    """The table without any dimension: a row that is not in it would say zero."""

    def only(cells: Mapping[Key, Counted]) -> dict[Key, Counted]:
        return {(): cells[total]} if total in cells else {}

    base = None if table.base is None else only(table.base)
    return replace(table, by=(), asked=(), cells=only(table.cells), base=base)


class _Times:
    """The years, quarters and months of a table as a tree, and which of it a period takes."""

    def __init__(self, on_record: set[Unit], units: Sequence[Unit]) -> None:
        self._units = units
        self._inside: dict[Unit, list[Unit]] = defaultdict(list)
        for unit in sorted(on_record):
            if unit:
                self._inside[unit[:-1]].append(unit)

    def told_apart(self, depths: Collection[int]) -> list[Unit]:
        """Times of these depths of which the period takes all or a part; () for any time."""
        found = [unit for units in self._inside.values() for unit in units]
        return [(), *(one for one in found if len(one) in depths and self._takes(one) is not False)]

    def parts(self, time: Unit) -> list[Unit]:
        """What the period takes of a time: the time itself, or some of what lies in it."""
        if self._takes(time):
            return [time]
        return [unit for unit in self._units if unit[: len(time)] == time]

    def tells(self, time: Unit, hides: Callable[[Unit], bool]) -> bool:
        """Whether what the period takes of a time can be had from what is shown: by adding up, or
        by taking the rest from the whole."""
        if self._takes(time):
            return not hides(time)
        inner = self._inside[time]
        cut_through = [one for one in inner if self._takes(one) is None]
        if not all(self.tells(one, hides) for one in cut_through):
            return False
        if not any(hides(one) for one in inner if self._takes(one)):
            return True
        rest = [one for one in inner if not self._takes(one)]
        return not hides(time) and not any(hides(one) for one in rest)

    def _takes(self, time: Unit) -> bool | None:
        """True for all of it, False for nothing, None for a part."""
        for unit in self._units:
            if time[: len(unit)] == unit:
                return True
            if unit[: len(time)] == time:
                return None
        return False


def _hides(decided: Decisions, key: Key, what: str) -> bool:
    return key in decided and bool(getattr(decided[key], what))


def _time_of(key: Key, at: Sequence[int]) -> Unit:
    return tuple(code for n in at if (code := key[n]) is not ALL)


def _at_time(key: Key, at: list[int], unit: Unit) -> Key:
    changed = list(key)
    for n, place in enumerate(at):
        changed[place] = unit[n] if n < len(unit) else ALL
    return tuple(changed)


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
