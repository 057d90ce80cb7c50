"""What programs read of what people said: codes; more only with scope, purpose and consent."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import requests

from tests import media_files
from tests.clients.pyodk_site import Central, a_form, an_instance

NAME = "សុខ ម៉ារី"


@pytest.fixture
def place(central: Central) -> str:
    """The address of a record whose person allowed keeping it, and no contact."""
    form_id, xml = a_form()
    central.client.forms.create(xml)
    sent = central.client.submissions.create(
        an_instance(form_id, name=NAME, need="prosthesis", agreed="yes", photo="mary.jpg"),
        form_id=form_id,
    )
    return f"/forms/{form_id}/submissions/{sent.instanceId}"


def with_token(central: Central, *scopes: str) -> dict[str, dict[str, str]]:
    return {"headers": {"Authorization": f"Bearer {central.token_with(*scopes)}"}}


def test_who_somebody_is_comes_empty(central: Central, place: str) -> None:
    for path in (f"{place}.xml", f"{place}/versions/{place.rsplit('/', 1)[1]}.xml"):
        answer = central.get(path)
        assert answer.status_code == 200
        assert "<name/>" in answer.text
        assert "<need>prosthesis</need>" in answer.text
        assert "<photo/>" in answer.text
        assert "<instanceName/>" in answer.text
        assert place.rsplit("/", 1)[1] in answer.text
        assert NAME.encode() not in answer.content
        assert b"mary" not in answer.content


def test_a_purpose_alone_opens_nothing(central: Central, place: str) -> None:
    assert NAME.encode() not in central.get(f"{place}.xml?purpose=work").content
    assert central.get(f"{place}.xml?purpose=curiosity").json()["code"] == "400.8"


def test_scope_purpose_and_consent_together_show_the_name(central: Central, place: str) -> None:
    told = with_token(central, "submissions", "identity")
    unsaid = central.get(f"{place}.xml", **told)
    shown = central.get(f"{place}.xml?purpose=work", **told)
    assert unsaid.content == shown.content, "a program that knows no purposes reads for the work"
    assert NAME.encode() in shown.content
    assert b"mary" not in shown.content, "testimony is another scope"
    not_allowed = central.get(f"{place}.xml?purpose=contact", **told)
    by_header = {"X-Samleng-Purpose": "contact", **told["headers"]}
    assert central.get(f"{place}.xml", headers=by_header).content == not_allowed.content
    assert NAME.encode() not in not_allowed.content, "the person did not allow that"


def test_each_scope_shows_its_own(central: Central, place: str) -> None:
    told = with_token(central, "submissions", "testimony")
    shown = central.get(f"{place}.xml?purpose=work", **told).content
    assert b"mary.jpg" in shown
    assert NAME.encode() not in shown
    assert central.get(f"{place}.xml", **with_token(central, "forms")).status_code == 403


def test_an_unchanged_client_fetches_the_files_it_is_told_of_and_no_others(
    central: Central, tmp_path: Path
) -> None:
    """As ruODK's `odata_submission_get(download = TRUE)` and scripts around pyodk do."""
    form_id, xml = a_form()
    central.client.forms.create(xml)
    picture = tmp_path / "b.jpg"
    picture.write_bytes(media_files.jpeg())
    sent = central.client.submissions.create(
        an_instance(form_id, name=NAME, agreed="yes", photo="b.jpg"),
        form_id=form_id,
        attachments=[picture],
    )
    files = f"projects/{central.site.project_id}/forms/{form_id}/submissions/{sent.instanceId}"
    with central.client_with(tmp_path, "submissions", "identity", "testimony") as client:
        until = time.monotonic() + 30
        while not (file := client.get(f"{files}/attachments").json()[0])["exists"]:
            assert time.monotonic() < until, "the clean copy"
            time.sleep(0.1)
        [row] = client.submissions.get_table(form_id=form_id)["value"]
        assert file["name"] == row["photo"] == "b.jpg", "whoever reads it there, is told"
        for name in (file["name"], row["photo"]):
            shown = client.get(f"{files}/attachments/{name}")
            assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert NAME in client.get(f"{files}.xml").text
        assert row["name"] == NAME, "by every way the same"
    with central.client_with(tmp_path, "all") as client:
        [file] = client.get(f"{files}/attachments").json()
        assert not file["exists"]
        assert client.get(f"{files}/attachments/{file['name']}").json()["code"] == "403.1"


def test_what_a_form_does_not_name_is_not_shown(central: Central) -> None:
    """Nodes and attributes that somebody added to a record, comments in it."""
    form_id, xml = a_form()
    central.client.forms.create(xml)
    record = an_instance(form_id, need="prosthesis").replace(
        "<need>", "<extra who='សុខ'>សុខ</extra><!-- សុខ --><need who='សុខ'>"
    )
    sent = central.client.submissions.create(record, form_id=form_id)
    shown = central.get(f"/forms/{form_id}/submissions/{sent.instanceId}.xml").content
    assert "សុខ".encode() not in shown
    assert b"<need/>" in shown  # nor what she answered, who was asked for no consent


def test_a_record_that_a_script_takes_back_stays_until_a_coordinator_agrees(
    central: Central, place: str
) -> None:
    instance_id, form_id = place.rsplit("/", 1)[1], place.split("/")[2]
    central.client.submissions.add_comment(instance_id, f"{NAME} បានទូរសព្ទ", form_id=form_id)
    asked = requests.post(
        f"{central.site.url}/v1/projects/{central.site.project_id}/withdrawals",
        json={"instance_id": instance_id, "reason": "asked"}, timeout=60,
        headers={"Authorization": f"Bearer {central.token}"},
    )  # fmt: skip
    assert asked.status_code == 201, asked.text
    assert asked.json()["status"] == "waiting"
    assert central.get(f"{place}/comments").json()[0]["body"].startswith(NAME)
