"""What the numbers of an indicator count, by names that other indicators share: by them releases of
one are held against releases of another (`disclosure.holdings`)."""

from __future__ import annotations

from service.disclosure.holdings import Measure
from service.indicators.catalogue import INDICATORS, Indicator
from service.indicators.measures import Count

NEEDS = "I12"
"""The figure that tells open needs one by one."""
OF_GAZETTEER = "places of the gazetteer"


def measure_of(indicator: Indicator) -> Measure:
    """Where one stands in several rows, totals count it once (`Indicator.once`)."""
    whole = indicator.once or indicator.numerator
    of_all = Count(whole.kind)
    is_part = bool(whole.tests) and not whole.distinct
    base = OF_GAZETTEER if indicator.of_gazetteer else ""
    restated, of = indicator.restates, None
    if restated is not None:
        of = measure_of(INDICATORS[restated.figure])
    gathers = indicator.gathers
    return Measure(
        n=str(whole),
        each=str(indicator.numerator) if indicator.once else "",
        d=str(indicator.denominator) if indicator.denominator else base,
        within=str(of_all) if is_part and str(of_all) in _TOLD else "",
        overlapping=indicator.overlapping,
        restricted=indicator.restricted,
        restated=restated,
        of=of,
        gathers=None if gathers is None else ("need", frozenset(gathers.needs)),
        gathers_where=frozenset() if gathers is None else frozenset(gathers.where),
        gathers_all=gathers is not None and gathers.is_all,
        gathered=None if gathers is None else measure_of(INDICATORS[NEEDS]),
    )


_TOLD = frozenset(
    str(count)
    for one in INDICATORS.values()
    for count in (one.numerator, one.denominator, one.once)
    if count is not None and not count.tests and not count.distinct
)
"""Counts of all facts of a kind that some figure tells."""

MEASURES = {one.id: measure_of(one) for one in INDICATORS.values()}
