"""What commands print for people, and what they say of what is not there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.cli.forms import REFERENCE
from service.cli.output import readable
from service.foundation.db import unit_of_work
from tests.unit.forms.workbooks import form

F1 = str(REFERENCE / "needs_assessment.xlsx")


@pytest.fixture
def project(app: Flask) -> str:
    with unit_of_work() as session:
        return str(accounts.create_project(session, SYSTEM, "Battambang").id)


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=words)


@pytest.mark.parametrize(
    "words",
    [
        ("figures", "show", "I01"),
        ("facts", "checksum"),
        ("facts", "rebuild"),
        ("forms", "publish", F1),
        ("forms", "state", "visit", "--state", "closed"),
    ],
)
def test_a_project_that_is_not_there(app: Flask, words: tuple[str, ...]) -> None:
    ended = run(app, *words, "--project", "99")
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("There is no project 99.")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"households": 3, "needs": 0}, "households 3, needs 0"),
        (["one", "two"], "one, two"),
        ([], "-"),
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
    ],
)
def test_values_are_written_for_people(value: object, written: str) -> None:
    assert readable(value) == written


def test_facts_and_figures_are_written_for_people(app: Flask, project: str) -> None:
    facts = run(app, "facts", "checksum", "--project", project).stdout
    assert facts.startswith("counts: households 0, ")
    figures = run(app, "figures", "show", "I01", "--project", project).stdout
    assert figures == "I01 People assessed (all_but_rejected)\nn: 0\n"


def test_a_hidden_cell_says_so_and_a_total_is_named(app: Flask, project: str) -> None:
    for name in ("needs_assessment", "treaty_signature"):
        file = str(REFERENCE / f"{name}.xlsx")
        run(app, "forms", "publish", file, "--project", project, "--ignore-warnings")
    loaded = run(app, "demo", "load", "--project", project, "--submissions", "40", "--seed", "7")
    assert loaded.exit_code == 0, loaded.output
    shown = run(app, "figures", "show", "I01", "--project", project, "--by", "province").stdout
    assert "n: hidden" in shown
    assert "province: all  n: " in shown
    assert "None" not in shown


def test_a_form_s_mistakes_are_told_once_in_both_languages(
    app: Flask, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "form.xlsx"
    file.write_bytes(form(("text", "wish", "បំណង"), ("txet", "b", "ខ")))
    ended = run(app, "forms", "publish", str(file), "--project", project)
    assert ended.exit_code == 1
    heading, heading_km, empty, english, khmer = ended.stderr.splitlines()
    assert heading == "The form could not be converted."
    assert heading_km.startswith("មិនអាច")
    assert empty == ""
    assert english.startswith("survey, row 3, A3, “txet”: ")
    assert khmer.startswith("  ")
    assert "message_km" not in ended.output


def test_one_checksum_of_all_projects(app: Flask, project: str) -> None:
    alone = json.loads(run(app, "facts", "rebuild", "--json").stdout)
    assert alone == json.loads(run(app, "facts", "checksum", "--project", project, "--json").stdout)
    with unit_of_work() as session:
        accounts.create_project(session, SYSTEM, "Pailin")
    together = json.loads(run(app, "facts", "rebuild", "--json").stdout)
    assert together.keys() == {"counts", "sha256"}
    assert together["counts"] == alone["counts"]
    sums = bytes.fromhex(alone["sha256"]) * 2  # both are empty
    assert together["sha256"] == hashlib.sha256(sums).hexdigest()


@pytest.mark.parametrize(
    "words", [("upgrade", "nix"), ("downgrade", "nix", "--confirm", "samleng.test")]
)
def test_a_revision_that_is_not_there(app: Flask, words: tuple[str, ...]) -> None:
    ended = run(app, "db", *words)
    assert ended.exit_code == 1
    assert ended.stderr == (
        "The schema cannot be brought to nix: Can't locate revision identified by 'nix'\n"
    )
