"""Records on their way through review: one and many, by pages, on both databases."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Actor, Role, Scope
from service.accounts.tables import ApiToken
from service.facts import actions as facts
from service.facts.tables import Household, Person, Standing
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import NOT_FOUND, Problem
from service.foundation.settings import Settings
from service.intake.tables import State, Submission
from service.review.actions import deciding
from service.review.queries import records
from service.review.states import ReviewState, Stage
from service.review.tables import Proposal, RecordComment, ReviewChange
from tests import statements
from tests.conftest import drain
from tests.factories import Phone
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.pages_world import text_of
from tests.web.people import bearer, signed_in
from tests.web.test_json_pull import pull
from tests.web.test_json_sync import item, push

LIST = "/p/battambang/submissions"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def key_of(instance_id: str) -> str:
    with reading() as session:
        query = sa.select(Submission.submission_pk).where(Submission.instance_id == instance_id)
        return str(session.scalars(query).one())


def rows(column: Any) -> list[Any]:
    with reading() as session:
        return list(session.scalars(sa.select(column)))


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == action)
        return list(session.scalars(query))


def post(
    phone: Phone, by: Headers, instance_id: str, what: str, stage: str, **more: Any
) -> TestResponse:
    key = key_of(instance_id)
    data = {"seen": f"{key}.{stage}", **more}
    return phone.client.post(f"{LIST}/{key}/{what}?lang=en", data=data, headers=by)


def decide(
    phone: Phone, by: Headers, instance_id: str, decision: str, stage: str = "received", **more: Any
) -> TestResponse:
    given = {"decision": decision, **more}
    return post(phone, by, instance_id, "decide", stage, **given)


def page(phone: Phone, by: Headers, instance_id: str, language: str = "en") -> str:
    found = phone.client.get(f"{LIST}/{key_of(instance_id)}?lang={language}", headers=by)
    assert found.status_code == 200
    return text_of(found)


def central(phone: Phone, by: Headers, instance_id: str) -> str | None:
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/{instance_id}"
    state: str | None = phone.client.get(address, headers=by).json["reviewState"]  # type: ignore[index]
    return state


# --- states -------------------------------------------------------------------------------------
def test_a_record_is_taken_on_returned_edited_and_approved_and_its_page_tells_all_of_it(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    phone.send(told("uuid:1"))
    assert post(phone, bopha, "uuid:1", "take", "received").status_code == 303
    assert "has it in hand" in page(phone, bopha, "uuid:1")
    assert central(phone, bopha, "uuid:1") is None, "Central's clients see nothing said yet"
    done = decide(
        phone, bopha, "uuid:1", "returned", "in_review", reasons=["needs"], words="សួរ សុខា"
    )
    assert done.status_code == 303
    assert central(phone, bopha, "uuid:1") == "hasIssues"
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    drain(app)
    assert central(phone, bopha, "uuid:1") == "edited"
    assert decide(phone, bopha, "uuid:2", "approved", "edited").status_code == 303
    shown = page(phone, bopha, "uuid:2")
    for step in ("Received", "Taken on", "Returned", "Look at the needs again.",
                 "An edit took its place", "Approved"):  # fmt: skip
        assert step in shown
    assert "សួរ សុខា" not in shown, "words are sealed, with a page of their own"
    assert rows(ReviewChange.what) == ["taken_on", "returned", "approved"]
    assert entries("review.state") == [
        {"before": "", "state": "hasIssues", "reasons": "needs"},
        {"before": "edited", "state": "approved"},
    ]
    assert len(entries("review.take_on")) == 1
    said = phone.client.get(f"{LIST}/{key_of('uuid:1')}/comments", headers=bopha)
    assert "សួរ សុខា" in text_of(said)
    assert len(entries("review.read_comments")) == 1
    assert b"\xe1\x9e\x9f\xe1\x9e\xbd\xe1\x9e\x9a" not in bytes(rows(RecordComment.sealed)[0])


def test_two_people_never_overwrite_in_silence_and_what_was_typed_is_kept(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    assert decide(phone, chanthou, "uuid:1", "approved").status_code == 303
    late = decide(phone, bopha, "uuid:1", "rejected", reasons=["call"], words="ទូរសព្ទ 012")
    assert late.status_code == 409
    shown = late.get_data(as_text=True)
    assert "Nothing of what you chose was done" in text_of(late)
    assert "ទូរសព្ទ 012" in shown
    assert 'value="call" checked' in shown
    assert 'value="rejected" required checked' in shown
    assert central(phone, bopha, "uuid:1") == "approved"
    assert rows(RecordComment.comment_pk) == []
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    assert decide(phone, bopha, "uuid:1", "rejected", "approved", reasons=["call"]).status_code in (
        404,
        409,
    )
    assert central(phone, bopha, "uuid:1") == "edited"
    for bad in ("", "x.received", f"{key_of('uuid:2')}.hasIssues"):
        data = {"seen": bad, "decision": "approved"}
        answer = phone.client.post(f"{LIST}/{key_of('uuid:2')}/decide", data=data, headers=bopha)
        assert answer.status_code == 400


def test_a_return_wants_a_reason_of_the_list(phone: Phone, bopha: Headers) -> None:
    phone.send(told("uuid:1"))
    for more in ({}, {"reasons": ["because Sokha"]}):
        assert decide(phone, bopha, "uuid:1", "returned", **more).status_code == 400
    assert decide(phone, bopha, "uuid:1", "sideways").status_code == 400
    assert rows(ReviewChange.what) == []


def test_what_one_has_in_hand_another_takes_over_only_knowingly(
    phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    phone.send(told("uuid:1"))
    assert post(phone, bopha, "uuid:1", "take", "received").status_code == 303
    assert post(phone, chanthou, "uuid:1", "take", "received").status_code == 409
    assert post(phone, chanthou, "uuid:1", "take", "in_review").status_code == 303
    assert post(phone, bopha, "uuid:1", "let-go", "in_review").status_code == 303
    assert post(phone, bopha, "uuid:1", "let-go", "received").status_code == 409
    assert rows(ReviewChange.what) == ["taken_on", "taken_on", "let_go"]
    assert [len(entries(act)) for act in ("review.take_on", "review.let_go")] == [2, 1]


def test_a_reviewer_of_one_area_decides_there_alone(phone: Phone, settings: Settings) -> None:
    phone.send(told("uuid:1"))
    there = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "02")
    elsewhere = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "24")
    assert decide(phone, elsewhere, "uuid:1", "approved").status_code == 404
    assert post(phone, elsewhere, "uuid:1", "take", "received").status_code == 404
    assert (
        phone.client.get(f"{LIST}/{key_of('uuid:1')}/comments", headers=elsewhere).status_code
        == 404
    )
    assert decide(phone, there, "uuid:1", "approved").status_code == 303


# --- facts --------------------------------------------------------------------------------------
def checksum(phone: Phone) -> str:
    with reading() as session:
        return facts.describe(session, phone.project_id).sha256


def test_facts_stand_as_was_decided_from_the_commit_on_and_after_a_replay(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    for name in ("uuid:1", "uuid:2", "uuid:3"):
        phone.send(told(name))
    assert decide(phone, bopha, "uuid:1", "approved").status_code == 303
    assert decide(phone, bopha, "uuid:2", "rejected", reasons=["practice"]).status_code == 303
    for table in (Person, Household):
        assert sorted(rows(table.standing)) == ["approved", "received", "rejected"]
    live = checksum(phone)
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live
    phone.send(told("uuid:4", edits="uuid:1", size="5"))
    drain(app)
    assert sorted(rows(Person.standing)) == ["received", "received", "rejected"], "edits go back"
    assert decide(phone, bopha, "uuid:2", "reopen", "rejected").status_code == 303
    assert set(rows(Person.standing)) == {"received"}
    assert decide(phone, bopha, "uuid:2", "rejected", reasons=["practice"]).status_code == 303
    removed = {"reason": "practice"}
    record = f"{LIST}/{key_of('uuid:2')}"
    phone.client.post(f"{record}/remove", data=removed, headers=chanthou)
    phone.client.post(f"{record}/restore", headers=chanthou)
    drain(app)
    assert sorted(rows(Person.standing)) == ["received", "received", "rejected"]
    live = checksum(phone)
    with unit_of_work() as session:
        assert facts.rebuild(session, phone.project_id).sha256 == live


# --- many ---------------------------------------------------------------------------------------
def many(phone: Phone, by: Headers, chosen: list[str], decision: str, **more: Any) -> TestResponse:
    data = {"chosen": chosen, "decision": decision, **more}
    return phone.client.post(f"{LIST}?lang=en", data=data, headers=by)


def test_many_are_approved_at_once_and_others_are_told_one_by_one_why_not(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    for name in ("uuid:1", "uuid:2", "uuid:3"):
        phone.send(told(name))
    phone.send(told("uuid:1", size="9"))
    phone.send(told("uuid:files", sound="a.m4a"))
    phone.send(told("uuid:odd").replace('version="1"', 'version="9"'))
    drain(app)
    with reading() as session:
        current = sa.select(Submission.submission_pk, Submission.instance_id).where(
            Submission.state == State.CURRENT
        )
        keys = {row.instance_id: row.submission_pk for row in session.execute(current)}
    assert decide(phone, bopha, "uuid:3", "rejected", reasons=["call"]).status_code == 303
    chosen = [f"{key}.received" for key in keys.values()]
    answer = many(phone, bopha, chosen, "approved")
    assert answer.status_code == 200
    shown = text_of(answer)
    assert "Done: 1." in shown
    assert "Left as they were: 4" in shown
    for why in ("A copy waits that says otherwise.", "Files are still to come.",
                "Something about it is odd", "Somebody decided on it"):  # fmt: skip
        assert why in shown
    assert central(phone, bopha, "uuid:2") == "approved"
    for name in ("uuid:1", "uuid:files", "uuid:odd"):
        assert central(phone, bopha, name) is None
    assert len(entries("review.state")) == 2


def test_many_within_reach_alone_and_nothing_without_a_decision(
    phone: Phone, settings: Settings, bopha: Headers
) -> None:
    phone.send(told("uuid:1"))
    elsewhere = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "24")
    seen = f"{key_of('uuid:1')}.received"
    assert "It is not here for you" in text_of(many(phone, elsewhere, [seen], "approved"))
    assert many(phone, bopha, [], "approved").status_code == 400
    kept = many(phone, bopha, [seen], "returned", words="ខ្លី")
    assert kept.status_code == 400
    assert "ខ្លី" in kept.get_data(as_text=True)
    assert f'value="{seen}" checked' in kept.text
    assert central(phone, bopha, "uuid:1") is None


@pytest.mark.parametrize("stage", ["received", "in_review", "approved", "returned", "mine"])
def test_the_list_is_narrowed_to_a_stage(phone: Phone, settings: Settings, stage: str) -> None:
    by = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    for name in ("uuid:a", "uuid:b", "uuid:c", "uuid:d"):
        phone.send(told(name))
    post(phone, by, "uuid:b", "take", "received")
    decide(phone, by, "uuid:c", "approved")
    decide(phone, by, "uuid:d", "returned", reasons=["place"])
    shown = text_of(phone.client.get(f"{LIST}?stage={stage}", headers=by))
    expected = {"received": "a", "in_review": "b", "mine": "b", "approved": "c", "returned": "d"}
    assert [one for one in "abcd" if f"uuid:{one}" in shown] == [expected[stage]]
    assert phone.client.get(f"{LIST}?stage=sideways", headers=by).status_code == 400


# --- four eyes ----------------------------------------------------------------------------------
def test_testimony_takes_two_people_and_a_script_is_its_makers_hand(
    phone: Phone, settings: Settings, bopha: Headers
) -> None:
    key = settings.secrets.jwt_key
    chanthou, chanthou_id = signed_in(key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": b"x"})
    assert decide(phone, chanthou, "uuid:1", "approved").status_code == 303
    assert central(phone, bopha, "uuid:1") is None, "one is not enough"
    assert "approved it" in page(phone, bopha, "uuid:1")
    assert decide(phone, chanthou, "uuid:1", "approved").status_code == 409, "not the same again"
    with unit_of_work() as session:
        made = accounts.create_numbered_api_token(
            session, SYSTEM, "s", [phone.project_id], [Scope.REVIEW, Scope.SUBMISSIONS]
        )
        session.execute(sa.update(ApiToken).values(created_by=chanthou_id))
    hers = {"Authorization": f"Bearer {made.token}"}
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions/uuid:1"
    asked = phone.client.patch(address, json={"reviewState": "approved"}, headers=hers)
    assert asked.status_code == 409, "nor by her script"
    assert central(phone, bopha, "uuid:1") is None
    assert decide(phone, bopha, "uuid:1", "approved").status_code == 303
    assert central(phone, bopha, "uuid:1") == "approved"
    assert rows(ReviewChange.what) == ["agreed_to", "approved"]
    assert [len(entries(act)) for act in ("four_eyes.propose", "four_eyes.agree")] == [1, 1]
    assert rows(Proposal.proposed_by) == [chanthou_id]


def test_what_another_server_approved_takes_two_people_here_all_the_same(
    phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": b"x"})
    with unit_of_work() as session:
        key = uuid.UUID(key_of("uuid:1"))
        record = records.find_by_key(session, phone.project_id, key)
        assert record is not None
        state = ReviewState.APPROVED
        deciding.copy(session, SYSTEM, phone.project_id, record, state, "central elsewhere.org")
    assert decide(phone, bopha, "uuid:1", "approved", "approved").status_code == 303
    assert rows(Person.standing) == ["received"], "one of us looked, and nobody else"
    assert decide(phone, bopha, "uuid:1", "approved", "approved").status_code == 409
    assert decide(phone, chanthou, "uuid:1", "approved", "approved").status_code == 303
    assert rows(Person.standing) == ["approved"]
    assert len(entries("four_eyes.agree")) == 1


def test_what_one_proposed_is_void_after_an_edit_another_decision_or_two_weeks(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": b"x"})
    decide(phone, bopha, "uuid:1", "approved")
    phone.send(told("uuid:2", edits="uuid:1", photo="a.jpg", size="5"))
    drain(app)
    decide(phone, chanthou, "uuid:2", "approved", "edited")
    assert central(phone, bopha, "uuid:1") == "edited", "nobody agreed to this version"
    decide(phone, bopha, "uuid:2", "returned", "edited", reasons=["files"])
    decide(phone, bopha, "uuid:2", "approved", "returned")
    assert central(phone, bopha, "uuid:1") == "hasIssues", "she begins anew"
    with unit_of_work() as session:
        long_ago = clock.now() - dt.timedelta(days=1)
        session.execute(sa.update(Proposal).values(expires_at=long_ago))
    decide(phone, chanthou, "uuid:2", "approved", "returned")
    assert central(phone, bopha, "uuid:1") == "hasIssues"
    decide(phone, bopha, "uuid:2", "approved", "returned")
    assert central(phone, bopha, "uuid:1") == "approved"


def test_what_is_no_testimony_takes_one(client: FlaskClient, settings: Settings) -> None:
    phone = a_survivors_phone(client)
    by = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    phone.send(told("uuid:1"))
    decide(phone, by, "uuid:1", "approved")
    assert central(phone, by, "uuid:1") == "approved"


# --- trash, and what a worker sees --------------------------------------------------------------
def test_the_trash_tells_who_removed_what_why_and_until_when(
    phone: Phone, chanthou: Headers, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    record = f"{LIST}/{key_of('uuid:1')}"
    empty = text_of(phone.client.get("/p/battambang/trash?lang=en", headers=chanthou))
    assert "Nothing was removed." in empty
    phone.client.post(f"{record}/remove", data={"reason": "practice"}, headers=chanthou)
    answer = phone.client.get("/p/battambang/trash?lang=en", headers=chanthou)
    shown = text_of(answer)
    assert "It was sent for practice." in shown
    assert "សុខា" in shown
    assert "Erased from" in shown
    year = (clock.now() + dt.timedelta(days=731)).year
    assert str(year) in shown
    assert f"{record}/restore" in answer.text
    elsewhere = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "24")
    hers = phone.client.get("/p/battambang/trash?lang=en", headers=elsewhere)
    assert "Nothing was removed." in text_of(hers)
    km = text_of(phone.client.get("/p/battambang/trash?lang=km", headers=chanthou))
    assert "កំណត់ត្រាដែលបានដកចេញ" in km


def test_a_worker_sees_what_the_office_has_of_hers_and_of_nobody_elses(
    phone: Phone, settings: Settings, bopha: Headers
) -> None:
    arun = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    other = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    address = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions"
    for name in ("uuid:aaaa11", "uuid:bbbb22"):
        phone.client.post(address, data=told(name), headers=arun)
    decide(phone, bopha, "uuid:aaaa11", "returned", reasons=["dates"], words="សម្ងាត់")
    shown = text_of(phone.client.get("/p/battambang/sent?lang=en", headers=arun))
    for part in ("…aaaa11", "returned", "dates and ages"):
        assert part in shown
    assert "…bbbb22" in shown
    assert "received" in shown
    assert "សម្ងាត់" not in shown, "what the team said stays with the team"
    assert "aaaa11" not in text_of(phone.client.get("/p/battambang/sent", headers=other))
    record = f"{LIST}/{key_of('uuid:aaaa11')}"
    assert phone.client.get(record, headers=arun).status_code in (403, 404)


# --- an app that speaks JSON --------------------------------------------------------------------
def test_an_app_is_told_where_each_of_its_items_stands_and_why_it_came_back(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    answers = {"store": "yes", "stats": "yes", "how": "signature", "prov": "02"}
    pushed = push(phone, item(1, form_id=FORM_ID, answers=answers))
    drain(app)
    answer = pull(phone, pushed.json["cursor"])
    (one,) = [each for each in answer.json["changes"] if each["type"] == "item"]
    assert (one["review"], one["reasons"]) == ("received", [])
    (name,) = rows(Submission.instance_id)
    seen = []
    for what, more in (
        ("take", {"stage": "received"}),
        ("decide", {"stage": "in_review", "decision": "returned", "reasons": ["place", "call"]}),
        ("decide", {"stage": "returned", "decision": "approved"}),
    ):
        stage = more.pop("stage")
        with clock.frozen(clock.now() + dt.timedelta(minutes=len(seen) + 1)):
            assert post(phone, bopha, name, what, stage, **more).status_code == 303
        later = dt.timedelta(minutes=len(seen) + 3)
        answer = pull(phone, answer.json["cursor"], later)
        (one,) = [each for each in answer.json["changes"] if each["type"] == "item"]
        assert set(one) & {"who", "name", "words"} == set()
        seen.append((one["review"], one["reasons"]))
    assert seen == [("in_review", []), ("returned", ["place", "call"]), ("approved", [])]


# --- what pages cost ----------------------------------------------------------------------------
@pytest.mark.each_database
def test_pages_ask_the_same_however_many_records_there_are(
    phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    def asked(path: str, by: Headers) -> int:
        with statements.counted() as seen:
            assert phone.client.get(path, headers=by).status_code == 200
        return len(seen)

    phone.send(told("uuid:0"))
    record = f"{LIST}/{key_of('uuid:0')}"
    decide(phone, bopha, "uuid:0", "returned", reasons=["place"])
    pages = (LIST, f"{LIST}?stage=returned", record, "/p/battambang/trash")
    few = [asked(path, chanthou) for path in pages]
    for n in range(1, 12):
        phone.send(told(f"uuid:{n}"))
        decide(phone, bopha, f"uuid:{n}", "returned", reasons=["place"])
    assert [asked(path, chanthou) for path in pages[:3]] == few[:3]
    assert max(few) <= 32
    for n in (3, 4):
        key = key_of(f"uuid:{n}")
        phone.client.post(f"{LIST}/{key}/remove", data={"reason": "other"}, headers=chanthou)
    some = asked("/p/battambang/trash", chanthou)
    for n in (5, 6, 7):
        key = key_of(f"uuid:{n}")
        phone.client.post(f"{LIST}/{key}/remove", data={"reason": "other"}, headers=chanthou)
    assert asked("/p/battambang/trash", chanthou) == some


# --- at once, and gone --------------------------------------------------------------------------
@pytest.mark.each_database
def test_of_two_who_decide_at_once_one_is_told(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers
) -> None:
    for n in range(4):
        phone.send(told(f"uuid:{n}"))
        key, start = key_of(f"uuid:{n}"), threading.Barrier(2)
        answers: list[int] = []

        def press(by: Headers, **data: Any) -> None:
            start.wait()  # noqa: B023 - joined below
            given = {"seen": f"{key}.received", **data}  # noqa: B023
            address = f"{LIST}/{key}/decide"  # noqa: B023
            answer = app.test_client().post(address, data=given, headers=by)
            answers.append(answer.status_code)  # noqa: B023

        both = [
            threading.Thread(target=press, args=(bopha,), kwargs={"decision": "approved"}),
            threading.Thread(
                target=press, args=(chanthou,), kwargs={"decision": "rejected", "reasons": "call"}
            ),
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        assert sorted(answers) == [303, 409]
    assert len(rows(ReviewChange.what)) == 4
    decided = {"approved": "approved", "rejected": "rejected"}
    assert sorted(rows(Person.standing)) == sorted(decided[one] for one in rows(ReviewChange.what))


def test_the_room_itself_lets_nobody_decide_out_of_reach(phone: Phone) -> None:
    phone.send(told("uuid:1"))
    roles = {phone.project_id: frozenset({Role.REVIEWER})}
    bound = Actor(
        id=7, name="x", roles=roles, areas={phone.project_id: {Role.REVIEWER: frozenset({"24"})}}
    )
    key = uuid.UUID(key_of("uuid:1"))
    wanted = deciding.Decision(stage=Stage.APPROVED)
    with pytest.raises(Problem) as refused, unit_of_work() as session:
        deciding.make(session, bound, phone.project_id, key, wanted)
    assert refused.value.kind is NOT_FOUND


@pytest.mark.each_database
def test_what_was_decided_and_said_goes_with_the_record(
    app: Flask, phone: Phone, bopha: Headers
) -> None:
    code = "7K2M-9QXT-4RWD"
    phone.send(told("uuid:1", code=code, photo="a.jpg"), {"a.jpg": b"x"})
    decide(phone, bopha, "uuid:1", "approved")
    decide(phone, bopha, "uuid:1", "rejected", reasons=["call"], words="សុខា")
    asked = phone.client.post(f"/v1/projects/{phone.project_id}/withdrawals", json={"code": code})
    assert asked.status_code == 201
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        drain(app)
    for column in (ReviewChange.what, RecordComment.sealed, Proposal.kind, Standing.standing):
        assert rows(column) == [], column
