"""What phones seal to does not change by deleting a form (S-43). On both databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.forms import queries
from service.forms.tables import FormVersion
from service.foundation.audit import AuditEntry
from service.foundation.db import reading
from service.foundation.settings import Settings
from tests.factories import Phone, a_phone, at
from tests.sealed_world import KEYS, OTHER_KEYS, publish, sealed_form
from tests.web.people import bearer

pytestmark = pytest.mark.each_database

Headers = Mapping[str, str]
ANEW = "?ignoreWarnings=true"


@pytest.fixture
def phone(client: FlaskClient, app: Flask) -> Phone:
    phone = a_phone(client, "other")
    publish(app, phone.project_id, sealed_form("1", KEYS.public))
    return phone


@pytest.fixture
def by(phone: Phone, settings: Settings) -> Headers:
    return bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)


def forms_of(phone: Phone) -> str:
    return f"/v1/projects/{phone.project_id}/forms"


def delete(phone: Phone, by: Headers) -> int:
    """The form; answers the `id` by which it is restored."""
    assert phone.client.delete(f"{forms_of(phone)}/visit", headers=by).status_code == 200
    gone: Any = phone.client.get(f"{forms_of(phone)}?deleted=true", headers=by).json
    return max(one["id"] for one in gone)


def post(phone: Phone, by: Headers, version: str, public: str | None, query: str) -> Any:
    headers = {**by, "Content-Type": "application/xml"}
    xml = sealed_form(version, public)
    return phone.client.post(f"{forms_of(phone)}{query}", data=xml, headers=headers)


def offered(phone: Phone) -> str:
    return phone.client.get(f"{phone.base}/formList").get_data(as_text=True)


def changes() -> list[dict[str, Any]]:
    with reading() as session:
        query = sa.select(AuditEntry).where(AuditEntry.action == "form.change_key")
        return [entry.details for entry in session.scalars(query)]


@pytest.mark.parametrize("public", [OTHER_KEYS.public, None], ids=["another", "none"])
def test_s43_a_form_published_anew_keeps_the_key_of_the_deleted_one(
    phone: Phone, by: Headers, public: str | None
) -> None:
    delete(phone, by)
    answer = post(phone, by, "2", public, f"{ANEW}&publish=true")
    assert (answer.status_code, answer.json["code"]) == (409, "409.28")
    assert KEYS.fingerprint in answer.json["message"]
    assert post(phone, by, "2", public, ANEW).status_code == 200, "a draft is offered to nobody"
    draft = f"{forms_of(phone)}/visit/draft/publish"
    answer = phone.client.post(draft, headers=by)
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "409.28")
    assert "visit" not in offered(phone)
    assert changes() == []
    delete(phone, by)
    answer = post(phone, by, "3", public, f"{ANEW}&publish=true")
    assert answer.status_code == 409, "nor by a draft that is deleted in between"


def test_s43_with_the_same_key_no_word_is_needed(phone: Phone, by: Headers) -> None:
    delete(phone, by)
    assert post(phone, by, "2", KEYS.public, f"{ANEW}&publish=true").status_code == 200
    assert changes() == []


def test_s43_named_it_may_change_and_coordinators_are_told(
    phone: Phone, by: Headers, app: Flask
) -> None:
    delete(phone, by)
    assert post(phone, by, "2", OTHER_KEYS.public, ANEW).status_code == 200
    named = sealed_form("2", OTHER_KEYS.public)
    publish(app, phone.project_id, named, OTHER_KEYS.fingerprint)
    assert changes() == [{"before": KEYS.fingerprint, "after": OTHER_KEYS.fingerprint}]
    with reading() as session:
        [told] = queries.list_key_changes(session, phone.project_id, at("2020-01-01T00:00"))
    assert (told.before, told.after) == (KEYS.fingerprint, OTHER_KEYS.fingerprint)


def test_s43_restoring_an_older_form_brings_no_older_key_back(
    phone: Phone, by: Headers, app: Flask
) -> None:
    old = delete(phone, by)
    assert post(phone, by, "2", None, ANEW).status_code == 200
    publish(app, phone.project_id, sealed_form("2", None), "none")
    new = delete(phone, by)
    answer = phone.client.post(f"{forms_of(phone)}/{old}/restore", headers=by)
    assert (answer.status_code, answer.json and answer.json["code"]) == (409, "409.28")
    assert "visit" not in offered(phone)
    assert phone.client.post(f"{forms_of(phone)}/{new}/restore", headers=by).status_code == 200
    with reading() as session:
        assert len(session.scalars(sa.select(FormVersion.version_pk)).all()) == 3
