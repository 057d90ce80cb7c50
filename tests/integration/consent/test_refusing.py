"""Who refused that the record be kept leaves a refusal to be counted, and nothing else anywhere."""

from __future__ import annotations

import signal
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.app import create_app
from service.consent import actions
from service.consent.actions.erasing import today
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts import queries as fact_queries
from service.facts.tables import Consent, Person
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.job_queue import JobRow
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import Attachment, PreparedFile, State, Submission, SubmissionXml
from tests import media_files
from tests.conftest import close, drain
from tests.factories import Phone
from tests.integration.consent.installation import do_and_be_killed
from tests.survivors import a_survivors_phone, told
from tests.web.people import bearer

NO = {"store": "no", "name": "ស្រីមុំ", "wish": "ខ្ញុំមិនចង់", "photo": "a.jpg", "code": "7K2M-9QXT-4RWD"}


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


def rows(table: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def refuse(phone: Phone) -> None:
    answer = phone.send(told("uuid:1", **NO), {"a.jpg": media_files.jpeg()})
    assert answer.status_code == 201


def assert_only_the_refusal_is_left(app: Flask, phone: Phone) -> None:
    for table in (SubmissionXml, Attachment, PreparedFile, Person, Withdrawal):
        assert rows(table) == 0, table
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert list(blobs.older_than(2e10)) == []
    with reading() as session:
        (row,) = session.scalars(sa.select(Submission))
        (said,) = session.scalars(sa.select(Consent))
        law = counting.conservation(session, phone.project_id)
        live = facts.describe(session, phone.project_id).sha256
    assert (row.state, row.instance_id, row.user_agent) == (State.EXPIRED, "", "")
    assert (said.refused, said.granted, said.code_digest) == (["store"], [], None)
    assert (said.adm1, said.adm2, said.adm3, said.adm4) == ("02", *["unknown"] * 3)
    assert row.place in (None, "02")
    assert law.holds
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live
        fact_queries.delete_ended(session.connection(), phone.project_id, today())
    assert rows(Consent) == 1


def test_s44_of_a_refusal_nothing_is_kept_but_the_tally(app: Flask, phone: Phone) -> None:
    refuse(phone)
    with reading() as session:
        xml_key = session.scalar(sa.select(SubmissionXml.key_pk))
        file_key = session.scalar(sa.select(Attachment.key_pk))
    assert xml_key is not None
    assert file_key is not None
    drain(app)
    assert_only_the_refusal_is_left(app, phone)
    assert not keys.current().held(phone.project_id, [xml_key, file_key])
    assert rows(AuditEntry, AuditEntry.action == "consent.refuse") == 1


def test_s46_a_refusal_that_is_sent_again_is_answered_and_nothing_is_kept(
    app: Flask, phone: Phone
) -> None:
    refuse(phone)
    drain(app)
    for xml in (told("uuid:1", **NO), told("uuid:1", **{**NO, "store": "yes"})):
        assert phone.send(xml, {"a.jpg": media_files.jpeg()}).status_code == 202
    drain(app)
    assert_only_the_refusal_is_left(app, phone)


def test_who_says_yes_at_a_later_visit_waits_for_a_coordinator(app: Flask, phone: Phone) -> None:
    refuse(phone)
    drain(app)
    assert phone.send(told("uuid:2", edits="uuid:1")).status_code in (201, 202)
    drain(app)
    assert rows(Submission, Submission.state == State.QUEUED) == 1
    assert rows(Person) == 0
    assert rows(Consent) == 1


def test_s45_an_edit_that_refuses_waits_for_a_coordinator_and_is_read_by_nobody_meanwhile(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    """A phone may have been taken: whoever holds it shall not empty a project."""
    chanthou = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1"))
    drain(app)
    phone.send(told("uuid:2", edits="uuid:1", **NO))
    drain(app)
    drain(app)
    address = f"/v1/projects/{phone.project_id}/withdrawals"
    (asked,) = phone.client.get(address, headers=chanthou).json["items"]
    assert asked["status"] == "waiting"
    assert rows(SubmissionXml) == 2
    xml = f"/v1/projects/{phone.project_id}/forms/survivor/submissions/uuid:1.xml"
    shown = phone.client.get(f"{xml}?purpose=work", headers=chanthou)
    assert NO["wish"] not in shown.text
    agreed = actions.decide(
        SYSTEM, phone.project_id, uuid.UUID(asked["id"]), agree=True,
        blobs=app.extensions["samleng.blobs"],
    )  # fmt: skip
    assert agreed.status == "done"
    assert rows(SubmissionXml) == rows(Consent) == 0


POINTS = ("after_erasure_listed", "after_erasure_commit", "after_keys_destroyed")


@pytest.mark.parametrize("point", POINTS)
def test_s45_s49_a_refusal_whose_erasing_is_killed_is_erased_at_the_next_start(
    app: Flask, phone: Phone, settings: Settings, point: str
) -> None:
    refuse(phone)
    with reading() as session:
        key = session.scalar(sa.select(Submission.submission_pk))
        assert key is not None
    blobs = "app.extensions['samleng.blobs']"
    act = (
        f"from service.facts import actions as f;import uuid;k=[uuid.UUID({key.hex!r})];"
        f"f.project_received({phone.project_id},k);"
        f"actions.erase_refused({phone.project_id},k,{blobs})"
    )
    assert do_and_be_killed(settings, act, point) == -signal.SIGKILL
    close()
    again = create_app(settings)
    assert again.test_client().get("/readyz", base_url=settings.public_url).status_code == 200
    with unit_of_work() as session:
        session.execute(sa.update(JobRow).values(due_at=clock.now()))
    drain(again)
    for table in (SubmissionXml, Attachment, PreparedFile, Person):
        assert rows(table) == 0, table
    assert rows(Consent) == 1
    left: LocalBlobs = again.extensions["samleng.blobs"]
    assert list(left.older_than(2e10)) == []
