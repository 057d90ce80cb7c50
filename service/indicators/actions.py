"""show(): one table of the catalogue, protected for whoever will read it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from service.accounts import policy
from service.accounts.actor import Actor
from service.disclosure.areas import cut
from service.disclosure.periods import (
    GRAINS,
    MONTHS,
    Unit,
    finest,
    lies_in,
    only_inside,
    path,
    units_of,
)
from service.disclosure.rules import NESTED, RULES, Audience, Rules, canonical
from service.disclosure.safe_table import ALL, RawTable, SafeTable, Source
from service.disclosure.suppress import protect
from service.facts import places
from service.facts.queries import find_policy
from service.foundation import audit, clock
from service.foundation.problems import (
    BREAKDOWN_NOT_OFFERED,
    INVALID_PARAMETER,
    NOT_FOUND,
    Problem,
)
from service.indicators import queries
from service.indicators.catalogue import (
    INDICATORS,
    OF_HOUSEHOLD,
    OF_PLACE,
    Breakdown,
    Count,
    Indicator,
    breakdowns,
    of_areas,
)
from service.indicators.queries import ONCE_EACH, Scope, Visits
from service.indicators.tabulate import Grouping, fold

CAMBODIA = dt.timezone(dt.timedelta(hours=7))


def show(
    session: Session,
    actor: Actor,
    project_id: int,
    indicator_id: str,
    by: tuple[str, ...],
    audience: Audience | str = Audience.PARTNER,
    period_from: dt.date | None = None,
    period_to: dt.date | None = None,
) -> SafeTable:
    """The indicator by these dimensions, as the audience may see it; for roles bound to areas, the
    rows of those.

    An end of the period that is not given is open. Raises Problem: NOT_FOUND for an unknown
    indicator, BREAKDOWN_NOT_OFFERED off the grid, INVALID_PARAMETER for a period whose ends the
    audience could play against each other, and what `policy.demand` raises.
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
    asked = Scope(project_id=project_id, as_of=_today(), start=period_from, end=period_to)
    if unhidden:
        return protect(_table(session, indicator, offered, asked, asked), audience)
    protected = _protected(session, indicator, offered, asked, audience)
    reach = policy.reach(actor, act, project_id)
    return protected if reach.is_whole else cut(protected, reach.areas)


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
    asked = Scope(project_id=project_id, as_of=_today(), start=None, end=None)
    table = _table(session, indicator, canonical(offered), asked, asked)
    return replace(table, asked=offered)


def _protected(
    session: Session, indicator: Indicator, offered: Breakdown, asked: Scope, audience: Audience
) -> SafeTable:
    """A period is cut out of a table of the whole time: see `disclosure.periods`."""
    units = _units(session, indicator, asked, rules_of(indicator, audience))
    times = {name for unit in units or () for name in GRAINS[: len(unit)]}
    if units is not None:
        times.add("year")
    whole = replace(asked, start=None, end=None)
    by = canonical((*offered, *times))
    table = replace(_table(session, indicator, by, whole, asked, units), asked=offered)
    if units is not None and not set(offered) & set(GRAINS):
        table = only_inside(table, units)
    return protect(table, audience, units)


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


def _units(
    session: Session, indicator: Indicator, asked: Scope, rules: Rules
) -> tuple[Unit, ...] | None:
    """What the period is made of; None for all that is on record."""
    if asked.start is None and asked.end is None:
        return None
    on_record = queries.months(session, asked, indicator.denominator or indicator.numerator)
    return units_of(asked.start, asked.end, on_record, rules.times)


def _table(
    session: Session,
    indicator: Indicator,
    by: tuple[str, ...],
    scope: Scope,
    asked: Scope,
    units: Sequence[Unit] | None = None,
) -> RawTable:
    """Counted within `scope`; what is said beside it is of the period that was asked for."""
    base = None
    visits = _visits(session, scope, indicator)
    if indicator.denominator is not None:
        single = tuple(name for name in by if name not in indicator.overlapping)
        groupings = _groupings(session, scope, indicator.denominator, single, visits)
        base = fold(by, groupings, _shared(visits))
    cells = fold(by, _numerators(session, scope, indicator, by, visits), _shared(visits))
    whole = (ALL,) * len(by)
    counted, of_whom = (
        (cells, indicator.numerator) if base is None else (base, indicator.denominator)
    )
    shares = queries.largest_shares(session, asked, of_whom) if of_whom else {}
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
        period=_period(session, indicator, asked),
        as_of=clock.now(),
        refused_stats=_beside(queries.count_refused(session, scope, indicator.numerator), units),
        sources=_sources(shares),
        counts=find_policy(session, scope.project_id).counting.value,
        has_minors=is_treaty,
        minors=_beside(queries.count_minors(session, scope), units) if is_treaty else None,
    )


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


def _numerators(
    session: Session, scope: Scope, indicator: Indicator, by: tuple[str, ...], visits: Visits
) -> Iterator[Grouping]:
    """Inner cells and margins; totals over needs count each person once, from the persons."""
    if indicator.numerator is not Count.OPEN_NEED:
        yield from _groupings(session, scope, indicator.numerator, by, visits)
        return
    single = tuple(name for name in by if name != "need")
    yield from _groupings(session, scope, Count.ANY_OPEN_NEED, single, visits)
    if "need" in by:
        always = frozenset({"need"})
        yield from _groupings(session, scope, Count.OPEN_NEED, by, visits, always=always)


def _visits(session: Session, scope: Scope, indicator: Indicator) -> Visits:
    if indicator.numerator is Count.VALID_SIGNATURE:
        return ONCE_EACH
    return queries.visits(session, scope)


def _shared(visits: Visits) -> frozenset[str]:
    """Dimensions over which households add up."""
    return OF_PLACE if visits.are_again else OF_HOUSEHOLD


def _groupings(
    session: Session,
    scope: Scope,
    count: Count,
    by: tuple[str, ...],
    visits: Visits,
    always: frozenset[str] = frozenset(),
) -> Iterator[Grouping]:
    """One grouping for each set of dimensions over which households do not add up, that keeps
    `always`."""
    shared = _shared(visits)
    personal = [name for name in by if name not in shared and name not in always]
    for size in range(len(personal) + 1):
        for chosen in itertools.combinations(personal, size):
            if any(NESTED.get(name) in by and NESTED[name] not in chosen for name in chosen):
                continue
            kept = tuple(name for name in by if name in shared | always | set(chosen))
            yield queries.group(session, scope, count, kept, visits)


def _today() -> dt.date:
    return clock.now().astimezone(CAMBODIA).date()


def _period(session: Session, indicator: Indicator, scope: Scope) -> tuple[dt.date, dt.date]:
    """The period asked for; an open end reaches to the first month on record, or to today."""
    today = _today()
    if scope.start and scope.end:
        return scope.start, scope.end
    found = queries.find_period(session, scope, indicator.numerator) or (today, today)
    return scope.start or found[0].replace(day=1), scope.end or max(found[1], today)
