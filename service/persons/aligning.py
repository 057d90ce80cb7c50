"""Who of an edited record is who of before: people have no number of their own in a form, and move
up in it when somebody before them is taken out.

First by the person's own ID, where a form makes one; then by a description that is the same; then
by a name that sounds alike; at last by the place in the form, which proves nothing: whatever was
decided of that person is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Mark = TypeVar("Mark")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One person as a record tells of them. Digests alone: equal or not."""

    ordinal: int
    own: bytes | None = None
    """Of the ID that the form made for this person."""
    described: bytes | None = None
    """Of everything that is compared."""
    sounds: frozenset[int] = field(default=frozenset(), repr=False)
    """Keys of the name."""


@dataclass(frozen=True, kw_only=True)
class Known(Standing, Generic[Mark]):
    """One of before: `mark` stands for the person."""

    mark: Mark
    is_here: bool = True
    """False: an edit took the person out."""


@dataclass(frozen=True, kw_only=True)
class Aligned(Generic[Mark]):
    """Whose place each person takes, by the order of those that stand there now (None: nobody's);
    who is there no more; and of whom it is not sure."""

    marks: tuple[Mark | None, ...]
    gone: tuple[Mark, ...]
    doubtful: frozenset[Mark]


def align(before: Sequence[Known[Mark]], now: Sequence[Standing]) -> Aligned[Mark]:
    """Nobody is two people, and no two are one. The same record twice changes nothing."""
    left = sorted(before, key=lambda one: (not one.is_here, one.ordinal))
    marks: list[Mark | None] = [None] * len(now)
    doubtful: set[Mark] = set()
    for rule, is_sure in _RULES:
        for known, place in _pairs(left, now, marks, rule):
            if known in left and marks[place] is None:
                left.remove(known)
                marks[place] = known.mark
                doubtful |= set() if is_sure else {known.mark}
    gone = tuple(known.mark for known in left if known.is_here)
    return Aligned(marks=tuple(marks), gone=gone, doubtful=frozenset(doubtful))


def _pairs(
    left: Sequence[Known[Mark]],
    now: Sequence[Standing],
    marks: Sequence[Mark | None],
    rule: Callable[[Known[Mark], Standing], bool],
) -> Iterable[tuple[Known[Mark], int]]:
    """Those that agree by a rule, the nearest places first."""
    found = [
        (known, place)
        for known in left
        for place, person in enumerate(now)
        if marks[place] is None and rule(known, person)
    ]
    return sorted(found, key=lambda pair: abs(pair[0].ordinal - now[pair[1]].ordinal))


def _has_own(one: Standing, other: Standing) -> bool:
    """By IDs alone, where both have one."""
    return one.own is not None and other.own is not None


def _same_own(known: Known[Mark], person: Standing) -> bool:
    return known.own is not None and known.own == person.own


def _same_description(known: Known[Mark], person: Standing) -> bool:
    is_same = known.described is not None and known.described == person.described
    return is_same and not _has_own(known, person)


def _sounds_alike(known: Known[Mark], person: Standing) -> bool:
    is_alike = known.is_here and not known.sounds.isdisjoint(person.sounds)
    return is_alike and not _has_own(known, person)


def _same_place(known: Known[Mark], person: Standing) -> bool:
    is_there = known.is_here and known.ordinal == person.ordinal
    return is_there and not _has_own(known, person)


_RULES = ((_same_own, True), (_same_description, True), (_sounds_alike, True), (_same_place, False))
