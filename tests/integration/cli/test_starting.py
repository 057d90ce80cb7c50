"""A start that is refused: one sentence, and an exit status that says so."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import uuid
import venv
from pathlib import Path

import pytest

from service.cli.forms import REFERENCE_FORMS
from tests import commands, proxy
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
AWAY = "postgresql+psycopg://samleng:hunter2@127.0.0.1:1/field"


def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMLENG_")}
    return kept | {"SAMLENG_DATA_DIR": str(tmp_path / "var"), "FLASK_APP": "wsgi:app"}


def started(tmp_path: Path, *words: str, **chosen: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environment(tmp_path) | chosen, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def flask(tmp_path: Path, *words: str, **chosen: str) -> subprocess.CompletedProcess[str]:
    """What comes after the start is the same in a process that has imported the program."""
    return commands.run(words, environment(tmp_path) | chosen)


def run(tmp_path: Path, *words: str, **chosen: str) -> subprocess.CompletedProcess[str]:
    command = started(tmp_path, *words, **chosen)
    try:
        out, err = command.communicate(timeout=60)
    finally:
        command.kill()
    return subprocess.CompletedProcess(words, command.returncode, out, err)


@pytest.mark.parametrize(
    "words", [("serve",), ("--app", "wsgi:app", "setup"), ("projects", "list"), ("--help",)]
)
def test_a_wrong_setting_ends_every_command_with_one_sentence(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = run(tmp_path, "flask", *words, PORT="abc")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("Samleng cannot start: PORT is 'abc'")
    assert len(ended.stderr.splitlines()) == 1


def test_a_wrong_setting_ends_gunicorn_instead_of_starting_it_again_and_again(
    tmp_path: Path,
) -> None:
    ended = run(tmp_path, "gunicorn", "--bind", "127.0.0.1:0", "wsgi:app", PORT="abc")
    assert ended.returncode == 3
    assert "\nSamleng cannot start: PORT is 'abc'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_c25_gunicorn_takes_addresses_as_long_as_phones_send(tmp_path: Path) -> None:
    """By itself it answers 414 in HTML above 4,094 bytes."""
    assert flask(tmp_path, "setup").returncode == 0
    port = free_port()
    words = ("--bind", f"127.0.0.1:{port}", "--threads", "2", "wsgi:app")
    serving = started(tmp_path, "gunicorn", *words, PORT=str(port))
    ids = ",".join(str(uuid.uuid4()) for _ in range(500))
    path = f"/v1/key/{'x' * 64}/projects/1/datasets/1/integrity?id={ids}"
    try:
        proxy.wait_listening(port)
        status, told = proxy.ask(port, path, host=f"127.0.0.1:{port}")
    finally:
        serving.terminate()
        serving.communicate(timeout=60)
    assert status in (401, 403), told
    assert b"OpenRosaResponse" in told


@pytest.mark.parametrize("words", [("serve",), ("projects", "list"), ("db", "upgrade")])
def test_a_postgresql_that_is_away_is_named_without_its_password(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = flask(tmp_path, *words, PORT="8999", SAMLENG_DATABASE_URL=AWAY)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The database 127.0.0.1:1/field does not answer: ")
    assert len(ended.stderr.splitlines()) == 1
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("projects", "list"),
        ("users", "create", "bopha@example.org", "--role", "admin"),
        ("facts", "rebuild"),
        ("worker", "--once"),
    ],
)
def test_a_command_before_the_first_start_says_what_comes_first(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ended = flask(tmp_path, *words)
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "flask setup" in ended.stderr


def test_setup_does_not_say_that_it_serves_and_lost_keys_are_told(tmp_path: Path) -> None:
    made = flask(tmp_path, "setup")
    assert made.returncode == 0
    assert "Ready. Start with make run" in made.stdout
    assert "serves at" not in made.stdout
    (tmp_path / "var-keys" / "ring.json").unlink()
    ended = flask(tmp_path, "serve", PORT="8999")
    assert ended.returncode == 1
    assert "ring.json is missing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_demonstration_never_falls_back_to_the_data_directory_of_the_real_thing() -> None:
    """An empty SAMLENG_DATA_DIR counts as not set, to `make` too."""
    told = subprocess.run(
        ["make", "--print-data-base", "--dry-run", "demo"],
        cwd=ROOT, env=os.environ | {"SAMLENG_DATA_DIR": ""},
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    assert "SAMLENG_DATA_DIR := ./var-demo" in told


def test_a_first_start_that_is_killed_is_gone_on_with(tmp_path: Path) -> None:
    """A project without its forms would say "Ready." and offer phones nothing, for ever."""
    killed = flask(tmp_path, "setup", SAMLENG_CRASH_AT="before_reference_forms")
    assert killed.returncode == -signal.SIGKILL
    again = flask(tmp_path, "setup")
    assert "Ready." in again.stdout, again.stderr
    assert forms_of(tmp_path / "var") == {*REFERENCE_FORMS}


def test_reference_forms_come_once_and_what_became_of_them_stays(tmp_path: Path) -> None:
    assert flask(tmp_path, "setup").returncode == 0
    database = sqlite3.connect(tmp_path / "var" / "samleng.db")
    with database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM forms WHERE form_id = 'treaty_signature'")
    database.close()
    assert flask(tmp_path, "setup").returncode == 0
    assert forms_of(tmp_path / "var") == {*REFERENCE_FORMS} - {"treaty_signature"}


def forms_of(data_dir: Path) -> set[str]:
    database = sqlite3.connect(data_dir / "samleng.db")
    try:
        return {row[0] for row in database.execute("SELECT form_id FROM forms")}
    finally:
        database.close()


def make_in(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_half_made_environment_is_made_anew(tmp_path: Path) -> None:
    """Debian without python3-venv leaves one that has python and no pip."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "requirements.txt").write_text("")
    venv.create(tmp_path / ".venv", with_pip=False)
    done = make_in(tmp_path, ".venv/.run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / ".venv" / ".run").exists()
