"""An export file by the page: sealed as it comes, looked at first, then brought, then destroyed."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.consent import actions as consent
from service.forms import actions as forms
from service.foundation import clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import unit_of_work
from service.foundation.sealing import Unsealable
from service.foundation.sealing.pieces import PIECE, PieceSealer, PiecesReader
from service.foundation.settings import Settings
from service.intake import actions as intake
from service.intake.tables import Submission
from service.moving.actions import uploads
from service.moving.queries import runs as moved
from service.moving.states import State
from tests.conftest import drain
from tests.integration.moving.test_files import CHILDREN, TOYS, a_root, central_zip, table
from tests.integration.moving.village import FORM, id_of
from tests.web.test_moving_page import Person, count, run

MARKER = "ភូមិពីរ-marker"


@pytest.fixture
def blobs(app: Flask) -> LocalBlobs:
    found: LocalBlobs = app.extensions["samleng.blobs"]
    return found


@pytest.fixture
def chanthou(app: Flask, settings: Settings, blobs: LocalBlobs) -> Person:
    person = Person(app, settings)
    with unit_of_work() as session:
        xml = FORM.format(version="1").encode()
        forms.publish_xml(session, SYSTEM, person.project_id, xml, media={}, blobs=blobs)
    return person


def send(person: Person, path: str, data: bytes, name: str = "village.csv.zip") -> Any:
    """As browsers write it, where nothing was chosen too."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return person.client.post(
        f"{person.base}{path}/file",
        data=head.encode() + data + b"\r\n--b--\r\n",
        headers=person.headers,
        content_type="multipart/form-data; boundary=b",
    )


def begun(person: Person, of: str = "records:village", **more: str) -> str:
    answer = person.post("/file", of=of, **more)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"]).removeprefix(person.base)


@pytest.fixture
def export(tmp_path: Path) -> bytes:
    roots = [a_root(2, MARKER, "p.png"), a_root(1, "one")]
    return central_zip(tmp_path / "v.csv.zip", roots, CHILDREN, TOYS).read_bytes()


def on_disk(blobs: LocalBlobs) -> bytes:
    return b"".join(path.read_bytes() for path in blobs.root.rglob("*") if path.is_file())


def test_looked_at_then_brought_then_destroyed(
    app: Flask, chanthou: Person, blobs: LocalBlobs, export: bytes
) -> None:
    path = begun(chanthou)
    assert 'type="file"' in chanthou.page(path).text
    assert send(chanthou, path, export).status_code == 303
    held = run()
    assert (held.state, held.file_size, held.file_ending) == (State.QUEUED, len(export), "zip")
    assert held.file_key_pk is not None
    assert held.file_blob is not None
    assert b"village.csv" not in on_disk(blobs), "a ZIP tells its names in clear"
    with clock.frozen(clock.now() + dt.timedelta(days=3)):
        assert intake.sweep_blobs(blobs, moved.named_blobs) == 0
    drain(app)
    assert count(Submission) == 0, "looked at alone"
    told = chanthou.page(path).text
    assert id_of(2) in told
    assert "What would happen" in told
    assert run().counts == {"record.new": 2}
    brought = chanthou.post(f"{path}/bring")
    assert brought.status_code == 303
    assert chanthou.post(f"{path}/bring").headers["Location"].endswith(path), "once"
    drain(app)
    assert count(Submission) == 2
    assert (run().state, run().counts) == (State.DONE, {"record.new": 2})
    assert not blobs.exists(held.file_blob)
    assert keys.current().find(chanthou.project_id, held.file_key_pk) is None
    assert "The file was destroyed" in chanthou.page(f"/{run().run_pk}").text
    assert "ឯកសារត្រូវបានបំផ្លាញ" in chanthou.page(f"/{run().run_pk}?lang=km").text


def test_a_list_that_is_new_here_comes_from_its_file(app: Flask, chanthou: Person) -> None:
    path = begun(chanthou, "entities:", list_name="trees")
    data = table(["label", "kind"], ["Mango", "fruit"]).encode()
    assert send(chanthou, path, data, "trees.csv").status_code == 303
    drain(app)
    assert run().counts == {"list.new": 1}
    chanthou.post(f"{path}/bring")
    drain(app)
    assert run().counts == {"list.new": 1}
    assert run().state is State.DONE


@pytest.mark.parametrize("days", [1, 3])
def test_a_file_that_nobody_brings_is_destroyed_after_two_days(
    app: Flask, chanthou: Person, blobs: LocalBlobs, export: bytes, days: int
) -> None:
    path = begun(chanthou)
    send(chanthou, path, export)
    drain(app)
    blob = run().file_blob
    assert blob is not None
    with clock.frozen(clock.now() + dt.timedelta(days=days)):
        assert uploads.forget_old(blobs) == (days > 2)
    assert blobs.exists(blob) == (days < 2)


