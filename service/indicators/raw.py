"""Counted facts and a definition -> a raw table with all that stands beside it. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from service.disclosure.periods import GRAINS, Unit, lies_in, path
from service.disclosure.rules import NESTED, PLACES, RULES, Audience
from service.disclosure.safe_table import ALL, Counted, Key, RawTable, Source
from service.facts import places
from service.indicators.catalogue import Indicator
from service.indicators.counting import ONCE_EACH, Scope, Visits
from service.indicators.layout import OF_HOUSEHOLD, OF_PLACE
from service.indicators.measures import SPREAD, Count, Kind
from service.indicators.tabulate import Grouping, fold


class Counting(Protocol):
    """Whoever counts: `counting.Figures`, or SQL, which tests hold it to."""

    def group(
        self, scope: Scope, count: Count, by: tuple[str, ...], visits: Visits = ...
    ) -> Grouping: ...

    def visits(self, scope: Scope, kind: Kind = ...) -> Visits: ...

    def largest_shares(self, scope: Scope, count: Count) -> Mapping[str, float]: ...

    def count_refused(self, scope: Scope, count: Count) -> Mapping[str, int]: ...

    def count_minors(self, scope: Scope) -> Mapping[str, int]: ...

    def count_beside(self, scope: Scope, count: Count) -> Mapping[str, int]: ...

    def months(self, scope: Scope, count: Count) -> set[str]: ...

    def find_period(self, scope: Scope, count: Count) -> tuple[dt.date, dt.date] | None: ...


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One table, and when it is asked for."""

    indicator: Indicator
    by: tuple[str, ...]
    scope: Scope
    """What is counted."""
    period: Scope
    """What was asked for: what is said beside the table is of it."""
    units: Sequence[Unit] | None
    now: dt.datetime
    counts: str
    """Which records are counted (`facts.counting`)."""


def table(figures: Counting, asked: Asked) -> RawTable:
    """Counted within the scope; what is said beside it is of the period that was asked for."""
    indicator, by, scope, units = asked.indicator, asked.by, asked.scope, asked.units
    base: Mapping[Key, Counted] | None = None
    visits = _visits(figures, scope, indicator)
    shared = _shared(visits, indicator.numerator.kind)
    if indicator.of_gazetteer:
        base = _in_gazetteer(by)
    elif indicator.denominator is not None:
        single = tuple(name for name in by if name not in indicator.overlapping)
        groupings = _groupings(figures, scope, indicator.denominator, single, visits)
        base = folded = fold(by, groupings, shared)
    cells = fold(by, _numerators(figures, asked, visits), shared)
    whole = (ALL,) * len(by)
    counted, of_whom = cells, indicator.numerator
    if indicator.denominator is not None and not indicator.of_gazetteer:
        counted, of_whom = folded, indicator.denominator
    shares = figures.largest_shares(asked.period, of_whom)
    if whole in counted:
        counted[whole] = replace(counted[whole], largest_share=shares[""])
    is_treaty = indicator.numerator is Count.VALID_SIGNATURE
    return RawTable(
        indicator=indicator.id,
        unit=indicator.unit,
        by=by,
        cells=cells,
        base=base,
        overlapping=indicator.overlapping & set(by),
        nested=NESTED,
        restricted=indicator.restricted,
        title=indicator.title,
        note=indicator.note,
        period=_period(figures, asked),
        as_of=asked.now,
        refused_stats=_beside(figures.count_refused(scope, indicator.numerator), units),
        sources=_sources(shares),
        counts=asked.counts,
        has_unanswered=indicator.unknown is not None,
        unanswered=_unanswered(figures, asked),
        has_minors=is_treaty,
        minors=_beside(figures.count_minors(scope), units) if is_treaty else None,
    )


def count(figures: Counting, asked: Asked) -> None:
    """Ask for whatever `table` asks for, and put nothing together: who asks next finds it
    counted."""
    indicator, scope = asked.indicator, asked.scope
    visits = _visits(figures, scope, indicator)
    groupings = [_numerators(figures, asked, visits)]
    if indicator.denominator is not None and not indicator.of_gazetteer:
        single = tuple(name for name in asked.by if name not in indicator.overlapping)
        groupings.append(_groupings(figures, scope, indicator.denominator, single, visits))
    for _ in itertools.chain(*groupings):
        pass
    for one in (indicator.numerator, indicator.denominator):
        if one is not None:
            figures.largest_shares(asked.period, one)
    figures.count_refused(scope, indicator.numerator)
    if indicator.numerator is Count.VALID_SIGNATURE:
        figures.count_minors(scope)
    _period(figures, asked)
    _unanswered(figures, asked)


