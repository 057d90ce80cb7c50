"""What people sent lies sealed: the database and the disk alone say nothing of it."""

from __future__ import annotations

import base64
import hashlib
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.entities import actions as entities
from service.facts import actions as facts
from service.foundation import keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.sealing import Unsealable, boxes, unseal
from service.foundation.settings import Settings
from service.intake import actions
from service.intake.actions.sealed import file_place, keys_of, opened_name, opened_xml, xml_place
from service.intake.tables import (
    Attachment,
    PreparedFile,
    Quarantined,
    QuarantinedFile,
    Submission,
    SubmissionXml,
)
from tests import media_files, postgres, unsealed
from tests.conftest import drain
from tests.factories import Phone, a_phone, an_instance

NAME = "ស្រីនាង-canary-7f3a"
FILE, OTHER_FILE = f"{NAME}-face.jpg", f"{NAME}-voice.m4a"
"""Phones take the names of files from what people typed."""
PHOTO = b"canary photo " * 9000


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_phone(app.test_client())


def send_all(phone: Phone) -> None:
    """A record with a photo, an edit that carries it, a contradiction, and XML nobody can read."""
    first = an_instance("uuid:1", village=NAME, photo=FILE)
    assert phone.send(first, {FILE: PHOTO}).status_code == 201
    edit = an_instance("uuid:2", village=NAME, photo=FILE, sound=OTHER_FILE, deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    assert phone.send(an_instance("uuid:2", village=f"other {NAME}")).status_code == 202
    assert phone.send(f"<data>{NAME}".encode(), {OTHER_FILE: PHOTO}).status_code == 202


def spelled(text: bytes) -> list[bytes]:
    return [
        text, text.hex().encode(), base64.b64encode(text)[:-4],
        hashlib.sha256(text).digest(), hashlib.sha256(text).hexdigest().encode(),
    ]  # fmt: skip


def everything(settings: Settings) -> bytes:
    """Database, its log, key store and blobs as they lie on the disk; of PostgreSQL its dump."""
    held = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())
    if settings.database_url.startswith("postgresql"):
        held += postgres.dump(settings.database_url)
    return held


def test_s38_s50_database_and_disk_hold_nothing_clear(phone: Phone, settings: Settings) -> None:
    send_all(phone)
    held = everything(settings)
    assert b"uuid:1" in held
    assert len(held) > 2 * len(PHOTO)
    for canary in (NAME.encode(), PHOTO[:40], *spelled(PHOTO)):
        assert canary not in held


CLEAR = {
    "the ID of a record": "uuid:canary-instance-7f3a",
    "the version of a form": "canary-version-7f3a",
    "what a client calls itself": "canary-agent-7f3a",
    "the name of a phone": "canary-phone-7f3a",
    "the name of somebody of the team": "canary-staff-7f3a",
    "the ID of an entity": "01a21d43-7f3a-4100-b51f-9bed68303fe6",
}


def test_s50_what_lies_in_clear_is_what_the_operator_is_told(
    app: Flask, settings: Settings
) -> None:
    """Machines and the team are known by it. A form must not build an ID of what people answer."""
    sender = a_phone(app.test_client())
    with unit_of_work() as session:
        name = CLEAR["the name of a phone"]
        made = accounts.create_app_user(session, SYSTEM, sender.project_id, name, None)
        accounts.create_user(
            session, SYSTEM, "x@example.org", Role.ANALYST, sender.project_id,
            name=CLEAR["the name of somebody of the team"],
        )  # fmt: skip
        entities.create_list(session, SYSTEM, sender.project_id, "clients")
        one = entities.given(CLEAR["the ID of an entity"], NAME, {})
        entities.create(session, SYSTEM, sender.project_id, "clients", [one])
    phone = Phone(client=sender.client, project_id=sender.project_id, token=made.token, id=made.id)
    xml = an_instance(CLEAR["the ID of a record"], village=NAME)
    xml = xml.replace('version="1"', f'version="{CLEAR["the version of a form"]}"')
    agent = {"HTTP_USER_AGENT": CLEAR["what a client calls itself"]}
    phone.client.environ_base.update(agent)
    assert phone.send(xml).status_code in (201, 202)
    held = everything(settings)
    told = (Path(__file__).parents[3] / "docs/for-operators.md").read_text("utf-8")
    for what, canary in CLEAR.items():
        is_there = canary.encode() in held or uuid_of(canary) in held
        assert is_there, f"{what} is sealed by now: take it out of the docs"
        assert what in told, what
    assert NAME.encode() not in held


def uuid_of(text: str) -> bytes:
    """As SQLite keeps it."""
    try:
        return uuid.UUID(text).bytes
    except ValueError:
        return b"not a UUID"


