"""protect(): the only way out for a table.

Coarsen, hide what is small, hide enough beside it, let an attacker try (`attacker.py`), and where
that cannot be made to hold, drop the breakdown. Never release on a failed audit. The rules and
their reasons: docs/disclosure.md.

Not here: comparison with releases of other dates (differencing across time), which needs stored
releases. `earlier` takes sister tables of the very same data only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.disclosure import wording
from service.disclosure.hiding import Decisions, Hide, Orders, Unprotectable, why_hidden
from service.disclosure.nested import decide, pointless
from service.disclosure.rules import PLACES, RULES, TIMES, Audience, Rules, is_offered
from service.disclosure.safe_table import ALL, Cell, Key, RawTable, SafeTable, _sealed

TOO_FINE = 0.25
"""Share of cells lost at first hand above which a coarser grouping serves the reader better."""
Codes = frozenset[tuple[str, str]]


def protect(table: RawTable, audience: Audience, earlier: Sequence[SafeTable] = ()) -> SafeTable:
    """The table as `audience` may have it; perhaps with fewer dimensions than asked.

    `earlier`: tables of the same indicator, period and moment that the audience already has.
    What they hide stays hidden, what they show is taken as known. Raises ValueError if one of
    them is about other data: that comparison is not made here, and silence would fake it.
    """
    if audience is Audience.INTERNAL:
        return _released(table, audience, None, _unhidden(table))
    rules = rules_for(table, audience)
    table = _as_offered(table, rules)
    known = _known(table, earlier)
    while True:
        try:
            decided = decide(table, rules, _orders(table, known))
        except Unprotectable as verdict:
            table = table.without(verdict.dimensions[-1])
            continue
        useless = pointless(table, decided)
        if useless is None:
            return _released(table, audience, rules, decided)
        table = table.without(useless)


def rules_for(table: RawTable, audience: Audience) -> Rules:
    """The column of rules: the topic may be stricter than the reader."""
    return RULES[Audience.RESTRICTED if table.restricted else audience]


def is_too_fine(table: RawTable, audience: Audience) -> bool:
    """Whether more than a quarter of the innermost cells would go at first hand."""
    if audience is Audience.INTERNAL:
        return False
    rules = rules_for(table, audience)
    inner = [(key, cell) for key, cell in table.cells.items() if ALL not in key and cell.persons]
    lost = sum(why_hidden(table, key, cell, rules) is not None for key, cell in inner)
    return lost > TOO_FINE * len(inner)


def _as_offered(table: RawTable, rules: Rules) -> RawTable:
    """Drop what the audience may never cross: barred places and times first, then the last."""
    while not is_offered(table.by, rules):
        barred = [n for n in table.by if n in {*PLACES, *TIMES} - {*rules.places, *rules.times}]
        others = [n for n in table.by if n not in {*PLACES, *TIMES}]
        table = table.without((barred or others)[-1])
    return table


def _known(table: RawTable, earlier: Sequence[SafeTable]) -> Mapping[Codes, bool]:
    """Codes of a cell -> whether an earlier table hid it."""
    known: dict[Codes, bool] = {}
    for sister in earlier:
        if sister.subject != wording.subject(table):
            raise ValueError("earlier tables must be of the same indicator, period and moment")
        for row in (*sister.cells, *sister.totals):
            known[_codes(sister.by, row.key)] = row.hidden
    return known


def _orders(table: RawTable, known: Mapping[Codes, bool]) -> Orders:
    return Orders(
        hides_n=lambda key: known.get(_codes(table.by, key)) is True,
        shows_n=lambda key: known.get(_codes(table.by, key)) is False,
    )


def _codes(by: tuple[str, ...], key: Key) -> Codes:
    return frozenset((n, part) for n, part in zip(by, key, strict=True) if part is not ALL)


def _unhidden(table: RawTable) -> Decisions:
    """Every row there is: all but plain zeros, rows with a base of their own, the grand total."""
    keys = {key for key, cell in table.cells.items() if cell.persons}
    keys |= set(table.base or {}) | {(ALL,) * len(table.by)}
    return dict.fromkeys(keys, Hide(n=False, d=False))


def _released(
    table: RawTable, audience: Audience, rules: Rules | None, decided: Decisions
) -> SafeTable:
    rows = tuple(
        _row(table, key, decided[key])
        for key in sorted(decided, key=lambda key: tuple(part or "" for part in key))
    )
    return _sealed(table.by, rows, wording.facts(table, audience, rules, rows))


def _row(table: RawTable, key: Key, hide: Hide) -> Cell:
    base = None
    if table.base is not None and not hide.d:
        found = table.base.get(table.base_key(key))
        base = found.persons if found else 0
    return Cell(key=key, n=None if hide.n else table.at(key), d=base, hidden=hide.n)
