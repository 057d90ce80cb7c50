"""How small is too small, per audience. Parameters and reasons: docs/disclosure.md.

Reasons stay inside the house: whoever knew *why* a cell is hidden would know that it is small.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.disclosure.safe_table import Counted


class Audience(enum.StrEnum):
    """Who will read the table."""

    PUBLIC = "public"
    PARTNER = "partner"
    RESTRICTED = "restricted"
    INTERNAL = "internal"


class Reason(enum.Enum):
    """Why a cell is hidden at first hand."""

    SMALL = enum.auto()
    FEW_HOUSEHOLDS = enum.auto()
    FEW_REPORTERS = enum.auto()
    SMALL_BASE = enum.auto()
    SMALL_COMPLEMENT = enum.auto()
    EVERYBODY = enum.auto()
    ZERO = enum.auto()
    SMALL_PLACE = enum.auto()
    BASE_HIDDEN = enum.auto()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One column of the table in docs/disclosure.md."""

    k: int
    """Least persons in a cell, and least width of what an attacker can find out about it."""
    min_households: int
    min_reporters: int
    max_share: float
    """Above this share of one collector or organisation the table carries a footnote."""
    min_base: int
    """Least denominator of a row that is neither 0 % nor 100 %."""
    protects_complement: bool
    """Whether those of the base who are *not* counted must be nobody or at least k."""
    everybody_from: int | None
    """100 % rows show from this many persons; None: never."""
    hides_zeros: bool
    max_dimensions: int
    """Beside place and time."""
    places: tuple[str, ...]
    """Levels of place that may be shown, coarsest first."""
    min_district: int
    """Least total of a district to be shown apart from its province."""
    times: tuple[str, ...]


RULES: Mapping[Audience, Rules] = {
    Audience.PUBLIC: Rules(
        k=5,
        min_households=3,
        min_reporters=3,
        max_share=0.8,
        min_base=20,
        protects_complement=True,
        everybody_from=10,
        hides_zeros=False,
        max_dimensions=2,
        places=("province", "district"),
        min_district=20,
        times=("quarter", "year"),
    ),
    Audience.PARTNER: Rules(
        k=3,
        min_households=2,
        min_reporters=2,
        max_share=0.9,
        min_base=10,
        protects_complement=False,
        everybody_from=3,
        hides_zeros=False,
        max_dimensions=3,
        places=("province", "district", "commune"),
        min_district=0,
        times=("month", "quarter", "year"),
    ),
    Audience.RESTRICTED: Rules(
        k=10,
        min_households=5,
        min_reporters=5,
        max_share=0.6,
        min_base=50,
        protects_complement=True,
        everybody_from=None,
        hides_zeros=True,
        max_dimensions=1,
        places=("province",),
        min_district=0,
        times=("year",),
    ),
}
PLACES = ("province", "district", "commune")
TIMES = ("month", "quarter", "year")
NESTED: Mapping[str, str] = {
    "district": "province",
    "commune": "district",
    "quarter": "year",
    "month": "quarter",
    "age": "age_group",
}
"""Dimensions and what they lie in. The outer one is always decided first: months that are shown
must not give back a hidden quarter."""
AGE_GROUP = "age_group"
"""Children and adults: what age bands lie in, and what is shown where they are too fine."""
ORDER = (
    *("year", "quarter", "month", *PLACES, "need", "article", "barrier", "land", "scope"),
    *("reach", "cause", "sex", AGE_GROUP, "age", "wg", "victim", "device", "remoteness", "kind"),
    *("outcome", "incident_year", "duty_bearer", "public_place", "testimony", "hectares"),
    *("waited", "status"),
)
"""In which order dimensions are decided, however they were asked for: of two equally good cells
to hide, the first is taken, and two orders would hide two."""


def canonical(by: Iterable[str]) -> tuple[str, ...]:
    """These dimensions, and all they lie in, in the order in which they are decided."""
    found = set(by)
    while more := {NESTED[name] for name in found if name in NESTED} - found:
        found |= more
    return tuple(sorted(found, key=ORDER.index))


def is_offered(by: tuple[str, ...], rules: Rules) -> bool:
    """Whether the audience may cross these dimensions at this grain."""
    places = [name for name in by if name in PLACES]
    times = [name for name in by if name in TIMES]
    others = len(by) - len(places) - len(times) - (AGE_GROUP in by and "age" in by)
    return (
        others <= rules.max_dimensions
        and set(places) <= set(rules.places)
        and set(times) <= set(rules.times)
    )


def why_small(counted: Counted, rules: Rules) -> Reason | None:
    """Why these persons may not be shown as a number by themselves; None if they may."""
    if counted.persons == 0:
        return Reason.ZERO if rules.hides_zeros else None
    if counted.different < rules.k:
        return Reason.SMALL
    if counted.households is not None and counted.households < rules.min_households:
        return Reason.FEW_HOUSEHOLDS
    if counted.reporters is not None and counted.reporters < rules.min_reporters:
        return Reason.FEW_REPORTERS
    return None


def why_telling(n: int, d: int, rules: Rules) -> Reason | None:
    """Why `n of d` says too much, or too little to be a percentage; None if it may be shown.

    0 % and 100 % have rules of their own (14 of 14 is shown although 14 < 20).
    """
    if n == 0:
        return None
    if n == d:
        shown = rules.everybody_from is not None and n >= rules.everybody_from
        return None if shown else Reason.EVERYBODY
    if d < rules.min_base:
        return Reason.SMALL_BASE
    if rules.protects_complement and d - n < rules.k:
        return Reason.SMALL_COMPLEMENT
    return None
