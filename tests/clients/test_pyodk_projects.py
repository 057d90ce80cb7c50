"""Projects, phones and their forms through pyodk."""

from __future__ import annotations

import uuid

import pytest
import requests
from pyodk.errors import PyODKError

from service.web.api.app_users import NOT_SHOWN_AGAIN
from tests.clients.pyodk_site import Central


def test_c87_projects_are_listed_and_read(central: Central) -> None:
    listed = central.client.projects.list()
    assert [project.id for project in listed] == [central.site.project_id]
    assert central.client.projects.get().name == listed[0].name
    with pytest.raises(PyODKError) as refused:
        central.client.projects.get(project_id=99_999)
    assert refused.value.is_central_error("404.1")


def test_c87_counts_come_with_the_extended_metadata_alone(central: Central) -> None:
    plain = central.get("").json()
    assert "appUsers" not in plain
    more = central.get("", headers={"X-Extended-Metadata": "true"}).json()
    assert (more["appUsers"] >= 1, more["forms"] >= 1) == (True, True)
    assert more["createdAt"].endswith("Z")
    assert len(more["createdAt"]) == len("2026-11-22T08:00:00.000Z")


def test_c87_phones_enrolled_by_pyodk_fill_the_forms_assigned_to_them(central: Central) -> None:
    name = f"អរុណ {uuid.uuid4().hex[:6]}"
    made = list(
        central.client.projects.create_app_users([name, f"{name} ២"], forms=["household_drill"])
    )
    assert [one.displayName for one in made] == [name, f"{name} ២"]
    base = f"{central.site.url}/v1/key/{made[0].token}/projects/{central.site.project_id}"
    offered = requests.get(f"{base}/formList", timeout=60)
    assert offered.status_code == 200
    assert offered.text.count("<formID>") == 1
    assert list(central.client.projects.create_app_users([name])) == [], "it is there already"


def test_c87_a_token_is_told_once_and_a_phone_ended_is_listed_no_more(central: Central) -> None:
    name = uuid.uuid4().hex
    (made,) = central.client.projects.create_app_users([name])
    listed = {row["id"]: row for row in central.get("/app-users").json()}
    assert listed[made.id]["token"] == NOT_SHOWN_AGAIN
    assert listed[made.id]["projectId"] == central.site.project_id
    assert made.token is not None
    assert made.token not in central.get("/app-users").text
    assert central.ask("DELETE", f"/app-users/{made.id}").json() == {"success": True}
    assert made.id not in {row["id"] for row in central.get("/app-users").json()}
    (again,) = central.client.projects.create_app_users([name])
    assert again.id != made.id


def test_c87_a_form_taken_from_a_phone_is_offered_to_it_no_more(central: Central) -> None:
    (made,) = central.client.projects.create_app_users([uuid.uuid4().hex], ["household_drill"])
    place = f"/forms/household_drill/assignments/2/{made.id}"
    ids = [row["actorId"] for row in central.get("/forms/household_drill/assignments").json()]
    assert made.id in ids
    assert central.ask("DELETE", place).json() == {"success": True}
    assert central.ask("DELETE", place).status_code == 404
    assert central.ask("POST", place.replace("/2/", "/5/")).status_code == 404, "no other role"
    actors = central.get("/forms/household_drill/assignments/2").json()
    assert made.id not in {one["id"] for one in actors}
    assert {one["type"] for one in actors} <= {"field_key"}


def test_c87_a_phone_with_all_forms_keeps_the_others_when_one_is_taken(central: Central) -> None:
    made = central.site.command(
        "app-users", "create", uuid.uuid4().hex, "--project", str(central.site.project_id)
    )
    gone = central.ask("DELETE", f"/forms/household_drill/assignments/2/{made['id']}")
    assert gone.status_code == 200
    base = f"{central.site.url}/v1/key/{made['token']}/projects/{central.site.project_id}"
    offered = requests.get(f"{base}/formList", timeout=60).text
    assert "household_drill" not in offered
    assert "needs_assessment" in offered


def test_c90_collections_answer_304_to_whoever_has_them(central: Central) -> None:
    for path in ("/app-users", "/forms/household_drill/assignments"):
        first = central.get(path)
        again = central.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
    central.client.projects.create_app_users([uuid.uuid4().hex])
    first = central.get("/app-users", headers={"If-None-Match": first.headers["ETag"]})
    assert first.status_code == 200
