"""Sealed forms (S-42): what people tell is readable nowhere but where the private key is."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM
from service.accounts.reach import WHOLE
from service.cli.sealed import opening
from service.facts.tables import Household
from service.foundation import audit, clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Unsealable, instance_id_for
from service.foundation.sealing.odk import RecordKey
from service.foundation.sealing.odk_opening import FileOpener, read_private_key
from service.foundation.settings import Settings
from service.intake.actions import Reception
from service.intake.queries import alarms, counting, erasing
from service.intake.tables import AlarmKind, Attachment, SealAlarm, State, Submission
from tests import postgres, unsealed
from tests.conftest import drain
from tests.factories import a_form, an_instance, at, multipart
from tests.reliability import canaries
from tests.sealed_world import (
    KEYS,
    OTHER_KEYS,
    SealedWorld,
    a_sealed_world,
    publish,
    sealed_form,
)

VILLAGE = "ភូមិ-canary-51c7"
NAME = "canary-name-e0a9.jpg"
WORD = "canary photo 77f2"
PHOTO = f"{WORD} ".encode() * 7000


@pytest.fixture
def world(app: Flask, client: FlaskClient) -> SealedWorld:
    return a_sealed_world(app, client)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go, if anybody makes one."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def everything(settings: Settings, database_url: str) -> bytes:
    """Database, its log, key store, blobs, staging and temporary files as they lie on the disk."""
    held = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    if database_url.startswith("postgresql"):
        held += postgres.dump(database_url)
    return held


def readable(app: Flask) -> bytes:
    """Everything that was sent, opened with all keys this server has."""
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with reading() as session:
        xmls = unsealed.xmls(session) + unsealed.quarantined(session)
        return b"".join([*xmls, *(content for _, content in unsealed.files(session, blobs))])


def found(app: Flask, settings: Settings, database_url: str) -> list[str]:
    """Canaries, in any shape, on the disk or in what this server could read."""
    held = [("disk", everything(settings, database_url)), ("readable", readable(app))]
    on_disk = canaries.found_in(held[:1], {"file name": NAME})
    return on_disk + canaries.found_in(held, {"answer": VILLAGE, "photo": WORD})


def stored_names() -> set[str]:
    with reading() as session:
        return set(unsealed.names(session))


def rows(table: Any, **where: object) -> int:
    with reading() as session:
        query = sa.select(sa.func.count()).select_from(table).filter_by(**where)
        return session.scalar(query) or 0


def opened(app: Flask, pem: bytes = KEYS.pem) -> dict[str, bytes]:
    """The newest record as whoever has the private key reads it: plain name to content."""
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    with reading() as session:
        manifest = opening.read_manifest(unsealed.xmls(session)[-1])
        files = dict(unsealed.files(session, blobs))
    record = RecordKey(
        secret=read_private_key(pem).open(manifest.sealed_key), instance_id=manifest.instance_id
    )
    found = {}
    for place, name in enumerate(manifest.names):
        if name in files:
            opener = FileOpener(record, place)
            found[name.removesuffix(".enc")] = opener.push(files[name]) + opener.end()
    return found


# --- sealed on the phone ------------------------------------------------------------------------
def test_a_sealed_record_is_stored_with_its_files_and_has_no_facts(
    world: SealedWorld, app: Flask
) -> None:
    record = world.record(media={"a.jpg": PHOTO}, village=VILLAGE)
    assert world.send(record).status_code == 201
    drain(app)
    assert stored_names() == {"a.jpg.enc", "submission.xml.enc"}
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
        today = counting.today(session, world.phone.project_id, clock.now(), WHOLE)
    assert (row.sealed_to, row.files_present, row.files_expected) == (KEYS.fingerprint, 2, 2)
    assert row.projected_at is not None
    assert rows(Household) == 0
    assert (today.total, today.sealed, today.incomplete) == (1, 1, 0)
    assert rows(SealAlarm) == 0
    assert rows(Attachment, media_type="application/octet-stream") == 2
    assert VILLAGE.encode() in opened(app)["submission.xml"]
    assert opened(app)["a.jpg"] == PHOTO


def test_files_of_a_sealed_record_may_come_late_and_twice(world: SealedWorld) -> None:
    record = world.record(media={"a.jpg": PHOTO})
    assert b'isComplete="false"' in world.send(record, "a.jpg.enc").data
    assert b'isComplete="true"' in world.send(record, "submission.xml.enc").data
    again = world.send(record)
    assert (again.status_code, b"submit_duplicate" in again.data) == (202, True)
    assert rows(Submission, files_present=2) == 1


def test_a_sealed_record_with_other_ciphertext_waits_for_a_person(world: SealedWorld) -> None:
    assert world.send(world.record(village="ក")).status_code == 201
    assert world.send(world.record(village="ខ")).status_code == 202
    assert rows(Submission, state=State.QUEUED) == 1


def test_which_key_is_not_claimed_where_nobody_knows_it(world: SealedWorld) -> None:
    record = world.record()
    xml = record.xml.replace(b'version="2"', b'version="1"')
    assert world.post(xml, {}).status_code == 201
    assert rows(Submission, sealed_to="") == 1


# --- spilled beside it --------------------------------------------------------------------------
@pytest.mark.each_database
@pytest.mark.parametrize("xml_last", [False, True])
def test_s42_plain_files_beside_a_sealed_record_are_not_stored_and_are_told(
    world: SealedWorld, app: Flask, settings: Settings, database_url: str, xml_last: bool
) -> None:
    record = world.record(media={NAME: PHOTO}, village=VILLAGE, spills=True)
    assert set(record.files) == {NAME, f"{NAME}.enc", "submission.xml.enc"}
    assert world.send(record, xml_last=xml_last).status_code == 201
    assert stored_names() == {f"{NAME}.enc", "submission.xml.enc"}
    assert found(app, settings, database_url) == []
    assert rows(SealAlarm, kind=AlarmKind.SPILLED, submitter_id=world.phone.id, files=1) == 1
    with reading() as session:
        [told] = session.scalars(
            sa.select(audit.AuditEntry).where(audit.AuditEntry.action == "submission.spilled")
        )
        [listed] = alarms.list_alarms(session, world.phone.project_id, at("2020-01-01"))
    assert (told.actor_id, told.details["files"]) == (world.phone.id, 1)
    assert (listed.submitter, listed.records, listed.files) == ("ទូរសព្ទ អរុណ", 1, 1)


@pytest.mark.each_database
def test_s42_a_spill_in_a_later_request_is_dropped_too(
    world: SealedWorld, app: Flask, settings: Settings, database_url: str
) -> None:
    record = world.record(media={NAME: PHOTO}, village=VILLAGE, spills=True)
    assert world.send(record, "submission.xml.enc").status_code == 201
    assert world.send(record, NAME).status_code == 202
    assert world.send(record, f"{NAME}.enc").status_code == 201
    assert stored_names() == {f"{NAME}.enc", "submission.xml.enc"}
    assert rows(SealAlarm) == 1
    assert found(app, settings, database_url) == []


def test_s42_where_the_xml_came_first_the_plain_file_never_touches_the_disk(
    world: SealedWorld, app: Flask
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    reception = Reception(SYSTEM, world.phone.project_id, blobs)
    reception.xml(world.record(media={NAME: PHOTO}).xml)
    assert reception.draft(NAME, NAME) is None
    assert not list(blobs.staging.iterdir())
    draft = reception.draft(f"{NAME}.enc", f"{NAME}.enc")
    assert draft is not None
    reception.discard()


def test_s42_where_it_came_last_what_lay_there_for_a_moment_has_lost_its_key(
    world: SealedWorld, app: Flask
) -> None:
    record = world.record(media={NAME: PHOTO}, spills=True)
    keys.current().take(world.phone.project_id)
    keys.current().stand_in("the first makes its key")
    before = keys.current().count()
    assert world.send(record, xml_last=True).status_code == 201
    assert keys.current().count() == before - 1
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert not list(blobs.staging.iterdir())


def test_sealed_leftovers_of_a_phone_are_dropped_without_an_alarm(world: SealedWorld) -> None:
    record = world.record(media={"a.jpg": b"a"})
    files = {**record.files, "old.jpg.enc": b"noise"}
    assert world.post(record.xml, files).status_code == 201  # type: ignore[arg-type]
    assert stored_names() == {"a.jpg.enc", "submission.xml.enc"}
    assert rows(SealAlarm) == 0


# --- sent in clear ------------------------------------------------------------------------------
@pytest.mark.each_database
@pytest.mark.parametrize("xml_last", [False, True])
@pytest.mark.parametrize("version", ["1", "2", "9"])
def test_s42_a_record_in_clear_to_a_sealed_form_opens_with_the_offline_key_alone(
    world: SealedWorld,
    app: Flask,
    settings: Settings,
    database_url: str,
    temporary: Path,
    version: str,
    xml_last: bool,
) -> None:
    xml = an_instance("uuid:open", version=version, village=VILLAGE, photo="a.jpg", sound="b.mp3")
    answer = world.post(xml, {"b.mp3": b"la" * 9, "a.jpg": PHOTO}, xml_last=xml_last)
    assert answer.status_code == 201
    assert b'isComplete="true"' in answer.data
    assert stored_names() == {"a.jpg.enc", "b.mp3.enc", "submission.xml.enc"}
    assert b"uuid:open" in everything(settings, database_url)
    assert found(app, settings, database_url) == []
    assert not list(temporary.iterdir())
    assert opened(app) == {"a.jpg": PHOTO, "b.mp3": b"la" * 9, "submission.xml": xml.encode()}
    with pytest.raises(Unsealable):
        opened(app, OTHER_KEYS.pem)
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    assert row.sealed_to == KEYS.fingerprint
    assert "sent_open" in row.flags
    assert rows(SealAlarm, kind=AlarmKind.SENT_OPEN, submitter_id=world.phone.id) == 1
    assert rows(audit.AuditEntry, action="submission.sent_open") == 1
    assert rows(Household) == 0


def test_a_record_in_clear_may_come_in_several_requests_and_again(
    world: SealedWorld, app: Flask
) -> None:
    """A phone starts again from the first file, and repeats the XML each time."""
    xml = an_instance("uuid:open", village=VILLAGE, photo="a.jpg", sound="b.mp3")
    assert b'isComplete="false"' in world.post(xml, {}).data
    assert b'isComplete="false"' in world.post(xml, {"a.jpg": PHOTO}).data
    assert b'isComplete="true"' in world.post(xml.replace("</village>", "</village> "), {
        "a.jpg": PHOTO, "b.mp3": b"la"}).data  # fmt: skip
    assert world.post(xml, {"a.jpg": PHOTO, "b.mp3": b"la"}).status_code == 202
    assert rows(Submission) == 1
    assert rows(Attachment) == 3
    assert opened(app)["b.mp3"] == b"la"
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert len(list(blobs.older_than(2e10))) == 3


def test_other_answers_in_clear_under_one_id_are_kept_beside(
    world: SealedWorld, app: Flask
) -> None:
    assert world.post(an_instance("uuid:open", village="ក"), {}).status_code == 201
    assert world.post(an_instance("uuid:open", village=VILLAGE), {}).status_code == 202
    assert rows(Submission, state=State.QUEUED, sealed_to=KEYS.fingerprint) == 1
    assert VILLAGE.encode() not in readable(app)


def test_an_edit_in_clear_replaces_and_carries_no_file_it_could_not_open(
    world: SealedWorld, app: Flask
) -> None:
    base = an_instance("uuid:1", photo="a.jpg")
    edit = an_instance("uuid:2", photo="a.jpg", village=VILLAGE, deprecated_id="uuid:1")
    assert world.post(base, {"a.jpg": PHOTO}).status_code == 201
    answer = world.post(edit, {})
    assert answer.status_code == 201
    assert b'isComplete="false"' in answer.data
    assert world.post(edit, {"a.jpg": PHOTO}).status_code == 201
    assert rows(Submission, state=State.CURRENT, files_present=2) == 1
    drain(app)
    assert rows(Submission, state=State.SUPERSEDED) == 1


def test_a_late_base_gives_a_sealed_edit_no_files(world: SealedWorld, app: Flask) -> None:
    edit = an_instance("uuid:2", photo="a.jpg", deprecated_id="uuid:1")
    assert world.post(edit, {}).status_code == 202
    assert world.post(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": PHOTO}).status_code == 201
    drain(app)
    assert rows(Submission, instance_id="uuid:2", state=State.CURRENT, files_present=1) == 1


def test_without_an_id_it_gets_one_that_tells_nothing(world: SealedWorld, app: Flask) -> None:
    xml = an_instance(with_id=False, village=VILLAGE)
    assert world.post(xml, {}).status_code == 201
    assert world.post(xml, {}).status_code == 202
    with reading() as session:
        row = session.scalars(sa.select(Submission)).one()
    assert row.instance_id != instance_id_for(xml.encode())
    assert opened(app)["submission.xml"] == xml.encode()


def test_a_record_in_clear_of_a_version_that_was_sealed_stays_sealed(
    world: SealedWorld, app: Flask
) -> None:
    """The team gave the key up; a phone with version 2 that did not encrypt promised it still."""
    publish(app, world.phone.project_id, sealed_form("3", None), "none")
    assert world.post(an_instance("uuid:2", version="2", village=VILLAGE), {}).status_code == 201
    assert world.post(an_instance("uuid:3", version="3"), {}).status_code == 201
    assert rows(Submission, sealed_to=KEYS.fingerprint) == 1
    assert rows(Submission, sealed_to=None) == 1
    assert VILLAGE.encode() not in readable(app)


def test_after_a_change_of_key_records_in_clear_are_sealed_to_the_new_one(
    world: SealedWorld, app: Flask
) -> None:
    publish(
        app, world.phone.project_id, sealed_form("3", OTHER_KEYS.public), OTHER_KEYS.fingerprint
    )
    assert world.post(an_instance("uuid:2", version="2"), {}).status_code == 201
    assert rows(Submission, sealed_to=OTHER_KEYS.fingerprint) == 1
    assert opened(app, OTHER_KEYS.pem)["submission.xml"]


def test_what_was_taken_back_stays_so_when_a_phone_sends_it_again_in_clear(
    world: SealedWorld, app: Flask
) -> None:
    xml = an_instance("uuid:open", photo="a.jpg")
    assert world.post(xml, {"a.jpg": PHOTO}).status_code == 201
    with unit_of_work() as session:
        pk = session.scalars(sa.select(Submission.submission_pk)).one()
        taken = erasing.find_rows(session, world.phone.project_id, [pk])
        erasing.erase(session, world.phone.project_id, taken, clock.now())
    before = rows(SealAlarm)
    assert world.post(xml, {"a.jpg": PHOTO}).status_code == 202
    assert rows(Attachment) == 0
    assert rows(SealAlarm) == before
    assert rows(Submission, state=State.ERASED, sealed_to=None) == 1


def test_a_cut_request_leaves_nothing_of_a_sealed_form(world: SealedWorld, app: Flask) -> None:
    body, kind = multipart(an_instance("uuid:1", photo="a.jpg"), {"a.jpg": PHOTO})
    answer = world.phone.client.post(
        f"{world.phone.base}/submission",
        input_stream=io.BytesIO(body[:-50_000]),
        content_length=len(body),
        content_type=kind,
    )
    assert answer.status_code == 400
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert not list(blobs.staging.iterdir())
    assert rows(Submission) == 0


def test_an_ordinary_form_of_the_same_project_is_read_as_ever(
    world: SealedWorld, app: Flask
) -> None:
    with unit_of_work() as session:
        a_form(session, world.phone.project_id, "other")
    xml = an_instance("uuid:1", form_id="other", village=VILLAGE)
    assert world.post(xml, {}).status_code == 201
    assert VILLAGE.encode() in readable(app)
    assert rows(Submission, sealed_to=None) == 1
