"""Areas by what people type: names in both languages, codes, and what comes near."""

from __future__ import annotations

import pytest

from service.facts import area_names, places
from service.facts.area_names import label, like, named, within


def codes(typed: str) -> list[str]:
    return [place.code for place in named(typed)]


@pytest.mark.parametrize(
    "typed",
    [
        "0201", "០២០១", " 0201 ", "Banan", "banan", "បាណន់", "ស្រុកបាណន់", "Banan district",
        "Srok Banan", "Banan, Battambang", "បាណន់, បាត់ដំបង", "Banan , ខេត្តបាត់ដំបង",
        "0201 Banan, Battambang", "០២០១ បាណន់",
    ],
)  # fmt: skip
def test_an_area_is_known_by_code_and_by_name_in_both_languages(typed: str) -> None:
    assert codes(typed) == ["0201"]


def test_what_the_list_offers_is_understood_for_every_area() -> None:
    for place in within(None):
        for language in ("en", "km"):
            assert named(label(place, language)) == (place,)


def test_a_name_that_several_have_means_all_of_them_and_what_is_around_tells_them_apart() -> None:
    assert codes("Battambang") == ["02", "0203"]
    assert len(codes("Samraong")) == len(codes("សំរោង")) == 12
    assert codes("Samraong, Ou Chrov") == ["010505"]
    assert codes("សំរោង, អូរជ្រៅ") == ["010505"]
    assert codes("Battambang, Battambang") == ["0203"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("ខេត្តប៉ៃលិន", "24"), ("ក្រុងប៉ៃលិន", "2401"), ("សង្កាត់ប៉ៃលិន", "240101"), ("Pailin province", "24"),
        ("Pailin District", "2401"), ("Sangkat Pailin", "240101"), ("រាជធានីភ្នំពេញ", "12"),
        ("ខេត្ត ប៉ៃលិន", "24"), ("ភ្នំស្រុក", "0103"), ("Phnum Srok", "0103"), ("KH-17", "17"),
    ],
)  # fmt: skip
def test_the_word_for_what_it_is_tells_them_apart_too(typed: str, code: str) -> None:
    assert codes(typed) == [code]


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", ",", "2", "020", "02010101", "0299", "9" * 300, "-0201", "0201 Pailin",
        "Banan, Pailin", "Paris", "%", "' OR 1=1", "\u200b", "a,b,c,d",
    ],
)  # fmt: skip
def test_what_is_no_area_means_none(typed: str) -> None:
    assert codes(typed) == []


def test_villages_are_no_areas() -> None:
    village = next(
        p for c in within(["0201"]) for p in places.load().children(c.code) if p.level == 4
    )
    assert codes(village.code) == []


@pytest.mark.parametrize(
    ("typed", "first"), [("Battambong", "02"), ("Batt", "02"), ("បាត់ដំ", "02"), ("Banann", "0201")]
)
def test_what_is_nearly_a_name_comes_near(typed: str, first: str) -> None:
    assert named(typed) == ()
    assert first in [place.code for place in like(typed, within(None), 6)]


def test_nothing_comes_near_a_letter_and_never_more_than_asked_for() -> None:
    assert like("a", within(None), 6) == ()
    assert len(like("kampong", within(None), 6)) == 6
    assert {place.code[:2] for place in like("kampong", within(["02"]), 6)} <= {"02"}


def test_an_area_and_what_lies_below_it() -> None:
    assert [len(list(within(None, level))) for level in (1, 2, 3)] == [25, 235, 1897]
    assert {place.code[:4] for place in within(["0201"])} == {"0201"}
    assert [place.code for place in within(["020101"])] == ["020101"]
    assert list(within(["99", "unknown"])) == []
    assert area_names.SMALLEST == 3
