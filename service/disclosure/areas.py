"""A table for somebody whose role is bound to areas: rows of the whole table, and no others.

An area's table of its own would have cells that the whole one hides, and its sums, beside those
of the whole project, would give others back. So nothing is counted for an area: the project's
table is protected as for everybody, and then cut.
"""

from __future__ import annotations

from service.accounts.reach import lies_under
from service.disclosure.rules import PLACES
from service.disclosure.safe_table import ALL, Cell, SafeTable

UNKNOWN = "unknown"


def cut(table: SafeTable, areas: frozenset[str]) -> SafeTable:
    """The rows of these areas. Totals over places, and what the whole table rests on, are about
    the whole project: the first are left out, the second are None."""
    at = [n for n, name in enumerate(table.by) if name in PLACES]

    def is_inside(row: Cell) -> bool:
        known = [part for n in at if (part := row.key[n]) is not ALL and part != UNKNOWN]
        return bool(known) and lies_under(known[-1], areas)

    return table.only(is_inside, basis=dict.fromkeys(table.basis), areas=sorted(areas))
