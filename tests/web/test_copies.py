"""Copies that contradict what stands are seen and settled, through HTTP, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.accounts.reach import WHOLE
from service.consent import actions as consent
from service.consent.actions import asking
from service.facts import actions as facts
from service.facts.scopes import scopes_of
from service.facts.tables import Consent, Household, Person, RemovedCode
from service.foundation import clock, keys
from service.foundation.audit import AuditEntry
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.actions.receipts import reproject
from service.intake.queries import counting, receiving
from service.intake.tables import Attachment, PreparedFile, State, Submission, SubmissionXml
from service.review.actions import settling
from tests import media_files
from tests.conftest import drain
from tests.factories import Phone, a_phone, a_project
from tests.pulled_form import a_pulled_phone, a_script
from tests.sealed_world import a_sealed_world
from tests.statements import counted
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_briefcase import EVERYTHING, Briefcase, _opened_form
from tests.web.test_json_pull import items, pull
from tests.web.test_json_sync import item, push, statuses

COPIES, LIST = "/p/battambang/copies", "/p/battambang/submissions"
CODE, OTHER_CODE = "7K2M-9QXT-4RWD", "AAAA-BBBB-CCCC"
NAME, OTHER = "សុខ ម៉ារី", "ចាន់ ដារា"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)


def contradict(app: Flask, phone: Phone, **answers: str) -> str:
    """The key of a copy that came under the ID of a record with other answers."""
    phone.send(told("uuid:1"))
    drain(app)
    return wait(app, phone, told("uuid:1", **(answers or {"size": "5"})))


def wait(app: Flask, phone: Phone, xml: str, files: Mapping[str, bytes] | None = None) -> str:
    before = set(queued())
    assert phone.send(xml, files).status_code == 202
    drain(app)
    (key,) = set(queued()) - before
    return key


def queued() -> list[str]:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.state == State.QUEUED)
        return [str(key) for key in session.scalars(query)]


def rows(table: Any, *where: Any) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def states() -> list[tuple[str, str | None]]:
    """(state, reason) in the order of arrival."""
    with reading() as session:
        query = sa.select(Submission.state, Submission.reason, Submission.deleted_at)
        return [
            ("aside" if row.deleted_at and row.state == State.QUEUED else row.state, row.reason)
            for row in session.execute(query.order_by(Submission.submission_pk))
        ]


def sizes() -> list[int | None]:
    with reading() as session:
        return list(session.scalars(sa.select(Household.size)))


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        return list(
            session.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == action))
        )


def post(phone: Phone, by: Headers, key: str, what: str) -> int:
    return phone.client.post(f"{COPIES}/{key}/{what}", headers=by).status_code


def page(phone: Phone, by: Headers, path: str = "", language: str = "en") -> str:
    mark = "&" if "?" in path else "?"
    answer = phone.client.get(f"{COPIES}{path}{mark}lang={language}", headers=by)
    assert answer.status_code == 200, answer.status_code
    return text_of(answer)


def assert_a_rebuild_changes_nothing(phone: Phone) -> None:
    with reading() as session:
        live = facts.describe(session, phone.project_id).sha256
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live
    with reading() as session:
        assert counting.conservation(session, phone.project_id).holds


def another_phone(phone: Phone, app: Flask) -> Phone:
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "other", None)
    return Phone(
        client=app.test_client(), project_id=phone.project_id, token=made.token, id=made.id
    )


# --- seeing -------------------------------------------------------------------------------------
def test_c46_the_list_says_which_wait_and_today_says_how_many(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    assert "No copy waits." in page(phone, chanthou)
    assert "គ្មានច្បាប់ចម្លងណារង់ចាំទេ" in page(phone, chanthou, language="km")
    key = contradict(app, phone, photo="a.jpg")
    told_of = page(phone, chanthou)
    for words in ("The same record came again", "ទូរសព្ទ អរុណ", "files missing", "See the record"):
        assert words in told_of
    assert "កំណត់ត្រាដដែលមកម្តងទៀត" in page(phone, chanthou, language="km")
    shown = phone.client.get(COPIES, headers=chanthou).get_data(as_text=True)
    assert f"{COPIES}/{key}" in shown
    with reading() as session:
        record = session.scalars(sa.select(Submission.record_pk).order_by("received_at")).first()
    assert f"{LIST}/{record}" in shown
    today = phone.client.get("/p/battambang/?lang=en", headers=chanthou)
    assert "Of these 1 came today, and 1 in the last 7 days." in text_of(today)
    assert f'href="{COPIES}"' in today.get_data(as_text=True)
    listed = phone.client.get(LIST, headers=chanthou).get_data(as_text=True)
    assert f'href="{COPIES}"' in listed
    its_page = phone.client.get(f"{LIST}/{key}", headers=chanthou).get_data(as_text=True)
    assert f'href="{COPIES}/{key}"' in its_page


@pytest.mark.each_database
def test_the_list_goes_on_where_it_ended_and_asks_no_row_by_itself(
    app: Flask, phone: Phone, chanthou: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> int:
        with counted() as seen:
            phone.client.get(COPIES, headers=chanthou)
        return len(seen)

    contradict(app, phone)
    count()
    few = count()
    keys = [wait(app, phone, told("uuid:1", size=f"{n}")) for n in range(6, 9)]
    assert count() == few
    monkeypatch.setattr("service.web.pages.copies.PAGE", 2)
    for after, there in (("", [False, True, True]), (f"?after={keys[1]}", [True, False, False])):
        shown = phone.client.get(f"{COPIES}{after}", headers=chanthou).get_data(as_text=True)
        assert [f"{COPIES}/{key}" in shown for key in keys] == there


def test_what_differs_is_shown_question_by_question_and_names_stay_hidden(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    phone.send(told("uuid:1", name=NAME))
    key = wait(app, phone, told("uuid:1", name=OTHER, size="5"))
    shown = page(phone, bopha, f"/{key}")
    assert "size 4 5" in shown
    assert NAME not in shown
    assert OTHER not in shown
    assert "A coordinator of this place decides." in shown
    assert "ដាក់វាជំនួស" not in page(phone, bopha, f"/{key}", "km")
    assert phone.client.get(f"{COPIES}/{key}/names", headers=bopha).status_code == 403
    assert entries("identity.read") == []


def test_s44_names_show_for_a_purpose_that_both_allow_and_the_log_knows(
    app: Flask, phone: Phone, chanthou: Headers, settings: Settings
) -> None:
    phone.send(told("uuid:1", name=NAME, contact="yes"))
    key = wait(app, phone, told("uuid:1", name=OTHER, contact="yes"))
    assert OTHER not in page(phone, chanthou, f"/{key}")
    shown = page(phone, chanthou, f"/{key}/names?purpose=contact")
    assert NAME in shown
    assert OTHER in shown
    assert [one["purpose"] for one in entries("identity.read")] == ["contact"] * 2
    with reading() as session:
        read = sa.select(AuditEntry.subject).where(AuditEntry.action == "identity.read")
        sent = session.scalars(sa.select(Submission.submission_pk))
        assert {*session.scalars(read)} == {str(one) for one in sent}, "of the copy, too"
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    asked = phone.client.get(f"{COPIES}/{key}/names?purpose=contact", headers=stale)
    assert asked.headers["Location"].startswith("/second-factor?")
    assert phone.client.get(
        f"{COPIES}/{key}/names?purpose=gossip", headers=chanthou
    ).status_code == 400  # fmt: skip


def test_s44_what_the_people_of_the_copy_did_not_allow_stays_hidden(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    """A copy may speak of somebody else altogether."""
    phone.send(told("uuid:1", name=NAME, contact="yes"))
    key = wait(app, phone, told("uuid:1", name=OTHER, contact="no", size="5"))
    shown = page(phone, chanthou, f"/{key}/names?purpose=contact")
    assert "did not allow it" in shown
    assert "size 4 5" in shown
    silent = wait(app, phone, told("uuid:1", name=OTHER, store="no", size="6"))
    shown = page(phone, chanthou, f"/{silent}/names?purpose=contact")
    assert "did not agree that it be kept" in shown
    assert "size" not in shown
    assert entries("identity.read") == []


def test_s44_what_stood_before_a_copy_is_opened_by_its_own_yes_alone(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    """The copy may speak of others, who were asked anew: they say nothing for those before."""
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1", name=NAME, media="no", photo="a.jpg"), {"a.jpg": media_files.jpeg()})
    asked = {"contact": "yes", "media": "yes", "again_on": "2026-11-21"}
    key = wait(app, phone, told("uuid:1", name=OTHER, **asked))
    assert post(phone, by, key, "place") == 303
    drain(app)
    record = f"/v1/projects/{phone.project_id}/forms/survivor/submissions/uuid:1"

    def shown(path: str) -> str:
        answer = phone.client.get(f"{record}{path}", headers=by)
        return answer.get_data(as_text=True) if answer.status_code == 200 else ""

    assert OTHER in shown(".xml?purpose=contact"), "the consent of the copy"
    assert NAME in shown("/versions/uuid:1.xml?purpose=work")
    assert NAME not in shown("/versions/uuid:1.xml?purpose=contact")
    assert "uuid:1" in shown("/versions/uuid:1.xml?purpose=contact")
    assert NAME not in shown("/diffs?purpose=contact")
    names = phone.client.get(f"{record}/versions/uuid:1/attachments", headers=by).json
    file = f"{record}/versions/uuid:1/attachments/{names[0]['name']}"
    got = [
        phone.client.get(f"{file}?purpose={purpose}", headers=by).status_code
        for purpose in ("work", "photo")
    ]
    assert got == [200, 403]
    # Of an ordinary edit the later yes is that of the same people.
    phone.send(told("uuid:3", name=NAME, contact="no"))
    phone.send(told("uuid:4", edits="uuid:3", name=NAME, **asked))
    drain(app)
    record = record.replace("uuid:1", "uuid:3")
    assert NAME in shown("/versions/uuid:3.xml?purpose=contact")


def test_who_is_bound_to_an_area_sees_hers_alone(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    here = contradict(app, phone)
    phone.send(told("uuid:2", prov="24"))
    elsewhere = wait(app, phone, told("uuid:2", prov="24", size="5"))
    nowhere = wait(app, phone, told("uuid:2", prov="", size="6"))
    across = wait(app, phone, told("uuid:2", prov="02", size="7"))
    for role in (Role.REVIEWER, Role.COORDINATOR):
        by = bearer(settings.secrets.jwt_key, role, phone.project_id, "02")
        shown = phone.client.get(COPIES, headers=by).get_data(as_text=True)
        found = [key in shown for key in (here, elsewhere, nowhere, across)]
        assert found == [True, False, False, True]
        got = [phone.client.get(f"{COPIES}/{key}", headers=by).status_code
               for key in (here, elsewhere, nowhere)]  # fmt: skip
        assert got == [200, 404, 404]
        outside = page(phone, by, f"/{across}")
        assert "outside your area" in outside
        assert "What differs" not in outside
    assert [post(phone, by, across, what) for what in ("place", "out")] == [404, 409]
    assert [post(phone, by, elsewhere, what) for what in ("place", "aside", "wait")] == [404] * 3
    assert post(phone, by, here, "place") == 303


def test_reviewers_advocates_and_people_of_other_projects_decide_nothing(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    key = contradict(app, phone)
    with unit_of_work() as session:
        elsewhere = a_project(session, "Elsewhere").id
    for role, project_id, status in (
        (Role.REVIEWER, phone.project_id, 403),
        (Role.ADVOCATE, phone.project_id, 403),
        (Role.COORDINATOR, elsewhere, 404),
    ):
        by = bearer(settings.secrets.jwt_key, role, project_id)
        assert {post(phone, by, key, what) for what in ("place", "aside", "wait", "out")} == {
            status
        }
    assert states() == [("current", None), ("queued", "different_xml")]


# --- set aside ----------------------------------------------------------------------------------
def test_set_aside_it_waits_no_more_also_when_it_is_sent_again(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    key = contradict(app, phone, photo="a.jpg")
    assert post(phone, chanthou, key, "aside") == 303
    assert states() == [("current", None), ("aside", "different_xml")]
    assert "No copy waits." in page(phone, chanthou)
    assert key in phone.client.get(f"{COPIES}?state=aside", headers=chanthou).get_data(as_text=True)
    with reading() as session:
        assert counting.today(session, phone.project_id, clock.now(), WHOLE).queued == 0
    again = phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": b"late"})
    assert again.status_code == 202
    drain(app)
    assert states() == [("current", None), ("aside", "different_xml")]
    assert rows(Attachment) == 0, "nothing comes to it"
    assert len(entries("submission.resent_after_deletion")) == 1
    assert sizes() == [4]
    assert_a_rebuild_changes_nothing(phone)
    assert "It can be brought back" not in page(phone, chanthou, f"/{key}")
    assert post(phone, chanthou, key, "wait") == 303
    assert states() == [("current", None), ("queued", "different_xml")]
    assert (len(entries("copy.set_aside")), len(entries("copy.restore"))) == (1, 1)
    assert phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": b"late"}).status_code == 202
    assert rows(Attachment) == 1


def test_what_was_set_aside_takes_no_place_by_itself_until_it_waits_again(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    key = wait(app, phone, told("uuid:2", edits="uuid:1", size="5"))
    assert "is not here" in page(phone, chanthou, f"/{key}")
    assert post(phone, chanthou, key, "place") == 409
    assert post(phone, chanthou, key, "aside") == 303
    phone.send(told("uuid:1"))
    drain(app)
    assert phone.send(told("uuid:2", edits="uuid:1", size="5")).status_code == 202
    drain(app)
    assert states() == [("aside", "unknown_base"), ("current", None)]
    assert post(phone, chanthou, key, "wait") == 303
    drain(app)
    assert states() == [("current", None), ("superseded", None)]
    assert sizes() == [5]


def test_copies_that_were_set_aside_leave_room_for_others(
    app: Flask, phone: Phone, chanthou: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.intake.edit_rules.MAX_VARIANTS", 1)
    key = contradict(app, phone)
    assert phone.send(told("uuid:1", size="6")).status_code == 409
    post(phone, chanthou, key, "aside")
    assert phone.send(told("uuid:1", size="6")).status_code == 202


# --- put in its place ---------------------------------------------------------------------------
def test_put_in_its_place_it_is_the_record_and_what_stood_its_older_version(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1", photo="a.jpg", contact="no"), {"a.jpg": b"a picture"})
    phone.send(told("uuid:3"))
    drain(app)
    first, second = (
        told("uuid:1", photo="a.jpg", contact="no"),
        told("uuid:1", photo="a.jpg", size="5", contact="yes"),
    )
    key = wait(app, phone, second)
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert states() == [("superseded", None), ("current", None), ("current", None)]
    assert sorted(map(str, sizes())) == ["4", "5"]
    assert rows(Person) == 2
    assert_a_rebuild_changes_nothing(phone)
    (entry,) = entries("copy.put_in_place")
    assert entry["reason"] == "different_xml"
    with reading() as session:
        held = session.scalars(sa.select(Attachment.submission_pk)).all()
        assert len(set(held)) == len(held) == 2, "its picture came along"
    for again in (first, second):
        answer = phone.send(again, {"a.jpg": b"a picture"})
        assert answer.status_code == 202
        assert b"queue" not in answer.data
    drain(app)
    assert rows(Submission) == 3
    assert rows(Attachment) == 2
    assert rows(SubmissionXml) == 3
    assert phone.send(second, {"a.jpg": b"another"}).status_code == 201, "a file comes to it"
    drain(app)
    assert rows(Attachment) == 3
    assert_a_rebuild_changes_nothing(phone)
    assert "The copy is the record now" in text_of(
        phone.client.get(f"{LIST}/{key}?news=placed&lang=en", headers=chanthou)
    )
    assert phone.client.get(f"{COPIES}/{key}", headers=chanthou).status_code == 303


def central(phone: Phone, by: Headers, path: str) -> Any:
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}{path}"
    answer = phone.client.get(address, headers=by)
    assert answer.status_code == 200, (path, answer.get_data(as_text=True))
    return answer


def test_programs_see_an_edit(app: Flask, phone: Phone, chanthou: Headers) -> None:
    key = contradict(app, phone)
    rows_before = central(phone, chanthou, ".svc/Submissions").json["value"]
    with reading() as session:
        last = session.scalar(sa.select(sa.func.max(Submission.received_at)))
        assert last is not None
    since = (last + dt.timedelta(milliseconds=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    changed = f".svc/Submissions?$filter=__system/updatedAt%20gt%20{since}"
    assert central(phone, chanthou, changed).json["value"] == []
    etag = central(phone, chanthou, "/submissions").headers.get("ETag")
    post(phone, chanthou, key, "place")
    drain(app)
    (after,) = central(phone, chanthou, changed).json["value"]
    assert after["__id"] == rows_before[0]["__id"] == "uuid:1"
    assert (after["size"], after["__system"]["edits"]) == (5, 1)
    assert after["__system"]["reviewState"] == "edited"
    assert central(phone, chanthou, "/submissions").headers.get("ETag") != etag
    versions = central(phone, chanthou, "/submissions/uuid:1/versions").json
    assert [one["current"] for one in versions] == [True, False]
    assert versions[1]["instanceId"] == "uuid:1" != versions[0]["instanceId"]
    diffs = central(phone, chanthou, "/submissions/uuid:1/diffs").json
    assert list(diffs) == [versions[0]["instanceId"]]
    assert {"path": ["size"], "old": "4", "new": "5"} in diffs[versions[0]["instanceId"]]
    stood = central(phone, chanthou, "/submissions/uuid:1/versions/uuid:1.xml").data
    assert b"<size>4</size>" in stood
    stands = central(phone, chanthou, "/submissions/uuid:1.xml").get_data(as_text=True)
    name = versions[0]["instanceId"]
    assert f"<orx:instanceID>{name}</orx:instanceID>" in stands
    corrected = told("uuid:2", edits=name, size="6")
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:1"
    sent = phone.client.put(address, data=corrected, headers=chanthou, content_type="text/xml")
    assert sent.status_code == 200, "as pyodk makes an edit of what it read"


def test_an_edit_of_what_was_replaced_takes_its_place_and_keeps_its_own_id(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    drain(app)
    key = wait(app, phone, told("uuid:3", edits="uuid:1", size="6"))
    last = wait(app, phone, told("uuid:4", edits="uuid:1", size="7"))
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert sizes() == [6]
    with reading() as session:
        current = session.scalars(sa.select(Submission).where(Submission.state == "current")).one()
        assert (current.instance_id, current.deprecated_id) == ("uuid:3", "uuid:2")
    for again in (
        told("uuid:1"),
        told("uuid:2", edits="uuid:1", size="5"),
        told("uuid:3", edits="uuid:1", size="6"),
    ):
        assert phone.send(again).status_code == 202
    assert phone.send(told("uuid:5", edits="uuid:3", size="8")).status_code == 201, "goes on"
    drain(app)
    assert post(phone, chanthou, last, "place") == 303
    drain(app)
    assert sizes() == [7]
    found = central(phone, chanthou, "/submissions/uuid:1/versions").json
    assert [one["instanceId"] for one in found] == [f"uuid:{n}" for n in (4, 5, 3, 2, 1)]
    diffs = central(phone, chanthou, "/submissions/uuid:1/diffs").json
    assert {"path": ["size"], "old": "8", "new": "7"} in diffs["uuid:4"]
    assert phone.send(told("uuid:6", edits="uuid:4", size="9")).status_code == 201
    drain(app)
    found = central(phone, chanthou, "/submissions/uuid:1/versions").json
    assert [one["instanceId"] for one in found] == [f"uuid:{n}" for n in (6, 4, 5, 3, 2, 1)]
    assert rows(Submission) == 6
    assert_a_rebuild_changes_nothing(phone)


def test_an_edit_of_somebody_elses_record_takes_its_place_and_widens_nothing(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1", contact="no"))
    drain(app)
    key = wait(app, another_phone(phone, app), told("uuid:2", edits="uuid:1", contact="yes"))
    assert states() == [("current", None), ("queued", "of_another")]
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert states() == [("superseded", None), ("current", None)]
    with reading() as session:
        first = session.scalars(sa.select(Submission).where(Submission.state == "superseded")).one()
        assert first.submitter_id == phone.id, "the record stays the first sender's"
        refused = session.scalars(sa.text("SELECT refused FROM consents").columns(refused=sa.JSON))
        assert "contact" in refused.one()
    assert_a_rebuild_changes_nothing(phone)


def test_an_edit_that_carries_another_records_id_gets_one_of_its_own(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", size="9"))
    drain(app)
    edit = told("uuid:2", edits="uuid:1", size="5")
    key = wait(app, phone, edit)
    assert states()[-1] == ("queued", "id_in_use")
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert sorted(map(str, sizes())) == ["5", "9"]
    assert phone.send(edit).status_code == phone.send(told("uuid:2", size="9")).status_code == 202
    assert rows(Submission) == 3
    assert_a_rebuild_changes_nothing(phone)


def test_of_a_removed_record_the_copy_says_to_restore_it_first(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    drain(app)
    with reading() as session:
        record = session.scalars(sa.select(Submission.submission_pk)).one()
    phone.client.post(f"{LIST}/{record}/remove", data={"reason": "practice"}, headers=chanthou)
    key = wait(app, phone, told("uuid:1", size="5"))
    assert states()[-1] == ("queued", "different_after_deletion")
    assert "Restore it first" in page(phone, chanthou, f"/{key}")
    assert post(phone, chanthou, key, "place") == 409
    phone.client.post(f"{LIST}/{record}/restore", headers=chanthou)
    drain(app)
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert sizes() == [5]


def test_what_was_put_in_place_can_be_taken_out_again(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    key = contradict(app, phone)
    with reading() as session:
        before = facts.describe(session, phone.project_id).sha256
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    its_page = phone.client.get(f"{LIST}/{key}", headers=chanthou).get_data(as_text=True)
    assert f"{COPIES}/{key}/out" in its_page
    assert post(phone, chanthou, key, "out") == 303
    drain(app)
    assert states() == [("current", None), ("queued", "different_xml")]
    with reading() as session:
        assert facts.describe(session, phone.project_id).sha256 == before
    assert_a_rebuild_changes_nothing(phone)
    assert rows(RemovedCode) == 0
    assert post(phone, chanthou, key, "out") == 409
    assert phone.send(told("uuid:1", size="5")).status_code == 202
    assert rows(Submission) == 2
    assert post(phone, chanthou, key, "place") == 303, "and put in its place again"
    drain(app)
    assert sizes() == [5]
    assert len(entries("copy.take_out")) == 1
    fresh = phone.client.get(
        f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:1/versions",
        headers=chanthou,
    ).json[0]["instanceId"]
    assert phone.send(told("uuid:9", edits=fresh, size="6")).status_code == 201
    drain(app)
    assert post(phone, chanthou, key, "out") == 409, "an edit has replaced it"
    assert sizes() == [6]


# --- at once, and again -------------------------------------------------------------------------
def at_once(phone: Phone, app: Flask, by: Headers, key: str, what: Sequence[str]) -> list[int]:
    answers: list[int] = []
    start = threading.Barrier(len(what))

    def one(what: str) -> None:
        client = app.test_client()
        start.wait()
        answers.append(client.post(f"{COPIES}/{key}/{what}", headers=by).status_code)

    threads = [threading.Thread(target=one, args=(each,)) for each in what]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.each_database
@pytest.mark.parametrize("what", [("place", "place"), ("aside", "aside"), ("place", "aside")])
def test_of_two_who_decide_at_once_the_second_is_told(
    app: Flask, phone: Phone, chanthou: Headers, what: Sequence[str]
) -> None:
    for n in range(6):
        phone.send(told(f"uuid:{n}"))
        drain(app)
        key = wait(app, phone, told(f"uuid:{n}", size="5"))
        assert at_once(phone, app, chanthou, key, what) == [303, 409]
    drain(app)
    done = len(entries("copy.put_in_place")) + len(entries("copy.set_aside"))
    assert done == 6
    assert rows(Submission) == 12
    assert rows(Submission, Submission.state == State.CURRENT) == 6
    assert_a_rebuild_changes_nothing(phone)
    refused = phone.client.post(
        f"{COPIES}/{key}/aside", headers={**chanthou, "Accept-Language": "en"}
    )
    if refused.status_code == 409:
        assert "Somebody has decided on this already" in text_of(refused)


@pytest.mark.each_database
def test_a_phone_that_sends_it_again_meanwhile_doubles_nothing(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    for n in range(6):
        phone.send(told(f"uuid:{n}"))
        drain(app)
        copy = told(f"uuid:{n}", size="5")
        key = wait(app, phone, copy)
        start, sent = threading.Barrier(2), list[int]()

        def send(copy: str = copy, start: threading.Barrier = start) -> None:
            own = Phone(
                client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1
            )
            start.wait()
            sent.append(own.send(copy).status_code)  # noqa: B023

        thread = threading.Thread(target=send)
        thread.start()
        start.wait()
        assert post(phone, chanthou, key, "place") == 303
        thread.join()
        assert sent == [202]
    drain(app)
    assert rows(Submission) == 12
    assert rows(Submission, Submission.state == State.QUEUED) == 0


@pytest.mark.each_database
def test_a_record_that_comes_under_its_id_meanwhile_leaves_the_copy_one_made_here(
    app: Flask, phone: Phone, chanthou: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes after somebody looked whether the ID is free, and before the copy takes it."""
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    drain(app)
    key = wait(app, phone, told("uuid:3", edits="uuid:1", size="6"))
    own = Phone(client=app.test_client(), project_id=phone.project_id, token=phone.token, id=1)
    sent = list[int]()
    sender = threading.Thread(
        target=lambda: sent.append(own.send(told("uuid:3", size="9")).status_code)
    )
    looked = receiving.find_stored

    def and_then_it_comes(connection: Any, project_id: int, form_pk: int, instance_id: str) -> Any:
        found = looked(connection, project_id, form_pk, instance_id)
        monkeypatch.setattr(receiving, "find_stored", looked)
        assert (instance_id, found) == ("uuid:3", None)
        sender.start()
        sender.join(2)  # SQLite has one writer: there the record waits
        return found

    monkeypatch.setattr(receiving, "find_stored", and_then_it_comes)
    assert post(phone, chanthou, key, "place") == 303
    sender.join()
    drain(app)
    with reading() as session:
        held = {str(row.submission_pk): row for row in session.scalars(sa.select(Submission))}
    assert held[key].state == State.CURRENT
    if sent == [201]:
        assert held[key].instance_id not in ("uuid:1", "uuid:2", "uuid:3")
        assert sorted(map(str, sizes())) == ["6", "9"]
        assert phone.send(told("uuid:3", size="9")).status_code == 202
    else:
        assert sent == [202], "other answers under an ID that is in use"
        assert (held[key].instance_id, sizes()) == ("uuid:3", [6])
    before = rows(Submission)
    assert phone.send(told("uuid:3", edits="uuid:1", size="6")).status_code == 202
    assert rows(Submission) == before
    assert_a_rebuild_changes_nothing(phone)


