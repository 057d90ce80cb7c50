"""Tables of different dates beside each other: what changed must not tell who came or went.

Whoever holds two releases subtracts them. So of every number that stands in both, the change is
nothing or at least k; a smaller one is hidden in the newer table, with enough beside it, and the
changes of hidden rows stay as wide as counts do. Where people were only added, the older table may
stand once more instead (`carried`): docs/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.hiding import Codes, Orders
from service.disclosure.rules import NESTED, RULES, Audience
from service.disclosure.safe_table import SafeTable

ROUNDS = 12
"""How often more may be hidden before the table is given up."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a table shows of a row; None: hidden."""

    n: int | None
    d: int | None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table as its readers have it."""

    number: int
    """Of the release."""
    audience: Audience
    restricted: bool
    by: tuple[str, ...]
    rows: Mapping[Codes, Row]

    def at(self, codes: Codes) -> Row | None:
        """None: this table has no such row. What is not listed is a true zero."""
        if not {name for name, _ in codes} <= set(self.by):
            return None
        return self.rows.get(codes, _ZERO)


_ZERO = Row(n=0, d=None)


class TooClose(Exception):  # noqa: N818 - a verdict, not an error
    """What changed since this release cannot be hidden."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@dataclass(frozen=True, kw_only=True)
class Changes:
    """Rows that tell too much beside earlier tables. `falls`: some number became smaller."""

    n: Codeset
    d: Codeset
    falls: bool
    number: int | None = None
    """The first release beside which they do."""

    def __bool__(self) -> bool:
        return bool(self.n or self.d)


Codeset = frozenset[Codes]


def shown(number: int, table: Mapping[str, Any], *, restricted: bool) -> Shown:
    """A released table, from the JSON of it."""
    by = tuple(table["by"])
    rows = {
        frozenset((name, row[name]) for name in by if name in row): Row(n=row["n"], d=row["d"])
        for row in (*table["cells"], *table["totals"])
    }
    audience = Audience(table["audience"])
    return Shown(number=number, audience=audience, restricted=restricted, by=by, rows=rows)


def settle(
    make: Callable[[Orders], SafeTable],
    earlier: Sequence[Shown],
    overlapping: frozenset[str],
    *,
    restricted: bool,
) -> SafeTable | Shown:
    """The table as it may stand beside the earlier ones of its indicator, or the last of them that
    is by the same dimensions, to stand once more. `make`: the table with these rows hidden. Raises
    TooClose."""
    orders = Orders()
    number = 0
    for _ in range(ROUNDS):
        table = make(orders)
        fresh = shown(0, table.as_dict(), restricted=restricted)
        found = _changes(fresh, earlier, overlapping)
        if not found:
            return table
        number = found.number or number
        last = next((one for one in reversed(earlier) if _is_of_series(one, fresh)), None)
        if last is not None and not found.falls and orders == Orders():
            return last
        more = Orders(n=orders.n | found.n, d=orders.d | found.d)
        if more == orders:
            break
        orders = more
    raise TooClose(number)


def _is_of_series(one: Shown, fresh: Shown) -> bool:
    return (one.by, one.audience) == (fresh.by, fresh.audience)


def _changes(fresh: Shown, earlier: Sequence[Shown], overlapping: frozenset[str]) -> Changes:
    n, d, falls, number = set[Codes](), set[Codes](), False, None
    for old in earlier:
        k = _k(fresh, old)
        found = _seen(fresh, old, k, overlapping)
        if not found and set(old.by) == set(fresh.by):
            found = Changes(
                n=_around_narrow(fresh, old, k, overlapping), d=frozenset(), falls=False
            )
        n |= found.n
        d |= found.d
        falls |= found.falls
        if found and number is None:
            number = old.number
    return Changes(n=frozenset(n), d=frozenset(d), falls=falls, number=number)


def _k(one: Shown, other: Shown) -> int:
    """Whoever holds both is a partner if either is for partners."""
    if one.restricted or other.restricted:
        return RULES[Audience.RESTRICTED].k
    both = {one.audience, other.audience}
    return RULES[Audience.PARTNER if Audience.PARTNER in both else Audience.PUBLIC].k


def _seen(fresh: Shown, old: Shown, k: int, overlapping: frozenset[str]) -> Changes:
    """Rows that stand in both with a small change of n, of d, or of who is of d and not of n."""
    n, d, falls = set[Codes](), set[Codes](), False
    for codes in fresh.rows.keys() | old.rows.keys():
        now, then = fresh.at(codes), old.at(codes)
        if now is None or then is None:
            continue
        by_n, by_d = _by(now.n, then.n), _by(now.d, then.d)
        others = None if by_n is None or by_d is None else by_d - by_n
        if _is_small(by_n, k) or _is_small(others, k):
            n.add(codes)
        if _is_small(by_d, k):
            d.add(frozenset(one for one in codes if one[0] not in overlapping))
        falls |= any(_is_small(one, k) and (one or 0) < 0 for one in (by_n, by_d))
    return Changes(n=frozenset(n), d=frozenset(d), falls=falls)


def _by(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


def _is_small(change: int | None, k: int) -> bool:
    return change is not None and 0 < abs(change) < k


def _around_narrow(fresh: Shown, old: Shown, k: int, overlapping: frozenset[str]) -> Codeset:
    """Rows with a change of their own on the lines of those hidden rows of whose change somebody
    knows too much."""
    from service.disclosure.changes import narrow  # the solver: not at every start

    lines = list(_lines(fresh, old, overlapping))
    every = {codes for line in lines for codes in line}
    now, then = ({codes: _n(table, codes) for codes in every} for table in (fresh, old))
    found = narrow(lines, then, now, k)
    return frozenset(
        codes
        for line in lines
        if not found.isdisjoint(line)
        for codes in line
        if _by(now[codes], then[codes])
    )


def _n(table: Shown, codes: Codes) -> int | None:
    row = table.at(codes)
    return row.n if row else None


def _lines(fresh: Shown, old: Shown, overlapping: frozenset[str]) -> Iterator[tuple[Codes, ...]]:
    """Each total, and after it the rows that add up to it."""
    every = fresh.rows.keys() | old.rows.keys()
    for name in fresh.by:
        if name in overlapping:
            continue
        parts: dict[Codes, list[Codes]] = {}
        for codes in every:
            if any(one[0] == name for one in codes) and not _has_inner(codes, name):
                whole = frozenset(one for one in codes if one[0] != name)
                parts.setdefault(whole, []).append(codes)
        for whole, cells in parts.items():
            if _is_total(whole, name, fresh.by):
                yield (whole, *sorted(cells, key=sorted))


def _has_inner(codes: Collection[tuple[str, str]], name: str) -> bool:
    """Whether something lies in this dimension's code: districts in a province."""
    return any(NESTED.get(one) == name for one, _ in codes)


def _is_total(whole: Codes, name: str, by: Sequence[str]) -> bool:
    """Districts add up to their province, and to nothing that no province is told of."""
    outer = NESTED.get(name)
    return outer not in by or any(one == outer for one, _ in whole)
