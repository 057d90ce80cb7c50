"""protect(): the only way out for a table.

Coarsen, hide what is small, hide enough beside it, let an attacker try (`attacker.py`), and where
that cannot be made to hold, drop the breakdown. Never release on a failed audit. The rules and
their reasons: docs/disclosure.md.

Comparison with releases of other dates is `since.py`: it asks again, with rows to hide besides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from service.disclosure import wording
from service.disclosure.hiding import Decisions, Hide, Orders, Unprotectable, codes, why_hidden
from service.disclosure.periods import Unit, cut
from service.disclosure.restated import Restated, Settled, Source
from service.disclosure.rules import (
    AGE_GROUP,
    NESTED,
    PLACES,
    RULES,
    TIMES,
    Audience,
    Rules,
    is_offered,
)
from service.disclosure.safe_table import ALL, Cell, Key, RawTable, SafeTable, _sealed
from service.disclosure.together import Beside

TOO_FINE = 0.25
"""Share of cells lost at first hand above which a coarser grouping serves the reader better."""


Within = Mapping[Audience, Orders]
"""Rows that are hidden from partners, and from the public besides, in the codes of the table."""
Besides = Mapping[Audience, Beside]


def protect(
    table: RawTable,
    audience: Audience,
    units: Sequence[Unit] | None = None,
    also: Orders = Orders(),  # noqa: B008 - frozen
    within: Within = MappingProxyType({}),
    beside: Besides = MappingProxyType({}),
) -> SafeTable:
    """The table as `audience` may have it; perhaps with fewer dimensions than asked. `also`: rows
    of it, by their codes, that are hidden whatever they are.

    What partners may not see is not shown to the public either: they read both, and could
    subtract. `units`: the years, quarters and months of which the period consists, if it is not
    all that is on record; the table then is by year, and by what else they are. `within`: as
    `also`, in the codes of the table itself, for each reader. `beside`: tables that
    come first, and what those tell of this one.
    """
    if audience is Audience.INTERNAL:
        return _released(table, audience, None, _unhidden(table))
    settled = for_reader(table, audience, units, also, within, beside=beside)
    rules = rules_for(table, audience)
    return _released(settled.table, audience, rules, settled.decided, units)


def restate(
    table: RawTable,
    audience: Audience,
    source: Settled,
    restated: Restated,
    units: Sequence[Unit] | None = None,
    also: Orders = Orders(),  # noqa: B008 - frozen
) -> SafeTable:
    """A table that has no number of its own, as far as it follows from the settled table of the
    other figure (`for_reader`). `also`: as in `protect`."""
    held = Source(restated, source)
    table = held.narrowed(table)
    while True:
        decided = held.decide(table, _inside(table, also))
        useless = _pointless(table, decided, units)
        if useless is None:
            break
        table = table.without(useless)
    if not held.tells_unknown:
        table = replace(table, unanswered=None)
    return _released(table, audience, rules_for(table, audience), decided, units)


def hidden_within(table: RawTable, audience: Audience) -> tuple[tuple[str, ...], Orders]:
    """What of the table the reader may not see: its dimensions that are left, and the rows that are
    hidden, in its own codes."""
    settled = for_reader(table, audience, None)
    return settled.table.by, _orders(settled)


def for_reader(
    table: RawTable,
    audience: Audience,
    units: Sequence[Unit] | None,
    also: Orders = Orders(),  # noqa: B008 - frozen
    within: Within = MappingProxyType({}),
    keeps: Collection[str] = (),
    beside: Besides = MappingProxyType({}),
) -> Settled:
    """The table as it is settled for the reader, before a period is cut out of it. `keeps`: age
    bands that are not merged, however fine they are."""
    seen = _inside(table, also).and_also(within.get(Audience.PARTNER, Orders()))
    partners = beside.get(Audience.PARTNER)
    settled = _settle(table, rules_for(table, Audience.PARTNER), seen, units, keeps, partners)
    rules = rules_for(table, audience)
    if rules is not rules_for(table, Audience.PARTNER):
        orders = _orders(settled).and_also(within.get(audience, Orders()))
        more = _inside(settled.table, also)
        theirs = beside.get(audience)
        settled = _settle(settled.table, rules, orders.and_also(more), units, keeps, theirs)
    return settled


def rules_for(table: RawTable, audience: Audience) -> Rules:
    """The column of rules: the topic may be stricter than the reader."""
    return RULES[Audience.RESTRICTED if table.restricted else audience]


def is_too_fine(table: RawTable, rules: Rules) -> bool:
    """Whether more than a quarter of the innermost cells would go at first hand."""
    inner = [(key, cell) for key, cell in table.cells.items() if ALL not in key and cell.persons]
    lost = sum(why_hidden(table, key, cell, rules) is not None for key, cell in inner)
    return lost > TOO_FINE * len(inner)


def _settle(
    table: RawTable,
    rules: Rules,
    seen: Orders,
    units: Sequence[Unit] | None,
    keeps: Collection[str] = (),
    beside: Beside | None = None,
) -> Settled:
    table = _as_offered(table, rules)
    for finer in ("age", AGE_GROUP):
        if "age" not in keeps and {finer, AGE_GROUP} <= set(table.by) and is_too_fine(table, rules):
            table = table.without(finer)
    while True:
        try:
            decided = _decide(table, rules, seen, beside)
        except Unprotectable as verdict:
            table = table.without(_least_wanted(table, verdict.dimensions, units))
            continue
        useless = _pointless(table, decided, units)
        if useless is None:
            return Settled(table=table, decided=decided)
        table = table.without(useless)


def _decide(table: RawTable, rules: Rules, orders: Orders, beside: Beside | None) -> Decisions:
    """The first table that is protected loads numpy and the solver, not every start."""
    from service.disclosure.levels import decide

    return decide(table, rules, orders, beside)


def _as_offered(table: RawTable, rules: Rules) -> RawTable:
    """Drop what the audience may never cross: barred places and times first, then the last."""
    while not is_offered(table.by, rules):
        barred = [n for n in table.by if n in {*PLACES, *TIMES} - {*rules.places, *rules.times}]
        others = [n for n in table.by if n not in {*PLACES, *TIMES}]
        table = table.without(_least_wanted(table, barred or others, None))
    return table


def _least_wanted(table: RawTable, dimensions: Sequence[str], units: Sequence[Unit] | None) -> str:
    """The one that was asked for last. The times of a period go last: without them there is no
    table."""
    if units is not None:
        dimensions = [name for name in dimensions if name not in TIMES] or dimensions
    asked = table.by if table.asked is None else table.asked
    inner = {outer: name for name, outer in NESTED.items()}

    def wanted(name: str) -> tuple[int, int]:
        deepest = name
        while deepest not in asked and inner.get(deepest) in table.by:
            deepest = inner[deepest]
        at = asked.index(deepest) if deepest in asked else -1
        return at, table.by.index(name)

    return max(dimensions, key=wanted)


def _pointless(table: RawTable, decided: Decisions, units: Sequence[Unit] | None) -> str | None:
    """A dimension none of whose rows can be shown: better not to have it. Asked are those inside
    others, and, of a period, the last."""
    if units is not None:
        shown, rows = cut(table, decided, units)
        known = [hide for key, hide in rows.items() if any(part is not ALL for part in key)]
        own = [name for name in shown.by if name not in TIMES]
        if own and known and all(hide.n for hide in known):
            return _least_wanted(table, own, units)
        return None
    for child in reversed(table.by):
        if table.nested.get(child) in table.by:
            at = table.by.index(child)
            nested = [hide for key, hide in decided.items() if key[at] is not ALL]
            if nested and all(hide.n for hide in nested):
                return child
    return None


def _inside(table: RawTable, also: Orders) -> Orders:
    """Orders in the codes of released rows, in those of the table: age bands lie in groups there,
    months in quarters."""
    if not also.n and not also.d:
        return also
    names, said = _said(table)
    n, d = set(also.n), set(also.d)
    for key in {*table.cells, *(table.base or {})}:
        row = Cell(key=key, n=None, d=None, hidden=True)
        for folded in _folded([row], said):
            if codes(names, folded.key) in also.n:
                n.add(codes(table.by, key))
            if codes(names, folded.key) in also.d:
                d.add(codes(table.by, key))
    return Orders(n=frozenset(n), d=frozenset(d))


def _orders(settled: Settled) -> Orders:
    """What this reader may not see, for the next."""
    table, decided = settled.table, settled.decided
    return Orders(
        n=frozenset(codes(table.by, key) for key, hide in decided.items() if hide.n),
        d=frozenset(
            codes(table.by, table.base_key(key)) for key, hide in decided.items() if hide.d
        ),
    )


def _unhidden(table: RawTable) -> Decisions:
    """Every row there is: all but plain zeros, rows with a base of their own, the grand total."""
    keys = {key for key, cell in table.cells.items() if cell.persons}
    keys |= set(table.base or {}) | {(ALL,) * len(table.by)}
    return dict.fromkeys(keys, Hide(n=False, d=False))


def _released(
    table: RawTable,
    audience: Audience,
    rules: Rules | None,
    decided: Decisions,
    units: Sequence[Unit] | None = None,
) -> SafeTable:
    if units is not None:
        table, decided = cut(table, decided, units)
    rows = [_row(table, key, decided[key]) for key in decided]
    is_sum = len(units or ()) > 1
    facts = wording.facts(table, audience, rules, rows, is_sum=is_sum)
    by, said = _said(table)
    return _sealed(tuple(by), tuple(sorted(_folded(rows, said), key=_in_order)), facts)


def _in_order(row: Cell) -> tuple[str, ...]:
    return tuple(part or "" for part in row.key)


def _row(table: RawTable, key: Key, hide: Hide) -> Cell:
    base = None
    if table.base is not None and not hide.d:
        found = table.base.get(table.base_key(key))
        base = found.persons if found else 0
    return Cell(key=key, n=None if hide.n else table.at(key), d=base, hidden=hide.n)


def _said(table: RawTable) -> tuple[list[str], list[tuple[int, tuple[int, ...]]]]:
    """Names of the released dimensions; for each its position, and those of the outer ones that
    its codes speak for: "2026-05" lies in 2026. A dimension that was dropped is stood for by the
    one it lies in."""
    names: list[str] = []
    said: list[tuple[int, tuple[int, ...]]] = []
    for name in table.by if table.asked is None else table.asked:
        held = name
        while held not in table.by and held in NESTED:
            held = NESTED[held]
        if held not in table.by or held in (table.by[at] for at, _ in said):
            continue
        silent, outer = [], NESTED.get(held)
        while outer in table.by and table.asked is not None and outer not in table.asked:
            silent.append(table.by.index(outer))
            outer = NESTED.get(outer)
        names.append("age" if held == AGE_GROUP else held)
        said.append((table.by.index(held), tuple(silent)))
    return names, said


def _folded(rows: Sequence[Cell], said: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Cell]:
    """The rows in the released dimensions. A total over months of one quarter is none of them."""
    for row in rows:
        if all(
            row.key[at] is not ALL or all(row.key[one] is ALL for one in silent)
            for at, silent in said
        ):
            yield replace(row, key=tuple(row.key[at] for at, _ in said))
