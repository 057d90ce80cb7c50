"""Out of the server still sealed, and open where the private key is: `flask sealed …`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.foundation import keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.intake.tables import Attachment, SubmissionXml
from tests.clients.collect_sealing import key_pair
from tests.conftest import Client
from tests.factories import an_instance
from tests.sealed_world import KEYS, OTHER_KEYS, SealedWorld, a_sealed_world, sealed_form
from tests.unsealed import name

ROOT = Path(__file__).parents[3]
PHOTO = b"jpeg" * 30_000


@pytest.fixture
def world(app: Flask) -> SealedWorld:
    app.test_client_class = Client
    return a_sealed_world(app, app.test_client())


def run(app: Flask, *args: object) -> Any:
    return app.test_cli_runner().invoke(args=[str(arg) for arg in args])


def export(world: SealedWorld, out: Path) -> dict[str, Any]:
    done = run(
        world.app, "sealed", "export", "--project", world.phone.project_id, "--form", "visit",
        "--out", out, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    # Before it stands what was logged: here all goes one way.
    found: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex("{") :])
    return found


def open_folder(app: Flask, source: Path, out: Path, pem: bytes = KEYS.pem) -> Any:
    key = source.parent / "private.pem"
    key.write_bytes(pem)
    return run(app, "sealed", "open", source, "--key", key, "--out", out, "--json")


def two_records(world: SealedWorld) -> str:
    """One sealed on the phone, one here; answers the XML of the second."""
    assert world.send(world.record("uuid:phone", {"រូប.jpg": PHOTO}, village="ស")).status_code == 201
    xml = an_instance("uuid:here", photo="a.jpg", village="ខ")
    assert world.post(xml, {"a.jpg": PHOTO}).status_code == 201
    return xml


def test_what_phones_sealed_and_what_was_sealed_here_open_alike(
    world: SealedWorld, tmp_path: Path
) -> None:
    xml = two_records(world)
    told = export(world, tmp_path / "out")
    assert told == {
        "records": 2, "incomplete": 0, "damaged_files": 0, "unreadable_records": 0,
        "out": str(tmp_path / "out"),
    }  # fmt: skip
    exported = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert b"jpegjpeg" not in exported
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain")
    assert done.exit_code == 0, done.output
    first, second = json.loads(done.stdout)
    assert (first["instance_id"], first["files"]) == ("uuid:phone", 2)
    assert (first["faults"], first["remarks"]) == ([], [])
    assert (second["faults"], second["remarks"]) == ([], [])
    assert (tmp_path / "plain/00001/រូប.jpg").read_bytes() == PHOTO
    assert (tmp_path / "plain/00002/a.jpg").read_bytes() == PHOTO
    assert (tmp_path / "plain/00002/submission.xml").read_text("utf-8") == xml
    assert (tmp_path / "plain").stat().st_mode & 0o77 == 0
    assert (tmp_path / "plain/00002/a.jpg").stat().st_mode & 0o77 == 0


def test_an_export_is_in_the_audit_log_before_anything_is_written(
    world: SealedWorld, tmp_path: Path
) -> None:
    two_records(world)
    export(world, tmp_path / "out")
    with reading() as session:
        entry = session.scalars(
            sa.select(AuditEntry).where(AuditEntry.action == "sealed.export")
        ).one()
    assert entry.details == {"records": 2}


def test_a_record_of_which_files_are_missing_says_so(world: SealedWorld, tmp_path: Path) -> None:
    record = world.record("uuid:1", {"a.jpg": PHOTO})
    assert world.send(record, "submission.xml.enc").status_code == 201
    assert export(world, tmp_path / "out")["incomplete"] == 1
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain")
    assert done.exit_code == 1
    assert json.loads(done.stdout)[0]["faults"] == ["a.jpg.enc is not here"]
    assert (tmp_path / "plain/00001/submission.xml").exists()


def test_a_late_file_of_a_record_sealed_here_opens_without_a_signature(
    world: SealedWorld, tmp_path: Path
) -> None:
    xml = an_instance("uuid:here", photo="a.jpg")
    world.post(xml, {})
    world.post(xml, {"a.jpg": PHOTO})
    export(world, tmp_path / "out")
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain")
    assert done.exit_code == 0
    assert json.loads(done.stdout)[0]["remarks"] == ["it carries no signature"]
    assert (tmp_path / "plain/00001/a.jpg").read_bytes() == PHOTO


@pytest.mark.parametrize("at", [0, 40_000, -1])
def test_a_file_changed_on_the_way_is_told(world: SealedWorld, tmp_path: Path, at: int) -> None:
    two_records(world)
    export(world, tmp_path / "out")
    file = tmp_path / "out/00001/រូប.jpg.enc"
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain")
    assert done.exit_code == 1
    first, second = json.loads(done.stdout)
    assert "រូប.jpg.enc is not what left the server" in first["faults"]
    assert second["faults"] == []


def test_without_the_servers_hashes_the_signature_still_tells_of_a_change(
    world: SealedWorld, tmp_path: Path
) -> None:
    two_records(world)
    export(world, tmp_path / "out")
    (tmp_path / "out/sealed.json").unlink()
    file = tmp_path / "out/00001/រូប.jpg.enc"
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain")
    first, second = json.loads(done.stdout)
    assert first["faults"] == ["its signature is not that of these files"]
    assert "nothing tells whether it was changed" in second["remarks"][0]


def test_another_key_opens_nothing(world: SealedWorld, tmp_path: Path) -> None:
    two_records(world)
    export(world, tmp_path / "out")
    done = open_folder(world.app, tmp_path / "out", tmp_path / "plain", OTHER_KEYS.pem)
    assert done.exit_code == 1
    assert not list((tmp_path / "plain").rglob("*.jpg"))
    assert all(
        each["faults"] == ["this private key does not open it"] for each in json.loads(done.stdout)
    )


def _sealed_anew(world: SealedWorld) -> None:
    """By somebody with all keys of this server: only what arrived is to be handed out."""
    blobs: LocalBlobs = world.app.extensions["samleng.blobs"]
    with reading() as session:
        row = _photo(session)
        assert row.key_pk is not None
        draft = blobs.draft(keys.current().find(row.project_id, row.key_pk))
        draft.write(b"something else")
        other = draft.commit()
        blobs.path(row.blob).write_bytes(blobs.read(other.name))


def _altered(world: SealedWorld) -> None:
    blobs: LocalBlobs = world.app.extensions["samleng.blobs"]
    with reading() as session:
        file = blobs.path(_photo(session).blob)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def _unbound(world: SealedWorld) -> None:
    with unit_of_work() as session:
        _photo(session).bound = b"of another record"


def _photo(session: Session) -> Attachment:
    [row] = [r for r in session.scalars(sa.select(Attachment)) if name(r) == "a.jpg.enc"]
    return row


@pytest.mark.parametrize("spoil", [_sealed_anew, _altered, _unbound])
def test_s39_s42_a_file_that_is_not_what_arrived_is_not_handed_out_and_raises_the_alarm(
    world: SealedWorld, tmp_path: Path, spoil: Callable[[SealedWorld], None]
) -> None:
    two_records(world)
    spoil(world)
    assert keys.current().noted_at(keys.UNSEALABLE) is None
    told = export(world, tmp_path / "out")
    assert (told["damaged_files"], told["incomplete"]) == (1, 1)
    assert not (tmp_path / "out/00002/a.jpg.enc").exists()
    assert keys.current().noted_at(keys.UNSEALABLE) is not None


def test_s39_s42_so_does_a_record_that_does_not_open(world: SealedWorld, tmp_path: Path) -> None:
    two_records(world)
    with unit_of_work() as session:
        rows = session.scalars(sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk)).all()
        rows[0].xml = rows[1].xml
    told = export(world, tmp_path / "out")
    assert (told["records"], told["unreadable_records"]) == (1, 1)
    assert keys.current().noted_at(keys.UNSEALABLE) is not None


def test_what_is_whole_raises_none(world: SealedWorld, tmp_path: Path) -> None:
    two_records(world)
    export(world, tmp_path / "out")
    assert keys.current().noted_at(keys.UNSEALABLE) is None


def test_a_record_that_was_erased_is_not_handed_out(world: SealedWorld, tmp_path: Path) -> None:
    two_records(world)
    with reading() as session:
        row = session.scalars(
            sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk)
        ).first()
    assert row is not None
    assert row.key_pk is not None
    keys.current().destroy(row.project_id, [row.key_pk])
    told = export(world, tmp_path / "out")
    assert (told["records"], told["unreadable_records"]) == (1, 1)


def test_nothing_is_written_over(world: SealedWorld, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("x")
    done = run(
        world.app, "sealed", "export", "--project", 1, "--form", "visit", "--out", tmp_path / "out"
    )
    assert done.exit_code == 1
    assert "not empty" in done.stderr
    assert (tmp_path / "out/mine.txt").read_text() == "x"


def test_a_form_that_is_not_there_is_said_in_words(world: SealedWorld, tmp_path: Path) -> None:
    done = run(
        world.app, "sealed", "export", "--project", 1, "--form", "nothing", "--out", tmp_path / "o"
    )
    assert done.exit_code == 1
    assert "nothing" in done.stderr


def test_opening_needs_no_server_and_makes_none(world: SealedWorld, tmp_path: Path) -> None:
    """A laptop without network, settings or database: only the folder and the private key."""
    xml = two_records(world)
    export(world, tmp_path / "out")
    key = tmp_path / "private.pem"
    key.write_bytes(KEYS.pem)
    laptop = tmp_path / "laptop"
    laptop.mkdir()
    env = {name: value for name, value in os.environ.items() if "SAMLENG" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "sealed", "open",
         str(tmp_path / "out"), "--key", str(key), "--out", str(laptop / "plain")],
        cwd=laptop, env={**env, "SAMLENG_DATABASE_URL": "nonsense"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"Key: {KEYS.fingerprint}" in done.stdout
    assert [path.name for path in laptop.iterdir()] == ["plain"]
    assert (laptop / "plain/00002/submission.xml").read_text("utf-8") == xml


def test_a_private_key_under_a_passphrase_is_asked_for_it(tmp_path: Path, app: Flask) -> None:
    app.test_client_class = Client
    client: FlaskClient = app.test_client()
    world = a_sealed_world(app, client)
    world.send(world.record())
    export(world, tmp_path / "out")
    key = tmp_path / "private.pem"
    key.write_bytes(key_pair(passphrase=b"four words").pem)
    args = [
        "sealed",
        "open",
        str(tmp_path / "out"),
        "--key",
        str(key),
        "--out",
        str(tmp_path / "p"),
    ]
    wrong = app.test_cli_runner().invoke(args=args, input="three words\n")
    assert "does not open the private key" in wrong.stderr
    right = app.test_cli_runner().invoke(args=args, input="four words\n")
    assert "this private key does not open it" in right.output


def test_s43_the_shell_wants_the_new_key_named(world: SealedWorld, tmp_path: Path) -> None:
    """Version 2 is sealed to one key; version 3 would be sealed to another."""
    file = tmp_path / "visit.xml"
    file.write_bytes(sealed_form("3", OTHER_KEYS.public))
    args = ("forms", "publish", file, "--project", world.phone.project_id, "--json")
    args = (*args, "--ignore-warnings")
    refused = run(world.app, *args)
    assert refused.exit_code == 1
    assert OTHER_KEYS.fingerprint in refused.stderr
    done = run(world.app, *args, "--new-key", OTHER_KEYS.fingerprint)
    assert json.loads(done.stdout)["sealed_to"] == OTHER_KEYS.fingerprint
