"""`POST /v1/projects/{pid}/sync`, through HTTP, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.consent import actions as consent
from service.facts.tables import Person
from service.forms.states import FormState
from service.forms.tables import Form
from service.foundation.blobs import LocalBlobs, Room
from service.foundation.db import reading, unit_of_work
from service.intake.actions import batches
from service.intake.tables import State, Submission
from tests.conftest import drain
from tests.factories import Phone, a_form, a_phone, a_project, an_instance
from tests.survivors import FORM_ID, YES, a_survivors_phone, told
from tests.web.test_phones import limit

UUID = "6f9c1c1e-8f0a-4a5b-9d1e-1f2a3b4c5d6e"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def item(number: int = 1, **changes: Any) -> dict[str, Any]:
    answers = {"village": "អូរតាគាំ", "member": [{"age": 44}]}
    return {
        "id": f"item-{number}",
        "form_id": "visit",
        "version": "1",
        "answers": answers,
    } | changes


def push(phone: Phone, *items: Any, **envelope: Any) -> Any:
    return phone.client.post(
        f"/v1/projects/{phone.project_id}/sync",
        json={"device_id": "tablet-07", "items": list(items)} | envelope,
        headers={"Authorization": f"Bearer {phone.token}"},
    )


def statuses(phone: Phone, *items: Any) -> list[str]:
    answer = push(phone, *items)
    assert answer.status_code == 200, answer.data
    return [result["status"] for result in answer.json["results"]]


def stored() -> list[tuple[str, str, str]]:
    with reading() as session:
        query = sa.select(Submission.instance_id, Submission.state, Submission.channel)
        return sorted(tuple(row) for row in session.execute(query))


def test_a_batch_is_stored_and_again_it_is_a_duplicate(phone: Phone) -> None:
    assert statuses(phone, item(1), item(2)) == ["stored", "stored"]
    assert statuses(phone, item(2), item(1), item(3)) == ["duplicate", "duplicate", "stored"]
    assert stored() == [(f"item-{n}", State.CURRENT, "json") for n in (1, 2, 3)]


def test_s21_on_a_day_that_is_used_up_items_that_are_here_are_duplicates_and_others_wait(
    app: Flask, phone: Phone
) -> None:
    """Whoever's answer got lost sends all of it again: it is not to wait until tomorrow."""
    limit(app, submissions=2)
    assert statuses(phone, item(1), item(2)) == ["stored", "stored"]
    answer = push(phone, item(1), item(3), item(2))
    assert [one["status"] for one in answer.json["results"]] == [
        "duplicate", "rejected", "duplicate",
    ]  # fmt: skip
    assert answer.json["results"][1]["problem"]["code"] == "429.2"
    refused = push(phone, item(3), item(4))
    assert (refused.status_code, refused.json["code"]) == (429, "429.2")
    assert int(refused.headers["Retry-After"]) >= 60
    assert len(stored()) == 2


def test_an_app_that_sends_a_record_of_a_phone_contradicts_it_where_it_is_written_otherwise(
    phone: Phone,
) -> None:
    """A bare UUID is the phone's ID; what is one record by its ID is the same by its XML alone."""
    assert phone.send(an_instance(f"uuid:{UUID}")).status_code == 201
    assert statuses(phone, item(id=UUID)) == ["queued"]  # Collect's XML has empty answers more
    assert [row[:2] for row in stored()] == [
        (f"uuid:{UUID}", State.CURRENT), (f"uuid:{UUID}", State.QUEUED),
    ]  # fmt: skip


def test_the_same_id_with_other_answers_waits_for_a_person(phone: Phone) -> None:
    assert statuses(phone, item()) == ["stored"]
    assert statuses(phone, item(answers={"village": "other"})) == ["queued"]
    assert statuses(phone, item()) == ["duplicate"]


