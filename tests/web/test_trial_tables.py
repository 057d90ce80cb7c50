"""What was sent to try a draft, as tables: never among records, masked, gone with the draft."""

from __future__ import annotations

import csv
import io
import threading
import zipfile
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role, Scope
from service.forms import actions as forms
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.actions import trials
from service.intake.queries import counting
from service.intake.tables import State, Submission
from tests.clients.pyodk_site import FORM, an_instance
from tests.conftest import drain
from tests.factories import Phone, a_phone, multipart
from tests.web.people import bearer

FORM_ID = "visit2"
NAME = "សុខ ម៉ារី"
Headers = Mapping[str, str]


class Draft:
    """A form that has a draft and nothing else, and a script that makes it."""

    def __init__(self, app: Flask, phone: Phone) -> None:
        self.phone, self.blobs = phone, app.extensions["samleng.blobs"]
        with unit_of_work() as session:
            made = actions.create_numbered_api_token(
                session, SYSTEM, "s", None, (Scope.FORMS, Scope.SUBMISSIONS, Scope.IDENTITY)
            )
            prepared = forms.prepare_xml(self.xml("7").encode(), {})
            draft = forms.create_form(session, SYSTEM, phone.project_id, prepared, self.blobs)
            self.token = forms.token_of(draft)
        self.by = {"Authorization": f"Bearer {made.token}"}

    @staticmethod
    def xml(version: str) -> str:
        return FORM.format(form_id=FORM_ID, version=version)

    def at(self, path: str) -> str:
        return f"/v1/projects/{self.phone.project_id}/forms/{FORM_ID}{path}"

    def get(self, path: str, by: Headers | None = None, status: int = 200, **asked: Any) -> Any:
        query = {f"${name}": value for name, value in asked.items()}
        answer = self.phone.client.get(
            self.at(path), headers=by or self.by, query_string=query or None
        )
        assert answer.status_code == status, answer.text
        return orjson.loads(answer.data)

    def ids(self, **asked: Any) -> list[str]:
        return [row["__id"] for row in self.get("/draft.svc/Submissions", **asked)["value"]]

    def add(self, xml: str, status: int = 200) -> Any:
        answer = self.phone.client.post(
            self.at("/draft/submissions"),
            data=xml.encode(),
            headers=self.by,
            content_type="application/xml",
        )
        assert answer.status_code == status, answer.text
        return answer.json

    def send(self, xml: str) -> int:
        """From a phone that tries it."""
        body, content_type = multipart(xml, {})
        address = f"/v1/test/{self.token}{self.at('/draft/submission')[3:]}"
        answer = self.phone.client.post(address, data=body, content_type=content_type)
        return answer.status_code


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> Draft:
    return Draft(app, a_phone(client))


def test_trials_are_rows_of_the_tables_that_the_form_will_have(draft: Draft) -> None:
    assert draft.send(an_instance(FORM_ID, instance_id="uuid:1", need="prosthesis")) == 201
    told = draft.add(an_instance(FORM_ID, instance_id="uuid:2", name=NAME, photo="a.jpg"))
    assert (told["instanceId"], told["submitterId"], told["reviewState"]) == ("uuid:2", 0, None)
    listed = draft.get("/draft/submissions")
    assert [one["instanceId"] for one in listed] == ["uuid:2", "uuid:1"]
    body = draft.get("/draft.svc/Submissions", count="true")
    second, first = body["value"]
    assert body["@odata.count"] == 2
    assert body["@odata.context"].endswith("/draft.svc/$metadata#Submissions")
    assert (first["__id"], first["need"]) == ("uuid:1", "prosthesis")
    assert first["__system"]["submissionDate"] == listed[1]["createdAt"]
    assert (second["__system"]["attachmentsExpected"], second["__system"]["edits"]) == (1, 0)
    one = draft.get("/draft.svc/Submissions('uuid:1')")["value"]
    assert one == [first]
    draft.get("/draft.svc/Submissions('uuid:9')", status=404)
    (table,) = draft.get("/draft.svc")["value"]
    assert table["name"] == "Submissions"
    described = draft.phone.client.get(draft.at("/draft.svc/$metadata"), headers=draft.by)
    assert b'Name="need"' in described.data


