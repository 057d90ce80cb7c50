"""What is told beside a protected table: statistics, ratios, coverage, completeness."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from service.disclosure import medians
from service.disclosure.medians import Numbers, Wanted
from service.disclosure.safe_table import ALL, Key, SafeTable
from service.indicators.actions.following import figures_of
from service.indicators.catalogue import Indicator
from service.indicators.counting import Figures, Scope


def with_statistics(
    session: Session, scope: Scope, indicator: Indicator, safe: SafeTable
) -> SafeTable:
    """`scope`: what the table was asked for."""
    if indicator.ratio is not None:
        one = indicator.ratio
        return medians.with_ratio(safe, one.dimension, one.over, one.under)
    said = indicator.statistic
    if said is None:
        return safe
    wanted = Wanted(names=said.names, unit=said.unit, step=said.step, of_base=said.of_base)
    numbers = _numbers(session, scope, indicator, safe)
    return medians.with_numbers(
        safe, wanted, lambda key: numbers.get(key, {}), restricted=indicator.restricted
    )


def coverage(whole: SafeTable) -> dict[str, int | None]:
    """Villages reached, and how many there are in the provinces where any was: from the table of
    villages by province (`VILLAGES`) as the reader may have it, all that is on record. The same
    beside every figure, whatever its period: two of them tell nothing together."""
    rows = {row.key[0]: row for row in (*whole.cells, *whole.totals) if whole.by}
    reached = rows[ALL].n if ALL in rows else None
    inside = [row.d for key, row in rows.items() if key is not ALL and row.n != 0]
    of = sum(one for one in inside if one is not None)
    return {"reached": reached, "of": of if None not in inside else None}


VILLAGES = "I10"
"""The indicator that says where we were."""
OF_VISITS = frozenset({"persons", "needs", "households"})
"""Units of what is told where a village is visited."""


def _numbers(
    session: Session, scope: Scope, indicator: Indicator, safe: SafeTable
) -> Mapping[Key, Numbers]:
    """For each row that the table may have, the numbers of the field there."""
    found: dict[Key, Counter[int]] = defaultdict(Counter)
    with figures_of(session, scope.project_id) as figures:
        for codes, value, times in numbers_of(figures, scope, indicator, safe.by):
            for kept in itertools.product((True, False), repeat=len(codes)):
                key = tuple(
                    code if is_kept else ALL for code, is_kept in zip(codes, kept, strict=True)
                )
                found[key][value] += times
    return found


def numbers_of(
    figures: Figures, scope: Scope, indicator: Indicator, by: tuple[str, ...]
) -> Iterable[tuple[tuple[str, ...], int, int]]:
    """As `Figures.values`, of the field that is told of beside the table."""
    said = indicator.statistic
    if said is None:
        raise AssertionError("asked for those with one alone")
    base = indicator.denominator if said.of_base else None
    return figures.values(scope, base or indicator.numerator, by, said.field)
