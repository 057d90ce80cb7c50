"""Consent taken back through HTTP: by the code on the paper, by advocate and coordinator."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.consent import actions
from service.consent.actions import asking
from service.consent.requests import HELD_FOR, IN_ALL_AN_HOUR, PER_NETWORK_AN_HOUR
from service.consent.tables import Withdrawal
from service.facts import actions as facts
from service.facts.tables import Consent, Person, RemovedCode
from service.foundation import clock, keys, throttling
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.keys import store
from service.foundation.settings import Settings
from service.intake.actions.receipts import reproject
from service.intake.queries import counting
from service.intake.tables import Attachment, Submission, SubmissionXml
from tests.conftest import drain
from tests.factories import Phone
from tests.survivors import a_survivors_phone, told
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

CODE, OTHER_CODE = "7K2M-9QXT-4RWD", "AAAA-BBBB-CCCC"
LATER = dt.datetime(2027, 1, 21, tzinfo=dt.UTC)
PHOTO = b"canary photo " * 9000


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> dict[str, str]:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def rows(table: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def acts(action: str) -> int:
    return rows(AuditEntry, AuditEntry.action == action)


def ask(phone: Phone, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    return phone.client.post(
        f"/v1/projects/{phone.project_id}/withdrawals", json=body, headers=headers
    )


def assert_nothing_is_left(phone: Phone, app: Flask) -> None:
    for table in (Person, Consent, SubmissionXml, Attachment):
        assert rows(table) == 0, table
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert list(blobs.older_than(2e10)) == []
    with reading() as session:
        law = counting.conservation(session, phone.project_id)
        assert {row.instance_id for row in session.scalars(sa.select(Submission))} == {""}
    assert law.holds
    assert law.erased == law.received > 0


def assert_a_rebuild_changes_nothing(phone: Phone) -> None:
    with reading() as session:
        live = facts.describe(session, phone.project_id).sha256
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live


# --- by the code on the paper -------------------------------------------------------------------
def test_s45_the_code_on_the_paper_erases_the_record_without_sign_in(
    phone: Phone, app: Flask
) -> None:
    first = told("uuid:1", code=CODE, photo="a.jpg")
    assert phone.send(first, {"a.jpg": PHOTO}).status_code == 201
    answer = ask(phone, {"code": "7k2m 9qxt4rwd"})
    assert answer.status_code == 201
    assert answer.json == {"id": answer.json["id"], "status": "received"}
    assert_nothing_is_left(phone, app)
    assert acts("consent.withdraw") == 1
    assert_a_rebuild_changes_nothing(phone)


def test_the_answer_to_a_code_is_the_same_whether_or_not_it_is_known(phone: Phone) -> None:
    phone.send(told("uuid:1", code=CODE))
    known, unknown = ask(phone, {"code": CODE}), ask(phone, {"code": "0000-0000-0000"})
    assert known.status_code == unknown.status_code == 201
    assert {**known.json, "id": ""} == {**unknown.json, "id": ""}
    headers = [
        {k: v for k, v in a.headers.items() if k != "X-Request-Id"} for a in (known, unknown)
    ]
    assert headers[0] == headers[1]


def test_a_code_is_nowhere_in_clear(phone: Phone, settings: Settings, database_url: str) -> None:
    phone.send(told("uuid:1", code=CODE))
    ask(phone, {"code": "ABCD-EFGH-JKMN"})
    with reading() as session:
        held = repr(session.execute(sa.text("SELECT * FROM consents")).all())
        held += repr(session.execute(sa.text("SELECT * FROM withdrawals")).all())
    for code in (CODE, "ABCD-EFGH-JKMN"):
        assert code not in held
        assert code.replace("-", "") not in held


def flood(phone: Phone) -> list[str]:
    return [ask(phone, {"code": f"{n:012}"}).json["status"] for n in range(PER_NETWORK_AN_HOUR + 2)]


def test_of_whoever_tries_codes_only_some_are_held(phone: Phone) -> None:
    assert flood(phone) == ["received"] * PER_NETWORK_AN_HOUR + ["received_now"] * 2
    assert rows(Withdrawal) == acts("consent.ask") == PER_NETWORK_AN_HOUR


def test_s45_nobody_shuts_the_door_for_others_by_trying_codes(phone: Phone, app: Flask) -> None:
    """And nobody learns by the answer who was visited."""
    phone.send(told("uuid:1", code=CODE))
    with unit_of_work() as session:
        for _ in range(IN_ALL_AN_HOUR):
            throttling.count(session, "code", most=IN_ALL_AN_HOUR, window=throttling.HOUR)
    known, unknown = ask(phone, {"code": CODE}), ask(phone, {"code": "0000-0000-0000"})
    assert known.status_code == unknown.status_code == 201
    assert {**known.json, "id": ""} == {**unknown.json, "id": ""} == {
        "id": "", "status": "received_now",
    }  # fmt: skip
    assert_nothing_is_left(phone, app)


def test_a_short_code_that_a_record_carries_waits_however_many_are_tried(
    phone: Phone, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", code="BTB-7731"))
    flood(phone)
    known, unknown = ask(phone, {"code": "BTB7731"}), ask(phone, {"code": "BTB7732"})
    assert {**known.json, "id": ""} == {**unknown.json, "id": ""}
    address = f"/v1/projects/{phone.project_id}/withdrawals"
    found = phone.client.get(address, headers=chanthou).json["items"]
    assert [(one["status"], one["id"]) for one in found] == [("waiting", known.json["id"])]


def test_codes_that_no_record_came_with_end_and_leave_no_line_behind(
    phone: Phone, app: Flask
) -> None:
    asked = ask(phone, {"code": CODE}).json["id"]
    flood(phone)
    assert list(keys.current().erasures.read()) == []
    actions.forget_codes()
    assert rows(Withdrawal) == PER_NETWORK_AN_HOUR
    phone.send(told("uuid:1", code=CODE))  # nobody has looked yet
    with clock.frozen(clock.now() + HELD_FOR + dt.timedelta(days=1)):
        actions.forget_codes()
    with reading() as session:
        assert session.scalars(sa.select(Withdrawal.withdrawal_pk)).all() == [uuid.UUID(asked)]
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 1
    listed = [(entry["what"], entry["withdrawal"]) for entry in keys.current().erasures.read()]
    assert listed == [("code", uuid.UUID(asked).hex), ("erase", uuid.UUID(asked).hex)]


def test_more_codes_than_can_be_compared_are_not_held(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_HELD", 3)
    assert flood(phone)[:4] == ["received"] * 3 + ["received_now"]


def test_uses_taken_back_by_a_code_before_the_record_came_are_denied(
    phone: Phone, app: Flask
) -> None:
    ask(phone, {"code": CODE, "scopes": ["stats"]})
    phone.send(told("uuid:1", code=CODE))
    assert rows(Person, Person.stats) == 1
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 1
    assert (rows(Person), rows(Person, Person.stats)) == (1, 0)
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 0


def test_a_short_code_waits_for_a_coordinator(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", code="BTB-7731"))
    asked = ask(phone, {"code": "BTB7731"})
    assert asked.json["status"] == "received"
    assert rows(Person) == 1
    address = f"/v1/projects/{phone.project_id}/withdrawals/{asked.json['id']}"
    waiting = phone.client.get(address, headers=chanthou).json
    assert (waiting["status"], waiting["instances"]) == ("waiting", 1)
    phone.client.post(
        f"/p/battambang/withdrawals/{asked.json['id']}/decide",
        data={"agree": "yes"},
        headers=chanthou,
    )
    assert phone.client.get(address, headers=chanthou).json["status"] == "done"
    assert_nothing_is_left(phone, app)


def test_a_record_that_comes_after_its_code_was_given_is_silent(phone: Phone, app: Flask) -> None:
    ask(phone, {"code": CODE})
    assert phone.send(told("uuid:1", code=CODE)).status_code == 201
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 1
    assert_nothing_is_left(phone, app)
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 0


def test_a_later_consent_with_the_same_paper_is_a_new_one(phone: Phone, app: Flask) -> None:
    ask(phone, {"code": CODE})
    with clock.frozen(LATER):
        phone.send(told("uuid:1", code=CODE, again_on="2027-01-20", today="2026-11-20"))
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 0
    assert rows(Person) == 1


# --- for a record -------------------------------------------------------------------------------
def test_a_coordinator_takes_back_every_version_copy_and_waiting_edit(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": PHOTO})
    phone.send(told("uuid:2", edits="uuid:1", photo="a.jpg", sex="male"))
    assert phone.send(told("uuid:2", name="other"), {}).status_code == 202
    assert phone.send(told("uuid:4", edits="uuid:1", name="of an old version")).status_code == 202
    drain(app)
    asked = ask(phone, {"instance_id": "uuid:1", "reason": "asked"}, chanthou)
    assert (asked.status_code, asked.json["status"]) == (201, "done")
    assert_nothing_is_left(phone, app)
    assert rows(Submission) == 4
    drain(app)
    assert_nothing_is_left(phone, app)
    assert_a_rebuild_changes_nothing(phone)
    address = f"/v1/projects/{phone.project_id}/withdrawals/{asked.json['id']}"
    found = phone.client.get(address, headers=chanthou).json
    assert (found["instances"], found["reason"], found["counted"]) == (
        4, "asked", ["persons", "needs"],
    )  # fmt: skip
    assert {"submission.receive", "submission.queue"} <= {act["act"] for act in found["acts"]}


def test_others_are_left_alone(phone: Phone, chanthou: dict[str, str]) -> None:
    phone.send(told("uuid:1"))
    phone.send(told("uuid:other", photo="b.jpg"), {"b.jpg": PHOTO})
    ask(phone, {"instance_id": "uuid:1", "reason": "asked"}, chanthou)
    assert (rows(Person), rows(SubmissionXml), rows(Attachment)) == (1, 1, 1)
    assert_a_rebuild_changes_nothing(phone)


def test_free_text_about_why_is_not_kept(phone: Phone, chanthou: dict[str, str]) -> None:
    phone.send(told("uuid:1"))
    body = {"instance_id": "uuid:1", "reason": "Sok Dara of Ou Takoam said so"}
    asked = ask(phone, body, chanthou)
    address = f"/v1/projects/{phone.project_id}/withdrawals/{asked.json['id']}"
    assert phone.client.get(address, headers=chanthou).json["reason"] == "other"


@pytest.mark.parametrize("body", [{}, {"instance_id": "uuid:1"}, {"code": ""}, {"code": "ab"},
                                  {"code": CODE, "name": "x"}])  # fmt: skip
def test_what_is_incomplete_or_too_much_is_refused(
    phone: Phone, chanthou: dict[str, str], body: dict[str, str]
) -> None:
    phone.send(told("uuid:1"))
    assert ask(phone, body, chanthou).status_code == 400
    assert rows(Person) == 1


def test_an_advocate_takes_back_what_she_sent_and_nothing_else(
    phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    key = settings.secrets.jwt_key
    advocate = bearer(key, Role.ADVOCATE, phone.project_id)
    body = {"instance_id": "uuid:1", "reason": "asked"}
    assert ask(phone, body, advocate).status_code == 404
    who = phone.client.get("/v1/users/current", headers=advocate).json["id"]
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(submitter_id=who))
    asked = ask(phone, body, advocate)
    assert asked.status_code == 201
    address = f"/v1/projects/{phone.project_id}/withdrawals/{asked.json['id']}"
    assert phone.client.get(address, headers=advocate).status_code == 200
    another = bearer(key, Role.ADVOCATE, phone.project_id)
    assert phone.client.get(address, headers=another).status_code == 404


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.ANALYST, Role.FIELD_WORKER])
def test_dara_may_not(phone: Phone, settings: Settings, role: Role | None) -> None:
    phone.send(told("uuid:1"))
    who = bearer(settings.secrets.jwt_key, role, phone.project_id) if role else None
    answer = ask(phone, {"instance_id": "uuid:1", "reason": "asked"}, who)
    assert answer.status_code == (403 if role else 401)
    assert rows(Person) == 1


# --- resent -------------------------------------------------------------------------------------
def test_s46_a_phone_that_sends_it_again_does_not_bring_it_back(
    phone: Phone, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MADE_AHEAD", 64)  # none is made meanwhile
    first = told("uuid:1", code=CODE, photo="a.jpg")
    phone.send(first, {"a.jpg": PHOTO})
    ask(phone, {"code": CODE})
    held = keys.current().count()
    for files in ({}, {"a.jpg": PHOTO}):
        answer = phone.send(first, files)
        assert answer.status_code == 202
        assert b"submit_duplicate" in answer.data
        assert b"uuid:1" not in answer.data
    other = told("uuid:1", code=CODE, name="other answers")
    assert phone.send(other).status_code == 202
    edit = told("uuid:2", edits="uuid:1", code=CODE, photo="a.jpg")
    for _ in range(2):
        assert phone.send(edit, {"a.jpg": PHOTO}).status_code == 202
    assert phone.send(told("uuid:3", edits="uuid:2", code=CODE)).status_code == 202
    drain(app)
    assert_nothing_is_left(phone, app)
    assert acts("submission.resent_after_erasure") == 4
    assert acts("submission.receive_erased") == 2
    # Of six records a key each for identity and for the rest, of the four with a photo one for
    # testimony; of three photos: all destroyed.
    assert keys.current().count() == held - 6 * 2 - 4 - 3


def test_s46_an_edit_that_waited_for_an_edit_of_what_is_erased_goes_too(
    phone: Phone, app: Flask
) -> None:
    phone.send(told("uuid:1", code=CODE))
    assert phone.send(told("uuid:3", edits="uuid:2", photo="a.jpg"), {"a.jpg": PHOTO}).status_code
    ask(phone, {"code": CODE})
    assert rows(SubmissionXml) == 1
    assert phone.send(told("uuid:2", edits="uuid:1")).status_code == 202
    drain(app)
    assert_nothing_is_left(phone, app)


# --- narrower -----------------------------------------------------------------------------------
def test_taking_back_some_uses_keeps_the_record_and_ends_them(
    phone: Phone, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", quote="yes"))
    body = {"instance_id": "uuid:1", "reason": "asked", "scopes": ["stats"]}
    asked = ask(phone, body, chanthou)
    assert asked.json["status"] == "done"
    with reading() as session:
        person = session.scalars(sa.select(Person)).one()
    assert person.stats is False
    assert rows(SubmissionXml) == 1
    assert_a_rebuild_changes_nothing(phone)


def test_an_edit_may_narrow_and_widens_only_with_a_new_consent(phone: Phone, app: Flask) -> None:
    def counted() -> bool:
        drain(app)
        with reading() as session:
            return session.scalars(sa.select(Person.stats)).one()

    phone.send(told("uuid:1"))
    assert counted()
    phone.send(told("uuid:2", edits="uuid:1", stats="no"))
    assert not counted()
    phone.send(told("uuid:3", edits="uuid:2", stats="yes"))
    assert not counted()
    assert_a_rebuild_changes_nothing(phone)
    phone.send(told("uuid:4", edits="uuid:3", stats="yes", again_on="2026-11-22"))
    assert counted()
    assert_a_rebuild_changes_nothing(phone)


def test_scopes_taken_back_return_only_with_a_consent_of_a_later_day(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1"))
    ask(phone, {"instance_id": "uuid:1", "reason": "asked", "scopes": ["stats"]}, chanthou)
    phone.send(told("uuid:2", edits="uuid:1", again_on="2026-11-21"))
    drain(app)
    assert rows(Person, Person.stats) == 0
    phone.send(told("uuid:3", edits="uuid:2", again_on="2027-01-20"))
    drain(app)
    assert rows(Person, Person.stats) == 0  # a day to come
    with clock.frozen(LATER):
        phone.send(told("uuid:4", edits="uuid:3", again_on="2027-01-20"))
        drain(app)
    assert rows(Person, Person.stats) == 1


def test_the_paper_has_no_name_and_every_unknown_id_is_404(
    phone: Phone, chanthou: dict[str, str]
) -> None:
    address = f"/v1/projects/{phone.project_id}/withdrawals/{uuid.uuid4()}"
    assert phone.client.get(address, headers=chanthou).status_code == 404
    assert SYSTEM.id is None


# --- days: of consent by Cambodia's calendar, of codes by the clock -------------------------------
EARLY = dt.datetime(2026, 11, 19, 23, 0, tzinfo=dt.UTC)
"""06:00 on 20 November in Phnom Penh."""


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-21"], ids=["that day", "a fast clock"])
@pytest.mark.parametrize("comes_first", [True, False], ids=["record first", "code first"])
def test_s45_a_code_given_early_on_the_day_takes_back_at_once(
    phone: Phone, app: Flask, day: str, *, comes_first: bool
) -> None:
    with clock.frozen(EARLY):
        if comes_first:
            phone.send(told("uuid:1", code=CODE, today=day))
            ask(phone, {"code": CODE})
        else:
            ask(phone, {"code": CODE})
            phone.send(told("uuid:1", code=CODE, today=day))
            assert actions.honour_codes(app.extensions["samleng.blobs"]) == 1
    assert_nothing_is_left(phone, app)
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 0


def test_a_consent_of_the_day_but_one_after_the_code_is_a_new_one(phone: Phone, app: Flask) -> None:
    with clock.frozen(EARLY):
        ask(phone, {"code": CODE})
    with clock.frozen(EARLY + dt.timedelta(days=2)):
        phone.send(told("uuid:1", code=CODE, today="2026-11-22"))
        assert actions.honour_codes(app.extensions["samleng.blobs"]) == 0
    assert rows(Person) == 1


def remove(phone: Phone, chanthou: dict[str, str]) -> None:
    address = f"/v1/projects/{phone.project_id}/forms/survivor/submissions/uuid:1"
    reason = {"X-Action-Notes": "duplicate"}
    answer = phone.client.delete(address, headers={**chanthou, **reason})
    assert answer.status_code in (200, 204), answer.json


def test_s45_a_removed_record_is_taken_back_early_on_the_day_too(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", code=CODE, today=f"{clock.now() + dt.timedelta(days=1):%Y-%m-%d}"))
    remove(phone, chanthou)
    ask(phone, {"code": CODE})
    assert_nothing_is_left(phone, app)


def test_s45_a_removed_record_is_taken_back_however_many_codes_are_tried(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", code=CODE))
    remove(phone, chanthou)
    with unit_of_work() as session:
        for _ in range(IN_ALL_AN_HOUR):
            throttling.count(session, "code", most=IN_ALL_AN_HOUR, window=throttling.HOUR)
    assert ask(phone, {"code": CODE}).json["status"] == "received_now"
    assert_nothing_is_left(phone, app)


def test_s45_a_removed_record_is_found_by_its_code_without_being_opened(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    """Strangers type codes: nothing may be read for each of them."""
    phone.send(told("uuid:1", code=CODE))
    remove(phone, chanthou)
    with unit_of_work() as session:
        session.execute(sa.update(SubmissionXml).values(xml=b"nobody can read this"))
    ask(phone, {"code": CODE})
    assert_nothing_is_left(phone, app)
    assert rows(RemovedCode) == 0


def test_the_code_of_a_record_that_was_removed_before_its_facts_were_there_is_kept(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    """So are those of an earlier release, which kept none: its migration asks for it."""
    phone.send(told("uuid:1", code=CODE))
    remove(phone, chanthou)
    with unit_of_work() as session:
        session.execute(sa.delete(RemovedCode))
        for key in session.scalars(sa.select(Submission.submission_pk)):
            reproject(session.connection(), phone.project_id, key)
    drain(app)
    assert rows(RemovedCode) == 1
    assert rows(Consent) == 0
    ask(phone, {"code": CODE})
    assert_nothing_is_left(phone, app)


def test_s45_a_code_given_before_a_record_came_that_was_removed_at_once_is_honoured(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    ask(phone, {"code": CODE})
    phone.send(told("uuid:1", code=CODE))
    remove(phone, chanthou)
    assert actions.honour_codes(app.extensions["samleng.blobs"]) == 1
    assert_nothing_is_left(phone, app)


@pytest.mark.parametrize(
    ("now", "code"), [(OTHER_CODE, CODE), (OTHER_CODE, OTHER_CODE), ("", CODE)]
)
def test_s45_the_paper_of_before_an_edit_takes_back_as_that_of_after(
    phone: Phone, app: Flask, now: str, code: str
) -> None:
    """A coordinator corrects what was scanned, or leaves it out: the person has the paper that she
    was given, whichever it is."""
    phone.send(told("uuid:1", code=CODE, photo="a.jpg"), {"a.jpg": PHOTO})
    drain(app)
    phone.send(told("uuid:2", edits="uuid:1", code=now, photo="a.jpg"))
    phone.send(told("uuid:3", edits="uuid:2", code=now, size="5", photo="a.jpg"))
    drain(app)
    assert rows(SubmissionXml) == 3
    ask(phone, {"code": code})
    assert_nothing_is_left(phone, app)
    assert rows(RemovedCode) == 0
    assert_a_rebuild_changes_nothing(phone)


def test_s45_a_record_whose_edit_is_not_read_yet_is_found_by_the_paper_of_before(
    phone: Phone, app: Flask
) -> None:
    phone.send(told("uuid:1", code=CODE))
    drain(app)
    phone.send(told("uuid:2", edits="uuid:1", code=OTHER_CODE))
    ask(phone, {"code": CODE})
    assert_nothing_is_left(phone, app)


def test_a_removed_record_that_is_put_back_has_its_code_among_its_facts_alone(
    phone: Phone, app: Flask, chanthou: dict[str, str]
) -> None:
    phone.send(told("uuid:1", code=CODE))
    remove(phone, chanthou)
    assert (rows(RemovedCode), rows(Consent)) == (1, 0)
    address = f"/v1/projects/{phone.project_id}/forms/survivor/submissions/uuid:1/restore"
    assert phone.client.post(address, headers=chanthou).status_code == 200
    drain(app)
    assert (rows(RemovedCode), rows(Consent)) == (0, 1)
