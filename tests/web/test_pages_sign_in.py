"""Signing in and out, the one-time link, and who gets to which page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from service.accounts import actions, lifetimes
from service.accounts.actor import SITE, SYSTEM, Role
from service.foundation import clock
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from tests.factories import a_project
from tests.web.pages_world import PASSWORD, World, a_world, sign_in, text_of
from tests.web.people import bearer

PAGES = ("/", "/figures", "/submissions", "/phones", "/phones/1/revoke")


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


def test_a_person_signs_in_sees_her_project_and_signs_out(
    client: FlaskClient, world: World
) -> None:
    answer = sign_in(client, world.coordinator)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert client.get("/").headers["Location"] == f"{world.path}/"
    assert client.get(f"{world.path}/").status_code == 200
    assert client.post("/sign-out").headers["Location"] == "/sign-in?after=left"
    assert client.get(f"{world.path}/").status_code == 302


def test_a_wrong_password_says_so_and_keeps_the_address_typed(
    client: FlaskClient, world: World
) -> None:
    answer = client.post(
        "/sign-in?lang=km", data={"email": world.coordinator, "password": "x" * 12}
    )
    assert answer.status_code == 401
    assert "អាសយដ្ឋានអ៊ីមែល ឬពាក្យសម្ងាត់មិនត្រឹមត្រូវ។" in text_of(answer)
    assert f'value="{world.coordinator}"' in answer.get_data(as_text=True)
    assert "xxxxxxxxxxxx" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", ""]
)
def test_nobody_is_led_to_another_site(client: FlaskClient, world: World, target: str) -> None:
    answer = sign_in(client, world.coordinator, next=target)
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_back_to_the_page_asked_for(client: FlaskClient, world: World) -> None:
    asked = client.get(f"{world.path}/figures?by=sex")
    back = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert back == {"next": [f"{world.path}/figures?by=sex"]}, "choices come back too"
    answer = sign_in(client, world.coordinator, next=f"{world.path}/figures")
    assert answer.headers["Location"] == f"{world.path}/figures"


def test_dara_may_not_open_any_page_of_a_project_that_is_not_hers(
    client: FlaskClient, world: World
) -> None:
    sign_in(client, world.stranger)
    for page in PAGES:
        theirs, nowhere = client.get(f"{world.path}{page}"), client.get(f"/p/nowhere{page}")
        assert (theirs.status_code, nowhere.status_code) == (404, 404)
        assert text_of(theirs) == text_of(nowhere)


def test_an_analyst_sees_figures_and_neither_records_nor_phones(
    client: FlaskClient, world: World
) -> None:
    sign_in(client, world.analyst)
    assert client.get(f"{world.path}/figures").status_code == 200
    for page in ("/submissions", "/phones"):
        assert client.get(f"{world.path}{page}").status_code == 403
    today = client.get(f"{world.path}/?lang=en")
    assert "Your role sees figures" in text_of(today)
    assert "/phones" not in today.get_data(as_text=True)


def test_a_form_sent_from_another_site_does_nothing(client: FlaskClient, world: World) -> None:
    sign_in(client, world.coordinator)
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post(f"{world.path}/phones", data={"name": "x"}, headers=headers)
        assert answer.status_code == 403
    assert "មិនទាន់មានទូរសព្ទចុះឈ្មោះទេ" in text_of(client.get(f"{world.path}/phones?lang=km"))


def test_the_one_time_link_sets_a_password_once(client: FlaskClient, world: World) -> None:
    with unit_of_work() as session:
        user = actions.create_user(session, SYSTEM, "new@example.org", Role.ADMIN)
        token = actions.create_setup_link(session, SYSTEM, user.id)
    link = f"/setup/{token}"
    assert client.get(link).headers["Referrer-Policy"] == "no-referrer"
    assert client.get(link).status_code == 200  # looking does not spend it
    unlike = client.post(link, data={"password": PASSWORD, "again": PASSWORD + "!"})
    assert unlike.status_code == 400
    short = client.post(link, data={"password": "ខ្លី", "again": "ខ្លី"})
    assert short.status_code == 400
    done = client.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert done.headers["Location"] == "/sign-in?after=ready"
    inside = client.post("/sign-in", data={"email": "new@example.org", "password": PASSWORD})
    assert inside.headers["Location"] == "/second-factor/new?next=%2F", "an administrator"
    assert client.get(link).status_code == 404
    assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 404


def test_a_link_that_works_no_more_says_why_and_how_to_get_a_new_one(client: FlaskClient) -> None:
    with unit_of_work() as session:
        user = actions.create_user(session, SYSTEM, "new@example.org", Role.ADMIN)
        token = actions.create_setup_link(session, SYSTEM, user.id)
    with clock.frozen(clock.now() + lifetimes.INVITATION):
        old = client.get(f"/setup/{token}")
        late = client.post(f"/setup/{token}", data={"password": PASSWORD, "again": PASSWORD})
    for page in old, late:
        assert page.status_code == 404
        assert "an invitation works for 24 hours, a reset for 30 minutes" in text_of(page)
        assert "flask users reset EMAIL" in text_of(page)
    assert "ការអញ្ជើញប្រើបាន 24 ម៉ោង" in text_of(client.get("/setup/unknown?lang=km"))


def test_the_language_is_remembered_and_marked(client: FlaskClient, world: World) -> None:
    assert 'lang="en"' in client.get("/sign-in").get_data(as_text=True)
    assert '<html lang="km">' in client.get("/sign-in?lang=km").get_data(as_text=True)
    assert '<html lang="km">' in client.get("/sign-in").get_data(as_text=True)
    assert '<html lang="km">' in client.get("/sign-in?lang=xx").get_data(as_text=True)


@pytest.mark.parametrize(
    ("header", "language"),
    [("km", "km"), ("km-KH,km;q=0.9,en;q=0.8", "km"), ("en-GB,en,km;q=0.5", "en"), ("fr", "en")],
)
def test_the_browsers_language_is_spoken_where_nobody_chose_another(
    client: FlaskClient, world: World, header: str, language: str
) -> None:
    headers = {"Accept-Language": header}
    page = client.get("/sign-in", headers=headers)
    assert f'<html lang="{language}">' in page.get_data(as_text=True)
    assert "Accept-Language" in page.headers["Vary"]
    sign_in(client, world.coordinator)
    today = client.get(f"{world.path}/", headers=headers)
    assert f'<html lang="{language}">' in today.get_data(as_text=True)
    client.get("/sign-in?lang=en")
    chosen = client.get(f"{world.path}/", headers=headers)
    assert '<html lang="en">' in chosen.get_data(as_text=True)


def test_a_persons_own_language_comes_before_the_browsers(
    client: FlaskClient, world: World
) -> None:
    with unit_of_work() as session:
        actions.get_user(session, SYSTEM, world.coordinator).language = "km"
    sign_in(client, world.coordinator)
    page = client.get(f"{world.path}/", headers={"Accept-Language": "en"})
    assert '<html lang="km">' in page.get_data(as_text=True)


def test_an_administrator_finds_no_project_where_there_is_none(
    client: FlaskClient, settings: Settings
) -> None:
    admin = bearer(settings.secrets.jwt_key, Role.ADMIN)
    for page in PAGES:
        answer = client.get(f"/p/nix{page}", headers=admin)
        assert answer.status_code in (403, 404)
    answer = client.get("/p/nix/", headers=admin)
    assert answer.status_code == 404
    assert "There is nothing here" in text_of(answer)


def test_today_tells_each_role_what_is_true_of_it(
    client: FlaskClient, world: World, settings: Settings
) -> None:
    for role, en, km in (
        (Role.FIELD_WORKER, "Your role fills in forms and sends them.", "បំពេញទម្រង់ និងផ្ញើ"),
        (Role.ADVOCATE, "Your role sees figures", "មើលតួលេខ"),
        (Role.ADMIN, "Your role looks after phones and people.", "មើលថែទូរសព្ទ"),
    ):
        place = SITE if role is Role.ADMIN else world.project_id
        person = bearer(settings.secrets.jwt_key, role, place)
        assert en in text_of(client.get(f"{world.path}/", headers=person))
        assert km in text_of(client.get(f"{world.path}/?lang=km", headers=person))
        client.delete_cookie("samleng_language", domain="samleng.test")
        figures = client.get(f"{world.path}/figures", headers=person).status_code
        assert (figures == 200) is ("sees figures" in en)


def test_a_project_of_the_sites_name_is_not_named_twice(
    client: FlaskClient, settings: Settings
) -> None:
    with unit_of_work() as session:
        a_project(session, "Samleng")
        a_project(session, "Battambang")
    admin = bearer(settings.secrets.jwt_key, Role.ADMIN)
    page = client.get("/p/samleng/phones", headers=admin).get_data(as_text=True)
    assert "<title>Phones · Samleng</title>" in page
    assert 'class="of"' not in page
    other = client.get("/p/battambang/phones", headers=admin).get_data(as_text=True)
    assert "<title>Phones · Battambang · Samleng</title>" in other
    assert '<span class="of">Battambang</span>' in other


def test_s32_every_page_forbids_scripts_and_strangers(client: FlaskClient, world: World) -> None:
    sign_in(client, world.coordinator)
    for page in ("/sign-in", f"{world.path}/", f"{world.path}/figures", "/p/nowhere/"):
        answer = client.get(page)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; font-src 'self'")
        assert "script-src" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        body = answer.get_data(as_text=True)
        assert " style=" not in body
        assert "<script" not in body
        assert "://" not in body.replace("http://www.w3.org/2000/svg", "")
