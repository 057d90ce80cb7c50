"""What was decided holds for the version that was looked at, and for no later one."""

from __future__ import annotations

import pytest

from service.foundation import ids
from service.review.states import WORDS, ReviewState, Stage, present_state, stage_of, standing_of

FIRST, EDIT, LATER = ids.new_uuid(), ids.new_uuid(), ids.new_uuid()
APPROVED = ReviewState.APPROVED


@pytest.mark.parametrize(
    ("current", "decided", "looked_at", "expected"),
    [
        (FIRST, None, None, None),
        (FIRST, APPROVED, FIRST, APPROVED),
        (FIRST, None, FIRST, None),
        (EDIT, None, None, ReviewState.EDITED),
        (EDIT, APPROVED, FIRST, ReviewState.EDITED),
        (EDIT, APPROVED, EDIT, APPROVED),
        (EDIT, None, EDIT, None),
        (LATER, APPROVED, EDIT, ReviewState.EDITED),
    ],
)
def test_states(current: object, decided: object, looked_at: object, expected: object) -> None:
    assert present_state(FIRST, current, decided, looked_at) == expected  # type: ignore[arg-type]


def test_centrals_words_and_ours_map_both_ways() -> None:
    for word in (None, *ReviewState):
        assert WORDS[stage_of(word)] is word
    for word in (None, ReviewState.EDITED):
        assert stage_of(word, has_owner=True) is Stage.IN_REVIEW
    for word in (ReviewState.APPROVED, ReviewState.HAS_ISSUES, ReviewState.REJECTED):
        assert stage_of(word, has_owner=True) is stage_of(word), (
            "who decided has it in hand no more"
        )


@pytest.mark.parametrize(
    ("word", "here", "copied"),
    [
        (None, "received", "received"),
        (ReviewState.EDITED, "received", "received"),
        (ReviewState.HAS_ISSUES, "received", "received"),
        (ReviewState.APPROVED, "approved", "received"),
        (ReviewState.REJECTED, "rejected", "rejected"),
    ],
)
def test_what_another_server_approved_nobody_here_has(
    word: ReviewState | None, here: str, copied: str
) -> None:
    assert standing_of(word) == here
    assert standing_of(word, is_copied=True) == copied
