"""`GET /v1/projects/{pid}/sync`: what changed, page by page; on both databases."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role
from service.consent import actions as consent
from service.foundation import clock, running_writes
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.queries import trash
from service.intake.tables import Submission
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone, an_instance
from tests.survivors import FORM_ID, YES, a_survivors_phone
from tests.web.test_giving_roles import Person
from tests.web.test_json_sync import item, push, statuses

pytestmark = pytest.mark.each_database

LATER, NOW = dt.timedelta(seconds=11), dt.timedelta(0)


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def pull(phone: Phone, cursor: str | None = None, after: dt.timedelta = LATER, **query: Any) -> Any:
    if cursor is not None:
        query["cursor"] = cursor
    with clock.frozen(clock.now() + after):
        return phone.client.get(
            f"/v1/projects/{phone.project_id}/sync", query_string=query,
            headers={"Authorization": f"Bearer {phone.token}"},
        )  # fmt: skip


def items(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.data
    return [(one["id"], one["status"]) for one in answer.json["changes"] if one["type"] == "item"]


def begin(phone: Phone, *sent: Any) -> str:
    """Push, and answer the cursor by which to ask for what was pushed."""
    return str(push(phone, *sent).json["cursor"])


def test_a_first_pull_tells_forms_and_items_and_the_next_nothing(phone: Phone) -> None:
    first = pull(phone, begin(phone, item(1), item(2)))
    assert items(first) == [("item-1", "stored"), ("item-2", "stored")]
    (told,) = [one for one in first.json["changes"] if one["type"] == "forms"]
    (form,) = told["forms"]
    assert (form["form_id"], form["version"]) == ("visit", "1")
    address = form["download_url"].removeprefix("http://localhost")
    blank = phone.client.get(address, headers={"Authorization": f"Bearer {phone.token}"})
    assert blank.status_code == 200
    again = pull(phone, first.json["cursor"])
    assert (again.json["changes"], again.json["more"]) == ([], False)
    assert again.json["cursor"] == first.json["cursor"]


def test_a_pull_from_the_cursor_of_a_push_tells_of_what_was_pushed(phone: Phone) -> None:
    assert statuses(phone, item(1)) == ["stored"]
    cursor = push(phone, item(2)).json["cursor"]
    assert items(pull(phone, cursor)) == [("item-2", "stored")]


def test_every_change_of_an_item_is_told(app: Flask, phone: Phone) -> None:
    cursor = pull(phone, begin(phone, item(1), item(9))).json["cursor"]
    edit = item(2, edits="item-1", answers={"photo": "a.jpg"})
    assert statuses(phone, edit) == ["stored"]
    drain(app)
    answer = pull(phone, cursor)
    assert sorted(items(answer)) == [("item-1", "replaced"), ("item-2", "stored")]
    (second,) = [one for one in answer.json["changes"] if one["id"] == "item-2"]
    assert (second["attachments_expected"], second["attachments_present"]) == (1, 0)
    put = phone.client.put(
        f"/v1/projects/{phone.project_id}/sync/item-2/attachments/a.jpg", data=b"x",
        headers={"Authorization": f"Bearer {phone.token}"},
    )  # fmt: skip
    assert put.status_code == 200
    answer = pull(phone, answer.json["cursor"])
    assert items(answer) == [("item-2", "stored")]
    assert answer.json["changes"][0]["attachments_present"] == 1


def test_a_walk_in_pages_tells_all_and_each_once(phone: Phone) -> None:
    cursor: str | None = begin(phone, *(item(n) for n in range(25)))
    seen: list[tuple[str, str]] = []
    pages = 0
    while True:
        answer = pull(phone, cursor, limit=7)
        seen += items(answer)
        cursor, pages = answer.json["cursor"], pages + 1
        if not answer.json["more"]:
            break
    assert pages == 4
    assert sorted(seen) == sorted((f"item-{n}", "stored") for n in range(25))


def test_what_is_not_settled_comes_later_and_is_not_lost(phone: Phone) -> None:
    """A transaction that began before another may be committed after it."""
    cursor = begin(phone, item(1))
    early = pull(phone, cursor, after=dt.timedelta(seconds=1))
    assert items(early) == []
    assert items(pull(phone, early.json["cursor"])) == [("item-1", "stored")]


def test_pushes_lose_no_change_between_two_pulls(phone: Phone) -> None:
    """An app goes on with the cursor of the answer before, whichever answer that was."""
    cursor = pull(phone, begin(phone, item(1))).json["cursor"]
    with clock.frozen(clock.now() + dt.timedelta(minutes=1)):
        set_deleted(phone, "item-1")
    with clock.frozen(clock.now() + dt.timedelta(minutes=2)):
        pushed = push(phone, item(2), cursor=cursor).json["cursor"]
        assert pushed == cursor
        assert items(pull(phone, pushed)) == [("item-1", "removed"), ("item-2", "stored")]


def test_a_cursor_that_is_none_keeps_no_record_waiting(phone: Phone) -> None:
    answer = push(phone, item(1), cursor="none")
    assert [one["status"] for one in answer.json["results"]] == ["stored"]
    assert pull(phone, answer.json["cursor"]).status_code == 400


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_is_committed_late_is_told_all_the_same(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late: here whatever is older than now counts as committed, were it not running."""
    cursor = begin(phone, item(1))
    monkeypatch.setattr(running_writes, "MARGIN", dt.timedelta(0))
    cursor = pull(phone, cursor, NOW).json["cursor"]
    with unit_of_work() as session:
        trash.set_deleted(session, phone.project_id, record_of(session, "item-1"), clock.now())
        assert statuses(phone, item(2)) == ["stored"]
        meanwhile = pull(phone, cursor, NOW)
        assert items(meanwhile) == []
    told = items(pull(phone, meanwhile.json["cursor"], NOW))
    assert told == [("item-1", "removed"), ("item-2", "stored")]


