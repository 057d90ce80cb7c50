"""Coordinators bring in testimonies that were told in another's browser, and nothing else."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import Role
from service.foundation.db import unit_of_work
from service.foundation.settings import Settings
from tests.conftest import drain
from tests.factories import a_form, a_project
from tests.golden import reference_forms
from tests.web.test_giving_roles import Person

VERSION = "2026112804"


@pytest.fixture
def project_id(client: FlaskClient) -> int:
    with unit_of_work() as session:
        made = a_project(session, "Battambang").id
        for form_id in ("testimony", "rights_issue"):
            xml = reference_forms.converted(form_id)[0].decode()
            a_form(session, made, form_id, version=VERSION, xml=xml)
    return made


def item(form_id: str = "testimony", **more: object) -> dict[str, object]:
    answers = {"today": "2026-11-20", "c_store": "yes", "prov": "02", "dist": "0203"}
    return {
        "id": f"uuid:{uuid.uuid4()}", "form_id": form_id, "version": VERSION,
        "answers": answers, **more,
    }  # fmt: skip


def bring(person: Person, project_id: int, *items: dict[str, object]) -> list[tuple[str, str]]:
    answer = person.client.post(
        f"/v1/projects/{project_id}/told", json={"items": list(items)}, headers=person.headers
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    said = answer.get_json()["results"]
    return [(one["status"], (one["problem"] or {}).get("code", "")) for one in said]


def test_a_coordinator_brings_in_testimonies_once_and_no_other_record(
    app: Flask, settings: Settings, project_id: int
) -> None:
    chanthou = Person(app, settings.secrets.jwt_key, Role.COORDINATOR, project_id)
    told = item(attachments=["voice.wav"])
    told["answers"] = {**told["answers"], "telling": {"audio": "voice.wav"}}  # type: ignore[dict-item]
    assert bring(chanthou, project_id, told) == [("stored", "")]
    assert bring(chanthou, project_id, told) == [("duplicate", "")]
    drain(app)
    file = f"/v1/projects/{project_id}/told/{told['id']}/attachments/voice.wav"
    answer = chanthou.client.put(file, data=b"RIFF", headers=chanthou.headers)
    assert answer.get_json() == {"held": 4, "total": 4, "complete": True}
    assert bring(chanthou, project_id, item("rights_issue")) == [("rejected", "403.1")]
    assert bring(chanthou, project_id, item(edits=told["id"])) == [("rejected", "403.1")]
    by_sync = chanthou.client.post(
        f"/v1/projects/{project_id}/sync", json={"items": [item()]}, headers=chanthou.headers
    )
    assert by_sync.status_code == 403, "she sends nothing else, and not as apps do"


def test_whoever_may_not_send_or_bring_is_refused(
    app: Flask, settings: Settings, project_id: int
) -> None:
    for role in (Role.REVIEWER, Role.ANALYST):
        nobody = Person(app, settings.secrets.jwt_key, role, project_id)
        answer = nobody.client.post(
            f"/v1/projects/{project_id}/told", json={"items": [item()]}, headers=nobody.headers
        )
        assert answer.status_code == 403