def test_a_file_is_deleted_by_a_button_and_after_a_look_in_vain(
    app: Flask, chanthou: Person, blobs: LocalBlobs, export: bytes
) -> None:
    path = begun(chanthou)
    send(chanthou, path, export)
    drain(app)
    assert chanthou.post(f"{path}/stop").status_code == 303
    assert run().file_blob is None
    path = begun(chanthou)
    send(chanthou, path, b"no zip", "v.zip")
    drain(app)
    assert (run().state, run().problem, run().file_blob) == (State.FAILED, "source-strange", None)
    assert b"no zip" not in on_disk(blobs)


def test_a_move_that_waits_in_vain_for_its_file_ends(chanthou: Person, blobs: LocalBlobs) -> None:
    path = begun(chanthou)
    with clock.frozen(clock.now() + dt.timedelta(hours=2)):
        uploads.forget_old(blobs)
    assert run().state is State.STOPPED
    assert send(chanthou, path, b"x", "v.csv").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("v.pdf", b"x", "csv, xlsx, xlsm, zip"),
        ("v.csv", b"", "is not empty"),
        ("", b"", "is not empty"),
    ],
)
def test_what_is_no_export_file_is_said_and_the_move_still_waits(
    chanthou: Person, name: str, data: bytes, words: str
) -> None:
    path = begun(chanthou)
    answer = send(chanthou, path, data, name)
    assert answer.status_code == 400
    assert words in answer.text
    assert 'type="file"' in answer.text
    assert run().state is State.WAITING


def test_a_file_beyond_the_limit_or_cut_off_leaves_nothing(
    settings: Settings, chanthou: Person, blobs: LocalBlobs, export: bytes
) -> None:
    path = begun(chanthou)
    before = on_disk(blobs)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="v.zip"\r\n\r\n'
        + export[:90]
    )
    cut = chanthou.client.post(
        f"{chanthou.base}{path}/file",
        data=body,
        headers=chanthou.headers,
        content_type="multipart/form-data; boundary=b",
    )
    assert cut.status_code == 400
    large = chanthou.client.post(
        f"{chanthou.base}{path}/file",
        data=body,
        headers={**chanthou.headers, "Content-Length": str(settings.max_body_bytes + 1)},
        content_type="multipart/form-data; boundary=b",
    )
    assert large.status_code == 400
    assert "210 MB" in large.text
    assert (on_disk(blobs), run().state) == (before, State.WAITING)


def test_only_whoever_asked_sends_the_file_and_only_with_a_fresh_code(
    app: Flask, settings: Settings, chanthou: Person, export: bytes
) -> None:
    from tests.web.people import signed_in

    path = begun(chanthou)
    other, _ = signed_in(settings.secrets.jwt_key, Role.COORDINATOR, chanthou.project_id)
    mine, chanthou.headers = chanthou.headers, other
    assert send(chanthou, path, export).status_code == 404
    chanthou.headers = mine
    chanthou.headers, _ = signed_in(
        settings.secrets.jwt_key, Role.COORDINATOR, chanthou.project_id, is_fresh=False
    )
    assert chanthou.page("/file").status_code == 302
    assert 'name="fresh_code"' in chanthou.post("/file", of="records:village").text


def test_another_field_beside_the_file_is_refused(chanthou: Person, client: FlaskClient) -> None:
    path = begun(chanthou)
    answer = chanthou.client.post(
        f"{chanthou.base}{path}/file",
        data={"dry": "no", "file": (io.BytesIO(b"a,b\n"), "v.csv")},
        headers=chanthou.headers,
        content_type="multipart/form-data",
    )
    assert answer.status_code == 400
    assert run().state is State.WAITING


def test_what_somebody_takes_back_destroys_files_that_wait(
    app: Flask, chanthou: Person, blobs: LocalBlobs, export: bytes
) -> None:
    """Her answers stand in them too."""
    path = begun(chanthou)
    send(chanthou, path, export)
    drain(app)
    chanthou.post(f"{path}/bring")
    drain(app)
    send(chanthou, begun(chanthou), export)
    drain(app)
    assert uploads.forget_old(blobs) == 0
    consent.withdraw_record(SYSTEM, chanthou.project_id, id_of(1), "person_asked", blobs=blobs)
    assert uploads.forget_old(blobs) == 1
    assert run().file_blob is None


def test_a_sealed_file_is_read_from_anywhere_and_notices_a_change(app: Flask) -> None:
    data = bytes(range(256)) * 1000
    key = keys.current().take(1)
    sealer = PieceSealer(key, 1)
    sealed = b"".join(sealer.push(data[n : n + 5000]) for n in range(0, len(data), 5000))
    sealed += sealer.end()

    def opened(held: bytes) -> io.BufferedReader:
        return io.BufferedReader(PiecesReader(key, 1, io.BytesIO(held), len(data)))

    assert opened(sealed).read() == data
    reader = opened(sealed)
    for start in (200_000, 0, PIECE - 1, 3 * PIECE, len(data) - 3):
        reader.seek(start)
        assert reader.read(10) == data[start : start + 10]
    assert reader.seek(-2, io.SEEK_END) == len(data) - 2
    assert reader.read() == data[-2:]
    size = len(sealed) // 3
    swapped = sealed[size:] + sealed[:size]
    for changed in (swapped, sealed[:-1]):
        with pytest.raises(Unsealable):
            opened(changed).read()
