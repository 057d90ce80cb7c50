"""A table on a page beside those of other figures that come before it.

Who lacks psychosocial support lacks counselling, peers or somebody for the family, and each of
these is a row of another table: whoever has both adds up. So tables have an order. What was
settled before stays as it is; of the table in the making, level by level, rows are hidden until
nothing that either hides is known too well for what this one says. A level depends on nothing
finer, so two tables that share a margin hide the same in it, whichever is asked for first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.disclosure.blaming import cheapest, in_order, orders_of, widths
from service.disclosure.hiding import Codes, Decisions, Orders, codes
from service.disclosure.holdings import Cell, Measure, Row, Shown
from service.disclosure.restated import Settled
from service.disclosure.rules import Audience
from service.disclosure.safe_table import Key, RawTable

if TYPE_CHECKING:
    from service.disclosure.linked import Moment  # the solver: not at every start

ROUNDS = 16
_Test = Callable[[frozenset[str]], bool]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What one reader has of figures that come first, and what this one counts."""

    reader: Audience
    measure: Measure
    before: Sequence[Shown]
    """Of their overlapping dimension those rows alone that it gathers or splits, at every level."""
    overlapping: frozenset[str]

    def too_telling(
        self, table: RawTable, decided: Decisions, names: Collection[str], most: int
    ) -> Orders:
        """Rows of the level of these dimensions to hide besides; none if none tells too much of
        what is hidden in it, above it, or in the tables before. `most`: for each number that is
        known too well. Raises GaveUp."""
        from service.disclosure.linked import Moment  # the solver: not at every start

        held = frozenset(names)
        mine = _shown(table, decided, self.reader, self.measure)
        above = _rows_by(mine, lambda told: told < held)
        fresh = _rows_by(mine, lambda told: told == held)
        before = [
            _rows_by(one, lambda told: told - self.overlapping <= held) for one in self.before
        ]
        tables = [*before, above, fresh]
        moment = Moment(tables)
        wanted = widths(tables, self.reader, moment)
        moment.check_size()
        ranges = moment.ranges(sorted(wanted, key=in_order), max(wanted.values(), default=1))
        narrow = [
            cell
            for cell, (low, high) in ranges.items()
            if high - low < wanted[cell] and not moment.is_of_nobody(cell)
        ]
        return orders_of(fresh, _blamed(moment, fresh, [*before, above], narrow, most))


def _blamed(
    moment: Moment, fresh: Shown, beside: Sequence[Shown], narrow: Iterable[Cell], most: int
) -> set[Cell]:
    """Of what proves that a number is known too well, some that this level alone shows. What
    others prove by themselves is none of its doing."""
    hide = set[Cell]()
    for cell in narrow:
        hide |= cheapest(fresh, beside, moment.known, moment.proof(cell), most)
    return hide


def beside(settled: Settled, reader: Audience, of: Measure, measure: Measure) -> Beside:
    """A settled table that comes before one of this measure, as the reader has it."""
    held = _shown(settled.table, settled.decided, reader, of)
    if measure.gathers is not None:
        dimension, gathered = measure.gathers
        rows = {
            told: row
            for told, row in held.rows.items()
            if all(name != dimension or code in gathered for name, code in told)
        }
        held = replace(held, rows=rows)
    return Beside(reader=reader, measure=measure, before=[held], overlapping=of.overlapping)


def _shown(table: RawTable, decided: Decisions, reader: Audience, measure: Measure) -> Shown:
    def base(key: Key) -> int | None:
        found = (table.base or {}).get(table.base_key(key))
        return found.persons if found else 0

    rows = {
        codes(table.by, key): Row(
            n=None if hide.n else table.at(key),
            d=None if hide.d or table.base is None else base(key),
        )
        for key, hide in decided.items()
    }
    return Shown(number=0, moment=0, audience=reader, measure=measure, by=table.by, rows=rows)


def _rows_by(one: Shown, is_wanted: _Test) -> Shown:
    rows: dict[Codes, Row] = {
        told: row
        for told, row in one.rows.items()
        if is_wanted(frozenset(name for name, _ in told))
    }
    kept = {name for told in rows for name, _ in told}
    return replace(one, rows=rows, by=tuple(name for name in one.by if name in kept))
