"""Pages on which coordinators say who is one person: no names, until somebody says what for."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.accounts.actor import Role
from service.facts import places
from service.foundation.settings import Settings
from tests import visited
from tests.conftest import drain
from tests.factories import Phone
from tests.visited import DARA, DARA_AGAIN, SOPHEA, VANNA, visit
from tests.web.pages_world import text_of
from tests.web.people import bearer
from tests.web.test_persons import entries

PAGES = "/p/battambang/persons"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return visited.a_visiting_phone(client)


@pytest.fixture
def bopha(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


@pytest.fixture
def chanthou(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


@pytest.fixture
def pair(app: Flask, phone: Phone) -> str:
    """Of two visits to Dara."""
    for form in (visit("uuid:1", DARA, SOPHEA), visit("uuid:2", DARA_AGAIN, VANNA)):
        assert phone.send(form).status_code == 201
    drain(app)
    return str(visited.pairs()[0].pair_pk)


def see(phone: Phone, by: Headers, path: str = "", language: str = "en") -> str:
    mark = "&" if "?" in path else "?"
    answer = phone.client.get(f"{PAGES}{path}{mark}lang={language}", headers=by)
    assert answer.status_code == 200
    return text_of(answer)


def seen_on(phone: Phone, by: Headers, path: str) -> str:
    """What the page sends back with a decision."""
    page = phone.client.get(f"{PAGES}{path}", headers=by).get_data(as_text=True)
    found = re.search(r'name="seen" value="([0-9a-f]{32})"', page)
    assert found
    return found[1]


def decide(phone: Phone, by: Headers, pair: str, verdict: str, **more: str) -> TestResponse:
    data = {"verdict": verdict, "seen": seen_on(phone, by, f"/pairs/{pair}"), **more}
    address = f"{PAGES}/pairs/{pair}/decide?lang=en"
    return phone.client.post(address, data=data, headers=by)


@pytest.mark.parametrize(
    ("language", "reason"), [("en", "The same phone number"), ("km", "លេខទូរស័ព្ទតែមួយ")]
)
def test_the_list_says_why_and_names_nobody(
    phone: Phone, bopha: Headers, pair: str, language: str, reason: str
) -> None:
    shown = see(phone, bopha, "", language)
    assert reason in shown
    assert "ដារ៉ា" not in shown
    assert "Dara" not in shown
    assert places.load().name(visited.VILLAGE["vill"], language) in shown


def test_two_side_by_side_have_no_names_until_somebody_says_what_for(
    phone: Phone, bopha: Headers, pair: str
) -> None:
    plain = see(phone, bopha, f"/pairs/{pair}")
    assert "Probably the same person" in plain
    assert "51 years" in plain
    assert "ដារ៉ា" not in plain
    assert entries("identity.read") == []
    named = see(phone, bopha, f"/pairs/{pair}/names?purpose=work")
    assert "សុខ ដារ៉ា" in named
    assert "Sok Dara" in named
    assert "សុភា" not in named, "others of the record are not looked at"
    assert len(entries("identity.read")) == 2
    refused = see(phone, bopha, f"/pairs/{pair}/names?purpose=refer")
    assert "Not everybody" in refused
    assert "Sok Dara" not in refused


def test_two_people_join_and_one_takes_apart_on_pages(
    phone: Phone, bopha: Headers, chanthou: Headers, pair: str
) -> None:
    first = decide(phone, bopha, pair, "same")
    assert (first.status_code, first.location) == (303, f"{PAGES}/pairs/{pair}?news=second")
    assert "a second person says so too" in see(phone, bopha, f"/pairs/{pair}?news=second")
    assert "a second person has to agree" in see(phone, chanthou)
    again = decide(phone, bopha, pair, "same")
    assert again.status_code == 409
    assert "You have agreed to this already" in text_of(again)
    assert decide(phone, chanthou, pair, "same").status_code == 303
    person = str(visited.pairs()[0].second_pk)
    file = see(phone, bopha, f"/{person}")
    assert "Visits that you see: 2" in file
    assert "Take apart" in file
    assert "Sok Dara" in see(phone, bopha, f"/{person}/names?purpose=contact")
    seen = seen_on(phone, bopha, f"/{person}")
    data = {"verdict": "apart", "seen": seen, "person": person}
    apart = phone.client.post(f"{PAGES}/pairs/{pair}/decide", data=data, headers=bopha)
    assert apart.location == f"{PAGES}/{person}?news=apart"
    left = see(phone, bopha, f"/{person}?news=apart")
    assert "Visits that you see: 1" in left
    assert "taken apart" in left, "the log says so"
    assert visited.log() == ["same", "apart"]


def test_a_page_that_is_old_decides_nothing_and_says_what_happened(
    phone: Phone, bopha: Headers, chanthou: Headers, pair: str
) -> None:
    old = seen_on(phone, bopha, f"/pairs/{pair}")
    assert decide(phone, chanthou, pair, "different").status_code == 303
    late = decide(phone, bopha, pair, "same", seen=old)
    assert late.status_code == 409
    assert "Somebody else decided" in text_of(late)
    nothing = decide(phone, bopha, pair, "perhaps")
    assert (nothing.status_code, visited.log()) == (400, ["different"])


def test_a_join_that_would_contradict_somebody_is_warned_of(
    app: Flask, phone: Phone, bopha: Headers, chanthou: Headers, pair: str
) -> None:
    assert phone.send(visit("uuid:3", DARA)).status_code == 201
    drain(app)
    first, second, third = (str(one.pair_pk) for one in visited.pairs())
    assert decide(phone, bopha, first, "same").status_code == 303
    assert decide(phone, chanthou, first, "same").status_code == 303
    assert decide(phone, bopha, second, "different").status_code == 303
    assert "of which somebody said" in see(phone, bopha, f"/pairs/{third}")
    assert "of which somebody said" not in see(phone, bopha, f"/pairs/{first}")


def test_unsure_has_a_list_of_its_own(phone: Phone, bopha: Headers, pair: str) -> None:
    assert "Nobody was unsure" in see(phone, bopha, "?state=unsure")
    assert decide(phone, bopha, pair, "unsure").status_code == 303
    assert "The same phone number" in see(phone, bopha, "?state=unsure")
    assert "Nobody is perhaps" in see(phone, bopha)


def test_the_search_takes_a_name_in_its_body_and_puts_it_into_no_address(
    phone: Phone, bopha: Headers, pair: str
) -> None:
    assert "kept nowhere" in see(phone, bopha, "/search")

    def search(**typed: str) -> TestResponse:
        data = {"name": "ដារ៉ា", "place": "", "purpose": "work", **typed}
        return phone.client.post(f"{PAGES}/search?lang=en", data=data, headers=bopha)

    found = search()
    assert found.status_code == 200
    assert "Sok Dara" in text_of(found)
    body = found.get_data(as_text=True)
    assert all("ដារ៉ា" not in address for address in re.findall(r'(?:href|action)="([^"]+)"', body))
    assert "Nobody whom you may see" in text_of(search(name="Chea Ratha"))
    assert "Sok Dara" in text_of(search(place="0203"))
    for wrong in ({"name": " "}, {"name": "123"}, {"place": "nowhere at all"}):
        refused = search(**wrong)
        assert refused.status_code == 400
        assert "Nothing was done" in text_of(refused)
    assert [one.details["records"] for one in entries("person.search")] == [2, 0, 2]


def test_a_search_without_a_fresh_code_is_asked_for_one_and_keeps_what_was_typed(
    phone: Phone, settings: Settings
) -> None:
    key = settings.secrets.jwt_key
    stale = bearer(key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    data = {"name": "ដារ៉ា", "place": "", "purpose": "work"}
    asked = phone.client.post(f"{PAGES}/search", data=data, headers=stale)
    assert asked.status_code == 403
    assert "ដារ៉ា" in asked.get_data(as_text=True)
    assert entries("person.search") == []


def test_a_forged_address_of_a_page_is_no_page(phone: Phone, bopha: Headers) -> None:
    forged = f"{PAGES}?after={'9' * 30}_00000000-0000-0000-0000-000000000000"
    assert phone.client.get(forged, headers=bopha).status_code == 404


def test_two_results_of_a_search_are_put_side_by_side(
    phone: Phone, bopha: Headers, pair: str
) -> None:
    data = {"name": "Dara", "place": "020304", "purpose": "work"}
    answer = phone.client.post(f"{PAGES}/search?lang=en", data=data, headers=bopha)
    page = answer.get_data(as_text=True)
    first, second = re.findall(r'name="first" value="([0-9a-f-]{36})"', page)
    assert re.findall(r'name="second" value="([0-9a-f-]{36})"', page) == [first, second]
    chosen = {"first": first, "second": second, "reason": "hand_told"}
    done = phone.client.post(f"{PAGES}/pairs?lang=en", data=chosen, headers=bopha)
    assert done.status_code == 303
    assert done.location.endswith(f"/persons/pairs/{pair}?news=beside")
    shown = see(phone, bopha, f"/pairs/{pair}?news=beside")
    assert "By hand: the person says so" in shown
    assert "put side by side by hand" in shown
    assert "The two stand side by side" in shown
    assert "ដោយដៃ" in see(phone, bopha, f"/pairs/{pair}", "km")
    wrong = {**chosen, "second": first}
    assert phone.client.post(f"{PAGES}/pairs", data=wrong, headers=bopha).status_code == 400
