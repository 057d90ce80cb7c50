"""A table on a page beside those of other figures that come before it.

Who lacks psychosocial support lacks counselling, peers or somebody for the family, and each of
these is a row of another table: whoever has both adds up. So tables have an order. What was
settled before stays as it is; of the table in the making, level by level, rows are hidden until
nothing that either hides is known too well for what this one says. A level depends on nothing
finer, so two tables that share a margin hide the same in it, whichever is asked for first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.disclosure.blaming import cheapest, in_order, orders_of, widths
from service.disclosure.hiding import Codes, Decisions, Orders, codes
from service.disclosure.holdings import Cell, Measure, Row, Shown
from service.disclosure.remembering import remembered_orders
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
    inside: frozenset[str]
    """Dimensions of theirs in which it gathers, or splits, rows: they are looked at at every
    level."""

    def too_telling(
        self, table: RawTable, decided: Decisions, names: Collection[str], most: int
    ) -> Orders:
        """Rows of the level of these dimensions to hide besides; none if none tells too much of
        what is hidden in it, above it, or in the tables before. `most`: for each number that is
        known too well. Raises GaveUp."""
        held = frozenset(names)
        mine = _shown(table, decided, self.reader, self.measure)
        above = _rows_by(mine, lambda told: told < held)
        fresh = _rows_by(mine, lambda told: told == held)
        before = [_rows_by(one, lambda told: told - self.inside <= held) for one in self.before]
        before += [_untold(self.measure, [above, fresh], before)]
        tables = [*before, above, fresh]
        parts = _parts(self, most, tables)
        return remembered_orders(parts, lambda: self._too_telling(tables, most))

    def _too_telling(self, tables: Sequence[Shown], most: int) -> Orders:
        """`tables`: the last is the level in the making."""
        from service.disclosure.linked import Moment  # the solver: not at every start

        *others, fresh = tables
        moment = Moment(tables)
        wanted = widths(tables, self.reader, moment)
        moment.check_size()
        ranges = moment.ranges(sorted(wanted, key=in_order), max(wanted.values(), default=1))
        narrow = [
            cell
            for cell, (low, high) in ranges.items()
            if high - low < wanted[cell] and not moment.is_of_nobody(cell)
        ]
        return orders_of(fresh, _blamed(moment, fresh, others, narrow, most))


def _blamed(
    moment: Moment, fresh: Shown, beside: Sequence[Shown], narrow: Sequence[Cell], most: int
) -> set[Cell]:
    """Of what proves that a number is known too well, some that this level alone shows. What
    others prove by themselves is none of its doing, nor would it help to hide what they tell."""
    from service.disclosure.linked import Moment

    if not narrow:
        return set()
    silent = replace(fresh, rows=dict.fromkeys(fresh.rows, Row(n=None, d=None)))
    without = Moment([*beside, silent])
    ranges = without.ranges(sorted(silent.cells, key=in_order), 1)
    told = {cell: n for cell, n in moment.known.items() if _is_open(ranges.get(cell))}
    hide = set[Cell]()
    for cell in narrow:
        proof = [one for one in moment.proof(cell) if one in told]
        hide |= cheapest(fresh, beside, told, proof, most)
    return hide


def _parts(asked: Beside, most: int, tables: Sequence[Shown]) -> Iterator[bytes]:
    """Everything that decides what is found."""
    yield repr((asked.reader, str(asked.measure), most)).encode()
    for table in tables:
        rows = sorted((sorted(told), row.n, row.d) for told, row in table.rows.items())
        yield repr((table.by, table.measure.n, rows)).encode()


def _untold(measure: Measure, mine: Sequence[Shown], before: Sequence[Shown]) -> Shown:
    """Rows that it gathers and no table before tells: they are there, and add up to those that one
    does."""
    of, rows = measure.gathered, dict[Codes, Row]()
    if of is not None and measure.gathers is not None:
        name = measure.gathers[0]
        told = {one for table in before for codes in table.rows for one in codes if one[0] == name}
        for codes in (codes for one in mine for codes in one.rows):
            inside = codes | measure.gathers_where
            cells = {(of.n, inside): inside}
            cells |= {(of.each, inside | {one}): inside | {one} for one in sorted(told)}
            for cell, row in cells.items():
                if not any(one.tells(cell) for one in before):
                    rows[row] = Row(n=None, d=None)
    by = tuple(dict.fromkeys(name for codes in rows for name, _ in sorted(codes)))
    return Shown(
        number=0, moment=0, audience=Audience.INTERNAL, measure=of or measure, by=by, rows=rows
    )


def _is_open(found: tuple[int, int] | None) -> bool:
    return found is None or found[0] < found[1]


def beside(
    settled: Sequence[tuple[Settled, Measure]], reader: Audience, measure: Measure
) -> Beside:
    """Settled tables that come before one of this measure, as the reader has them."""
    held = [_shown(one.table, one.decided, reader, of) for one, of in settled]
    inside = frozenset(name for name, _ in measure.gathers_where)
    inside = inside.union(*(of.overlapping for _, of in settled))
    return Beside(reader=reader, measure=measure, before=held, inside=inside)


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
