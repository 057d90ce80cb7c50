"""What tables are made of, counted from a project's columns: groups, refusals, months. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat, starmap
from typing import Any

import numpy as np

from service.disclosure.rules import RULES
from service.facts.counting import APPROVED, REJECTED
from service.indicators.columns import SEPARATOR, Kind, Store
from service.indicators.cubes import Counts, Cube, OutgrownError, Shape
from service.indicators.layout import DATED, OF_THE_DAY, column_of, tell
from service.indicators.measures import (
    OF_HOUSEHOLDS,
    PART_OF,
    UNKNOWN,
    Count,
    Test,
    fields_of,
)
from service.indicators.tabulate import Group, Grouping

PLENTY = max(max(r.min_households, r.k, r.min_district) for r in RULES.values())
"""From so many households on, how many more there are, of so many people, decides nothing."""
MOST_BYTES = 256 * 1024 * 1024
"""Of cubes in each process, for each project; the ones that nobody asked for longest go."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which facts: of one project, within a period, ends included; None = open."""

    project_id: int
    as_of: dt.date
    """Consent must be in force on this day."""
    start: dt.date | None = None
    end: dt.date | None = None
    approved_only: bool = False
    """The project counts what was approved alone (`facts.counting`)."""


@dataclass(frozen=True, slots=True)
class Visits:
    """How visits fall on households: what tells without looking that a group rests on plenty."""

    are_again: bool
    """Whether any household was visited more than once."""
    of_plenty: int
    """So many visits, whichever they are, went to `PLENTY` households at least."""


ONCE_EACH = Visits(are_again=False, of_plenty=PLENTY)


def _may_count(terms: str, *, scope: Scope, wanted: bool) -> bool:
    """Whether review lets it stand, and consent allows it (`wanted`) or not: as the gate of
    `facts` says it for Purpose.COUNT, which tests hold this to."""
    standing, stats, until = terms.split(SEPARATOR)
    stands = standing == APPROVED or (standing != REJECTED and not scope.approved_only)
    may = stats == "yes" and (until == "" or until >= scope.as_of.isoformat())
    return stands and may is wanted


def _is_within(day: str, *, scope: Scope) -> bool:
    return (scope.start is None or day >= scope.start.isoformat()) and (
        scope.end is None or day <= scope.end.isoformat()
    )


_Key = tuple[Any, ...]


