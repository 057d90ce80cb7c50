"""`flask import …` is written down as a move from the page is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from tests.factories import a_project


def test_s49_a_move_from_the_shell_has_its_beginning_and_its_end_in_the_log(
    app: Flask, tmp_path: Path
) -> None:
    with unit_of_work() as session:
        project_id = a_project(session, "Pailin").id
    file = tmp_path / "people.csv"
    file.write_text("label\nSrey\n")
    words = ["--list", "people", "--project", str(project_id)]
    runner = app.test_cli_runner()
    assert runner.invoke(args=["import", "entities", str(file), *words, "--dry-run"]).exit_code == 0
    assert runner.invoke(args=["import", "entities", str(file), *words]).exit_code == 0
    broken = tmp_path / "village.docx"
    broken.write_bytes(b"x")
    args = ["import", "submissions", str(broken), "--form", "no", "--project", str(project_id)]
    assert runner.invoke(args=args).exit_code != 0
    assert entries(project_id) == [
        ("moving.begin", {"kind": "file", "dry": True}),
        ("moving.end", {"state": "done"}),
        ("moving.begin", {"kind": "file", "dry": False}),
        ("moving.end", {"state": "done"}),
        ("moving.begin", {"kind": "file", "dry": False}),
        ("moving.end", {"state": "failed"}),
    ]


def test_a_project_that_is_not_there_is_told_and_leaves_no_entry(
    app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("label\nSrey\n")
    args = ["import", "entities", str(file), "--list", "people", "--project", "77"]
    assert app.test_cli_runner().invoke(args=args).exit_code != 0
    assert entries(77) == []


def entries(project_id: int) -> list[tuple[str, Any]]:
    with reading() as session:
        query = (
            sa.select(AuditEntry.action, AuditEntry.details)
            .where(AuditEntry.project_id == project_id, AuditEntry.action.like("moving.%"))
            .order_by(AuditEntry.at, AuditEntry.seq)
        )
        return [(row.action, row.details) for row in session.execute(query)]
