"""Washington Group Short Set: cut-off 3, missing domains, children under 5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts import washington
from service.facts.washington import identifier

NOBODY = (None,) * 6


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((1, 1, 1, 1, 1, 1), "no"),
        ((2, 2, 2, 2, 2, 2), "no"),
        ((1, 1, 3, 1, 1, 1), "yes"),
        ((1, 4, 1, 1, 1, 1), "yes"),
        ((3, None, None, None, None, None), "yes"),
        ((4, 7, 9, 7, 9, 7), "yes"),
        ((1, 1, 1, 1, 1, None), "indeterminate"),
        ((1, 1, 1, 1, 1, 7), "indeterminate"),
        ((2, 9, 1, 1, 1, 1), "indeterminate"),
        ((7, 7, 7, 7, 7, 7), "indeterminate"),
        (NOBODY, "not_asked"),
    ],
)
def test_identifier(answers: tuple[int | None, ...], expected: str) -> None:
    assert identifier(answers, is_under_5=False) == expected


@given(st.tuples(*[st.sampled_from([1, 2, 3, 4, 7, 9, None])] * 6))
def test_children_under_5_are_never_given_a_status(answers: tuple[int | None, ...]) -> None:
    assert identifier(answers, is_under_5=True) == "not_asked"


@given(st.tuples(*[st.sampled_from([1, 2, 3, 4, 7, 9, None])] * 6))
def test_refusing_and_not_knowing_never_count_as_no_difficulty(
    answers: tuple[int | None, ...],
) -> None:
    status = identifier(answers, is_under_5=False)
    assert (status == "no") == all(a in {1, 2} for a in answers)
    assert (status == "yes") == any(a in {3, 4} for a in answers)
    highest = washington.highest(answers)
    assert highest == max([a for a in answers if a in {1, 2, 3, 4}], default=None)


@pytest.mark.parametrize(
    ("text", "answer"),
    [("1", 1), ("4", 4), ("7", 7), ("9", 9), ("a_lot_of_difficulty", 3), ("REFUSED", 7),
     ("5", None), ("0", None), ("ពិបាក", None), ("3.0", None)],
)  # fmt: skip
def test_answers_are_read_or_missing(text: str, answer: int | None) -> None:
    assert washington.read_answer(text) == answer
