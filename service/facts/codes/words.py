"""What lists are made of, and the answers that stand in all of them."""

from __future__ import annotations

from typing import TypeAlias

Label: TypeAlias = dict[str, str]
"""{"en": …, "km": …}"""
Labels: TypeAlias = dict[str, Label]
"""Code to label, in the order in which people should see them."""


def listed(*rows: tuple[str, str, str]) -> Labels:
    """A list from rows of code, English, Khmer."""
    return {code: {"en": en, "km": km} for code, en, km in rows}


UNKNOWN_ROW = ("unknown", "Unknown", "មិនដឹង")
NO_ANSWER_ROW = ("no_answer", "Prefers not to answer", "មិនចង់ឆ្លើយ")
OTHER_ROW = ("other", "Other", "ផ្សេងៗ")

NOT_ASKED = listed(("not_asked", "Not asked", "មិនបានសួរ"))
UNKNOWN = listed(UNKNOWN_ROW)
NO_ANSWER = listed(NO_ANSWER_ROW)
NO_CODE = UNKNOWN | NO_ANSWER | NOT_ASKED
"""What a fact may hold in any coded column instead of a code of its list."""
YES_NO = listed(("yes", "Yes", "បាទ/ចាស"), ("no", "No", "ទេ"))
YES_NO_UNKNOWN = YES_NO | listed(UNKNOWN_ROW, NO_ANSWER_ROW)
YES_NO_APPLIED = listed(
    ("yes", "Yes", "បាទ/ចាស"),
    ("no", "No", "ទេ"),
    ("applied", "Applied, no decision yet", "បានដាក់ពាក្យ កំពុងរង់ចាំ"),
    UNKNOWN_ROW,
    NO_ANSWER_ROW,
)


def as_dimension(labels: Labels) -> Labels:
    """Every value a fact can hold for this list: its codes, then those of NO_CODE."""
    return labels | NO_CODE
