"""No text that cannot be stored (NUL, half a character) crashes anything: every field and parameter
of the published description is asked with one. On both databases: they refuse different things."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.cli.openapi import FILE
from service.foundation.settings import Settings
from tests import entity_things
from tests.factories import Phone, a_phone, an_instance
from tests.web.people import bearer
from tests.web.test_fields import JSON, NAMED, described, who_may

pytestmark = pytest.mark.each_database

BAD = ("a\0b", "\ud800", "a\x1bb")
SCHEMAS: dict[str, Any] = orjson.loads(Path(FILE).read_bytes())["components"]["schemas"]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    ref = schema.get("$ref")
    return SCHEMAS[ref.rpartition("/")[2]] if ref else schema


def bodies_of(schema: dict[str, Any], bad: str, depth: int = 0) -> Iterator[Any]:
    """Values of the schema that hold `bad` once, wherever a text may stand."""
    schema = resolved(schema)
    for one in schema.get("allOf", schema.get("anyOf", ())):
        yield from bodies_of(one, bad, depth)
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    if "string" in kinds and not {"enum", "format"} & set(schema):  # of those, bad is no value
        yield bad
    if "array" in kinds and depth < 6:
        yield from ([one] for one in bodies_of(schema["items"], bad, depth + 1))
    if "object" in kinds and depth < 6:
        for name, inner in schema.get("properties", {}).items():
            if not resolved(inner).get("readOnly") and not inner.get("readOnly"):
                yield from ({name: one} for one in bodies_of(inner, bad, depth + 1))
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            yield {bad: "x"}
            yield from ({"x": one} for one in bodies_of(more, bad, depth + 1))


WRITTEN = [
    (method, path, told["requestBody"]["content"][JSON]["schema"])
    for method, path, told in described()
    if JSON in told.get("requestBody", {}).get("content", {})
]
ASKED = [
    (method, path, one["name"])
    for method, path, told in described()
    for one in told.get("parameters", ())
    if one.get("in") == "query" and one.get("schema", {}).get("type") == "string"
]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    made = a_phone(client)
    assert made.send(an_instance("uuid:1")).status_code == 201
    return made


def address(phone: Phone, path: str) -> str:
    named = {**NAMED, **entity_things.things(phone.project_id), "project_id": phone.project_id}
    named |= {"form_id": "visit", "role_id": "2", "item_id": "uuid:1", "name": "a.jpg"}
    return path.format_map(named)


def test_there_is_something_to_ask() -> None:
    assert len(WRITTEN) > 10
    assert len(ASKED) > 5
    assert all(list(bodies_of(schema, "x")) for _, path, schema in WRITTEN if "sessions" in path)


@pytest.mark.parametrize("bad", BAD, ids=["nul", "surrogate", "escape"])
def test_a_field_that_holds_it_is_refused_by_name(
    phone: Phone, settings: Settings, bad: str
) -> None:
    asked = 0
    for method, path, schema in WRITTEN:
        if path.endswith(("/sync", "/told")):
            continue  # read otherwise: below
        headers = bearer(settings.secrets.jwt_key, who_may(method, path), phone.project_id)
        for body in bodies_of(schema, bad):
            answer = phone.client.open(
                address(phone, path), method=method, headers={**headers, "Content-Type": JSON},
                data=json.dumps(body),
            )  # fmt: skip
            told = answer.get_data(as_text=True)
            assert answer.status_code == 400, (method, path, body, told)
            assert "cannot be stored" in told, (method, path, body, told)
            asked += 1
    assert asked > 20


ITEM = {"id": "uuid:9", "form_id": "visit", "version": "1", "answers": {"village": "ក"}}


@pytest.mark.parametrize("bad", BAD, ids=["nul", "surrogate", "escape"])
def test_an_item_that_holds_it_is_refused_by_itself_and_the_others_are_kept(
    phone: Phone, settings: Settings, bad: str
) -> None:
    """Half a character is no JSON: nothing of what came with it is kept."""
    by = bearer(settings.secrets.jwt_key, Role.FIELD_WORKER, phone.project_id)
    path = f"/v1/projects/{phone.project_id}/sync"
    (schema,) = [schema for _, each, schema in WRITTEN if each.endswith("/sync")]
    for number, body in enumerate(bodies_of(schema, bad)):
        good = {**ITEM, "id": f"uuid:good-{number}"}
        items = [{**ITEM, "id": f"uuid:{number}", **item} for item in body.get("items", ())]
        answer = phone.client.post(
            path, headers={**by, "Content-Type": JSON},
            data=json.dumps({**body, "items": [*items, good]}),
        )  # fmt: skip
        if bad == "\ud800":
            assert answer.status_code == 400, body
            continue
        assert answer.status_code == 200, body
        told = answer.get_json()["results"]
        assert [one["status"] for one in told][len(items) :] == ["stored"], (body, told)
        problems = [one["problem"] for one in told if one["problem"]]
        assert all(one["code"].startswith("40") for one in problems), (body, told)


@pytest.mark.parametrize("bad", ["a%00b", "%ED%A0%80", "a%1Bb"], ids=["nul", "surrogate", "escape"])
def test_a_parameter_that_holds_it_crashes_nothing(
    phone: Phone, settings: Settings, bad: str
) -> None:
    for method, path, name in ASKED:
        headers = bearer(settings.secrets.jwt_key, who_may(method, path), phone.project_id)
        answer = phone.client.open(
            f"{address(phone, path)}?{name}={bad}", method=method, headers=headers
        )
        assert answer.status_code < 500, (method, path, name)
        if bad == "a%00b":
            assert answer.status_code >= 400, (method, path, name)
