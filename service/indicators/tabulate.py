"""Grouped counts -> a raw table with every margin. Pure.

All people of one visit share its place and its date, so persons *and* households add up over
those; over sex, age, need … persons may add but households do not (a household has several
people), so there each margin comes from a grouping of its own. Where households were visited
again, they add up over places alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.disclosure.rules import NESTED
from service.disclosure.safe_table import ALL, Counted, Key
from service.indicators.layout import OF_HOUSEHOLD

_Ints: TypeAlias = NDArray[np.integer[Any]]
NOT_TOLD = -1
_MOST = 1 << 62
"""Numbers below it are put together as one."""


@dataclass(slots=True)
class Group:
    """One row of a grouping: codes of the dimensions grouped by, in the order of `Grouping.by`."""

    codes: tuple[str, ...]
    persons: int
    households: int | None
    """Exact while few; where there are plenty, how many visits. None: not what it rests on."""
    people: int | None = None
    """At least so many different ones are among `persons`, where that is few; None: they all are,
    or there are plenty."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping:
    """Everything counted, grouped by some of a table's dimensions; total over the others. In
    columns of equal length: what `Group` says of each."""

    by: tuple[str, ...]
    codes: Mapping[str, tuple[Sequence[str], _Ints]]
    """Of each dimension: its codes, and which of them each group has."""
    persons: _Ints
    households: _Ints | None
    people: _Ints
    """`NOT_TOLD`: they all are different, or there are plenty."""
    are_distinct: bool = False
    """No two groups have the same codes."""

    @property
    def groups(self) -> list[Group]:
        """One by one."""
        size = len(self.persons)
        told = [_named(*self.codes[name]) for name in self.by]
        households = repeat(None, size) if self.households is None else self.households.tolist()
        people = (None if n == NOT_TOLD else n for n in self.people.tolist())
        rows = zip(
            zip(*told, strict=True) if told else repeat((), size),
            self.persons.tolist(), households, people, strict=True,
        )  # fmt: skip
        return [Group(*row) for row in rows]

    @classmethod
    def of(cls, by: tuple[str, ...], groups: Sequence[Group]) -> Grouping:
        """From groups one by one; households are told of all or of none."""
        codes = {}
        for at, name in enumerate(by):
            own = {code: n for n, code in enumerate(dict.fromkeys(one.codes[at] for one in groups))}
            codes[name] = ([*own], np.array([own[one.codes[at]] for one in groups], np.int64))
        told = [one.households for one in groups if one.households is not None]
        people = [NOT_TOLD if one.people is None else one.people for one in groups]
        return cls(
            by=by,
            codes=codes,
            persons=np.array([one.persons for one in groups], np.int64),
            households=np.array(told, np.int64) if len(told) == len(groups) else None,
            people=np.array(people, np.int64),
        )


def fold(
    by: tuple[str, ...], groupings: Iterable[Grouping], shared: frozenset[str] = OF_HOUSEHOLD
) -> dict[Key, Counted]:
    """Cells and margins of the table `by`. `shared`: dimensions over which households add up. Needs
    a grouping for each set of the others that is to be a margin."""
    cells: dict[Key, Counted] = {}
    for grouping in groupings:
        if len(grouping.persons):
            for names in _kept(by, grouping.by, shared):
                cells.update(_cells(by, grouping, names))
    return cells


def _cells(
    by: tuple[str, ...], grouping: Grouping, names: frozenset[str]
) -> Iterable[tuple[Key, Counted]]:
    """Those of one margin: total over all dimensions but these."""
    persons = grouping.persons
    people = np.where(grouping.people == NOT_TOLD, persons, grouping.people)
    households = np.zeros_like(persons) if grouping.households is None else grouping.households
    numbers: _Ints = np.stack((persons, people, households), axis=1).astype(np.int64, copy=False)
    held = {name: grouping.codes[name] for name in by if name in names}
    if len(names) < len(grouping.by) or not grouping.are_distinct:
        first, numbers = _summed(*_together(held.values(), len(persons)), numbers)
        held = {name: (codes, told[first]) for name, (codes, told) in held.items()}
    size = len(numbers)
    parts = [_named(*held[name]) if name in held else repeat(ALL, size) for name in by]
    keys: Iterable[Key] = zip(*parts, strict=True) if by else repeat((), size)
    return zip(keys, _counted(numbers, is_of_homes=grouping.households is not None), strict=True)


def _together(parts: Iterable[tuple[Sized, _Ints]], size: int) -> tuple[_Ints, int]:
    """Several numbers, each below the length of its codes, as one, and what that is below."""
    whole: _Ints = np.zeros(size, np.int64)
    room = 1
    for codes, told in parts:
        if room * len(codes) >= _MOST:
            whole, room = np.asarray(np.unique(whole, return_inverse=True)[1]), size
        whole = whole * len(codes) + told
        room *= len(codes)
    return whole, room


def _summed(whole: _Ints, room: int, numbers: _Ints) -> tuple[_Ints, _Ints]:
    """Of each value, one place where it stands, and the sums of its rows of `numbers`."""
    if room > 4 * len(whole):
        whole = np.unique(whole, return_inverse=True)[1]
        room = int(whole.max()) + 1
    place = np.full(room, -1)
    place[whole] = np.arange(len(whole))
    some = np.flatnonzero(place >= 0)
    sums = [np.bincount(whole, weights=column, minlength=room)[some] for column in numbers.T]
    return place[some], np.rint(np.stack(sums, axis=1)).astype(np.int64)


def _named(codes: Sequence[str], told: _Ints) -> list[str]:
    return list(np.array(codes, object)[told]) if len(told) else []


def _counted(numbers: _Ints, *, is_of_homes: bool) -> list[Counted]:
    """Most cells say what others say: each is made once."""
    columns = [(range(int(column.max()) + 1), column) for column in numbers.T]
    packed, _ = _together(columns, len(numbers))
    _, first, inverse = np.unique(packed, return_index=True, return_inverse=True)
    told = np.empty(len(first), object)
    for at, (persons, people, households) in enumerate(numbers[first].tolist()):
        told[at] = Counted(
            persons=persons,
            people=None if people == persons else people,
            households=households if is_of_homes else None,
        )
    return list(told[inverse])


def _kept(
    by: tuple[str, ...], grouped: tuple[str, ...], shared: frozenset[str]
) -> Iterator[frozenset[str]]:
    """Sets of dimensions that stay coded: all that are not shared, any of the shared ones, and an
    inner place or time never without the outer one."""
    personal = frozenset(name for name in grouped if name not in shared)
    adds = [name for name in grouped if name in shared]
    for size in range(len(adds) + 1):
        for chosen in itertools.combinations(adds, size):
            names = personal | frozenset(chosen)
            if all(NESTED[name] in names for name in chosen if NESTED.get(name) in by):
                yield names
