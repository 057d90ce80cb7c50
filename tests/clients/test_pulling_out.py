"""Programs of today against a running server: an OData client that walks while others write, and
pyODK's tables. On both databases."""

from __future__ import annotations

import csv
import io
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pyodk.client import Client

from tests.clients.households import household, needs_assessment
from tests.clients.odata_client import ODataClient
from tests.clients.openrosa_phone import Phone
from tests.reliability.server import Server, Site

FORM_ID = "needs_assessment"


@pytest.fixture(params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """The server with the reference forms published."""
    site: Site = request.getfixturevalue(request.param)
    with Server(site.copy_to(tmp_path / "data")) as server:
        yield server


class Visits:
    """A phone that sends household after household."""

    def __init__(self, site: Site) -> None:
        self.phone = Phone(site.phone_url)
        self.phone.sync_forms()
        [(_, self.version)] = [key for key in self.phone.forms if key[0] == FORM_ID]
        self.sent = 0

    def send(self, count: int) -> list[str]:
        ids = []
        for _ in range(count):
            self.sent += 1
            visited = household(self.sent)
            sending = self.phone.send(needs_assessment(visited, FORM_ID, self.version))
            assert sending.statuses[-1] == 201
            ids.append(visited.instance_id)
        return ids


@pytest.fixture
def visits(running: Server) -> Iterator[Visits]:
    made = Visits(running.site)
    yield made
    made.phone.close()


def a_token(site: Site, *scopes: str) -> dict[str, str]:
    words = [word for scope in scopes for word in ("--scope", scope)]
    made = site.command(
        "api-tokens", "create", "analysis", "--project", str(site.project_id), *words
    )
    return {"token": made["token"], "email": made["email"]}


def test_c84_a_client_walks_all_pages_while_others_write(running: Server, visits: Visits) -> None:
    site = running.site
    before = visits.send(40)
    token = a_token(site, "submissions")["token"]
    root = f"{site.url}/v1/projects/{site.project_id}/forms/{FORM_ID}.svc"
    client = ODataClient(root, {"Authorization": f"Bearer {token}"})
    assert client.tables()[0] == "Submissions"
    assert set(client.tables()) == set(client.sets)
    writing = threading.Thread(target=visits.send, args=(30,))
    rows = client.rows("Submissions", top=3)
    first = next(rows)
    writing.start()
    found = [first["__id"], *(row["__id"] for row in rows)]
    writing.join()
    assert len(found) == len(set(found)), "nobody twice"
    assert set(before) <= set(found), "nobody left out"
    for table in client.tables()[1:]:
        of_table = [row["__id"] for row in client.rows(table, top=20)]
        assert len(of_table) == len(set(of_table))


def test_c87_pyodk_reads_tables(running: Server, visits: Visits, tmp_path: Path) -> None:
    site = running.site
    ids = visits.send(5)
    known = a_token(site, "all")
    config = tmp_path / "pyodk.toml"
    config.write_text(
        f'[central]\nbase_url = "{site.url}"\nusername = "{known["email"]}"\n'
        f'password = "{known["token"]}"\ndefault_project_id = {site.project_id}\n'
    )
    with Client(config_path=str(config), cache_path=str(tmp_path / "cache.toml")) as client:
        submissions = client.submissions
        table = submissions.get_table(form_id=FORM_ID)
        assert [row["__id"] for row in table["value"]] == ids[::-1]
        page = submissions.get_table(
            form_id=FORM_ID, top=2, skip=1, count=True, wkt=True, expand="*"
        )
        assert (len(page["value"]), page["@odata.count"]) == (2, 5)
        some = submissions.get_table(
            form_id=FORM_ID, filter=f"__id eq '{ids[0]}'", select="__id,__system/submissionDate"
        )
        assert [set(row) for row in some["value"]] == [{"__id", "__system"}]
        name = json.loads(client.get(f"projects/{site.project_id}/forms/{FORM_ID}.svc").content)[
            "value"
        ][1]["name"]
        assert submissions.get_table(form_id=FORM_ID, table_name=name)["value"]


def test_files_are_fetched_by_a_script(running: Server, visits: Visits) -> None:
    site = running.site
    ids = visits.send(3)
    token = a_token(site, "exports")["token"]
    address = f"{site.url}/v1/projects/{site.project_id}/forms/{quote(FORM_ID)}/submissions.csv"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        table = list(csv.DictReader(io.StringIO(answer.read().decode(), newline="")))
    assert [row["KEY"] for row in table] == ids[::-1]