# --- refused ------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_edit", [False, True])
@pytest.mark.parametrize("agrees", [True, False])
def test_s44_a_copy_that_refuses_waits_for_a_coordinator_with_its_record(
    app: Flask, phone: Phone, chanthou: Headers, is_edit: bool, agrees: bool
) -> None:
    """Nobody would have been asked: it has no facts, and was kept until its period was over."""
    phone.send(told("uuid:1"))
    phone.send(told("uuid:other", name=NAME))
    drain(app)
    if is_edit:
        other = another_phone(phone, app)
        key = wait(app, other, told("uuid:2", edits="uuid:1", store="no", name=OTHER))
    else:
        key = wait(app, phone, told("uuid:1", store="no", name=OTHER))
    drain(app)
    address = f"/v1/projects/{phone.project_id}/withdrawals"
    (asked,) = phone.client.get(address, headers=chanthou).json["items"]
    assert asked["status"] == "waiting"
    decided = consent.decide(
        SYSTEM, phone.project_id, uuid.UUID(asked["id"]), agree=agrees,
        blobs=app.extensions["samleng.blobs"],
    )  # fmt: skip
    assert decided.status == ("done" if agrees else "refused")
    drain(app)
    assert rows(SubmissionXml) == (1 if agrees else 3)
    assert rows(Person) == (1 if agrees else 2)
    with unit_of_work() as session:
        reproject(session.connection(), phone.project_id, uuid.UUID(key))
    drain(app)
    assert len(phone.client.get(address, headers=chanthou).json["items"]) == 1, "asked once"


