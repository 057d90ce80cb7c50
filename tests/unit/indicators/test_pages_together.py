"""Somebody has every page of some figures, for both readers, and a release beside them, and solves
them together (`tests.attack.pages`)."""

from __future__ import annotations

import os
from typing import Any

import pytest

from service.disclosure import remembering
from service.disclosure.hiding import Orders
from service.disclosure.restated import Restated, Source
from service.indicators.actions.beside import Making
from service.indicators.catalogue import Indicator
from tests.attack import pages
from tests.attack.pages import READERS
from tests.attack.reading import Tally

DAYS = int(os.environ.get("DAYS", "12"))
"""`python -m tests.attack.pages 0 1000` tries more."""
NEEDS = (18, 59, 117)
"""Days on which people lack psychosocial support: counselling, peers, or both."""
RESTATED = (7, 38, 64, 95)
"""Days on which survivors, women, or people in remote places are told."""


def leaks(seed: int, tally: Tally) -> list[str]:
    return [str(leak) for leak in pages.attack(pages.happen(seed), tally)]


@pytest.mark.parametrize("seed", range(DAYS))
def test_all_pages_and_releases_of_a_day_give_no_hidden_row_back(seed: int) -> None:
    tally = Tally()
    assert leaks(seed, tally) == []
    assert tally.tables
    assert tally.undecided == 0


def test_pages_of_needs_that_are_settled_apart_tell_of_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Figures that gather needs, were they offered to readers."""
    monkeypatch.setattr(Indicator, "is_mixed", False)
    assert [one for seed in NEEDS for one in leaks(seed, Tally())] == []
    monkeypatch.setattr(Making, "_before", lambda *_: None)
    assert [one for seed in NEEDS for one in leaks(seed, Tally())] != []


def test_a_figure_that_restates_another_and_is_settled_apart_gives_its_rows_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [one for seed in RESTATED for one in leaks(seed, Tally())] == []
    monkeypatch.setattr(Restated, "is_whole", False)
    monkeypatch.setattr(Source, "orders", lambda *_: Orders())
    assert [one for seed in RESTATED for one in leaks(seed, Tally())] != []


def test_what_was_asked_for_first_decides_nothing() -> None:
    """Pages in two orders are the same."""
    people = pages.happen(NEEDS[0]).people
    asked = [("I15", ("province",)), ("I12", ("need", "province")), ("I11", ("province",))]

    def made(wanted: list[tuple[str, tuple[str, ...]]]) -> dict[str, Any]:
        remembering.forget()
        return {one: pages.page(people, one, by, READERS[1]).as_dict() for one, by in wanted}

    assert made(asked) == made(asked[::-1])
