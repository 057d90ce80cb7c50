"""What clients of ODK Central ask for beside lists: versions of forms, files of earlier versions,
what became of records and entities, the extended metadata. On both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.entities import actions as entities
from service.forms import actions as forms
from service.forms.entity_lists import Telling
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests import entity_forms, media_files
from tests.conftest import drain
from tests.factories import FORM_XML, Phone, a_draft, a_form, a_phone, an_instance, multipart
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.people import bearer

Headers = Mapping[str, str]
EXTENDED = {"X-Extended-Metadata": "true"}


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


@pytest.fixture
def by(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def get(phone: Phone, path: str, by: Headers, status: int = 200) -> Any:
    answer = phone.client.get(f"/v1/projects/{phone.project_id}{path}", headers=by)
    assert answer.status_code == status, (path, answer.get_data(as_text=True))
    return answer.json


# --- forms --------------------------------------------------------------------------------------
def test_one_version_of_a_form_is_told_with_its_questions_and_files(
    phone: Phone, by: Headers
) -> None:
    blobs = phone.client.application.extensions["samleng.blobs"]
    xml = '<?xml version="1.0"?>' + get_xml("2").replace(
        "<bind nodeset", '<instance id="v" src="jr://file-csv/places.csv"/><bind nodeset', 1
    )
    with unit_of_work() as session:
        a_form(session, phone.project_id, version="")
        forms.publish_xml(
            session, SYSTEM, phone.project_id, xml.encode(), media={"places.csv": b"name\n"},
            blobs=blobs, tells_of_nobody=True,
        )  # fmt: skip
    versions = get(phone, "/forms/visit/versions", by)
    assert [one["version"] for one in versions] == ["2", "", "1"]
    for text, address in (("1", "1"), ("2", "2"), ("", "___")):
        one = get(phone, f"/forms/visit/versions/{address}", by)
        assert one == next(each for each in versions if each["version"] == text)
        fields = get(phone, f"/forms/visit/versions/{address}/fields?odata=true", by)
        assert "/village" in [field["path"] for field in fields]
        files = get(phone, f"/forms/visit/versions/{address}/attachments", by)
        assert [file["name"] for file in files] == (["places.csv"] if text == "2" else [])
        assert [file["exists"] for file in files] == ([True] if text == "2" else [])
    for rest in ("", "/fields", "/attachments"):
        get(phone, f"/forms/visit/versions/9{rest}", by, 404)
    further = get(phone, "/forms/visit/versions", {**by, **EXTENDED})
    assert further[0]["publishedBy"]["displayName"] == "Samleng"
    assert get(phone, "/forms/visit/versions/2", {**by, **EXTENDED})["excelContentType"] is None


def get_xml(version: str) -> str:
    return FORM_XML.format(form_id="visit", version=version).partition("?>")[2]


def test_a_draft_tells_its_questions_and_what_was_sent_to_try_it(
    app: Flask, phone: Phone, by: Headers, settings: Settings
) -> None:
    token = a_draft(app.extensions["samleng.blobs"], phone.project_id, version="2")
    fields = get(phone, "/forms/visit/draft/fields", by)
    assert "/village" in [field["path"] for field in fields]
    trying = Phone(client=phone.client, project_id=phone.project_id, token=token, id=0)
    path = f"/v1/test/{token}/projects/{phone.project_id}/forms/visit/draft/submission"
    body, kind = multipart(an_instance(version="2"), {})
    assert trying.client.post(path, data=body, content_type=kind).status_code == 201
    phone.send(an_instance())
    draft = get(phone, "/forms/visit/draft", {**by, **EXTENDED})
    assert (draft["submissions"], draft["reviewStates"]["received"]) == (1, 1)
    assert draft["lastSubmission"][-1] == "Z"
    assert draft["draftToken"] == token
    reviewer = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    get(phone, "/forms/visit/draft/fields", reviewer, 403)


# --- records ------------------------------------------------------------------------------------
def test_files_of_earlier_versions_are_handed_out_as_those_of_the_present_one(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    phone = a_survivors_phone(client)
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    first, second = media_files.jpeg(), media_files.png()
    assert phone.send(told("uuid:1", photo="a.jpg"), {"a.jpg": first}).status_code == 201
    drain(app)
    edit = told("uuid:2", edits="uuid:1", photo="b.png")
    assert phone.send(edit, {"b.png": second}).status_code == 201
    drain(app)
    one = f"/forms/{FORM_ID}/submissions/uuid:1"
    shown = {}
    for version in ("uuid:1", "uuid:2"):
        (file,) = get(phone, f"{one}/versions/{version}/attachments", by)
        address = f"/v1/projects/{phone.project_id}{one}/versions/{version}/attachments"
        assert file["exists"]
        for purpose, status in (("work", 200), ("government", 400)):
            answer = client.get(f"{address}/{file['name']}?purpose={purpose}", headers=by)
            assert answer.status_code == status, (version, purpose)
            shown.setdefault(version, answer.mimetype)
        assert client.get(f"{address}/other.jpg?purpose=work", headers=by).status_code == 404
    assert shown == {"uuid:1": "image/jpeg", "uuid:2": "image/png"}
    with reading() as session:
        opened = sa.select(AuditEntry).where(AuditEntry.action == "testimony.read")
        assert len(session.scalars(opened).all()) == 2
    bound = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "24")
    get(phone, f"{one}/versions/uuid:1/attachments/x?purpose=work", bound, 404)
    assert phone.send(told("uuid:3", edits="uuid:2", store="no", photo="b.png")).status_code == 201
    drain(app)
    (file,) = get(phone, f"{one}/versions/uuid:1/attachments", by)
    assert not file["exists"], "what counts is the consent that stands"
    address = f"{one}/versions/uuid:1/attachments/{file['name']}?purpose=work"
    get(phone, address, by, 403)


def test_what_became_of_a_record_is_told_without_answers(
    app: Flask, client: FlaskClient, phone: Phone, by: Headers, settings: Settings
) -> None:
    phone.send(an_instance("uuid:1", village="កំពត"))
    phone.send(an_instance("uuid:2", deprecated_id="uuid:1"))
    drain(app)
    one = "/forms/visit/submissions/uuid:1"
    decided = client.patch(
        f"/v1/projects/{phone.project_id}{one}", json={"reviewState": "approved"}, headers=by
    )
    assert decided.status_code == 200
    audits = get(phone, f"{one}/audits", by)
    assert [each["action"] for each in audits] == [
        "submission.update", "submission.update.version", "submission.create",
    ]  # fmt: skip
    assert [each["details"] for each in audits] == [
        {"reviewState": "approved"}, {"instanceId": "uuid:2"}, {"instanceId": "uuid:1"},
    ]  # fmt: skip
    assert audits[2]["actorId"] == phone.id
    assert "កំពត" not in str(audits)
    further = get(phone, f"{one}/audits", {**by, **EXTENDED})
    assert further[2]["actor"]["displayName"] == "ទូរសព្ទ អរុណ"
    version = get(phone, f"{one}/versions/uuid:2", {**by, **EXTENDED})
    assert version["submitter"]["id"] == phone.id
    bound = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id, "24")
    get(phone, f"{one}/audits", bound, 404)


# --- entities -----------------------------------------------------------------------------------
def a_list(phone: Phone, name: str = "wells") -> str:
    """A list that a script filled, with an entity that was changed twice."""
    one = entities.given(None, "ក", {"depth": "3"})
    with unit_of_work() as session:
        entities.create_list(session, SYSTEM, phone.project_id, name, telling=Telling.NOBODY)
        entities.add_property(session, SYSTEM, phone.project_id, name, "depth")
        entities.create(session, SYSTEM, phone.project_id, name, [one])
    for said in ({"depth": "4"}, {"label": "ខ", "depth": "4"}):
        with unit_of_work() as session:
            entities.update(
                session, SYSTEM, phone.project_id, name, one.entity_id, said, base_version=None,
                force=True, resolves=False, user_agent="",
            )  # fmt: skip
    return str(one.entity_id)


def test_what_each_version_of_an_entity_changed_and_by_whom(phone: Phone, by: Headers) -> None:
    at = f"/datasets/wells/entities/{a_list(phone)}"
    assert get(phone, f"{at}/diffs", by) == [
        [{"propertyName": "depth", "old": "3", "new": "4"}],
        [{"propertyName": "label", "old": "ក", "new": "ខ"}],
    ]
    audits = get(phone, f"{at}/audits", by)
    assert [one["action"] for one in audits] == [
        "entity.update.version", "entity.update.version", "entity.create",
    ]  # fmt: skip
    assert audits[0]["details"]["entity"]["dataset"] == "wells"
    assert "depth" not in str(audits)
    for rest in ("diffs", "audits"):
        get(phone, f"/datasets/wells/entities/00000000-0000-4000-8000-000000000000/{rest}", by, 404)
    assert "creator" not in get(phone, at, by)
    further = {**by, **EXTENDED}
    one = get(phone, at, further)
    assert one["creator"]["displayName"] == one["currentVersion"]["creator"]["displayName"]
    (listed,) = get(phone, "/datasets/wells/entities", further)
    assert listed["creator"] == one["creator"]
    assert "creator" not in get(phone, "/datasets/wells/entities", by)[0]
    assert [each["creator"]["type"] for each in get(phone, f"{at}/versions", further)] == [
        "system"
    ] * 3


def test_masked_values_of_an_entity_are_no_change(
    phone: Phone, by: Headers, settings: Settings
) -> None:
    """A list that names people, to somebody without a fresh code."""
    key = a_list(phone)
    with unit_of_work() as session:
        session.execute(sa.text("UPDATE entity_lists SET telling = 'people'"))
    stale = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    assert get(phone, f"/datasets/wells/entities/{key}/diffs", stale) == [[], []]
    told_to = get(phone, f"/datasets/wells/entities/{key}/audits", stale)
    assert len(told_to) == 3
    assert "ខ" not in str(told_to)


def test_a_list_tells_which_forms_read_it_and_which_make_its_entities(
    phone: Phone, by: Headers
) -> None:
    """Central calls the former linked, the latter its sources. A deleted form is neither."""
    blobs = phone.client.application.extensions["samleng.blobs"]
    with unit_of_work() as session:
        for xml in (entity_forms.register(), entity_forms.register("follow_up", reads="people")):
            forms.publish_xml(session, SYSTEM, phone.project_id, xml, media={}, blobs=blobs)

    def told_of() -> tuple[list[str], list[str], list[str]]:
        one = get(phone, "/datasets/people", by)
        age = next(each for each in one["properties"] if each["name"] == "age")
        named = (one["linkedForms"], one["sourceForms"], age["forms"])
        return tuple([form["xmlFormId"] for form in forms] for forms in named)  # type: ignore[return-value]

    assert told_of() == (["follow_up"], ["follow_up", "register"], ["follow_up", "register"])
    phone.client.delete(f"/v1/projects/{phone.project_id}/forms/follow_up", headers=by)
    assert told_of() == ([], ["register"], ["register"])


# --- projects, phones ---------------------------------------------------------------------------
def test_a_project_tells_its_lists_and_what_the_caller_may_do(
    phone: Phone, by: Headers, settings: Settings
) -> None:
    further = {**by, **EXTENDED}
    before = get(phone, "", further)
    assert (before["datasets"], before["lastEntity"]) == (0, None)
    a_list(phone)
    after = get(phone, "", further)
    assert (after["datasets"], after["lastEntity"][-1]) == (1, "Z")
    assert {"form.delete", "form.restore", "submission.list", "entity.read"} <= {*after["verbs"]}
    listed = phone.client.get("/v1/projects", headers=further).json
    assert listed is not None
    assert (listed[0]["datasets"], "verbs" in listed[0]) == (1, False)
    worker = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    less = get(phone, "", {**worker, **EXTENDED})
    assert (less["datasets"], less["lastEntity"]) == (None, None)
    assert "submission.list" not in less["verbs"]
    assert "verbs" not in get(phone, "", by)
    numbers = get(phone, "/datasets/wells", further)
    assert (numbers["entities"], numbers["conflicts"]) == (1, 0)
    assert "entities" not in get(phone, "/datasets/wells", by)


def test_one_phone_is_told_without_its_token(phone: Phone, by: Headers) -> None:
    one = get(phone, f"/app-users/{phone.id}", by)
    assert (one["id"], one["displayName"], one["token"]) == (
        phone.id, "ទូរសព្ទ អរុណ", "not-shown-again",
    )  # fmt: skip
    assert get(phone, "/app-users", by) == [one]
    get(phone, "/app-users/9999", by, 404)
    phone.client.delete(f"/v1/projects/{phone.project_id}/app-users/{phone.id}", headers=by)
    get(phone, f"/app-users/{phone.id}", by, 404)


def test_a_form_that_was_never_published_has_no_records_for_whoever_reads_them(
    phone: Phone, by: Headers, settings: Settings
) -> None:
    """As Central has it: an empty list, and nothing of the form itself."""
    xml = FORM_XML.format(form_id="new", version="1").encode()
    made = phone.client.post(
        f"/v1/projects/{phone.project_id}/forms", data=xml,
        headers={**by, "Content-Type": "application/xml"},
    )  # fmt: skip
    assert made.status_code == 200
    reviewer = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    for rest in ("", "/keys", "/submitters"):
        assert get(phone, f"/forms/new/submissions{rest}", reviewer) == []
    for rest in ("", "/versions", "/fields", "/attachments", ".svc"):
        get(phone, f"/forms/new{rest}", reviewer, 404)
    assert [one["xmlFormId"] for one in get(phone, "/forms", reviewer)] == ["visit"]