# --- taken back ---------------------------------------------------------------------------------
@pytest.mark.parametrize("code", [CODE, OTHER_CODE])
def test_s45_by_the_code_on_either_paper_nothing_is_left(
    app: Flask, phone: Phone, chanthou: Headers, code: str
) -> None:
    """What stood may have spoken of another household."""
    phone.send(told("uuid:1", code=CODE, photo="a.jpg"), {"a.jpg": b"a"})
    drain(app)
    copy = told("uuid:1", code=OTHER_CODE, size="5", photo="a.jpg")
    key = wait(app, phone, copy)
    aside = wait(app, phone, told("uuid:1", size="6"))
    post(phone, chanthou, aside, "aside")
    post(phone, chanthou, key, "place")
    drain(app)
    asked = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json={"code": code})
    assert asked.status_code == 201
    drain(app)
    for table in (SubmissionXml, Attachment, Person, Household, RemovedCode):
        assert rows(table) == 0, table
    assert rows(Submission, Submission.state == State.ERASED) == 3
    for again in (copy, told("uuid:1", code=CODE, photo="a.jpg"), told("uuid:1", size="6")):
        assert phone.send(again).status_code == 202
    drain(app)
    assert rows(Submission) == 3
    assert rows(SubmissionXml) == 0
    assert [post(phone, chanthou, key, what) for what in ("place", "aside", "wait", "out")] == [
        409
    ] * 4


