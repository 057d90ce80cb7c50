"""One name, however it was typed: letters in whatever order, marks nobody sees, titles, digits."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.persons import khmer, normal

TYPED = st.text(
    st.one_of(
        st.characters(min_codepoint=0x1780, max_codepoint=0x17E9),
        st.characters(min_codepoint=0x20, max_codepoint=0x17F),
        st.sampled_from(" \u200b\u200c\u200d\ufeffœİẞ"),
        st.characters(),
    ),
    max_size=30,
)


@given(TYPED)
@example("ប\u17bb\u17be\u17d0")  # the shifter comes to stand before the vowel
@example("ក\u17be\u17b8\u17c1")
def test_twice_is_as_once(text: str) -> None:
    assert normal.plain(normal.plain(text)) == normal.plain(text)
    assert khmer.spelled_plainly(khmer.spelled_plainly(text)) == khmer.spelled_plainly(text)


@given(TYPED, st.integers(0, 40), st.sampled_from("\u200b\u200c\u200d\ufeff\u00ad\u200e\u2060"))
def test_marks_that_nobody_sees_change_nothing(text: str, at: int, mark: str) -> None:
    assert normal.plain(text[:at] + mark + text[at:]) == normal.plain(text)


@given(TYPED)
def test_composed_or_not_is_the_same(text: str) -> None:
    plain = normal.plain(text)
    assert normal.plain(unicodedata.normalize("NFD", text)) == plain
    assert normal.plain(unicodedata.normalize("NFC", text)) == plain


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ប\u17bb\u17caន", "ប\u17ca\u17bbន"),  # vowel before its shifter
        ("ម\u17c6\u17bb", "ម\u17bb\u17c6"),  # sign before its vowel
        ("ស\u17b8\u17d2រ", "ស\u17d2រ\u17b8"),  # vowel before the letter below
        ("ឥន\u17d2រ\u17d2ទា", "ឥន\u17d2ទ\u17d2រា"),  # រ is last below
        ("ក\u17c1\u17b8ត", "កើត"),
        ("ហ\u17c1\u17b6", "ហោ"),
        ("ស\u17bb\u17b8ណា", "ស៊ីណា"),  # looks the same: ុ for the shifter
        ("រ\u17bb\u17b8", "រ៉ី"),
        ("ភក្ដី", "ភក្តី"),
        ("\u17a3ន", "អន"),
        ("\u17a4ន", "អាន"),
        ("សុខ\u17b4", "សុខ"),
        ("ណារ\u17b8\u17b8", "ណារី"),
        ("២៥៦៨", "2568"),
        ("Sôk DARÀ", "sok dara"),
        ("Pœu", "poeu"),
    ],
)
def test_one_spelling(typed: str, meant: str) -> None:
    assert normal.plain(typed) == normal.plain(meant)


def test_what_sounds_otherwise_stays_otherwise() -> None:
    assert normal.plain("ប៊ុន") != normal.plain("ប៉ុន")
    assert normal.plain("ស្រីមុំ") != normal.plain("ស្រីមៅ")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("លោក សុខ ដារ៉ា", ("សុខ", "ដារ៉ា")),
        ("លោកស្រីជា សុភាព", ("ជា", "សុភាព")),
        ("យាយ ភាព", ("ភាព",)),
        ("ឯ.ឧ. លឹម មង្គល", ("លឹម", "មង្គល")),
        ("Mrs. Meas Thida", ("meas", "thida")),
        ("Lok Srey Chea Sopheap", ("chea", "sopheap")),
        ("Om", ("om",)),
        ("កញ្ញា", ("កញ្ញា",)),
        ("Chan'thou", ("chanthou",)),
        ("SOK, Dara", ("sok", "dara")),
    ],
)
def test_titles_are_no_names_unless_nothing_follows(typed: str, words: tuple[str, ...]) -> None:
    assert normal.read(typed).readings == (words,)


def test_two_scripts_and_nicknames_are_readings_of_one_name() -> None:
    both = normal.read("សុខ ដារ៉ា (Sok Dara)")
    assert both.readings == (("សុខ", "ដារ៉ា"), ("sok", "dara"))
    assert normal.read("កែវ ប៊ុនធឿន ហៅ ធឿន").readings[1] == ("ធឿន",)


def test_a_number_after_a_name_is_kept_apart() -> None:
    assert [normal.read(t).number for t in ("សុខា ២", "Sokha 2", "Sokha II", "Sokha (02)")] == [
        "2"
    ] * 4
    assert normal.read("Sokha").number == normal.read("Sokha 012345678").number == ""


@given(st.text(max_size=300))
def test_anything_may_be_typed(text: str) -> None:
    normal.read(text)
