"""What tables are made of, counted from a project's columns: groups, refusals, months. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import repeat, starmap
from typing import Any

import numpy as np

from service.disclosure.rules import RULES
from service.facts import codes
from service.facts.counting import APPROVED, REJECTED
from service.indicators.catalogue import Count
from service.indicators.columns import SEPARATOR, Kind, Store
from service.indicators.cubes import Counts, Cube, OutgrownError, Shape, Tell
from service.indicators.tabulate import Group, Grouping, of_time

PLENTY = max(max(r.min_households, r.k, r.min_district) for r in RULES.values())
"""From so many households on, how many more there are, of so many people, decides nothing."""
MOST_BYTES = 256 * 1024 * 1024
"""Of cubes in each process, for each project; the ones that nobody asked for longest go."""
_UNKNOWN = frozenset({"unknown", "no_answer", "not_asked"})
_CHILDREN = frozenset({"0004", "0511", "1217", "unk_child"})
_ADULTS = frozenset({"1859", "60p", "unk_adult"})
_VAGUE = frozenset({"unk_child", "unk_adult"})
"""Not an age: completeness asks for a band."""
_BANDS = frozenset(codes.AGE_BAND5) - _UNKNOWN - _VAGUE
_NO_DEVICE = frozenset({"not_victim", "indirect_family", "indirect_community"})
"""Of these no device is asked, or not their own."""
_KINDS: Mapping[Count, Kind] = {
    Count.ASSESSED: Kind.PERSON,
    Count.COMPLETE: Kind.PERSON,
    Count.ANY_OPEN_NEED: Kind.PERSON,
    Count.OPEN_NEED: Kind.NEED,
    Count.VALID_SIGNATURE: Kind.SIGNATURE,
}


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


def _part(at: int) -> Tell:
    """One of several codes in a value."""
    return lambda value: value.split(SEPARATOR, at + 1)[at]


def _age_group(value: str) -> str:
    band = value.split(SEPARATOR, 2)[1]
    return "child" if band in _CHILDREN else "adult" if band in _ADULTS else band


DIMENSIONS: Mapping[str, tuple[str, Tell]] = {
    "province": ("place", _part(0)),
    "district": ("place", _part(1)),
    "commune": ("place", _part(2)),
    "need": ("what", _part(0)),
    "kind": ("what", _part(0)),
    "sex": ("who", _part(0)),
    "age": ("who", _part(1)),
    "age_group": ("who", _age_group),
    "wg": ("who", _part(2)),
    "victim": ("who", _part(3)),
    "device": ("who", _part(4)),
    "remoteness": ("who", _part(5)),
    "month": ("day", lambda day: of_time("month", day[:7])),
    "quarter": ("day", lambda day: of_time("quarter", day[:7])),
    "year": ("day", lambda day: of_time("year", day[:7])),
    "day": ("day", str),
    "submitter": ("submitter", str),
    "home": ("home", str),
}
"""Dimension -> column, and what its values say. The last three are for what stands beside."""


def _is_complete(who: str) -> bool:
    sex, age, disability, victim, device, _ = who.split(SEPARATOR)
    # Of children under five nobody asks the Washington Group's short set.
    is_known = disability in ("yes", "no") or (age == "0004" and disability == "not_asked")
    has_device = victim in _NO_DEVICE or device not in _UNKNOWN
    return sex not in _UNKNOWN and age in _BANDS and is_known and has_device


_ONLY: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    Count.ASSESSED: {},
    Count.COMPLETE: {"who": _is_complete},
    Count.ANY_OPEN_NEED: {"what": lambda what: what == "open"},
    Count.OPEN_NEED: {"what": lambda what: what.endswith(f"{SEPARATOR}open")},
    Count.VALID_SIGNATURE: {"what": lambda what: what.endswith(f"{SEPARATOR}valid")},
    "minors": {"what": lambda what: what.endswith(f"{SEPARATOR}minor")},
    "visits": {},
}


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
        groups for which that may be too few households are told apart.
        """
        has_households = count is not Count.VALID_SIGNATURE
        cube = self._cube(scope, _KINDS[count], count, by)
        counts = cube.counts(visits.of_plenty if has_households else 0)
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

    def visits(self, scope: Scope) -> Visits:
        """Of fewer households than `PLENTY` there are no more visits than the most visited ones had
        together: one more, and somebody else was visited, too."""
        cube = self._cube(scope, Kind.VISIT, "visits", ("home",))
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
        found = self._counted(scope, _KINDS[count], count, ("province", "submitter"))
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
        whole = _whole(count)
        return self._by_month(self._counted(scope, _KINDS[whole], whole, ("month",), wanted=False))

    def count_minors(self, scope: Scope) -> dict[str, int]:
        """Signatures of people under 18, counted beside the valid ones, by month."""
        return self._by_month(self._counted(scope, Kind.SIGNATURE, "minors", ("month",)))

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
        kind = _KINDS[_whole(count)]
        return set(self._counted(scope, kind, "visits", ("day",)).codes[0])

    def _by_month(self, counts: Counts) -> dict[str, int]:
        return dict(zip(counts.codes[0], counts.persons, strict=True))

    def _counted(
        self, scope: Scope, kind: Kind, only: str, by: tuple[str, ...], *, wanted: bool = True
    ) -> Counts:
        return self._cube(scope, kind, only, by, wanted=wanted).counts()

    def _cube(
        self, scope: Scope, kind: Kind, only: str, by: tuple[str, ...], *, wanted: bool = True
    ) -> Cube:
        """Counted as far as the store has come; made anew where consents ended since, or where a
        dimension has outgrown it."""
        key = (kind, only, by, wanted, scope.approved_only, scope.start, scope.end)
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
            limits: dict[str, Callable[[Any], bool]] = {**_ONLY[only], "terms": terms}
            if scope.start is not None or scope.end is not None:
                limits["day"] = partial(_is_within, scope=scope)
            shape = Shape(kind=kind, by={name: DIMENSIONS[name] for name in by}, only=limits)
            cube = Cube(self.store, shape)
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


def _whole(count: Count) -> Count:
    """Whom a count is taken of: everybody asked, or every valid signature."""
    return Count.VALID_SIGNATURE if count is Count.VALID_SIGNATURE else Count.ASSESSED