@pytest.mark.parametrize("is_aside", [False, True])
def test_s45_a_copy_is_taken_back_by_its_own_code_and_what_stands_stays(
    app: Flask, phone: Phone, chanthou: Headers, is_aside: bool
) -> None:
    """Two households under one ID: a phone was cloned."""
    phone.send(told("uuid:1", code=CODE))
    drain(app)
    theirs = told("uuid:1", code=OTHER_CODE, size="5")
    key = wait(app, phone, theirs)
    wait(app, phone, told("uuid:1", code=CODE, size="6"))
    wait(app, another_phone(phone, app), told("uuid:2", edits="uuid:1", code=CODE, size="7"))
    if is_aside:
        post(phone, chanthou, key, "aside")
    address = f"/v1/projects/{phone.project_id}/withdrawals"
    assert phone.client.post(address, json={"code": OTHER_CODE}).status_code == 201
    drain(app)
    for again in (False, True):
        assert sorted(one for one, _ in states())[-2:] == ["queued", "queued"]
        assert rows(Submission, Submission.state == State.CURRENT) == 1
        assert rows(SubmissionXml) == 3
        assert sizes() == [4]
        if not again:  # nor does it come back
            assert phone.send(theirs).status_code == 202
            drain(app)
            consent.honour_codes(app.extensions["samleng.blobs"])
            drain(app)
            consent.replay(app.extensions["samleng.blobs"])
    assert phone.client.post(address, json={"code": CODE}).status_code == 201
    drain(app)
    assert rows(SubmissionXml) == rows(Household) == rows(RemovedCode) == 0


