"""A form whose act wants a fresh code: the code comes with what was typed, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from service.accounts import queries, second_factor
from service.accounts.actions import second_factors
from service.accounts.policy import MAY_STEP_UP, STEP_UP
from service.accounts.tables import RecoveryCode, SignIn, User
from service.foundation import clock
from service.foundation.db import reading, unit_of_work
from service.web import fresh_code, identify
from service.web.fields import stated_fields
from tests.factories import at
from tests.web.pages_world import World, a_world, sign_in, text_of
from tests.web.people import code_of
from tests.web.test_csrf import FOREIGN

START = at("2026-11-24T08:00")
STALE = second_factor.FRESH * 1.2
NEW = {"email": "bopha@example.org", "name": "បុប្ផា <i>\"&'", "role": "reviewer", "where": "all"}
ODD = "ស <b>\"&'\r\n  x "
"""What a form must bring through unchanged."""


@pytest.fixture
def world(client: FlaskClient) -> World:
    return a_world()


class Asking(HTMLParser):
    """The form of the page that asks for a code: where it goes, and what it holds."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.typed: MultiDict[str, str] = MultiDict()
        self.action, self.asks = "", set()
        self._is_inside = False
        self.feed(answer.get_data(as_text=True))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = "data-typed" in held
            self.action = held.get("action", "") if self._is_inside else self.action
        if tag == "input" and self._is_inside:
            if held.get("type") == "hidden":
                self.typed.add(held["name"], held["value"])
            else:
                self.asks.add(held["name"])


def asked(answer: TestResponse) -> bool:
    return Asking(answer).asks == {fresh_code.CODE, fresh_code.RECOVERY}


def is_there(email: str) -> bool:
    with reading() as session:
        return queries.find_user(session, email) is not None


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("samleng_session", domain="samleng.test")
    assert found is not None
    return found.value


def wanting(app: Flask) -> Iterator[tuple[str, str]]:
    """(address, view) of every form of a page that wants a fresh code."""
    for rule in app.url_map.iter_rules():
        is_form = "POST" in (rule.methods or ()) and not rule.rule.startswith("/v1/")
        if is_form and identify.stated_act(app, rule.endpoint) in STEP_UP:
            named = rule.rule.replace("<slug>", "battambang")
            named = re.sub("<uuid:[^>]*>", "00000000-0000-7000-8000-000000000000", named)
            yield re.sub("<[^>]*>", "1", named), rule.endpoint


def test_s11_every_form_that_wants_a_fresh_code_takes_it_along_with_what_was_typed(
    app: Flask, client: FlaskClient, world: World
) -> None:
    """Whatever form comes to be: it needs to do nothing for it, and cannot forget it."""
    reached: list[MultiDict[str, str]] = []
    app.before_request(lambda: reached.append(request.form.copy()))  # what views are given
    with clock.frozen(START):
        sign_in(client, world.coordinator)
    forms = sorted(wanting(app))
    assert len(forms) > 10
    for number, (address, endpoint) in enumerate(forms, start=1):
        fields = sorted(stated_fields(app, endpoint) or ())
        typed = MultiDict([(name, ODD) for name in fields] + [(name, "២") for name in fields])
        with clock.frozen(START + number * STALE):
            reached.clear()
            answer = client.post(address, data=typed)
            assert (answer.status_code, asked(answer)) == (403, True), address
            assert reached == [], f"{address}: nothing was done yet"
            form = Asking(answer)
            assert form.action == address
            assert form.typed.to_dict(flat=False) == typed.to_dict(flat=False), address
            code = code_of(world.coordinator, again=True)
            done = client.post(form.action, data=MultiDict([*form.typed.items(multi=True),
                               (fresh_code.CODE, code), (fresh_code.RECOVERY, "")]))  # fmt: skip
            assert not asked(done), address
            assert [one.to_dict(flat=False) for one in reached] == [typed.to_dict(flat=False)]


def test_s11_no_form_has_a_field_of_the_codes_name_or_a_file(app: Flask) -> None:
    """A file would not come back with the page that asks; no form of such an act has one."""
    for rule in app.url_map.iter_rules():
        fields = stated_fields(app, rule.endpoint) or frozenset()
        assert not fields & {fresh_code.CODE, fresh_code.RECOVERY}, rule.rule
        if identify.stated_act(app, rule.endpoint) in MAY_STEP_UP:
            assert not fields & {"file", "workbook", "media"}, rule.rule


@pytest.mark.parametrize(
    ("language", "kept", "wrong"),
    [
        ("en", "Nothing that you typed is lost", "The code is not right"),
        ("km", "អ្វីដែលអ្នកបានវាយមិនបាត់ទេ", "លេខកូដមិនត្រឹមត្រូវ"),
    ],
)
def test_s11_a_wrong_code_loses_nothing_and_a_right_one_does_the_act(
    client: FlaskClient, world: World, language: str, kept: str, wrong: str
) -> None:
    address = f"{world.path}/people/new?lang={language}"
    with clock.frozen(START):
        sign_in(client, world.coordinator)
    with clock.frozen(START + STALE):
        before = cookie(client)
        answer = client.post(address, data=NEW)
        assert kept in text_of(answer)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Location" not in answer.headers, "what was typed stands in no address"
        refused = client.post(address, data={**NEW, fresh_code.CODE: "000000"})
        assert (refused.status_code, Asking(refused).typed.to_dict()) == (400, NEW)
        assert wrong in text_of(refused)
        assert f'<html lang="{language}">' in refused.get_data(as_text=True)
        assert Asking(refused).action == address
        assert not is_there(NEW["email"])
        assert cookie(client) == before
        code = code_of(world.coordinator, again=True)
        done = client.post(address, data={**NEW, fresh_code.CODE: code})
        assert done.status_code == 200
        assert "/setup/" in done.get_data(as_text=True)
        assert is_there(NEW["email"])
        assert cookie(client) != before, "what may have been seen of it before opens nothing now"
        assert client.get(f"{world.path}/people/new").status_code == 200, "fresh from now on"


