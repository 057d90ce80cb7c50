"""Words that stand in other systems' cells, and the codes that they mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from service.exports.casualties.synonyms import ADULT, CHILD, SYNONYMS
from service.facts import codes
from service.facts.codes import Labels

GROUPS: Labels = {
    "men": {"en": "Men", "km": "បុរស"},
    "boys": {"en": "Boys", "km": "ក្មេងប្រុស"},
    "women": {"en": "Women", "km": "ស្ត្រី"},
    "girls": {"en": "Girls", "km": "ក្មេងស្រី"},
    "unknown": {"en": "Unknown", "km": "មិនដឹង"},
}
"""Sex and age in one, as casualties are published."""
OF_GROUP = {
    "men": ("male", ADULT),
    "boys": ("male", CHILD),
    "women": ("female", ADULT),
    "girls": ("female", CHILD),
}

_NOT_KNOWN = ("n/a", "na", "not known", "unidentified", "undetermined", "unspecified", "?", "-",
              "មិនស្គាល់", "មិនច្បាស់")  # fmt: skip


def plain(text: str) -> str:
    """Letters, marks and digits alone, as many people write the same word: case, spaces, dashes and
    signs of no width make no difference."""
    text = unicodedata.normalize("NFKC", text).casefold().translate(_KHMER_DIGITS)
    return "".join(
        c for c in text if c.isalnum() or unicodedata.category(c) in _MARKS or c in "<>+?"
    )


_MARKS = frozenset({"Mn", "Mc"})
_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def lists() -> dict[str, Labels]:
    """Field -> the codes that its cells may mean."""
    return {
        "source": codes.CASUALTY_SOURCE,
        "sex": codes.SEX,
        "sex_age": GROUPS,
        "age_group": codes.AGE_BAND5,
        "outcome": codes.INCIDENT_OUTCOME,
        "device": codes.DEVICE,
        "submunition": codes.SUBMUNITION_KIND,
        "activity": codes.ACTIVITY,
        "civil_status": codes.CIVIL_STATUS,
        "injury": codes.INJURY,
        "side": codes.SIDE,
        "marked": codes.MARKED_AREA,
    }


@cache
def known(field: str) -> Mapping[str, str]:
    """Word, made plain, -> code. A word of a code of its own stands before a synonym of another."""
    labels = lists()[field]
    found: dict[str, str] = {}
    for code, label in labels.items():
        _add(found, (code, label["en"], label["km"]), code)
    for code, words in SYNONYMS.get(field, {}).items():
        _add(found, words, code)
    if "unknown" in labels:
        _add(found, _NOT_KNOWN, "unknown")
    return found


def _add(found: dict[str, str], words: Iterable[str], code: str) -> None:
    for word in words:
        found.setdefault(plain(word) or word, code)


def code_of(field: str, cell: str, told: Mapping[str, str]) -> str | None:
    """The code of a cell; `told`: what the person who imports said of this field's words. None:
    nobody knows what it means."""
    word = plain(cell) or cell.strip()
    return told.get(word) or known(field).get(word)
