"""What people sent lies sealed: the database and the disk alone say nothing of it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from service.facts import actions as facts
from service.foundation import keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake import actions
from service.intake.tables import (
    Attachment,
    Quarantined,
    QuarantinedFile,
    Submission,
    SubmissionXml,
)
from tests import postgres, unsealed
from tests.factories import Phone, a_phone, an_instance

NAME = "ស្រីនាង-canary-7f3a"
PHOTO = b"canary photo " * 9000


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_phone(app.test_client())


def send_all(phone: Phone) -> None:
    """A record with a photo, an edit that carries it, a contradiction, and XML nobody can read."""
    first = an_instance("uuid:1", village=NAME, photo="a.jpg")
    assert phone.send(first, {"a.jpg": PHOTO}).status_code == 201
    edit = an_instance("uuid:2", village=NAME, photo="a.jpg", deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    assert phone.send(an_instance("uuid:2", village=f"other {NAME}")).status_code == 202
    assert phone.send(f"<data>{NAME}".encode(), {"b.jpg": PHOTO}).status_code == 202


def spelled(text: bytes) -> list[bytes]:
    return [
        text, text.hex().encode(), base64.b64encode(text)[:-4],
        hashlib.sha256(text).digest(), hashlib.sha256(text).hexdigest().encode(),
    ]  # fmt: skip


def test_s38_database_and_disk_hold_nothing_clear(
    phone: Phone, settings: Settings, database_url: str
) -> None:
    send_all(phone)
    held = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    if database_url.startswith("postgresql"):
        held += postgres.dump(database_url)
    assert b"uuid:1" in held
    assert len(held) > 2 * len(PHOTO)
    for canary in (NAME.encode(), PHOTO[:40], *spelled(PHOTO)):
        assert canary not in held


def test_everything_opens_with_the_keys(phone: Phone, app: Flask) -> None:
    send_all(phone)
    with reading() as session:
        assert all(NAME.encode() in xml for xml in unsealed.xmls(session))
        assert unsealed.quarantined(session) == [f"<data>{NAME}".encode()]
        blobs: LocalBlobs = app.extensions["samleng.blobs"]
        files = unsealed.files(session, blobs)
    assert files == [("a.jpg", PHOTO), ("a.jpg", PHOTO), ("b.jpg", PHOTO)]


def test_s39_records_whose_ciphertexts_were_swapped_are_not_read(phone: Phone) -> None:
    for instance in ("uuid:1", "uuid:2", "uuid:3"):
        phone.send(an_instance(instance))
    with unit_of_work() as session:
        rows = session.scalars(sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk)).all()
        one, two, three = rows
        one.xml, two.xml = two.xml, one.xml
        one.key_pk, two.key_pk = two.key_pk, one.key_pk
        still = three.submission_pk
    with reading() as session:
        from service.intake.actions.sealed import with_xml
        from service.intake.queries.projecting import list_for_projection

        everybody = session.scalars(sa.select(Submission.submission_pk)).all()
        listed = list_for_projection(session, phone.project_id, everybody)
    assert [row.submission_pk for row in with_xml(phone.project_id, listed)] == [still]


def test_a_record_whose_key_is_destroyed_has_no_facts_when_they_are_computed_again(
    phone: Phone,
) -> None:
    phone.send(an_instance("uuid:1"))
    with reading() as session:
        row = session.scalars(sa.select(SubmissionXml)).one()
    assert row.key_pk is not None
    keys.current().destroy(phone.project_id, [row.key_pk])
    with unit_of_work() as session:
        facts.rebuild(session, phone.project_id)


def test_an_installation_that_stored_in_clear_is_sealed_and_knows_its_records(
    phone: Phone, app: Flask, settings: Settings, database_url: str
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    send_all(phone)
    _as_before(blobs)
    assert actions.seal_stored(blobs) == 7
    assert actions.seal_stored(blobs) == 0
    with reading() as session:
        for table in (SubmissionXml, Attachment, Quarantined, QuarantinedFile):
            assert session.scalar(sa.select(sa.func.count()).where(table.key_pk.is_(None))) == 0
        assert unsealed.files(session, blobs) == [
            ("a.jpg", PHOTO), ("a.jpg", PHOTO), ("b.jpg", PHOTO)
        ]  # fmt: skip
    for name in blobs.older_than(2e10):
        assert PHOTO[:40] not in blobs.read(name)
    first = an_instance("uuid:1", village=NAME, photo="a.jpg")
    assert b"submit_duplicate" in phone.send(first, {"a.jpg": PHOTO}).data


def test_an_installation_that_knew_instances_by_their_ids_knows_them_by_stand_ins(
    phone: Phone,
) -> None:
    """As a migration leaves it, which knows no keys; killed in between, it goes on."""
    for number in range(3):
        assert phone.send(an_instance(f"uuid:{number}")).status_code == 201
    with unit_of_work() as session:
        rows = session.scalars(sa.select(Submission).order_by(Submission.submission_pk)).all()
        keyed = [row.instance_digest for row in rows]
        for row in rows[:2]:
            row.instance_digest = hashlib.sha256(row.instance_id.encode()).digest()[:20]
    assert actions.key_instances([phone.project_id]) == 2
    assert actions.key_instances([phone.project_id]) == 0
    with reading() as session:
        rows = session.scalars(sa.select(Submission).order_by(Submission.submission_pk)).all()
        assert [row.instance_digest for row in rows] == keyed
    assert phone.send(an_instance("uuid:0")).status_code == 202


STAYS = {
    "project_id", "submission_pk", "form_pk", "record_pk", "instance_digest", "received_at",
}  # fmt: skip
"""Keys and the place, all random or numbers of ours, and when it came."""


def test_a_tombstone_says_of_every_column_what_becomes_of_it() -> None:
    """A column that is new must not outlive what is erased by being forgotten here."""
    from service.foundation import clock
    from service.intake.queries.erasing import tombstone

    columns = {column.name for column in Submission.__table__.columns}
    assert set(tombstone(clock.now())) | STAYS == columns
    assert not set(tombstone(clock.now())) & STAYS


def _as_before(blobs: LocalBlobs) -> None:
    """Rows and blobs as the release before sealing left them."""
    with unit_of_work() as session:
        clear = unsealed.xmls(session)
        rows = session.scalars(sa.select(SubmissionXml).order_by(SubmissionXml.submission_pk))
        for row, xml in zip(rows, clear, strict=True):
            row.xml, row.key_pk = xml, None
            submission = session.get_one(Submission, (row.project_id, row.submission_pk))
            submission.xml_digest, submission.canonical_digest = unsealed.plain_hashes(xml)
        (quarantined,) = session.scalars(sa.select(Quarantined))
        quarantined.xml = f"<data>{NAME}".encode()
        quarantined.xml_digest = hashlib.sha256(quarantined.xml).digest()
        quarantined.key_pk = None
        photo = blobs.put(PHOTO).sha256
        for table in (Attachment, QuarantinedFile):
            for file in session.scalars(sa.select(table)):
                blobs.remove(file.blob)
                file.digest = file.blob = photo
                file.key_pk = file.bound = None
        session.flush()


def test_the_ring_lies_apart_from_the_data_by_default(tmp_path: Path) -> None:
    from service.foundation.settings import from_environment

    found = from_environment({"SAMLENG_DATA_DIR": str(tmp_path / "var")})
    assert tmp_path / "var" not in found.key_file.parents
    assert found.keys_database_url == f"sqlite:///{tmp_path}/var/keys.db"
    on_postgresql = "postgresql+psycopg://u@h/d"
    found = from_environment(
        {"SAMLENG_DATA_DIR": str(tmp_path / "var"), "SAMLENG_DATABASE_URL": on_postgresql}
    )
    assert found.keys_database_url == on_postgresql
