"""The tests are tested: a server with one safety taken out does not pass them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.reliability import checker, mutants
from tests.reliability.checker import Findings
from tests.reliability.harness import drill, power_cut_on_postgresql
from tests.reliability.server import Site

pytestmark = pytest.mark.reliability

ROUNDS = 6


def test_the_look_goes_red_on_a_log_that_was_changed(site: Site, tmp_path: Path) -> None:
    changed = site.copy_to(tmp_path / "data")
    assert checker.check(changed, {}).is_clean
    database = sqlite3.connect(changed.database)
    with database:
        database.execute("DROP TRIGGER audit_entries_no_update")
        database.execute("UPDATE audit_entries SET actor_id = 7 WHERE seq = 2 AND project_id = 1")
    database.close()
    assert checker.check(changed, {}).unchained == ["project 1, strand 0, entry 2"]


@pytest.mark.parametrize(
    ("mutant", "powercut", "finding"),
    [
        ("synchronous_normal", True, "lost"),
        ("no_file_fsync", True, "blobs_lost"),
        ("no_directory_fsync", True, "blobs_lost"),
        ("no_new_directory_fsync", True, "blobs_lost"),
        ("no_blob_name_fsync", True, "blobs_lost"),
        ("keys_not_durable", True, "unreadable"),
        ("answer_before_commit", False, "lost"),
        ("blob_after_row", False, "blobs_lost"),
        ("audit_apart", False, "unlogged"),
    ],
)
def test_the_drill_goes_red_on(
    site: Site, tmp_path: Path, mutant: str, powercut: bool, finding: str
) -> None:
    found = Findings()
    with drill(site, tmp_path, powercut=powercut, env=mutants.env(mutant)) as drilled:
        for _ in range(ROUNDS):
            found = drilled.live_and_die()
            if getattr(found, finding):
                return
    pytest.fail(f"{mutant} survived {ROUNDS} rounds: {found}")


@pytest.mark.timeout(600)
def test_the_drill_on_postgresql_goes_red_where_commits_are_not_synced(tmp_path: Path) -> None:
    found = Findings()
    with power_cut_on_postgresql(tmp_path, env=mutants.env("postgresql_commits_later")) as drilled:
        for _ in range(ROUNDS):
            found = drilled.live_and_die()
            if found.lost:
                return
    pytest.fail(f"it survived {ROUNDS} rounds: {found}")
