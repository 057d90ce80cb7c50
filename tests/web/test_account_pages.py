"""My account: what people do about themselves."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import lifetimes
from service.foundation import clock
from tests.factories import at
from tests.web.pages_world import PASSWORD, World, a_world, sign_in, text_of

START = at("2026-11-24T08:00")
NEW = "ដំរី ឈើ ផ្លូវ ពណ៌ខៀវ"


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.fixture
def chanthou(client: FlaskClient, world: World) -> FlaskClient:
    sign_in(client, world.coordinator)
    client.get("/account?lang=en")
    return client


def elsewhere(app: Flask, email: str) -> FlaskClient:
    """The same person at another computer."""
    other = app.test_client()
    sign_in(other, email)
    return other


def change(client: FlaskClient, current: str, new: str, again: str | None = None) -> str:
    form = {"current": current, "password": new, "again": new if again is None else again}
    answer = client.post("/account/password", data=form)
    where: str = answer.headers.get("Location", "")
    return where or text_of(answer)


def test_a_password_is_changed_by_whoever_knows_the_old_one(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    other = elsewhere(app, world.coordinator)
    assert "The password until now is not right" in change(chanthou, "x" * 12, NEW)
    assert "not the same" in change(chanthou, PASSWORD, NEW, "y" * 12)
    assert "shorter than 12" in change(chanthou, PASSWORD, "short")
    assert "among the first that others try" in change(chanthou, PASSWORD, "Battambang 2026")
    assert change(chanthou, PASSWORD, NEW) == "/account?done=password"
    assert chanthou.get("/account").status_code == 200, "stays signed in"
    assert other.get("/account").status_code == 302, "others do not"
    old = chanthou.post("/sign-in", data={"email": world.coordinator, "password": PASSWORD})
    assert old.status_code == 401


def test_s03_guessing_the_old_password_is_counted(chanthou: FlaskClient) -> None:
    answers = [change(chanthou, f"wrong number {n}", NEW) for n in range(6)]
    assert "Too many tries" in answers[-1]


def test_the_language_is_kept_with_the_person(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    answer = chanthou.post("/account/language", data={"language": "km"}, follow_redirects=True)
    assert '<html lang="km">' in answer.get_data(as_text=True)
    other = elsewhere(app, world.coordinator)
    page = other.get("/account", headers={"Accept-Language": "en"})
    assert '<html lang="km">' in page.get_data(as_text=True)
    assert chanthou.post("/account/language", data={"language": "xx"}).status_code == 400


def test_open_sessions_are_shown_and_ended(app: Flask, world: World, client: FlaskClient) -> None:
    first, second, third = (elsewhere(app, world.coordinator) for _ in range(3))
    page = first.get("/account?lang=en").get_data(as_text=True)
    ids = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
    assert len(ids) == 2
    assert page.count("this one") == 1
    ended = first.post("/account/sessions/end", data={"session": ids[0]})
    assert ended.headers["Location"] == "/account?done=ended"
    assert {client.get("/account").status_code for client in (second, third)} == {200, 302}
    first.post("/account/sessions/end")
    assert {client.get("/account").status_code for client in (second, third)} == {302}
    assert first.get("/account").status_code == 200


def test_dara_may_not_end_the_session_of_somebody_else(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    dara = elsewhere(app, world.stranger)
    elsewhere(app, world.coordinator)
    page = chanthou.get("/account").get_data(as_text=True)
    (hers,) = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
    assert dara.post("/account/sessions/end", data={"session": hers}).status_code == 404


def test_new_recovery_codes_are_shown_once_and_replace_the_old(chanthou: FlaskClient) -> None:
    pattern = r"<code class=\"mono\">([a-z2-7-]{19})</code>"
    first = chanthou.post("/account/recovery-codes").get_data(as_text=True)
    second = chanthou.post("/account/recovery-codes").get_data(as_text=True)
    assert len(re.findall(pattern, first)) == 10
    assert not set(re.findall(pattern, first)) & set(re.findall(pattern, second))
    assert not re.findall(pattern, chanthou.get("/account").get_data(as_text=True))


def test_an_analyst_may_set_up_a_second_factor_by_choice(client: FlaskClient, world: World) -> None:
    sign_in(client, world.analyst)
    page = client.get("/account?lang=en")
    assert "Your role does not need it" in text_of(page)
    assert client.get("/second-factor/new").status_code == 200


def test_a_page_session_lasts_while_it_is_used_and_ends_in_the_night(
    app: Flask, world: World
) -> None:
    client = app.test_client()
    with clock.frozen(START):
        sign_in(client, world.analyst)
    moment = START
    for _ in range(6):  # two days, a page every eight hours
        moment += lifetimes.PAGE_IDLE * 2 / 3
        with clock.frozen(moment):
            assert client.get(f"{world.path}/").status_code == 200
    with clock.frozen(moment + lifetimes.PAGE_IDLE):
        assert client.get(f"{world.path}/").status_code == 302


def test_a_page_session_ends_after_two_weeks_however_busy(app: Flask, world: World) -> None:
    client = app.test_client()
    with clock.frozen(START):
        sign_in(client, world.analyst)
    statuses = []
    for step in range(1, 32):
        with clock.frozen(START + step * lifetimes.PAGE_IDLE * 0.95):
            statuses.append(client.get(f"{world.path}/").status_code)
    assert statuses.index(302) * lifetimes.PAGE_IDLE * 0.95 >= lifetimes.PAGE - lifetimes.PAGE_IDLE
    assert set(statuses[statuses.index(302) :]) == {302}
