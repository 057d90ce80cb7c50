"""Fields that nobody asked for are refused, and answers hold the fields that they always held."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.accounts.tables import AppUser, Grant, User
from service.cli.openapi import FILE
from service.consent import actions as consent
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.web.fields import stated_fields
from tests.integration.indicators.villages import Village
from tests.web.people import bearer

STRANGE = ("id", "role", "project_id", "created_at", "consent", "verified", "is_admin")
"""What somebody would add to a form to gain by it."""


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """What is refused before anything is looked up does not depend on the database."""
    (tmp_path / "samleng.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/samleng.db"


@pytest.fixture
def project_id(client: FlaskClient) -> int:
    with unit_of_work() as session:
        village = Village(session)
        for _ in range(12):
            village.household({"needs": ["reh_prosthesis"]})
        return village.project_id


def described() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, address, operation) of the published description of the API."""
    for path, methods in orjson.loads(FILE.read_bytes())["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield method.upper(), path, operation


WRITABLE = [(method, path) for method, path, told in described() if "requestBody" in told]
QUERIED = [
    (method, path)
    for method, path, told in described()
    if any(one.get("in") == "query" for one in told.get("parameters", ()))
]


def rows() -> list[object]:
    """Everything that such a field could have changed."""
    with reading() as session:
        return [
            [tuple(row) for row in session.execute(sa.select(*table.__table__.c))]
            for table in (User, Grant, AppUser)
        ]


def refused_by_name(answer: TestResponse, field: str) -> bool:
    assert answer.status_code in (400, 422), answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    return f'"{field}"' in answer.get_data(as_text=True)


def who_may(path: str) -> Role:
    return Role.ADVOCATE if path.endswith("/sync") else Role.COORDINATOR


@pytest.mark.parametrize(("method", "path"), WRITABLE)
@pytest.mark.parametrize("field", STRANGE)
def test_s14_the_api_takes_no_field_that_its_schema_does_not_name(
    client: FlaskClient, settings: Settings, project_id: int, method: str, path: str, field: str
) -> None:
    headers = bearer(settings.secrets.jwt_key, who_may(path), project_id)
    before = rows()
    address = path.replace("{project_id}", str(project_id))
    answer = client.open(address, method=method, json={field: "1"}, headers=headers)
    assert refused_by_name(answer, field)
    assert rows() == before


@pytest.mark.parametrize(("method", "path"), QUERIED)
@pytest.mark.parametrize("field", STRANGE)
def test_s14_nor_a_parameter(
    client: FlaskClient, settings: Settings, project_id: int, method: str, path: str, field: str
) -> None:
    headers = bearer(settings.secrets.jwt_key, who_may(path), project_id)
    address = path.replace("{project_id}", str(project_id)).replace("{indicator_id}", "I01")
    answer = client.open(f"{address}?{field}=1", method=method, headers=headers)
    assert refused_by_name(answer, field)


def forms_of(app: Flask) -> list[tuple[str, str]]:
    """(address, view) of every form of a page."""
    return [
        (rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and not rule.rule.startswith("/v1/")
    ]


def test_s14_every_form_of_a_page_states_its_fields(app: Flask) -> None:
    silent = [rule for rule, endpoint in forms_of(app) if stated_fields(app, endpoint) is None]
    assert silent == [], "add @takes(…) with the names of the fields"


def test_s14_no_form_of_a_page_takes_another_field(
    app: Flask, client: FlaskClient, settings: Settings, project_id: int
) -> None:
    headers = bearer(settings.secrets.jwt_key, Role.COORDINATOR, project_id)
    before = rows()
    for rule, endpoint in forms_of(app):
        for field in STRANGE:
            if field in (stated_fields(app, endpoint) or ()):
                continue
            address = rule.replace("<slug>", "battambang").replace("<token>", "none")
            address = re.sub("<[^>]*>", "1", address)
            answer = client.post(address, data={field: "1"}, headers=headers)
            assert answer.status_code == 400, f"{rule}: {field}"
    assert rows() == before


# --- what answers hold (S-15) -------------------------------------------------------------------
TITLE = {"title.en", "title.km"}
TABLE = TITLE | {
    "indicator", "unit", "by[]", "period.from", "period.to", "audience", "k", "as_of",
    "basis.persons", "basis.refused_stats", "basis.unknown", "note.en", "note.km",
    "cells[].province", "cells[].n", "cells[].d", "cells[].hidden",
}  # fmt: skip
TOTALS = {"totals[].n", "totals[].d", "totals[].hidden"}
CATALOGUE = {"[].id", "[].title.en", "[].title.km", "[].unit"} | {
    f"[].breakdowns.{audience}[][]" for audience in ("public", "partner")
}
PERSON = {"id", "displayName", "language"}
PAGE = {"cursor", "more"}
WITHDRAWAL = {
    "id", "asked_at", "channel", "reason", "status", "scopes[]", "instances", "counted[]",
    "acts[]", "first_received_on", "dates",
}  # fmt: skip
FIGURES = (Role.COORDINATOR, Role.REVIEWER, Role.ADVOCATE, Role.ANALYST)
EVERYBODY = [*FIGURES, Role.FIELD_WORKER, Role.ADMIN]
FORMS = {"changes[].type"} | {
    f"changes[].forms[].{one}" for one in ("form_id", "version", "title", "hash", "download_url")
}
"""Of items nobody is told whom they do not belong to."""
NOTHING_THERE: set[str] = set()
"""404: of these, only one's own are there, and what is asked for is somebody else's."""


Fields = dict[tuple[Role, str], set[str]]


def each(roles: Iterable[Role], whole: set[str], area: set[str]) -> Fields:
    """Fields for these roles in the whole project, and in an area of it."""
    return {(role, at): area if at else whole for role in roles for at in ("", "02")}


HELD: dict[str, Fields] = {
    "/v1/users/current": each(EVERYBODY, PERSON, PERSON),
    "/v1/projects/{project_id}/indicators": each(FIGURES, CATALOGUE, CATALOGUE),
    "/v1/projects/{project_id}/indicators/{indicator_id}": each(
        FIGURES, TABLE | TOTALS, TABLE | {"areas[]", "totals[]"}
    ),
    "/v1/projects/{project_id}/withdrawals": {
        **each([Role.ADVOCATE], PAGE | {"items[]"}, PAGE | {"items[]"}),
        **each(
            [Role.COORDINATOR], PAGE | {f"items[].{one}" for one in WITHDRAWAL}, PAGE | {"items[]"}
        ),
    },
    "/v1/projects/{project_id}/withdrawals/{withdrawal_id}": {
        **each([Role.ADVOCATE], NOTHING_THERE, NOTHING_THERE),
        **each([Role.COORDINATOR], WITHDRAWAL, NOTHING_THERE),
    },
    "/v1/projects/{project_id}/sync": each(
        [Role.FIELD_WORKER, Role.ADVOCATE], {"cursor", "more"} | FORMS, {"cursor", "more"} | FORMS
    ),
    "/v1/projects/{project_id}/sync/{item_id}/attachments/{name}": each(
        [Role.FIELD_WORKER, Role.ADVOCATE], NOTHING_THERE, NOTHING_THERE
    ),
}
"""Address of the API to the fields that each role gets, and where the role is bound to an area.
Whoever is not named gets nothing."""


def fields_of(value: Any, at: str = "") -> set[str]:
    """Paths of everything in a JSON value: "cells[].n"; "cells[]" where there is none."""
    if isinstance(value, list):
        return set().union(*(fields_of(one, f"{at}[]") for one in value)) or {f"{at}[]"}
    if isinstance(value, dict):
        inner = [fields_of(one, f"{at}.{name}" if at else name) for name, one in value.items()]
        return set().union(*inner) if inner else set()
    return {at}


def test_s15_every_address_that_answers_with_json_is_in_the_snapshot() -> None:
    answering = {path for method, path, _ in described() if method == "GET"}
    assert answering == set(HELD), "write down which fields each role gets"


def test_s15_each_role_gets_the_fields_written_down_and_no_other(
    app: Flask, client: FlaskClient, settings: Settings, project_id: int
) -> None:
    blobs = app.extensions["samleng.blobs"]
    asked = consent.ask_by_code(project_id, "BTB-7731", network="n", blobs=blobs)
    named = {
        "project_id": project_id, "indicator_id": "I01", "withdrawal_id": asked.id,
        "item_id": "uuid:nobody", "name": "a.jpg",
    }  # fmt: skip
    for path, expected in HELD.items():
        for role, area in itertools.product(EVERYBODY, ("", "02")):
            if role is Role.ADMIN and area:
                continue
            place = 0 if role is Role.ADMIN else project_id
            headers = bearer(settings.secrets.jwt_key, role, place, area)
            answer = client.get(f"{path.format(**named)}{_by(path)}", headers=headers)
            fields = expected.get((role, area))
            status = 403 if fields is None else 200 if fields else 404
            assert answer.status_code == status, (path, role, area)
            if fields:
                assert fields_of(answer.json) == fields, (path, role, area)


def _by(path: str) -> str:
    return "?by=province" if "indicator_id" in path else ""


def test_s15_a_session_tells_its_token_and_its_times() -> None:
    schema = orjson.loads(FILE.read_bytes())["components"]["schemas"]["Session"]["properties"]
    told = {name for name, one in schema.items() if not one.get("writeOnly")}
    assert told == {"token", "csrf", "createdAt", "expiresAt", "refresh_token"}
