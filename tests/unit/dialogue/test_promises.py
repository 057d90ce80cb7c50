"""How a promise stands, and what its figure did: folded by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from service.dialogue import partners, promises
from service.dialogue.frameworks import KEYS
from service.dialogue.partners import KNOWN, Partner, Stands
from service.dialogue.promises import Due, Status, Word
from service.dialogue.since import Frozen, Went, in_force, since
from service.disclosure.rules import Audience
from service.testimonies.terms import Audience as Quoted

DAY = dt.date(2026, 6, 15)


def words(*said: tuple[Status, dt.date | None]) -> list[Word]:
    return [
        Word(number=number, status=status, said_on=DAY, due_on=due)
        for number, (status, due) in enumerate(said, 1)
    ]


def test_the_last_word_stands_and_the_last_day_that_was_agreed() -> None:
    first, later = dt.date(2026, 7, 1), dt.date(2026, 12, 1)
    said = words((Status.OPEN, first), (Status.OPEN, later), (Status.PARTLY, None))
    assert promises.status(said) is Status.PARTLY
    assert promises.due_on(said) == later
    assert promises.due(said, DAY) is None, "it is not open any more"


@pytest.mark.parametrize(
    ("days", "due"),
    [(-1, Due.LATE), (0, Due.SOON), (30, Due.SOON), (31, Due.LATER)],
)
def test_a_day_is_late_once_it_is_over(days: int, due: Due) -> None:
    said = words((Status.OPEN, DAY + dt.timedelta(days=days)))
    assert promises.due(said, DAY) is due


def release(
    number: int, month: int, n: int | None, corrects: int | None = None, **codes: str
) -> Frozen:
    row = {**codes, "n": n, "d": None, "hidden": n is None}
    table: dict[str, Any] = {
        "indicator": "I01", "by": [*codes], "cells": [row], "totals": [],
        "as_of": f"2026-{month:02}-01T00:00:00Z",
    }  # fmt: skip
    return Frozen(
        number=number, audience=Audience.PUBLIC, title="", corrects=corrects, tables=[table],
        frozen_at=dt.datetime(2026, month, 1, tzinfo=dt.UTC),
    )  # fmt: skip


def test_what_was_frozen_in_the_night_is_of_the_day_that_it_was_in_cambodia() -> None:
    late = replace(release(1, 3, 10), frozen_at=dt.datetime(2026, 3, 1, 18, tzinfo=dt.UTC))
    assert since([late], "I01", {}, dt.date(2026, 3, 1)).before is None
    assert since([late], "I01", {}, dt.date(2026, 3, 2)).before is not None


def test_the_last_release_before_the_promise_and_the_last_of_all() -> None:
    those = [release(one, month, one * 10) for one, month in ((1, 3), (2, 5), (3, 7), (4, 9))]
    told = since(those, "I01", {}, DAY)
    assert told.before is not None
    assert told.now is not None
    assert (told.before.release, told.now.release, told.went) == (2, 4, Went.MORE)
    assert since(those[::-1], "I01", {}, DAY) == told, "in whatever order they come"
    assert since(those, "I11", {}, DAY).went is Went.NONE
    assert since(those[2:], "I01", {}, DAY).went is Went.ONE


def test_what_a_later_one_corrects_is_left_out() -> None:
    those = [release(1, 3, 10), release(2, 5, 99), release(3, 7, 12), release(4, 9, 14, corrects=2)]
    assert [one.number for one in in_force(those)] == [1, 3, 4]
    told = since(those, "I01", {}, DAY)
    assert told.before is not None
    assert told.before.release == 1


def test_only_the_very_cell_is_compared() -> None:
    those = [release(1, 3, 10, province="02"), release(2, 9, 7, province="02", sex="female")]
    assert since(those, "I01", {"province": "02"}, DAY).went is Went.ONE
    assert since(those, "I01", {"province": "12"}, DAY).went is Went.NONE
    less = since([release(1, 3, 10), release(2, 9, 7)], "I01", {}, DAY)
    assert less.went is Went.FEWER


@pytest.mark.parametrize(("before", "now"), [(None, 7), (7, None), (None, None)])
def test_a_hidden_number_has_no_direction(before: int | None, now: int | None) -> None:
    those = [release(1, 3, before), release(2, 9, now)]
    assert since(those, "I01", {}, DAY).went is Went.HIDDEN


def test_known_partners_have_codes_names_and_a_place_to_stand() -> None:
    told = (
        "CMAA MOSVY DAC PDAC PWDF ICRC CMVIS CMAC PMAC MAPU PARL MONITOR CCM MBT CRPDC CDPO OPD "
        "CCBL JRS"
    )
    assert list(KNOWN) == told.split()
    for code, one in KNOWN.items():
        assert partners.is_code(code)
        assert one.sees is Audience.PUBLIC, "an agreement is of a project"
        assert all(one.name[language] for language in ("en", "km"))
    wrong = ("", "a", "A", "PDAC ", "9A", "A" * 25, "កម")
    assert not [one for one in wrong if partners.is_code(one)]


def test_where_a_partner_stands_decides_what_a_text_needs() -> None:
    asked = {one: partners.quoted_to(_partner(one)) for one in Stands}
    assert asked == {
        Stands.GOVERNMENT: Quoted.GOVERNMENT,
        Stands.CAMBODIA: Quoted.CAMBODIA,
        Stands.ABROAD: Quoted.ABROAD,
    }
    assert partners.may_see(_partner(Stands.ABROAD), Audience.PUBLIC)
    assert not partners.may_see(_partner(Stands.ABROAD), Audience.PARTNER)


def _partner(stands: Stands) -> Partner:
    return Partner(code="XX", name={}, stands=stands)


def test_keys_of_frameworks_are_there_once() -> None:
    assert len(set(KEYS)) == len(KEYS)
    assert {"CCM-5.2f", "CCM-7.1k", "LAP-31", "LAP-37", "SRAAP-REF", "CRPD-33", "NDSP-9"} <= {*KEYS}
    assert "CRPD-10" not in KEYS
    assert max(map(len, KEYS)) <= 16
