"""What stands out among signatures is noticed, counted, told apart, and looked at by people."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from service.accounts.actor import SYSTEM
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.persons import normal
from service.persons.blocking import parts
from service.treaty import actions as treaty_actions
from service.treaty import oddities
from service.treaty.actions import noticing, telling
from service.treaty.oddities import Oddity
from service.treaty.queries.oddities import Found
from service.treaty.tables import OddityRow
from tests.bench.signers import signed
from tests.integration.treaty.conftest import Treaty, line

FORGERIES = int(os.environ.get("FORGERIES", "100"))
"""By five strategies; 10,000 by command."""
LINES = 20
"""Of a sheet."""
ELSEWHERE = {"prov": "02", "dist": "0204", "comm": "020403", "vill": "02040301"}
FAR = {"prov": "02", "dist": "0204", "comm": "020405", "vill": "02040501"}
NEXT_VILLAGE = {"vill": "02040104"}


@pytest.fixture
def names() -> Iterator[str]:
    return of_one_sound_each()


def of_one_sound_each() -> Iterator[str]:
    """Names, one after the other, in no order; none sounds like another."""
    heard = set[str]()
    for one in signed(20_000 if FORGERIES <= 1000 else 100_000):
        sounds = parts(normal.read(one.written.khmer).readings).whole
        if heard.isdisjoint(sounds):
            yield one.written.khmer
        heard.update(sounds)


def some(names: Iterator[str], count: int = LINES) -> list[str]:
    return [next(names) for _ in range(count)]


def put(treaty: Treaty, number: str, names: list[str], **more: Any) -> None:
    treaty.sheet(number, *(line(name, sex="not_asked") for name in names), **more)


def found(treaty: Treaty) -> list[Found]:
    with reading() as session:
        return [one.found for one in noticing.list_open(session, SYSTEM, treaty.project_id)]


def stand_out(treaty: Treaty) -> int:
    with reading() as session:
        return telling.tally(session, treaty.project_id).stand_out


def test_s52_a_sheet_that_was_copied_in_another_commune_stands_out_and_its_lines_are_told_apart(
    treaty: Treaty, names: Iterator[str]
) -> None:
    own = some(names, 6)
    put(treaty, "KH-1", own)
    put(treaty, "KH-2", own, **ELSEWHERE, collector="bt-7")
    put(treaty, "KH-3", some(names, 6), collector="bt-7")
    [copy] = found(treaty)
    assert (copy.what, copy.about, copy.beside, copy.count) == (Oddity.COPY, "KH-2", "KH-1", 5)
    assert treaty.counts() == {"valid": 18}  # nothing is stopped
    assert stand_out(treaty) == 6


def test_the_same_people_in_another_order_elsewhere_are_no_copy(
    treaty: Treaty, names: Iterator[str]
) -> None:
    own = some(names, 6)
    put(treaty, "KH-1", own)
    put(treaty, "KH-2", own[::-1], **ELSEWHERE)
    assert found(treaty) == []


def test_s52_a_burst_through_one_phone_and_one_by_one_collector_stand_out(
    treaty: Treaty, names: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oddities, "MOST_BY_PHONE", 2)
    monkeypatch.setattr(oddities, "MOST_BY_COLLECTOR", 4)
    for name in some(names, 2):
        treaty.sign(name)
    put(treaty, "KH-1", some(names, 2))
    put(treaty, "KH-2", some(names, 2))
    put(treaty, "KH-3", some(names, 2), collector="bt-7")
    assert found(treaty) == []
    treaty.sign(next(names))
    put(treaty, "KH-4", some(names, 1))
    assert Counter((one.what, one.count) for one in found(treaty)) == {
        (Oddity.BURST, 3): 1,
        (Oddity.BURST, 5): 1,
    }
    assert stand_out(treaty) == 8
    with reading() as session:
        shown = noticing.list_open(session, SYSTEM, treaty.project_id)
    assert sorted([each.sheet for each in one.examples] for one in shown) == [
        ["", "", ""],
        ["KH-1", "KH-2", "KH-4"],
    ]


def test_s52_names_as_in_a_register_stand_out_until_somebody_looked(
    treaty: Treaty, names: Iterator[str]
) -> None:
    own = sorted(some(names))
    put(treaty, "KH-1", own)
    [one] = found(treaty)
    assert (one.what, one.about, one.count) == (Oddity.IN_ORDER, "KH-1", LINES)
    assert stand_out(treaty) == LINES
    key = (one.what, one.about, one.signed_on)
    with unit_of_work() as session:
        noticing.look(session, SYSTEM, treaty.project_id, *key)
    assert (found(treaty), stand_out(treaty)) == ([], 0)
    with pytest.raises(Problem), unit_of_work() as session:
        noticing.look(session, SYSTEM, treaty.project_id, *key)
    [record] = {signer.record_pk for signer in treaty.all()}
    treaty_actions.follow(treaty.project_id, [record])
    assert found(treaty) == []  # what was looked at stays so


def test_s52_forgeries_of_five_kinds_are_noticed_and_no_honest_sheet_is(
    treaty: Treaty, names: Iterator[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each kind a fifth: people sign again on paper; a sheet again in the village beside; one
    again in another commune; names out of a register; one who collects too much in a day."""
    on_each = 50 if FORGERIES > 1000 else 20
    sheets = max(2, FORGERIES // 5 // on_each)
    lines = on_each * sheets
    monkeypatch.setattr(oddities, "MOST_BY_COLLECTOR", lines - 1)
    rng, wanted = Random(52), dict[str, Oddity]()
    for at in range(sheets):
        own, numbers = some(names, on_each), [f"{kind}-{at}" for kind in "ABCD"]
        put(treaty, f"H-{at}", own, collector=f"h{at}")
        put(treaty, numbers[0], rng.sample(own, on_each), collector=f"a{at}")
        put(treaty, numbers[1], own, collector=f"b{at}", **NEXT_VILLAGE)
        put(treaty, numbers[2], own, collector=f"c{at}", **ELSEWHERE)
        register = sorted(some(names, on_each))
        put(treaty, numbers[3], register, collector=f"d{at}", **ELSEWHERE)
        rng.shuffle(register)  # other people of those names, in a third commune
        put(treaty, f"E-{at}", register, collector="e", **FAR)
        wanted |= dict.fromkeys(numbers[:3], Oddity.COPY) | {numbers[3]: Oddity.IN_ORDER}
    with reading() as session:
        rows = session.execute(sa.select(OddityRow.what, OddityRow.about, OddityRow.count)).all()
    assert {about: what for what, about, _ in rows if what is not Oddity.BURST} == wanted
    assert [count for what, _, count in rows if what is Oddity.BURST] == [lines]
    counts = treaty.counts()
    print(f"{5 * lines:,} forgeries: all noticed, and none of {sheets} honest sheets; {counts}")
    assert counts == {"duplicate_suspected": lines, "valid": 5 * lines}  # who signs again waits
    assert stand_out(treaty) == 4 * lines
