"""What edits changed, and who sends, through the API, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import SYSTEM, Role, Scope
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.tables import Submission
from service.review.actions import comparing
from tests.conftest import drain
from tests.factories import Phone
from tests.statements import counted
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.people import bearer

Headers = Mapping[str, str]
NAME, OTHER = "សុខ ម៉ារី", "ចាន់ ដារា"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


def at(phone: Phone, path: str = "") -> str:
    return f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions{path}"


def script(*scopes: Scope) -> Headers:
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "s", None, scopes)
    return {"Authorization": f"Bearer {made.token}"}


def diffs(phone: Phone, by: Headers, query: str = "") -> dict[str, list[dict[str, Any]]]:
    answer = phone.client.get(at(phone, f"/uuid:1/diffs{query}"), headers=by)
    assert answer.status_code == 200
    found: dict[str, list[dict[str, Any]]] = answer.json
    return found


def by_path(changes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "/".join(map(str, one["path"])): (one.get("old", "-"), one.get("new", "-"))
        for one in changes
        if one["path"][0] != "meta"
    }


def readings() -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry.details).where(AuditEntry.action == "identity.read")
        return list(session.scalars(query))


def test_each_edit_tells_what_is_not_as_it_was(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    drain(app)
    by = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    assert diffs(phone, by) == {}
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    phone.send(told("uuid:3", edits="uuid:2", size="", age="45"))
    drain(app)
    found = diffs(phone, by)
    assert list(found) == ["uuid:3", "uuid:2"]
    assert by_path(found["uuid:2"]) == {"size": ("4", "5")}
    assert by_path(found["uuid:3"]) == {
        "size": ("5", "-"),
        "age": ("44", "45"),
    }
    meta = [one for one in found["uuid:2"] if one["path"][0] == "meta"]
    assert meta == [
        {"path": ["meta", "instanceID"], "old": "uuid:1", "new": "uuid:2"},
        {"path": ["meta", "deprecatedID"], "new": "uuid:1"},
    ]


def test_who_somebody_is_stays_hidden_and_so_does_whether_it_changed(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    """Old and new value alike; and no guess is confirmed by silence."""
    phone.send(told("uuid:1", name=NAME, wish="ដើរ", contact="yes"))
    phone.send(told("uuid:2", edits="uuid:1", name=OTHER, wish="រត់", contact="yes"))
    phone.send(told("uuid:3", edits="uuid:2", name=OTHER, wish="រត់", contact="yes", phone="012"))
    drain(app)
    key = settings.secrets.jwt_key
    for by in (
        bearer(key, Role.REVIEWER, phone.project_id),
        bearer(key, Role.COORDINATOR, phone.project_id, is_fresh=False),
        script(Scope.SUBMISSIONS),
    ):
        found = diffs(phone, by)
        assert by_path(found["uuid:2"]) == {}
        assert by_path(found["uuid:3"]) == {"phone": ("-", None)}, "present, and null"
    assert readings() == []
    stale = bearer(key, Role.COORDINATOR, phone.project_id, is_fresh=False)
    assert by_path(diffs(phone, stale, "?purpose=contact")["uuid:2"]) == {}
    assert readings() == []


def test_with_right_purpose_and_consent_old_and_new_are_told_and_written_down(
    app: Flask, phone: Phone
) -> None:
    phone.send(told("uuid:1", name=NAME, wish="ដើរ", contact="yes"))
    phone.send(told("uuid:2", edits="uuid:1", name=OTHER, wish="រត់", contact="yes"))
    drain(app)
    by = script(Scope.SUBMISSIONS, Scope.IDENTITY)
    assert by_path(diffs(phone, by, "?purpose=contact")["uuid:2"]) == {"name": (NAME, OTHER)}
    assert [(one["purpose"], one["classes"]) for one in readings()] == [("contact", ["identity"])]
    both = script(Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY)
    assert set(by_path(diffs(phone, both, "?purpose=contact")["uuid:2"])) == {"name", "wish"}
    assert by_path(diffs(phone, both, "?purpose=quote")["uuid:2"]) == {}, "not allowed"
    asked = phone.client.get(at(phone, "/uuid:1/diffs?purpose=gossip"), headers=both)
    assert asked.status_code == 400


def test_the_edit_that_narrows_consent_hides_what_came_before_it(app: Flask, phone: Phone) -> None:
    phone.send(told("uuid:1", name=NAME, contact="yes"))
    phone.send(told("uuid:2", edits="uuid:1", name=OTHER, contact="no"))
    drain(app)
    by = script(Scope.SUBMISSIONS, Scope.IDENTITY, Scope.TESTIMONY)
    assert "name" not in by_path(diffs(phone, by, "?purpose=contact")["uuid:2"])


@pytest.mark.each_database
def test_versions_are_read_together_however_many(
    phone: Phone, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.REVIEWER, phone.project_id)
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", edits="uuid:1", size="5"))

    def count() -> int:
        with counted() as seen:
            diffs(phone, by)
        return len(seen)

    count()
    few = count()
    for number in range(3, 9):
        phone.send(told(f"uuid:{number}", edits=f"uuid:{number - 1}", size=f"{number}"))
    assert count() - few <= 6, "the look whether a form version is known, and nothing else"
    whole = diffs(phone, by)
    monkeypatch.setattr(comparing, "AT_ONCE", 3)
    assert diffs(phone, by) == whole
    assert len(whole) == 7


# --- who sends ----------------------------------------------------------------------------------
def test_submitters_are_those_whose_records_stand_and_lie_in_reach(
    phone: Phone, settings: Settings
) -> None:
    key = settings.secrets.jwt_key
    by = bearer(key, Role.COORDINATOR, phone.project_id)
    arun = bearer(key, Role.FIELD_WORKER, phone.project_id)
    assert phone.client.get(at(phone, "/submitters"), headers=by).json == []
    for _ in range(2):
        phone.send(told())
    sent = phone.client.post(at(phone), data=told("uuid:1"), headers=arun)
    assert sent.status_code == 200
    found = phone.client.get(at(phone, "/submitters"), headers=by).json
    assert {one["id"] for one in found} == {phone.id, sent.json["submitterId"]}
    assert [one["displayName"] for one in found] == sorted(one["displayName"] for one in found)
    assert {"id", "type", "displayName", "createdAt"} <= set(found[0])
    with unit_of_work() as session:
        where = Submission.instance_id == "uuid:1"
        session.execute(sa.update(Submission).where(where).values(place="240101"))
    bound = bearer(key, Role.REVIEWER, phone.project_id, "24")
    near = phone.client.get(at(phone, "/submitters"), headers=bound).json
    assert [one["id"] for one in near] == [sent.json["submitterId"]]
    assert phone.client.delete(at(phone, "/uuid:1"), headers=by).status_code == 200
    assert phone.client.get(at(phone, "/submitters"), headers=bound).json == []
    assert phone.client.get(at(phone, "/submitters"), headers=arun).status_code == 403
