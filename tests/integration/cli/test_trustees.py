"""`flask sealed trustees …`: made, rehearsed and unlocked where no server is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.cli.sealed.trustees import words_of
from service.foundation.sealing.odk import read_public_key
from tests.clients.collect_sealing import KeyPair
from tests.conftest import Client
from tests.factories import a_phone
from tests.integration.cli.test_sealed import export, run
from tests.sealed_world import SealedWorld, publish, sealed_form

ROOT = Path(__file__).parents[3]


@pytest.fixture
def held(app: Flask, tmp_path: Path) -> Path:
    done = run(app, "sealed", "trustees", "make", "--out", tmp_path / "held", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    public = (tmp_path / "held/public-key.txt").read_text()
    assert told["fingerprint"] == read_public_key(public).fingerprint
    assert (told["need"], told["of"]) == (3, 5)
    return tmp_path / "held"


def sheets(held: Path, *numbers: int) -> list[str]:
    return [word for n in numbers for word in ("--share", str(held / f"trustee-{n}.txt"))]


def test_a_record_sealed_to_trustees_opens_with_three_of_them(
    app: Flask, held: Path, tmp_path: Path
) -> None:
    public = (held / "public-key.txt").read_text().strip()
    app.test_client_class = Client
    phone = a_phone(app.test_client())
    pair = KeyPair(public=public, pem=b"", fingerprint=read_public_key(public).fingerprint)
    publish(app, phone.project_id, sealed_form("2", public), pair.fingerprint)
    world = SealedWorld(app=app, phone=phone, keys=pair)
    assert world.send(world.record("uuid:told")).status_code == 201
    export(world, tmp_path / "out")
    key = tmp_path / "private.pem"
    done = run(app, "sealed", "trustees", "unlock", held / "locked-key.json", "--out", key,
               *sheets(held, 5, 1, 3), "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert key.stat().st_mode & 0o777 == 0o600
    opened = run(app, "sealed", "open", tmp_path / "out", "--key", key, "--out", tmp_path / "p")
    assert opened.exit_code == 0, opened.output
    assert "អូរតាគាំ" in (tmp_path / "p/00001/submission.xml").read_text("utf-8")


def test_two_open_nothing_and_nothing_is_written(app: Flask, held: Path, tmp_path: Path) -> None:
    key = tmp_path / "private.pem"
    done = run(app, "sealed", "trustees", "unlock", held / "locked-key.json", "--out", key,
               *sheets(held, 1, 2))  # fmt: skip
    assert done.exit_code == 1
    assert "3 of this key are needed" in done.output
    assert not key.exists()


def test_trustees_type_their_words_and_rehearse(app: Flask, held: Path) -> None:
    typed = [words_of((held / f"trustee-{n}.txt").read_text("utf-8")) for n in (2, 4, 5)]
    assert [len(words.split()) for words in typed] == [33, 33, 33]
    command = ["sealed", "trustees", "rehearse", str(held / "locked-key.json")]
    before = sorted(path.name for path in held.iterdir())
    done = app.test_cli_runner().invoke(args=command, input="\n".join(typed).upper() + "\n")
    assert done.exit_code == 0, done.output
    assert "opens: yes" in done.output
    assert sorted(path.name for path in held.iterdir()) == before
    typed[1] = typed[1].rpartition(" ")[0] + " academic"
    done = app.test_cli_runner().invoke(args=command, input="\n".join(typed) + "\n")
    assert done.exit_code == 1
    assert "A word of share 2 is wrong" in done.output


def test_nothing_is_replaced_and_what_is_no_key_is_told(
    app: Flask, held: Path, tmp_path: Path
) -> None:
    assert run(app, "sealed", "trustees", "make", "--out", held).exit_code == 1
    locked = held / "locked-key.json"
    there = tmp_path / "private.pem"
    there.write_text("mine")
    words = ("unlock", locked, "--out", there, *sheets(held, 1, 2, 3))
    assert run(app, "sealed", "trustees", *words).exit_code == 1
    assert there.read_text() == "mine"
    alone = run(app, "sealed", "trustees", "make", "--need", 1, "--out", tmp_path / "new")
    assert (alone.exit_code, "At least 2" in alone.output) == (1, True)
    locked.write_text(locked.read_text().replace('"need": 3', '"need": 2'))
    done = run(app, "sealed", "trustees", "rehearse", locked, *sheets(held, 1, 2, 3))
    assert (done.exit_code, "was changed" in done.output) == (1, True)
    done = run(app, "sealed", "trustees", "rehearse", held / "public-key.txt", *sheets(held, 1))
    assert (done.exit_code, "is no locked-key.json" in done.output) == (1, True)


def test_it_needs_no_server_and_makes_none(tmp_path: Path) -> None:
    laptop = tmp_path / "laptop"
    laptop.mkdir()
    env: dict[str, Any] = {name: one for name, one in os.environ.items() if "SAMLENG" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "sealed", "trustees",
         "make", "--out", "held", "--need", "2", "--of", "3"],
        cwd=laptop, env={**env, "SAMLENG_DATABASE_URL": "nonsense"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Nothing else of this folder may come near the server" in done.stdout
    assert [path.name for path in laptop.iterdir()] == ["held"]
    files = sorted((laptop / "held").iterdir())
    assert [path.name for path in files] == [
        "locked-key.json", "public-key.txt", "trustee-1.txt", "trustee-2.txt", "trustee-3.txt",
    ]  # fmt: skip
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    said = done.stdout + done.stderr
    words = words_of(files[2].read_text("utf-8")).split()
    assert " ".join(words[:4]) not in said, "words are told to nobody but their trustee"
