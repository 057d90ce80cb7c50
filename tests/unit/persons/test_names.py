"""Names by their sounds: the ways in which one name is written, and names that differ by little."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.persons import from_khmer, from_latin, names, normal, sounds
from tests.golden.names.pairs import lists

SPELLED = st.sampled_from([n for part in lists().values() for both in part for n in both])
NAMES = st.one_of(
    st.lists(SPELLED, min_size=1, max_size=3).map(" ".join),
    st.text(st.characters(min_codepoint=0x1780, max_codepoint=0x17D3), max_size=12),
    st.text(st.characters(min_codepoint=0x61, max_codepoint=0x7A), max_size=12),
    st.text(max_size=12),
)


def likeness(one: str, other: str) -> names.Likeness:
    return names.likeness(normal.read(one), normal.read(other))


@pytest.mark.parametrize(
    ("khmer", "latin"),
    [
        ("ចាន់ណារ៉េត", "CaNaReT"), ("សុខា", "S5Ka"), ("ធារ៉ា", "TxRa"), ("ស្រី", "SRj"),
        ("មុនី", "M5Ni"), ("ប៊ុនធឿន", "B5N.TzN"), ("ភ័ក្ត្រ", "PxKtr"), ("ឆាយ", "Cj"), ("ម៉ៅ", "Mw"),
        ("មករា", "M.K.Ra"), ("រា", "Rx"), ("ពោធិ៍", "Pot"), ("ហ្វា", "Pa"), ("គឹម", "K3M"),
        ("រដ្ឋា", "R.Ta"), ("វណ្ណៈ", "V.Nak"), ("សម្បត្តិ", "S.MB.T1"), ("អ៊ុក", "5K"),
        ("រស្មី", "R.kSMj"),
    ],
)  # fmt: skip
def test_sounds_of_khmer(khmer: str, latin: str) -> None:
    assert from_khmer.heard(normal.read(khmer).readings[0][0]) == latin


@pytest.mark.parametrize(
    ("latin", "heard"),
    [
        ("channareth", "CaNaReT"), ("chhay", "Cj"), ("chey", "Cj"), ("bunthoeurn", "BuNTzN"),
        ("sophorn", "SoPoN"), ("nhem", "ÑeM"), ("penh", "PeÑ"), ("keo", "KeV"),
        ("kev", "KeV"),
        ("sovann", "SoVaN"), ("pov", "Pw"), ("lyhour", "LiHq"), ("wuthy", "VuTi"),
        ("theara", "TxRa"),
    ],
)  # fmt: skip
def test_sounds_of_latin_spellings(latin: str, heard: str) -> None:
    assert from_latin.heard(latin).replace("r", "") == heard


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("សុខ ដារ៉ា", "លោក សុខ  ដារ៉ា", "name_same"),
        ("ចាន់ណារ៉េត", "Channareth", "name_spelled_otherwise"),
        ("Sokha", "Sok Kha", "name_spelled_otherwise"),
        ("ផល្លី", "ផលលី", "name_spelled_otherwise"),
        ("Touch Veasna", "Tocuh Veasna", "name_spelled_otherwise"),
        ("Chan Sovannara", "Chan Sovnnara", "name_spelled_otherwise"),
        ("សុខ ចាន់ណារ៉េត", "សុខ ជាន់ណារ៉េត", "name_spelled_otherwise"),
        ("Chea Vuthy", "Vuthi Chea", "name_other_order"),
        ("Keo Bun Thoeun", "Keo Thoeun", "name_part_missing"),
        ("ជា វុទ្ធី", "Vuthy", "name_given_only"),
        ("Dara Sok", "Dara", "name_given_only"),
        ("ចាន់ណារ៉េត", "Reth", "name_last_syllable"),
        ("Chhim Channareth", "Chhim Reth", "name_last_syllable"),
    ],
)
def test_why_names_are_alike(one: str, other: str, reason: str) -> None:
    found = likeness(one, other)
    assert found.reason == reason
    assert names.PERHAPS <= found.score <= 1.0
    assert (found.score == 1.0) == (reason == "name_same")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sokha", "Sokhom"), ("Sokhom", "Sokhim"), ("ស្រីមុំ", "ស្រីមៅ"), ("ចាន់ធី", "Chanthou"),
        ("Sok Dara", "Sao Dara"), ("ជា វុទ្ធី", "Chan Vuthy"), ("Sokha 1", "សុខា ២"),
        ("Sok", "Sok Dara"), ("", ""), ("12", "12"), ("Dara", ""),
    ],
)  # fmt: skip
def test_what_is_not_alike(one: str, other: str) -> None:
    assert likeness(one, other).score < names.PERHAPS


@given(NAMES, NAMES)
def test_whichever_comes_first(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0.0 <= likeness(one, other).score <= 1.0


@given(NAMES)
def test_a_name_is_like_itself(name: str) -> None:
    expected = 1.0 if normal.read(name).readings else 0.0
    assert likeness(name, name).score == expected


@given(NAMES, st.integers(0, 20))
def test_marks_that_nobody_sees_change_no_likeness(name: str, at: int) -> None:
    assert normal.read(name[:at] + "\u200b" + name[at:]) == normal.read(name)


def test_each_difference_of_sounds_is_weighed_the_same_both_ways() -> None:
    assert all(
        cost == sounds.COSTS[b][a] for a in sounds.COSTS for b, cost in sounds.COSTS[a].items()
    )
    signs = sounds.VOWELS + sounds.UNWRITTEN + sounds.SILENT_I + sounds.CONSONANTS + sounds.SELDOM
    assert len(set(signs)) == len(signs), "each sign is one sound"
