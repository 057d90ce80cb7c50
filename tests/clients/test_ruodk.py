"""What ruODK 1.5 asks, request by request, with its headers and its needs of what comes back.

R is not installed for the tests: written from its sources (ropensci/ruODK, `R/*.R`), after the
package itself had passed against the server. It knows nothing but Basic, and fails on a column
that is not there.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.clients.pyodk_site import Central, a_form, an_instance


@dataclass(frozen=True, kw_only=True)
class Ruodk:
    """`httr::RETRY(…, httr::authenticate(un, pw))`: address and token of a script."""

    central: Central
    password: str

    def ask(self, method: str, path: str, status: int = 200, **options: Any) -> requests.Response:
        site = self.central.site
        config = self.central.client.config.central
        answer = requests.request(
            method,
            f"{site.url}/v1/projects/{site.project_id}{path}",
            auth=(config.username, self.password),
            timeout=60,
            **options,
        )
        assert answer.status_code == status, answer.text
        return answer

    def extended(self, path: str) -> Any:
        """It asks for XML here and there, and reads JSON."""
        headers = {"Accept": "application/xml", "X-Extended-Metadata": "true"}
        return self.ask("GET", path, headers=headers).json()


@pytest.fixture
def ruodk(central: Central) -> Ruodk:
    return Ruodk(central=central, password=central.token)


@pytest.fixture
def form_id(central: Central) -> str:
    named, xml = a_form()
    central.client.forms.create(xml)
    for _ in range(3):
        record = an_instance(named, need="prosthesis", agreed="yes")
        central.client.submissions.create(record, form_id=named)
    return named


def test_c66_c87_forms_and_records_come_by_basic(ruodk: Ruodk, form_id: str) -> None:
    [form] = [one for one in ruodk.extended("/forms") if one["xmlFormId"] == form_id]
    assert form["createdBy"]["displayName"]
    assert form["submissions"] == 3
    fields = ruodk.ask("GET", f"/forms/{form_id}/fields", params={"odata": "false"}).json()
    assert {"path", "name", "type", "binary", "selectMultiple"} <= fields[0].keys()
    assert b"<h:html" in ruodk.ask("GET", f"/forms/{form_id}.xml").content
    records = ruodk.extended(f"/forms/{form_id}/submissions")
    assert [one["submitter"]["displayName"] for one in records] == ["pyodk"] * 3
    record = f"/forms/{form_id}/submissions/{records[0]['instanceId']}"
    assert ruodk.ask("GET", f"{record}/attachments").json() == []
    assert b"prosthesis" in ruodk.ask("GET", f"{record}.xml").content
    logged = ruodk.ask("GET", f"{record}/audits").json()
    assert {"actorId", "action", "loggedAt"} <= logged[0].keys()


def test_c66_c87_tables_and_files_come_by_basic(ruodk: Ruodk, form_id: str) -> None:
    service = ruodk.ask("GET", f"/forms/{form_id}.svc", headers={"Accept": "application/json"})
    assert [one["url"] for one in service.json()["value"]] == ["Submissions"]
    query = {
        "$top": 2, "$skip": 1, "$count": "true", "$wkt": "false", "$expand": "*",
        "$filter": "year(__system/submissionDate) ge 2020",
    }  # fmt: skip
    table = ruodk.ask("GET", f"/forms/{form_id}.svc/Submissions", params=query).json()
    assert (table["@odata.count"], len(table["value"])) == (3, 2)
    asked = {"attachments": "true"}
    packed = ruodk.ask("POST", f"/forms/{form_id}/submissions.csv.zip", params=asked, json={})
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert f"{form_id}.csv" in archive.namelist()


def test_c87_entities_are_made_changed_filtered_and_deleted(ruodk: Ruodk) -> None:
    name = f"list_{uuid.uuid4().hex[:8]}"
    ruodk.ask("POST", "/datasets", json={"name": name})
    ruodk.ask("POST", f"/datasets/{name}/properties", json={"name": "depth"})
    at, notes = f"/datasets/{name}/entities", {"X-Action-Notes": ""}
    one = ruodk.ask("POST", f"{at}/", headers=notes, json={"label": "A", "data": {"depth": "3"}})
    both = {"entities": [{"label": "B"}, {"label": "C"}], "source": {"name": "a.csv", "size": 3}}
    assert ruodk.ask("POST", f"{at}/", headers=notes, json=both).json() == {"success": True}
    key = one.json()["uuid"]
    changed = {"label": "A2", "data": {"depth": "9"}}
    ruodk.ask("PATCH", f"{at}/{key}", params={"force": "true"}, json=changed)
    versions = ruodk.ask("GET", f"{at}/{key}/versions").json()
    assert [one["version"] for one in versions] == [1, 2]
    changes = ruodk.ask("GET", f"{at}/{key}/diffs").json()
    assert {"old": "3", "new": "9", "propertyName": "depth"} in changes[0]
    audits = ruodk.extended(f"{at}/{key}/audits")
    assert all({"details", "notes", "actor"} <= one.keys() for one in audits)
    [listed] = [one for one in ruodk.extended("/datasets") if one["name"] == name]
    assert {"createdAt", "lastEntity"} <= listed.keys()
    ruodk.ask("PATCH", f"/datasets/{name}", json={"approvalRequired": True})
    assert ruodk.ask("DELETE", f"{at}/{key}").json() == {"success": True}
    found = ruodk.ask("GET", at, params={"deleted": "true"}).json()
    assert [one["uuid"] for one in found] == [key]


def test_c85_c90_a_list_is_cut_by_a_filter_that_is_encoded_twice_and_kept_by_a_bare_tag(
    ruodk: Ruodk,
) -> None:
    """`entitylist_download`: `URLencode(filter)`, and httr encodes what it is given; of an ETag it
    keeps what stands between the quotation marks, and sends that."""
    name = f"list_{uuid.uuid4().hex[:8]}"
    ruodk.ask("POST", "/datasets", json={"name": name})
    ruodk.ask("POST", f"/datasets/{name}/entities/", json={"label": "A", "data": {}})
    for moment, count in (("2100-01-01T00:00:00Z", 1), ("2000-01-01T00:00:00Z", 0)):
        twice = quote(f"__system/createdAt le {moment}", safe="")
        table = ruodk.ask("GET", f"/datasets/{name}/entities.csv", params={"$filter": twice})
        assert len(list(csv.DictReader(io.StringIO(table.text)))) == count
    whole = ruodk.ask("GET", f"/datasets/{name}/entities.csv")
    tag = whole.headers["ETag"].removeprefix("W/").strip('"')
    ruodk.ask("GET", f"/datasets/{name}/entities.csv", 304, headers={"If-None-Match": tag})
    assert ruodk.ask("GET", f"/datasets/{name}.svc/Entities").json()["value"][0]["label"] == "A"


def test_a_token_that_is_not_one_is_told_in_words(ruodk: Ruodk) -> None:
    wrong = Ruodk(central=ruodk.central, password="smt-nothing")
    told = wrong.ask("GET", "/forms", 401)
    assert json.loads(told.content)["code"] == "401.2"
