"""Joined, edited, taken back, in any order: both sides are what they would be without the join.

HISTORIES=50000 .venv/bin/python -m pytest tests/unit/persons/test_histories.py -n 0
"""

from __future__ import annotations

import os
from collections import Counter

from service.persons.aligning import Known, Standing, align
from service.persons.verdicts import Verdict, contradicted, together
from tests.unit.persons import histories

HISTORIES = int(os.environ.get("HISTORIES", "600"))


def test_random_histories_of_joins_edits_and_taking_back_restore_both_sides() -> None:
    done: Counter[str] = Counter()
    for seed in range(HISTORIES):
        done += histories.run(seed)
    print(f"{HISTORIES} histories: {dict(done)}")
    assert min(done[what] for what in ("edits", "same", "apart", "different")) > HISTORIES


def known(mark: str, ordinal: int, name: int, **more: object) -> Known[str]:
    words = f"{name}".encode()
    return Known(
        mark=mark, ordinal=ordinal, described=words, sounds=frozenset({name}), **more  # type: ignore[arg-type]
    )  # fmt: skip


def told(ordinal: int, name: int, **more: object) -> Standing:
    return Standing(
        ordinal=ordinal, described=f"{name}".encode(), sounds=frozenset({name}), **more  # type: ignore[arg-type]
    )  # fmt: skip


def test_whoever_moves_up_is_known_by_name() -> None:
    before = [known("a", 0, 1), known("b", 1, 2), known("c", 2, 3)]
    found = align(before, [told(0, 2), told(1, 3)])
    assert (found.marks, found.gone, found.doubtful) == (("b", "c"), ("a",), frozenset())


def test_two_of_one_name_keep_their_order() -> None:
    before = [known("a", 0, 1), known("b", 1, 1)]
    assert align(before, [told(0, 1), told(1, 1)]).marks == ("a", "b")


def test_another_name_in_the_same_place_is_doubtful() -> None:
    found = align([known("a", 0, 1)], [told(0, 2)])
    assert (found.marks, found.doubtful) == (("a",), {"a"})


def test_an_id_of_the_form_stands_before_every_name() -> None:
    before = [known("a", 0, 1, own=b"A"), known("b", 1, 2, own=b"B")]
    found = align(before, [told(0, 1, own=b"B"), told(1, 2, own=b"C")])
    assert (found.marks, found.gone, found.doubtful) == (("b", None), ("a",), frozenset())


def test_whoever_was_taken_out_comes_back_by_the_same_words_alone() -> None:
    before = [known("a", 0, 1, is_here=False), known("b", 0, 2)]
    assert align(before, [told(0, 2), told(1, 1)]).marks == ("b", "a")
    assert align(before, [told(0, 2), told(1, 3)]).marks == ("b", None)


def test_different_within_one_file_is_a_contradiction() -> None:
    verdicts = {("a", "b"): Verdict.SAME, ("b", "c"): Verdict.SAME, ("a", "c"): Verdict.DIFFERENT}
    assert contradicted(verdicts) == [("a", "c")]
    verdicts["b", "c"] = Verdict.APART
    assert contradicted(verdicts) == []
    assert together([("a", "b")])["b"] == {"a", "b"}
