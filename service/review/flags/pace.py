"""Too fast: seconds for each answer, by themselves and beside those of the form's other records.

For each answer, not for each record: who asks of five people takes longer than who asks of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from service.review.flags.kinds import Code, Flag, Reason

FEWEST = 10
"""Answers. A refusal, or two questions, says nothing of a pace."""
FLOOR_S = 2.0
"""Seconds for each answer. To read ten words aloud takes four (150 words a minute), and the answer
comes on top: in half of that nobody was asked."""
READ_S = 4.0
"""The reading alone."""
SHARE = 1 / 3
"""Of the usual pace of the form: a practised interviewer is twice as fast as the usual one."""
UNSUSPECTED_S = 6.0
"""Seconds for each answer from which on nobody is called fast, however slow others are."""
ENOUGH = 20
"""Records by which a form has a usual pace."""

Pace = tuple[int, int]
"""Seconds, and answers."""


def of(seconds: int | None, answered: int | None) -> float | None:
    """Seconds for each answer; None where that says nothing."""
    if seconds is None or answered is None or answered < FEWEST:
        return None
    return seconds / answered


def usual(others: Sequence[Pace]) -> float | None:
    """The median of other records of the form; None while there are few."""
    known = [pace for one in others if (pace := of(*one)) is not None]
    return median(known) if len(known) >= ENOUGH else None


def too_fast(seconds: int | None, answered: int | None, form: float | None) -> Flag | None:
    """`form`: the usual pace of the form."""
    pace = of(seconds, answered)
    if pace is None:
        return None
    told = {"seconds": seconds, "answers": answered, "each": round(pace, 1)}
    if form is not None and pace < form * SHARE and pace < UNSUSPECTED_S:
        why = Reason(why="fast_for_form", values={**told, "usual": round(form, 1)})
        return Flag(code=Code.TOO_FAST, reasons=(why,))
    if pace < FLOOR_S:
        return Flag(code=Code.TOO_FAST, reasons=(Reason(why="fast_to_read", values=told),))
    return None


def is_quick(seconds: int | None, answered: int | None, form: float | None) -> bool:
    """Not too fast by itself, but a sign beside others."""
    pace = of(seconds, answered)
    return pace is not None and (pace < READ_S or (form is not None and pace < form / 2))
