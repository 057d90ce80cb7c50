"""Which rows of a table to hide so that, solved with all tables beside it, it tells less."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.disclosure.hiding import Codes, Orders
from service.disclosure.holdings import Cell, Shown, wider_cells
from service.disclosure.rules import RULES, Audience

if TYPE_CHECKING:
    from service.disclosure.linked import Moment  # the solver: not at every start

ZERO_COSTS = 60
"""A shown zero tells a reader much, and a hidden one little to an attacker."""


@dataclass(frozen=True, kw_only=True)
class Blamed:
    """A table, those of the same moment that the reader has, and how many of its rows may be
    hidden for each number that is known too well."""

    fresh: Shown
    beside: Sequence[Shown]
    reader: Audience
    most: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Rows to hide besides; none where nothing helps. `number`: of the release they are for."""

    orders: Orders
    number: int


def blame(asked: Blamed) -> Verdict | None:
    """None if no hidden number of this moment is known too well."""
    from service.disclosure.linked import Moment  # the solver: not at every start

    tables = [*asked.beside, asked.fresh]
    moment = Moment(tables)
    wanted = widths(tables, asked.reader, moment)
    if not wanted:
        return None
    ranges = moment.ranges(sorted(wanted, key=in_order), max(wanted.values()))
    if moment.disagrees:
        return Verdict(orders=Orders(), number=asked.fresh.number)
    narrow = [
        cell
        for cell, (low, high) in ranges.items()
        if high - low < wanted[cell] and not moment.is_of_nobody(cell)
    ]
    if not narrow:
        return None
    hide = set[Cell]()
    for cell in narrow:
        hide |= _cheapest(asked, moment.known, moment.proof(cell))
    hide = hide or _cheapest(asked, moment.known, moment.beside(narrow))
    return Verdict(orders=orders_of(asked.fresh, hide), number=asked.fresh.number)


def moved_unseen(asked: Blamed, then: Sequence[Shown], number: int) -> Verdict | None:
    """Changes since another moment that no two numbers show, and that are known to be small: of
    rows that one of the two tells, and the other gives away."""
    from service.disclosure.linked import Moment

    tables = [*asked.beside, asked.fresh]
    cells = {cell for one in (*tables, *then) for cell in one.cells}
    cells |= {wider for cell in cells for wider in wider_cells(cell)}
    now, before = Moment(tables, cells, then), Moment(then, cells, tables)
    k = _k_of_changes(asked.reader, asked.fresh)
    then_ranges = before.ranges(sorted(cells, key=in_order), k)
    ranges = now.ranges(sorted(then_ranges, key=in_order), k)
    hide = set[Cell]()
    for cell, known in ranges.items():
        if now.value(cell) is not None and before.value(cell) is not None:
            continue  # two tables show it: `since` looks at those
        if _is_move(known, then_ranges[cell], k):
            told = [cell] if now.value(cell) is not None else now.proof(cell)
            hide |= _cheapest(asked, now.known, told)
    if now.disagrees or before.disagrees or not hide:
        return None
    return Verdict(orders=orders_of(asked.fresh, hide), number=number)


def _k_of_changes(reader: Audience, fresh: Shown) -> int:
    return RULES[Audience.RESTRICTED if fresh.measure.restricted else reader].k


def _is_move(now: tuple[int, int], then: tuple[int, int], k: int) -> bool:
    low, high = now[0] - then[1], now[1] - then[0]
    return high - low < k and -k < high and low < k and (low, high) != (0, 0)


def widths(tables: Iterable[Shown], reader: Audience, moment: Moment) -> dict[Cell, int]:
    """How wide each hidden number must stay. What partners read in public tables they know; what
    those hide may be theirs."""
    found: dict[Cell, int] = {}
    for table in tables:
        if table.audience is not reader:
            continue
        k = RULES[Audience.RESTRICTED if table.measure.restricted else reader].k
        for codes, row in table.rows.items():
            cell, base = table.cell(codes), table.base(codes)
            if row.n is None and cell not in moment.known:
                room = moment.room(table, codes)
                found[cell] = max(min(k, k if room is None else room), found.get(cell, 0))
            if base is not None and row.d is None and base not in moment.known:
                found[base] = max(k, found.get(base, 0))
    return found


def _cheapest(asked: Blamed, known: Mapping[Cell, int], cells: Collection[Cell]) -> set[Cell]:
    return cheapest(asked.fresh, asked.beside, known, cells, asked.most)


def cheapest(
    fresh: Shown,
    beside: Iterable[Shown],
    known: Mapping[Cell, int],
    cells: Collection[Cell],
    most: int,
) -> set[Cell]:
    """Of these, some that the fresh table alone shows."""
    elsewhere = {cell for table in beside for cell, n in table.cells.items() if n is not None}
    mine = [cell for cell in cells if fresh.cells.get(cell) is not None and cell not in elsewhere]
    mine.sort(key=lambda cell: (known[cell] or ZERO_COSTS, in_order(cell)))
    return set(mine[:most])


def orders_of(fresh: Shown, hide: Collection[Cell]) -> Orders:
    n, d = set[Codes](), set[Codes]()
    for codes in fresh.rows:
        if fresh.cell(codes) in hide:
            n.add(codes)
        base = fresh.base(codes)
        if base is not None and base in hide:
            d.add(frozenset(one for one in codes if one[0] not in fresh.measure.overlapping))
    return Orders(n=frozenset(n), d=frozenset(d))


def in_order(cell: Cell) -> tuple[str, list[tuple[str, str]]]:
    return cell[0], sorted(cell[1])
