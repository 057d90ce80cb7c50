"""A record is removed with a reason and restored, through HTTP, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.facts import actions as facts
from service.facts.tables import Consent, Person
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import State, Submission, SubmissionXml
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_project
from tests.survivors import a_survivors_phone, told
from tests.web.pages_world import text_of
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

CODE = "7K2M-9QXT-4RWD"
LIST = "/p/battambang/submissions"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def rows(table: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def key_of(instance_id: str) -> str:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
        return str(session.scalars(query).one())


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        return list(
            session.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == action))
        )


def remove(phone: Phone, by: Headers, instance_id: str = "uuid:1", reason: str = "practice") -> int:
    address = f"{LIST}/{key_of(instance_id)}/remove"
    return phone.client.post(address, data={"reason": reason}, headers=by).status_code


def restore(phone: Phone, by: Headers, instance_id: str = "uuid:1") -> int:
    return phone.client.post(f"{LIST}/{key_of(instance_id)}/restore", headers=by).status_code


def checksum(phone: Phone) -> str:
    with reading() as session:
        return facts.describe(session, phone.project_id).sha256


def assert_a_rebuild_changes_nothing(phone: Phone) -> None:
    live = checksum(phone)
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live


def test_removed_it_counts_nowhere_at_once_and_restored_it_counts_again(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    for instance_id in ("uuid:1", "uuid:2"):
        assert phone.send(told(instance_id)).status_code == 201
    before = checksum(phone)
    assert remove(phone, chanthou) == 303
    assert rows(Person) == rows(Consent) == 1, "without any job"
    with reading() as session:
        assert counting.count_current(session, phone.project_id) == 1
        assert counting.conservation(session, phone.project_id).holds
    assert rows(SubmissionXml) == 2, "nothing is erased"
    assert_a_rebuild_changes_nothing(phone)
    assert restore(phone, chanthou) == 303
    drain(app)
    assert checksum(phone) == before
    assert_a_rebuild_changes_nothing(phone)
    assert entries("record.remove") == [{"reason": "practice"}]
    assert entries("record.restore") == [{}]


def test_c52_d7_sent_again_it_stays_removed(app: Flask, phone: Phone, chanthou: Headers) -> None:
    phone.send(told("uuid:1"))
    remove(phone, chanthou)
    assert phone.send(told("uuid:1")).status_code == 202
    drain(app)
    assert rows(Submission, Submission.deleted_at.is_(None)) == rows(Person) == 0
    assert len(entries("submission.resent_after_deletion")) == 1
    assert phone.send(told("uuid:1", size="5")).status_code == 202
    waiting = Submission.reason == "different_after_deletion"
    assert rows(Submission, Submission.state == State.QUEUED, waiting) == 1
    assert rows(Person) == 0


def test_a_record_is_removed_with_all_its_versions(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    drain(app)
    assert rows(Person) == 1
    assert remove(phone, chanthou, "uuid:1") == 303, "from the page of whichever version"
    assert rows(Person) == rows(Submission, Submission.deleted_at.is_(None)) == 0
    for again in (told("uuid:1"), told("uuid:2", edits="uuid:1", size="5")):
        assert phone.send(again).status_code == 202
    assert restore(phone, chanthou, "uuid:2") == 303
    drain(app)
    assert rows(Submission, Submission.deleted_at.is_not(None)) == 0
    assert rows(Person) == 1


def test_an_edit_that_came_meanwhile_takes_its_place_when_it_is_restored(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    remove(phone, chanthou)
    assert phone.send(told("uuid:2", edits="uuid:1", size="5")).status_code == 202
    drain(app)
    assert rows(Submission, Submission.reason == "deleted_base") == 1
    assert rows(Person) == 0
    restore(phone, chanthou)
    drain(app)
    assert rows(Submission, Submission.state == State.QUEUED) == 0
    assert rows(Submission, Submission.instance_id == "uuid:2", Submission.state == "current") == 1
    assert rows(Person) == 1


def test_without_a_reason_nothing_happens_and_twice_is_once(
    phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    for reason in ("", "because Sokha said so"):
        assert remove(phone, chanthou, reason=reason) == 400
    assert rows(Submission, Submission.deleted_at.is_not(None)) == 0
    assert restore(phone, chanthou) == 303, "what was never removed stays as it is"
    assert [remove(phone, chanthou) for _ in range(2)] == [303, 303]
    assert (len(entries("record.remove")), len(entries("record.restore"))) == (1, 0)


def test_pages_say_what_it_means_and_lead_back(phone: Phone, chanthou: Headers) -> None:
    phone.send(told("uuid:1"))
    get, record = phone.client.get, f"{LIST}/{key_of('uuid:1')}"
    assert f"{record}/remove" in get(record, headers=chanthou).get_data(as_text=True)
    asked = text_of(get(f"{record}/remove", headers=chanthou))
    assert "Nothing of it is erased" in asked
    assert "It was sent for practice." in asked
    assert "ដកកំណត់ត្រានេះចេញ" in text_of(get(f"{record}/remove?lang=km", headers=chanthou))
    remove(phone, chanthou)
    assert "uuid:1" not in text_of(get(LIST, headers=chanthou))
    assert "uuid:1" in text_of(get(f"{LIST}?state=deleted", headers=chanthou))
    page = get(record, headers=chanthou).get_data(as_text=True)
    assert f"{record}/restore" in page
    assert f"{record}/remove" not in page
    restore(phone, chanthou)
    page = text_of(get(f"{record}?news=restored&lang=en", headers=chanthou))
    assert "The record is restored." in page
    assert "uuid:1" in text_of(get(LIST, headers=chanthou))


def test_files_of_a_removed_record_are_opened_by_nobody(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    files = {"a.png": media_files.png()}
    phone.send(told("uuid:1", photo="a.png", contact="yes", share="yes"), files)
    drain(app)
    record = f"{LIST}/{key_of('uuid:1')}"
    assert "/files/" in phone.client.get(record, headers=chanthou).get_data(as_text=True)
    remove(phone, chanthou)
    assert "/files/" not in phone.client.get(record, headers=chanthou).get_data(as_text=True)


def test_s45_the_code_on_the_paper_erases_a_removed_record(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1", code=CODE))
    phone.send(told("uuid:2", code="AAAA-BBBB-CCCC"))
    remove(phone, chanthou, "uuid:1")
    remove(phone, chanthou, "uuid:2")
    body = {"code": CODE}
    asked = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json=body)
    assert asked.status_code == 201
    drain(app)
    assert rows(SubmissionXml) == 1
    assert rows(Submission, Submission.state == State.ERASED) == 1
    assert phone.client.post(
        f"{LIST}/{key_of('')}/restore", headers=chanthou
    ).status_code == 404  # fmt: skip


def test_what_waits_is_no_record_that_could_be_removed(phone: Phone, chanthou: Headers) -> None:
    phone.send(told("uuid:2", edits="uuid:1"))
    assert remove(phone, chanthou, "uuid:2") == 404


def test_dara_bopha_and_sokha_may_not(phone: Phone, settings: Settings) -> None:
    phone.send(told("uuid:1"))
    with unit_of_work() as session:
        elsewhere = a_project(session, "Elsewhere").id
    key = settings.secrets.jwt_key
    for role, project_id, area, status in (
        (Role.COORDINATOR, elsewhere, "", 404),
        (Role.COORDINATOR, phone.project_id, "24", 404),
        (Role.REVIEWER, phone.project_id, "", 403),
        (Role.ADVOCATE, phone.project_id, "", 403),
        (Role.COORDINATOR, phone.project_id, "02", 303),
    ):
        by = bearer(key, role, project_id, area)
        assert remove(phone, by) == restore(phone, by) == status, (role, area)


def test_an_edit_and_a_removal_at_once_leave_no_half_removed_record(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    """Whichever is first, no version counts while another is removed."""
    for n in range(8):
        phone.send(told(f"uuid:{n}-1"))
        edit, start = told(f"uuid:{n}-2", edits=f"uuid:{n}-1", size="5"), threading.Barrier(2)
        answers: list[int] = []

        def send(edit: str = edit, start: threading.Barrier = start) -> None:
            own = Phone(
                client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1
            )
            start.wait()
            own.send(edit)

        def take_out(n: int = n, start: threading.Barrier = start) -> None:
            own = Phone(
                client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1
            )
            start.wait()
            answers.append(remove(own, chanthou, f"uuid:{n}-1"))  # noqa: B023

        threads = [threading.Thread(target=send), threading.Thread(target=take_out)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [303]
        counts = Submission.state != State.QUEUED, Submission.deleted_at.is_(None)
        assert rows(Submission, *counts) == 0
    drain(app)
    assert rows(Person) == 0
    assert_a_rebuild_changes_nothing(phone)
