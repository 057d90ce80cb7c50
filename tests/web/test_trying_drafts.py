"""Drafts on phones: a code opens one draft, what is sent to try it is no record, and both end."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import SYSTEM, Role
from service.facts.tables import Household, Person
from service.forms import actions as forms
from service.foundation import clock, keys
from service.foundation.blobs import LocalBlobs
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import DRAFT_DELETED, DRAFT_PUBLISHED, DRAFT_REPLACED, Kind
from service.foundation.settings import Settings
from service.intake.actions.trials import LIFE
from service.intake.queries import counting
from service.intake.tables import Submission, TrialRecord
from service.jobs import handlers
from tests.conftest import drain
from tests.factories import Phone, a_draft, a_phone, an_instance, multipart
from tests.web.people import bearer


@dataclass(frozen=True, kw_only=True)
class Trying:
    """A phone with the code of a draft."""

    client: FlaskClient
    phone: Phone
    token: str
    blobs: LocalBlobs

    @property
    def base(self) -> str:
        project = f"projects/{self.phone.project_id}"
        return f"/v1/test/{self.token}/{project}/forms/visit/draft"

    def send(self, xml: str, files: dict[str, bytes] | None = None) -> TestResponse:
        body, content_type = multipart(xml, files or {})
        return self.client.post(f"{self.base}/submission", data=body, content_type=content_type)


@pytest.fixture
def trying(app: Flask, client: FlaskClient) -> Trying:
    phone = a_phone(client)
    blobs = app.extensions["samleng.blobs"]
    token = a_draft(blobs, phone.project_id, version="2")
    return Trying(client=client, phone=phone, token=token, blobs=blobs)


def rows() -> list[TrialRecord]:
    with reading() as session:
        return list(session.scalars(sa.select(TrialRecord)))


def test_the_code_shows_the_draft_its_files_and_nothing_else(trying: Trying) -> None:
    listed = trying.client.get(f"{trying.base}/formList")
    assert listed.headers["X-OpenRosa-Version"] == "1.0"
    text = listed.get_data(as_text=True)
    assert text.count("<xform>") == 1
    assert "<version>2</version>" in text
    addresses = dict(re.findall(r"<(downloadUrl|manifestUrl)>([^<]+)<", text))
    blank = trying.client.get(addresses["downloadUrl"])
    digest = hashlib.md5(blank.data, usedforsecurity=False).hexdigest()
    assert f"md5:{digest}" in text
    manifest = trying.client.get(addresses["manifestUrl"]).get_data(as_text=True)
    (file,) = re.findall(r"<downloadUrl>([^<]+)<", manifest)
    assert trying.client.get(file).data == b"png"
    assert trying.client.get(file, headers={"Range": "bytes=1-"}).status_code == 206


def test_neither_code_opens_what_the_other_does(trying: Trying) -> None:
    project = f"projects/{trying.phone.project_id}"
    for path in ("formList", "forms/visit.xml", "submission"):
        assert trying.client.get(f"/v1/key/{trying.token}/{project}/{path}").status_code == 403
    for path in ("/formList", ".xml", "/manifest", "/attachments/map.png", "/submission"):
        for token in (trying.phone.token, "smx-nobody"):
            asked = f"/v1/test/{token}/{project}/forms/visit/draft{path}"
            answer = trying.client.get(asked)
            assert answer.status_code == 404, path
            assert b"OpenRosaResponse" in answer.data
            assert token.encode() not in answer.data


def test_what_is_sent_to_try_a_draft_is_no_record(app: Flask, trying: Trying) -> None:
    head = trying.client.head(f"{trying.base}/submission")
    assert (head.status_code, head.headers["Location"].endswith("/submission")) == (204, True)
    xml = an_instance(version="2", photo="a.jpg")
    assert trying.send(xml, {"a.jpg": b"picture"}).status_code == 201
    assert trying.send(xml).status_code == 202
    drain(app)
    with reading() as session:
        for table in (Submission, Person, Household):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0
        assert counting.conservation(session, trying.phone.project_id).holds
    (row,) = rows()
    assert "អូរតាគាំ".encode() not in row.xml, "sealed at rest"
    trying.phone.send(an_instance("uuid:same"))
    assert trying.send(an_instance("uuid:same", version="2")).status_code == 201, "another matter"


def test_the_newer_of_two_trials_under_one_id_stands(trying: Trying) -> None:
    assert trying.send(an_instance("uuid:1", village="ក")).status_code == 201
    (first,) = rows()
    assert trying.send(an_instance("uuid:1", village="ខ")).status_code == 201
    (row,) = rows()
    assert row.trial_pk != first.trial_pk
    assert keys.current().find(trying.phone.project_id, first.key_pk) is None


def test_what_is_no_record_of_the_draft_is_refused(trying: Trying) -> None:
    assert trying.send("<data").status_code == 400
    assert trying.send(an_instance(form_id="other")).status_code == 400
    assert rows() == []


def replace(trying: Trying) -> None:
    a_draft(trying.blobs, trying.phone.project_id, version="3")


def publish(trying: Trying) -> None:
    with unit_of_work() as session:
        forms.publish_draft(session, SYSTEM, trying.phone.project_id, "visit", trying.blobs)


def delete(trying: Trying) -> None:
    with unit_of_work() as session:
        forms.delete_draft(session, SYSTEM, trying.phone.project_id, "visit")


@pytest.mark.parametrize(
    ("end", "told"),
    [(replace, DRAFT_REPLACED), (publish, DRAFT_PUBLISHED), (delete, DRAFT_DELETED)],
)
def test_a_phone_is_told_what_became_of_the_draft_and_what_it_sent_is_gone(
    app: Flask, trying: Trying, end: Callable[[Trying], None], told: Kind
) -> None:
    trying.send(an_instance(version="2"))
    (row,) = rows()
    end(trying)
    drain(app)
    assert rows() == []
    assert keys.current().find(trying.phone.project_id, row.key_pk) is None
    for answer in (
        trying.client.get(f"{trying.base}/formList"),
        trying.client.get(f"{trying.base}.xml"),
        trying.send(an_instance(version="2")),
    ):
        assert answer.status_code == 404
        assert told.km in answer.get_data(as_text=True)
    assert rows() == []


def test_a_published_draft_is_offered_with_its_files(trying: Trying) -> None:
    publish(trying)
    listed = trying.client.get(f"{trying.phone.base}/formList").get_data(as_text=True)
    assert "<version>2</version>" in listed
    assert trying.client.get(f"{trying.phone.base}/forms/visit/attachments/map.png").data == b"png"


def test_trials_are_forgotten_after_a_month(app: Flask, trying: Trying) -> None:
    trying.send(an_instance(version="2"))
    forgotten = app.extensions["samleng.worker"].tools
    handlers.forget_old_trials(forgotten, [])
    assert len(rows()) == 1
    with clock.frozen(clock.now() + LIFE * 1.1):
        handlers.forget_old_trials(forgotten, [])
    assert rows() == []


def test_the_list_of_trials_says_when_and_not_what(trying: Trying, settings: Settings) -> None:
    trying.send(an_instance("uuid:1", version="2"))
    project_id = trying.phone.project_id
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, project_id)
    place = f"/v1/projects/{project_id}/forms/visit/draft"
    (told,) = trying.client.get(f"{place}/submissions", headers=by).get_json()
    assert told["instanceId"] == "uuid:1"
    assert trying.client.get(place, headers=by).get_json()["draftToken"] == trying.token
    assert (
        trying.client.get(f"/v1/projects/{project_id}/forms/visit/submissions", headers=by).json
        == []
    )
