"""Records are removed and restored through the API, on both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts import actions
from service.accounts.actor import ORDINARY, SYSTEM, Role, Scope
from service.facts.tables import Person
from service.foundation.audit import AuditEntry
from service.foundation.db import reading, unit_of_work
from service.foundation.settings import Settings
from service.intake.queries import counting
from service.intake.tables import SubmissionXml
from tests.conftest import drain
from tests.factories import Phone
from tests.survivors import FORM_ID, a_survivors_phone, told
from tests.web.people import bearer

Headers = Mapping[str, str]


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_survivors_phone(client)


def script(*scopes: Scope) -> Headers:
    with unit_of_work() as session:
        made = actions.create_numbered_api_token(session, SYSTEM, "s", None, scopes)
    return {"Authorization": f"Bearer {made.token}"}


def at(phone: Phone, path: str = "") -> str:
    return f"/v1/projects/{phone.project_id}/forms/{FORM_ID}/submissions{path}"


def listed(phone: Phone, by: Headers, query: str = "") -> list[dict[str, Any]]:
    answer = phone.client.get(f"{at(phone)}{query}", headers=by)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = orjson.loads(answer.data)
    return found


def ids_of(phone: Phone, by: Headers, query: str = "") -> list[str]:
    return [one["instanceId"] for one in listed(phone, by, query)]


def persons() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0


def entries(action: str) -> list[dict[str, Any]]:
    with reading() as session:
        return list(
            session.scalars(sa.select(AuditEntry.details).where(AuditEntry.action == action))
        )


def test_removed_it_is_in_no_list_and_table_and_restored_it_is_back(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    for instance_id in ("uuid:1", "uuid:2"):
        assert phone.send(told(instance_id)).status_code == 201
    tag = phone.client.get(at(phone), headers=by).headers["ETag"]
    table = f"/v1/projects/{phone.project_id}/forms/{FORM_ID}.svc/Submissions"
    gone = phone.client.delete(at(phone, "/uuid:1?reason=practice"), headers=by)
    assert (gone.status_code, gone.json) == (200, {"success": True})
    assert ids_of(phone, by) == ["uuid:2"]
    assert persons() == 1
    rows = orjson.loads(phone.client.get(table, headers=by).data)["value"]
    assert [row["__id"] for row in rows] == ["uuid:2"]
    fresh = phone.client.get(at(phone), headers={**by, "If-None-Match": tag})
    assert fresh.status_code == 200
    for path in ("", ".xml", "/diffs", "/versions", "/comments", "/attachments"):
        assert phone.client.get(at(phone, f"/uuid:1{path}"), headers=by).status_code == 404, path
    assert phone.client.delete(at(phone, "/uuid:1"), headers=by).status_code == 404, "twice is once"
    with reading() as session:
        kept = session.scalar(sa.select(sa.func.count()).select_from(SubmissionXml))
        assert kept == 2, "nothing is erased"
        assert counting.conservation(session, phone.project_id).holds
    back = phone.client.post(at(phone, "/uuid:1/restore?force=true"), headers=by)
    assert (back.status_code, back.json) == (200, {"success": True})
    drain(app)
    assert ids_of(phone, by) == ["uuid:2", "uuid:1"]
    assert persons() == 2
    assert phone.client.post(at(phone, "/uuid:1/restore"), headers=by).status_code == 404
    assert entries("record.remove") == [{"reason": "practice"}]
    assert entries("record.restore") == [{}]


def test_removed_ones_are_listed_with_the_moment_they_went(
    phone: Phone, settings: Settings
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    for instance_id in ("uuid:1", "uuid:2"):
        phone.send(told(instance_id))
    assert listed(phone, by, "?deleted=true") == []
    phone.client.delete(at(phone, "/uuid:1"), headers=by)
    (one,) = listed(phone, by, "?deleted=true")
    assert (one["instanceId"], one["deletedAt"][-1]) == ("uuid:1", "Z")
    assert [row["deletedAt"] for row in listed(phone, by, "?deleted=false")] == [None]
    extended = {**by, "X-Extended-Metadata": "true"}
    assert [row["deletedAt"] for row in listed(phone, extended, "?deleted=true")] == [
        one["deletedAt"]
    ]
    tag = phone.client.get(at(phone, "?deleted=true"), headers=by).headers["ETag"]
    phone.client.post(at(phone, "/uuid:1/restore"), headers=by)
    again = phone.client.get(at(phone, "?deleted=true"), headers={**by, "If-None-Match": tag})
    assert orjson.loads(again.data) == []
    assert entries("record.remove") == [{"reason": "other"}], "Central asks for none"


def test_a_reason_that_is_not_in_the_list_removes_nothing(phone: Phone, settings: Settings) -> None:
    """A sentence might name somebody, and the log keeps it."""
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1"))
    for query in ("?reason=Sokha+said+so", "?why=practice"):
        assert phone.client.delete(at(phone, f"/uuid:1{query}"), headers=by).status_code == 400
    assert ids_of(phone, by) == ["uuid:1"]


def test_a_script_removes_with_the_scope_of_that_name_alone(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    phone.send(told("uuid:1"))
    usual, removing = script(*ORDINARY), script(Scope.REMOVALS)
    assert phone.client.delete(at(phone, "/uuid:1"), headers=usual).status_code == 403
    assert ids_of(phone, usual) == ["uuid:1"]
    assert phone.client.delete(at(phone, "/uuid:1"), headers=removing).status_code == 200
    assert ids_of(phone, usual) == []
    assert phone.client.get(at(phone), headers=removing).status_code == 403, "it reads nothing"
    assert phone.client.post(at(phone, "/uuid:1/restore"), headers=usual).status_code == 403
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    assert phone.client.post(at(phone, "/uuid:1/restore"), headers=by).status_code == 200
    drain(app)
    assert ids_of(phone, usual) == ["uuid:1"], "a person undoes what a script did"


def test_dara_bopha_and_sokha_may_not(phone: Phone, settings: Settings) -> None:
    key = settings.secrets.jwt_key
    phone.send(told("uuid:1"))
    for role, area, status in (
        (Role.REVIEWER, "", 403), (Role.ADVOCATE, "", 403), (Role.FIELD_WORKER, "", 403),
        (Role.COORDINATOR, "24", 404), (Role.COORDINATOR, "02", 200),
    ):  # fmt: skip
        by = bearer(key, role, phone.project_id, area)
        assert phone.client.delete(at(phone, "/uuid:1"), headers=by).status_code == status, role
    for role, area, status in (
        (Role.REVIEWER, "", 403), (Role.COORDINATOR, "24", 404), (Role.COORDINATOR, "02", 200),
    ):  # fmt: skip
        by = bearer(key, role, phone.project_id, area)
        answer = phone.client.post(at(phone, "/uuid:1/restore"), headers=by)
        assert answer.status_code == status, role
    phone.client.delete(
        at(phone, "/uuid:1"), headers=bearer(key, Role.COORDINATOR, phone.project_id)
    )
    assert ids_of(phone, bearer(key, Role.REVIEWER, phone.project_id, "24"), "?deleted=true") == []


def test_all_versions_go_and_come_back_by_the_id_of_any(
    app: Flask, phone: Phone, settings: Settings
) -> None:
    by = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    phone.send(told("uuid:1"))
    phone.send(told("uuid:2", edits="uuid:1", size="5"))
    drain(app)
    assert phone.client.delete(at(phone, "/uuid:2"), headers=by).status_code == 200
    assert phone.client.get(at(phone, "/uuid:1"), headers=by).status_code == 404
    assert phone.client.post(at(phone, "/uuid:1/restore"), headers=by).status_code == 200
    drain(app)
    assert persons() == 1
