"""S-18: what comes from another site does nothing, whatever the method; and what leaving clears."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.policy import Act
from service.app import create_app
from service.foundation import clock
from service.foundation.settings import Settings
from service.web import identify
from service.web.identify import PUBLIC, allows
from tests.conftest import SAYS_NOTHING, close
from tests.factories import at
from tests.web.pages_world import PASSWORD, World, a_world, sign_in

FOREIGN = (
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://samleng.test.evil.example"},
    {"Origin": "https://samleng.test"},
    {"Origin": "http://samleng.test:8080"},
    {"Referer": "http://evil.example/page"},
    {"Referer": "http://samleng.test.evil.example/"},
    {"Referer": "https://samleng.test/"},
    {"Referer": "http://evil.example/http://samleng.test/"},
    {"Referer": "about:blank"},
    {"Origin": "http://samleng.test", "Referer": "http://evil.example/"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://samleng.test"},
    {"Sec-Fetch-Site": SAYS_NOTHING},
)


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.mark.adds_routes
def test_s18_no_unsafe_request_with_the_cookie_comes_from_elsewhere(
    app: Flask, client: FlaskClient, world: World
) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        view = allows(Act.SESSION_END)(lambda: "done")
        app.add_url_rule(f"/v1/try-{method}", method, view, methods=[method])
    sign_in(client, world.coordinator)
    asked = set()
    for rule in app.url_map.iter_rules():
        act = identify.stated_act(app, rule.endpoint)
        unsafe = (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}
        if act == PUBLIC or "/key/" in rule.rule:
            continue
        path = rule.rule.replace("<slug>", "battambang")
        path = re.sub(r"<uuid:\w+>", "00000000-0000-7000-8000-000000000000", path)
        path = re.sub(r"<(?:\w+:)?\w+>", "1", path)
        for method in unsafe:
            for headers in FOREIGN:
                answer = client.open(path, method=method, headers=headers)
                assert answer.status_code == 403, f"{method} {path} {headers}"
                asked.add(method)
    assert asked == {"POST", "PUT", "PATCH", "DELETE"}
    assert client.get("/account").status_code == 200, "still signed in"
    for method in ("PUT", "PATCH", "DELETE"):
        for headers in OWN:
            answer = client.open(f"/v1/try-{method}", method=method, headers=headers)
            assert answer.status_code == 200, "the same from a page of ours is done"


OWN = (
    {"Origin": "http://samleng.test"}, {"Referer": "http://samleng.test/account?x=1"},
    {"Origin": "http://samleng.test", "Referer": "http://samleng.test/account"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Sec-Fetch-Site": "none"},
)  # fmt: skip


@pytest.mark.parametrize("headers", OWN)
def test_what_our_own_pages_send_is_done(
    client: FlaskClient, world: World, headers: dict[str, str]
) -> None:
    sign_in(client, world.coordinator)
    answer = client.post("/account/language", data={"language": "km"}, headers=headers)
    assert answer.status_code == 303


def test_s18_nobody_is_signed_in_from_another_site(client: FlaskClient, world: World) -> None:
    form = {"email": world.analyst, "password": PASSWORD}
    for headers in FOREIGN:
        assert client.post("/sign-in", data=form, headers=headers).status_code == 403


def test_s18_a_form_is_no_json(client: FlaskClient, world: World) -> None:
    """A page elsewhere can send forms; sessions of programs take JSON alone, and set no cookie."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        for path in ("/v1/sessions", "/v1/sessions/refresh"):
            body = b'{"email": "a@b", "password": "x", "refresh_token": "x"}'
            answer = client.post(path, data=body, content_type=kind)
            assert answer.status_code == 400


def test_leaving_clears_what_the_browser_kept(client: FlaskClient, world: World) -> None:
    sign_in(client, world.coordinator)
    answer = client.post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get_cookie("samleng_session", domain="samleng.test") is None


@pytest.fixture
def secure(settings: Settings) -> Iterator[Flask]:
    """The same behind a proxy that holds the certificate."""
    chosen = dataclasses.replace(settings, public_url="https://data.example.org", trusted_proxies=1)
    yield create_app(chosen)
    close()


def test_over_https_the_cookie_is_bound_to_this_host(secure: Flask) -> None:
    world = a_world()
    client = secure.test_client()
    headers = {
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.org",
        "X-Forwarded-For": "203.0.113.7", "Origin": "https://data.example.org",
    }  # fmt: skip
    form = {"email": world.analyst, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers=headers)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-samleng_session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert "Expires" not in cookie


def test_s03_a_thousand_forged_addresses_give_no_extra_tries(
    client: FlaskClient, world: World
) -> None:
    """With no proxy configured, what a client says of its address counts for nothing."""
    statuses = []
    form = {"email": world.analyst, "password": "x" * 12}
    with clock.frozen(at("2026-11-24T08:00")):
        for number in range(1000):
            forged = f"198.51.{number // 250}.{number % 250}"
            headers = {
                "X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}",
            }  # fmt: skip
            statuses.append(client.post("/sign-in", data=form, headers=headers).status_code)
    assert statuses.count(401) == 5
    assert statuses.count(429) == 995


def test_s03_behind_one_proxy_the_last_address_counts_and_no_forged_one(secure: Flask) -> None:
    world = a_world()
    client = secure.test_client()
    statuses = []
    form = {"email": world.analyst, "password": "x" * 12}
    with clock.frozen(at("2026-11-24T08:00")):
        for number in range(60):
            headers = {
                "X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.org",
                "X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7",
                "Origin": "https://data.example.org",
            }  # fmt: skip
            statuses.append(client.post("/sign-in", data=form, headers=headers).status_code)
    assert statuses.count(401) == 5


def test_s03_an_unknown_address_and_a_wrong_password_look_alike(
    client: FlaskClient, world: World
) -> None:
    """To the letter, at both doors, but for what the caller typed."""
    for door, sent in (("/sign-in", "data"), ("/v1/sessions", "json")):
        answers = []
        for email in (world.analyst, "x" * (len(world.analyst) - 12) + "@example.org"):
            form = {"email": email, "password": "not the password"}
            answer = client.post(door, **{sent: form})
            headers = sorted((name, value) for name, value in answer.headers if name not in VARYING)
            body = IDS.sub("", answer.get_data(as_text=True).replace(email, "…"))
            answers.append((answer.status_code, body, headers))
        assert answers[0] == answers[1], door
        assert answers[0][0] == 401


VARYING = {"Date", "X-Request-Id"}
IDS = re.compile(r"[0-9a-f]{8}-?[0-9a-f-]{8,}")
