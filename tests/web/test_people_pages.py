"""People of a project: seen, invited, helped and switched off by those above them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions, lifetimes, queries
from service.accounts.actor import SITE, SYSTEM, Role
from service.accounts.tables import User
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from tests import statements
from tests.web.pages_world import PASSWORD, World, a_world, sign_in, text_of
from tests.web.people import bearer

LINK = re.compile(r'<code class="copy mono">http://samleng\.test(/setup/[\w-]+)</code>')


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


@pytest.fixture
def chanthou(client: FlaskClient, world: World) -> FlaskClient:
    sign_in(client, world.coordinator)
    client.get("/account?lang=en")
    return client


def id_of(email: str) -> int:
    with reading() as session:
        return session.scalars(sa.select(User.id).where(User.email == email)).one()


def roles_of(email: str) -> set[tuple[int, Role]]:
    with reading() as session:
        return set(queries.list_grants(session, id_of(email)))


def test_a_coordinator_sees_who_is_in_her_project_and_nobody_else(
    chanthou: FlaskClient, world: World
) -> None:
    page = text_of(chanthou.get(f"{world.path}/people"))
    assert world.analyst in page
    assert "Analyst" in page
    assert world.stranger not in page


def test_somebody_new_gets_a_link_that_works_once(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    form = {"email": "Bopha@Example.org", "name": "បុប្ផា", "role": "reviewer", "where": "all"}
    page = chanthou.post(f"{world.path}/people/new", data=form).get_data(as_text=True)
    found = LINK.search(page)
    assert found is not None
    assert "បុប្ផា" in page
    assert roles_of("bopha@example.org") == {(world.project_id, Role.REVIEWER)}
    bopha = app.test_client()
    weak = bopha.post(found[1], data={"password": "Battambang 2026", "again": "Battambang 2026"})
    assert weak.status_code == 400
    assert "among the first that others try" in text_of(weak)
    done = bopha.post(found[1], data={"password": PASSWORD, "again": PASSWORD})
    assert done.headers["Location"] == "/sign-in?after=ready"
    assert sign_in(bopha, "bopha@example.org").status_code == 303
    assert bopha.get(f"{world.path}/submissions").status_code == 200


def test_somebody_who_has_an_account_gets_the_role_and_no_link(
    chanthou: FlaskClient, world: World
) -> None:
    form = {"email": world.stranger, "role": "advocate", "where": "all"}
    answer = chanthou.post(f"{world.path}/people/new", data=form)
    assert answer.headers["Location"] == f"{world.path}/people?done=has-role"
    assert (world.project_id, Role.ADVOCATE) in roles_of(world.stranger)
    person = text_of(chanthou.get(f"{world.path}/people/{id_of(world.stranger)}"))
    assert "holds a role that is not below yours" in person


@pytest.mark.parametrize("role", ["coordinator", "admin", "system", "device", "", "nonsense"])
def test_s17_a_coordinator_gives_roles_up_to_reviewer(
    chanthou: FlaskClient, world: World, role: str
) -> None:
    form = {"email": "new@example.org", "role": role, "where": "all"}
    assert chanthou.post(f"{world.path}/people/new", data=form).status_code in (400, 403)
    with reading() as session:
        assert queries.find_user(session, "new@example.org") is None
    page = chanthou.get(f"{world.path}/people/new").get_data(as_text=True)
    assert set(re.findall(r'name="role" value="(\w+)"', page)) == {
        "field_worker", "analyst", "advocate", "reviewer",
    }  # fmt: skip


def test_s17_roles_are_given_and_taken_below_oneself_alone(
    chanthou: FlaskClient, world: World
) -> None:
    base = f"{world.path}/people"
    analyst, me = id_of(world.analyst), id_of(world.coordinator)
    for role, status in (("reviewer", 303), ("coordinator", 400), ("admin", 400)):
        form = {"role": role, "where": "all"}
        assert chanthou.post(f"{base}/{analyst}/roles", data=form).status_code == status, role
    form = {"role": "analyst", "area": ""}
    assert chanthou.post(f"{base}/{analyst}/roles/take", data=form).status_code == 303
    assert roles_of(world.analyst) == {(world.project_id, Role.REVIEWER)}
    form = {"role": "reviewer", "where": "all"}
    assert chanthou.post(f"{base}/{me}/roles", data=form).status_code == 400
    form = {"role": "coordinator", "area": ""}
    assert chanthou.post(f"{base}/{me}/roles/take", data=form).status_code == 403
    assert roles_of(world.coordinator) == {(world.project_id, Role.COORDINATOR)}, "not herself"
    for what in ("link", "sessions", "active"):
        assert chanthou.post(f"{base}/{me}/{what}").status_code == 403


def test_s17_a_coordinator_takes_over_nobody_who_is_more_elsewhere(
    chanthou: FlaskClient, world: World
) -> None:
    with unit_of_work() as session:
        user = actions.create_user(session, SYSTEM, "boss@example.org", Role.ADMIN)
        actions.grant(session, SYSTEM, user.id, Role.ANALYST, world.project_id)
        actions.grant(session, SYSTEM, id_of(world.stranger), Role.ANALYST, world.project_id)
    for email in ("boss@example.org", world.stranger):
        for what in ("link", "sessions", "active"):
            answer = chanthou.post(f"{world.path}/people/{id_of(email)}/{what}")
            assert answer.status_code == 403, f"{what} of {email}"


def test_dara_may_not_touch_people_of_another_project(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    with unit_of_work() as session:
        actions.grant(session, SYSTEM, id_of(world.coordinator), Role.ANALYST, 2)
    dara = app.test_client()
    sign_in(dara, world.stranger)
    analyst = id_of(world.analyst)
    for path in (f"{world.path}/people/{analyst}", f"/p/elsewhere/people/{analyst}"):
        assert dara.get(path).status_code == 404
        for what in ("roles", "link", "sessions", "active"):
            assert dara.post(f"{path}/{what}").status_code == 404, path


def test_a_reset_is_short_and_ends_what_was_open(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    analyst = app.test_client()
    sign_in(analyst, world.analyst)
    path = f"{world.path}/people/{id_of(world.analyst)}/link"
    links = [LINK.search(chanthou.post(path).get_data(as_text=True)) for _ in range(2)]
    assert links[0] is not None
    assert links[1] is not None
    assert analyst.get(links[0][1]).status_code == 404, "a newer link ends the older"
    with clock.frozen(clock.now() + lifetimes.RESET):
        assert analyst.get(links[1][1]).status_code == 404
    new = "ដំរី ឈើ ផ្លូវ ពណ៌ខៀវ"
    assert analyst.post(links[1][1], data={"password": new, "again": new}).status_code == 303
    assert analyst.get(f"{world.path}/").status_code == 302


def test_s06_switched_off_and_signed_out_act_on_the_next_request(
    app: Flask, chanthou: FlaskClient, world: World
) -> None:
    analyst = app.test_client()
    path = f"{world.path}/people/{id_of(world.analyst)}"
    sign_in(analyst, world.analyst)
    chanthou.post(f"{path}/sessions")
    assert analyst.get(f"{world.path}/").status_code == 302
    sign_in(analyst, world.analyst)
    chanthou.post(f"{path}/active", data={"active": "no"})
    assert analyst.get(f"{world.path}/").status_code == 302
    assert sign_in(analyst, world.analyst).status_code == 401
    assert "switched off" in text_of(chanthou.get(f"{world.path}/people"))
    chanthou.post(f"{path}/active", data={"active": "yes"})
    assert sign_in(analyst, world.analyst).status_code == 303


def test_an_administrator_makes_coordinators_and_not_administrators(
    client: FlaskClient, world: World, settings: Settings
) -> None:
    admin = bearer(settings.secrets.jwt_key, Role.ADMIN, SITE)
    page = client.get(f"{world.path}/people/new", headers=admin).get_data(as_text=True)
    offered = set(re.findall(r'name="role" value="(\w+)"', page))
    assert "coordinator" in offered
    assert "admin" not in offered
    form = {"email": "new@example.org", "role": "coordinator", "where": "all"}
    answer = client.post(f"{world.path}/people/new", data=form, headers=admin)
    assert LINK.search(answer.get_data(as_text=True))


@pytest.mark.each_database
def test_the_list_is_read_in_a_fixed_number_of_statements(
    chanthou: FlaskClient, world: World
) -> None:
    def asked() -> int:
        with statements.counted() as seen:
            chanthou.get(f"{world.path}/people")
        return len(seen)

    few = asked()
    with unit_of_work() as session:
        for number in range(12):
            actions.create_user(
                session, SYSTEM, f"p{number}@example.org", Role.ANALYST, world.project_id
            )
    assert asked() == few
