"""Cubes, however they were made and whatever came and went since, are what a plain count of the
rows says."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from random import Random

import hypothesis
import pytest
from hypothesis import strategies as st

from service.indicators import columns as columns_module
from service.indicators import cubes
from service.indicators.columns import Kind, Row, Store
from service.indicators.counting import Figures, Scope, Visits
from service.indicators.measures import Count, has

TODAY = dt.date(2026, 11, 24)
SCOPE = Scope(project_id=1, as_of=TODAY)
BY = ("province", "month", "sex", "age")
TABLES = [BY, ("province", "sex"), ("month", "age"), ("sex",), ()]
COUNTS = [Count.ASSESSED, Count(Kind.PERSON, (has("victim", "direct_injured"),))]


@dataclass
class Plain:
    """The rows that stand, by record, and the plain count of them."""

    chance: Random
    records: dict[int, list[Row]]

    def record(self, number: int) -> list[Row]:
        chance = self.chance
        province, day = chance.choice(("02", "12", "24")), chance.choice(("05-04", "06-30"))
        terms = chance.choice(("approved|yes|", "received|yes|", "rejected|yes|", "approved||"))
        home = f"{chance.randrange(8):016x}"
        rows = []
        for ordinal in range(chance.randrange(1, 4)):
            who = [chance.choice(("female", "male")), chance.choice(("1217", "60p")), "yes"]
            who += [chance.choice(("direct_injured", "not_victim")), "landmine", "r1"]
            place = f"{province}|{province}01|{province}0101"
            told = ("|".join(who), "open|1", "||||", "|", "|||", "||||", "||||||")
            key = number.to_bytes(16, "big")
            rows.append((key, not ordinal, place, f"2026-{day}", terms, home, 1, *told))
        self.records[number] = rows
        return rows

    def count(self, count: Count, by: tuple[str, ...]) -> dict[tuple[str, ...], tuple[int, ...]]:
        """Codes -> persons, first ones, households, least number of different people."""
        persons, firsts = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
        visits: dict[tuple[str, ...], Counter[tuple[str, bytes]]] = defaultdict(Counter)
        for row in (row for rows in self.records.values() for row in rows):
            key, first, place, day, terms, home, _, who, *_ = row
            sex, age, _, victim, *_ = who.split("|")
            standing, stats, _ = terms.split("|")
            if standing == "rejected" or stats != "yes":
                continue
            if count.tests and victim != "direct_injured":
                continue
            told = {"province": place[:2], "month": day[:7], "sex": sex, "age": age}
            group = tuple(told[name] for name in by)
            persons[group] += 1
            firsts[group] += first
            visits[group][home, key] += 1
        found = {}
        for group, n in persons.items():
            fullest: dict[str, int] = {}
            for (home, _), times in visits[group].items():
                fullest[home] = max(times, fullest.get(home, 0))
            found[group] = (n, firsts[group], len(fullest), sum(fullest.values()))
        return found


def differs(figures: Figures, plain: Plain, of_plenty: int) -> str | None:
    visits = Visits(are_again=True, of_plenty=of_plenty)
    for count in COUNTS:
        for by in TABLES:
            expected = plain.count(count, by)
            groups = figures.group(SCOPE, count, by, visits).groups
            if {one.codes: one.persons for one in groups} != {g: n[0] for g, n in expected.items()}:
                return f"persons {by}"
            for one in groups:
                _, firsts, households, people = expected[one.codes]
                told = (one.households, one.people)
                if told != ((households, people) if firsts < of_plenty else (firsts, None)):
                    return f"{by} {one.codes}: {told}, not {expected[one.codes]}"
    return None


@pytest.mark.parametrize("is_dense", [True, False])
@hypothesis.settings(
    max_examples=int(os.environ.get("HAPPENINGS", "25")),
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    deadline=None,
)
@hypothesis.given(seed=st.integers(0, 2**32), late=st.integers(0, 12))
def test_whatever_comes_and_goes_cubes_are_a_plain_count(
    is_dense: bool, monkeypatch: pytest.MonkeyPatch, seed: int, late: int
) -> None:
    with monkeypatch.context() as patched:
        if not is_dense:
            patched.setattr(cubes, "DENSE", 0)
        patched.setattr(columns_module, "MOST_LATE", 6)
        patched.setattr(cubes, "MOST_LATE", 9)
        chance = Random(seed)
        plain, store = Plain(chance, {}), Store()
        rows = [row for n in range(chance.randrange(30)) for row in plain.record(n)]
        store.add(Kind.PERSON, rows, is_late=False)
        store.close()
        figures = Figures(store)
        assert differs(figures, plain, 5) is None
        for _ in range(late):
            changed = chance.sample(range(40), chance.choice((1, 1, 2, 8)))
            gone = {n for n in changed if chance.random() < 0.3}
            store.strike(n.to_bytes(16, "big") for n in changed)
            for n in gone:
                plain.records.pop(n, None)
            rows = [row for n in changed if n not in gone for row in plain.record(n)]
            store.add(Kind.PERSON, rows)
            if chance.random() < 0.5:
                figures = figures if chance.random() < 0.7 else Figures(store)
                assert differs(figures, plain, chance.choice((5, 5, 20))) is None
        assert differs(figures, plain, 5) is None


def test_a_cube_of_fewer_dimensions_is_made_without_reading_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, store = Plain(Random(5), {}), Store()
    store.add(Kind.PERSON, [row for n in range(30) for row in plain.record(n)], is_late=False)
    store.close()
    figures, visits = Figures(store), Visits(are_again=True, of_plenty=20)
    figures.group(SCOPE, Count.ASSESSED, BY, visits)

    def refuse(_cube: cubes.Cube) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(cubes.Cube, "read", refuse)
    assert figures.group(SCOPE, Count.ASSESSED, ("month", "age"), visits).groups
    figures.forget_rows()
    with pytest.raises(AssertionError, match="read again"):
        figures.group(SCOPE, Count.ASSESSED, ("province",), visits)


def test_who_is_in_no_group_of_a_dimension_counts_without_it() -> None:
    """A person who is neither a survivor nor has a disability has no `cause`."""
    plain, store = Plain(Random(6), {}), Store()
    store.add(Kind.PERSON, [row for n in range(30) for row in plain.record(n)], is_late=False)
    store.close()
    rows = [row for row in plain.record(99) if "direct_injured" not in row[7]]
    plain.records[99] = [(*row[:7], row[7].replace("|yes|", "|no|"), *row[8:]) for row in rows]
    store.add(Kind.PERSON, plain.records[99])
    figures, visits = Figures(store), Visits(are_again=True, of_plenty=20)
    figures.group(SCOPE, Count.ASSESSED, ("province", "cause"), visits)
    expected = {group: told[0] for group, told in plain.count(COUNTS[0], ("province",)).items()}
    found = figures.group(SCOPE, Count.ASSESSED, ("province",), visits).groups
    assert {one.codes: one.persons for one in found} == expected
