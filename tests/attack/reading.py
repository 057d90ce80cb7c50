"""What somebody has learned who holds all releases, and of it what nobody should."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.attack.counted import OF_TRAITS, WHO
from tests.attack.people import Person
from tests.attack.solver import Codes, Knowledge, Range, Row, Told, wider_rows

K = {"public": 5, "partner": 3}
RESTRICTED = 10


@dataclass(frozen=True, kw_only=True)
class Leak:
    """`what`: "narrow" (a hidden row is known too well), "exact" (to the person), "moved" (it is
    known that a few came or went), "small" (a number that should be hidden)."""

    what: str
    row: Row
    found: Range
    truth: int | None
    reader: str
    moments: tuple[int, ...]

    def __str__(self) -> str:
        counted, codes = self.row
        said = " ".join(f"{name}={code}" for name, code in sorted(codes)) or "all"
        return (
            f"{self.what}: {self.reader} knows {counted} of {said} at {self.moments} to "
            f"{self.found}; it is {self.truth}"
        )


@dataclass(frozen=True, kw_only=True)
class Held:
    """Everything one reader has of one moment, and whom it was about."""

    told: Sequence[Told]
    people: Sequence[Person]


@dataclass
class Tally:
    """What was looked at."""

    hidden: int = 0
    shown: int = 0
    tables: int = 0
    moves: int = 0
    undecided: int = 0


def domain_of(held: Sequence[Held]) -> dict[str, Sequence[Any]]:
    people = [one for each in held for one in each.people]
    needs = sorted({need for one in people for need in one.needs})
    sets = [
        frozenset(some)
        for size in range(len(needs) + 1)
        for some in itertools.combinations(needs, size)
    ]
    domain: dict[str, Sequence[Any]] = {
        name: sorted({getattr(one, name) for one in people})
        for name in ("commune", "month", "sex", "age", "wg", "victim", "remoteness")
    }
    return domain | {"needs": sets, "is_abused": (False, True)}


def leaks(reader: str, held: Mapping[int, Held], tally: Tally) -> Iterator[Leak]:
    """Of all moments, together."""
    domain = domain_of(list(held.values()))
    known = {at: Knowledge(each.told, domain) for at, each in held.items() if each.told}
    named = {row for one in known.values() for row in (*one.shown, *one.hidden)}
    rows = sorted(
        named | {wider for row in named for wider in wider_rows(row)},
        key=lambda row: (row[0], sorted(row[1])),
    )
    ranges: dict[int, dict[Row, Range]] = {}
    for at, one in known.items():
        _hold_to_the_truth(one, held[at].people)
        unknown = [row for row in rows if row not in one.shown]
        ranges[at] = {row: (n, n) for row, n in one.shown.items()}
        most = max((K[reader], *one.hidden.values()))
        ranges[at] |= one.ranges(unknown, most)
        yield from _narrow(reader, at, one, ranges[at], held[at].people)
        tally.hidden += len(one.hidden)
        tally.shown += len(one.shown)
        tally.tables += len(one.told)
        tally.undecided += one.undecided
    for then, now in itertools.combinations(sorted(known), 2):
        for row in rows:
            if row in ranges[then] and row in ranges[now]:
                tally.moves += 1
                yield from _moved(reader, row, (then, now), ranges, held)


def _narrow(
    reader: str, at: int, known: Knowledge, ranges: Mapping[Row, Range], people: Sequence[Person]
) -> Iterator[Leak]:
    for row, n in known.shown.items():
        if row[0] != "rest" and 0 < n < K[reader]:
            yield _leak("small", row, (n, n), reader, (at,), people)
    for row, protected in known.hidden.items():
        if row in known.shown or protected == 0:
            continue
        # Of six people no more than six can be meant, whatever is hidden.
        k = min(protected, known.shown.get(("assessed", row[1]), protected))
        low, high = ranges[row]
        if high - low < k and not known.is_of_nobody(row):
            what = "exact" if low == high else "narrow"
            yield _leak(what, row, (low, high), reader, (at,), people)


def _moved(
    reader: str,
    row: Row,
    moments: tuple[int, int],
    ranges: Mapping[int, Mapping[Row, Range]],
    held: Mapping[int, Held],
) -> Iterator[Leak]:
    (low, high), (least, most) = (ranges[at][row] for at in moments)
    change = (least - high, most - low)
    k = K[reader]
    if change[1] - change[0] < k and -k < change[1] and change[0] < k and change != (0, 0):
        yield _leak("moved", row, change, reader, moments, held[moments[1]].people)


def _leak(
    what: str,
    row: Row,
    found: Range,
    reader: str,
    moments: tuple[int, ...],
    people: Sequence[Person],
) -> Leak:
    truth = true_count(row, people)
    return Leak(what=what, row=row, found=found, truth=truth, reader=reader, moments=moments)


def true_count(row: Row, people: Sequence[Person]) -> int:
    what, codes = row
    return sum(_counts(what, one) and _has(one, codes) for one in people)


def _counts(what: str, one: Person) -> bool:
    if what == "rest":
        return not one.needs
    return (
        what == "need"
        or (what in OF_TRAITS and OF_TRAITS[what].holds(vars(one)))
        or (what in WHO and WHO[what](one))
    )


def _has(one: Person, codes: Codes) -> bool:
    for name, code in codes:
        if name == "need":
            if code not in one.needs:
                return False
        elif name == "age" and code in ("child", "adult"):
            if one.code("age_group") != code:
                return False
        elif one.code(name) != code:
            return False
    return True


def _hold_to_the_truth(known: Knowledge, people: Sequence[Person]) -> None:
    """An attacker who was told something false would find nothing: every number is true."""
    for row, n in known.shown.items():
        truth = true_count(row, people)
        assert n == truth, f"{row} says {n}, and there are {truth}"