def test_names_are_masked_whatever_the_scope_and_purpose(draft: Draft) -> None:
    """People try a form with the survivor whom they think of."""
    draft.add(an_instance(FORM_ID, name=NAME, need="prosthesis", agreed="yes"))
    answer = draft.phone.client.get(
        draft.at("/draft.svc/Submissions?purpose=work"), headers=draft.by
    )
    (row,) = orjson.loads(answer.data)["value"]
    assert (row["name"], row["need"]) == (None, "prosthesis")
    assert NAME not in answer.text


def test_trials_are_had_as_files_and_one_by_one(draft: Draft) -> None:
    """As Central's clients ask; masked as the tables are."""
    record = an_instance(
        FORM_ID, instance_id="uuid:1", name=NAME, need="prosthesis", agreed="yes", photo="a.jpg"
    )
    told = draft.add(record)
    assert draft.get("/draft/submissions/uuid:1") == told
    assert draft.get("/draft/submissions/uuid:1/attachments") == []
    for rest in ("", "/attachments"):
        draft.get(f"/draft/submissions/uuid:9{rest}", status=404)

    def fetched(path: str) -> bytes:
        answer = draft.phone.client.get(draft.at(path), headers=draft.by)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert NAME.encode() not in answer.data
        return answer.data

    assert b"<need>prosthesis</need>" in fetched("/draft/submissions/uuid:1.xml?purpose=work")
    [line] = csv.DictReader(io.StringIO(fetched("/draft/submissions.csv?purpose=work").decode()))
    assert (line["KEY"], line["need"], line["name"]) == ("uuid:1", "prosthesis", "")
    with zipfile.ZipFile(io.BytesIO(fetched("/draft/submissions.csv.zip"))) as archive:
        assert archive.namelist() == [f"{FORM_ID}.csv"]
    assert fetched("/draft/submissions.csv?$filter=__id eq 'uuid:9'").count(b"\n") == 1
    with reading() as session:
        ways = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "rows.read")).all()
    assert {one.details["format"] for one in ways} == {
        "xml of a draft", "csv of a draft", "csv.zip of a draft",
    }  # fmt: skip


def test_pages_filters_and_orders_as_centrals_frontend_asks(draft: Draft) -> None:
    for number in range(5):
        draft.add(an_instance(FORM_ID, instance_id=f"uuid:{number}"))
    newest_first = [f"uuid:{number}" for number in (4, 3, 2, 1, 0)]
    assert draft.ids() == newest_first
    assert draft.ids(top=2, skip=1) == ["uuid:3", "uuid:2"]
    page, seen = draft.get("/draft.svc/Submissions", top=2), []
    while True:
        seen += [row["__id"] for row in page["value"]]
        if "@odata.nextLink" not in page:
            break
        rest = page["@odata.nextLink"].split(FORM_ID, 1)[1]
        answer = draft.phone.client.get(draft.at(rest), headers=draft.by)
        page = orjson.loads(answer.data)
    assert seen == newest_first
    ordered = {"orderby": "__system/submissionDate asc"}
    assert draft.ids(filter="__system/submissionDate le now()", **ordered) == newest_first[::-1]
    assert draft.ids(filter="__system/submissionDate gt now()") == []
    assert draft.ids(filter="__system/reviewState eq null and __id ne 'uuid:4'") == seen[1:]
    assert draft.ids(filter="__system/updatedAt ne null or __system/deletedAt ne null") == []
    assert draft.ids(filter="__system/submitterId eq 3") == []
    draft.get("/draft.svc/Submissions", status=501, filter="need eq 'prosthesis'")
    draft.get("/draft.svc/Submissions", status=501, apply="x")
    draft.get("/draft.svc/Nothing", status=404)


def test_trials_are_never_records_and_end_with_the_draft(app: Flask, draft: Draft) -> None:
    draft.add(an_instance(FORM_ID, instance_id="uuid:1"))
    drain(app)
    with reading() as session:
        assert counting.count_current(session, draft.phone.project_id) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 0
    draft.get(".svc/Submissions", status=404)
    with unit_of_work() as session:
        forms.publish_draft(session, SYSTEM, draft.phone.project_id, FORM_ID, draft.blobs, None)
    drain(app)
    assert draft.get(".svc/Submissions")["value"] == draft.get("/submissions") == []
    draft.get("/draft.svc/Submissions", status=404)
    draft.add(an_instance(FORM_ID), status=404)


