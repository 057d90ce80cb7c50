"""`flask import casualties`: sums that reconcile, a mapping that is kept, and the way back."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.foundation.db import unit_of_work
from tests import casualty_files as published
from tests.factories import a_project
from tests.integration.cli.test_moving import entries


@pytest.fixture
def project_id(app: Flask) -> int:
    with unit_of_work() as session:
        return a_project(session, "Pailin").id


def run(app: Flask, *args: str, status: int = 0) -> dict[str, Any]:
    answer = app.test_cli_runner().invoke(args=["import", *args, "--json"])
    assert answer.exit_code == status, answer.output
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def test_t9_sums_reconcile_with_the_rows_before_and_after(
    app: Flask, project_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "published.csv"
    path.write_text(published.text(130), "utf-8")
    words = [str(path), "--project", str(project_id), "--source", "cmvis"]
    looked = run(app, "casualties", *words, "--dry-run")
    assert looked["rows"] == 130
    assert looked["by_sex_age"] == published.share(published.GROUPS, 130)
    outcomes = published.share(published.OUTCOMES, 130)
    assert looked["by_outcome"] == {**outcomes, "uninjured": 0, "unknown": 0}
    assert (looked["records"], looked["reconciles"]) == ({"new": 130}, True)
    brought = run(app, "casualties", *words)
    assert brought["records"] == {"new": 130}
    assert run(app, "casualties", *words)["records"] == {"same": 130}
    removed = run(app, "undo", brought["run"], "--project", str(project_id))
    assert removed == {"removed": 130}
    assert ("moving.begin", {"kind": "undone", "dry": False}) in entries(project_id)


def test_a_list_that_does_not_reconcile_ends_with_status_1(
    app: Flask, project_id: int, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    with path.open("w", encoding="utf-8") as out:
        csv.writer(out).writerows([["Sex", "Device type"], ["M", "UXO"], ["M", "Bombard"]])
    words = [str(path), "--project", str(project_id)]
    told = run(app, "casualties", *words, "--dry-run", status=1)
    assert (told["rows"], told["by_sex_age"]["unknown"], told["reconciles"]) == (2, 1, False)
    lines = app.test_cli_runner().invoke(args=["import", "casualties", *words, "--dry-run"])
    assert "3: device: Bombard" in lines.stdout
    assert "\tnew\t" not in lines.stdout, "what comes needs no line each"
    mapping = tmp_path / "mapping.json"
    mapping.write_text(json.dumps({"words": {"device": {"Bombard": "erw_other"}}}))
    given = ["--mapping-file", str(mapping), "--keep-mapping", "ours", "--dry-run"]
    assert run(app, "casualties", *words, *given)["reconciles"]
    assert run(app, "casualties", *words, "--mapping", "ours", "--dry-run")["reconciles"]
    answer = app.test_cli_runner().invoke(args=["import", "casualties", *words, "--mapping", "no"])
    assert answer.exit_code == 1
    mapping.write_text(json.dumps({"words": {"device": {"Bombard": "bomb"}}}))
    given = ["--mapping-file", str(mapping), "--dry-run"]
    answer = app.test_cli_runner().invoke(args=["import", "casualties", *words, *given])
    assert answer.exit_code == 1
