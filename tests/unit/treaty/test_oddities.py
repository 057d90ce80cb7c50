"""What stands out by rule, and what does not."""

from __future__ import annotations

import pytest

from service.treaty import oddities
from tests.bench.signers import signed

KHMER = (
    "កែវ សុផល",
    "គង់ ម៉ារី",
    "ចាន់ ធី",
    "ជា វុទ្ធី",
    "ឈឹម បូរី",
    "ទេព ណារ៉េត",
    "នួន លី",
    "ប្រាក់ ភក្តី",
    "ពេជ្រ សំណាង",
    "មាស វិបុល",
    "លី ចិន្តា",
    "ហេង ណារី",
)


def test_s52_names_in_the_order_of_a_register_stand_out() -> None:
    assert oddities.is_in_order(KHMER)
    assert oddities.is_in_order([*KHMER[1:], KHMER[0]])  # by another alphabet than ours
    assert not oddities.is_in_order(KHMER[:11])
    assert not oddities.is_in_order([*KHMER[6:], *KHMER[3:6], *KHMER[:3]])


def test_a_family_that_signs_one_after_the_other_is_no_register() -> None:
    assert not oddities.is_in_order([f"សុខ {name}" for name in KHMER])


def test_people_as_they_come_are_in_no_order() -> None:
    names = [one.written.khmer for one in signed(20_000)]
    sheets = [names[at : at + 20] for at in range(0, len(names), 20)]
    assert not [sheet for sheet in sheets if oddities.is_in_order(sheet)]


@pytest.mark.parametrize(
    ("same", "lines", "is_copy"), [(5, 10, True), (4, 4, False), (9, 20, False), (20, 20, True)]
)
def test_s52_a_sheet_of_which_half_stands_on_another_is_a_copy(
    same: int, lines: int, is_copy: bool
) -> None:
    assert oddities.is_copy(same, lines) is is_copy


def test_s52_more_in_a_day_than_people_can_be_asked_is_a_burst() -> None:
    assert not oddities.is_burst(200, on_paper=False)
    assert oddities.is_burst(201, on_paper=False)
    assert not oddities.is_burst(500, on_paper=True)
    assert oddities.is_burst(501, on_paper=True)
