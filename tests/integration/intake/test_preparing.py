"""Files are prepared once, whoever is killed when; what cannot be shown says so and stays."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from service import jobs
from service.exports.queries import runs
from service.foundation import db, job_queue, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.sealing import boxes
from service.foundation.settings import Settings
from service.intake import actions
from service.intake.actions.preparing import prepared_place
from service.intake.tables import Attachment, Part, Preparation, PreparedFile, Submission
from service.jobs import handlers
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_phone, an_instance

ROOT = Path(__file__).parents[3]


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_phone(app.test_client())


def send(phone: Phone, data: bytes, name: str = "a.jpg", instance: str = "uuid:1") -> None:
    assert phone.send(an_instance(instance, photo=name), {name: data}).status_code == 201


def files() -> list[Attachment]:
    with reading() as session:
        return list(session.scalars(sa.select(Attachment).order_by(Attachment.received_at)))


def prepared() -> Sequence[PreparedFile]:
    with reading() as session:
        return session.scalars(sa.select(PreparedFile).order_by(PreparedFile.part)).all()


def content(app: Flask, row: PreparedFile) -> bytes:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    key = keys.current().find(row.project_id, row.key_pk)
    assert key is not None
    place = prepared_place(row.project_id, row.submission_pk, row.prepared_pk)
    assert boxes.is_bound(key, place, row.blob, row.bound)
    return b"".join(blobs.unsealed(row.blob, key))


def waiting() -> int:
    with reading() as session:
        return job_queue.count(session)["waiting"]


def test_a_picture_gets_a_clean_copy_and_a_small_one_each_under_its_own_key(
    app: Flask, phone: Phone
) -> None:
    send(phone, media_files.jpeg())
    assert [row.media_type for row in files()] == ["image/jpeg"], "known when it was stored"
    assert files()[0].prepared is None
    drain(app)
    assert files()[0].prepared is Preparation.READY
    copy, preview = prepared()
    assert (copy.part, preview.part) == (Part.COPY, Part.PREVIEW)
    assert (copy.media_type, preview.media_type) == ("image/jpeg", "image/webp")
    assert len({copy.key_pk, preview.key_pk, files()[0].key_pk}) == 3
    for row in (copy, preview):
        made = content(app, row)
        assert len(made) == row.size
        assert media_files.traces(made) == []


def test_s25_the_original_stays_as_it_came_and_nothing_clear_lies_on_disk(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    from tests import unsealed

    send(phone, media_files.jpeg())
    drain(app)
    with reading() as session:
        held = unsealed.files(session, app.extensions["samleng.blobs"])
    assert held == [("a.jpg", media_files.jpeg())]
    on_disk = b"".join(p.read_bytes() for p in settings.data_dir.rglob("*") if p.is_file())
    assert media_files.traces(on_disk) == []
    assert b"JFIF" not in on_disk


@pytest.mark.parametrize("name", ["mp4", "3gp", "m4a", "wav", "amr"])
def test_sound_and_video_get_a_clean_copy(app: Flask, phone: Phone, name: str) -> None:
    make, media_type = media_files.EVERY[name]
    send(phone, make())
    drain(app)
    (copy,) = prepared()
    assert (copy.part, copy.media_type) == (Part.COPY, media_type)
    assert media_files.traces(content(app, copy)) == []


def test_s24_a_flood_is_marked_undecodable_the_upload_stays_and_the_worker_lives(
    app: Flask, phone: Phone
) -> None:
    send(phone, media_files.flood(), "flood.png")
    send(phone, media_files.png(), "good.png", instance="uuid:2")
    drain(app)
    assert [row.prepared for row in files()] == [Preparation.UNDECODABLE, Preparation.READY]
    assert len(prepared()) == 2
    assert waiting() == 0
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 2


def test_s25_what_is_not_understood_is_kept_and_gets_no_copy(app: Flask, phone: Phone) -> None:
    send(phone, media_files.mp4().replace(b"sefd", b"moof"), "a.mp4")
    drain(app)
    assert files()[0].prepared is Preparation.NOT_UNDERSTOOD
    assert not prepared()


@pytest.mark.parametrize("data", [b"<svg onload='x'/>", b"%PDF-1.7", b"a,b\n1,2\n"])
def test_s23_what_is_never_shown_makes_no_job(app: Flask, phone: Phone, data: bytes) -> None:
    send(phone, data)
    with reading() as session:
        events = session.scalars(sa.select(JobRow.event)).all()
    assert actions.FILES_ARRIVED not in events
    drain(app)
    assert files()[0].prepared is None
    assert not prepared()


def test_running_again_changes_nothing(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    drain(app)
    before = [row.prepared_pk for row in prepared()]
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    stored = sorted(blobs.older_than(2e10))
    with reading() as session:
        key = session.scalars(sa.select(Submission.submission_pk)).one()
    assert actions.prepare_files(blobs, phone.project_id, key)
    assert [row.prepared_pk for row in prepared()] == before
    assert sorted(blobs.older_than(2e10)) == stored


def test_whoever_comes_second_leaves_nothing_behind(app: Flask, phone: Phone) -> None:
    """Two workers on one file: the second finds it done when it wants to store."""
    from service.intake.actions import preparing
    from service.intake.queries import preparing as queries

    send(phone, media_files.jpeg())
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with reading() as session:
        key = session.scalars(sa.select(Submission.submission_pk)).one()
        (file,) = queries.list_waiting(session, phone.project_id, key)
    drain(app)
    stored = sorted(blobs.older_than(2e10))
    preparing._prepare(blobs, file)
    assert sorted(blobs.older_than(2e10)) == stored
    assert len(prepared()) == 2


def test_a_file_taken_back_while_it_is_prepared_leaves_no_copy(app: Flask, phone: Phone) -> None:
    from service.intake.actions import preparing
    from service.intake.queries import preparing as queries

    send(phone, media_files.jpeg())
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with reading() as session:
        key = session.scalars(sa.select(Submission.submission_pk)).one()
        (file,) = queries.list_waiting(session, phone.project_id, key)
    with unit_of_work() as session:
        session.execute(sa.delete(Attachment))
    stored = sorted(blobs.older_than(2e10))
    preparing._prepare(blobs, file)
    assert not prepared()
    assert sorted(blobs.older_than(2e10)) == stored


def test_a_file_whose_key_is_destroyed_is_left_alone(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    key_pk = files()[0].key_pk
    assert key_pk is not None
    keys.current().destroy(phone.project_id, [key_pk])
    drain(app)
    assert (files()[0].prepared, list(prepared()), waiting()) == (None, [], 0)


def test_copies_go_with_the_row_of_their_file(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    drain(app)
    assert len(prepared()) == 2
    with unit_of_work() as session:
        session.execute(sa.delete(Attachment))
    assert not prepared()


def test_a_file_that_an_edit_keeps_is_prepared_for_the_edit_too(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    edit = an_instance("uuid:2", photo="a.jpg", deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    drain(app)
    assert [row.prepared for row in files()] == [Preparation.READY] * 2
    assert len({row.submission_pk for row in prepared()}) == 2
    assert len({row.key_pk for row in prepared()}) == 4


def test_files_stored_before_types_were_asked_are_looked_at(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    send(phone, b"%PDF-1.7", "b.pdf", instance="uuid:2")
    with unit_of_work() as session:
        session.execute(sa.update(Attachment).values(media_type=None))
        for row in session.scalars(sa.select(Attachment)):
            job_queue.enqueue(
                session, project_id=row.project_id, event=actions.FILES_ARRIVED,
                subject=row.submission_pk,
            )  # fmt: skip
    drain(app)
    assert [(row.media_type, row.prepared) for row in files()] == [
        ("image/jpeg", Preparation.READY), ("application/octet-stream", None),
    ]  # fmt: skip


def test_a_file_whose_bytes_were_changed_is_not_shown(app: Flask, phone: Phone) -> None:
    send(phone, media_files.jpeg())
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    path = blobs.path(files()[0].blob)
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    drain(app)
    assert files()[0].prepared is Preparation.NOT_UNDERSTOOD
    assert not prepared()


def test_time_is_shared_what_is_left_goes_to_the_end_of_the_queue(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(phone, media_files.png())
    monkeypatch.setattr(handlers, "FILES_S", -1)
    assert jobs.work_once(app.extensions["samleng.worker"].tools) > 0
    assert files()[0].prepared is None
    assert waiting() == 1
    monkeypatch.setattr(handlers, "FILES_S", 45)
    drain(app)
    assert files()[0].prepared is Preparation.READY


def test_a_worker_killed_before_it_stored_does_it_again_and_the_orphans_go(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    send(phone, media_files.jpeg())
    with unit_of_work() as session:
        session.execute(sa.delete(JobRow).where(JobRow.event != actions.FILES_ARRIVED))
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    killed = _worker(settings, SAMLENG_CRASH_AT="before_prepared")
    assert killed.returncode < 0
    assert not prepared()
    orphans = set(blobs.older_than(2e10)) - {files()[0].blob}
    assert len(orphans) == 2
    with unit_of_work() as session:
        job_queue.release_all(session)
    drain(app)
    named = {row.blob for row in prepared()}
    assert len(named) == 2
    for name in (*orphans, *named):
        os.utime(blobs.path(name), (0, 0))
    assert actions.sweep_blobs(blobs, runs.named_blobs) == 2
    assert set(blobs.older_than(2e10)) == named | {files()[0].blob}


def _worker(settings: Settings, **environment: str) -> subprocess.CompletedProcess[bytes]:
    db.current().dispose()
    return subprocess.run(
        [sys.executable, "-m", "flask", "worker", "--once"],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
        env={
            "PATH": os.environ["PATH"], "FLASK_APP": "wsgi:app",
            "SAMLENG_DATA_DIR": str(settings.data_dir),
            "SAMLENG_DATABASE_URL": settings.database_url,
            "SAMLENG_KEYS_DATABASE_URL": settings.keys_database_url,
            "SAMLENG_KEY_FILE": str(settings.key_file),
            "SAMLENG_SECRETS_FILE": str(settings.secrets_file),
            **environment,
        },
    )  # fmt: skip


def test_a_copy_moved_to_another_record_does_not_open(app: Flask, phone: Phone) -> None:
    from service.foundation.problems import Problem
    from service.intake.queries import preparing as queries

    send(phone, media_files.png())
    drain(app)
    with unit_of_work() as session:
        found = queries.find_prepared(session, phone.project_id, prepared()[0].prepared_pk)
    assert found is not None
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    shown = actions.content(blobs, found)
    assert (shown.name, b"".join(shown.pieces)) == ("a.jpg", content(app, prepared()[0]))
    import dataclasses

    for moved in (
        dataclasses.replace(found, submission_pk=uuid.uuid4()),
        dataclasses.replace(found, blob=prepared()[1].blob),
        dataclasses.replace(found, name_key_pk=found.key_pk),
        dataclasses.replace(found, name_key_pk=None),
        dataclasses.replace(found, sealed_name=b""),
    ):
        with pytest.raises(Problem):
            actions.content(blobs, moved)
