"""People counted into the tables that the disclosure room takes. It knows nothing of `indicators`:
what is under attack is how tables are protected, not how facts are counted."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.disclosure.rules import NESTED, canonical
from service.disclosure.safe_table import ALL, Counted, Key, RawTable
from tests.attack.people import Person

Test = Callable[[Person], bool]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """An indicator: who is counted, of whom, and what these two are called wherever they stand."""

    id: str
    n: str
    d: str | None = None
    by_need: str | None = None
    """What a row of one need counts; None: there are none."""
    restricted: bool = False


WHO: Mapping[str, Test] = {
    "assessed": lambda one: True,
    "in_need": lambda one: bool(one.needs),
    "abused": lambda one: one.is_abused,
}


@dataclass(frozen=True)
class OfTraits:
    """Who is counted, by traits of theirs: written anew here, not read in the catalogue."""

    traits: frozenset[str]
    holds: Callable[[Mapping[str, Any]], bool]


MIND = frozenset({"psy_peer", "psy_counselling"})
OF_TRAITS: Mapping[str, OfTraits] = {
    "women": OfTraits(frozenset({"sex"}), lambda kind: kind["sex"] == "female"),
    "sex told": OfTraits(frozenset({"sex"}), lambda kind: kind["sex"] != "unknown"),
    "survivors": OfTraits(frozenset({"victim"}), lambda kind: kind["victim"] == "direct_injured"),
    "remote": OfTraits(frozenset({"remoteness"}), lambda kind: kind["remoteness"] in ("r3", "r4")),
    "way told": OfTraits(frozenset({"remoteness"}), lambda kind: kind["remoteness"] != "unknown"),
    "mind": OfTraits(frozenset({"needs"}), lambda kind: bool(MIND & kind["needs"])),
    "house": OfTraits(frozenset({"needs"}), lambda kind: "sei_housing" in kind["needs"]),
    "of age": OfTraits(frozenset({"age"}), lambda kind: kind["age"] == "1859"),
    "no work": OfTraits(
        frozenset({"age", "needs"}),
        lambda kind: kind["age"] == "1859" and "sei_job" in kind["needs"],
    ),
}
FIGURES = (
    Figure(id="I01", n="assessed"),
    Figure(id="I11", n="in_need", d="assessed"),
    Figure(id="I12", n="in_need", d="assessed", by_need="need"),
    Figure(id="I42", n="abused", restricted=True),
)


def count(figure: Figure, by: Sequence[str], people: Sequence[Person]) -> RawTable:
    """Every margin of the table by these dimensions, and by what those lie in."""
    order = canonical(by)
    is_by_need = "need" in order
    counted = [one for one in people if WHO[figure.n](one)]
    return RawTable(
        indicator=figure.id,
        unit="persons",
        by=order,
        cells=_cells(order, counted, of_needs=is_by_need),
        base=None if figure.d is None else _cells(order, people, of_needs=False),
        overlapping=frozenset({"need"}) & set(order),
        nested=NESTED,
        asked=tuple(by),
        restricted=figure.restricted,
        title={"en": figure.id, "km": figure.id},
    )


def _cells(by: tuple[str, ...], people: Iterable[Person], *, of_needs: bool) -> dict[Key, Counted]:
    persons: dict[Key, int] = defaultdict(int)
    homes: dict[Key, set[int]] = defaultdict(set)
    kept = list(_kept(by))
    for one in people:
        codes = [None if name == "need" else one.code(name) for name in by]
        for names in kept:
            if "need" not in names:
                needs: Iterable[str | None] = (ALL,)
            else:
                needs = one.needs if of_needs else ()
            for need in needs:
                key = tuple(
                    ALL if name not in names else need if name == "need" else code
                    for name, code in zip(by, codes, strict=True)
                )
                persons[key] += 1
                homes[key].add(one.household)
    return {key: Counted(persons=n, households=len(homes[key])) for key, n in persons.items()}


def _kept(by: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Sets of dimensions that a margin may keep: nothing inner without what it lies in."""
    for keep in itertools.product((True, False), repeat=len(by)):
        names = frozenset(name for name, is_kept in zip(by, keep, strict=True) if is_kept)
        if all(NESTED[name] in names for name in names if NESTED.get(name) in by):
            yield names
