"""What tables are made of, counted from a project's columns: groups, refusals, months. Pure."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np

from service.disclosure.rules import RULES
from service.facts.counting import APPROVED, REJECTED
from service.indicators.axes import Holds, OutgrownError, Shape, Told
from service.indicators.columns import SEPARATOR, Kind, Store
from service.indicators.cubes import Busiest, Counts, Cube, Rows
from service.indicators.layout import DATED, OF_THE_DAY, column_of, tell
from service.indicators.measures import (
    OF_HOUSEHOLDS,
    PART_OF,
    UNKNOWN,
    Count,
    Test,
    fields_of,
)
from service.indicators.tabulate import NOT_TOLD, Grouping

PLENTY = max(max(r.min_households, r.k, r.min_district) for r in RULES.values())
"""From so many households on, how many more there are, of so many people, decides nothing."""
MOST_BYTES = 256 * 1024 * 1024
"""Of cubes in each process, for each project; the ones that nobody asked for longest go."""
MOST_TESTS = 1000
"""Of which it is kept which values hold."""
MOST_BYTES_READ = 96 * 1024 * 1024
"""Of rows that cubes were just made from, while a table is counted."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which facts: of one project, within a period, ends included; None = open."""

    project_id: int
    as_of: dt.date
    """Consent must be in force on this day."""
    start: dt.date | None = None
    end: dt.date | None = None
    received_by: dt.date | None = None
    """Of records that came in after this day nothing; None: of all."""
    approved_only: bool = False
    """The project counts what was approved alone (`facts.counting`)."""

    @property
    def limits(self) -> tuple[dt.date | None, ...]:
        """Of the days that are in it."""
        return (self.start, self.end, self.received_by)


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


def _has_come(day: str, *, by: dt.date) -> bool:
    return day <= by.isoformat()


_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _JustRead:
    """A cube that was made from all rows, and what those of fewer dimensions are made from."""

    of: _Key
    """What it counts, whatever by."""
    by: frozenset[str]
    cube: Cube
    rows: Rows


