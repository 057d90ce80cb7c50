"""`/v1/sessions` and `/v1/users/current`, as scripts written for ODK Central use them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role, Scope
from service.accounts.tables import User
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.factories import a_phone, a_project
from tests.pulled_form import a_script
from tests.web.people import bearer

EMAIL, PASSWORD = "bopha@example.org", "ស្រែ ត្នោត មេឃ ទន្លេ"


@pytest.fixture
def bopha(client: FlaskClient) -> int:
    with unit_of_work() as session:
        project = a_project(session)
        return actions.create_user(session, SYSTEM, EMAIL, Role.ANALYST, project.id, PASSWORD).id


def open_session(client: FlaskClient, **more: Any) -> Any:
    return client.post("/v1/sessions", json={"email": EMAIL, "password": PASSWORD, **more})


def test_a_session_has_the_shape_that_centrals_clients_read(
    client: FlaskClient, bopha: int
) -> None:
    answer = open_session(client)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert set(answer.json) == {"token", "refresh_token", "csrf", "createdAt", "expiresAt"}
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(moment, answer.json["createdAt"])
    assert re.fullmatch(moment, answer.json["expiresAt"])
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    who = client.get("/v1/users/current", headers=headers)
    assert (who.json["id"], who.json["displayName"], who.json["language"]) == (bopha, "bopha", "en")


def test_ending_a_session_ends_its_token_at_once(client: FlaskClient, settings: Settings) -> None:
    a_phone(client)
    headers = bearer(settings.secrets.jwt_key, Role.ANALYST, 1)
    assert client.get("/v1/users/current", headers=headers).status_code == 200
    answer = client.delete("/v1/sessions/current", headers=headers)
    assert (answer.status_code, answer.json) == (200, {"success": True})
    for _ in range(2):
        after = client.get("/v1/users/current", headers=headers)
        assert (after.status_code, after.json["code"]) == (401, "401.2")
    assert client.delete("/v1/sessions/current", headers=headers).status_code == 401


def test_a_session_is_ended_by_its_own_token_and_no_other(
    client: FlaskClient, settings: Settings
) -> None:
    a_phone(client)
    hers, others = (
        bearer(settings.secrets.jwt_key, role, 1) for role in (Role.ANALYST, Role.ADMIN)
    )

    def ended(headers: Mapping[str, str], by: Mapping[str, str] = hers) -> int:
        token = headers["Authorization"].removeprefix("Bearer ")
        return client.delete(f"/v1/sessions/{token}", headers=dict(by)).status_code

    assert ended(others) == 403
    assert ended({"Authorization": "Bearer nobodys"}) == 403
    assert client.get("/v1/users/current", headers=others).status_code == 200
    assert client.get("/v1/users/current", headers=hers).status_code == 200
    assert ended(hers) == 200
    assert client.get("/v1/users/current", headers=hers).status_code == 401
    script = a_script(1, Scope.PROJECTS)
    assert ended(script, by=script) == 403, "it lasts, and is no session"


def test_a_wrong_password_and_an_unknown_address_get_the_very_same_answer(
    client: FlaskClient, bopha: int
) -> None:
    answers = [
        client.post("/v1/sessions", json={"email": EMAIL, "password": "x" * 12}),
        client.post("/v1/sessions", json={"email": "no@example.org", "password": PASSWORD}),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].data == answers[1].data
    assert answers[0].content_type == "application/problem+json"
    assert answers[0].headers["WWW-Authenticate"] == 'Basic realm="Samleng", charset="UTF-8"'


def test_after_five_wrong_passwords_the_answer_says_when_to_try_again(
    client: FlaskClient, bopha: int
) -> None:
    with unit_of_work() as session:
        user = session.get_one(User, bopha)
        user.failures = 4
    assert open_session(client, password="x" * 12).status_code == 401
    blocked = open_session(client)
    assert (blocked.status_code, blocked.json["code"]) == (429, "429.1")
    assert 55 <= int(blocked.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "extra",
    [
        {"role": "admin"}, {"token": "mine"}, {"expiresAt": "2099-01-01"}, {"id": 1},
        {"roles": ["admin"]}, {"user_id": 1}, {"is_active": True}, {"csrf": "x"},
    ],
)  # fmt: skip
def test_fields_that_are_not_asked_for_are_refused(
    client: FlaskClient, bopha: int, extra: dict[str, Any]
) -> None:
    answer = open_session(client, **extra)
    assert (answer.status_code, answer.json["code"]) == (400, "400.4")
    assert next(iter(extra)) in str(answer.json["details"])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"text"', b"{}", b'{"email": "a@b"}', b'{"email": 1}',
        b'{"email": ["a"], "password": {"$ne": ""}}', b"\xff\xfe", b'{"email": null}',
        b'{"email": "a@b", "password": "' + b"x" * 2000 + b'"}',
    ],
)  # fmt: skip
def test_bodies_that_make_no_sense_are_refused_in_words(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["message"] == answer.json["detail"]
    assert b"xxxx" not in answer.data


@pytest.mark.parametrize(
    "header",
    [
        "Bearer", "Bearer ", "Bearer x.y.z", "Bearer null", "bearer smd-x", "Basic", "Basic x",
        "Basic Og==", "Digest username=x", "Negotiate", "\u00e9", "Bearer " + "a" * 8000,
    ],
)  # fmt: skip
def test_no_odd_credential_is_anything_but_401(client: FlaskClient, header: str) -> None:
    answer = client.get("/v1/users/current", headers={"Authorization": header})
    assert answer.status_code == 401


def test_a_phone_is_no_person(client: FlaskClient) -> None:
    phone = a_phone(client)
    headers = {"Authorization": f"Bearer {phone.token}"}
    assert client.get("/v1/users/current", headers=headers).status_code == 403
    assert client.delete("/v1/sessions/current", headers=headers).status_code == 403


def test_the_cookie_of_a_page_opens_the_api_only_for_reading_from_elsewhere(
    client: FlaskClient, bopha: int
) -> None:
    client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD})
    assert client.get("/v1/users/current").status_code == 200
    foreign = client.delete("/v1/sessions/current", headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    assert client.get("/v1/users/current").status_code == 200


def test_no_password_is_kept_as_it_was_typed(client: FlaskClient, bopha: int) -> None:
    open_session(client)
    with reading() as session:
        stored = session.get_one(User, bopha).password_hash or ""
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
