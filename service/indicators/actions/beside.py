"""What a table is settled beside: the figure whose rows it tells again, and everybody of whom it is
a part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from service.disclosure.hiding import Orders
from service.disclosure.periods import GRAINS, Unit, only_inside
from service.disclosure.restated import Settled, Source
from service.disclosure.rules import NESTED, Audience, canonical
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.suppress import for_reader, protect, restate
from service.disclosure.together import Beside, beside
from service.indicators.actions import shares
from service.indicators.catalogue import INDICATORS, Breakdown, Indicator
from service.indicators.counting import Scope
from service.indicators.measured import MEASURES, NEEDS

ANY_NEED = "I11"
"""The figure that tells people with any open need."""


class _Counts(Protocol):
    def __call__(
        self,
        session: Session,
        indicator: Indicator,
        by: tuple[str, ...],
        scope: Scope,
        period: Scope,
        units: Sequence[Unit] | None = None,
    ) -> RawTable: ...


def _readers(audience: Audience) -> tuple[Audience, ...]:
    """The reader, and partners, who come first."""
    return tuple(dict.fromkeys((Audience.PARTNER, audience)))


@dataclass(frozen=True)
class Making:
    """Tables of one moment and one period. `scope`: what is counted; `period`: what was asked for;
    `units`: what that is made of."""

    session: Session
    scope: Scope
    period: Scope
    units: Sequence[Unit] | None
    count: _Counts

    def table(self, indicator: Indicator, asked: Breakdown) -> RawTable:
        """By what was asked for, and by the times that a period is cut out of."""
        units = self.units
        times = {name for unit in units or () for name in GRAINS[: len(unit)]}
        if units is not None:
            times.add("year")
        by = canonical((*asked, *times))
        counted = self.count(self.session, indicator, by, self.scope, self.period, units)
        table = replace(counted, asked=asked)
        if units is not None and not set(asked) & set(GRAINS):
            table = only_inside(table, units)
        return table

    def protecting(
        self, indicator: Indicator, table: RawTable, asked: Breakdown, audience: Audience
    ) -> Callable[[Orders], SafeTable]:
        """Makes of the table, with these rows hidden besides, what the reader may have."""
        restated, units = indicator.restates, self.units
        if restated is not None and restated.is_whole:
            source = self._source(indicator, asked, audience)
            return partial(restate, table, audience, source, restated, units)
        readers = _readers(audience)
        within = {one: self._orders(indicator, table, asked, one) for one in readers}
        held = self._besides(indicator, asked, audience)
        return lambda also: protect(table, audience, units, also, within, held)

    def _besides(
        self, indicator: Indicator, asked: Breakdown, audience: Audience
    ) -> dict[Audience, Beside]:
        before = {one: self._before(indicator, asked, one) for one in _readers(audience)}
        return {one: found for one, found in before.items() if found is not None}

    def _before(self, indicator: Indicator, asked: Breakdown, audience: Audience) -> Beside | None:
        """The figure that tells what its numbers gather, or split, row by row."""
        if indicator.id == NEEDS and indicator.overlapping & {*asked}:
            by = tuple(name for name in asked if name not in indicator.overlapping)
            others = [(INDICATORS[ANY_NEED], by)]
        elif indicator.gathers is not None:
            by = indicator.gathers.by(asked)
            others = [(INDICATORS[NEEDS], by), (INDICATORS[ANY_NEED], by[1:])]
        elif indicator.restates is not None and indicator.restates.own:
            others = [(INDICATORS[indicator.restates.figure], indicator.restates.by(asked))]
        else:
            return None
        settled = [
            (one, MEASURES[other.id])
            for other, by in others
            for one in self._pages(other, by, audience)
        ]
        return beside(settled, audience, MEASURES[indicator.id])

    def _pages(self, other: Indicator, by: Breakdown, audience: Audience) -> Iterator[Settled]:
        """The figure by these dimensions; and where it is not told by all of them, by fewer."""
        settled = self._settled(other, by, audience)
        yield settled
        if set(settled.table.by) >= set(by):
            return
        inner = {NESTED[name] for name in by if name in NESTED}
        for name in by:
            if name not in inner and name not in other.overlapping:
                yield from self._pages(other, tuple(n for n in by if n != name), audience)

    def _source(self, indicator: Indicator, asked: Breakdown, audience: Audience) -> Settled:
        """The figure whose rows it tells, by whatever tells them apart."""
        restated = indicator.restates
        if restated is None:
            raise AssertionError("asked for those that restate alone")
        other = INDICATORS[restated.figure]
        return self._settled(other, restated.by(asked), audience, restated.told_by)

    def _settled(
        self, other: Indicator, by: Breakdown, audience: Audience, keeps: Collection[str] = ()
    ) -> Settled:
        """Another figure, as a page would show it."""
        table = self.table(other, by)
        within = {one: self._orders(other, table, by, one) for one in _readers(audience)}
        held = self._besides(other, by, audience)
        return for_reader(table, audience, self.units, within=within, keeps=keeps, beside=held)

    def _orders(
        self, indicator: Indicator, table: RawTable, asked: Breakdown, audience: Audience
    ) -> Orders:
        """Rows that stay hidden, for what they would tell beside other tables."""
        if indicator.restates is not None:
            source = self._source(indicator, asked, audience)
            return Source(indicator.restates, source).orders(table)
        part = shares.of_everybody(indicator)
        if part is None:
            return Orders()
        by = tuple(name for name in table.by if name not in indicator.overlapping)
        whole = self.count(self.session, part, by, self.scope, self.scope)
        return shares.orders(table, whole, audience)
