"""Washington Group Short Set: from six answers to the disability identifier.

Cut-off: at least one domain at 3 ("a lot of difficulty") or 4 ("cannot do at all"), as the
Washington Group recommends. Answers: 1–4, 7 refused, 9 does not know, None not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from service.facts.answers import Values

DOMAINS = ("see", "hear", "walk", "remember", "selfcare", "communicate")

_Degree: TypeAlias = "int | None"
Answers: TypeAlias = tuple[_Degree, _Degree, _Degree, _Degree, _Degree, _Degree]

_TAGS = tuple(f"wg.{domain}" for domain in DOMAINS)

CUT_OFF = 3

_ANSWERS = {str(n): n for n in (1, 2, 3, 4, 7, 9)} | {
    # Codes of the question library that Kobo users start from.
    "no_difficulty": 1,
    "some_difficulty": 2,
    "a_lot_of_difficulty": 3,
    "cannot_do_at_all": 4,
    "refused": 7,
    "no_answer": 7,
    "dont_know": 9,
    "unknown": 9,
}


def read_answer(answer: str) -> int | None:
    """1–4, 7 or 9; None for no answer and for text that is none of them."""
    return _ANSWERS.get(answer) or _ANSWERS.get(answer.strip().lower())


def answers_of(values: Values) -> Answers:
    """The six answers, in the order of DOMAINS, from answers by tag."""
    see, hear, walk, remember, selfcare, communicate = [
        read_answer(values[tag]) if tag in values else None for tag in _TAGS
    ]
    return see, hear, walk, remember, selfcare, communicate


def identifier(answers: Sequence[int | None], is_under_5: bool) -> str:
    """yes | no | indeterminate | not_asked.

    The set is not made for children under 5: whatever was answered, they count as not asked.
    Without a domain at the cut-off, one missing domain is enough for indeterminate: it may be
    the one with the difficulty.
    """
    if is_under_5 or answers.count(None) == len(answers):
        return "not_asked"
    degrees = _degrees(answers)
    if degrees and max(degrees) >= CUT_OFF:
        return "yes"
    return "no" if len(degrees) == len(answers) else "indeterminate"


def highest(answers: Sequence[int | None]) -> int | None:
    """Highest degree of difficulty 1–4 among the answers, for sensitivity analysis."""
    return max(_degrees(answers), default=None)


def _degrees(answers: Sequence[int | None]) -> list[int]:
    return [answer for answer in answers if answer is not None and answer <= 4]