def test_everything_opens_with_the_keys(phone: Phone, app: Flask) -> None:
    send_all(phone)
    with reading() as session:
        assert all(NAME.encode() in xml for xml in unsealed.xmls(session))
        assert unsealed.quarantined(session) == [f"<data>{NAME}".encode()]
        blobs: LocalBlobs = app.extensions["samleng.blobs"]
        files = unsealed.files(session, blobs)
    assert files == [(FILE, PHOTO), (FILE, PHOTO), (OTHER_FILE, PHOTO)]


def test_s50_nobody_sees_which_records_have_files_that_are_called_alike(phone: Phone) -> None:
    for number in range(3):
        sent = an_instance(f"uuid:{number}", photo=FILE)
        assert phone.send(sent, {FILE: b"%d" % number}).status_code == 201
    with reading() as session:
        assert unsealed.names(session) == [FILE] * 3
        rows = session.scalars(sa.select(Attachment)).all()
        expected = session.scalars(sa.select(Submission.expected_files)).all()
    assert len({row.name_digest for row in rows}) == len({row.sealed_name for row in rows}) == 3
    assert sorted([row.name_digest] for row in rows) == sorted(expected)


def test_s39_names_that_were_exchanged_in_a_record_lead_no_edit_to_its_files(phone: Phone) -> None:
    base = an_instance("uuid:1", photo=FILE, sound=OTHER_FILE)
    assert phone.send(base, {FILE: b"a", OTHER_FILE: b"b"}).status_code == 201
    with unit_of_work() as session:
        one, two = session.scalars(sa.select(Attachment)).all()
        first, second = one.name_digest, two.name_digest
        one.name_digest = "-"
        session.flush()
        two.name_digest = first
        session.flush()
        one.name_digest = second
    edit = an_instance("uuid:2", photo=FILE, sound=OTHER_FILE, deprecated_id="uuid:1")
    assert phone.send(edit).status_code == 201
    with reading() as session:
        present = sa.select(Submission.files_present).where(Submission.instance_id == "uuid:2")
        assert session.scalar(present) == 0


def test_s39_a_name_that_was_put_in_the_place_of_another_does_not_open(phone: Phone) -> None:
    for number, name in enumerate((FILE, OTHER_FILE)):
        assert (
            phone.send(an_instance(f"uuid:{number}", photo=name), {name: b"a"}).status_code == 201
        )
    with reading() as session:
        one, two = session.scalars(sa.select(Attachment)).all()
    for sealed, key_pk, record in (
        (two.sealed_name, one.key_pk, one.submission_pk),
        (two.sealed_name, two.key_pk, one.submission_pk),
        (one.sealed_name, one.key_pk, two.submission_pk),
    ):
        key = keys.current().find(phone.project_id, key_pk)
        assert key is not None
        with pytest.raises(Unsealable):
            opened_name(key, phone.project_id, record, sealed)


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


def test_s38_a_record_has_a_key_for_each_class_and_each_file_one(phone: Phone) -> None:
    send_all(phone)
    with reading() as session:
        of_xml = session.scalars(sa.select(SubmissionXml)).all()
        of_files = dict(session.execute(sa.select(Attachment.blob, Attachment.key_pk)).all())
        told = [key for row in of_xml for key in keys_of(row)] + list(of_files.values())
        assert len(set(told)) == len(told)
        for row in of_xml:
            assert [row.identity_key_pk, row.testimony_key_pk].count(None) == 1, "a village alone"
            found = keys.current().find_many(row.project_id, keys_of(row))
            whole = opened_xml(row.project_id, row, row.xml, found)
            without = {key: found[key] for key in found if key == row.key_pk}
            masked = opened_xml(row.project_id, row, row.xml, without)
            assert NAME.encode() in whole
            assert NAME.encode() not in masked
            assert len(masked) > 200
            stolen = found[row.key_pk or uuid.UUID(int=0)]
            assert NAME.encode() not in unseal(
                stolen, xml_place(row.project_id, row.submission_pk), row.xml
            )


