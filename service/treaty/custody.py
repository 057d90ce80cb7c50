"""Where a sheet of paper is, from the printer to the published number. Pure.

Each step is written down with who and when, and is never changed; what was written wrongly is
written again. A sheet that was issued here counts when its last step is `checked`, and as many
lines were keyed as were counted by hand when it came back.
"""

from __future__ import annotations

import enum
import re


class Step(enum.StrEnum):
    """What happened to a sheet last."""

    ISSUED = "issued"
    """Printed, and given to somebody who collects."""
    RETURNED = "returned"
    """Back in the office; its filled lines were counted."""
    KEYED = "keyed"
    """By one person; waits for a second one, who does not see what the first keyed."""
    KEYED_AGAIN = "keyed_again"
    """By a second person; where the two differ, people decide."""
    CHECKED = "checked"
    """Both say the same, or people decided: its lines are signatures."""
    LOST = "lost"


S = Step
AFTER: dict[Step, frozenset[Step]] = {
    S.ISSUED: frozenset({S.RETURNED, S.LOST}),
    S.RETURNED: frozenset({S.RETURNED, S.KEYED, S.CHECKED, S.LOST}),
    S.KEYED: frozenset({S.RETURNED, S.KEYED_AGAIN, S.LOST}),
    S.KEYED_AGAIN: frozenset({S.RETURNED, S.CHECKED, S.LOST}),
    S.CHECKED: frozenset({S.RETURNED}),
    S.LOST: frozenset({S.RETURNED}),
}
"""What may follow. From the page `checked` follows `returned` where a phone keyed the sheet; a
sheet that comes back once more was counted wrongly, or is to be keyed anew."""
MOST_SHEETS = 500
"""Of one batch."""
MOST_LINES = 40
"""On one sheet."""
_CODE = re.compile(r"[A-Za-z0-9_-]{1,24}")


def is_code(said: str) -> bool:
    """Whether forms take it as the beginning of a sheet's number, or as whom it was given to."""
    return _CODE.fullmatch(said) is not None


def number_of(campaign: str, serial: int) -> str:
    """As it is printed."""
    return f"{campaign}-{serial:05}"


def adds_up(step: Step, returned: int | None, declared: int | None) -> bool:
    """Whether a keyed sheet that was issued here is as it came back."""
    return step is Step.CHECKED and returned is not None and returned == declared
