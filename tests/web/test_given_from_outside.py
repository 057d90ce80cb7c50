"""The administrator gives a role that reads people: coordinators see it on *Today*, and answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SITE, Role
from service.foundation import clock
from service.foundation.settings import Settings
from tests.factories import at
from tests.web.pages_world import a_world, text_of
from tests.web.test_pages_access import Person

NOW = at("2026-11-26T08:00")
PATH = "/p/battambang"
GIVEN = {"role": "coordinator", "where": "all"}
PUPPET = {"email": "puppet@example.org", "name": "Puppet", **GIVEN}


@pytest.fixture
def project(client: FlaskClient) -> Iterator[int]:
    with clock.frozen(NOW):
        yield a_world().project_id


@pytest.fixture
def chanthou(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project)


@pytest.fixture
def sokha(app: Flask, settings: Settings, project: int) -> Person:
    return Person(app, settings.secrets.jwt_key, Role.ADMIN, SITE)


def form_of(page: Any) -> str:
    found = re.search(r'action="(/p/battambang/people/given/\d+)"', page.get_data(as_text=True))
    assert found, "no form on Today"
    return found[1]


def test_s17_a_puppet_reads_nothing_until_a_coordinator_agrees(
    app: Flask, project: int, chanthou: Person, sokha: Person
) -> None:
    """What the reviewer did on a live server: invite a second account, open its link, read."""
    answer = sokha.post(f"{PATH}/people/new", **PUPPET)
    assert answer.status_code == 200
    link = re.search(r"/setup/[\w-]+", answer.get_data(as_text=True))
    assert link
    puppet = app.test_client()
    new = {"password": "ស្រែ ត្នោត មេឃ ទន្លេ", "again": "ស្រែ ត្នោត មេឃ ទន្លេ"}
    assert puppet.post(link[0], data=new).status_code in (200, 303)
    typed = {"email": PUPPET["email"], "password": new["password"]}
    puppet.post("/sign-in", data=typed)
    assert puppet.get("/account").status_code == 200, "signed in"
    for page in ("", "/submissions", "/figures", "/people", "/withdrawals"):
        assert puppet.get(f"{PATH}/{page.strip('/')}").status_code == 404, page
    told = chanthou.get(f"{PATH}/")
    assert "Puppet: Coordinator" in text_of(told)
    assert "waits for you" in text_of(told)
    assert chanthou.post(form_of(told), answer="end").status_code == 303
    later = chanthou.get(f"{PATH}/")
    assert "Puppet: Coordinator" in text_of(later), "told for a month all the same"
    assert "people/given" not in later.get_data(as_text=True)
    assert puppet.get(f"{PATH}/").status_code == 404


def test_s17_what_was_given_and_taken_is_told_until_it_is_known(
    chanthou: Person, sokha: Person
) -> None:
    sokha.post(f"{PATH}/people/new", **PUPPET)
    listed = sokha.get(f"{PATH}/people").get_data(as_text=True)
    puppet = max(int(one) for one in re.findall(r"/people/(\d+)", listed))
    sokha.post(f"{PATH}/people/{puppet}/roles/take", role="coordinator", area="")
    told = chanthou.get(f"{PATH}/")
    assert "Puppet: Coordinator · the whole project over" in text_of(told)
    assert "I know of it" in text_of(told)
    assert chanthou.post(form_of(told), answer="known").status_code == 303
    assert "I know of it" not in text_of(chanthou.get(f"{PATH}/"))


@pytest.mark.parametrize(
    ("language", "said", "waits", "holds"),
    [
        ("en", "could have given them to a second account", "waits for you", "holds"),
        ("km", "គណនីទីពីររបស់ខ្លួន", "រង់ចាំអ្នក", "មានប្រសិទ្ធភាព"),
    ],
)
def test_s17_today_tells_who_gave_what_to_whom_in_both_languages(
    chanthou: Person, sokha: Person, language: str, said: str, waits: str, holds: str
) -> None:
    sokha.post(f"{PATH}/people/new", **PUPPET)
    page = chanthou.get(f"{PATH}/", lang=language)
    text = text_of(page)
    assert said in text
    assert waits in text
    assert "សុខា" in text, "who gave it"
    assert chanthou.post(form_of(page), answer="agree").status_code == 303
    assert holds in text_of(chanthou.get(f"{PATH}/", lang=language))


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_coordinator_of_an_area_is_told_of_what_waits_there(
    app: Flask, settings: Settings, project: int, sokha: Person, language: str
) -> None:
    """She can do something about it: give the same role herself. Of other areas she hears
    nothing, nor the administrator of any."""
    key = settings.secrets.jwt_key
    here = Person(app, key, Role.COORDINATOR, project, "0204")
    elsewhere = Person(app, key, Role.COORDINATOR, project, "1201")
    given = {"email": "p@example.org", "name": "Puppet", "role": "reviewer", "where": "area"}
    assert sokha.post(f"{PATH}/people/new", **given, area="0204", pick="0204").status_code == 200
    says = {"en": "Roles that wait in your area", "km": "តួនាទីដែលរង់ចាំក្នុងតំបន់របស់អ្នក"}
    shown = text_of(here.get(f"{PATH}/", lang=language))
    assert says[language] in shown
    assert "Puppet" in shown
    for other in (elsewhere, sokha):
        assert says[language] not in text_of(other.get(f"{PATH}/", lang=language))


def test_an_administrator_is_told_that_it_waits(chanthou: Person, sokha: Person) -> None:
    sokha.post(f"{PATH}/people/new", **{**PUPPET, "role": "analyst"})
    listed = sokha.get(f"{PATH}/people").get_data(as_text=True)
    puppet = max(int(one) for one in re.findall(r"/people/(\d+)", listed))
    given = sokha.post(f"{PATH}/people/{puppet}/roles", **{**GIVEN, "role": "reviewer"})
    news = text_of(sokha.client.get(given.headers["Location"], headers=sokha.headers))
    assert "waits until a coordinator of the project agrees" in news
    assert "waits for a coordinator to agree" in news
    assert "could have given them" not in text_of(sokha.get(f"{PATH}/")), "not hers to answer"


def test_s17_dara_is_told_nothing_and_answers_nothing(
    app: Flask, settings: Settings, project: int, chanthou: Person, sokha: Person
) -> None:
    sokha.post(f"{PATH}/people/new", **PUPPET)
    address = form_of(chanthou.get(f"{PATH}/"))
    key = settings.secrets.jwt_key
    dara = Person(app, key, Role.COORDINATOR, project + 1)
    bound = Person(app, key, Role.COORDINATOR, project, "02")
    assert dara.post(address, answer="end").status_code == 404
    assert bound.post(address, answer="end").status_code == 403
    assert "Puppet" not in text_of(bound.get(f"{PATH}/"))
    assert chanthou.post(address, answer="perhaps").status_code == 400


@pytest.mark.parametrize(
    ("language", "said"), [("en", "a coordinator of the project prolongs it"), ("km", "ពន្យារវា")]
)
def test_s17_an_administrator_is_told_who_prolongs_and_loses_nothing_typed(
    app: Flask,
    settings: Settings,
    project: int,
    chanthou: Person,
    sokha: Person,
    language: str,
    said: str,
) -> None:
    bopha = Person(app, settings.secrets.jwt_key, Role.FIELD_WORKER, project)
    address, role = f"{PATH}/people/{bopha.id}/roles", {"role": "reviewer", "where": "all"}
    assert chanthou.post(address, **role, until="2026-12-31").status_code == 303
    page = sokha.post(f"{address}?lang={language}", **role, until="2027-12-31")
    assert page.status_code == 403
    assert said in text_of(page)
    assert 'value="2027-12-31"' in page.get_data(as_text=True)
    assert chanthou.post(address, **role, until="2027-12-31").status_code == 303
