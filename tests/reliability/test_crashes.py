"""Nothing acknowledged is ever lost: kill -9, named crash points, power cuts, torn writes.

The oracle is the phones' ledger. Every run prints its seed with what it found.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.reliability import checker
from tests.reliability.checker import Findings
from tests.reliability.conftest import FULL
from tests.reliability.harness import Drill, drill
from tests.reliability.server import Site

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(7200 if FULL else 300)]

SEED = int(os.environ.get("SEED", "1"))
KILLS = 200 if FULL else 6
CUTS = 20 if FULL else 3
CRASH_POINTS = ("after_fsync", "after_rename", "after_commit", "before_reply")
TIMES_EACH_POINT = 20 if FULL else 1


def assert_clean(found: Findings, drilled: Drill) -> None:
    assert found.is_clean, f"SEED={drilled.seed} round {drilled.rounds}: {found}"


def assert_settles(drilled: Drill) -> None:
    """Afterwards everything sent is there once, and its facts equal facts computed anew."""
    drilled.settle()
    found = drilled.look()
    assert_clean(found, drilled)
    entries = drilled.ledger.entries()
    assert found.stored == found.acknowledged == len(entries) > 0
    assert drilled.team.complaints == []
    assert checker.unprojected(drilled.site) == 0
    assert checker.persons_counted(drilled.site) == checker.persons_visited(entries, entries)
    live = checker.facts_digest(drilled.site)
    drilled.site.command("facts", "rebuild")
    assert checker.facts_digest(drilled.site) == live


def test_r04_kill_9_at_any_moment_loses_and_doubles_nothing(site: Site, tmp_path: Path) -> None:
    with drill(site, tmp_path, seed=SEED) as drilled:
        for _ in range(KILLS):
            assert_clean(drilled.live_and_die(), drilled)
        for _ in range(TIMES_EACH_POINT):
            for point in CRASH_POINTS:
                assert_clean(drilled.die_at(point), drilled)
        assert_settles(drilled)


@pytest.mark.parametrize("torn", [False, True], ids=["nothing-unsynced", "torn"])
def test_r01_a_power_cut_loses_and_doubles_nothing(site: Site, tmp_path: Path, torn: bool) -> None:
    with drill(site, tmp_path, powercut=True, seed=SEED) as drilled:
        for _ in range(CUTS):
            assert_clean(drilled.live_and_die(torn=torn), drilled)
        assert_settles(drilled)
