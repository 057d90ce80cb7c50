"""A figure whose numbers are rows of another is told as that one tells them: or it would give back
what that hides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

import pytest

from service.disclosure.restated import Part, Parts, Settled, Source
from service.disclosure.rules import Audience, canonical
from service.disclosure.safe_table import ALL, Key, RawTable
from service.disclosure.suppress import for_reader, restate
from service.indicators.catalogue import INDICATORS, Indicator, breakdowns
from service.indicators.counting import Figures, Scope
from service.indicators.measures import Count, Is, Kind
from service.indicators.raw import Asked, table
from tests.bench.protecting import store

READERS = (Audience.PUBLIC, Audience.PARTNER)
COARSER = {"remoteness": "reach", "victim": "cause"}
RESTATING = [one for one in INDICATORS.values() if one.restates]
COUNTED = [one for one in RESTATING if one.numerator.kind in (Kind.PERSON, Kind.NEED)]
"""Of kinds that the invented visits have (the others: `test_restated_figures.py`)."""
TODAY = dt.date(2026, 11, 28)


def dimensions(one: Indicator) -> set[str]:
    return {name for by in one.grid for name in by}


def are_rows(tests: set[object], other: Indicator) -> bool:
    """Whether one of its tables has rows, or sums of rows, of exactly those whom the tests name."""
    fields = {test.field for test in tests if isinstance(test, Is)}
    return all(isinstance(test, Is) for test in tests) and any(fields <= {*by} for by in other.grid)


def roles(one: Indicator) -> list[tuple[str, Count]]:
    """What its numbers count: n (of totals), each (a row of several in which one may stand), d."""
    found = [("each" if one.once else "n", one.numerator)]
    if one.once:
        found.append(("n", one.once))
    if one.denominator:
        found.append(("d", one.denominator))
    return found


def is_told_again(one: Indicator, other: Indicator) -> bool:
    """Whether a number of `one` is a row of `other`, or a sum of rows."""
    for role, part in roles(one):
        for other_role, whole in roles(other):
            if part.kind != whole.kind or part.distinct or whole.distinct:
                continue
            if not set(whole.tests) <= set(part.tests):
                continue
            more = set(part.tests) - set(whole.tests)
            if more and are_rows({*more}, other):
                return True
            is_share = other.denominator is not None and other_role == "n" and role == "d"
            if not more and (is_share or (role, other_role) == ("n", "each")):
                return True
    by = {COARSER[name] for name in dimensions(other) if name in COARSER}
    alike = {count for _, count in roles(one)} & {count for _, count in roles(other)}
    return bool(by & dimensions(one) and alike)


@pytest.mark.parametrize("code", sorted(INDICATORS))
def test_what_is_a_row_of_another_figure_says_of_which(code: str) -> None:
    one = INDICATORS[code]
    again = {
        other.id
        for other in INDICATORS.values()
        if other is not one and not other.restates and is_told_again(one, other)
    }
    assert bool(one.restates) or again == set(), "let it `restate` them (docs/decisions/0086)"


def test_those_that_do_are_found() -> None:
    """Or nothing is proven by there being no more."""
    found = {
        one.id
        for one in INDICATORS.values()
        for other in INDICATORS.values()
        if other is not one and not other.restates and is_told_again(one, other)
    }
    by_hand = {"I19", "I33"}
    """What one field of a person says of one need; and a group that is not a sum of codes."""
    assert {one.id for one in RESTATING} - by_hand <= found
    assert not any(INDICATORS[one.restates.figure].restates for one in RESTATING if one.restates)


@cache
def figures(facts: int) -> Figures:
    return Figures(store(facts))


def counted(one: Indicator, by: tuple[str, ...], facts: int) -> RawTable:
    scope = Scope(project_id=1, as_of=TODAY)
    now = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
    asked = Asked(
        indicator=one, by=canonical(by), scope=scope, period=scope, units=None, now=now, counts=""
    )
    return replace(table(figures(facts), asked), asked=by)


def parts_of(one: Indicator, parts: Parts, said: Mapping[str, str]) -> Parts:
    coarser = one.restates.coarser if one.restates else {}
    for name in coarser:
        if name in said:
            return coarser[name][said[name]]
    return parts


def summed(other: RawTable, part: Part, said: Mapping[str, str], *, of_base: bool) -> int:
    """Innermost rows of the other table, that are in this part and in the row."""
    cells = (other.base or {}) if of_base else other.cells
    total = 0
    names = {*part, *(name for name in said if name in other.by)}
    for key, cell in cells.items():
        told = dict(zip(other.by, key, strict=True))
        outer = {"age_group"} if "age" in names else set()
        if {name for name, code in told.items() if code is not ALL} - outer != names - outer:
            continue
        is_in = all(some.holds(told[name] or "") for name, some in part.items())
        total += cell.persons * (is_in and all(told[n] == c for n, c in said.items() if n in told))
    return total


Counter = Callable[[Indicator, tuple[str, ...]], RawTable]


def rows(one: Indicator, by: tuple[str, ...], count: Counter) -> Iterator[tuple[str, int, int]]:
    """Each number of the table, and the sum of the rows that it is said to be."""
    restated = one.restates
    assert restated is not None
    mine, other = count(one, by), count(INDICATORS[restated.figure], restated.by(by))
    for key in {*mine.cells, *(mine.base or {})}:
        said = {n: c for n, c in zip(mine.by, key, strict=True) if c is not ALL}
        if restated.own & said.keys():
            continue
        for parts, of_base, n in (
            (restated.n, False, mine.at(key)),
            (restated.d, restated.of_base, _base(mine, key)),
        ):
            if parts is None or (parts is restated.d and mine.base is None):
                continue
            single = {n: c for n, c in said.items() if not of_base or n not in mine.overlapping}
            every = parts_of(one, parts, single)
            found = sum(summed(other, part, single, of_base=of_base) for part in every)
            yield f"{one.id} {by} {said}", n, found


def _base(mine: RawTable, key: Key) -> int:
    found = (mine.base or {}).get(mine.base_key(key))
    return found.persons if found else 0


@pytest.mark.parametrize("one", COUNTED, ids=lambda one: one.id)
def test_numbers_are_the_sums_of_rows_that_are_declared(one: Indicator) -> None:
    seen = 0
    for by in one.grid:
        for where, mine, others in rows(one, by, lambda *asked: counted(*asked, 600)):
            assert mine == others, where
            seen += mine
    assert seen


@pytest.mark.parametrize("one", RESTATING, ids=lambda one: one.id)
@pytest.mark.parametrize("audience", READERS)
def test_readers_have_them(one: Indicator, audience: Audience) -> None:
    offered = breakdowns(one, audience)
    assert len(offered) >= (0 if one.is_mixed else len(one.grid) / 3)


@pytest.mark.parametrize("audience", READERS)
def test_what_gathers_or_splits_rows_of_another_figure_is_for_internal_work_alone(
    audience: Audience,
) -> None:
    mixed = {one.id for one in INDICATORS.values() if one.is_mixed}
    assert mixed == {"I13", "I14", "I15", "I16", "I25", "I29"}
    assert all(breakdowns(INDICATORS[one], audience) == () for one in mixed)
    assert all(breakdowns(INDICATORS[one], Audience.INTERNAL) for one in mixed)


@pytest.mark.parametrize("audience", READERS)
def test_a_sum_is_told_where_it_follows_and_hidden_where_not(audience: Audience) -> None:
    """Remote: two bands. Where the other figure shows both, or all others and the total, it is
    told; where it does neither, hidden."""
    one = INDICATORS["I09"]
    assert one.restates is not None
    told = hidden = 0
    for by in (("province",), ("sex",), ("wg",), ()):
        mine = counted(one, by, 3_000)
        whole = counted(INDICATORS["I01"], one.restates.by(by), 3_000)
        source = for_reader(whole, audience, None)
        safe = restate(mine, audience, source, one.restates)
        for row in (*safe.cells, *safe.totals):
            said = {n: c for n, c in zip(safe.by, row.key, strict=True) if c is not ALL}
            follows = is_had_from(source, said, {"r3", "r4"})
            assert (row.n is not None) is follows, (by, row)
            told, hidden = told + follows, hidden + (not follows)
    assert told
    assert hidden


def is_had_from(source: Settled, said: Mapping[str, str], bands: set[str]) -> bool:
    """By hand: from the rows of the source."""
    at = source.table.by.index("remoteness")

    def hides(band: str | None) -> bool:
        code = {**said, "remoteness": band}
        key = tuple(code.get(name, ALL) for name in source.table.by)
        return key in source.decided and source.decided[key].n

    every = {key[at] for key in source.decided if key[at] is not ALL}
    rest = every - bands
    return not any(map(hides, bands)) or not any(map(hides, [*rest, ALL]))


def test_nothing_is_told_where_the_other_figure_lost_what_tells_rows_apart() -> None:
    one = INDICATORS["I02"]
    assert one.restates is not None
    whole = counted(INDICATORS["I01"], (), 600)
    source = Settled(table=whole, decided={})
    held = Source(one.restates, source)
    mine = held.narrowed(counted(one, ("sex",), 600))
    assert mine.by == ()
    assert [hide.n for hide in held.decide(mine).values()] == [True]
