"""Words that are masked, and what is needed for which use."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.facts.scopes import NAMINGS
from service.testimonies import masks
from service.testimonies.masks import MASK, shown, spans
from service.testimonies.terms import Naming, answers_allowing, namings_of


def test_every_place_where_words_stand_is_masked() -> None:
    text = "ភូមិ ក និង ភូមិ ខ"
    assert shown(text, spans(text, "ភូមិ")) == f"{MASK} ក និង {MASK} ខ"
    assert spans(text, "ខេត្ត") == spans(text, "") == []


def test_masks_that_touch_or_lie_in_each_other_are_one() -> None:
    assert shown("abcdef", [[1, 3], [3, 4], [2, 3]]) == f"a{MASK}ef"
    assert shown("abcdef", [[0, 6]]) == MASK
    assert shown("abcdef", []) == "abcdef"


@given(st.text(alphabet="abក ", max_size=30), st.text(alphabet="abក", min_size=1, max_size=3))
def test_no_masked_words_are_left(text: str, words: str) -> None:
    left = shown(text, spans(text, words)).replace(masks.MASK, "\x00")
    assert words not in left


def test_a_naming_is_offered_where_a_narrator_s_answer_allows_it() -> None:
    for answer in (*NAMINGS, "none", "unknown"):
        offered = namings_of(answer, may_name=True)
        assert Naming.NONE in offered
        for naming in set(Naming) - {Naming.NONE}:
            assert (naming in offered) is (answer in answers_allowing(naming)), (answer, naming)
    assert namings_of("full_name", may_name=False) == (Naming.NONE,)