def test_an_installation_that_stored_in_clear_is_sealed_and_knows_its_records(
    phone: Phone, app: Flask, settings: Settings, database_url: str
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    send_all(phone)
    _as_before(blobs)
    assert actions.seal_stored(blobs) == 9
    assert actions.seal_stored(blobs) == 0
    with reading() as session:
        told = sa.select(AuditEntry.details).where(AuditEntry.action == "submission.seal_stored")
        assert session.scalars(told).all() == [{"rows": 9}]
        for table in (SubmissionXml, Attachment, Quarantined, QuarantinedFile):
            assert session.scalar(sa.select(sa.func.count()).where(table.key_pk.is_(None))) == 0
        assert unsealed.files(session, blobs) == [
            (FILE, PHOTO), (FILE, PHOTO), (OTHER_FILE, PHOTO)
        ]  # fmt: skip
    for name in blobs.older_than(2e10):
        assert PHOTO[:40] not in blobs.read(name)
    first = an_instance("uuid:1", village=NAME, photo=FILE)
    assert b"submit_duplicate" in phone.send(first, {FILE: PHOTO}).data


class Killed(BaseException):
    """What a signal may do between two pages."""


def test_s38_s50_an_installation_that_named_files_in_clear_has_them_sealed_whenever_it_is_killed(
    phone: Phone, app: Flask, settings: Settings
) -> None:
    """Sealed contents, names in clear, copies made of the files: as release 0010 left them."""
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    send_all(phone)
    picture = {FILE: media_files.jpeg()}
    assert phone.send(an_instance("uuid:3", photo=FILE), picture).status_code == 201
    late = an_instance("uuid:5", photo=FILE, deprecated_id="uuid:4")
    assert phone.send(late).status_code == 202
    drain(app)
    assert actions.seal_stored(blobs) == 0
    with reading() as session:
        files = unsealed.files(session, blobs)
        before = _named_rows(session)
    _names_as_before()
    assert FILE.encode() in everything(settings)

    def killed(_done: int) -> None:
        raise Killed

    pages = 0
    while True:
        try:
            actions.seal_stored(blobs, killed)
            break
        except Killed:
            pages += 1
    assert pages == 2, "submissions with their files, and quarantine"
    with reading() as session:
        assert unsealed.files(session, blobs) == files
        assert _named_rows(session) == before
    assert b"canary-7f3a" not in everything(settings)
    again = an_instance("uuid:1", village=NAME, photo=FILE)
    assert b"submit_duplicate" in phone.send(again, {FILE: PHOTO}).data
    base = an_instance("uuid:4", photo=FILE)
    assert phone.send(base, {FILE: b"late"}).status_code == 201
    drain(app)
    with reading() as session:
        present = sa.select(Submission.files_present).where(Submission.instance_id == "uuid:5")
        assert session.scalar(present) == 1


def _named_rows(session: Session) -> list[tuple[str, ...]]:
    """Stand-ins wherever they stand."""
    files = (table.name_digest for table in (Attachment, QuarantinedFile, PreparedFile))
    found = [(name,) for column in files for name in session.scalars(sa.select(column))]
    expected = session.scalars(sa.select(Submission.expected_files))
    return sorted([*found, *map(tuple, expected)])


def _names_as_before() -> None:
    """Rows as the release before left them: names in clear, and MACs over these."""
    with unit_of_work() as session:
        for table, record in ((Attachment, "submission_pk"), (QuarantinedFile, "quarantined_pk")):
            for row in session.scalars(sa.select(table)):
                key, name = keys.current().find(row.project_id, row.key_pk), unsealed.name(row)
                assert key is not None
                place = file_place(row.project_id, getattr(row, record), name)
                row.bound, row.sealed_name = boxes.binding(key, place, row.blob), None
                row.name_digest = name
        session.flush()
        _expected_as_before(session)


def _expected_as_before(session: Session) -> None:
    """As the migration leaves it: the names in a wrapping. They are those that `send_all` gives."""
    for row in session.scalars(sa.select(Submission).where(Submission.files_expected > 0)):
        names = [FILE, OTHER_FILE][: row.files_expected]
        row.expected_files = {"names": names}


def test_s38_what_was_moved_before_is_not_bound_by_sealing_its_name(
    phone: Phone, app: Flask
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert phone.send(an_instance("uuid:1", photo=FILE), {FILE: b"a"}).status_code == 201
    _names_as_before()
    with unit_of_work() as session:
        row = session.scalars(sa.select(Attachment)).one()
        row.bound = bytes(16)
    assert actions.seal_stored(blobs) == 1
    with reading() as session:
        row = session.scalars(sa.select(Attachment)).one()
    assert unsealed.name(row) == FILE
    assert row.bound == bytes(16)


def test_s38_the_name_of_a_file_whose_key_was_destroyed_before_is_gone(
    phone: Phone, app: Flask
) -> None:
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert phone.send(an_instance("uuid:1", photo=FILE), {FILE: b"a"}).status_code == 201
    _names_as_before()
    with reading() as session:
        keys.current().destroy(phone.project_id, session.scalars(sa.select(Attachment.key_pk)))
    assert actions.seal_stored(blobs) == 1
    assert actions.seal_stored(blobs) == 0
    with reading() as session:
        row = session.scalars(sa.select(Attachment)).one()
    assert (row.sealed_name, len(row.name_digest)) == (b"", 32)


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
    _names_as_before()
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
