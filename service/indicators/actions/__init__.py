"""show(): one table of the catalogue, protected for whoever will read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.disclosure.areas import cut
from service.disclosure.hiding import Orders
from service.disclosure.medians import with_completeness
from service.disclosure.periods import MONTHS, Unit, finest, units_of
from service.disclosure.rules import RULES, Audience, Rules, canonical
from service.disclosure.safe_table import RawTable, SafeTable
from service.disclosure.suppress import protect
from service.facts.counting import Counting
from service.foundation import audit, clock
from service.foundation.problems import (
    BREAKDOWN_NOT_OFFERED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)
from service.indicators.actions import beside
from service.indicators.actions.following import figures_of
from service.indicators.actions.scopes import day_in_cambodia, scope_of
from service.indicators.actions.telling import (
    OF_VISITS,
    VILLAGES,
    coverage,
    with_statistics,
)
from service.indicators.catalogue import INDICATORS, Breakdown, Indicator, breakdowns, of_areas
from service.indicators.counting import Figures, Scope
from service.indicators.raw import Asked, table


def show(
    session: Session,
    actor: Actor,
    project_id: int,
    indicator_id: str,
    by: tuple[str, ...],
    audience: Audience | str = Audience.PARTNER,
    period_from: dt.date | None = None,
    period_to: dt.date | None = None,
    as_of: dt.date | None = None,
) -> SafeTable:
    """The indicator by these dimensions, as the audience may see it; for roles bound to areas, the
    rows of those.

    An end of the period that is not given is open. `as_of`: of what had come in by the end of that
    day and has not been taken back since, as it is told and reviewed today; for internal work
    alone. Raises Problem: NOT_FOUND for an unknown indicator, BREAKDOWN_NOT_OFFERED off the grid,
    INVALID_PARAMETER for a period whose ends the audience could play against each other, or a day
    that is not for it, and what `policy.demand` raises.
    """
    audience = _audience(audience)
    unhidden = audience is Audience.INTERNAL
    act = policy.Act.FIGURES_INTERNAL if unhidden else policy.Act.FIGURES_READ
    policy.demand(actor, act, project_id=project_id)
    indicator = INDICATORS.get(indicator_id)
    if indicator is None:
        raise Problem(NOT_FOUND)
    offered, grid = (
        indicator.offered(by, audience),
        grid_for(actor, project_id, indicator, audience),
    )
    if offered is None or frozenset(offered) not in map(frozenset, grid):
        raise Problem(
            BREAKDOWN_NOT_OFFERED,
            indicator=indicator_id,
            by=" × ".join(by) or "-",
            offered="; ".join(" × ".join(one) for one in grid if one),
        )
    _check_period(indicator, audience, period_from, period_to)
    asked = replace(scope_of(session, project_id), start=period_from, end=period_to)
    asked = replace(asked, received_by=_past_day(as_of, audience))
    if unhidden:
        table = protect(_table(session, indicator, offered, asked, asked), audience)
        told = _told(session, asked, indicator, audience, table)
        return told if as_of is None else told.only(lambda _row: True, came_by=as_of.isoformat())
    protected = _protected(session, indicator, offered, asked, audience)
    reach = policy.reach(actor, act, project_id)
    shown = protected if reach.is_whole else cut(protected, reach.areas)
    return _told(session, asked, indicator, audience, shown)


def _told(
    session: Session, asked: Scope, indicator: Indicator, audience: Audience, safe: SafeTable
) -> SafeTable:
    """The table, and beside it what its rows say of themselves."""
    safe = with_completeness(with_statistics(session, asked, indicator, safe))
    if indicator.unit not in OF_VISITS or "areas" in safe.as_dict():
        return safe
    whole = replace(asked, start=None, end=None, received_by=None)
    villages = _table(session, INDICATORS[VILLAGES], ("province",), whole, whole)
    told = coverage(protect(villages, audience))
    return safe.only(lambda _row: True, coverage=told)


def count(
    session: Session,
    actor: Actor,
    project_id: int,
    indicator_id: str,
    by: tuple[str, ...],
    audience: Audience,
) -> RawTable:
    """What `show` protects, of all that is on record: for a room that protects it beside what it
    released before. For whoever sees the whole project; raises as `show` does."""
    policy.demand(actor, policy.Act.FIGURES_READ, project_id=project_id, place=None)
    indicator = INDICATORS.get(indicator_id)
    if indicator is None:
        raise Problem(NOT_FOUND)
    offered = indicator.offered(by, audience)
    if offered is None:
        raise Problem(
            BREAKDOWN_NOT_OFFERED,
            indicator=indicator_id,
            by=" × ".join(by) or "-",
            offered="; ".join(" × ".join(one) for one in breakdowns(indicator, audience) if one),
        )
    asked = scope_of(session, project_id)
    table = _table(session, indicator, canonical(offered), asked, asked)
    return replace(table, asked=offered)


def settling(
    session: Session, project_id: int, table: RawTable, audience: Audience
) -> Callable[[Orders], SafeTable]:
    """Makes of a table of `count`, with these rows hidden besides, what `show` makes of it, and
    says beside it what its rows tell."""
    indicator, asked = INDICATORS[table.indicator], scope_of(session, project_id)
    offered = table.asked or table.by
    made = beside.Making(session, asked, asked, None, _table)
    protecting = made.protecting(indicator, table, offered, audience)

    def settled(also: Orders) -> SafeTable:
        return with_completeness(with_statistics(session, asked, indicator, protecting(also)))

    return settled


def _protected(
    session: Session, indicator: Indicator, offered: Breakdown, asked: Scope, audience: Audience
) -> SafeTable:
    """A period is cut out of a table of the whole time: see `disclosure.periods`."""
    with figures_of(session, asked.project_id) as figures:
        units = _units(figures, indicator, asked, rules_of(indicator, audience))
    whole = replace(asked, start=None, end=None)
    made = beside.Making(session, whole, asked, units, _table)
    table = made.table(indicator, offered)
    return made.protecting(indicator, table, offered, audience)(Orders())


def grid_for(
    actor: Actor, project_id: int, indicator: Indicator, audience: Audience
) -> tuple[Breakdown, ...]:
    """What `show` offers the actor: the fixed grid; in areas alone, what has rows there."""
    grid = breakdowns(indicator, audience)
    reach = policy.reach(actor, policy.Act.FIGURES_READ, project_id)
    return grid if reach.is_whole else of_areas(grid, reach.areas)


def note_unhidden(session: Session, actor: Actor, project_id: int, indicator_id: str) -> None:
    """Write into the audit log that somebody looked at unhidden cells. Doors call it, in a unit
    of work, before they hand an INTERNAL table over."""
    policy.demand(actor, policy.Act.FIGURES_INTERNAL, project_id=project_id)
    audit.record(
        session,
        project_id=project_id,
        actor_id=actor.id,
        action=policy.Act.FIGURES_INTERNAL,
        subject=indicator_id,
    )


READERS = (Audience.PUBLIC, Audience.PARTNER, Audience.INTERNAL)
"""Who can be asked for; "restricted" is a property of the topic, not of a reader."""


def _audience(name: Audience | str) -> Audience:
    if name not in READERS:
        raise Problem(INVALID_PARAMETER, name="audience", reason=", ".join(READERS))
    return Audience(name)


LAST_YEAR = 2200


def rules_of(indicator: Indicator, audience: Audience) -> Rules:
    """The column of rules for this reader of this topic; not for INTERNAL, who has none."""
    return RULES[Audience.RESTRICTED if indicator.restricted else audience]


def _check_period(
    indicator: Indicator, audience: Audience, start: dt.date | None, end: dt.date | None
) -> None:
    """Whole months, quarters or years: from two periods a day apart, one day's people could be
    had."""
    if start and end and start > end:
        raise Problem(INVALID_PARAMETER, name="from", reason="it is after “to”")
    if end and end.year > LAST_YEAR:
        raise Problem(INVALID_PARAMETER, name="to", reason=f"no later than {LAST_YEAR}")
    if audience is Audience.INTERNAL:
        return
    grain = finest(rules_of(indicator, audience).times)
    months = MONTHS[grain]
    if start and (start.day != 1 or (start.month - 1) % months):
        raise Problem(INVALID_PARAMETER, name="from", reason=f"give whole {grain}s")
    if end:
        after = end + dt.timedelta(days=1)
        if after.day != 1 or (after.month - 1) % months:
            raise Problem(INVALID_PARAMETER, name="to", reason=f"give whole {grain}s")


def _past_day(as_of: dt.date | None, audience: Audience) -> dt.date | None:
    """Whoever knows a figure by when people were visited and by when their records came knows who
    came late, perhaps one alone: outside, a past figure is that of a release."""
    if as_of is None:
        return None
    if audience is not Audience.INTERNAL:
        raise Problem(INVALID_PARAMETER, name="as_of", reason="for the audience “internal” alone")
    today = day_in_cambodia()
    if as_of > today:
        raise Problem(INVALID_PARAMETER, name="as_of", reason=f"no later than {today}")
    return as_of


def _units(
    figures: Figures, indicator: Indicator, asked: Scope, rules: Rules
) -> tuple[Unit, ...] | None:
    """What the period is made of; None for all that is on record."""
    if asked.start is None and asked.end is None:
        return None
    told = INDICATORS[indicator.restates.figure] if indicator.restates else indicator
    on_record = figures.months(asked, told.denominator or told.numerator)
    return units_of(asked.start, asked.end, on_record, rules.times)


def _table(
    session: Session,
    indicator: Indicator,
    by: tuple[str, ...],
    scope: Scope,
    period: Scope,
    units: Sequence[Unit] | None = None,
) -> RawTable:
    asked = Asked(
        indicator=indicator,
        by=by,
        scope=scope,
        period=period,
        units=units,
        now=clock.now(),
        counts=(Counting.APPROVED_ONLY if scope.approved_only else Counting.ALL_BUT_REJECTED).value,
    )
    with figures_of(session, scope.project_id) as figures:
        return table(figures, asked)
