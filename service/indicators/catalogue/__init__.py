"""Every indicator, declared once: what is counted, of whom, by what, for whom, and why.

A new indicator is one entry in the module of its pillar and a hand-computed test.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.indicators.catalogue import (
    clearance,
    needs,
    participation,
    people,
    quality,
    rights,
    services,
    treaty,
)
from service.indicators.catalogue.shape import (
    LEVELS,
    PILLARS,
    Breakdown,
    Indicator,
    Missing,
    Ratio,
    Statistic,
    breakdowns,
    of_areas,
)
from service.indicators.measures import Count

__all__ = [
    "INDICATORS",
    "LEVELS",
    "MISSING",
    "PILLARS",
    "Breakdown",
    "Count",
    "Indicator",
    "Missing",
    "Ratio",
    "Statistic",
    "breakdowns",
    "of_areas",
]

_MODULES = (people, needs, services, rights, participation, treaty, clearance, quality)
_ENTRIES = sorted((one for module in _MODULES for one in module.ENTRIES), key=lambda one: one.id)

INDICATORS: Mapping[str, Indicator] = {one.id: one for one in _ENTRIES}
MISSING: Mapping[str, Missing] = {
    one.id: one for module in _MODULES for one in getattr(module, "MISSING", ())
}
"""Those that cannot be computed yet."""
