"""Forms are deleted and restored, through the API and on the page: phones see it at once, and no
record is lost. On both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts.actor import SYSTEM, Role
from service.forms import actions
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import Problem
from service.foundation.settings import Settings
from service.intake.queries import ageing, counting
from service.intake.tables import Submission
from service.moving.actions import form_versions
from service.moving.plan import Verdict, Why
from tests.conftest import drain
from tests.factories import FORM_XML, Phone, a_form, a_phone, an_instance
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.pages_world import World, text_of
from tests.web.people import bearer
from tests.web.test_api_removals import persons

Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client, "visit", "other")


@pytest.fixture
def by(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def forms_of(phone: Phone) -> str:
    return f"/v1/projects/{phone.project_id}/forms"


CHILDREN = ("formID", "name", "hash")


def offered(phone: Phone) -> list[tuple[str, str, str]]:
    answer = phone.client.get(f"{phone.base}/formList")
    assert answer.status_code == 200
    entries = etree.fromstring(answer.data).findall("{*}xform")
    told = [[one.findtext(f"{{*}}{name}") or "" for name in CHILDREN] for one in entries]
    return [(form_id, name, md5) for form_id, name, md5 in told]


def ids(phone: Phone) -> list[str]:
    return [one[0] for one in offered(phone)]


def delete(phone: Phone, by: Headers, form: str = "visit") -> int:
    return phone.client.delete(f"{forms_of(phone)}/{form}", headers=by).status_code


def deleted(phone: Phone, by: Headers) -> list[dict[str, Any]]:
    answer = phone.client.get(f"{forms_of(phone)}?deleted=true", headers=by)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json  # type: ignore[assignment]
    return found


def restore(phone: Phone, by: Headers, form_pk: object) -> int:
    answer = phone.client.post(f"{forms_of(phone)}/{form_pk}/restore", headers=by)
    return answer.status_code


def entries() -> list[str]:
    with reading() as session:
        query = sa.select(AuditEntry.action).order_by(AuditEntry.entry_pk)
        ours = ("form.delete", "form.restore")
        return list(session.scalars(query.where(AuditEntry.action.in_(ours))))


def instances() -> set[str]:
    with reading() as session:
        return set(session.scalars(sa.select(Submission.instance_id)))


def xml_of(form_id: str, version: str) -> bytes:
    return FORM_XML.format(form_id=form_id, version=version).encode()


def post_form(phone: Phone, by: Headers, version: str, query: str = "") -> Any:
    xml = xml_of("visit", version)
    headers = {**by, "Content-Type": "application/xml"}
    return phone.client.post(f"{forms_of(phone)}{query}", data=xml, headers=headers)


def test_c08_c10_a_deleted_form_is_offered_to_no_phone_and_restored_it_is_as_before(
    phone: Phone, by: Headers
) -> None:
    blobs = phone.client.application.extensions["samleng.blobs"]
    title = "<h:title>ទម្រង់ &amp; &lt;b&gt; \U0001f9ed</h:title>"
    xml = xml_of("odd", "1").replace("<h:title>សម្ភាសន៍ odd</h:title>".encode(), title.encode())
    with unit_of_work() as session:
        actions.publish_xml(session, SYSTEM, phone.project_id, xml, media={}, blobs=blobs)
    before = offered(phone)
    assert [one[0] for one in before] == ["odd", "other", "visit"]
    assert (delete(phone, by, "odd"), delete(phone, by, "odd")) == (200, 404)
    assert ids(phone) == ["other", "visit"]
    (gone,) = deleted(phone, by)
    assert phone.client.get(f"{phone.base}/forms/{gone['id']}.xml").status_code == 404
    assert phone.client.get(f"{phone.base}/formList?formID=odd").status_code == 200
    assert restore(phone, by, gone["id"]) == 200
    assert offered(phone) == before, "same name, same hash: no phone fetches it again"
    assert entries() == ["form.delete", "form.restore"]


def test_c11_c13_with_every_form_deleted_the_list_is_empty_and_credentials_are_still_right(
    phone: Phone, by: Headers
) -> None:
    for form in ("visit", "other"):
        assert delete(phone, by, form) == 200
    assert ids(phone) == []
    assert phone.client.head(f"{phone.base}/formList").status_code == 200
    wrong = phone.base.replace(phone.token, "smd-nobody")
    assert phone.client.head(f"{wrong}/formList").status_code == 403


def test_what_phones_still_have_of_a_deleted_form_comes_in(phone: Phone, by: Headers) -> None:
    """A phone must not hold what its user cannot repair."""
    assert phone.send(an_instance("uuid:1")).status_code == 201
    assert delete(phone, by) == 200
    assert phone.send(an_instance("uuid:1")).status_code == 202, "came before: one record"
    assert phone.send(an_instance("uuid:2")).status_code == 201
    assert phone.send(an_instance("uuid:3", version="unknown")).status_code == 201
    assert instances() == {"uuid:1", "uuid:2", "uuid:3"}
    with reading() as session:
        assert counting.conservation(session, phone.project_id).holds
    assert restore(phone, by, deleted(phone, by)[0]["id"]) == 200
    listed = phone.client.get(f"{forms_of(phone)}/visit/submissions", headers=by)
    assert {one["instanceId"] for one in listed.json or ()} == {"uuid:1", "uuid:2", "uuid:3"}


def test_what_was_closed_before_it_was_deleted_stays_closed(phone: Phone, by: Headers) -> None:
    phone.client.patch(f"{forms_of(phone)}/visit", json={"state": "closed"}, headers=by)
    assert delete(phone, by) == 200
    assert phone.send(an_instance()).status_code == 409
    assert restore(phone, by, deleted(phone, by)[0]["id"]) == 200
    assert phone.send(an_instance()).status_code == 409
    assert ids(phone) == ["other"]


def test_programs_are_told_of_a_deleted_form_no_more(phone: Phone, by: Headers) -> None:
    phone.send(an_instance("uuid:1"))
    one = f"{forms_of(phone)}/visit"
    paths = ("", "/versions", "/fields", "/attachments", "/submissions", "/submissions/uuid:1",
             "/submissions.csv", "/assignments", ".svc/Submissions")  # fmt: skip
    for path in paths:
        with phone.client.get(f"{one}{path}", headers=by) as answer:  # closed: a turn is given back
            assert answer.status_code == 200, path
    delete(phone, by)
    for path in paths:
        assert phone.client.get(f"{one}{path}", headers=by).status_code == 404, path
    sent = phone.client.post(f"{one}/submissions", data=an_instance("uuid:2"), headers={
        **bearer(phone.client.application.config["SAMLENG"].secrets.jwt_key, Role.FIELD_WORKER,
                 phone.project_id), "Content-Type": "application/xml"})  # fmt: skip
    assert sent.status_code == 404, "a program repairs it, and is told"
    assert instances() == {"uuid:1"}
    left = phone.client.get(forms_of(phone), headers=by)
    assert [form["xmlFormId"] for form in left.json or ()] == ["other"]
    assert "id" not in (left.json or ())[0]


def test_deleted_ones_are_listed_with_what_restores_them(phone: Phone, by: Headers) -> None:
    assert deleted(phone, by) == []
    delete(phone, by)
    (gone,) = deleted(phone, by)
    assert (gone["xmlFormId"], gone["deletedAt"][-1], gone["state"]) == ("visit", "Z", "open")
    extended = {**by, "X-Extended-Metadata": "true"}
    assert deleted(phone, extended)[0]["submissions"] == 0
    assert restore(phone, by, 999) == 404
    assert restore(phone, by, gone["id"]) == 200
    assert restore(phone, by, gone["id"]) == 404, "it stands"
    assert deleted(phone, by) == []


def test_those_who_do_not_publish_may_not(phone: Phone, by: Headers, settings: Settings) -> None:
    delete(phone, by, "other")
    (gone,) = deleted(phone, by)
    for role in (Role.REVIEWER, Role.ADVOCATE, Role.FIELD_WORKER):
        headers = bearer(settings.secrets.jwt_key, role, phone.project_id)
        assert delete(phone, headers) == 403
        assert restore(phone, headers, gone["id"]) == 403
    bound = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "02")
    assert delete(phone, bound) == 403, "forms have no place"
    assert ids(phone) == ["visit"]


def test_another_form_may_have_the_id_and_each_record_goes_to_its_own(
    phone: Phone, by: Headers
) -> None:
    """Central warns first. Which of the two a record belongs to, its version says."""
    phone.send(an_instance("uuid:1"))
    delete(phone, by)
    warned = post_form(phone, by, "2", "?publish=true")
    assert (warned.status_code, warned.json["code"]) == (400, "400.16")
    assert warned.json["details"]["warnings"]["workflowWarnings"] == [
        {"type": "deletedFormExists", "details": {"xmlFormId": "visit"}}
    ]
    assert post_form(phone, by, "2", "?publish=true&ignoreWarnings=true").status_code == 200
    assert phone.send(an_instance("uuid:1")).status_code == 202, "the old one's, sent again"
    assert phone.send(an_instance("uuid:2", version="2")).status_code == 201
    listed = phone.client.get(f"{forms_of(phone)}/visit/submissions", headers=by)
    assert [one["instanceId"] for one in listed.json or ()] == ["uuid:2"]
    old = deleted(phone, by)[0]["id"]
    refused = phone.client.post(f"{forms_of(phone)}/{old}/restore", headers=by)
    assert refused.json is not None
    assert (refused.status_code, refused.json["code"]) == (409, "409.3")
    delete(phone, by)
    assert restore(phone, by, old) == 200
    listed = phone.client.get(f"{forms_of(phone)}/visit/submissions", headers=by)
    assert [one["instanceId"] for one in listed.json or ()] == ["uuid:1"]


def test_nobody_publishes_over_a_deleted_form_by_chance(phone: Phone, by: Headers) -> None:
    """By the shell, by Briefcase: its records would be told twice."""
    delete(phone, by)
    blobs = phone.client.application.extensions["samleng.blobs"]
    with pytest.raises(Problem, match="form-deleted"), unit_of_work() as session:
        actions.publish_xml(
            session, SYSTEM, phone.project_id, xml_of("visit", "2"), media={}, blobs=blobs
        )
    with reading() as session:
        prepared = actions.prepare_xml(xml_of("visit", "2"), {})
    plan = form_versions._plan(phone.project_id, prepared, {}, ["2"], None)
    assert plan == (Verdict.REFUSED, Why.FORM_DELETED)


def test_what_people_told_counts_on_is_kept_as_long_and_can_be_taken_back(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    """Deleting a form says nothing about those who answered it."""
    phone = a_survivors_phone(client)
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1"))
    drain(app)
    assert persons() == 1
    assert delete(phone, by, FORM_ID) == 200
    phone.send(told("uuid:2"))
    drain(app)
    assert persons() == 2
    with reading() as session:
        later = clock.now() + dt.timedelta(days=1)
        (due,) = ageing.count_old(session, phone.project_id, later)
        assert (due.form_id, due.records) == (FORM_ID, 2)
        record = session.scalars(sa.select(Submission.submission_pk)).first()
    page = client.get(f"/p/battambang/submissions/{record}", headers=by)
    assert page.status_code == 200, "the way to take it back"
    assert "uuid:1" in client.get("/p/battambang/submissions", headers=by).get_data(as_text=True)


def test_on_the_page_it_asks_says_what_stays_and_can_be_undone(
    client: FlaskClient, world: World
) -> None:
    with unit_of_work() as session:
        form_pk = a_form(session, world.project_id, "second").form_pk
    listed = client.get(f"{world.path}/forms")
    assert f'href="{world.path}/forms/{form_pk}/delete"' in listed.get_data(as_text=True)
    asked = text_of(client.get(f"{world.path}/forms/{form_pk}/delete"))
    assert "Delete the form “សម្ភាសន៍ second”?" in asked
    assert "Those that phones still have come in." in asked
    assert "Only one form is open." not in asked
    answer = client.post(f"{world.path}/forms/{form_pk}/delete")
    page = client.get(answer.headers["Location"])
    assert "“សម្ភាសន៍ second” was deleted." in text_of(page)
    assert f'action="{world.path}/forms/{form_pk}/restore"' in page.get_data(as_text=True)
    assert "ទម្រង់ដែលបានលុប" in text_of(client.get(f"{world.path}/forms?lang=km"))
    client.get("/sign-in?lang=en")
    assert client.get(f"{world.path}/forms/{form_pk}/delete").status_code == 404
    answer = client.post(f"{world.path}/forms/{form_pk}/restore")
    assert "“សម្ភាសន៍ second” is back, as it was." in text_of(client.get(answer.headers["Location"]))
    assert entries() == ["form.delete", "form.restore"]


def test_on_the_page_the_last_open_form_is_deleted_with_a_warning(
    client: FlaskClient, world: World
) -> None:
    page = client.get(f"{world.path}/forms").get_data(as_text=True)
    form_pk = int(page.partition("/delete")[0].rpartition("/forms/")[2])
    assert "Only one form is open." in text_of(client.get(f"{world.path}/forms/{form_pk}/delete"))
