"""`flask audit …`: what an operator does each day, and what somebody far away can check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click.testing
import pytest
from flask import Flask

from service.cli import verify_log
from service.foundation.settings import Settings
from tests import audit_logs
from tests.audit_logs import FORGER, a_file, a_head, chained

ROOT = Path(__file__).parents[3]
Run = Callable[..., click.testing.Result]


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def words(*words: object) -> click.testing.Result:
        return runner.invoke(args=[*map(str, words)])

    return words


@pytest.fixture
def project(run: Run) -> int:
    made = run("projects", "create", "Pailin", "--json")
    run("users", "create", "sokha@example.org", "--role", "analyst", "--project", "1")
    return int(json.loads(made.stdout)["id"])


def ok(result: click.testing.Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_log_is_exported_and_found_whole(run: Run, project: int, tmp_path: Path) -> None:
    out = tmp_path / "log.jsonl"
    told = ok(run("audit", "export", "--project", project, "--out", out, "--json"))
    assert told == {"file": str(out), "entries": 3, "heads": 1}
    assert '"audit.export"' in out.read_text("utf-8"), "the export is told in itself"
    found = ok(run("audit", "verify", out, "--json"))
    assert (found["project_id"], found["entries"], found["heads"]) == (project, 3, 1)
    words = run("audit", "verify", out)
    assert words.exit_code == 0
    assert "entries: 3" in words.stdout


def test_an_export_without_a_file_is_printed(run: Run, project: int, tmp_path: Path) -> None:
    printed = run("audit", "export", "--project", project)
    assert printed.exit_code == 0, printed.output
    out = tmp_path / "log.jsonl"
    out.write_bytes(printed.stdout_bytes)
    ok(run("audit", "verify", out, "--json"))


def test_the_installation_has_a_log_of_its_own(run: Run, project: int, tmp_path: Path) -> None:
    run("users", "create", "bopha@example.org", "--role", "admin")
    ok(run("audit", "export", "--project", 0, "--out", tmp_path / "x", "--json"))
    assert ok(run("audit", "verify", tmp_path / "x", "--json"))["project_id"] == 0


def test_heads_are_printed_and_hold_later(run: Run, project: int, tmp_path: Path) -> None:
    first = run("audit", "head")
    heads = [json.loads(line) for line in first.stdout.splitlines()]
    assert [one["head"]["project_id"] for one in heads] == [0, project]
    again = ok(run("audit", "head", "--project", project))
    assert again["head"]["strands"] == heads[1]["head"]["strands"], "nothing was added"
    (tmp_path / "heads").write_text(first.stdout)
    run("users", "create", "dara@example.org", "--role", "reviewer", "--project", project)
    run("audit", "export", "--project", project, "--out", tmp_path / "log")
    verified = run("audit", "verify", tmp_path / "log", "--head", tmp_path / "heads")
    assert verified.exit_code == 0, verified.output


@pytest.mark.parametrize("words", [("export",), ("head",)])
def test_a_project_that_is_not_there_is_told(run: Run, words: tuple[str, ...]) -> None:
    result = run("audit", *words, "--project", 7)
    assert result.exit_code == 1
    assert "project 7" in result.stderr


def test_s48_a_log_that_was_tampered_with_ends_with_a_sentence(
    run: Run, project: int, tmp_path: Path
) -> None:
    out = tmp_path / "log"
    run("audit", "export", "--project", project, "--out", out)
    out.write_text(out.read_text("utf-8").replace("analyst", "admin"), "utf-8")
    result = run("audit", "verify", out)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("Entry 2 of strand ")


def test_s48_by_default_the_key_is_the_installations_never_that_of_the_file(
    run: Run, project: int, tmp_path: Path
) -> None:
    """A forger writes all anew, and signs."""
    lines = chained([audit_logs.an_entry(1, project_id=project)])
    forged = tmp_path / "forged"
    forged.write_bytes(
        b"".join(a_file([a_head(lines, FORGER, project_id=project)], lines, project))
    )
    result = run("audit", "verify", forged)
    assert result.exit_code == 1
    assert "not with one you gave" in result.stderr
    theirs = FORGER.public_key.hex()
    assert run("audit", "verify", forged, "--public-key", theirs).exit_code == 0


@pytest.mark.parametrize("key", ["", "12", "zz" * 32, "/nowhere"])
def test_what_is_no_key_is_told(run: Run, tmp_path: Path, key: str) -> None:
    (tmp_path / "log").write_bytes(b"")
    result = run("audit", "verify", tmp_path / "log", "--public-key", key)
    assert result.exit_code == 2
    assert "64 hex digits" in result.stderr


def test_an_empty_file_of_heads_is_told(run: Run, project: int, tmp_path: Path) -> None:
    (tmp_path / "heads").write_bytes(b"")
    run("audit", "export", "--project", project, "--out", tmp_path / "log")
    result = run("audit", "verify", tmp_path / "log", "--head", tmp_path / "heads")
    assert (result.exit_code, "empty" in result.stderr) == (1, True)


def test_far_away_the_file_and_the_key_are_enough(run: Run, project: int, tmp_path: Path) -> None:
    """No database, no settings, no secrets: nothing is made where it runs."""
    run("audit", "export", "--project", project, "--out", tmp_path / "log")
    (tmp_path / "key").write_text(ok(run("audit", "key", "--json"))["public_key"] + "\n")
    empty = tmp_path / "empty"
    empty.mkdir()
    here = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [
            sys.executable, "-m", "service.cli.verify_log", "../log",
            "--public-key", "../key", "--json",
        ],
        cwd=empty, env=here, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["entries"] == 3
    assert list(empty.iterdir()) == []


def test_the_program_in_the_documents_finds_the_same(
    run: Run, project: int, tmp_path: Path
) -> None:
    """docs/audit.md: who trusts none of our code checks with forty lines."""
    program = (ROOT / "docs/audit.md").read_text("utf-8").partition("```python\n")[2]
    (tmp_path / "check.py").write_text(program.partition("```")[0], "utf-8")
    key = ok(run("audit", "key", "--json"))["public_key"]
    (tmp_path / "heads").write_text(run("audit", "head").stdout)
    log = tmp_path / "log"
    run("audit", "export", "--project", project, "--out", log)

    def check() -> tuple[int, str]:
        words = [sys.executable, "check.py", "log", key, "heads"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert check() == (0, "whole: 3 entries, 3 heads\n")
    whole = log.read_bytes().splitlines(keepends=True)
    for wrong in (
        [*whole[:-1]],
        [*whole[:-2], whole[-1]],
        [line.replace(b"analyst", b"admin") for line in whole],
        [whole[0], *whole[-3:]],
    ):
        log.write_bytes(b"".join(wrong))
        assert check()[0] == 1
        assert run("audit", "verify", log).exit_code == 1


def test_without_a_key_nothing_is_found_whole(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")
    result = click.testing.CliRunner().invoke(verify_log.main, [str(tmp_path / "log")])
    assert (result.exit_code, "--public-key is needed" in result.stderr) == (2, True)


def test_the_private_key_is_not_shown(run: Run, settings: Settings, project: int) -> None:
    shown = run("audit", "key").stdout + run("audit", "head").stdout
    assert settings.secrets.audit_key not in shown