def test_s03_each_wrong_code_at_a_form_is_a_try(client: FlaskClient, world: World) -> None:
    address = f"{world.path}/people/new"
    with clock.frozen(START):
        sign_in(client, world.coordinator)
    with clock.frozen(START + STALE):
        answers = [client.post(address, data={**NEW, fresh_code.CODE: "000000"}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429]
        assert Asking(answers[-1]).typed.to_dict() == NEW, "not lost by waiting, either"
        assert int(answers[-1].headers["Retry-After"]) > 0
        right = {**NEW, fresh_code.CODE: code_of(world.coordinator, again=True)}
        assert client.post(address, data=right).status_code == 429
        assert not is_there(NEW["email"])


def test_s11_a_code_at_a_form_is_good_once(client: FlaskClient, world: World) -> None:
    address = f"{world.path}/people/new"
    with clock.frozen(START):
        sign_in(client, world.coordinator)
    with clock.frozen(START + STALE):
        form = {**NEW, fresh_code.CODE: code_of(world.coordinator, again=True)}
        assert client.post(address, data=form).status_code == 200
    with unit_of_work() as session:  # as if it were stale again within the code's life
        session.execute(sa.update(SignIn).values(factor_at=START))
    with clock.frozen(START + STALE):
        again = client.post(address, data={**form, "email": "kosal@example.org"})
        assert (again.status_code, is_there("kosal@example.org")) == (400, False)


def test_s11_a_code_from_the_paper_does_too(client: FlaskClient, world: World) -> None:
    with clock.frozen(START):
        sign_in(client, world.coordinator)
        with unit_of_work() as session:
            user = session.scalars(sa.select(User.id).where(User.email == world.coordinator)).one()
            codes = second_factor.new_recovery_codes()
            digest = second_factor.recovery_sha256(codes[0])
            session.add(RecoveryCode(user_id=user, code_sha256=digest))
    with clock.frozen(START + STALE):
        form = {**NEW, fresh_code.CODE: "", fresh_code.RECOVERY: codes[0]}
        assert client.post(f"{world.path}/people/new", data=form).status_code == 200
        assert is_there(NEW["email"])


def test_s14_beside_the_code_no_field_is_taken_that_the_form_does_not_have(
    client: FlaskClient, world: World
) -> None:
    address = f"{world.path}/people/new"
    with clock.frozen(START):
        sign_in(client, world.coordinator)
        form = {"phone": "1", fresh_code.CODE: "000000"}
        answer = client.post(f"{world.path}/phones/revoke", data=form)
        assert answer.status_code == 400, "an act that wants no code has no field for it"
    with clock.frozen(START + STALE):
        code = code_of(world.coordinator, again=True)
        strange = {**NEW, "is_admin": "1", fresh_code.CODE: code}
        assert client.post(address, data=strange).status_code == 400
        assert not is_there(NEW["email"])


def test_s18_from_another_site_a_form_with_a_code_is_no_try_and_does_nothing(
    client: FlaskClient, world: World
) -> None:
    address = f"{world.path}/people/new"
    with clock.frozen(START):
        sign_in(client, world.coordinator)
    with clock.frozen(START + STALE):
        for headers in FOREIGN:
            for code in ("000000", code_of(world.coordinator, again=True)):
                form = {**NEW, fresh_code.CODE: code}
                answer = client.post(address, data=form, headers=headers)
                assert (answer.status_code, asked(answer)) == (403, False), headers
        assert not is_there(NEW["email"])
        right = {**NEW, fresh_code.CODE: code_of(world.coordinator, again=True)}
        assert client.post(address, data=right).status_code == 200, "and nobody is locked out"


def test_s11_replacing_the_second_factor_asks_for_a_code_of_the_old_one(
    client: FlaskClient, world: World
) -> None:
    """The route lets in who has none yet; whoever has one needs it fresh."""
    with clock.frozen(START):
        sign_in(client, world.coordinator)
        assert client.get("/second-factor/new").status_code == 200
        with reading() as session:
            user = session.scalars(sa.select(User.id).where(User.email == world.coordinator)).one()
            pending = queries.find_factor(session, user, is_confirmed=False)
            assert pending is not None
            seed = second_factors.unsealed(pending)
    with clock.frozen(START + STALE):
        code = second_factor.code_at(seed, second_factor.step_at(clock.now()))
        typed = {"code": code, "next": "/account"}
        answer = client.post("/second-factor/new", data=typed)
        assert (answer.status_code, Asking(answer).typed.to_dict()) == (403, typed)
        old = code_of(world.coordinator, again=True)
        done = client.post("/second-factor/new", data={**typed, fresh_code.CODE: old})
        assert done.status_code == 200
        assert 'class="codes' in done.get_data(as_text=True)
