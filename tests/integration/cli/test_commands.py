"""The command line as operators' scripts use it: one JSON object, problems in words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from service.cli import commands
from service.cli.demo import commands as demo
from service.forms.tables import FormVersion
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from tests.factories import a_form
from tests.web.people import code_of

Shell = Callable[..., Any]
F1 = resources.files("service.forms") / "reference" / "needs_assessment.xlsx"


@pytest.fixture
def shell(app: Flask) -> Shell:
    """Runs `flask WORDS… --json`; answers what it prints."""
    runner = app.test_cli_runner()

    def run(*words: object, stdin: str | None = None) -> Any:
        result = runner.invoke(args=[*map(str, words), "--json"], input=stdin)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def test_people_and_projects(shell: Shell) -> None:
    project = shell("projects", "create", "បាត់ដំបង Battambang")
    assert project.keys() == {"id", "name", "slug"}
    assert shell("projects", "list") == [project]
    made = shell("users", "create", "sokha@example.org", "--role", "analyst", "--project", 1)
    assert made.keys() == {"id", "email", "role", "setup_url"}
    assert made["setup_url"].startswith("http://samleng.test/setup/")
    again = shell("users", "reset", "sokha@example.org")
    assert again["setup_url"] != made["setup_url"]
    with_password = shell(
        "users", "create", "admin@example.org", "--role", "admin", "--password-stdin",
        stdin="a long enough pass-phrase\n",
    )  # fmt: skip
    assert with_password.keys() == {"id", "email", "role"}


def test_a_form_is_closed_and_opened_again(shell: Shell, app: Flask) -> None:
    pid = shell("projects", "create", "Pailin")["id"]
    with unit_of_work() as session:
        a_form(session, pid)
    phone = shell("app-users", "create", "ប៉ៃលិន", "--project", pid)
    for state, listed in (("closing", 0), ("closed", 0), ("open", 1)):
        answer = shell("forms", "state", "visit", "--project", pid, "--state", state)
        assert answer == {"form_id": "visit", "state": state}
        offered = app.test_client().get(f"{phone['url']}/formList").data
        assert offered.count(b"<formID>visit</formID>") == listed
    ended = app.test_cli_runner().invoke(
        args=["forms", "state", "nobody_knows", "--project", str(pid), "--state", "closed"]
    )
    assert ended.exit_code == 1
    assert "nobody_knows" in ended.stderr


def test_s11_a_second_factor_is_set_up_and_taken_away_by_the_shell(
    shell: Shell, app: Flask
) -> None:
    pid = shell("projects", "create", "Pailin")["id"]
    made = shell(
        "users", "create", "bopha@example.org", "--role", "reviewer", "--project", pid,
        "--password-stdin", "--totp", stdin="a long enough pass-phrase\n",
    )  # fmt: skip
    assert made.keys() == {"id", "email", "role", "totp_uri"}
    assert made["totp_uri"].startswith("otpauth://totp/Samleng:bopha%40example.org?secret=")
    given = {"email": "bopha@example.org", "password": "a long enough pass-phrase"}
    given["totp"] = code_of("bopha@example.org")

    def enter() -> Any:
        client = app.test_client()
        return client.post("/v1/sessions", json=given, base_url="http://samleng.test")

    assert enter().status_code == 200
    assert shell("users", "reset", "bopha@example.org").keys() == {"id", "email", "setup_url"}
    given["totp"] = code_of("bopha@example.org", again=True)
    assert enter().status_code == 200, "a link alone leaves it"
    name = "bopha@example.org"
    shell("users", "reset", name, "--second-factor", "--confirm", name)
    refused = enter()
    assert (refused.status_code, refused.json["code"]) == (401, "401.4")


def test_a_guessable_password_is_refused_in_words(app: Flask) -> None:
    words = ["users", "create", "admin@example.org", "--role", "admin", "--password-stdin"]
    result = app.test_cli_runner().invoke(args=words, input="passwordpassword\n")
    assert result.exit_code == 1
    assert "among the first that others try" in result.stderr


def test_codes_are_told_of_the_demonstration_alone(app: Flask, shell: Shell) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "code"])
    assert result.exit_code == 1
    assert "holds no demonstration" in result.stderr
    pid = shell("projects", "create", "Demo")["id"]
    with app.app_context():
        passwords = demo._people(pid)
        demo._mark_place(demo.BEGUN)
    codes = {one["email"]: one["code"] for one in shell("demo", "code")}
    for role, email in demo.PEOPLE.items():
        given = {"email": email, "password": passwords[role], "totp": codes.get(email, "")}
        answer = app.test_client().post("/v1/sessions", json=given, base_url="http://samleng.test")
        assert answer.status_code == 200, role
    assert len(codes) == 4


def test_roles_are_given_and_taken(shell: Shell) -> None:
    for name in ("បាត់ដំបង", "សៀមរាប"):
        shell("projects", "create", name)
    shell("users", "create", "sokha@example.org", "--role", "analyst", "--project", 1)
    shell("users", "grant", "sokha@example.org", "--role", "reviewer", "--project", 2)
    taken = shell("users", "ungrant", "sokha@example.org", "--role", "analyst", "--project", 1)
    assert taken["taken"] is True


def test_roles_are_given_in_areas_and_until_a_day_and_listed(shell: Shell, app: Flask) -> None:
    shell("projects", "create", "Battambang")
    shell("users", "create", "sokha@example.org", "--role", "analyst", "--project", 1)
    role = ("sokha@example.org", "--role", "reviewer", "--project", 1)
    given = shell("users", "grant", *role, "--area", "Battambang", "--until", "2999-12-31")
    assert (given["area"], given["until"]) == ("02", "3000-01-01T00:00:00+07:00")
    shell("users", "grant", *role, "--area", "2401")
    (listed,) = shell("users", "list", "--project", 1)
    held = [(one["role"], one["area"], one["until"], one["over"]) for one in listed["roles"]]
    until = "2999-12-31T17:00:00+00:00"
    assert held == [
        ("analyst", None, None, False),
        ("reviewer", "02", until, False),
        ("reviewer", "2401", None, False),
    ]
    plain = app.test_cli_runner().invoke(args=["users", "list"]).output
    assert "reviewer in project 1, area 02 Battambang, until 3000-01-01 00:00" in plain
    assert "analyst in project 1\n" in plain
    assert shell("users", "ungrant", *role, "--area", "02")["taken"] is True
    (listed,) = shell("users", "list")
    assert [one["area"] for one in listed["roles"]] == [None, "2401"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("users", "create", "z@x.org", "--role", "coordinator", "--project", "0"), "project 0"),
        (("users", "reset", "nobody@example.org"), "nobody@example.org"),
        (
            (
                "users",
                "grant",
                "a@x.org",
                "--role",
                "analyst",
                "--project",
                "1",
                "--area",
                "02010101",
            ),
            "a province, district or commune",
        ),
        (
            (
                "users",
                "grant",
                "a@x.org",
                "--role",
                "analyst",
                "--project",
                "1",
                "--area",
                "Atlantis",
            ),
            "a province, district or commune",
        ),
        (("users", "create", "z@x.org", "--role", "admin", "--password-stdin"), "no password"),
        (("app-users", "create", "x", "--project", "1", "--form", "nix"), "There is no form “nix”"),
        (("app-users", "create", "x", "--project", "7"), "project 7"),
        (("demo", "load", "--project", "1"), "needs_assessment"),
        (("demo", "load", "--project", "7"), "project 7"),
    ],
)
def test_what_is_not_there_is_named(app: Flask, words: tuple[str, ...], told: str) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=["projects", "create", "Pailin"])
    result = runner.invoke(args=list(words), input="\n")
    assert result.exit_code != 0
    assert told in result.stderr
    assert "phone" not in result.stderr, "nobody holds one here"
    assert "Traceback" not in result.output


def test_a_phone_from_form_to_figure(shell: Shell, app: Flask) -> None:
    pid = shell("projects", "create", "Pailin")["id"]
    published = shell("forms", "publish", F1, "--project", pid, "--ignore-warnings")
    assert published.keys() == {"form_id", "version", "hash", "warnings"}
    assert published["form_id"] == "needs_assessment"
    phone = shell("app-users", "create", "Arun", "--project", pid, "--form", "needs_assessment")
    assert phone["url"] == f"http://samleng.test/v1/key/{phone['token']}/projects/{pid}"
    assert base64.b64decode(phone["qr_png"]).startswith(b"\x89PNG")
    base = phone["url"].removeprefix("http://samleng.test")

    def ask() -> int:
        return app.test_client().get(f"{base}/formList", base_url="http://samleng.test").status_code

    assert ask() == 200
    assert shell("app-users", "revoke", phone["id"])["revoked"] is True
    assert ask() == 403


def test_figures_and_facts_of_synthetic_people(shell: Shell) -> None:
    pid = shell("projects", "create", "Demo")["id"]
    for form in ("needs_assessment", "treaty_signature"):
        source = resources.files("service.forms") / "reference" / f"{form}.xlsx"
        shell("forms", "publish", source, "--project", pid, "--ignore-warnings")
    loaded = shell("demo", "load", "--project", pid, "--submissions", 60, "--seed", 7)
    assert loaded["statuses"] == {"201": 60}
    assert loaded["counts"]["households"] == 35  # of 36, one refused that the record be kept
    rebuilt = shell("facts", "rebuild", "--project", pid)
    assert rebuilt["sha256"] == loaded["sha256"]
    assert rebuilt["sha256"] == shell("facts", "checksum", "--project", pid)["sha256"]
    table = shell("figures", "show", "I12", "--project", pid, "--by", "need,province")
    assert table["indicator"] == "I12"
    assert table["audience"] == "partner"
    assert table["cells"]


def test_keys_are_counted_and_rotated(shell: Shell) -> None:
    before = shell("keys", "status")
    assert before.keys() == {
        "ring",
        "wrapping_keys",
        "data_keys",
        "since",
        "recovery_proven",
        "recovery_copy_due",
    }
    pid = shell("projects", "create", "Demo")["id"]
    for form in ("needs_assessment", "treaty_signature"):
        source = resources.files("service.forms") / "reference" / f"{form}.xlsx"
        shell("forms", "publish", source, "--project", pid, "--ignore-warnings")
    live = shell("demo", "load", "--project", pid, "--submissions", 10)["sha256"]
    held = shell("keys", "status")["data_keys"]
    assert held > 10  # a key each, and the installation's own
    rotated = shell("keys", "rotate")
    assert rotated == {"wrapped": held, "wrapping_keys": 1}
    assert shell("keys", "status")["since"] > before["since"]
    assert shell("facts", "rebuild", "--project", pid)["sha256"] == live


def test_the_recovery_key_is_made_typed_back_and_brings_the_ring_back(
    shell: Shell, app: Flask, tmp_path: Path
) -> None:
    stick, prove = tmp_path / "copy.json", ("keys", "recovery", "prove", "--copy")
    ring = Path(shell("keys", "status")["ring"])
    written = shell("keys", "recovery", "make")["recovery_key"]
    assert shell("keys", "status")["recovery_proven"] is None
    assert shell("keys", "recovery", "export", stick) == {"written": str(stick)}
    assert shell(*prove, stick, stdin=f"{written}\n") == {"proven": True}
    assert shell("keys", "status")["recovery_proven"]
    held = ring.read_bytes()
    ring.unlink()
    restored = shell("keys", "recovery", "restore", "--copy", stick, stdin=written)
    assert restored["ring"] == str(ring)
    assert ring.read_bytes() == held

    runner = app.test_cli_runner()
    mistyped = runner.invoke(args=[*prove, str(stick)], input=f"ZZZZ{written[4:]}")
    assert mistyped.exit_code == 1
    assert "Group 1 of 16 (ZZZZ) is mistyped" in mistyped.stderr
    kept = runner.invoke(args=["keys", "recovery", "make"], input="n\n")
    assert kept.exit_code == 1
    assert shell(*prove, stick, stdin=written) == {"proven": True}


def test_a_rotation_says_that_a_fresh_recovery_copy_is_due(
    shell: Shell, app: Flask, tmp_path: Path
) -> None:
    stick, runner = tmp_path / "copy.json", app.test_cli_runner()
    written = shell("keys", "recovery", "make")["recovery_key"]
    shell("keys", "recovery", "export", stick)
    prove = ["keys", "recovery", "prove", "--copy", str(stick)]
    assert runner.invoke(args=prove, input=written).exit_code == 0
    alone = runner.invoke(args=["keys", "rotate"])
    assert "A FRESH RECOVERY COPY IS DUE" in alone.stderr
    assert shell("keys", "status")["recovery_copy_due"] is True
    old = runner.invoke(args=prove, input=written)
    assert old.exit_code == 1
    assert f"flask keys recovery export {stick}" in old.stderr
    along = runner.invoke(args=["keys", "rotate", "--copy", str(stick)])
    assert "keys recovery prove" in along.stderr
    assert runner.invoke(args=prove, input=written).exit_code == 0
    assert shell("keys", "status")["recovery_copy_due"] is False
    with reading() as session:
        told = list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.at)))
    wanted = ("keys.recovery_export", "keys.recovery_prove", "keys.rotate")
    assert [told.count(one) for one in wanted] == [1, 2, 2]


def test_a_recovery_copy_is_written_over_no_other_file(
    shell: Shell, app: Flask, tmp_path: Path
) -> None:
    shell("keys", "recovery", "make")
    other, before = tmp_path / "letter.txt", shell("keys", "status")
    other.write_text("dear")
    for command in (["keys", "recovery", "export", str(other)],
                    ["keys", "rotate", "--copy", str(other)]):  # fmt: skip
        ended = app.test_cli_runner().invoke(args=command)
        assert ended.exit_code == 1
        assert "is no recovery copy" in ended.stderr
    assert other.read_text() == "dear"
    assert shell("keys", "status") == before
    for command in ("prove", "restore"):
        asked = app.test_cli_runner().invoke(args=["keys", "recovery", command])
        assert asked.exit_code == 1
        assert "--copy FILE" in asked.stderr


def test_a_problem_is_told_in_words_and_by_the_exit_status(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["users", "reset", "nobody@example.org", "--json"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.strip()


def test_the_file_of_a_form_that_is_none(app: Flask, tmp_path: Any) -> None:
    app.test_cli_runner().invoke(args=["projects", "create", "Pailin"])
    file = tmp_path / "form.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    result = app.test_cli_runner().invoke(args=["forms", "publish", str(file), "--project", "1"])
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_every_command_has_a_line_of_help(app: Flask) -> None:
    runner = app.test_cli_runner()
    for command in commands.ALL:
        result = runner.invoke(args=[command.name, "--help"])
        assert result.exit_code == 0
        assert command.help, command.name


def test_how_long_things_are_kept_is_told_and_set(shell: Shell, app: Flask) -> None:
    pid = shell("projects", "create", "Pailin")["id"]
    told = shell("retention", "report", "--project", pid)
    assert (told["records_months"], told["quarantine_days"]) == (24, 180)
    assert (told["records"], told["forms"], told["quarantined"]) == (0, {}, 0)
    assert (
        shell("retention", "set", "--project", pid, "--records-months", 36)["records_months"] == 36
    )
    shorter = ("retention", "set", "--project", str(pid), "--records-months", "12")
    refused = app.test_cli_runner().invoke(args=[*shorter, "--json"])
    assert refused.exit_code == 1
    assert shell("retention", "report", "--project", pid)["records_months"] == 36
    assert shell(*shorter, "--confirm", "Pailin")["records_months"] == 12
    assert shell("retention", "run", "--project", pid).keys() == {
        "left", "told_left", "erases_from",
    }  # fmt: skip
    sooner = ("retention", "set", "--project", pid, "--testimony-months", 6)
    told = shell(*sooner, "--confirm", "Pailin")
    assert (told["records_months"], told["testimony_months"], told["told"]) == (12, 6, 0)
    longer = shell("retention", "set", "--project", pid, "--testimony-months", 0)
    assert longer["testimony_months"] is None


def test_a_project_is_given_a_share_of_the_disk(shell: Shell) -> None:
    pid = shell("projects", "create", "Pailin")["id"]
    assert shell("projects", "share", "--project", pid)["most_mb"] == 0
    assert shell("projects", "share", "--project", pid, "--megabytes", 500) == {
        "most_mb": 500, "held_mb": 0, "percent": 0,
    }  # fmt: skip


def test_s61_testimony_that_nothing_seals_is_published_by_the_shell_that_says_so_alone(
    app: Flask, shell: Shell
) -> None:
    """As by the API (400.16)."""
    pid = str(shell("projects", "create", "Pailin")["id"])
    runner = app.test_cli_runner()
    asked = ["forms", "publish", str(F1), "--project", pid]
    refused = runner.invoke(args=asked)
    assert (refused.exit_code, refused.stdout) == (1, "")
    for said in ("is not sealed", "មិនបានចាក់សោ", "nobody has shown yet", "--ignore-warnings"):
        assert said in refused.stderr
    with reading() as session:
        assert session.scalars(sa.select(FormVersion.version_pk)).all() == []
    assert runner.invoke(args=[*asked, "--ignore-warnings"]).exit_code == 0
    with reading() as session:
        entry = sa.select(AuditEntry.details).where(AuditEntry.action == "form.publish")
        assert session.scalars(entry).one()["testimony"] == "not_sealed"
