"""The second factor at both doors: asked for, set up, given again for what wants it fresh."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions, credentials, queries, second_factor
from service.accounts.actions import second_factors
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import User
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.factories import at
from tests.web.pages_world import PASSWORD, World, a_world, sign_in, text_of
from tests.web.people import bearer, code_of, enrol

START = at("2026-11-24T08:00")
EMAIL = "chanthou@example.org"


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


def open_session(client: FlaskClient, **more: str) -> TestResponse:
    return client.post("/v1/sessions", json={"email": EMAIL, "password": PASSWORD, **more})


def test_s11_a_program_is_told_that_the_code_is_missing(client: FlaskClient, world: World) -> None:
    missing = open_session(client)
    assert (missing.status_code, missing.json["code"]) == (401, "401.4")
    wrong = open_session(client, totp="000000")
    assert (wrong.status_code, wrong.json["code"]) == (401, "401.21")
    with clock.frozen(clock.now()):  # a code is that of half a minute
        right = open_session(client, totp=code_of(EMAIL))
        used = open_session(client, totp=code_of(EMAIL))
    assert right.status_code == 200
    assert (used.status_code, used.json["code"]) == (401, "401.21")


def test_s11_whoever_must_set_it_up_is_sent_to_the_pages(client: FlaskClient, world: World) -> None:
    with unit_of_work() as session:
        person = queries.find_user(session, EMAIL)
        assert person is not None
        second_factors.forget(session, person.id)
    answer = open_session(client)
    assert (answer.status_code, answer.json["code"]) == (401, "401.4")
    assert "on the pages" in answer.json["message"]


def test_s11_what_wants_a_fresh_code_takes_it_in_a_header(
    client: FlaskClient, world: World
) -> None:
    path = f"/v1/projects/{world.project_id}/indicators/I01?audience=internal"
    with clock.frozen(START):
        opened = open_session(client, totp=code_of(EMAIL)).json
        token = {"Authorization": f"Bearer {opened['token']}"}
        assert client.get(path, headers=token).status_code == 200, "given at sign-in"
    with clock.frozen(START + second_factor.FRESH + second_factor.FRESH / 5):
        stale = client.get(path, headers=token)
        assert (stale.status_code, stale.json["code"]) == (403, "403.4")
        wrong = client.get(path, headers={**token, "X-Samleng-TOTP": "000000"})
        assert (wrong.status_code, wrong.json["code"]) == (403, "403.4")
        fresh = {**token, "X-Samleng-TOTP": code_of(EMAIL)}
        assert client.get(path, headers=fresh).status_code == 200
        assert client.get(path, headers=fresh).status_code == 200, "fresh already"
        assert client.get(path, headers=token).status_code == 200, "for five minutes"


def test_s11_a_used_code_refreshes_nothing(client: FlaskClient, world: World) -> None:
    path = f"/v1/projects/{world.project_id}/indicators/I01?audience=internal"
    with clock.frozen(START):
        used = code_of(EMAIL)
        token = open_session(client, totp=used).json["token"]
    headers = {"Authorization": f"Bearer {token}", "X-Samleng-TOTP": used}
    with clock.frozen(START + second_factor.FRESH * 1.2):
        assert client.get(path, headers=headers).status_code == 403


def test_a_session_is_renewed_by_its_refresh_token(client: FlaskClient, world: World) -> None:
    opened = open_session(client, totp=code_of(EMAIL)).json
    answer = client.post("/v1/sessions/refresh", json={"refresh_token": opened["refresh_token"]})
    assert answer.status_code == 200
    assert set(answer.json) == set(opened)
    assert answer.json["refresh_token"] != opened["refresh_token"]
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    assert client.get("/v1/users/current", headers=headers).status_code == 200
    for body in ({"refresh_token": "smr-nobody"}, {"refresh_token": opened["token"]}):
        refused = client.post("/v1/sessions/refresh", json=body)
        assert (refused.status_code, refused.json["code"]) == (401, "401.2")
    extra = {"refresh_token": "x", "role": "admin"}
    assert client.post("/v1/sessions/refresh", json=extra).status_code == 400


def test_s04_a_refresh_token_opens_no_route(client: FlaskClient, world: World) -> None:
    opened = open_session(client, totp=code_of(EMAIL)).json
    headers = {"Authorization": f"Bearer {opened['refresh_token']}"}
    assert client.get("/v1/users/current", headers=headers).status_code == 401


# --- pages --------------------------------------------------------------------------------------
def enter(client: FlaskClient, **form: str) -> TestResponse:
    return client.post("/sign-in", data={"email": EMAIL, "password": PASSWORD, **form})


def test_s11_the_password_alone_opens_one_page_and_no_other(
    client: FlaskClient, world: World
) -> None:
    step = enter(client, next=f"{world.path}/figures").headers["Location"]
    assert step == "/second-factor?next=%2Fp%2Fbattambang%2Ffigures"
    page = client.get(step)
    assert page.status_code == 200
    assert "<nav" not in page.get_data(as_text=True)
    for path in ("/", f"{world.path}/", f"{world.path}/phones", "/account", "/second-factor/new"):
        assert client.get(path).headers["Location"].startswith("/second-factor?next="), path
    assert client.post(f"{world.path}/phones", data={"name": "x"}).status_code == 401
    assert client.get("/v1/users/current").status_code == 401
    before = client.get_cookie("samleng_session", domain="samleng.test")
    done = client.post("/second-factor", data={"code": code_of(EMAIL), "next": f"{world.path}/"})
    assert (done.status_code, done.headers["Location"]) == (303, f"{world.path}/")
    after = client.get_cookie("samleng_session", domain="samleng.test")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert client.get(f"{world.path}/phones").status_code == 200


def test_a_wrong_code_is_told_on_the_page(client: FlaskClient, world: World) -> None:
    enter(client)
    for language, words in (("en", "The code is not right"), ("km", "លេខកូដមិនត្រឹមត្រូវ")):
        answer = client.post(f"/second-factor?lang={language}", data={"code": "123"})
        assert answer.status_code == 400
        assert words in text_of(answer)
    assert client.get(f"{world.path}/").status_code == 302


def test_nobody_is_led_elsewhere_after_the_code(client: FlaskClient, world: World) -> None:
    enter(client)
    form = {"code": code_of(EMAIL), "next": "//evil.example"}
    assert client.post("/second-factor", data=form).headers["Location"] == "/"


def test_s11_setting_it_up_shows_recovery_codes_once(client: FlaskClient, world: World) -> None:
    with unit_of_work() as session:
        user = actions.create_user(
            session, SYSTEM, "reth@example.org", Role.ADVOCATE, world.project_id
        )
        user.password_hash = credentials.hash_again(PASSWORD)
    answer = enter(client, email="reth@example.org", next=f"{world.path}/figures")
    step = answer.headers["Location"]
    assert urlsplit(step).path == "/second-factor/new"
    page = client.get(step).get_data(as_text=True)
    assert "<svg" in page
    secret = re.search(r'<code class="copy mono">([A-Z2-7 ]+)</code>', page)
    assert secret is not None
    assert client.get(step).get_data(as_text=True) == page, "loading it again changes nothing"
    wrong = client.post("/second-factor/new", data={"code": "000000"})
    assert wrong.status_code == 400
    assert secret[1] in wrong.get_data(as_text=True)
    with reading() as session:
        pending = queries.find_factor(session, user.id, is_confirmed=False)
        assert pending is not None
        seed = second_factors.unsealed(pending)
    assert second_factor.seed_text(seed) == secret[1].replace(" ", "")
    code = second_factor.code_at(seed, second_factor.step_at(clock.now()))
    target = parse_qs(urlsplit(step).query)["next"][0]
    done = client.post("/second-factor/new", data={"code": code, "next": target})
    codes = re.findall(r"<li><code class=\"mono\">([a-z2-7-]+)</code>", done.get_data(as_text=True))
    assert len(codes) == 10
    assert f'href="{target}"' in done.get_data(as_text=True)
    assert client.get(target).status_code == 200
    client.post("/sign-out")
    enter(client, email="reth@example.org")
    assert client.post("/second-factor", data={"recovery": codes[3]}).status_code == 303
    assert "Recovery codes left: 9" in text_of(client.get("/account?lang=en"))


def test_s11_a_page_that_wants_a_fresh_code_comes_after_it(
    client: FlaskClient, world: World
) -> None:
    path = f"{world.path}/figures?indicator=I01&audience=internal"
    with clock.frozen(START):
        sign_in(client, EMAIL)
        assert client.get(path).status_code == 200
    with clock.frozen(START + second_factor.FRESH * 1.2):
        asked = client.get(path).headers["Location"]
        target = parse_qs(urlsplit(asked).query)["next"][0]
        assert target == path
        assert "needs a fresh code" in text_of(client.get(f"{asked}&lang=en"))
        done = client.post("/second-factor", data={"code": code_of(EMAIL), "next": target})
        assert done.headers["Location"] == path
        assert client.get(path).status_code == 200


def test_s11_a_role_gained_forces_enrolment_before_anything_else(
    client: FlaskClient, world: World
) -> None:
    sign_in(client, world.analyst)
    assert client.get(f"{world.path}/figures").status_code == 200
    with unit_of_work() as session:
        person = queries.find_user(session, world.analyst)
        assert person is not None
        actions.grant(session, SYSTEM, person.id, Role.REVIEWER, world.project_id)
    answer = client.get(f"{world.path}/figures")
    assert answer.headers["Location"].startswith("/second-factor/new?next=")
    assert client.get("/second-factor").headers["Location"].startswith("/second-factor/new")


def test_the_shell_enrols_at_once(client: FlaskClient, world: World) -> None:
    enrol(EMAIL)
    assert open_session(client, totp=code_of(EMAIL)).status_code == 200


def test_s11_a_bearer_whose_session_lacks_the_factor_opens_nothing(
    client: FlaskClient, world: World, settings: Settings
) -> None:
    headers = bearer(settings.secrets.jwt_key, Role.ANALYST, world.project_id)
    with unit_of_work() as session:
        person = session.scalar(sa.select(sa.func.max(User.id)))
        assert person is not None
        second_factors.forget(session, person)
        actions.grant(session, SYSTEM, person, Role.REVIEWER, world.project_id)
    answer = client.get("/v1/users/current", headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "401.4")
