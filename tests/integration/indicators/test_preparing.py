"""Whatever is on offer is counted before anybody asks, and nobody waits for that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from service.accounts.actor import SYSTEM
from service.disclosure.rules import Audience
from service.facts import queries as facts
from service.foundation import clock
from service.foundation.db import Database, reading, unit_of_work
from service.indicators import actions, counting, cubes
from service.indicators.actions import following, preparing
from service.indicators.catalogue import INDICATORS, breakdowns
from service.indicators.counting import Figures
from tests.integration.indicators.test_cubes_equal_sql import NOW
from tests.integration.indicators.villages import Village

MUCH = 1 << 40


@pytest.fixture
def village(database: Database) -> Iterator[Village]:
    with clock.frozen(NOW), unit_of_work() as session:
        found = Village(session)
        for number in range(6):
            found.household(
                {"needs": ("psy_peer", "sei_wash")}, {}, province=("02", "12")[number % 2]
            )
        found.signature()
    with clock.frozen(NOW):
        yield found


def at_once() -> preparing.Resting:
    """It rests no longer than it worked: some milliseconds."""
    return preparing.Resting(threading.Event())


def refuse(_cube: cubes.Cube) -> None:
    raise AssertionError("read anew")


def test_tables_on_offer_are_shown_without_reading_all_facts_again(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [
        (indicator.id, by, audience)
        for indicator in INDICATORS.values()
        for audience in (Audience.PARTNER, Audience.PUBLIC)
        for by in breakdowns(indicator, audience)[-4:]
    ]
    expected = [_shown(village, *one) for one in wanted[::17]]
    following._of(village.project_id).figures = None
    preparing.prepare(village.project_id, at_once())
    monkeypatch.setattr(cubes.Cube, "read", refuse)
    assert [_shown(village, *one) for one in wanted[::17]] == expected


def _shown(village: Village, indicator: str, by: tuple[str, ...], audience: Audience) -> object:
    with reading() as session:
        return actions.show(session, SYSTEM, village.project_id, indicator, by, audience).as_dict()


def test_what_nobody_made_ready_is_read(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would see it."""
    monkeypatch.setattr(cubes.Cube, "read", refuse)
    with pytest.raises(AssertionError, match="read anew"):
        _shown(village, "I12", ("need", "province"), Audience.PARTNER)


def test_whoever_works_ahead_makes_way(village: Village) -> None:
    with reading() as session, following.figures_of(session, village.project_id) as figures:
        found: list[Figures | None] = []

        def look() -> None:
            with following.figures_ahead(village.project_id, lambda: None) as ahead:
                found.append(ahead)

        beside = threading.Thread(target=look)
        beside.start()
        beside.join(timeout=30)
        assert found == [None]
    with following.figures_ahead(village.project_id, lambda: None) as ahead:
        assert ahead is figures


def test_it_stops_between_two_tables(village: Village) -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(preparing.Stopped):
        preparing.prepare(village.project_id, preparing.Resting(stopping))


def test_large_projects_are_made_ready_again_when_something_changed(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[int] = []
    monkeypatch.setattr(preparing, "FEW", 5)

    def note(project_id: int, resting: preparing.Resting) -> int:
        prepared.append(project_id)
        with following.figures_ahead(project_id, resting.rest):
            return 0

    monkeypatch.setattr(preparing, "prepare", note)
    with unit_of_work() as session:
        Village(session, "Small").household({})
    seen: dict[int, str] = {}
    for _ in range(2):
        preparing.prepare_all(at_once(), seen, MUCH)
    assert prepared == [village.project_id]
    with unit_of_work() as session:
        facts.note_changed(session.connection(), [(village.project_id, village.keys[0])])
    for _ in range(2):
        preparing.prepare_all(at_once(), seen, MUCH)
    assert prepared == [village.project_id] * 2


def test_where_memory_is_short_nothing_is_read_ahead(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "FEW", 5)
    preparing.prepare_all(at_once(), {}, -1)
    assert not following.is_held(village.project_id)
    monkeypatch.setattr(counting, "MOST_BYTES", 0)
    monkeypatch.setattr(preparing, "MOST_BYTES", 0)
    assert preparing.prepare(village.project_id, at_once()) <= 1


def test_the_thread_begins_after_a_while_and_ends_when_told(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "FEW", 5)
    monkeypatch.setattr(preparing, "SETTLES_S", 0.01)
    working = preparing.Preparing(memory_mb=100_000)
    working.start()
    deadline = time.monotonic() + 30
    while not following.is_held(village.project_id) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert following.is_held(village.project_id)
    working.stop()
    assert working._thread is not None
    assert not working._thread.is_alive()
