"""Pages of entity lists: what waits, who may hold, files with a preview, and what two changed."""

from __future__ import annotations

import datetime as dt
import io
import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM, Role, Scope
from service.entities import actions
from service.entities.actions import Opened
from service.entities.queries import holders
from service.facts.scopes import Purpose
from service.forms import actions as forms
from service.forms.entity_lists import Telling
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.conftest import drain
from tests.entity_forms import a_record, a_uuid, register
from tests.factories import Phone
from tests.web.pages_world import World, sign_in, text_of
from tests.web.people import bearer


@pytest.fixture
def phone(app: Flask, client: FlaskClient, world: World) -> Phone:
    """A phone of the world's project, with the form that fills the list."""
    with unit_of_work() as session:
        forms.publish_xml(
            session, SYSTEM, world.project_id, register(), media={},
            blobs=app.extensions["samleng.blobs"],
        )  # fmt: skip
        made = accounts.create_app_user(session, SYSTEM, world.project_id, "ទូរសព្ទ អរុណ", None)
    return Phone(
        client=app.test_client(), project_id=world.project_id, token=made.token, id=made.id
    )


def send(app: Flask, phone: Phone, *records: str) -> None:
    for record in records:
        assert phone.send(record).status_code == 201
    drain(app)


def opened(world: World) -> Opened:
    return actions.open_list(SYSTEM, world.project_id, "people", purpose=Purpose.WORK)


def list_path(world: World) -> str:
    return f"{world.path}/lists/{opened(world).ref.list_pk}"


def a_contradiction(app: Flask, phone: Phone) -> str:
    one = a_uuid()
    send(
        app,
        phone,
        a_record(one, {"name": "សុខ", "age": "44", "village": "ក"}, label="សុខ", create="1"),
    )
    send(app, phone, a_record(one, {"age": "45", "village": "ខ"}, update="1", baseVersion="1"))
    send(app, phone, a_record(one, {"age": "46", "village": "គ"}, update="1", baseVersion="1"))
    return one


