"""Passkeys on pages: the only place where a script runs, for browsers hand them out to no other.

Without scripts, or without https, the codes of the app do.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from service.accounts import passkeys as rules
from service.accounts import queries as accounts
from service.accounts.actions import passkeys as actions
from service.accounts.actions import signing_in, tries
from service.accounts.passkeys import Place
from service.accounts.policy import Act
from service.foundation.db import reading, unit_of_work
from service.foundation.problems import PASSKEY_REFUSED, Problem
from service.web.asking import caller, settings, with_cookie
from service.web.fields import takes
from service.web.identify import actor, allows
from service.web.pages import frame
from service.web.pages.sign_in import local

passkeys = Blueprint("passkeys", __name__)


def are_offered() -> bool:
    return rules.place_of(settings().public_url) is not None


def has_any() -> bool:
    """Whether the reader can use one here."""
    if not are_offered():
        return False
    with reading() as session:
        return bool(accounts.list_passkeys(session, actor().person_id))


@passkeys.get("/account/passkeys/new")
@allows(Act.FACTOR_CHANGE)
def ask() -> str:
    _place()
    g.runs_script = True
    return frame.page("passkey_new.html")


@passkeys.post("/account/passkeys/options")
@allows(Act.FACTOR_CHANGE)
@takes()
def ask_to_register() -> Response:
    with unit_of_work() as session:
        return _json(actions.ask_to_register(session, actor(), _place()))


@passkeys.post("/account/passkeys")
@allows(Act.FACTOR_CHANGE)
@takes()
def register() -> Response:
    given = _given()
    with unit_of_work() as session:
        actions.register(session, actor(), _place(), _answer(given), str(given.get("name", "")))
    return jsonify(next="/account?done=passkey")


@passkeys.post("/account/passkeys/remove")
@allows(Act.FACTOR_CHANGE)
@takes("passkey")
def remove() -> AnyResponse:
    try:
        credential_id = bytes.fromhex(request.form["passkey"])
    except ValueError:
        raise Problem(PASSKEY_REFUSED) from None
    with unit_of_work() as session:
        actions.remove(session, actor(), credential_id)
    return redirect("/account?done=removed", 303)


@passkeys.post("/second-factor/passkey/options")
@allows(Act.FACTOR_PROVE)
@takes()
def ask_to_prove() -> Response:
    with unit_of_work() as session:
        return _json(actions.ask_to_prove(session, actor(), _place()))


@passkeys.post("/second-factor/passkey")
@allows(Act.FACTOR_PROVE)
@takes()
def prove() -> AnyResponse:
    """In place of a code: the same tries, the same other cookie."""
    given, place = _given(), _place()
    with unit_of_work() as session:
        tried = tries.begin_code(session, actor().person_id, caller())
    with unit_of_work() as session:
        is_right = actions.prove(session, actor(), tried, place, _answer(given))
    if not is_right:
        raise Problem(PASSKEY_REFUSED)
    response = make_response(jsonify(next=local(str(given.get("next", "")))))
    with unit_of_work() as session:
        return with_cookie(response, signing_in.change_cookie(session, actor()))


def _place() -> Place:
    found = rules.place_of(settings().public_url)
    if found is None:  # without https browsers offer none
        raise Problem(PASSKEY_REFUSED)
    return found


def _given() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise Problem(PASSKEY_REFUSED)
    return given


def _answer(given: dict[str, Any]) -> dict[str, Any]:
    answer = given.get("answer")
    if not isinstance(answer, dict):
        raise Problem(PASSKEY_REFUSED)
    return answer


def _json(text: str) -> Response:
    return Response(text, content_type="application/json")
