"""No figure that readers get tells rows of another again: it would give back what that hides."""

from __future__ import annotations

import pytest

from service.disclosure.rules import Audience
from service.indicators.catalogue import INDICATORS, Indicator, breakdowns
from service.indicators.measures import Count, Is

READERS = (Audience.PUBLIC, Audience.PARTNER)
COARSER = {"remoteness": "reach", "victim": "cause"}


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
def test_what_readers_get_is_no_row_of_another_figure(code: str) -> None:
    one = INDICATORS[code]
    again = {
        other.id
        for other in INDICATORS.values()
        if other is not one and not other.restates and is_told_again(one, other)
    }
    if one.restates:
        assert {by for reader in READERS for by in breakdowns(one, reader)} == set()
        assert breakdowns(one, Audience.INTERNAL) == one.grid
    else:
        assert again == set(), "let it `restate` them (docs/decisions/0079)"


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
    assert {one.id for one in INDICATORS.values() if one.restates} - by_hand <= found
