"""CLDR's order of Khmer, not that of code points."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from service.foundation.formats.collation import sort_key

IN_ORDER = [
    *("ចាន់", "ឈុំ", "សុខា", "សុភា", "សៅ", "ស្រី"),
    *("ឥន្ទ", "ឧត្តម", "អុំ", "Élan", "Sok", "Zed"),
]


def test_khmer_comes_as_in_a_dictionary_and_latin_after_it() -> None:
    mixed = IN_ORDER[:]
    random.Random(1).shuffle(mixed)
    found = sorted(mixed, key=sort_key)
    assert found.index("ឥន្ទ") < found.index("អុំ"), "independent vowels stand with their letters"
    assert sorted(IN_ORDER).index("ឥន្ទ") > sorted(IN_ORDER).index("អុំ"), "code points do not"
    assert found == IN_ORDER


@pytest.mark.parametrize(("one", "other"), [("sok", "Sok"), ("ឲ្យ", "ឱ្យ"), ("Elan", "Élan")])
def test_spellings_of_one_word_stand_together(one: str, other: str) -> None:
    between = sorted([one, other, "Sa", "Sz", "អ", "ហ", "Ek", "Em"], key=sort_key)
    assert abs(between.index(one) - between.index(other)) == 1


def test_nobody_loads_it_who_does_not_sort() -> None:
    script = "import sys, service.app; sys.exit('icu' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