def test_what_two_changed_is_decided_field_by_field(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    one, path = a_contradiction(app, phone), list_path(world)
    assert one in client.get(path).text
    assert "សុខ" not in client.get(path).text  # names are behind a fresh code
    page = client.get(f"{path}/entities/{one}?purpose=work")
    for value in ("44", "45", "46", "ក", "ខ", "គ"):
        assert value in text_of(page)
    answer = client.post(
        f"{path}/entities/{one}/resolve",
        data={"version": "3", "purpose": "work", "side0": "base", "side1": "theirs"},
    )
    assert answer.status_code == 303
    assert "It is decided." in text_of(client.get(answer.headers["Location"]))
    [seen] = actions.rows(opened(world))
    assert seen.values is not None
    assert (seen.values["age"], seen.values["village"]) == ("44", "ខ")
    assert (seen.entity.conflict, seen.current.number) == (None, 4)
    assert one not in client.get(path).text


def test_a_decision_about_what_has_changed_since_is_asked_again(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    one, path = a_contradiction(app, phone), list_path(world)
    send(app, phone, a_record(one, {"age": "47"}, update="1", baseVersion="3"))
    answer = client.post(
        f"{path}/entities/{one}/resolve", data={"version": "3", "purpose": "work", "side0": "base"}
    )
    assert answer.status_code == 409
    assert "at version 4" in text_of(answer)
    [seen] = actions.rows(opened(world))
    assert seen.values is not None
    assert (seen.values["age"], seen.entity.conflict) == ("47", "hard")


def test_opening_an_entity_wants_a_fresh_code_and_is_written_down(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    one, path = a_contradiction(app, phone), list_path(world)
    later = clock.now() + dt.timedelta(minutes=30)
    with clock.frozen(later):
        answer = client.get(f"{path}/entities/{one}")
        assert answer.headers["Location"].startswith("/second-factor")
    asked = client.get(f"{path}/entities/{one}")
    assert "Why do you open it?" in text_of(asked)
    assert "សុខ" not in asked.text
    assert names_read() == [], "nothing is shown before somebody says what for"
    assert client.get(f"{path}/entities/{one}?purpose=gossip").status_code == 400
    page = client.get(f"{path}/entities/{one}?purpose=refer")
    assert page.status_code == 200
    told = names_read()
    assert [(entry.details["purpose"], entry.details["records"]) for entry in told] == [
        ("refer", 1)
    ]
    assert one not in str([entry.__dict__ for entry in told])
    assert "people" in text_of(client.get(f"{world.path}/readings"))


def names_read() -> list[AuditEntry]:
    with reading() as session:
        query = session.query(AuditEntry).filter_by(action="entity.read_names")
        return query.order_by(AuditEntry.at).all()


def test_s16_whoever_sees_names_through_the_api_does_it_for_a_purpose_that_is_kept(
    app: Flask, world: World, phone: Phone
) -> None:
    one = a_contradiction(app, phone)
    with unit_of_work() as session:
        made = accounts.create_numbered_api_token(
            session, SYSTEM, "s", None, (Scope.ENTITIES, Scope.IDENTITY)
        )
    base = f"/v1/projects/{world.project_id}/datasets/people"
    by = {"Authorization": f"Bearer {made.token}"}
    ways = ("entities.csv", "entities.geojson", "entities", ".svc/Entities", f"entities/{one}")
    before = 0
    for way in ways:
        address = base + way if way.startswith(".") else f"{base}/{way}"
        assert "សុខ" not in phone.client.get(f"{address}?purpose=quote", headers=by).text
        assert phone.client.get(f"{address}?purpose=gossip", headers=by).status_code == 400
        assert len(names_read()) == before
        for asked in (address, f"{address}?purpose=work"):  # unsaid: a program that knows none
            answer = phone.client.get(asked, headers=by)
            assert ("សុខ" in answer.text) is (way != "entities.geojson"), way
            before += 1
            *_, last = names_read()
            assert (last.details["purpose"], last.details["records"]) == ("work", 1)
        again = {**by, "If-None-Match": answer.headers["ETag"]}
        kept = phone.client.get(f"{address}?purpose=work", headers=again)
        if way == f"entities/{one}":  # whether it is the same, only reading it can tell
            before += 1
        assert kept.status_code == 304
        assert len(names_read()) == before, way
    said = {**by, "X-Samleng-Purpose": "work"}
    assert "សុខ" in phone.client.get(f"{base}/entities", headers=said).text


def test_who_sees_names_masked_is_told_that_there_is_something_to_decide(
    app: Flask, world: World, phone: Phone
) -> None:
    one = a_contradiction(app, phone)
    address = f"/v1/projects/{world.project_id}/datasets/people/entities/{one}/conflicts"
    found = []
    for scopes in ((Scope.ENTITIES,), (Scope.ENTITIES, Scope.IDENTITY)):
        with unit_of_work() as session:
            made = accounts.create_numbered_api_token(session, SYSTEM, "s", None, scopes)
        by = {"Authorization": f"Bearer {made.token}"}
        found.append(phone.client.get(address, headers=by).get_json())
    masked, clear = found
    assert [(one["name"], one["version"]) for one in clear] == [("age", 3), ("village", 3)]
    assert [one["mine"] for one in clear] == ["46", "គ"]
    assert masked == [{**one, **dict.fromkeys(("base", "theirs", "mine", "now"))} for one in clear]


def test_a_phone_is_allowed_and_ended_and_the_page_of_the_phone_says_so(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    path = list_path(world)
    assert client.post(f"{path}/telling", data={"telling": "people"}).status_code == 303
    assert "names people" in text_of(client.get(path))
    unclear = client.post(f"{path}/phones", data={"phone": phone.id, "area": "Nowhereville"})
    assert unclear.status_code == 400
    assert (
        client.post(f"{path}/phones", data={"phone": phone.id, "area": "0201"}).status_code == 303
    )
    with reading() as session:
        [held] = holders.list_holders(session, world.project_id, app_user_id=phone.id)
    assert (held.area, held.ended_at) == ("0201", None)
    told = text_of(client.get(f"{world.path}/phones/{phone.id}"))
    assert "Lists that it may hold" in told
    assert "never fetched" in told
    assert client.post(f"{path}/phones/{phone.id}/end").status_code == 303
    assert "ended" in text_of(client.get(f"{world.path}/phones/{phone.id}"))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.COORDINATOR])
def test_s17_a_new_code_from_an_administrator_opens_no_list_of_people(
    client: FlaskClient, world: World, phone: Phone, settings: Settings, role: Role
) -> None:
    """Nor does a phone of theirs: until a coordinator allows it, and they are told. (A
    coordinator's new code changes nothing: they may allow it.)"""
    path = list_path(world)
    client.post(f"{path}/telling", data={"telling": "people"})
    client.post(f"{path}/phones", data={"phone": phone.id, "area": ""})
    phones = f"{world.path}/phones"
    project = 0 if role is Role.ADMIN else world.project_id
    by = bearer(settings.secrets.jwt_key, role, project)
    new = {"was": "", "days": "90"}
    made = phone.client.post(f"{phones}/{phone.id}/renew", data=new, headers=by)
    assert made.status_code == 200
    with reading() as session:
        [held] = holders.list_holders(session, world.project_id, app_user_id=phone.id)
    is_ended = held.ended_at is not None
    assert is_ended is (role is Role.ADMIN)
    told = "Phones that may hold a list of people no more"
    assert (told in text_of(client.get(f"{world.path}/"))) is is_ended
    enrolled = phone.client.post(phones, data={"name": "new", "days": "90"}, headers=by)
    assert enrolled.status_code == 200, enrolled.text
    client.post(f"{path}/phones", data={"phone": phone.id, "area": ""})
    with reading() as session:
        [held, *more] = holders.list_holders(session, world.project_id)
    assert (held.ended_at, more) == (None, [])
    assert told not in text_of(client.get(f"{world.path}/"))


def test_a_list_that_names_people_is_opened_to_all_by_a_fresh_code_alone(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    path = list_path(world)
    client.post(f"{path}/telling", data={"telling": "people"})
    with clock.frozen(clock.now() + dt.timedelta(minutes=30)):
        answer = client.post(f"{path}/telling", data={"telling": "nobody"})
        assert 'name="fresh_code"' in answer.text
    assert opened(world).ref.telling is Telling.PEOPLE


def test_a_file_shows_what_it_would_do_then_does_it_and_is_taken_back(
    client: FlaskClient, world: World, phone: Phone
) -> None:
    path = list_path(world)

    def upload(text: str) -> str:
        data = {"file": (io.BytesIO(text.encode()), "people.csv")}
        answer = client.post(f"{path}/import", data=data, content_type="multipart/form-data")
        return answer.get_data(as_text=True)

    assert "Row 3" in upload("label,age\nសុខ,1\n,2\n")
    assert "strange" in upload("label,strange\nសុខ,1\n")
    page = upload("label,age\nសុខ,1\nដារ៉ា,2\n")
    assert list(actions.rows(opened(world))) == []
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)
    assert found is not None
    again = {"text": found[1], "sure": "yes"}
    unseen = client.post(f"{path}/import", data=again)
    assert unseen.status_code == 409
    assert "changed since you looked" in unseen.text
    state = re.search(r'name="state" value="([0-9a-f]+)"', page)
    assert state is not None
    answer = client.post(f"{path}/import", data={**again, "state": state[1]})
    assert answer.status_code == 303
    assert len(list(actions.rows(opened(world)))) == 2
    undo = re.search(r'action="([^"]+/undo)"', client.get(path).text)
    assert undo is not None
    assert client.post(undo[1]).status_code == 303
    assert list(actions.rows(opened(world))) == []


def test_what_could_not_be_applied_is_seen_and_approved_or_tried_again(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, world.project_id, "people", required=True)
    one = a_uuid()
    send(
        app,
        phone,
        a_record(one, {"name": "សុខ"}, label="សុខ", create="1"),
        a_record(one, {"age": "4"}, update="1", baseVersion="1"),
        a_record("x", {}, label="y", create="1"),
    )
    page = client.get(f"{world.path}/lists")
    told = text_of(page)
    assert "waits for approval" in told
    assert "has not come" in told
    assert "no UUID of version 4" in told
    assert list(actions.rows(opened(world))) == []
    shown = re.search(r'name="how" value="approve"', page.text)
    assert shown is not None
    with reading() as session:
        [waiting] = [
            each
            for each in actions.list_open_arrivals(session, SYSTEM, world.project_id)
            if each.outcome == "unapproved"
        ]
    answer = client.post(f"{world.path}/lists/waiting/{waiting.record_pk}", data={"how": "approve"})
    assert answer.status_code == 303
    drain(app)
    [seen] = actions.rows(opened(world))
    assert (seen.entity.entity_id, seen.current.number) == (uuid.UUID(one), 2)
    record = text_of(client.get(f"{world.path}/submissions/{waiting.submission_pk}"))
    assert "made or changed" in record
    assert "សុខ" not in record


def test_approval_is_dropped_as_the_client_says_of_those_that_wait(
    app: Flask, world: World, phone: Phone
) -> None:
    """Central's `convert`: unsaid, nothing is changed while records wait."""
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, world.project_id, "people", required=True)
        made = accounts.create_numbered_api_token(session, SYSTEM, "s", None, (Scope.ENTITIES,))
    record = a_record(a_uuid(), {"name": "ដារា"}, label="ដារា", create="1")
    assert phone.send(record).status_code == 201
    drain(app)
    address = f"/v1/projects/{world.project_id}/datasets/people"
    by = {"Authorization": f"Bearer {made.token}"}

    def drop(query: str) -> tuple[int, str, int]:
        told = phone.client.patch(address + query, json={"approvalRequired": False}, headers=by)
        drain(app)
        said = told.get_json()
        found = len(list(actions.rows(opened(world))))
        return told.status_code, said.get("code", said.get("approvalRequired")), found

    assert drop("") == (400, "400.29", 0)
    assert drop("?convert=maybe") == (400, "400.11", 0)
    assert phone.client.get(address, headers=by).get_json()["approvalRequired"] is True
    assert drop("?convert=false") == (200, False, 0)
    assert drop("") == (400, "400.29", 0)
    assert drop("?convert=true") == (200, False, 1)
    assert drop("") == (200, False, 1)


def test_a_record_that_a_review_approves_makes_its_entities(
    app: Flask, phone: Phone, world: World
) -> None:
    with unit_of_work() as session:
        actions.require_approval(session, SYSTEM, world.project_id, "people", required=True)
        script = accounts.create_api_token(
            session, SYSTEM, "review", [world.project_id], {Scope.REVIEW}
        )
    sent = a_record(a_uuid(), {"name": "សុខ"}, label="សុខ", create="1")
    send(app, phone, sent)
    assert list(actions.rows(opened(world))) == []
    found = re.search(r"<(?:\w+:)?instanceID>([^<]+)<", sent)
    form = re.search(r'\bid="([^"]+)"', sent)
    assert found is not None
    assert form is not None
    record = f"/v1/projects/{world.project_id}/forms/{form[1]}/submissions/{found[1]}"
    by = {"Authorization": f"Bearer {script.token}"}
    for state, entities in (("hasIssues", 0), ("approved", 1), ("approved", 1)):
        told = phone.client.patch(record, json={"reviewState": state}, headers=by)
        assert told.status_code == 200, told.text
        drain(app)
        assert len(list(actions.rows(opened(world)))) == entities


def test_dara_sees_nothing_of_it(
    app: Flask, client: FlaskClient, world: World, phone: Phone
) -> None:
    one, path = a_contradiction(app, phone), list_path(world)
    stranger = app.test_client()
    sign_in(stranger, world.stranger)
    for address in (f"{world.path}/lists", path, f"{path}/entities/{one}"):
        assert stranger.get(address).status_code == 404
    analyst = app.test_client()
    sign_in(analyst, world.analyst)
    assert analyst.get(f"{world.path}/lists").status_code == 403


@pytest.mark.parametrize("language", ["en", "km"])
def test_all_pages_speak_both_languages(
    app: Flask, client: FlaskClient, world: World, phone: Phone, language: str
) -> None:
    one, path = a_contradiction(app, phone), list_path(world)
    send(app, phone, a_record("x", {}, label="y", create="1"))
    for address in (f"{world.path}/lists", path, f"{path}/entities/{one}"):
        answer = client.get(f"{address}?lang={language}")
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.text


def test_a_program_declares_of_whom_a_list_tells_as_far_as_it_may(
    app: Flask, world: World, phone: Phone
) -> None:
    """What phones and readers get more by is said by a coordinator, on the page, with a code."""
    with unit_of_work() as session:
        made = accounts.create_numbered_api_token(session, SYSTEM, "s", None, (Scope.ENTITIES,))
        actions.create_list(session, SYSTEM, world.project_id, "clinics")
    by = {"Authorization": f"Bearer {made.token}"}

    def declare(name: str, **said: object) -> tuple[int, str]:
        address = f"/v1/projects/{world.project_id}/datasets/{name}"
        told = phone.client.patch(address, json=said, headers=by)
        found = phone.client.get(address, headers=by).get_json()["telling"]
        return told.status_code, str(found)

    assert declare("clinics", telling="nobody") == (200, "nobody")
    assert declare("clinics", telling="people") == (200, "people")
    assert declare("clinics", telling="nobody") == (403, "people")
    assert declare("clinics", telling="everybody") == (400, "people")
    assert declare("clinics") == (400, "people"), "nothing said"
    assert declare("clinics", approvalRequired=True) == (200, "people")
    send(app, phone, a_record(a_uuid(), {"name": "សុខ"}, label="សុខ", create="1"))
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, world.project_id, "people", Telling.UNDECLARED)
    assert declare("people", telling="nobody") == (403, "undeclared"), "it holds what somebody told"
    assert declare("people", telling="people") == (200, "people")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "nobody has said of whom they tell"), ("km", "គ្មានអ្នកបញ្ជាក់ថានិយាយអំពីអ្នកណា")],
)
def test_s08_today_and_lists_ask_while_nobody_said_of_whom_a_list_tells(
    client: FlaskClient, world: World, language: str, said: str
) -> None:
    def asked() -> list[bool]:
        pages = ("", "lists")
        return [
            said in text_of(client.get(f"{world.path}/{page}?lang={language}")) for page in pages
        ]

    with unit_of_work() as session:
        actions.create_list(session, SYSTEM, world.project_id, "clinics")
    assert asked() == [False, False], "it holds nothing but ids"
    with unit_of_work() as session:
        actions.add_property(session, SYSTEM, world.project_id, "clinics", "called")
    assert asked() == [True, True]
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, world.project_id, "clinics", Telling.NOBODY)
    assert asked() == [False, False]
