"""Roles in an area and until a day, given and taken on the pages of people."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role
from service.accounts.tables import Grant
from service.foundation import clock
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests.factories import a_project, at
from tests.web.pages_world import text_of
from tests.web.people import signed_in

NOW = at("2026-11-26T08:00")
BASE = "/p/battambang/people"
EVENING = at("2026-12-31T17:00")
"""The end of 31 December 2026 in Phnom Penh."""


class Person:
    """Somebody with a role, and a browser."""

    def __init__(self, app: Flask, key: str, role: Role, project_id: int, area: str = "") -> None:
        self.client = app.test_client()
        self.headers, self.id = signed_in(key, role, project_id, area)

    def get(self, path: str, language: str = "en") -> TestResponse:
        return self.client.get(path, query_string={"lang": language}, headers=self.headers)

    def post(self, path: str, language: str = "en", **form: str) -> TestResponse:
        address = f"{path}?lang={language}"
        return self.client.post(address, data=form, headers=self.headers)


@pytest.fixture
def project(client: FlaskClient) -> Iterator[int]:
    with clock.frozen(NOW), unit_of_work() as session:
        made = a_project(session).id
    with clock.frozen(NOW):
        yield made


@pytest.fixture
def chanthou(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project)


@pytest.fixture
def sophea(app: Flask, settings: Settings, project: int) -> Person:
    """She coordinates Battambang and nothing else."""
    return Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project, "02")


@pytest.fixture
def bopha(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.FIELD_WORKER, project)


def held(user_id: int) -> set[tuple[str, str, dt.datetime | None]]:
    with reading() as session:
        rows = session.scalars(sa.select(Grant).where(Grant.user_id == user_id))
        return {(row.role, row.area, row.ends_at) for row in rows}


BEFORE: set[tuple[str, str, dt.datetime | None]] = {("field_worker", "", None)}


def given(answer: TestResponse) -> bool:
    """Whether a form was taken; else that it says so, kindly."""
    if answer.status_code == 303:
        return True
    assert answer.status_code == 400, answer.status_code
    assert 'role="alert"' in answer.get_data(as_text=True)
    return False


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == action)
        return [row.details for row in session.scalars(query.order_by(AuditEntry.entry_pk))]


# --- giving and taking --------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["Banan", "ស្រុកបាណន់", "0201", "0201 Banan, Battambang"])
def test_a_role_in_an_area_until_a_day_holds_on_the_next_request(
    chanthou: Person, bopha: Person, typed: str
) -> None:
    assert bopha.get("/p/battambang/submissions").status_code == 403
    form = {"role": "reviewer", "where": "area", "area": typed, "until": "2026-12-31"}
    answer = chanthou.post(f"{BASE}/{bopha.id}/roles", **form)
    assert answer.headers["Location"] == f"{BASE}/{bopha.id}?done=role"
    assert held(bopha.id) == BEFORE | {("reviewer", "0201", EVENING)}
    page = bopha.get("/p/battambang/submissions")
    assert "You see what lies in Banan, Battambang" in text_of(page)
    assert entries("user.grant") == [
        {"role": "reviewer", "area": "0201", "until": "2026-12-31T17:00:00.000Z"}
    ]
    with clock.frozen(EVENING):
        assert bopha.get("/p/battambang/submissions").status_code in (302, 401, 403)


def test_what_a_person_holds_is_listed_in_words_in_both_languages(
    chanthou: Person, bopha: Person
) -> None:
    form = {"role": "reviewer", "where": "area", "area": "0201", "until": "2026-12-31"}
    chanthou.post(f"{BASE}/{bopha.id}/roles", **form)
    page = text_of(chanthou.get(f"{BASE}/{bopha.id}"))
    assert "Reviewer · Banan, Battambang Until 31 December 2026. Given by សុខា" in page
    assert "Field worker · the whole project" in page
    assert "អ្នកពិនិត្យ · បាណន់, បាត់ដំបង ដល់ 31 ធ្នូ 2026។" in text_of(
        chanthou.get(f"{BASE}/{bopha.id}", "km")
    )
    team = text_of(chanthou.get(BASE))
    assert "Reviewer · Banan, Battambang Until 31 December 2026." in team


def test_each_role_has_a_button_of_its_own_name_and_takes_away_that_one_alone(
    chanthou: Person, bopha: Person
) -> None:
    for area in ("0201", "24"):
        chanthou.post(f"{BASE}/{bopha.id}/roles", role="reviewer", where="area", area=area)
    body = chanthou.get(f"{BASE}/{bopha.id}").get_data(as_text=True)
    names = re.findall(r'aria-label="(Take away: [^"]*)"', body)
    assert sorted(names) == [
        "Take away: Field worker, the whole project",
        "Take away: Reviewer, Banan, Battambang",
        "Take away: Reviewer, Pailin",
    ]
    for _ in range(2):  # pressed twice
        answer = chanthou.post(f"{BASE}/{bopha.id}/roles/take", role="reviewer", area="24")
        assert answer.headers["Location"] == f"{BASE}/{bopha.id}?done=taken"
    assert held(bopha.id) == BEFORE | {("reviewer", "0201", None)}
    assert entries("user.revoke_grant") == [{"role": "reviewer", "area": "24"}]


def test_who_lost_the_last_role_leaves_the_list(chanthou: Person, bopha: Person) -> None:
    for _ in range(2):
        answer = chanthou.post(f"{BASE}/{bopha.id}/roles/take", role="field_worker", area="")
        assert answer.headers["Location"] == f"{BASE}?done=taken"
    assert bopha.get("/p/battambang/").status_code == 404
    assert held(bopha.id) == set()


def test_given_again_a_role_has_the_new_end_and_one_entry_each(
    chanthou: Person, bopha: Person
) -> None:
    form = {"role": "reviewer", "where": "all"}
    for until in ("2026-12-31", "2026-12-31", ""):
        assert given(chanthou.post(f"{BASE}/{bopha.id}/roles", **form, until=until))
    assert held(bopha.id) == BEFORE | {("reviewer", "", None)}
    assert len(entries("user.grant")) == 2


def test_somebody_new_is_invited_into_an_area_until_a_day(
    app: Flask, chanthou: Person, project: int
) -> None:
    form = {"email": "new@example.org", "name": "", "role": "analyst", "until": "2026-11-26"}
    answer = chanthou.post(f"{BASE}/new", **form, where="area", area="ខេត្តប៉ៃលិន")
    assert answer.status_code == 200
    assert "/setup/" in answer.get_data(as_text=True)
    with reading() as session:
        row = session.scalars(sa.select(Grant).where(Grant.role == "analyst")).one()
    assert (row.area, row.ends_at) == ("24", at("2026-11-26T17:00"))
    assert entries("user.create")[-1]["area"] == "24"


def test_somebody_who_is_here_already_gets_the_role_in_the_area(
    chanthou: Person, bopha: Person
) -> None:
    form = {"email": f"person{bopha.id}@example.org", "role": "reviewer", "until": "2026-12-31"}
    assert chanthou.post(f"{BASE}/new", **form, where="area", area="24").status_code == 200
    assert held(bopha.id) == BEFORE | {("reviewer", "24", EVENING)}


# --- names that mean several --------------------------------------------------------------------
def choices(answer: TestResponse) -> dict[str, str]:
    """{code: words} of what the page asks about."""
    body = answer.get_data(as_text=True)
    found = re.findall(r'name="pick" value="(\d+)"> <span>(.*?) <span', body)
    return {code: html.unescape(words) for code, words in found}


def test_a_name_that_several_have_is_asked_about_and_nothing_is_lost(
    chanthou: Person, bopha: Person
) -> None:
    form = {"role": "reviewer", "where": "area", "area": "Battambang", "until": "2026-12-31"}
    asked = chanthou.post(f"{BASE}/{bopha.id}/roles", **form)
    assert not given(asked)
    assert "2 areas are called “Battambang”" in text_of(asked)
    assert choices(asked) == {
        "02": "Battambang (province)", "0203": "Battambang, Battambang (district)",
    }  # fmt: skip
    body = asked.get_data(as_text=True)
    assert 'value="Battambang"' in body
    assert 'value="2026-12-31"' in body
    assert re.search(r'name="role" value="reviewer" required checked', body)
    assert held(bopha.id) == BEFORE
    assert given(chanthou.post(f"{BASE}/{bopha.id}/roles", **form, pick="0203"))
    assert held(bopha.id) == BEFORE | {("reviewer", "0203", EVENING)}


def test_what_is_nearly_a_name_is_asked_about_too_in_khmer(chanthou: Person, bopha: Person) -> None:
    form = {"role": "reviewer", "where": "area", "area": "បាត់ដំ"}
    asked = chanthou.post(f"{BASE}/{bopha.id}/roles", "km", **form)
    assert not given(asked)
    assert choices(asked) == {"02": "បាត់ដំបង (ខេត្ត)", "0203": "បាត់ដំបង, បាត់ដំបង (ស្រុក)"}
    assert "តើអ្នកចង់និយាយពីមួយណា?" in text_of(asked)


@pytest.mark.parametrize("pick", ["24", "", "0203; DROP", "02010101"])
def test_a_choice_that_was_not_asked_about_is_none(
    chanthou: Person, bopha: Person, pick: str
) -> None:
    form = {"role": "reviewer", "where": "area", "area": "Battambang", "pick": pick}
    assert not given(chanthou.post(f"{BASE}/{bopha.id}/roles", **form))
    assert held(bopha.id) == BEFORE


def test_another_name_wins_over_a_choice_from_before(chanthou: Person, bopha: Person) -> None:
    form = {"role": "reviewer", "where": "area", "area": "Banan", "pick": "02"}
    assert given(chanthou.post(f"{BASE}/{bopha.id}/roles", **form))
    assert held(bopha.id) == BEFORE | {("reviewer", "0201", None)}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "Choose a role."),
        ({"role": "nonsense", "where": "all"}, "Choose a role."),
        ({"role": "reviewer"}, "Choose where the role holds"),
        ({"role": "reviewer", "where": "moon"}, "Choose where the role holds"),
        ({"role": "reviewer", "where": "all", "area": "Banan"}, "Take one of the two."),
        ({"role": "reviewer", "where": "area"}, "Name the area"),
        ({"role": "reviewer", "where": "area", "area": " \u200b "}, "Write the name of a"),
        ({"role": "reviewer", "where": "area", "area": "Paris"}, "is called “Paris”"),
        ({"role": "reviewer", "where": "area", "area": "02010101"}, "Write the name of a"),
        ({"role": "reviewer", "where": "area", "area": "9" * 5000}, "Write the name of a"),
        ({"role": "reviewer", "where": "area", "area": "<b>"}, "&lt;b&gt;"),
        ({"role": "reviewer", "where": "area", "area": "{typed}{n}"}, "“{typed}{n}”"),
        ({"role": "reviewer", "where": "all", "until": "2026-11-25"}, "That day is over."),
        ({"role": "reviewer", "where": "all", "until": "31.12.2026"}, "is no day"),
        ({"role": "reviewer", "where": "all", "until": "2026-02-30"}, "is no day"),
        ({"role": "reviewer", "where": "all", "until": "9999-12-31"}, "too far away"),
        ({"role": "reviewer", "where": "all", "until": "0001-01-01"}, "That day is over."),
    ],
)
def test_what_is_unclear_is_asked_back_and_gives_nothing(
    chanthou: Person, bopha: Person, form: dict[str, str], told: str
) -> None:
    for path in (f"{BASE}/{bopha.id}/roles", f"{BASE}/new"):
        more = {"email": "new@example.org"} if path.endswith("new") else {}
        answer = chanthou.post(path, **form, **more)
        assert not given(answer)
        assert told in text_of(answer)
    assert held(bopha.id) == BEFORE
    assert entries("user.create") == []


@pytest.mark.parametrize("form", [{}, {"role": "x", "area": ""}, {"role": "reviewer", "area": "x"}])
def test_a_role_that_is_none_is_not_taken(
    chanthou: Person, bopha: Person, form: dict[str, str]
) -> None:
    assert chanthou.post(f"{BASE}/{bopha.id}/roles/take", **form).status_code == 400
    assert held(bopha.id) == BEFORE


# --- somebody who coordinates one area ----------------------------------------------------------
def test_s17_she_is_offered_her_area_and_what_lies_in_it(sophea: Person, bopha: Person) -> None:
    for path in (f"{BASE}/{bopha.id}", f"{BASE}/new"):
        body = sophea.get(path).get_data(as_text=True)
        offered = [html.unescape(one) for one in re.findall(r'<option value="([^"]*)">', body)]
        assert len(offered) == 118
        assert all(one.startswith("02") for one in offered)
        assert 'value="all"' not in body
        assert "In an area of yours: Battambang." in body
        assert set(re.findall(r'name="role" value="(\w+)" required', body)) == {
            "field_worker", "analyst", "advocate", "reviewer",
        }  # fmt: skip


def test_s17_she_gives_there_and_nowhere_else(sophea: Person, bopha: Person) -> None:
    path = f"{BASE}/{bopha.id}/roles"
    assert given(sophea.post(path, role="reviewer", where="area", area="Banan"))
    assert held(bopha.id) == BEFORE | {("reviewer", "0201", None)}
    for area in ("24", "Pailin", "ប៉ៃលិន", "2401 Pailin, Pailin"):
        answer = sophea.post(path, role="analyst", where="area", area=area)
        assert not given(answer)
        assert choices(answer) == {}
    answer = sophea.post(path, role="analyst", where="area", area="Pailin", pick="24")
    assert not given(answer)
    assert sophea.post(path, role="analyst", where="all").status_code == 403
    new = {"email": "new@example.org", "role": "analyst"}
    assert sophea.post(f"{BASE}/new", **new, where="all").status_code == 403
    assert held(bopha.id) == BEFORE | {("reviewer", "0201", None)}
    assert entries("user.create") == []
    assert sophea.post(f"{BASE}/new", **new, where="area", area="02").status_code == 200


def test_s17_she_takes_there_and_nowhere_else(sophea: Person, bopha: Person, project: int) -> None:
    with unit_of_work() as session:
        for area in ("0201", "24"):
            actions.grant(session, SYSTEM, bopha.id, Role.REVIEWER, project, area)
    body = sophea.get(f"{BASE}/{bopha.id}").get_data(as_text=True)
    assert re.findall(r'aria-label="(Take away: [^"]*)"', body) == [
        "Take away: Reviewer, Banan, Battambang"
    ]
    assert "not yours to give or take" in body
    for role, area, status in (("reviewer", "24", 403), ("field_worker", "", 403),
                               ("reviewer", "0201", 303)):  # fmt: skip
        answer = sophea.post(f"{BASE}/{bopha.id}/roles/take", role=role, area=area)
        assert answer.status_code == status
    assert held(bopha.id) == BEFORE | {("reviewer", "24", None)}


def test_s17_nobody_of_another_project_is_given_anything(
    app: Flask, settings: Settings, chanthou: Person, project: int
) -> None:
    with unit_of_work() as session:
        other = a_project(session, "Elsewhere").id
    dara = Person(app, settings.secrets.jwt_key, Role.ANALYST, other)
    answer = chanthou.post(f"{BASE}/{dara.id}/roles", role="reviewer", where="all")
    assert answer.status_code == 404
    taken = chanthou.post(f"{BASE}/{dara.id}/roles/take", role="analyst", area="")
    assert taken.headers["Location"] == f"{BASE}?done=taken"
    assert held(dara.id) == {("analyst", "", None)}
