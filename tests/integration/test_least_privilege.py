"""The server writes beneath its own directories alone, and starts no program but two children."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM
from service.cli.forms import publish_reference_forms
from service.forms import xlsform
from service.foundation.db import unit_of_work
from service.foundation.formats import pictures
from service.foundation.settings import Settings
from tests import media_files, survivors
from tests.conftest import drain
from tests.factories import Phone, a_form
from tests.web.pages_world import a_world, sign_in

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod",
           "os.chown", "os.truncate", "shutil.move", "shutil.rmtree"}  # fmt: skip
PROGRAMS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"}


class Watch:
    """What Python tells of every file that is changed and every program that is started."""

    def __init__(self) -> None:
        self.is_on = False
        self.written: set[str] = set()
        self.started: list[list[str]] = []
        sys.addaudithook(self.note)  # for the life of the process: there is no way back

    def note(self, event: str, given: tuple[object, ...]) -> None:
        if not self.is_on:
            return
        if event == "open":
            path, _mode, flags = given
            if isinstance(path, str | bytes | os.PathLike) and int(str(flags or 0)) & WRITES:
                self.written.add(os.fsdecode(path))
        elif event in CHANGES:
            self.written.update(os.fsdecode(one) for one in given if isinstance(one, str | bytes))
        elif event in PROGRAMS:
            words = given[1] if isinstance(given[1], list | tuple) else given[:1]
            self.started.append([os.fsdecode(str(word)) for word in words])


_watch: list[Watch] = []


@pytest.fixture
def watch(settings: Settings) -> Iterator[Watch]:
    """From the moment when the settings are there: what brings up the test is not watched."""
    del settings
    if not _watch:
        _watch.append(Watch())
    found = _watch[0]
    found.written, found.started, found.is_on = set(), [], True
    yield found
    found.is_on = False


def test_s55_only_its_own_directories_are_written_to_and_two_children_started(
    watch: Watch, app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    world = a_world()
    with app.app_context():
        publish_reference_forms(world.project_id)
    with unit_of_work() as session:
        a_form(session, world.project_id, survivors.FORM_ID, xml=survivors.form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ", None)
    phone = Phone(client=client, project_id=world.project_id, token=made.token, id=made.id)
    picture = {"a.jpg": media_files.jpeg()}
    assert phone.send(survivors.told(photo="a.jpg"), picture).status_code == 201
    drain(app)
    sign_in(client, world.coordinator)
    for page in ("", "submissions", "figures", "phones"):
        assert client.get(f"{world.path}/{page}").status_code == 200
    watch.is_on = False

    own = (str(tmp_path), tempfile.gettempdir() + "/samleng-", "/dev/null")
    strange = {
        path for path in watch.written
        if path.startswith("/") and not path.startswith(own) and "/__pycache__/" not in path
        and "/templates/__jinja2_" not in path and not path.endswith("/templates")
    }  # fmt: skip  # the last two: what tests keep of compiled templates (tests/conftest.py)
    assert any(path.startswith(str(tmp_path)) for path in watch.written)  # it does tell
    assert strange == set()
    children = {str(xlsform.CHILD), str(pictures.CHILD)}
    assert {tuple(words) for words in watch.started} == {
        (sys.executable, "-I", child) for child in children
    }
