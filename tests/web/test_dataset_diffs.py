"""What a form does to entity lists, and who made entities: as ODK Central answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.foundation.settings import Settings
from tests import entity_forms
from tests.conftest import drain
from tests.factories import Phone, a_phone
from tests.web.people import bearer


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


@pytest.fixture
def by(phone: Phone, settings: Settings) -> Mapping[str, str]:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def ask(phone: Phone, by: Mapping[str, str], path: str, status: int = 200, **sent: Any) -> Any:
    address = f"/v1/projects/{phone.project_id}{path}"
    method = "POST" if sent else "GET"
    answer = phone.client.open(address, method=method, headers=by, **sent)
    assert answer.status_code == status, answer.text
    return answer.json


def xml(xform: bytes) -> dict[str, Any]:
    return {"data": xform, "content_type": "application/xml"}


OFFERED = "/forms/register/dataset-diff"
DRAFT = "/forms/register/draft/dataset-diff"


def properties(*told: tuple[str, bool, bool]) -> list[dict[str, Any]]:
    return [{"name": name, "isNew": is_new, "inForm": in_form} for name, is_new, in_form in told]


def test_a_draft_says_what_publishing_would_make(phone: Phone, by: Mapping[str, str]) -> None:
    ask(phone, by, "/forms", **xml(entity_forms.register()))
    [told] = ask(phone, by, DRAFT)
    assert (told["name"], told["isNew"]) == ("people", True)
    own = ("full_name", True, True), ("age", True, True), ("village", True, True)
    assert told["properties"] == properties(*own)
    ask(phone, by, OFFERED, 404)
    ask(phone, by, "/forms/register/draft/publish", data="")
    ask(phone, by, DRAFT, 404)
    [told] = ask(phone, by, OFFERED)
    in_form = [{"name": name, "inForm": True} for name, _, _ in own]
    assert told == {"name": "people", "properties": in_form}
    second = entity_forms.register(version="2").replace(b'saveto="age"', b'saveto="born"')
    ask(phone, by, "/forms/register/draft", **xml(second))
    [told] = ask(phone, by, DRAFT)
    assert told["isNew"] is False
    assert told["properties"] == properties(
        ("age", False, False), ("full_name", False, True), ("born", True, True),
        ("village", False, True),
    )  # fmt: skip
    assert ask(phone, by, "/forms/visit/dataset-diff") == [], "a form without lists"
    ask(phone, by, "/forms/nowhere/dataset-diff", 404)


def test_who_made_entities_that_are_there(
    app: Flask, phone: Phone, by: Mapping[str, str], settings: Settings
) -> None:
    ask(phone, by, "/datasets", json={"name": "trees"})
    creators = "/datasets/trees/entities/creators"
    assert ask(phone, by, creators) == []
    other = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    made = [
        ask(phone, who, "/datasets/trees/entities", json={"label": "x"}) for who in (by, by, other)
    ]
    drain(app)
    found = ask(phone, by, creators)
    assert {one["id"] for one in found} == {one["creatorId"] for one in made}
    assert len(found) == 2
    names = [one["displayName"] for one in found]
    assert names == sorted(names)
    gone = f"/v1/projects/{phone.project_id}/datasets/trees/entities/{made[2]['uuid']}"
    assert phone.client.delete(gone, headers=by).status_code == 200
    assert [one["id"] for one in ask(phone, by, creators)] == [made[0]["creatorId"]]
    ask(phone, by, "/datasets/nothing/entities/creators", 404)


def test_a_page_of_entities_is_followed_by_its_own_link_alone(
    phone: Phone, by: Mapping[str, str]
) -> None:
    ask(phone, by, "/datasets", json={"name": "trees"})
    for label in ("a", "b"):
        ask(phone, by, "/datasets/trees/entities", json={"label": label})
    told = ask(phone, by, "/datasets/trees.svc/Entities?$top=1")
    link = urlsplit(told["@odata.nextLink"])
    seen = phone.client.get(f"{link.path}?{link.query}", headers=by).json["value"]
    assert [row["label"] for row in (*told["value"], *seen)] == ["b", "a"]
    plain = base64.b64encode(orjson.dumps({"uuid": told["value"][0]["__id"]})).decode()
    refused = ask(phone, by, f"/datasets/trees.svc/Entities?$skiptoken=01{quote(plain)}", 400)
    assert refused["code"] == "400.35"


@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_files_of_entities_leave_one_at_a_time(
    phone: Phone, by: Mapping[str, str], ending: str
) -> None:
    """A program that asks for many large ones at once must not take the server from phones."""
    ask(phone, by, "/datasets", json={"name": "trees"})
    ask(phone, by, "/datasets/trees/entities", json={"label": "x"})
    address = f"/v1/projects/{phone.project_id}/datasets/trees/entities.{ending}"
    first = phone.client.get(address, headers=by, buffered=False)
    second = phone.client.get(address, headers=by)
    assert (second.status_code, second.json["code"]) == (429, "429.3")
    assert int(second.headers["Retry-After"]) > 0
    known = {**by, "If-None-Match": first.headers["ETag"]}
    assert phone.client.get(address, headers=known).status_code == 304, "nothing leaves"
    first.close()
    for _ in range(2):
        again = phone.client.get(address, headers=by)
        assert (again.status_code, b"x" in again.data or ending == "geojson") == (200, True)
