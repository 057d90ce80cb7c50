"""Roles and who holds them, as ODK Central's clients read them, on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import ORDINARY, SYSTEM, Role
from service.accounts.tables import Grant, User
from service.foundation import clock
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from service.web.api.central_roles import BY_ROLE
from tests.factories import Phone, a_form, a_phone
from tests.web.people import bearer, signed_in

Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def get(phone: Phone, path: str, by: Headers, *, status: int = 200) -> Any:
    answer = phone.client.get(path, headers=by)
    assert answer.status_code == status, path
    return answer.json


def held(phone: Phone, path: str = "") -> str:
    return f"/v1/projects/{phone.project_id}/assignments{path}"


def test_roles_have_centrals_numbers_and_words_where_they_mean_the_same(
    phone: Phone, chanthou: Headers
) -> None:
    told = {one["system"]: one for one in get(phone, "/v1/roles", chanthou)}
    assert {name: one["id"] for name, one in told.items() if one["id"] < 100} == {
        "admin": 1, "app-user": 2, "manager": 5, "viewer": 6, "formfill": 8,
    }  # fmt: skip
    assert set(BY_ROLE) == set(Role) - {Role.SYSTEM, Role.API_TOKEN}, "none is forgotten"
    assert told["app-user"]["verbs"] == ["form.read", "submission.create"]
    assert "submission.read" in told["viewer"]["verbs"]
    assert "submission.delete" in told["manager"]["verbs"]
    for reads_nobody in ("admin", "analyst", "formfill", "app-user"):
        verbs = set(told[reads_nobody]["verbs"])
        assert verbs.isdisjoint({"submission.read", "submission.list", "entity.read"})
    assert get(phone, "/v1/roles/manager", chanthou) == told["manager"]
    assert get(phone, "/v1/roles/5", chanthou) == told["manager"]
    for nowhere in ("9", "owner", "05"):
        get(phone, f"/v1/roles/{nowhere}", chanthou, status=404)
    get(phone, "/v1/roles", {}, status=401)


def test_people_are_listed_with_the_roles_that_hold_now(
    phone: Phone, chanthou: Headers, settings: Settings
) -> None:
    now = clock.now()
    ids: dict[str, int] = {}
    for name, role, area, ends_at, waits in (
        ("bopha", "reviewer", "", None, False),
        ("arun", "field_worker", "02", None, False),
        ("over", "analyst", "", now - dt.timedelta(days=1), False),
        ("waits", "reviewer", "", None, True),
        ("off", "reviewer", "", None, False),
    ):
        _, ids[name] = signed_in(settings.secrets.jwt_key)
        with unit_of_work() as session:
            session.add(
                Grant(
                    user_id=ids[name], project_id=phone.project_id, role=role, area=area,
                    ends_at=ends_at, waits=waits,
                )
            )  # fmt: skip
            session.get_one(User, ids[name]).is_active = name != "off"
    with unit_of_work() as session:
        more = Grant(
            user_id=ids["arun"], project_id=phone.project_id, role="field_worker", area="24"
        )
        session.add(more)
    told = get(phone, held(phone), chanthou)
    mine = get(phone, "/v1/users/current", chanthou)["id"]
    assert {one["actorId"]: (one["roleId"], one["areas"]) for one in told} == {
        mine: (5, None), ids["bopha"]: (6, None), ids["arun"]: (8, ["02", "24"]),
    }  # fmt: skip
    extended = get(phone, held(phone), {**chanthou, "X-Extended-Metadata": "true"})
    assert all(one["actor"]["id"] == one["actorId"] for one in extended)
    for word in ("viewer", "6"):
        (one,) = get(phone, held(phone, f"/{word}"), chanthou)
        assert (one["id"], one["type"]) == (ids["bopha"], "user")
    assert get(phone, held(phone, "/analyst"), chanthou) == []
    get(phone, held(phone, "/owner"), chanthou, status=404)


def test_phones_are_listed_with_each_form_they_may_fill(phone: Phone, chanthou: Headers) -> None:
    with unit_of_work() as session:
        a_form(session, phone.project_id, "other")
        some = actions.create_app_user(session, SYSTEM, phone.project_id, "ខ", ("other",))
        gone = actions.create_app_user(session, SYSTEM, phone.project_id, "គ", None)
        actions.revoke_app_user(session, SYSTEM, phone.project_id, gone.id)
    told = get(phone, held(phone, "/forms"), chanthou)
    assert {(one["actorId"], one["roleId"], one["xmlFormId"]) for one in told} == {
        (phone.id, 2, "other"), (phone.id, 2, "visit"), (some.id, 2, "other"),
    }  # fmt: skip
    for word in ("2", "app-user"):
        assert get(phone, held(phone, f"/forms/{word}"), chanthou) == told
    assert get(phone, held(phone, "/forms/manager"), chanthou) == []
    extended = get(phone, held(phone, "/forms"), {**chanthou, "X-Extended-Metadata": "true"})
    assert {one["actor"]["type"] for one in extended} == {"field_key"}


def test_a_script_is_told_of_roles_and_phones_and_of_no_colleague(phone: Phone) -> None:
    with unit_of_work() as session:
        made = actions.create_api_token(session, SYSTEM, "s", [phone.project_id], ORDINARY)
    by = {"Authorization": f"Bearer {made.token}"}
    assert len(get(phone, "/v1/roles", by)) == 7
    assert get(phone, held(phone, "/forms"), by)
    get(phone, held(phone), by, status=403)


def test_roles_are_given_on_pages_alone(phone: Phone, chanthou: Headers) -> None:
    for method in ("POST", "DELETE"):
        answer = phone.client.open(held(phone, "/5/1"), method=method, headers=chanthou)
        assert answer.status_code == 404
