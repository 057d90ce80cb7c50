"""S-59: commands that destroy say what will go and want its name; without it nothing changes.

Each runs as a process of its own, as operators and their scripts run it.
"""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import sqlalchemy as sa
from flask import Flask

from service.accounts import actions
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role
from service.cli import commands as known
from service.cli.database import newest
from service.foundation import keys
from service.foundation.db import current, reading, unit_of_work
from service.foundation.keys import recovery
from service.foundation.settings import Settings
from tests import commands
from tests.web.people import enrol

SERVER = "samleng.test"
EMAIL = "bopha@example.org"

DESTROYS = {
    "users reset --second-factor": (EMAIL, ("users", "reset", EMAIL, "--second-factor")),
    "keys recovery make": (SERVER, ("keys", "recovery", "make")),
    "db downgrade": (SERVER, ("db", "downgrade", "0010")),
    "retention set": (
        "Battambang",
        ("retention", "set", "--project", "1", "--records-months", "6"),
    ),
}
"""Command -> the name that it wants, and how it is called."""
WRITES = {
    "users reset --second-factor": "factor.take_away",
    "keys recovery make": "keys.recovery_make",
    "db downgrade": "db.downgrade",
    "retention set": "retention.set",
}
SAYS = {
    "users reset --second-factor": "the second factor of bopha@example.org",
    "keys recovery make": "the recovery key of until now",
    "db downgrade": "what is sent twice makes one thing",
    "retention set": "0 records: names, words, pictures, voices",
}
HARMLESS = {
    "api-tokens create", "api-tokens list", "app-users create", "app-users renew", "audit export",
    "audit head", "audit key", "audit verify", "db upgrade", "demo code", "demo load",
    "demo serve", "doctor", "facts checksum", "facts rebuild", "figures show", "forms publish",
    # What is closed is opened again by the same command; phones keep what they have.
    "forms state", "jobs retry",
    # Nothing that is here is replaced.
    "import casualties", "import central", "import entities", "import kobo", "import ona",
    "import submissions", "import undo",
    "keys recovery prove", "keys recovery restore", "keys status", "openapi check",
    "keys recovery export", "openapi write", "projects create", "projects list",
    "sealed export", "sealed open", "sealed reseal", "serve",
    # Another key opens the same records: whoever published the form with it has named it.
    "sealed take",
    # Made in a new folder; nothing that is there is replaced.
    "sealed trustees make", "sealed trustees rehearse", "sealed trustees unlock",
    "setup", "treaty verify", "users create", "users grant", "users list", "worker",
    # These end somebody's access. It takes away nothing that was sent, another command gives it
    # back, and whoever has lost a phone is in haste.
    # What no period holds any more; the job of the night does the same.
    "projects share", "retention report", "retention run",
    "api-tokens revoke", "app-users revoke", "users ungrant",
    # No record is lost. It is done by a timer, and in haste where a key was seen.
    "keys rotate",
}  # fmt: skip
"""Every other command. A new one is written into one of the two lists, after thinking about it."""

every = pytest.mark.parametrize("command", sorted(DESTROYS))


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is asked on a terminal does not depend on the database."""
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(app: Flask, settings: Settings) -> Run:
    """`flask WORDS…` against an installation in which there is something to lose. `typed` is what
    somebody types at a terminal; without it there is none."""
    with unit_of_work() as session:
        project = actions.create_project(session, SYSTEM, "Battambang").id
        actions.create_user(session, SYSTEM, EMAIL, Role.REVIEWER, project)
    enrol(EMAIL)
    recovery.make(keys.current())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMLENG_")}
    own = {
        "SAMLENG_DATA_DIR": str(settings.data_dir),
        "SAMLENG_KEY_FILE": str(settings.key_file),
        "SAMLENG_PUBLIC_URL": settings.public_url,
    }

    def call(*words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        if typed is None:
            return commands.run(words, kept | own)
        at, terminal = pty.openpty()
        os.write(at, f"{typed}\n".encode())
        try:
            return commands.run(words, kept | own, stdin=os.ttyname(terminal))
        finally:
            os.close(at)
            os.close(terminal)

    return call


def held(settings: Settings) -> dict[str, Any]:
    """Everything that these commands could destroy, and what they would have written."""
    copy = recovery.find(keys.current())
    with reading() as session:
        return {
            "ring": settings.key_file.read_bytes(),
            "copy": copy and copy.public_key,
            "revision": current().revision(),
            "periods": session.execute(sa.text("SELECT * FROM project_periods")).all(),
            "factor": second_factors.seeds(session, [EMAIL]),
            "links": session.execute(sa.text("SELECT * FROM setup_links")).all(),
            "entries": session.execute(sa.text("SELECT action FROM audit_entries")).all(),
        }


@every
def test_s59_a_script_that_does_not_confirm_changes_nothing_and_is_told_how(
    run: Run, settings: Settings, command: str
) -> None:
    name, words = DESTROYS[command]
    before = held(settings)
    ended = run(*words)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("This will go, for good:\n- ")
    assert SAYS[command] in ended.stderr
    assert f"Nothing was changed. To go on, add: --confirm {name}\n" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert held(settings) == before


@pytest.mark.parametrize(
    ("command", "given"),
    [
        *((command, "yes") for command in sorted(DESTROYS)),
        ("db downgrade", ""),
        ("db downgrade", "another.example.org"),
    ],
)
def test_s59_another_word_is_none(run: Run, settings: Settings, command: str, given: str) -> None:
    """Who is on the wrong machine, or says yes to everything, destroys nothing."""
    name, words = DESTROYS[command]
    before = held(settings)
    for ended in (run(*words, "--confirm", given), run(*words, typed=given)):
        assert ended.returncode == 1
        assert f"That is not “{name}”. Nothing was changed." in ended.stderr
    assert held(settings) == before


@every
@pytest.mark.parametrize("is_asked", [True, False])
def test_s59_whoever_names_it_has_it_done_and_the_log_says_so(
    run: Run, settings: Settings, command: str, is_asked: bool
) -> None:
    name, words = DESTROYS[command]
    before = held(settings)
    if is_asked:
        ended = run(*words, typed=f" {name.upper()} ")
        assert f"To go on, type {name}: " in ended.stderr
    else:
        ended = run(*words, "--confirm", name)
    assert ended.returncode == 0, ended.stderr
    after = held(settings) if command != "db downgrade" else {"entries": _entries()}
    assert (WRITES[command],) in after["entries"]
    gone = [each for each in after if each != "entries" and after[each] != before[each]]
    assert gone or current().revision() == "0010"


def _entries() -> list[Any]:
    with reading() as session:
        return list(session.execute(sa.text("SELECT action FROM audit_entries")).all())


def test_s59_what_destroys_nothing_does_not_ask(run: Run, settings: Settings) -> None:
    assert run("users", "reset", EMAIL).returncode == 0, "a link alone takes nothing away"
    assert "Nothing to do." in run("db", "downgrade", newest()).stdout


def test_s59_every_command_asks_or_is_known_to_destroy_nothing() -> None:
    found: dict[str, click.Command] = {}

    def walk(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            for each in command.commands.values():
                walk(each, f"{name} {each.name}".strip())
        else:
            found[name] = command

    for command in known.ALL:
        walk(command, str(command.name))
    asking = {name.partition(" --")[0] for name in DESTROYS}
    assert set(found) == asking | HARMLESS
    for name, one in found.items():
        names = {parameter.name for parameter in one.params}
        assert ("confirmed" in names) is (name in asking), name
        assert "yes" not in names, f"{name}: a word that fits everything confirms nothing"