def test_an_edit_takes_the_place_of_what_it_edits_in_whatever_order_they_come(
    phone: Phone,
) -> None:
    edit = item(2, edits="item-1", answers={"village": "new"})
    assert statuses(phone, edit) == ["queued"]
    assert statuses(phone, item(1)) == ["stored"]
    drain(phone.client.application)
    assert [row[:2] for row in stored()] == [
        ("item-1", State.SUPERSEDED), ("item-2", State.CURRENT),
    ]  # fmt: skip
    assert statuses(phone, item(3, edits="item-2")) == ["stored"]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"form_id": "visit"}, "400.52"),
        (7, "400.52"),
        (item(form_id="unknown"), "404.1"),
        (item(answers={"a b": "x"}), "400.52"),
        (item(answers=[]), "400.52"),
        (item(strange="x"), "400.52"),
        (item(recorded_at="2026-11-22T09:15:00"), "400.52"),
        (item(answers={"village": "x" * (4 * 1024 * 1024)}), "413.2"),
    ],
)
def test_what_is_wrong_with_an_item_is_said_of_it_alone(phone: Phone, bad: Any, code: str) -> None:
    answer = push(phone, item(1), bad, item(2))
    assert answer.status_code == 200
    first, wrong, last = answer.json["results"]
    assert (first["status"], wrong["status"], last["status"]) == ("stored", "rejected", "stored")
    assert wrong["problem"]["code"] == code
    assert wrong["problem"]["message"]
    assert wrong["id"] == (bad.get("id") if isinstance(bad, dict) else None)
    assert [row[0] for row in stored()] == ["item-1", "item-2"]


def test_what_is_wrong_quotes_no_answer(phone: Phone) -> None:
    answer = push(phone, item(answers={"village": [["Sok Chanthou"]]}))
    assert answer.json["results"][0]["status"] == "rejected"
    assert b"Chanthou" not in answer.data


def test_a_closed_form_rejects_and_a_closing_one_takes(phone: Phone) -> None:
    for state, expected in ((FormState.CLOSING, "stored"), (FormState.CLOSED, "rejected")):
        with unit_of_work() as session:
            session.execute(sa.update(Form).values(state=state))
        assert statuses(phone, item(id=state.value)) == [expected]


