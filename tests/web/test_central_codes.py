"""What goes wrong is told by the codes that ODK Central has for it: its clients branch on them."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from service.accounts.actor import ORDINARY, Scope
from tests.factories import Phone, a_phone, an_instance
from tests.pulled_form import FORM_ID, a_pulled_phone, a_script

EVERYTHING = sorted(ORDINARY)


class Program:
    """Asks the API as people's scripts do."""

    def __init__(self, phone: Phone, headers: dict[str, str]) -> None:
        self.phone, self.headers = phone, headers

    def ask(self, method: str, path: str, **options: Any) -> Any:
        address = f"/v1/projects/{self.phone.project_id}{path}"
        return self.phone.client.open(address, method=method, headers=self.headers, **options)

    def refused(self, method: str, path: str, **options: Any) -> tuple[int, str, Any]:
        answer = self.ask(method, path, **options)
        assert set(answer.json) >= {"message", "code", "details"}
        return answer.status_code, answer.json["code"], answer.json["details"]


@pytest.fixture
def program(client: FlaskClient) -> Program:
    phone = a_phone(client)
    return Program(phone, a_script(phone.project_id, *EVERYTHING, Scope.IDENTITY))


LIST = "/datasets"


def test_names_that_differ_in_capitals_alone(program: Program) -> None:
    assert program.ask("POST", LIST, json={"name": "trees"}).status_code == 200
    assert program.refused("POST", LIST, json={"name": "trees"})[:2] == (409, "409.3")
    both = {"current": "trees", "provided": "Trees"}
    assert program.refused("POST", LIST, json={"name": "Trees"}) == (409, "409.16", both)
    properties = f"{LIST}/trees/properties"
    assert program.ask("POST", properties, json={"name": "height"}).status_code == 200
    assert program.refused("POST", properties, json={"name": "height"})[:2] == (409, "409.3")
    both = {"current": "height", "provided": "Height"}
    assert program.refused("POST", properties, json={"name": "Height"}) == (409, "409.17", both)


def test_bodies_and_queries(program: Program) -> None:
    for body, code in (
        ({}, "400.2"),
        ({"name": "a b"}, "400.8"),
        ({"name": 7}, "400.11"),
        ({"name": "trees", "strange": 1}, "400.4"),
    ):
        assert program.refused("POST", LIST, json=body)[:2] == (400, code), body
    submissions = "/forms/visit/submissions?limit=many"
    assert program.refused("GET", submissions)[:2] == (400, "400.11")
    answer = program.phone.client.post("/v1/sessions", json={})
    assert (answer.status_code, answer.json["code"]) == (400, "400.3")
    assert "email" in answer.json["message"]


def test_entities(program: Program) -> None:
    assert program.ask("POST", LIST, json={"name": "trees"}).status_code == 200
    entities = f"{LIST}/trees/entities"
    strange = {"label": "x", "data": {"age": "1"}}
    assert program.refused("POST", entities, json=strange)[:2] == (400, "400.28")
    one = str(uuid.uuid4())
    made = {"uuid": one, "label": "x"}
    assert program.ask("POST", entities, json=made).status_code == 200
    assert program.refused("POST", entities, json=made)[:2] == (409, "409.3")
    assert program.ask("DELETE", f"{entities}/{one}").status_code == 200
    assert program.refused("POST", entities, json=made)[:2] == (409, "409.19")


def test_records_of_a_version_that_was_never_published(client: FlaskClient) -> None:
    phone = a_phone(client)
    program = Program(phone, a_script(phone.project_id, *EVERYTHING, Scope.IDENTITY))
    sent = {"data": an_instance("visit", version="77"), "content_type": "application/xml"}
    submissions = "/forms/visit/submissions"
    assert program.refused("POST", submissions, **sent)[:2] == (404, "404.6")
    assert program.ask("GET", submissions).json == []
    assert phone.send(an_instance("uuid:1", version="77")).status_code == 201, "a phone cannot mend"


def test_odata(client: FlaskClient) -> None:
    program = Program(a_pulled_phone(client), {})
    program.headers = a_script(program.phone.project_id, *EVERYTHING)
    table = f"/forms/{quote(FORM_ID)}.svc/Submissions"
    assert program.refused("GET", f"{table}?$select=strange")[:2] == (400, "400.23")
    assert program.refused("GET", f"{table}?$strange=1")[:2] == (501, "501.1")
    assert program.refused(
        "GET", f"/forms/{quote(FORM_ID)}/submissions.geojson?fieldpath=a&fieldpath=b"
    )[:2] == (400, "400.41")


def test_another_version_of_the_api(client: FlaskClient) -> None:
    answer = client.get("/v2/projects")
    assert (answer.status_code, answer.json["code"]) == (404, "404.3")
    assert client.get("/v1/nothing").json["code"] == "404.1"


def test_what_nobody_contradicted_cannot_be_settled(program: Program) -> None:
    assert program.ask("POST", LIST, json={"name": "trees"}).status_code == 200
    key = program.ask("POST", f"{LIST}/trees/entities", json={"label": "x"}).json["uuid"]
    one = f"{LIST}/trees/entities/{key}"
    for body in ({}, {"label": "y"}):
        told = program.refused("PATCH", f"{one}?resolve=true&baseVersion=1", json=body)
        assert told[:2] == (400, "400.32")
    left = program.ask("GET", one).json
    assert (left["updatedAt"], left["currentVersion"]["version"]) == (None, 1)