class Figures:
    """Everything that tables ask of the facts of a project. One thread at a time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._cubes: OrderedDict[_Key, Cube] = OrderedDict()
        self._busiest: dict[_Key, Busiest] = {}
        self._bytes: dict[_Key, int] = {}
        self._just_read: list[_JustRead] = []
        self._shapes = _Shapes(store)

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
        of_plenty = visits.of_plenty if has_households else 0
        counts = self._cube(scope, count, by, of_plenty=of_plenty).counts(of_plenty)
        exact = counts.is_exact
        return Grouping(
            by=by,
            codes=counts.codes,
            persons=counts.persons,
            households=np.where(exact, counts.households, counts.firsts)
            if has_households
            else None,
            people=np.where(exact, counts.people, NOT_TOLD),
            are_distinct=True,
        )

    def _distinct(self, scope: Scope, count: Count, by: tuple[str, ...]) -> Grouping:
        """How many values there are. They lie in one place each."""
        counts = self._counted(scope, count, (*by, count.distinct))
        values, told = counts.codes[count.distinct]
        counted = np.array([value not in UNKNOWN for value in values], np.bool_)[told]
        return Grouping(
            by=by,
            codes={name: (codes, told[counted]) for name, (codes, told) in counts.codes.items()},
            persons=np.ones(int(counted.sum()), np.int64),
            households=None,
            people=np.full(int(counted.sum()), NOT_TOLD),
        )

    def values(
        self, scope: Scope, count: Count, by: tuple[str, ...], field: str
    ) -> Iterable[tuple[tuple[str, ...], int, int]]:
        """Codes of these dimensions, a number that the field has there, and how often."""
        counts = self._counted(scope, count, (*sorted(by), field))
        *outer, values = counts.listed((*by, field))
        told: Iterable[tuple[str, ...]] = (
            zip(*outer, strict=True) if outer else repeat((), len(values))
        )
        for codes_, value, n in zip(told, values, counts.persons.tolist(), strict=True):
            if value.isdecimal():
                yield codes_, int(value), n

    def visits(self, scope: Scope, kind: Kind = Kind.VISIT) -> Visits:
        """Of fewer households than `PLENTY` there are no more visits than the most visited ones had
        together: one more, and somebody else was visited, too. Where nobody's household is asked:
        of rows and whatever they rest on."""
        count = Count(Kind.VISIT if kind in OF_HOUSEHOLDS else kind)
        kind, key = count.kind, (count.kind, scope.approved_only, *scope.limits)
        terms = self._shapes.terms(kind, scope, wanted=True)
        busiest = self._busiest.get(key)
        if busiest is None or not busiest.still_holds(terms) or not busiest.count_on():
            if len(self._busiest) > MOST_TESTS:
                self._busiest.clear()
            busiest = Busiest(self.store, self._shapes.of(scope, count, (), terms))
            self._busiest[key] = busiest
        most, of_one = busiest.of_most(PLENTY - 1)
        return Visits(are_again=of_one > 1, of_plenty=max(most + 1, PLENTY))

    def largest_shares(self, scope: Scope, count: Count) -> dict[str, float]:
        """Share (0–1) of the busiest collector in what `count` counts, by province, and of all
        (""); 0 for nothing."""
        found = self._counted(scope, replace(count, distinct=""), ("province", "submitter"))
        if not len(found.persons):
            return {"": 0.0}
        provinces, place = found.codes["province"]
        submitters, who = found.codes["submitter"]
        n = found.persons.astype(np.float64)
        totals = np.bincount(place, weights=n, minlength=len(provinces))
        most = np.zeros(len(provinces))
        np.maximum.at(most, place, n)
        of_all = np.bincount(who, weights=n, minlength=len(submitters)).max() / n.sum()
        there = np.flatnonzero(totals)
        shares = zip(there.tolist(), (most[there] / totals[there]).tolist(), strict=True)
        return {"": float(of_all), **{provinces[at]: share for at, share in shares}}

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
        return {*self._counted(scope, whole, ("day",)).listed(("day",))[0]}

    def _by_month(self, counts: Counts) -> dict[str, int]:
        [months] = counts.listed(("month",))
        return dict(zip(months, counts.persons.tolist(), strict=True))

    def _counted(
        self, scope: Scope, count: Count, by: tuple[str, ...], *, wanted: bool = True
    ) -> Counts:
        return self._cube(scope, count, by, wanted=wanted).counts()

    def _cube(
        self,
        scope: Scope,
        count: Count,
        by: tuple[str, ...],
        *,
        wanted: bool = True,
        of_plenty: int = 0,
    ) -> Cube:
        """Counted as far as the store has come; made anew where consents ended since, where a
        dimension has outgrown it, or more households have to be told apart. What waits is counted
        to the first day of a month."""
        period = (*scope.limits, _seen_on(scope, fields_of(count.tests) | {*by}))
        of = (count.kind, count.tests, wanted, scope.approved_only, *period)
        terms = self._shapes.terms(count.kind, scope, wanted=wanted)
        cube = self._cubes.pop((by, *of), None)
        if cube is not None and not _is_current(cube, terms, of_plenty):
            cube = None
        if cube is None:
            shape = self._shapes.of(scope, count, by, terms)
            cube = self._make(of, shape, of_plenty + of_plenty // 4)
        self._cubes[by, *of] = cube
        self._bytes[by, *of] = cube.bytes
        while len(self._cubes) > 1 and self.bytes > MOST_BYTES:
            gone, _ = self._cubes.popitem(last=False)
            del self._bytes[gone]
        return cube

    def _make(self, of: _Key, shape: Shape, limit: int) -> Cube:
        """From one of more dimensions that was just read, or from all rows."""
        cube = Cube(self.store, shape, limit)
        by, columns = frozenset(shape.by), self.store.columns[shape.kind]
        of = (*of, columns.count, len(columns.struck))
        for one in self._just_read:
            fits = one.of == of and by <= one.by and one.cube.limit >= limit
            if fits and cube.made_from(one.cube, one.rows):
                return cube
        rows = cube.read()
        self._just_read.append(_JustRead(of, by, cube, rows))
        while len(self._just_read) > 1 and self._bytes_just_read > MOST_BYTES_READ:
            del self._just_read[0]
        return cube

    @property
    def _bytes_just_read(self) -> int:
        return sum(one.rows.bytes for one in self._just_read)

    def forget_rows(self) -> None:
        """Of cubes that were just made: the store is about to change, or the table is done."""
        self._just_read.clear()

    def forget_cubes(self) -> None:
        """All of them: for whoever measures."""
        self.forget_rows()
        self._cubes.clear()
        self._bytes.clear()
        self._busiest.clear()

    @property
    def bytes(self) -> int:
        """Of cubes; `store.bytes` has the columns."""
        return sum(self._bytes.values())


def _is_current(cube: Cube, terms: Holds, of_plenty: int) -> bool:
    """After it counted on."""
    try:
        return cube.still_holds(terms) and cube.count_on() and cube.knows(of_plenty)
    except OutgrownError:
        return False


def _seen_on(scope: Scope, fields: frozenset[str]) -> dt.date | None:
    """The day on which what these fields say is another; None: it never is."""
    if fields & OF_THE_DAY:
        return scope.as_of
    return scope.as_of.replace(day=1) if fields & DATED else None


class _Shapes:
    """What tables count by, and which values count: asked of each value once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: dict[_Key, Told] = {}
        self._holds: dict[_Key, Holds] = {}

    def of(self, scope: Scope, count: Count, by: tuple[str, ...], terms: Holds) -> Shape:
        kind, only = count.kind, defaultdict[str, list[Holds]](list, {"terms": [terms]})
        for test in count.tests:
            column = column_of(kind, next(iter(test.fields)))
            key: _Key = (test, _seen_on(scope, test.fields))
            only[column].append(self._test(kind, column, key, _tested(kind, test, scope.as_of)))
        if scope.start is not None or scope.end is not None:
            key = (scope.start, scope.end)
            only["day"].append(self._test(kind, "day", key, partial(_is_within, scope=scope)))
        if scope.received_by is not None:
            has_come = partial(_has_come, by=scope.received_by)
            only["came"].append(self._test(kind, "came", (scope.received_by,), has_come))
        return Shape(kind=kind, by={name: self._tell(kind, name, scope) for name in by}, only=only)

    def terms(self, kind: Kind, scope: Scope, *, wanted: bool) -> Holds:
        key = (scope.as_of, scope.approved_only, wanted)
        return self._test(kind, "terms", key, partial(_may_count, scope=scope, wanted=wanted))

    def _test(self, kind: Kind, column: str, key: _Key, test: Callable[[Any], bool]) -> Holds:
        if len(self._holds) > MOST_TESTS:
            self._holds.clear()  # days pass, and periods that somebody asked for once
        return self._holds.setdefault(
            (kind, column, *key), Holds(self._store.columns[kind].codes[column], test)
        )

    def _tell(self, kind: Kind, name: str, scope: Scope) -> tuple[str, Told]:
        column, key = column_of(kind, name), (kind, name, _seen_on(scope, frozenset({name})))
        if len(self._told) > MOST_TESTS:
            self._told.clear()
        codes = self._store.columns[kind].codes[column]
        return column, self._told.setdefault(key, Told(codes, tell(kind, name, scope.as_of)))


def _tested(kind: Kind, test: Test, as_of: dt.date) -> Callable[[Any], bool]:
    """The test of a value of the column in which its fields stand."""
    tells = {name: tell(kind, name, as_of) for name in test.fields}
    return lambda value: test.holds(lambda name: str(tells[name](value)))