class Figures:
    """Everything that tables ask of the facts of a project. One thread at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._cubes: OrderedDict[_Key, Cube] = OrderedDict()
        self._bytes: dict[_Key, int] = {}

    def group(
        self, scope: Scope, count: Count, by: tuple[str, ...], visits: Visits = ONCE_EACH
    ) -> Grouping:
        """What `count` counts, by these dimensions.

        Each visit has one person of ordinal 0, so those tell the least number of visits; only
        groups for which that may be too few households are told apart. Where nobody's household is
        asked, households are independent reports: incidents, cases, records.
        """
        if count.distinct:
            return self._distinct(scope, count, by)
        has_households = count.kind is not Kind.SIGNATURE
        counts = self._cube(scope, count, by).counts(visits.of_plenty if has_households else 0)
        size = len(counts.persons)
        households: Iterable[int | None] = [None] * size
        people = households
        if has_households:
            exact = counts.is_exact
            pairs = zip(exact, counts.households, counts.firsts, strict=True)
            households = [found if is_exact else firsts for is_exact, found, firsts in pairs]
            told = zip(exact, counts.people, strict=True)
            people = [found if is_exact else None for is_exact, found in told]
        codes_ = zip(*counts.codes, strict=True) if by else repeat((), size)
        rows = zip(codes_, counts.persons, households, people, strict=True)
        return Grouping(by=by, groups=list(starmap(Group, rows)))

    def _distinct(self, scope: Scope, count: Count, by: tuple[str, ...]) -> Grouping:
        """How many values there are. They lie in one place each."""
        counts = self._counted(scope, count, (*by, count.distinct))
        *outer, values = counts.codes
        told = zip(*outer, strict=True) if outer else repeat((), len(values))
        seen: Iterable[_Key] = zip(told, values, strict=True)
        found = Counter(key for key, value in seen if value not in UNKNOWN)
        groups = [Group(codes=key, persons=n, households=None) for key, n in found.items()]
        return Grouping(by=by, groups=groups)

    def values(
        self, scope: Scope, count: Count, by: tuple[str, ...], field: str
    ) -> Iterable[tuple[tuple[str, ...], int, int]]:
        """Codes of these dimensions, a number that the field has there, and how often."""
        counts = self._counted(scope, count, (*by, field))
        *outer, values = counts.codes
        told: Iterable[tuple[str, ...]] = (
            zip(*outer, strict=True) if outer else repeat((), len(values))
        )
        for codes_, value, n in zip(told, values, counts.persons, strict=True):
            if value.isdecimal():
                yield codes_, int(value), n

    def visits(self, scope: Scope, kind: Kind = Kind.VISIT) -> Visits:
        """Of fewer households than `PLENTY` there are no more visits than the most visited ones had
        together: one more, and somebody else was visited, too. Where nobody's household is asked:
        of rows and whatever they rest on."""
        cube = self._cube(scope, Count(Kind.VISIT if kind in OF_HOUSEHOLDS else kind), ("home",))
        most = PLENTY - 1
        busiest = cube.persons
        if len(busiest) > most:
            busiest = np.partition(busiest, len(busiest) - most)[-most:]
        return Visits(
            are_again=bool(len(busiest)) and int(busiest.max()) > 1,
            of_plenty=max(int(busiest.sum()) + 1, PLENTY),
        )

    def largest_shares(self, scope: Scope, count: Count) -> dict[str, float]:
        """Share (0–1) of the busiest collector in what `count` counts, by province, and of all
        (""); 0 for nothing."""
        found = self._counted(scope, replace(count, distinct=""), ("province", "submitter"))
        totals, most, of_all = Counter[str](), dict[str, int](), Counter[str]()
        for province, submitter, n in zip(*found.codes, found.persons, strict=True):
            totals[province] += n
            most[province] = max(most.get(province, 0), n)
            of_all[submitter] += n
        shares = {province: most[province] / n for province, n in totals.items()}
        return {"": max(of_all.values()) / of_all.total() if of_all else 0.0, **shares}

    def count_refused(self, scope: Scope, count: Count) -> dict[str, int]:
        """People (or signatures) that may not be counted, by month: `stats` was refused, or is
        over."""
        return self._by_month(self._counted(scope, count.whole, ("month",), wanted=False))

    def count_minors(self, scope: Scope) -> dict[str, int]:
        """Signatures of people under 18, counted beside the valid ones, by month."""
        return self.count_beside(scope, Count.MINOR_SIGNATURE)

    def count_beside(self, scope: Scope, count: Count) -> dict[str, int]:
        """By month."""
        return self._by_month(self._counted(scope, count, ("month",)))

    def months(self, scope: Scope, count: Count) -> set[str]:
        """The months within the scope in which there is anybody to count."""
        return {day[:7] for day in self._days(scope, count)}

    def find_period(self, scope: Scope, count: Count) -> tuple[dt.date, dt.date] | None:
        """First and last day on record within the scope; None if there is nothing."""
        days = self._days(scope, count)
        if not days:
            return None
        return dt.date.fromisoformat(min(days)), dt.date.fromisoformat(max(days))

    def _days(self, scope: Scope, count: Count) -> set[str]:
        whole = Count(PART_OF.get(count.kind, count.kind))
        return set(self._counted(scope, whole, ("day",)).codes[0])

    def _by_month(self, counts: Counts) -> dict[str, int]:
        return dict(zip(counts.codes[0], counts.persons, strict=True))

    def _counted(
        self, scope: Scope, count: Count, by: tuple[str, ...], *, wanted: bool = True
    ) -> Counts:
        return self._cube(scope, count, by, wanted=wanted).counts()

    def _cube(
        self, scope: Scope, count: Count, by: tuple[str, ...], *, wanted: bool = True
    ) -> Cube:
        """Counted as far as the store has come; made anew where consents ended since, or where a
        dimension has outgrown it. What waits is counted to the first day of a month."""
        period = (scope.start, scope.end, _seen_on(scope, fields_of(count.tests) | {*by}))
        key = (count.kind, count.tests, by, wanted, scope.approved_only, *period)
        terms = partial(_may_count, scope=scope, wanted=wanted)
        cube = self._cubes.pop(key, None)
        if cube is not None and cube.still_holds(terms):
            try:
                cube.count_on()
            except OutgrownError:
                cube = None
        else:
            cube = None
        if cube is None:
            cube = Cube(self.store, _shape(scope, count, by, terms))
        self._cubes[key] = cube
        self._bytes[key] = cube.bytes
        while len(self._cubes) > 1 and self.bytes > MOST_BYTES:
            gone, _ = self._cubes.popitem(last=False)
            del self._bytes[gone]
        return cube

    @property
    def bytes(self) -> int:
        """Of cubes; `store.bytes` has the columns."""
        return sum(self._bytes.values())


def _seen_on(scope: Scope, fields: frozenset[str]) -> dt.date | None:
    """The day on which what these fields say is another; None: it never is."""
    if fields & OF_THE_DAY:
        return scope.as_of
    return scope.as_of.replace(day=1) if fields & DATED else None


def _shape(scope: Scope, count: Count, by: tuple[str, ...], terms: Callable[[Any], bool]) -> Shape:
    kind, as_of = count.kind, scope.as_of
    tests: dict[str, list[Callable[[Any], bool]]] = {"terms": [terms]}
    for test in count.tests:
        column = column_of(kind, next(iter(test.fields)))
        tests.setdefault(column, []).append(_tested(kind, test, as_of))
    if scope.start is not None or scope.end is not None:
        tests.setdefault("day", []).append(partial(_is_within, scope=scope))
    return Shape(
        kind=kind,
        by={name: (column_of(kind, name), tell(kind, name, as_of)) for name in by},
        only={column: partial(_all_hold, tuple(told)) for column, told in tests.items()},
    )


def _tested(kind: Kind, test: Test, as_of: dt.date) -> Callable[[Any], bool]:
    """The test of a value of the column in which its fields stand."""
    tells = {name: tell(kind, name, as_of) for name in test.fields}
    return lambda value: test.holds(lambda name: str(tells[name](value)))


def _all_hold(tests: tuple[Callable[[Any], bool], ...], value: Any) -> bool:
    return all(test(value) for test in tests)