def record_of(session: Session, instance_id: str) -> uuid.UUID:
    query = sa.select(Submission.record_pk).where(Submission.instance_id == instance_id)
    return session.execute(query).scalar_one()


def set_deleted(phone: Phone, instance_id: str) -> None:
    with unit_of_work() as session:
        record_pk = record_of(session, instance_id)
        trash.set_deleted(session, phone.project_id, record_pk, clock.now())


def test_a_new_form_is_told_and_one_that_is_closed_is_gone(phone: Phone) -> None:
    cursor = pull(phone).json["cursor"]
    with unit_of_work() as session:
        a_form(session, phone.project_id, "other")
    (told,) = pull(phone, cursor).json["changes"]
    assert sorted(one["form_id"] for one in told["forms"]) == ["other", "visit"]


def test_nobody_is_told_of_what_others_sent(phone: Phone) -> None:
    with unit_of_work() as session:
        made = accounts.create_app_user(session, SYSTEM, phone.project_id, "ដារ៉ា", None)
    dara = Phone(client=phone.client, project_id=phone.project_id, token=made.token, id=made.id)
    theirs, cursor = begin(dara), begin(phone, item(1))
    assert items(pull(dara, theirs)) == []
    assert pull(dara, cursor).status_code == 400
    assert phone.send(an_instance("uuid:by-collect")).status_code == 201
    assert items(pull(phone, cursor)) == [("item-1", "stored")]  # Collect asks nobody


def test_s08_a_token_alone_lists_nothing_that_was_sent_before(phone: Phone) -> None:
    with clock.frozen(clock.now() - dt.timedelta(hours=1)):
        assert statuses(phone, item(1)) == ["stored"]
    first = pull(phone, after=dt.timedelta(0))
    assert items(first) == []
    assert statuses(phone, item(2)) == ["stored"]
    assert items(pull(phone, first.json["cursor"])) == [("item-2", "stored")]
    assert items(pull(phone, begin(phone, item(3)))) == [("item-3", "stored")]


def test_a_person_is_told_from_the_beginning(app: Flask, settings: Settings, phone: Phone) -> None:
    arun = Person(app, settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    sent = arun.client.post(
        f"/v1/projects/{phone.project_id}/sync", json={"items": [item(1)]}, headers=arun.headers
    )
    assert sent.status_code == 200
    with clock.frozen(clock.now() + LATER):
        answer = arun.client.get(f"/v1/projects/{phone.project_id}/sync", headers=arun.headers)
    assert items(answer) == [("item-1", "stored")]


def test_what_was_taken_back_is_not_told_any_more(client: FlaskClient, app: Flask) -> None:
    phone = a_survivors_phone(client)
    cursor = begin(phone, item(id="gone", form_id=FORM_ID, answers=dict(YES)))
    consent.withdraw_record(
        SYSTEM, phone.project_id, "gone", "asked", blobs=app.extensions["samleng.blobs"], scopes=()
    )
    drain(app)
    assert items(pull(phone, cursor)) == []


@pytest.mark.parametrize("cursor", ["", "x", "W10=", "WyIyMDI2IiwgMSwgMl0=", "ខ", "a" * 301])
def test_a_cursor_that_is_none_is_refused(phone: Phone, cursor: str) -> None:
    assert pull(phone, cursor).status_code == 400


def test_answers_are_told_to_nobody(client: FlaskClient) -> None:
    phone = a_survivors_phone(client)
    answers = {**YES, "name": "សុខ ចន្ធូ", "phone": "012345678"}
    body = pull(phone, begin(phone, item(form_id=FORM_ID, answers=answers))).get_data(as_text=True)
    assert "ចន្ធូ" not in body
    assert "012345678" not in body


def test_records_of_phones_cost_the_index_nothing(phone: Phone) -> None:
    assert phone.send(an_instance()).status_code == 201
    with reading() as session:
        assert session.scalars(sa.select(Submission.changed_at)).all() == [None]
