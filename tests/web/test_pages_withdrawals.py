"""Pages about withdrawals: the public one, the coordinators' list, the paper for the person."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Scope
from service.facts import paper_codes
from service.facts.tables import Person
from service.foundation.db import reading, unit_of_work
from tests.factories import Phone, a_form
from tests.survivors import FORM_ID, form_xml, told
from tests.web.pages_world import World, a_world, sign_in, text_of

CODE = "7K2M-9QXT-4RWD"


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.fixture
def phone(world: World, client: FlaskClient) -> Phone:
    with unit_of_work() as session:
        a_form(session, world.project_id, FORM_ID, xml=form_xml())
        made = actions.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ", None)
    anonymous = client.application.test_client()
    return Phone(client=anonymous, project_id=world.project_id, token=made.token, id=made.id)


def persons() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


# --- the public page ----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "km"])
def test_a_survivor_types_the_code_and_leaves_no_trace(phone: Phone, language: str) -> None:
    phone.send(told("uuid:1", code=CODE))
    address = f"/withdraw/battambang?lang={language}"
    asked, done = phone.client.get(address), phone.client.post(address, data={"code": CODE})
    assert (asked.status_code, done.status_code) == (200, 200)
    for answer in (asked, done):
        assert f'<html lang="{language}">' in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    assert CODE not in done.get_data(as_text=True)
    assert persons() == 0


def test_the_page_says_the_same_to_a_code_that_nobody_has(phone: Phone) -> None:
    phone.send(told("uuid:1", code=CODE))
    address = "/withdraw/battambang?lang=en"
    answers = [
        text_of(phone.client.post(address, data={"code": code}))
        for code in (CODE, "0000-0000-0000")
    ]
    assert answers[0] == answers[1]
    assert "If this code stands on a record here" in answers[0]


def test_what_is_no_code_is_told_kindly_and_a_short_one_honestly(phone: Phone) -> None:
    address = "/withdraw/battambang?lang=en"
    wrong = phone.client.post(address, data={"code": "-"})
    assert wrong.status_code == 400
    assert "type all of it" in text_of(wrong)
    short = phone.client.post(address, data={"code": "BTB-7731"})
    assert "somebody of our team looks at it" in text_of(short)


def test_there_is_such_a_page_only_for_projects_that_are(phone: Phone) -> None:
    assert phone.client.get("/withdraw/nowhere").status_code == 404


# --- the coordinators' pages --------------------------------------------------------------------
def test_a_coordinator_takes_a_record_back_and_prints_the_paper(
    world: World, phone: Phone, client: FlaskClient
) -> None:
    phone.send(told("uuid:1", name="សុខ ដារ៉ា"))
    sign_in(client, world.coordinator)
    listed = client.get(f"{world.path}/withdrawals?record=uuid:1&lang=en")
    assert 'value="uuid:1"' in listed.get_data(as_text=True)
    assert "It adds up: nothing was lost." in text_of(listed)
    form = {"way": "record", "record": "uuid:1", "reason": "asked", "extent": "all"}
    sent = client.post(f"{world.path}/withdrawals", data=form)
    assert sent.status_code == 303
    paper = client.get(sent.headers["Location"])
    text = text_of(paper)
    for words in (
        "You took back what you had told us", "អ្នកបានដកអ្វីដែលអ្នកបានប្រាប់យើង",
        "People assessed", "cannot be called back", "មិនអាចហៅមកវិញបានទេ", "flask keys rotate",
    ):  # fmt: skip
        assert words in text
    for secret in ("សុខ ដារ៉ា", "uuid:1"):
        assert secret not in paper.get_data(as_text=True)
    assert len(re.findall(r"\d{1,2} (?:December|January|November) 20\d\d", text)) >= 3
    assert persons() == 0


def test_only_some_uses_are_taken_back(world: World, phone: Phone, client: FlaskClient) -> None:
    phone.send(told("uuid:1"))
    sign_in(client, world.coordinator)
    form = {"way": "record", "record": "uuid:1", "reason": "asked", "extent": "some"}
    nothing = client.post(f"{world.path}/withdrawals?lang=en", data=form)
    assert nothing.status_code == 400
    assert "Tick at least one use" in text_of(nothing)
    sent = client.post(f"{world.path}/withdrawals", data={**form, "scope": ["stats"]})
    paper = text_of(client.get(sent.headers["Location"]))
    assert "Your record stays" in paper
    assert "no longer count" not in paper
    assert persons() == 1


def test_a_record_that_is_not_there_is_told_so(
    world: World, phone: Phone, client: FlaskClient
) -> None:
    sign_in(client, world.coordinator)
    form = {"way": "record", "record": "uuid:none", "reason": "asked", "extent": "all"}
    answer = client.post(f"{world.path}/withdrawals?lang=en", data=form)
    assert answer.status_code == 404
    assert "There is no such record here" in text_of(answer)


def test_papers_bear_new_codes_of_sixteen_digits_each_time(
    world: World, client: FlaskClient
) -> None:
    sign_in(client, world.coordinator)
    codes = [
        re.findall(
            r"\b[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{4}\b",
            client.get(f"{world.path}/withdrawals/papers").get_data(as_text=True),
        )
        for _ in range(2)
    ]
    assert len(set(codes[0] + codes[1])) == 16
    assert all(paper_codes.is_strong(code) for code in codes[0])
    assert not any(paper_codes.is_mistyped(code) for code in codes[0])


def test_an_erased_record_is_shown_as_taken_back_and_says_nothing(
    world: World, phone: Phone, client: FlaskClient
) -> None:
    phone.send(told("uuid:1"))
    sign_in(client, world.coordinator)
    page = client.get(f"{world.path}/submissions").get_data(as_text=True)
    (address,) = set(re.findall(rf"{world.path}/submissions/[0-9a-f-]{{36}}", page))
    assert "withdrawals?record=uuid" in client.get(address).get_data(as_text=True)
    form = {"way": "record", "record": "uuid:1", "reason": "asked", "extent": "all"}
    client.post(f"{world.path}/withdrawals", data=form)
    record = client.get(f"{address}?lang=en")
    assert "taken back by the person" in text_of(record)
    assert "withdrawals?record" not in record.get_data(as_text=True)
    assert address not in client.get(f"{world.path}/submissions").get_data(as_text=True)


def test_the_analyst_and_a_stranger_may_not(
    world: World, phone: Phone, client: FlaskClient
) -> None:
    for who, status in ((world.analyst, 403), (world.stranger, 404)):
        sign_in(client, who)
        assert client.get(f"{world.path}/withdrawals").status_code == status
        assert client.post(f"{world.path}/withdrawals", data={}).status_code == status


def test_a_coordinator_sees_the_record_that_a_script_asks_to_erase_and_agrees(
    world: World, phone: Phone, client: FlaskClient
) -> None:
    phone.send(told("uuid:1"))
    with unit_of_work() as session:
        script = actions.create_api_token(
            session, SYSTEM, "s", [world.project_id], {Scope.WITHDRAWALS}
        )
    asked = phone.client.post(
        f"/v1/projects/{world.project_id}/withdrawals",
        json={"instance_id": "uuid:1", "reason": "asked"},
        headers={"Authorization": f"Bearer {script.token}"},
    )
    sign_in(client, world.coordinator)
    address = f"{world.path}/withdrawals/{asked.get_json()['id']}"
    page = client.get(f"{address}?lang=en")
    assert "A program asks to erase this record" in text_of(page)
    assert f'href="{world.path}/submissions/' in page.get_data(as_text=True)
    assert persons() == 1
    assert client.post(f"{address}/decide", data={"agree": "yes"}).status_code == 303
    assert persons() == 0
    assert "You took back what you had told us" in text_of(client.get(address))
