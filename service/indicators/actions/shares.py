"""Figures of a part of everybody: what is left of everybody is somebody, too.

I35 by province says of how many it is the share, I01 how many were assessed there: who reads both
knows how many were not asked, or are not concerned. So such a denominator, or such a count, is
protected as a numerator of the whole, and its rows that would tell too much of the rest stay
hidden.
"""

from __future__ import annotations

from dataclasses import replace

from service.disclosure.hiding import Orders, codes
from service.disclosure.rules import Audience
from service.disclosure.safe_table import RawTable
from service.disclosure.suppress import hidden_within
from service.indicators.catalogue import INDICATORS, Indicator
from service.indicators.measures import Count, Kind

OF_PAPER = frozenset({Kind.SHEET, Kind.SIGNATURE})
"""Whoever signed is told of wherever enough did: other lines stay untold instead (`beside`)."""
WHOLES = frozenset(
    count
    for one in INDICATORS.values()
    for count in (one.numerator, one.denominator)
    if count is not None and not count.tests and not count.distinct and count.kind not in OF_PAPER
)
"""Counts of everybody that some figure tells."""


def of_everybody(indicator: Indicator) -> Indicator | None:
    """The part as a share of all facts of its kind; None where no figure tells those, or it is all
    of them."""
    part = indicator.beside or indicator.denominator or indicator.once or indicator.numerator
    is_told = indicator.beside is not None or Count(part.kind) in WHOLES
    if not part.tests or part.distinct or indicator.restricted or not is_told:
        return None
    return replace(
        indicator, numerator=part, denominator=Count(part.kind), once=None, unknown=None,
        statistic=None, ratio=None, overlapping=frozenset(),
    )  # fmt: skip


def orders(table: RawTable, whole: RawTable, audience: Audience) -> Orders:
    """Rows of `table` that stay hidden. `whole`: the part, of everybody, by what both are told
    by."""
    by, hidden = hidden_within(whole, audience)
    held = frozenset(by)
    found = set()
    for key in table.cells if table.base is None else table.base:
        told = codes(table.by, key)
        of_part = frozenset(one for one in told if one[0] not in table.overlapping)
        if of_part in hidden.n or not {name for name, _ in of_part} <= held:
            found.add(told)
    rows = frozenset(found)
    return Orders(n=rows) if table.base is None else Orders(d=rows)
