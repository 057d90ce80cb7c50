"""ODK Briefcase in its dialect for Central, request by request (getodk/briefcase: `CentralServer`,
`PullFromCentral`, `PushToCentral`), after its own classes had passed against the server.

It says `X-OpenRosa-Version` to all addresses, and reads JSON from all: whatever else comes, it
stops. It tries to make the form each time, and goes on where that is there (409).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from lxml import etree

from tests import media_files
from tests.clients.pyodk_site import Central, a_form, an_instance

MEDIA = {"map.png": b"a map", "places.csv": b"name,label\n1,one\n"}


@dataclass(kw_only=True)
class Briefcase:
    central: Central
    token: str = field(init=False)

    def __post_init__(self) -> None:
        """With what names and pictures want, too."""
        made = self.central.site.command(
            "api-tokens", "create", "Briefcase", "--project", str(self.central.site.project_id),
            *(word for one in ("all", "identity", "testimony") for word in ("--scope", one)),
        )  # fmt: skip
        told = {"email": made["email"], "password": made["token"]}
        answer = requests.post(
            f"{self.central.site.url}/v1/sessions", json=told, timeout=60,
            headers={"X-OpenRosa-Version": "1.0"},
        )  # fmt: skip
        self.token = answer.json()["token"]

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "X-OpenRosa-Version": "1.0"}
        if kind:
            headers["Content-Type"] = kind
        site = self.central.site
        address = f"{site.url}/v1/projects/{site.project_id}{path}"
        return requests.request(method, address, data=body, headers=headers, timeout=60)

    def makes(self, xml: str) -> tuple[int, Any]:
        answer = self.ask("POST", "/forms", xml.encode(), "application/xml")
        return answer.status_code, answer.json()


@pytest.fixture
def briefcase(central: Central) -> Briefcase:
    return Briefcase(central=central)


def test_a_form_is_pushed_with_its_files_and_again_it_is_there(briefcase: Briefcase) -> None:
    form_id, xml = a_form()
    missing = briefcase.ask("GET", f"/forms/{form_id}/versions/1")
    assert (missing.status_code, missing.json()["code"]) == (404, "404.1")
    status, told = briefcase.makes(xml)
    assert (status, told["code"]) == (400, "400.16"), "names, and nobody read the recovery key back"
    asked = briefcase.ask("POST", "/forms?ignoreWarnings=true", xml.encode(), "application/xml")
    assert asked.status_code == 200, "by another way, as docs/pulling-data.md says"
    for name, content in MEDIA.items():
        sent = briefcase.ask("POST", f"/forms/{form_id}/draft/attachments/{name}", content, "*/*")
        assert sent.status_code == 200, sent.text
    done = briefcase.ask("POST", f"/forms/{form_id}/draft/publish?version=1", b"", "*/*")
    assert done.json() == {"success": True}
    status, told = briefcase.makes(xml)
    assert (status, told["code"]) == (409, "409.3"), "it is there; what was said of it is over"
    assert briefcase.ask("GET", f"/forms/{form_id}/versions/1").status_code == 200
    record = an_instance(form_id, need="prosthesis", agreed="yes", photo="a.jpg").encode()
    for status in (200, 409):
        sent = briefcase.ask("POST", f"/forms/{form_id}/submissions", record, "application/xml")
        assert (sent.status_code, "code" in sent.json()) == (status, status == 409)


def test_what_is_pulled_has_its_files_under_the_names_that_the_record_says(
    central: Central, briefcase: Briefcase
) -> None:
    """Others, who do not read them there, are told what stands for them."""
    form_id, xml = a_form()
    central.client.forms.create(xml)
    sent = central.client.submissions.create(
        an_instance(form_id, agreed="yes", photo="a.jpg"), form_id=form_id
    )
    at = f"/forms/{form_id}/submissions/{sent.instanceId}/attachments"
    assert central.ask("POST", f"{at}/a.jpg", data=media_files.jpeg()).status_code == 200
    until = time.monotonic() + 30
    while not (files := briefcase.ask("GET", at).json())[0]["exists"]:
        assert time.monotonic() < until, "the clean copy"
        time.sleep(0.1)
    record = etree.fromstring(
        briefcase.ask("GET", f"{at.removesuffix('/attachments')}.xml").content
    )
    assert [one["name"] for one in files] == ["a.jpg"] == [record.findtext("photo")]
    assert briefcase.ask("GET", f"{at}/a.jpg").headers["Content-Type"] == "image/jpeg"
