"""What a fact must be to count: predicates over its fields, as data. Pure.

A predicate names fields by their names in `layout.LAYOUT` and the codes they may have; the engine
knows no indicator. Whoever reads one can say it in a sentence, and test it by other means.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

UNKNOWN = frozenset({"unknown", "no_answer", "not_asked"})
"""Codes that are no answer."""


class Kind(enum.StrEnum):
    """What is counted: rows of facts, or what one row names several of."""

    VISIT = "households"
    PERSON = "persons"
    NEED = "needs"
    SIGNATURE = "signatures"
    INCIDENT = "incidents"
    ISSUE = "rights_issues"
    CONCERN = "clearance_concerns"
    TESTIMONY = "testimonies"
    FOLLOW_UP = "follow_ups"
    SHEET = "sheets"
    BARRIER = "barriers"
    """A barrier that a person named for any open need, once for each person."""
    ARTICLE = "articles"
    """An article of the CRPD that a rights issue is about."""
    LAND = "land"
    """A use of the land that a concern is about."""
    SCOPE = "scopes"
    """A use that the narrator of a testimony allows."""


OF_HOUSEHOLDS = frozenset({Kind.VISIT, Kind.PERSON, Kind.NEED, Kind.BARRIER})
"""Kinds whose rows have a household; a signature rests on nobody else. Of all others it is told how
many independent reports they rest on: incidents, reports, cases."""
SPREAD = frozenset({Kind.INCIDENT, Kind.FOLLOW_UP})
"""Of those, kinds of which one report is told in several places or at several times."""
PART_OF = {
    Kind.BARRIER: Kind.PERSON,
    Kind.NEED: Kind.PERSON,
    Kind.ARTICLE: Kind.ISSUE,
    Kind.LAND: Kind.CONCERN,
    Kind.SCOPE: Kind.TESTIMONY,
}
"""Kinds of which one of another has several: whom consent was asked of is counted there."""


@dataclass(frozen=True)
class Is:
    """The field has one of the codes; `but`: none of them."""

    field: str
    codes: frozenset[str]
    but: bool = False

    def holds(self, of: Callable[[str], str]) -> bool:
        return (of(self.field) in self.codes) is not self.but

    def __str__(self) -> str:
        return f"{self.field} {'not ' if self.but else ''}{sorted(self.codes)}"

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True)
class AtMost:
    """The field is a number, no greater than this."""

    field: str
    most: int

    def holds(self, of: Callable[[str], str]) -> bool:
        value = of(self.field)
        return value.isdecimal() and int(value) <= self.most

    def __str__(self) -> str:
        return f"{self.field} <= {self.most}"

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True)
class Before:
    """The day lies so many days or more before the first day of the month in which it is counted:
    whoever looks from day to day sees nobody come of age."""

    field: str
    days: int

    def holds(self, of: Callable[[str], str]) -> bool:
        waiting = of(self.field)
        return waiting.isdecimal() and int(waiting) >= self.days

    def __str__(self) -> str:
        return f"{self.field} >= {self.days}"

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field})


@dataclass(frozen=True)
class Either:
    """One of several holds, or all of a pair of them. All fields stand in one column."""

    of: tuple[tuple[Test, ...], ...]

    def holds(self, of: Callable[[str], str]) -> bool:
        return any(all(test.holds(of) for test in tests) for tests in self.of)

    def __str__(self) -> str:
        return f"either {sorted(sorted(map(str, tests)) for tests in self.of)}"

    @property
    def fields(self) -> frozenset[str]:
        return frozenset[str]().union(*(test.fields for tests in self.of for test in tests))


Test: TypeAlias = "Is | AtMost | Before | Either"


def has(field: str, *codes: str) -> Is:
    return Is(field, frozenset(codes))


def lacks(field: str, *codes: str) -> Is:
    return Is(field, frozenset(codes), but=True)


def known(field: str) -> Is:
    """Somebody was asked, and answered."""
    return Is(field, UNKNOWN, but=True)


def either(*of: Test | tuple[Test, ...]) -> Either:
    return Either(tuple(one if isinstance(one, tuple) else (one,) for one in of))


@dataclass(frozen=True)
class Count:
    """Facts of a kind of which all tests hold."""

    kind: Kind
    tests: tuple[Test, ...] = ()
    distinct: str = ""
    """Counted is how many values of this field there are; "": the facts."""

    ASSESSED: ClassVar[Count]
    COMPLETE: ClassVar[Count]
    ANY_OPEN_NEED: ClassVar[Count]
    OPEN_NEED: ClassVar[Count]
    VALID_SIGNATURE: ClassVar[Count]
    MINOR_SIGNATURE: ClassVar[Count]

    def and_(self, *tests: Test) -> Count:
        """Those of which these hold, too."""
        return Count(self.kind, (*self.tests, *tests))

    def __str__(self) -> str:
        """Alike for counts of the same facts, in whichever order their tests were written."""
        return f"{self.distinct or self.kind} {sorted(map(str, self.tests))}"

    @property
    def whole(self) -> Count:
        """Whom it is taken of: everybody asked, or every valid signature."""
        if self.kind is Kind.SIGNATURE:
            return Count.VALID_SIGNATURE
        return Count(PART_OF.get(self.kind, self.kind))


def fields_of(tests: Iterable[Test]) -> frozenset[str]:
    return frozenset[str]().union(*(test.fields for test in tests))


Count.ASSESSED = Count(Kind.PERSON)
Count.COMPLETE = Count(
    Kind.PERSON,
    (
        known("sex"),
        has("age", "0004", "0511", "1217", "1859", "60p"),
        # Of children under five nobody asks the Washington Group's short set.
        either(has("wg", "yes", "no"), (has("age", "0004"), has("wg", "not_asked"))),
        either(
            has("victim", "not_victim", "indirect_family", "indirect_community"), known("device")
        ),
    ),
)
Count.ANY_OPEN_NEED = Count(Kind.PERSON, (has("open", "open"),))
Count.OPEN_NEED = Count(Kind.NEED, (has("open", "open"),))
Count.VALID_SIGNATURE = Count(Kind.SIGNATURE, (has("line", "valid"),))
Count.MINOR_SIGNATURE = Count(Kind.SIGNATURE, (has("line", "minor"),))
