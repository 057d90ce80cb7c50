"""What was decided holds for the version that was looked at, and for no later one."""

from __future__ import annotations

import pytest

from service.foundation import ids
from service.review.states import ReviewState, present_state

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