def test_files_that_have_not_come_are_named(phone: Phone) -> None:
    one = item(answers={"photo": "ផ្ទះ.jpg", "sound": "a.m4a"}, attachments=["ផ្ទះ.jpg"])
    assert push(phone, one).json["results"][0]["missing_attachments"] == ["ផ្ទះ.jpg", "a.m4a"]
    xml = an_instance("uuid:p", photo="ផ្ទះ.jpg", sound="a.m4a")
    assert phone.send(xml, {"a.m4a": b"m4a"}).status_code == 201
    again = push(phone, one).json["results"][0]
    assert again["status"] == "duplicate"
    assert again["missing_attachments"] == ["ផ្ទះ.jpg", "a.m4a"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"items": {}}', b'{"items": [], "strange": 1}', b"\xff\xfe{}"],
)  # fmt: skip
def test_what_is_no_batch_is_refused_and_nothing_kept(phone: Phone, body: bytes) -> None:
    answer = phone.client.post(
        f"/v1/projects/{phone.project_id}/sync", data=body,
        headers={"Authorization": f"Bearer {phone.token}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert answer.json["code"].startswith("400.")
    assert answer.json["details"]
    assert stored() == []


def test_a_batch_that_is_too_large_is_refused_before_it_is_read(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_BYTES", 1000)
    answer = push(phone, item(answers={"village": "x" * 2000}))
    assert answer.status_code == 413
    assert stored() == []


def test_a_full_disk_ends_the_batch_and_what_was_stored_is_a_duplicate_later(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(phone, item(1)) == ["stored"]
    monkeypatch.setattr(LocalBlobs, "room", lambda _self: Room(free=1, disk=10**12))
    assert push(phone, item(1), item(2)).status_code == 507
    monkeypatch.undo()
    assert statuses(phone, item(1), item(2)) == ["duplicate", "stored"]


def test_a_phone_sends_forms_of_its_scope_alone(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", all_forms=False)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "other")
    assert statuses(phone, item(1), item(2, form_id="other")) == ["stored", "rejected"]


def test_dara_may_not(phone: Phone) -> None:
    with unit_of_work() as session:
        elsewhere = a_project(session, "Pailin")
        other = accounts.create_app_user(session, SYSTEM, elsewhere.id, "ដារ៉ា", None)
    answer = phone.client.post(
        f"/v1/projects/{phone.project_id}/sync", json={"items": [item()]},
        headers={"Authorization": f"Bearer {other.token}"},
    )  # fmt: skip
    assert answer.status_code == 404
    assert phone.client.post(
        f"/v1/projects/{phone.project_id}/sync", json={"items": [item()]}
    ).status_code == 401  # fmt: skip


def test_facts_of_an_app_are_those_of_a_phone(client: FlaskClient) -> None:
    phone = a_survivors_phone(client)
    assert phone.send(told("uuid:1")).status_code == 201
    assert statuses(phone, item(id="2", form_id=FORM_ID, answers=dict(YES))) == ["stored"]
    with reading() as session:
        people = session.scalars(sa.select(Person)).all()
    of_phone, of_app = (
        {name: value for name, value in vars(person).items()
         if name not in ("submission_pk", "household_key", "_sa_instance_state")}
        for person in people
    )  # fmt: skip
    assert of_phone == of_app


def test_the_day_is_that_on_which_the_app_recorded_it(client: FlaskClient) -> None:
    phone = a_survivors_phone(client)
    answers = {name: value for name, value in YES.items() if name != "today"}
    recorded = item(
        id="1", form_id=FORM_ID, answers=answers, recorded_at="2026-10-31T23:30:00-05:00"
    )
    assert statuses(phone, recorded) == ["stored"]
    with reading() as session:
        day = session.scalars(sa.select(Person.happened_on)).one()
    assert day.isoformat() == "2026-11-01"  # in Phnom Penh


def test_what_was_taken_back_does_not_come_back(client: FlaskClient, app: Flask) -> None:
    phone = a_survivors_phone(client)
    one = item(id="gone", form_id=FORM_ID, answers=dict(YES))
    assert statuses(phone, one) == ["stored"]
    consent.withdraw_record(
        SYSTEM, phone.project_id, "gone", "asked", blobs=app.extensions["samleng.blobs"], scopes=()
    )
    drain(app)
    assert statuses(phone, one) == ["duplicate"]
    with reading() as session:
        assert session.scalars(sa.select(Submission.state)).all() == [State.ERASED]
        assert session.scalars(sa.select(Person)).all() == []


def test_json_of_any_kind_crashes_nothing(phone: Phone) -> None:
    for number, value in enumerate(
        [
            "1e999",
            "-0",
            "1" * 5000,
            '"\\ud800"',
            '"\\u0000"',
            "[[]]",
            '{"a": {"b": []}}',
            "1.5e-300",
        ]
    ):
        body = json.dumps({"items": ["X"]}).replace(
            '"X"', json.dumps(item(number, answers={"village": "V"})).replace('"V"', value)
        )
        answer = phone.client.post(
            f"/v1/projects/{phone.project_id}/sync", data=body,
            headers={"Authorization": f"Bearer {phone.token}"},
        )  # fmt: skip
        assert answer.status_code in (200, 400), (value, answer.data)


def test_s21_a_batch_of_more_than_200_items_or_8_mib_is_to_be_sent_in_parts(phone: Phone) -> None:
    address = f"/v1/projects/{phone.project_id}/sync"
    for items, padding, status in ((200, 0, 200), (201, 0, 413), (1, 8 * 2**20, 413)):
        body = b'{"items": [' + b",".join([b"{}"] * items) + b"]}" + b" " * padding
        by = {"Authorization": f"Bearer {phone.token}"}
        answer = phone.client.post(address, data=body, headers=by)
        assert answer.status_code == status, items
        if status == 413:
            told = answer.get_json()
            assert told["code"] == "413.5"
            assert "200 ធាតុ និង 8 MiB" in told["message"]
