"""S-11: a touch is not enough. A stick that is left in a stolen laptop opens nothing by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.foundation.settings import Settings
from tests.conftest import Client
from tests.integration.accounts.authenticator import Stick
from tests.web.pages_world import PASSWORD, World, a_world, sign_in

HERE = "http://localhost"
"""Where browsers offer passkeys without https."""


class AtHome(Client):
    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"base_url": HERE, **kwargs})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, public_url=HERE)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    app.test_client_class = AtHome
    return app.test_client()


@pytest.fixture
def world(client: FlaskClient) -> World:
    made = a_world()
    assert sign_in(client, made.coordinator).status_code == 303
    return made


@pytest.fixture
def stick() -> Stick:
    return Stick(host="localhost", origin=HERE)


def add(client: FlaskClient, stick: Stick) -> TestResponse:
    options = client.post("/account/passkeys/options", json={})
    assert '"userVerification": "required"' in options.text
    answer = stick.make(options.text)
    return client.post("/account/passkeys", json={"answer": answer, "name": "សោ USB"})


def prove(client: FlaskClient, stick: Stick) -> TestResponse:
    options = client.post("/second-factor/passkey/options", json={})
    assert '"userVerification": "required"' in options.text
    return client.post("/second-factor/passkey", json={"answer": stick.sign(options.text)})


def test_s11_a_stick_that_is_only_touched_is_not_added(
    client: FlaskClient, world: World, stick: Stick
) -> None:
    stick.is_unlocked = False
    answer = add(client, stick)
    assert answer.status_code == 400
    assert "/account/passkeys/remove" not in client.get("/account").text
    stick.is_unlocked = True
    assert add(client, stick).status_code == 200


@pytest.mark.parametrize(("language", "word"), [("en", "touch alone"), ("km", "លេខ PIN")])
def test_s11_a_touch_stands_for_no_code(
    client: FlaskClient, world: World, stick: Stick, language: str, word: str
) -> None:
    """Nor of a stick that was added when a touch was enough; unlocked, it goes on."""
    assert add(client, stick).status_code == 200
    client.post("/sign-out")
    form = {"email": world.coordinator, "password": PASSWORD}
    client.post("/sign-in", data=form)
    stick.is_unlocked = False
    assert prove(client, stick).status_code == 400
    page = client.get(f"/second-factor?lang={language}")
    assert word in page.text
    assert client.get(f"{world.path}/").status_code == 302, "the code is still due"
    stick.is_unlocked = True
    assert prove(client, stick).status_code == 200
    assert client.get(f"{world.path}/").status_code == 200
