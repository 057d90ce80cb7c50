"""Nothing acknowledged is ever lost: kill -9, named crash points, power cuts, torn writes.

The oracle is the phones' ledger. Every run prints its seed with what it found.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import postgres
from tests.reliability import checker
from tests.reliability.checker import Findings
from tests.reliability.conftest import FULL
from tests.reliability.harness import Drill, drill, power_cut_on_postgresql
from tests.reliability.server import Site, new_site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(7200 if FULL else 300)]

SEED = int(os.environ.get("SEED", "1"))
KILLS = 200 if FULL else 6
CUTS = 20 if FULL else 3
DATABASE_CRASHES = 20 if FULL else 2
CRASH_POINTS = ("after_fsync", "after_rename", "after_commit", "before_reply")
TIMES_EACH_POINT = 20 if FULL else 1
AT_STAKE = 20
"""Records that were acknowledged before the last fault."""


def assert_clean(found: Findings, drilled: Drill) -> None:
    assert found.is_clean, f"SEED={drilled.seed} round {drilled.rounds}: {found}"


def lives_and_deaths(drilled: Drill, times: int, *, torn: bool = False) -> None:
    """So many; and more where a busy machine took in so little that the last had little to lose."""
    found = Findings()
    for number in range(5 * times):
        if number >= times and found.acknowledged >= AT_STAKE:
            return
        found = drilled.live_and_die(torn=torn)
        assert_clean(found, drilled)


def assert_settles(drilled: Drill, least: int = AT_STAKE) -> None:
    """Afterwards everything sent is there once, and its facts equal facts computed anew. `least`:
    records that were acknowledged before the last fault, so that it could have lost them."""
    before = drilled.look().acknowledged
    drilled.settle()
    found = drilled.look()
    assert_clean(found, drilled)
    entries = drilled.ledger.entries()
    assert found.stored == found.acknowledged == len(entries) > 0
    assert before >= least, "hardly anything was at stake when the last fault came"
    assert drilled.team.complaints == []
    assert checker.unprojected(drilled.site) == 0
    assert checker.persons_counted(drilled.site) == checker.persons_visited(entries, entries)
    live = checker.facts_digest(drilled.site)
    drilled.site.command("facts", "rebuild")
    assert checker.facts_digest(drilled.site) == live


@pytest.mark.parametrize("kind", ["site", "postgresql_site"])
def test_c61_c62_r04_kill_9_at_any_moment_loses_and_doubles_nothing(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with drill(request.getfixturevalue(kind), tmp_path, seed=SEED) as drilled:
        lives_and_deaths(drilled, KILLS)
        for _ in range(TIMES_EACH_POINT):
            for point in CRASH_POINTS:
                assert_clean(drilled.die_at(point), drilled)
        assert_settles(drilled)


def test_postgresql_that_crashes_under_load_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The server goes on, says "later" to the phones meanwhile, and finds its way back alone."""
    with postgres.own_server() as url:
        postgres.execute(url, "CREATE DATABASE drill")
        template = new_site(tmp_path / "site", postgres.on(url, "drill"))
        _crash_under_load(template, tmp_path)


def _crash_under_load(template: Site, where: Path) -> None:
    with drill(template, where, seed=SEED) as drilled:
        with drilled.start():
            for _ in range(DATABASE_CRASHES):
                stored = drilled.look().stored
                wait_for(lambda: drilled.look().stored > stored + 10)  # noqa: B023
                postgres.crash(drilled.site.database_url)
                assert_clean(drilled.look(), drilled)
        assert_settles(drilled)


def wait_for(holds: Callable[[], bool], within_s: float = 30) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it did not come back"
        time.sleep(0.1)


@pytest.mark.parametrize("torn", [False, True], ids=["nothing-unsynced", "torn"])
def test_r01_a_power_cut_loses_and_doubles_nothing(site: Site, tmp_path: Path, torn: bool) -> None:
    with drill(site, tmp_path, powercut=True, seed=SEED) as drilled:
        lives_and_deaths(drilled, CUTS, torn=torn)
        assert_settles(drilled)


@pytest.mark.parametrize("torn", [False, True], ids=["nothing-unsynced", "torn"])
def test_r01_a_power_cut_of_database_and_files_loses_and_doubles_nothing(
    tmp_path: Path, torn: bool
) -> None:
    """On PostgreSQL, which loses power at the same moment as the server's own files."""
    with power_cut_on_postgresql(tmp_path) as drilled:
        lives_and_deaths(drilled, CUTS, torn=torn)
        assert_settles(drilled)