def test_s45_uses_taken_back_by_the_code_of_a_copy_stay_taken_back(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    """While it waits, once it is in its place, and computed anew."""
    phone.send(told("uuid:1", name=NAME, contact="yes", code=CODE))
    key = wait(app, phone, told("uuid:1", name=OTHER, contact="yes", code=OTHER_CODE))
    assert OTHER in page(phone, chanthou, f"/{key}/names?purpose=contact")
    take_back(phone, OTHER_CODE, ["contact"])
    assert OTHER not in page(phone, chanthou, f"/{key}/names?purpose=contact")
    assert OTHER in page(phone, chanthou, f"/{key}/names?purpose=work"), "that alone"
    assert post(phone, chanthou, key, "place") == 303
    drain(app)
    assert may_contact() == [False]
    assert_a_rebuild_changes_nothing(phone)
    post(phone, chanthou, key, "out")
    drain(app)
    assert may_contact() == [True]


def test_s45_so_do_those_of_an_edit_that_waits_for_its_base(app: Flask, phone: Phone) -> None:
    phone.send(told("uuid:1", contact="yes", code=CODE))
    wait(app, phone, told("uuid:3", edits="uuid:2", contact="yes", code=OTHER_CODE))
    take_back(phone, OTHER_CODE, ["contact"])
    assert may_contact() == [True]
    phone.send(told("uuid:2", edits="uuid:1", contact="yes", code=CODE))
    drain(app)
    assert may_contact() == [False]
    assert_a_rebuild_changes_nothing(phone)


@pytest.mark.parametrize("scopes", [[], ["contact"]])
def test_s45_a_copy_that_takes_its_place_while_it_is_taken_back_takes_its_record_along(
    app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    """Its record is found, then it is another."""
    phone.send(told("uuid:1", contact="yes", code=CODE))
    key = wait(app, phone, told("uuid:1", contact="yes", code=OTHER_CODE))
    real = asking.carry_out

    def late(*given: Any) -> Any:
        with unit_of_work() as session:
            settling.put_in_place(session, SYSTEM, phone.project_id, uuid.UUID(key))
        return real(*given)

    monkeypatch.setattr(asking, "carry_out", late)
    take_back(phone, OTHER_CODE, scopes)
    drain(app)
    assert may_contact() == ([False] if scopes else [])


def test_a_copy_that_is_taken_back_leaves_the_record_its_files(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    """They came along while it stood in the place of the record, and are of that."""
    phone.send(told("uuid:1", code=CODE, photo="a.jpg"), {"a.jpg": media_files.jpeg()})
    drain(app)
    copy = told("uuid:1", code=OTHER_CODE, size="5", photo="a.jpg")
    key = wait(app, phone, copy)
    for what in ("place", "out"):
        assert post(phone, chanthou, key, what) == 303
        drain(app)
    with reading() as session:
        its_own = sa.select(PreparedFile.key_pk).where(PreparedFile.submission_pk == uuid.UUID(key))
        made = set(session.scalars(its_own))
    assert made
    take_back(phone, OTHER_CODE, [])
    drain(app)
    assert not keys.current().held(phone.project_id, made)
    file = f"/v1/projects/{phone.project_id}/forms/survivor/submissions/uuid:1/attachments"
    (named,) = phone.client.get(file, headers=chanthou).json
    answer = phone.client.get(f"{file}/{named['name']}?purpose=work", headers=chanthou)
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xff\xd8\xff")
    take_back(phone, CODE, [])
    drain(app)
    assert rows(Attachment) == rows(SubmissionXml) == 0
    blobs: LocalBlobs = app.extensions["samleng.blobs"]
    assert list(blobs.older_than(2e10)) == []


def take_back(phone: Phone, code: str, scopes: list[str]) -> None:
    address = f"/v1/projects/{phone.project_id}/withdrawals"
    assert phone.client.post(address, json={"code": code, "scopes": scopes}).status_code == 201


def may_contact() -> list[bool]:
    with reading() as session:
        return ["contact" in scopes_of(held) for held in session.scalars(sa.select(Consent.scopes))]


def test_s45_a_copy_under_another_records_id_takes_that_record_nowhere(
    app: Flask, phone: Phone, chanthou: Headers
) -> None:
    """Not with the record that it edits, and not when the list of erasures is read again."""
    phone.send(told("uuid:1", code=CODE))
    phone.send(told("uuid:2", size="9"))
    drain(app)
    wait(app, phone, told("uuid:2", edits="uuid:1", size="5"))
    asked = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json={"code": CODE})
    assert asked.status_code == 201
    drain(app)
    for _ in range(2):
        assert sorted(one for one, _ in states()) == ["current", "erased", "erased"]
        assert sizes() == [9]
        consent.replay(app.extensions["samleng.blobs"])


# --- by other ways ------------------------------------------------------------------------------
def test_sealed_ones_are_compared_by_the_offline_key_alone_and_settled_here(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    world = a_sealed_world(app, client)
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, world.phone.project_id)
    first, second = world.record(village="ក"), world.record(village="ខ")
    assert [world.send(one).status_code for one in (first, second)] == [201, 202]
    drain(app)
    (key,) = queued()
    shown = page(world.phone, by, f"/{key}")
    assert "Only the key kept offline can compare them" in shown
    assert "Only what differs is shown" not in shown
    assert post(world.phone, by, key, "place") == 303
    drain(app)
    assert states() == [("superseded", None), ("current", None)]
    assert [world.send(one).status_code for one in (first, second)] == [202, 202]
    assert post(world.phone, by, key, "out") == 303
    drain(app)
    assert states() == [("current", None), ("queued", "different_xml")]


def test_an_app_is_told_by_its_next_pull_and_may_send_the_rest(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    phone = a_phone(client)
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    cursor = push(phone, item(1)).json["cursor"]
    other = item(1, answers={"village": "ផ្សេង", "photo": "a.jpg"})
    assert statuses(phone, other) == ["queued"]
    drain(app)
    (key,) = queued()
    cursor = pull(phone, cursor).json["cursor"]
    assert post(phone, by, key, "place") == 303
    told_of = dict(items(pull(phone, cursor)))
    assert told_of.pop("item-1") == "replaced"
    assert list(told_of.values()) == ["stored"], "under an ID that was made here"
    assert statuses(phone, item(1), other) == ["duplicate", "duplicate"]
    sent = phone.client.put(
        f"/v1/projects/{phone.project_id}/sync/item-1/attachments/a.jpg", data=b"a picture",
        headers={"Authorization": f"Bearer {phone.token}"},
    )  # fmt: skip
    assert sent.status_code in (200, 201), sent.data
    with reading() as session:
        assert str(session.scalars(sa.select(Attachment.submission_pk)).one()) == key


def test_what_briefcase_pulled_and_sends_back_is_the_version_that_it_was(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    phone = a_pulled_phone(client)
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    with unit_of_work() as session:
        well = _opened_form(session, phone)
    assert phone.send(well).status_code == 201
    key = wait(app, phone, well.replace(">12<", ">13<"))
    assert post(phone, by, key, "place") == 303
    drain(app)
    program = Briefcase(phone, a_script(phone.project_id, *EVERYTHING), "wells")
    (name,) = program.walk()
    told_of = program.copy(name)
    assert b">13<" in etree.tostring(told_of)
    answer = program.push(etree.tostring(told_of))
    assert (answer.status_code, b"submit_duplicate" in answer.data) == (202, True)
    assert rows(Submission) == 2