def _unanswered(figures: Counting, asked: Asked) -> int | None:
    """Who would be in the denominator, had they been asked or answered."""
    unknown = asked.indicator.unknown
    if unknown is None:
        return None
    return _beside(figures.count_beside(asked.scope, unknown), asked.units)


@cache
def _in_gazetteer(by: tuple[str, ...]) -> Mapping[Key, Counted]:
    """How many villages lie in each province and district, and in all."""
    found: Counter[Key] = Counter()
    levels = [PLACES.index(name) for name in by]
    for around in places.load().villages():
        for size in range(len(by) + 1):
            key = tuple(around[level] if at < size else ALL for at, level in enumerate(levels))
            found[key] += 1
    return {key: Counted(persons=n) for key, n in found.items()}


def _sources(shares: Mapping[str, float]) -> dict[str, Source]:
    provinces = places.load().provinces()
    return {
        place.code: Source(
            name={"en": place.name_en, "km": place.name_km}, share=shares[place.code]
        )
        for place in provinces
        if place.code in shares
    }


def _beside(counts: Mapping[str, int], units: Sequence[Unit] | None) -> int | None:
    """A number beside the table, from its months. None for a period if the series it is part of
    would tell about a few people: periods can be subtracted from each other."""
    if units is None:
        return sum(counts.values())
    k = RULES[Audience.PARTNER].k
    for grain in GRAINS[: max(map(len, units), default=1)]:
        series: dict[Unit, int] = defaultdict(int)
        for month, n in counts.items():
            series[path(month, grain)] += n
        if any(0 < n < k for n in series.values()):
            return None
    inside = {month: n for month, n in counts.items() if lies_in(month, units)}
    return sum(inside.values())


def _numerators(figures: Counting, asked: Asked, visits: Visits) -> Iterator[Grouping]:
    """Inner cells and margins. Where one person, or one report, stands in several rows, totals
    count each once."""
    indicator, by, scope = asked.indicator, asked.by, asked.scope
    if indicator.once is None:
        yield from _groupings(figures, scope, indicator.numerator, by, visits)
        return
    overlapping = indicator.overlapping & set(by)
    single = tuple(name for name in by if name not in overlapping)
    yield from _groupings(figures, scope, indicator.once, single, visits)
    if overlapping:
        yield from _groupings(figures, scope, indicator.numerator, by, visits, always=overlapping)


def _visits(figures: Counting, scope: Scope, indicator: Indicator) -> Visits:
    if indicator.numerator.kind is Kind.SIGNATURE or indicator.numerator.distinct:
        return ONCE_EACH
    return figures.visits(scope, indicator.numerator.kind)


def _shared(visits: Visits, kind: Kind) -> frozenset[str]:
    """Dimensions over which households add up. One incident, or one case, is told of in several
    places."""
    if kind in SPREAD:
        return frozenset()
    return OF_PLACE if visits.are_again else OF_HOUSEHOLD


def _groupings(
    figures: Counting,
    scope: Scope,
    count: Count,
    by: tuple[str, ...],
    visits: Visits,
    always: frozenset[str] = frozenset(),
) -> Iterator[Grouping]:
    """One grouping for each set of dimensions over which households do not add up, that keeps
    `always`; the one of all dimensions is counted first, since others can be had from it."""
    shared = _shared(visits, count.kind)
    personal = [name for name in by if name not in shared and name not in always]
    for size in range(len(personal), -1, -1):
        for chosen in itertools.combinations(personal, size):
            if any(NESTED.get(name) in by and NESTED[name] not in chosen for name in chosen):
                continue
            kept = tuple(name for name in by if name in shared | always | set(chosen))
            yield figures.group(scope, count, kept, visits)


def _period(figures: Counting, asked: Asked) -> tuple[dt.date, dt.date]:
    """The period asked for; an open end reaches to the first month on record, or to today."""
    scope, today = asked.period, asked.scope.as_of
    if scope.start and scope.end:
        return scope.start, scope.end
    found = figures.find_period(scope, asked.indicator.numerator) or (today, today)
    return scope.start or found[0].replace(day=1), scope.end or max(found[1], today)
