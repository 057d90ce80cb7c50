"""Copies that wait are seen and settled by programs as by the pages (tests/web/test_copies.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role, Scope
from service.foundation.settings import Settings
from tests.conftest import drain
from tests.factories import Phone
from tests.pulled_form import a_script
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.people import bearer
from tests.web.test_copies import NAME, OTHER, contradict, entries, sizes, states, wait

NO_SUCH = "00000000-0000-7000-8000-000000000000"
Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


@pytest.fixture
def script(phone: Phone) -> Headers:
    return a_script(phone.project_id, Scope.SUBMISSIONS, Scope.REMOVALS)


def ask(phone: Phone, by: Headers, path: str = "", method: str = "GET", status: int = 200) -> Any:
    address = f"/v1/projects/{phone.project_id}/copies{path}"
    answer = phone.client.open(address, method=method, headers=by)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def listed(phone: Phone, by: Headers, query: str = "") -> list[str]:
    return [one["id"] for one in ask(phone, by, query)]


def test_c46_what_waits_is_listed_compared_and_settled(
    app: Flask, phone: Phone, script: Headers
) -> None:
    key = contradict(app, phone)
    [one] = ask(phone, script)
    assert one["id"] == key
    assert (one["xmlFormId"], one["instanceId"], one["reason"]) == (
        FORM_ID, "uuid:1", "different_xml",
    )  # fmt: skip
    assert (one["deprecatedId"], one["setAsideAt"]) == (None, None)
    found = ask(phone, script, f"/{key}")
    assert found["copy"] == one
    assert (found["against"], found["recordInstanceId"]) == ("record", "uuid:1")
    assert found["changes"] == [{"path": ["size"], "old": "4", "new": "5"}]
    assert (found["maySetAside"], found["mayPutInPlace"]) == (True, True)
    assert ask(phone, script, f"/{key}/set-aside", "POST") == {"success": True}
    assert listed(phone, script) == []
    assert listed(phone, script, "?state=aside") == [key]
    assert ask(phone, script, f"/{key}/set-aside", "POST", 409)["code"] == "409.35"
    ask(phone, script, f"/{key}/wait-again", "POST")
    assert listed(phone, script) == [key]
    ask(phone, script, f"/{key}/put-in-place", "POST")
    drain(app)
    assert (listed(phone, script), sizes()) == ([], [5])
    assert ask(phone, script, f"/{key}", status=409)["code"] == "409.35", "it is a version now"
    ask(phone, script, f"/{key}/take-out", "POST")
    drain(app)
    assert states() == [("current", None), ("queued", "different_xml")]
    assert sizes() == [4]
    for act in ("set_aside", "restore", "put_in_place", "take_out"):
        assert len(entries(f"copy.{act}")) == 1


def test_the_list_goes_on_after_its_last_and_is_cut_by_form(
    app: Flask, phone: Phone, script: Headers
) -> None:
    contradict(app, phone)
    for size in "678":
        wait(app, phone, told("uuid:1", size=size))
    whole = listed(phone, script)
    first = listed(phone, script, "?limit=3")
    rest = listed(phone, script, f"?limit=3&after={first[-1]}")
    assert (len(first), [*first, *rest]) == (3, whole)
    assert listed(phone, script, f"?xmlFormId={FORM_ID}") == whole
    assert listed(phone, script, "?xmlFormId=other") == []
    for wrong in ("?state=gone", "?after=x", "?limit=0"):
        ask(phone, script, wrong, status=400)


def test_what_names_no_record_has_no_place_to_take(
    app: Flask, phone: Phone, script: Headers
) -> None:
    key = wait(app, phone, told("uuid:2", edits="uuid:1", size="5"))
    found = ask(phone, script, f"/{key}")
    assert (found["against"], found["recordInstanceId"], found["changes"]) == (
        "nothing",
        None,
        None,
    )
    assert (found["maySetAside"], found["mayPutInPlace"]) == (True, False)
    assert ask(phone, script, f"/{key}/put-in-place", "POST", 409)["code"] == "409.36"
    ask(phone, script, f"/{NO_SUCH}", status=404)


def test_s44_names_are_compared_by_the_scope_and_by_what_both_allow(
    app: Flask, phone: Phone, script: Headers
) -> None:
    phone.send(told("uuid:1", name=NAME, contact="yes"))
    drain(app)
    key = wait(app, phone, told("uuid:1", name=OTHER, contact="yes", size="5"))
    reader = a_script(phone.project_id, Scope.SUBMISSIONS, Scope.IDENTITY)

    def changed(by: Headers, query: str = "") -> dict[str, tuple[str, str]]:
        changes = ask(phone, by, f"/{key}{query}")["changes"]
        return {one["path"][-1]: (one["old"], one["new"]) for one in changes}

    assert changed(script, "?purpose=contact") == {"size": ("4", "5")}
    assert entries("identity.read") == []
    assert changed(reader, "?purpose=contact")["name"] == (NAME, OTHER)
    assert [one["purpose"] for one in entries("identity.read")] == ["contact"] * 2, "record, copy"
    silent = wait(app, phone, told("uuid:1", name=OTHER, contact="no", size="6"))
    told_of = ask(phone, reader, f"/{silent}?purpose=contact")["changes"]
    assert {one["path"][-1] for one in told_of} >= {"size"}
    assert OTHER not in str(told_of)
    ask(phone, reader, f"/{key}?purpose=gossip", status=400)


def test_rights_are_those_of_the_pages(app: Flask, phone: Phone, settings: Settings) -> None:
    key = contradict(app, phone)
    reviewer = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    found = ask(phone, reviewer, f"/{key}")
    assert (found["maySetAside"], found["mayPutInPlace"]) == (False, False)
    for what in ("set-aside", "wait-again", "put-in-place", "take-out"):
        ask(phone, reviewer, f"/{key}/{what}", "POST", 403)
    elsewhere = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id, "24")
    assert listed(phone, elsewhere) == []
    ask(phone, elsewhere, f"/{key}", status=404)
    ask(phone, elsewhere, f"/{key}/put-in-place", "POST", 404)
    assert states() == [("current", None), ("queued", "different_xml")]
