"""Released tables beside each other: of the same moment, and of all before it.

Whoever holds two releases subtracts them. So of every number that stands in both, the change is
nothing or at least k; a smaller one is hidden in the newer table, with enough beside it, and the
changes of hidden rows stay as wide as counts do. Where people were only added, the older table may
stand once more instead (`carried`). Tables of one moment are solved together (`linked.py`), those
of other indicators among them: docs/disclosure.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.disclosure.blaming import Blamed, Verdict, blame, moved_unseen
from service.disclosure.hiding import Codes, GaveUp, Orders
from service.disclosure.holdings import Cell, Measure, Shown, has_inner, is_total, shown
from service.disclosure.rules import RULES, Audience
from service.disclosure.safe_table import SafeTable

ROUNDS = 16
"""How often more may be hidden before the table is given up."""


class TooClose(Exception):  # noqa: N818 - a verdict, not an error
    """What this table would tell beside this release cannot be hidden."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


Codeset = frozenset[Codes]


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


def settle(
    make: Callable[[Orders], SafeTable], earlier: Sequence[Shown], measure: Measure, now: int
) -> SafeTable | Shown:
    """The table as it may stand beside the earlier ones, of whichever indicator, in release `now`;
    or the last of its own series, to stand once more. `make`: the table with these rows hidden.
    Raises TooClose."""
    orders = Orders()
    number = now
    beside = _linked(measure, earlier)
    for turn in range(ROUNDS):
        table = make(orders)
        fresh = shown(now, table.as_dict(), measure)
        found = _changes(fresh, beside)
        if found:
            number = found.number or number
            last = next((one for one in reversed(beside) if _is_of_series(one, fresh)), None)
            if last is not None and not found.falls and orders == Orders():
                return last
            more = Orders(n=orders.n | found.n, d=orders.d | found.d)
        else:
            try:
                verdict = _together(fresh, beside, 1 << (turn // 2))
            except GaveUp as too_large:
                raise TooClose(now) from too_large
            if verdict is None:
                return table
            number = verdict.number
            more = orders.and_also(verdict.orders)
        if more == orders:
            break
        orders = more
    raise TooClose(number)


def _linked(measure: Measure, earlier: Sequence[Shown]) -> list[Shown]:
    """Those that count anybody whom this one counts, or who are counted beside them."""
    counted = _names(measure)
    found: list[Shown] = []
    while len(more := [one for one in earlier if _counted(one) & counted]) > len(found):
        found = more
        counted = counted.union(*map(_counted, found))
    return found


def _counted(table: Shown) -> set[str]:
    return _names(table.measure)


def _names(measure: Measure) -> set[str]:
    return {measure.n, measure.each, measure.d, measure.within} - {""}


def readers(audience: Audience) -> tuple[Audience, ...]:
    """Who has such a table. Partners read public ones too."""
    both = (Audience.PUBLIC, Audience.PARTNER)
    return both if audience is Audience.PUBLIC else both[1:]


def _together(fresh: Shown, beside: Sequence[Shown], most: int) -> Verdict | None:
    """What a reader learns of this moment from all its tables, and of changes from those of two."""
    for reader in readers(fresh.audience):
        held = [one for one in beside if reader in readers(one.audience)]
        mine = [one for one in held if one.moment == fresh.moment]
        asked = Blamed(fresh=fresh, beside=mine, reader=reader, most=most)
        verdict = blame(asked)
        if verdict is not None:
            return verdict
        others = sorted({one.moment for one in held} - {fresh.moment})
        for moment in others:
            then = [one for one in held if one.moment == moment]
            verdict = moved_unseen(asked, then, moment)
            if verdict is not None:
                return verdict
    return None


def _is_of_series(one: Shown, fresh: Shown) -> bool:
    return (one.by, one.audience, one.measure) == (fresh.by, fresh.audience, fresh.measure)


def _changes(fresh: Shown, beside: Sequence[Shown]) -> Changes:
    n, d, falls, number = set[Codes](), set[Codes](), False, None
    for old in beside:
        if old.moment == fresh.moment:
            continue
        k = _k(fresh, old)
        found = _seen(fresh, old, k)
        if not found and _is_of_series(old, fresh):
            narrow = _around_narrow(fresh, old, k, fresh.measure.overlapping)
            found = Changes(n=narrow, d=frozenset(), falls=False)
        n |= found.n
        d |= found.d
        falls |= found.falls
        if found and number is None:
            number = old.number
    return Changes(n=frozenset(n), d=frozenset(d), falls=falls, number=number)


def _k(one: Shown, other: Shown) -> int:
    """Whoever holds both is a partner if either is for partners."""
    if one.measure.restricted or other.measure.restricted:
        return RULES[Audience.RESTRICTED].k
    both = {one.audience, other.audience}
    return RULES[Audience.PARTNER if Audience.PARTNER in both else Audience.PUBLIC].k


def _seen(fresh: Shown, old: Shown, k: int) -> Changes:
    """Rows that stand in both with a small change of n, of d, or of who is of d and not of n."""
    n, d, falls = set[Codes](), set[Codes](), False
    for codes in fresh.rows.keys() | _codes_of(fresh, old):
        cell, base = fresh.cell(codes), fresh.base(codes)
        by_n = _by(_at(fresh, cell), _at(old, cell))
        by_d = None if base is None else _by(_at(fresh, base), _at(old, base))
        others = _by(_rest(fresh, cell, base), _rest(old, cell, base))
        if _is_small(by_n, k) or _is_small(others, k):
            n.add(codes)
        if base is not None and _is_small(by_d, k):
            d.add(frozenset(one for one in codes if one[0] not in fresh.measure.overlapping))
        falls |= any(_is_small(one, k) and (one or 0) < 0 for one in (by_n, by_d))
    return Changes(n=frozenset(n), d=frozenset(d), falls=falls)


def _codes_of(fresh: Shown, old: Shown) -> Iterable[Codes]:
    """Rows of the older table that the fresh one says to be of nobody, by leaving them out."""
    for codes in old.rows:
        if {name for name, _ in codes} <= set(fresh.by):
            yield codes
        same = fresh.codes_of(old.cell(codes))
        if same is not None:
            yield same


def _at(table: Shown, cell: Cell) -> int | None:
    """None where it is hidden, or no row of this table."""
    if cell in table.cells:
        return table.cells[cell]
    return 0 if table.tells(cell) else None


def _rest(table: Shown, cell: Cell, base: Cell | None) -> int | None:
    """Those of the base who are not counted. Where a table of the base alone counts them, nobody
    is told apart."""
    if base is None or not (table.tells(cell) and table.tells(base)):
        return None
    n, d = _at(table, cell), _at(table, base)
    return None if n is None or d is None else d - n


def _by(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


def _is_small(change: int | None, k: int) -> bool:
    return change is not None and 0 < abs(change) < k


def _around_narrow(fresh: Shown, old: Shown, k: int, overlapping: Collection[str]) -> Codeset:
    """Rows with a change of their own on the lines of those hidden rows of whose change somebody
    knows too much."""
    from service.disclosure.changes import narrow  # the solver: not at every start

    lines = list(_lines(fresh, old, overlapping))
    every = {codes for line in lines for codes in line}
    now, then = ({codes: _at(one, one.cell(codes)) for codes in every} for one in (fresh, old))
    found = narrow(lines, then, now, k)
    return frozenset(
        codes
        for line in lines
        if not found.isdisjoint(line)
        for codes in line
        if _by(now[codes], then[codes])
    )


def _lines(fresh: Shown, old: Shown, overlapping: Collection[str]) -> Iterator[tuple[Codes, ...]]:
    """Each total, and after it the rows that add up to it."""
    every = fresh.rows.keys() | old.rows.keys()
    for name in fresh.by:
        if name in overlapping:
            continue
        parts: dict[Codes, list[Codes]] = {}
        for codes in every:
            if any(one[0] == name for one in codes) and not has_inner(codes, name):
                whole = frozenset(one for one in codes if one[0] != name)
                parts.setdefault(whole, []).append(codes)
        for whole, cells in parts.items():
            if is_total(whole, name, fresh.by):
                yield (whole, *sorted(cells, key=sorted))