def test_a_program_is_told_what_is_wrong_at_once(draft: Draft) -> None:
    xml = an_instance(FORM_ID, instance_id="uuid:1")
    draft.add(xml)
    for again in (xml, an_instance(FORM_ID, instance_id="uuid:1", need="other")):
        assert draft.add(again, status=409)["code"] == "409.3"
    assert draft.add(an_instance("visit"), status=400)["code"] == "400.8"
    assert draft.add("<data", status=400)["code"] == "400.1"
    assert draft.ids() == ["uuid:1"]


def test_what_the_client_has_is_not_sent_again(draft: Draft) -> None:
    draft.add(an_instance(FORM_ID))
    address = draft.at("/draft.svc/Submissions")
    tag = draft.phone.client.get(address, headers=draft.by).headers["ETag"]
    asked = {**draft.by, "If-None-Match": tag}
    assert draft.phone.client.get(address, headers=asked).status_code == 304
    draft.add(an_instance(FORM_ID))
    assert draft.phone.client.get(address, headers=asked).status_code == 200


def test_bopha_sokha_and_a_script_that_reads_records_may_not(
    draft: Draft, settings: Settings
) -> None:
    draft.add(an_instance(FORM_ID))
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "r", None, (Scope.SUBMISSIONS,))
    key, project = settings.secrets.jwt_key, draft.phone.project_id
    for by in (
        {"Authorization": f"Bearer {made.token}"},
        bearer(key, Role.REVIEWER, project),
        bearer(key, Role.COORDINATOR, project, "02"),
    ):
        for path in ("/draft.svc", "/draft.svc/Submissions"):
            draft.get(path, by, status=403)
    assert draft.get("/draft.svc", bearer(key, Role.COORDINATOR, project))["value"]


def test_reading_trials_wants_the_right_to_read_records_and_is_in_the_log(draft: Draft) -> None:
    draft.add(an_instance(FORM_ID, instance_id="uuid:1", need="prosthesis"))
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "f", None, (Scope.FORMS,))
    draft.get("/draft.svc/Submissions", {"Authorization": f"Bearer {made.token}"}, status=403)
    draft.get("/draft.svc/Submissions")
    draft.get("/draft.svc/Submissions('uuid:1')")
    with reading() as session:
        rows = sa.select(AuditEntry).where(AuditEntry.action == "rows.read")
        said = [(e.details["format"], e.details["records"]) for e in session.scalars(rows)]
    assert said == [("odata of a draft", 1)] * 2


def test_a_record_that_was_taken_back_leaves_nothing_in_a_trial(draft: Draft) -> None:
    """S-46: phones send it again to whatever address they have."""
    with unit_of_work() as session:
        forms.publish_draft(session, SYSTEM, draft.phone.project_id, FORM_ID, draft.blobs)
        prepared = forms.prepare_xml(draft.xml("8").encode(), {})
        made = forms.replace_draft(
            session, SYSTEM, draft.phone.project_id, FORM_ID, prepared, draft.blobs
        )
        draft.token = forms.token_of(made)
    xml = an_instance(FORM_ID, instance_id="uuid:1", name=NAME)
    assert draft.phone.send(xml).status_code == 201
    with unit_of_work() as session:
        session.execute(sa.update(Submission).values(state=State.ERASED))
    assert draft.send(xml) == 202
    draft.add(xml, status=404)
    assert draft.ids() == []


@pytest.mark.each_database
def test_of_two_at_once_under_one_id_one_is_refused(
    app: Flask, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are read before either is stored."""
    both, read = threading.Barrier(2), trials._read

    def reading_together(*given: Any) -> Any:
        found = read(*given)
        both.wait(10)
        return found

    monkeypatch.setattr(trials, "_read", reading_together)
    told = []

    def add(need: str) -> None:
        answer = app.test_client().post(
            draft.at("/draft/submissions"),
            data=an_instance(FORM_ID, instance_id="uuid:1", need=need).encode(),
            headers=draft.by, content_type="application/xml",
        )  # fmt: skip
        told.append(answer.status_code)

    threads = [threading.Thread(target=add, args=(need,)) for need in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200, 409]
    assert draft.ids() == ["uuid:1"]
