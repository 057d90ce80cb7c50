"""A release as a workbook and on paper, and the script by which anybody checks it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient

from service.releases import verify_release
from tests.pdf_words import words_of
from tests.web.test_releases import Team, team  # noqa: F401 - a fixture

BY_PROVINCE = {"indicator": "I01", "by": ["province"]}
NEEDS = {"indicator": "I12", "by": ["need", "province"]}
SEXES = {"indicator": "I01", "by": ["sex", "province"]}
PAGES = "/p/battambang/releases/1"


def published(team: Team, *tables: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    release = team.frozen(*tables)
    assert team.say(release["number"], "published", team.dara).status_code == 200
    return release


@pytest.fixture
def files(team: Team, tmp_path: Path) -> dict[str, Path]:  # noqa: F811
    """What anybody has who may read the release."""
    published(team, BY_PROVINCE, NEEDS, SEXES)
    found = {}
    for kind in ("", ".csv", ".xlsx", ".pdf"):
        found[kind or ".json"] = path = tmp_path / f"release{kind or '.json'}"
        answer = team.get(f"/1{kind}", team.analyst)
        assert answer.status_code == 200
        path.write_bytes(answer.data)
    return found


def check(team: Team, release: Path, *more: object) -> subprocess.CompletedProcess[str]:  # noqa: F811
    """By the script as it is handed out, without the program."""
    script = release.with_name("verify_release.py")
    script.write_bytes(team.client.get("/releases/verify_release.py").data)
    command = [sys.executable, "-I", script, release, str(team.project_id), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # type: ignore[arg-type]


def test_a_workbook_says_what_the_release_says(files: dict[str, Path]) -> None:
    release = json.loads(files[".json"].read_bytes())
    about, numbers = openpyxl.load_workbook(files[".xlsx"]).worksheets
    told = dict(row for row in about.iter_rows(values_only=True))
    assert told["sha256"] == release["sha256"]
    assert told["method: k"] == 5
    head, *rows = numbers.iter_rows(values_only=True)
    assert len(rows) == sum(len(one["cells"]) + len(one["totals"]) for one in release["tables"])
    battambang = dict(zip(head, rows[0], strict=True))
    assert (battambang["province"], battambang["value"], battambang["cell_status"]) == (
        "02", 12, None,
    )  # fmt: skip
    hidden = next(row for row in rows if dict(zip(head, row, strict=True))["province"] == "24")
    assert (hidden[head.index("value")], hidden[head.index("cell_status")]) == (None, "c")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Release 1",
                "Who we reached",
                "People assessed",
                "02 Battambang12",
                "24 Pailinhidden",
            ),
        ),
        ("km", ("ការចេញផ្សាយ", "មនុស្សដែលបានវាយតម្លៃ", "02 បាត់ដំបង12", "24 ប៉ៃលិនលាក់")),
    ],
)
def test_on_paper_in_either_language(
    team: Team,  # noqa: F811
    language: str,
    words: tuple[str, ...],
) -> None:
    release = published(team, BY_PROVINCE, NEEDS)
    for address in (f"{team.at}/1.pdf?language={language}", f"{PAGES}/pdf?lang={language}"):
        answer = team.client.get(address, headers=team.analyst)
        assert answer.mimetype == "application/pdf"
        plain = words_of(answer.data)
        assert [word for word in words if word.replace(" ", "") not in plain] == []
        assert release["sha256"] in plain


def test_the_script_finds_it_sound_alone_and_beside_its_copies(
    team: Team,  # noqa: F811
    files: dict[str, Path],
) -> None:
    copies = ("--csv", files[".csv"], "--xlsx", files[".xlsx"])
    found = check(team, files[".json"], *copies)
    assert (found.returncode, found.stderr) == (0, "")
    assert "3 tables" in found.stdout
    assert " 0 totals" not in found.stdout
    on_page = team.client.get(f"{PAGES}/json", headers=team.analyst).data
    files[".json"].write_bytes(on_page)
    assert check(team, files[".json"], *copies).returncode == 0
    key = json.loads(on_page)["public_key"]
    assert check(team, files[".json"], "--key", key).returncode == 0
    assert "another key" in check(team, files[".json"], "--key", "00" * 32).stderr
    files[".csv"].write_bytes(files[".csv"].read_bytes().replace(b",12,", b",13,", 1))
    assert "'13' where 12 was released" in check(team, files[".json"], *copies).stderr


def test_another_number_another_project_and_other_digits_are_found(
    team: Team,  # noqa: F811
    files: dict[str, Path],
) -> None:
    whole = files[".json"].read_text("utf-8")
    for was, now in (('"n":12', '"n":13'), ('"number":1', '"number":2')):
        assert was in whole.replace(" ", "")
        files[".json"].write_text(whole.replace(" ", "").replace(was, now, 1), "utf-8")
        assert "something was changed" in check(team, files[".json"]).stderr
    files[".json"].write_text(whole, "utf-8")
    script = [sys.executable, "-I", files[".json"].with_name("verify_release.py")]
    other = subprocess.run(
        [*script, files[".json"], str(team.project_id + 1)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "does not hold for this project" in other.stderr


def test_the_next_release_is_checked_beside_the_one_before(
    team: Team,  # noqa: F811
    files: dict[str, Path],
) -> None:
    team.visits("02", 6)
    second = files[".json"].with_name("second.json")
    published(team, BY_PROVINCE, SEXES)
    second.write_bytes(team.get("/2", team.analyst).data)
    found = check(team, second, "--earlier", files[".json"])
    assert (found.returncode, found.stderr) == (0, "")
    assert "numbers beside release 1" in found.stdout


TABLE = {
    "indicator": "I01",
    "by": ["province"],
    "k": 5,
    "cells": [
        {"province": "02", "n": 12, "d": None, "hidden": False},
        {"province": "12", "n": 15, "d": None, "hidden": False},
    ],
    "totals": [{"n": 27, "d": None, "hidden": False}],
}


def changed(row: int, **values: object) -> dict[str, Any]:
    cells = [dict(one) for one in TABLE["cells"]]  # type: ignore[attr-defined]
    cells[row] |= values
    return TABLE | {"cells": cells}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (changed(0, n=13), "parts 28, together 27"),
        (changed(0, n=4), "k = 5"),
        (changed(0, hidden=True), "hidden or not"),
        (changed(0, n=None, hidden=True), None),
        (changed(0, d=11), "12 of 11"),
        (TABLE, None),
    ],
)
def test_what_a_table_may_not_say(table: dict[str, Any], says: str | None) -> None:
    if says is None:
        verify_release.check_table(table)
        return
    with pytest.raises(ValueError, match=says):
        verify_release.check_table(table)


def test_a_small_change_between_two_releases_is_found() -> None:
    before, now = ({"tables": [one]} for one in (TABLE, changed(0, n=15)))
    with pytest.raises(ValueError, match="from 12 to 15"):
        verify_release.check_since(now, before)
    assert verify_release.check_since(before, before) == 3


def test_strangers_have_the_script_and_no_release(client: FlaskClient, team: Team) -> None:  # noqa: F811
    published(team)
    script = client.get("/releases/verify_release.py")
    assert script.status_code == 200
    assert len(script.data.splitlines()) < 200
    for address in (f"{team.at}/1.pdf", f"{team.at}/1.xlsx"):
        assert client.get(address).status_code == 401
    assert io.BytesIO(script.data).readline().startswith(b"#!")
