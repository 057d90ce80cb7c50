"""What the catalogue promises, entry by entry."""

from __future__ import annotations

import pytest

from service.disclosure.rules import Audience
from service.indicators.catalogue import INDICATORS, Indicator, breakdowns


def is_khmer(text: str) -> bool:
    return any("\u1780" <= letter <= "\u17ff" for letter in text)


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda one: one.id)
def test_every_entry_says_what_it_is_in_both_languages(indicator: Indicator) -> None:
    assert INDICATORS[indicator.id] is indicator
    for words in (indicator.title, indicator.note):
        assert set(words) == {"en", "km"}
        assert is_khmer(words["km"])
    assert indicator.frameworks
    assert indicator.source


@pytest.mark.parametrize(
    "indicator",
    [one for one in INDICATORS.values() if one.unit == "persons"],
    ids=lambda one: one.id,
)
def test_whoever_reads_of_persons_is_told_that_visits_are_counted(indicator: Indicator) -> None:
    assert "somebody visited twice is two" in indicator.note["en"]
    assert "អ្នកដែលត្រូវបានចុះសួរពីរដង រាប់ជាពីរ" in indicator.note["km"]


@pytest.mark.parametrize("indicator", INDICATORS.values(), ids=lambda one: one.id)
def test_no_breakdown_is_listed_twice(indicator: Indicator) -> None:
    assert len({frozenset(by) for by in indicator.grid}) == len(indicator.grid)


def test_the_public_never_gets_communes_months_or_more_than_two_beside_the_place() -> None:
    for indicator in INDICATORS.values():
        for by in breakdowns(indicator, Audience.PUBLIC):
            assert not {"commune", "month"} & set(by)
            assert len(set(by) - {"province", "district", "quarter", "year"}) <= 2


def test_need_by_province_comes_first_for_everybody() -> None:
    for audience in (Audience.PUBLIC, Audience.PARTNER, Audience.INTERNAL):
        assert breakdowns(INDICATORS["I12"], audience)[0] == ("need", "province")


def test_a_district_brings_its_province_and_order_is_as_asked() -> None:
    needs = INDICATORS["I12"]
    assert needs.offered(("district", "need"), Audience.PARTNER) == ("province", "district", "need")
    assert needs.offered(("province", "need"), Audience.PUBLIC) == ("province", "need")
    assert needs.offered(("device",), Audience.PARTNER) is None
