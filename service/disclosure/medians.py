"""What may be said of numbers beside a released row: medians, p90, sums, ratios. Pure.

A statistic is told of rows alone that stand in the released table with their number, so whatever
hides a row hides its statistic. Beside that a median or a p90 needs enough facts, whatever rests on
one of them must not be had from it, and none is told of restricted topics. A ratio is worked out
from the two rates as they are shown. Reasons: docs/decisions/0079.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.rules import Audience
from service.disclosure.safe_table import ALL, Cell, Key, SafeTable
from service.disclosure.wording import UNKNOWN

Numbers = Mapping[int, int]
"""A value, and how often it is there."""
QUANTILES = {"median": 0.5, "p90": 0.9}
LEAST_REST = 0.2
"""Of a sum: all but its two greatest parts are so great a share of the greatest at least. Whoever
told the second greatest would know the greatest to a fifth."""


@dataclass(frozen=True, kw_only=True)
class Least:
    """So many facts at least."""

    median: int
    p90: int
    total: int


LEAST: Mapping[Audience, Least] = {
    Audience.PUBLIC: Least(median=10, p90=20, total=10),
    Audience.PARTNER: Least(median=5, p90=10, total=5),
    Audience.INTERNAL: Least(median=1, p90=1, total=1),
}
"""Nobody else gets any."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Names out of QUANTILES, or sum; `step`: to which multiple they are rounded."""

    names: Sequence[str]
    unit: str
    step: int = 1
    of_base: bool = False
    """Of the facts of the denominator."""


def rows(safe: SafeTable) -> Iterator[Cell]:
    yield from (*safe.cells, *safe.totals)


def with_numbers(
    safe: SafeTable, wanted: Wanted, numbers: Callable[[Key], Numbers], *, restricted: bool
) -> SafeTable:
    """The table with what may be told of its rows under "statistics"."""
    told = []
    for row in rows(safe):
        count = row.d if wanted.of_base else row.n
        if count and not restricted:
            told.append(_named(safe, row) | _told(numbers(row.key), wanted, safe.audience))
    kept = [one for one in told if any(name in one for name in wanted.names)]
    facts = {"unit": wanted.unit, "names": list(wanted.names), "step": wanted.step}
    return safe.only(lambda _row: True, statistics={**facts, "rows": kept})


def _told(numbers: Numbers, wanted: Wanted, audience: str) -> dict[str, int]:
    least = LEAST.get(Audience(audience))
    size = sum(numbers.values())
    if least is None or not size:
        return {}
    step = 1 if audience == Audience.INTERNAL else wanted.step
    found = {}
    for name in wanted.names:
        if name == "sum":
            total = _sum(numbers, least, is_open=audience == Audience.INTERNAL)
            if total is not None:
                found[name] = total
        elif size >= getattr(least, name):
            found[name] = rounded(quantile(numbers, QUANTILES[name]), step)
    return found


def quantile(numbers: Numbers, share: float) -> int:
    """The least value that so great a share of the facts does not exceed: one that is there."""
    wanted, seen = share * sum(numbers.values()), 0
    for value in sorted(numbers):
        seen += numbers[value]
        if seen >= wanted:
            return value
    raise ValueError("nothing to take it of")


def rounded(value: int, step: int) -> int:
    """To the next multiple; halves go up."""
    return (2 * value + step) // (2 * step) * step


def _sum(numbers: Numbers, least: Least, *, is_open: bool) -> int | None:
    """None where one fact is most of it."""
    total = sum(value * times for value, times in numbers.items())
    if is_open:
        return total
    greatest = sorted((v for v, times in numbers.items() for _ in range(min(times, 2))))[-2:]
    rest = total - sum(greatest)
    if sum(numbers.values()) < least.total or rest < LEAST_REST * greatest[-1]:
        return None
    return total


def with_ratio(safe: SafeTable, dimension: str, over: str, under: str) -> SafeTable:
    """The table with the rate of one code over that of the other, for everything else that its
    rows are about; where both are shown, and the second is not zero."""
    told: list[dict[str, Any]] = []
    if dimension in safe.by:
        at = safe.by.index(dimension)
        held = {row.key: row for row in rows(safe)}
        for key, row in held.items():
            if key[at] == over:
                other = held.get((*key[:at], under, *key[at + 1 :]))
                ratio = _ratio(row, other)
                if ratio is not None:
                    told.append(_named(safe, row, without=dimension) | {"ratio": ratio})
    facts = {"unit": "times", "names": ["ratio"], "over": over, "under": under}
    return safe.only(lambda _row: True, statistics={**facts, "dimension": dimension, "rows": told})


def _ratio(over: Cell, under: Cell | None) -> float | None:
    if under is None or over.n is None or under.n is None:
        return None
    if not over.d or not under.d or not under.n:
        return None
    return round(over.n * under.d / (over.d * under.n), 2)


WHO = ("sex", "age", "wg", "victim", "device", "remoteness")
WELL_KNOWN = 90
"""Percent of the facts of which a dimension must be known, to call a figure disaggregated by it."""


def with_completeness(safe: SafeTable) -> SafeTable:
    """The table with the percent known in each dimension that is asked of people: worked out from
    its rows, so None where one that is needed is hidden."""
    told = {name: _known(safe, at) for at, name in enumerate(safe.by) if name in WHO}
    return safe.only(lambda _row: True, completeness=told)


def _known(safe: SafeTable, at: int) -> int | None:
    """Rounded down."""
    held = {row.key: row for row in rows(safe)}
    whole: Key = (ALL,) * len(safe.by)
    total = held.get(whole)
    has_base = any(row.d is not None for row in held.values())
    counted = None if total is None else total.d if has_base else total.n
    if not counted:
        return None
    unknown = 0
    for code in UNKNOWN:
        row = held.get((*whole[:at], code, *whole[at + 1 :]))
        found = 0 if row is None else row.d if has_base else row.n
        if found is None:
            return None
        unknown += found
    return 100 * (counted - unknown) // counted


def _named(safe: SafeTable, row: Cell, without: str = "") -> dict[str, Any]:
    pairs = zip(safe.by, row.key, strict=True)
    return {name: part for name, part in pairs if part is not ALL and name != without}
