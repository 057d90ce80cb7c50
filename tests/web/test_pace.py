"""S-21: a person's programs may ask so often in a minute, and no more."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import ORDINARY, SYSTEM, Role
from service.foundation import clock
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from tests.factories import Phone, a_phone, an_instance, at
from tests.web.people import bearer

MOST = 120


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, api_requests_a_minute=MOST)


def asked(client: FlaskClient, phone: Phone, by: Mapping[str, str], times: int) -> list[int]:
    address = f"/v1/projects/{phone.project_id}/forms"
    return [client.get(address, headers=by).status_code for _ in range(times)]


def test_s21_one_more_than_so_many_in_a_minute_waits_for_the_next(
    client: FlaskClient, settings: Settings
) -> None:
    phone, key = a_phone(client), settings.secrets.jwt_key
    with clock.frozen(at("2026-11-27T08:00:15")):
        one, two = (bearer(key, Role.COORDINATOR, phone.project_id) for _ in range(2))
        assert set(asked(client, phone, one, MOST)) == {200}
        refused = client.get(f"/v1/projects/{phone.project_id}/forms", headers=one)
        assert (refused.status_code, refused.json["code"]) == (429, "429.1")  # type: ignore[index]
        assert refused.headers["Retry-After"] == "45"
        assert asked(client, phone, two, 1) == [200], "somebody else"
        assert client.get("/p/battambang/", headers=one).status_code == 200, "a page"
    with clock.frozen(at("2026-11-27T08:01:00")):
        assert asked(client, phone, one, 1) == [200]


def test_scripts_and_phones_are_not_counted(client: FlaskClient, settings: Settings) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        made = actions.create_api_token(session, SYSTEM, "s", [phone.project_id], ORDINARY)
    with clock.frozen(clock.now()):
        by = {"Authorization": f"Bearer {made.token}"}
        assert set(asked(client, phone, by, MOST + 1)) == {200}
        for _ in range(3):
            assert phone.send(an_instance()).status_code == 201
