"""Entity lists and entities through pyodk, as people install it, against the real server (C-87).

What its own models refuse fails here: texts that are null, ids that are no integers, times without
a zone.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree
from pyodk._utils.config import CentralConfig, Config
from pyodk.client import Client
from pyodk.errors import PyODKError

from tests.clients.odata_client import ODataClient
from tests.entity_forms import a_record, register
from tests.factories import multipart
from tests.reliability.server import Server, Site

EVERYTHING = ("all", "identity")
FOR_WORK = {"X-Samleng-Purpose": "work"}
"""A list tells of people until somebody says otherwise, and names come for a purpose alone."""


@dataclass(frozen=True, kw_only=True)
class Lists:
    """A running server and pyodk with a script's token."""

    site: Site
    client: Client
    token: str

    @property
    def base(self) -> str:
        return f"{self.site.url}/v1/projects/{self.site.project_id}/datasets"

    def ask(self, method: str, path: str, token: str = "", **options: Any) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {token or self.token}",
            **FOR_WORK,
            **options.pop("headers", {}),
        }
        return requests.request(
            method, f"{self.base}{path}", headers=headers, timeout=60, **options
        )

    def a_list(self, *properties: str) -> str:
        name = f"list_{uuid.uuid4().hex[:8]}"
        self.client.entity_lists.create(entity_list_name=name)
        for one in properties:
            assert self.client.entity_lists.add_property(name=one, entity_list_name=name)
        return name

    def table(self, name: str, **options: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.client.entities.get_table(
            entity_list_name=name, **options
        )["value"]
        return rows


def token(site: Site, *scopes: str) -> Mapping[str, str]:
    wanted = [word for scope in scopes for word in ("--scope", scope)]
    made: Mapping[str, str] = site.command(
        "api-tokens", "create", "pyodk", "--project", str(site.project_id), *wanted
    )
    return made


def config(site: Site, made: Mapping[str, str]) -> Config:
    return Config(
        central=CentralConfig(
            base_url=site.url,
            username=made["email"],
            password=made["token"],
            default_project_id=site.project_id,
        )
    )


@contextmanager
def running(prepared: Site, directory: Path) -> Iterator[Lists]:
    site = prepared.copy_to(directory / "data")
    made = token(site, *EVERYTHING)
    with (
        Server(site) as server,
        Client(config=config(site, made), cache_path=directory / "c.toml") as client,
    ):
        server.wait_ready()
        yield Lists(site=site, client=client, token=made["token"])


@pytest.fixture(scope="module", params=["site", "postgresql_site"], ids=["sqlite", "postgresql"])
def lists(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lists]:
    prepared = request.getfixturevalue(request.param)
    with running(prepared, tmp_path_factory.mktemp("lists")) as found:
        yield found


def test_c87_lists_are_made_listed_and_read(lists: Lists) -> None:
    made = lists.client.entity_lists.create(
        approval_required=True, entity_list_name=f"b_{uuid.uuid4().hex[:6]}"
    )
    assert made.approvalRequired is True
    assert made.projectId == lists.site.project_id
    assert lists.client.entity_lists.add_property(name="circumference", entity_list_name=made.name)
    read = lists.client.entity_lists.get(entity_list_name=made.name)
    assert [(one.name, one.odataName, one.forms) for one in read.properties or []] == [
        ("circumference", "circumference", []),
    ]  # fmt: skip
    assert made.name in [one.name for one in lists.client.entity_lists.list()]


@pytest.mark.parametrize("name", ["a.b", "__x", "1x", "", "a b"])
def test_c87_names_that_no_phone_could_use_are_refused(lists: Lists, name: str) -> None:
    assert lists.ask("POST", "", json={"name": name}).status_code == 400


def test_c87_what_is_there_already_is_409(lists: Lists) -> None:
    name = lists.a_list("age")
    with pytest.raises(PyODKError) as refused:
        lists.client.entity_lists.create(entity_list_name=name)
    assert refused.value.is_central_error("409.3")
    with pytest.raises(PyODKError) as refused:
        lists.client.entity_lists.add_property(name="age", entity_list_name=name)
    assert refused.value.is_central_error("409.3")
    with pytest.raises(PyODKError) as refused:
        lists.client.entity_lists.add_property(name="AGE", entity_list_name=name)
    assert refused.value.is_central_error("409.17")


def test_c87_entities_are_made_read_changed_and_deleted(lists: Lists) -> None:
    name = lists.a_list("age", "place")
    made = lists.client.entities.create(label="ផ្ទះ ១", data={"age": "1"}, entity_list_name=name)
    assert (made.currentVersion.label, made.currentVersion.version) == ("ផ្ទះ ១", 1)
    assert made.currentVersion.data == {"age": "1"}
    assert isinstance(made.creatorId, int)
    changed = lists.client.entities.update(
        made.uuid, entity_list_name=name, label="ផ្ទះ ២", data={"place": "020101"}, base_version=1
    )
    assert changed.currentVersion.version == 2
    assert changed.currentVersion.baseVersion == 1
    assert changed.currentVersion.data == {"age": "1", "place": "020101"}
    with pytest.raises(PyODKError) as refused:
        lists.client.entities.update(
            made.uuid, entity_list_name=name, data={"age": "2"}, base_version=1
        )
    assert refused.value.is_central_error("409.15")
    forced = lists.client.entities.update(
        made.uuid, entity_list_name=name, data={"age": "2"}, force=True
    )
    assert forced.currentVersion.version == 3
    [listed] = lists.client.entities.list(entity_list_name=name)
    assert listed.currentVersion.userAgent.startswith("pyodk")
    assert lists.client.entities.delete(made.uuid, entity_list_name=name)
    assert lists.client.entities.list(entity_list_name=name) == []
    assert lists.ask("GET", f"/{name}/entities/{made.uuid}").status_code == 404
    assert lists.ask("POST", f"/{name}/entities/{made.uuid}/restore").status_code == 200
    assert (
        lists.ask("GET", f"/{name}/entities/{made.uuid}").json()["currentVersion"]["version"] == 3
    )


@pytest.mark.parametrize(
    "body",
    [
        {"label": "x", "data": {"unknown": "1"}},
        {"label": "x", "data": {"age": 1}},
        {"label": " ", "data": {}},
        {"uuid": "no", "label": "x", "data": {}},
        {"label": "x", "data": {}, "strange": 1},
        {"entities": [{"label": "x", "data": {}}]},
    ],
)
def test_c87_what_is_wrong_with_an_entity_is_a_problem(lists: Lists, body: dict[str, Any]) -> None:
    name = lists.a_list("age")
    answer = lists.ask("POST", f"/{name}/entities", json=body)
    assert answer.status_code == 400
    assert {"code", "message", "details"} <= answer.json().keys()
    assert lists.table(name) == []


@pytest.mark.parametrize("nothing", [[], None, {}])
def test_no_properties_are_none_however_a_program_writes_that(
    lists: Lists, nothing: object
) -> None:
    """ruODK's `entity_create(data = list())` sends `[]`."""
    name = lists.a_list("age")
    at = f"/{name}/entities"
    made = lists.ask("POST", at, json={"label": "ក", "data": nothing})
    assert made.status_code == 200, made.text
    several = {"entities": [{"label": "ខ", "data": nothing}], "source": {"name": "f.csv"}}
    assert lists.ask("POST", at, json=several).status_code == 200
    one = f"{at}/{made.json()['uuid']}?force=true"
    assert lists.ask("PATCH", one, json={"label": "គ", "data": nothing}).status_code == 200
    assert lists.ask("PATCH", one, json={"data": nothing}).status_code == 400
    assert {(row["label"], row["age"]) for row in lists.table(name)} == {("ខ", ""), ("គ", "")}
    assert lists.ask("POST", at, json={"label": "ឃ", "data": ["age"]}).status_code == 400


def test_c87_many_at_once_are_all_or_none(lists: Lists) -> None:
    name = lists.a_list("age")
    data = [{"label": f"ផ្ទះ {n}", "age": str(n)} for n in range(25)]
    assert lists.client.entities.create_many(data=data, entity_list_name=name)
    assert {row["age"] for row in lists.table(name)} == {str(n) for n in range(25)}
    known = lists.table(name)[0]["__id"]
    several = [
        {"label": "new", "data": {}},
        {"uuid": known, "label": "old", "data": {}},
    ]
    body = {"entities": several, "source": {"name": "f.csv", "size": 9}}
    answer = lists.ask("POST", f"/{name}/entities", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "409.3")
    assert len(lists.table(name)) == 25


def test_c87_the_table_pages_and_counts_and_all_values_are_texts(lists: Lists) -> None:
    name = lists.a_list("age")
    lists.client.entities.create_many(
        data=[{"label": str(n), "age": str(n)} for n in range(7)], entity_list_name=name
    )
    first = lists.client.entities.get_table(entity_list_name=name, top=3, count=True)
    assert first["@odata.count"] == 7
    seen = [row["label"] for row in first["value"]]
    lists.client.entities.create(label="late", data={}, entity_list_name=name)
    url, pages = first["@odata.nextLink"], 1
    while url:
        by = {"Authorization": f"Bearer {lists.token}", **FOR_WORK}
        page = requests.get(url, headers=by, timeout=60)
        seen += [row["label"] for row in page.json()["value"]]
        url, pages = page.json().get("@odata.nextLink"), pages + 1
    assert (sorted(seen), pages) == ([str(n) for n in range(7)], 3)
    [late] = [row for row in lists.table(name) if row["label"] == "late"]
    assert late["age"] == ""
    assert late["__system"]["version"] == 1
    assert all(isinstance(row["age"], str) for row in lists.table(name))
    [some] = lists.table(name, top=1, select="__id,label,__system/version")
    assert some.keys() == {"__id", "label", "__system"}
    assert some["__system"] == {"version": 1}
    for bad, status in (
        ("$filter=age eq '3'", 501), ("$filter=age", 400), ("$orderby=age", 501),
        ("$skiptoken=x", 400), ("$top=x", 400),
    ):  # fmt: skip
        assert lists.ask("GET", f"/{name}.svc/Entities?{bad}").status_code == status
    metadata = lists.ask("GET", f"/{name}.svc/$metadata")
    names = {one.get("Name") for one in etree.fromstring(metadata.content).iter("{*}Property")}
    assert {"__id", "label", "age", "version"} <= names
    assert lists.ask("GET", f"/{name}.svc").json()["value"][0]["name"] == "Entities"


def test_a_list_is_described_as_its_rows_are(lists: Lists) -> None:
    """Whatever its name and those of its properties; no two columns share one."""
    name = f"my-list-{uuid.uuid4().hex[:6]}"
    lists.client.entity_lists.create(entity_list_name=name)
    properties = ("first-name", "first_name", "a--b", "ភ", "ឃ")
    for one in properties:
        lists.client.entity_lists.add_property(name=one, entity_list_name=name)
    data = {one: f"value of {one}" for one in properties}
    lists.client.entities.create(label="x", data=data, entity_list_name=name)
    headers = {"Authorization": f"Bearer {lists.token}", "X-Samleng-Purpose": "work"}
    client = ODataClient(f"{lists.base}/{name}.svc", headers)
    [row] = client.rows("Entities", top=5)
    told = lists.ask("GET", f"/{name}").json()["properties"]
    called = {one["name"]: one["odataName"] for one in told}
    assert {one: row[called[one]] for one in properties} == data
    assert (called["first-name"], called["a--b"]) == ("first_name", "a_b")
    assert called["first_name"] == "first_name_2"


def test_columns_are_chosen_by_either_name(lists: Lists) -> None:
    name = lists.a_list("first-name", "age")
    lists.client.entities.create(
        label="x", data={"first-name": "a", "age": "3"}, entity_list_name=name
    )
    for select, row in (
        ("first-name", {"first_name": "a"}),
        ("first_name, label", {"first_name": "a", "label": "x"}),
        ("__system/version,age", {"__system": {"version": 1}, "age": "3"}),
    ):
        assert lists.table(name, select=select) == [row], select


def test_a_list_comes_in_another_order(lists: Lists) -> None:
    name = lists.a_list()
    made = [
        lists.client.entities.create(label=label, data={}, entity_list_name=name).uuid
        for label in "abcde"
    ]
    oldest = f"/{name}.svc/Entities?$orderby=__system/createdAt asc&$top=2"
    page = lists.ask("GET", oldest).json()
    seen = [row["__id"] for row in page["value"]]
    while link := page.get("@odata.nextLink"):
        page = lists.ask("GET", link.removeprefix(lists.base)).json()
        seen += [row["__id"] for row in page["value"]]
    assert seen == made
    newest = lists.ask("GET", f"/{name}.svc/Entities?$orderby=__system/createdAt desc&$skip=1")
    assert [row["__id"] for row in newest.json()["value"]] == made[3::-1]


def test_c87_merge_adds_changes_and_deletes(lists: Lists) -> None:
    name = lists.a_list("age")
    lists.client.entities.create_many(
        data=[{"label": one, "age": "1"} for one in ("a", "b", "c")], entity_list_name=name
    )
    lists.client.entities.merge(
        [
            {"label": "a", "age": "1"},
            {"label": "b", "age": "2", "place": "x"},
            {"label": "d", "age": "4", "place": ""},
        ],
        entity_list_name=name,
        match_keys=["label"],
        add_new_properties=True,
        update_matched=True,
        delete_not_matched=True,
    )
    rows = {row["label"]: row for row in lists.table(name)}
    assert sorted(rows) == ["a", "b", "d"]
    assert (rows["b"]["age"], rows["b"]["place"]) == ("2", "x")
    versions = {label: row["__system"]["version"] for label, row in rows.items()}
    assert (versions["b"], versions["d"]) == (2, 1)
    lists.client.entities.merge(
        [{"label": one, "age": rows[one]["age"], "place": rows[one]["place"]} for one in rows],
        entity_list_name=name,
        match_keys=["label"],
    )
    assert {r["label"]: r["__system"]["version"] for r in lists.table(name)} == versions


def test_c90_what_a_client_has_is_not_sent_again(lists: Lists) -> None:
    name = lists.a_list("geometry")
    key = lists.client.entities.create(
        label="x", data={"geometry": "13.1 103.2 0 0"}, entity_list_name=name
    ).uuid
    paths = [
        "", f"/{name}", f"/{name}/entities", f"/{name}/entities/{key}",
        f"/{name}/entities/{key}/versions", f"/{name}/entities/{key}/conflicts",
        f"/{name}.svc", f"/{name}.svc/$metadata", f"/{name}.svc/Entities",
        f"/{name}/entities.csv", f"/{name}/entities.geojson",
    ]  # fmt: skip
    tags = {}
    for path in paths:
        answer = lists.ask("GET", path)
        assert answer.status_code == 200, path
        tags[path] = answer.headers["ETag"]
        again = lists.ask("GET", path, headers={"If-None-Match": tags[path]})
        assert (again.status_code, again.content) == (304, b""), path
    lists.client.entities.update(key, entity_list_name=name, label="y", force=True)
    for path in paths[2:5] + paths[8:]:
        assert lists.ask("GET", path).headers["ETag"] != tags[path], path


def test_files_as_central_writes_them(lists: Lists) -> None:
    name = lists.a_list("age", "geometry")
    empty = lists.ask("GET", f"/{name}/entities.csv").text
    assert empty == (
        "__id,label,age,geometry,__createdAt,__creatorId,__creatorName,__updates,__updatedAt,"
        "__version\n"
    )
    key = lists.client.entities.create(
        label='ផ្ទះ "១"', data={"age": "=1+1", "geometry": "13.1 103.2 4 0"}, entity_list_name=name
    ).uuid
    lists.client.entities.create(label="nowhere", data={}, entity_list_name=name)
    rows = list(csv.DictReader(io.StringIO(lists.ask("GET", f"/{name}/entities.csv").text)))
    [row] = [row for row in rows if row["__id"] == key]
    assert (row["label"], row["age"], row["__version"], row["__updates"]) == (
        'ផ្ទះ "១"', "=1+1", "1", "0",
    )  # fmt: skip
    assert row["__createdAt"].endswith("Z")
    sheet = lists.ask("GET", f"/{name}/entities.csv?spreadsheet=true")
    assert "'=1+1" in sheet.text
    assert lists.ask("GET", f"/{name}/entities.csv").headers["ETag"] != sheet.headers["ETag"]
    told = lists.ask("GET", f"/{name}/entities.geojson").json()
    [feature] = told["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [103.2, 13.1, 4.0]}
    assert (feature["id"], feature["properties"]["age"]) == (key, "=1+1")
    for path in ("csv", "geojson"):
        asked = f"/{name}/entities.{path}"
        none = lists.ask("GET", f"{asked}?$filter=__id eq 'uuid'").text
        assert key not in none, "what the filter leaves out is in no file"
        assert key in lists.ask("GET", f"{asked}?$filter=__id eq '{key}'").text
        assert lists.ask("GET", f"{asked}?$filter=label eq 'x'").status_code == 501
        assert lists.ask("GET", f"{asked}?$search=x").status_code == 501
    assert lists.ask("GET", f"/{name}/entities.geojson?limit=0").json()["features"] == []
    assert lists.ask("GET", f"/{name}/entities.geojson?limit=x").status_code == 400


def test_a_file_is_tried_brought_in_and_taken_back(lists: Lists) -> None:
    name = lists.a_list("age")
    old = lists.client.entities.create(label="old", data={"age": "1"}, entity_list_name=name).uuid
    body = f"__id,label,age\n{old},old,2\n,new,3\n,newer,4\n".encode()
    dry = lists.ask("POST", f"/{name}/imports?dryRun=true", data=body).json()
    assert (dry["created"], dry["changed"], dry["same"], dry["id"]) == (2, 1, 0, None)
    assert len(lists.table(name)) == 1
    done = lists.ask("POST", f"/{name}/imports", data=body).json()
    assert {row["label"]: row["age"] for row in lists.table(name)} == {
        "old": "2", "new": "3", "newer": "4",
    }  # fmt: skip
    [new] = [row for row in lists.table(name) if row["label"] == "newer"]
    lists.client.entities.update(new["__id"], entity_list_name=name, data={"age": "5"}, force=True)
    undone = lists.ask("DELETE", f"/{name}/imports/{done['id']}").json()
    assert undone == {"undone": 2, "left": 1}
    assert {row["label"]: row["age"] for row in lists.table(name)} == {"old": "1", "newer": "5"}
    assert lists.ask("DELETE", f"/{name}/imports/{done['id']}").status_code == 404
    for bad, status in (
        (b"age\n1\n", 400), (b"label,strange\nx,1\n", 400), (b"\xff\xfe", 400),
        (b"label,age\n,1\n", 400), (b"__id,label\nno,x\n", 400),
    ):  # fmt: skip
        answer = lists.ask("POST", f"/{name}/imports", data=bad)
        assert answer.status_code == status
    assert len(lists.table(name)) == 2


def a_list_of_people(lists: Lists, directory: Path, *names: str) -> tuple[str, list[str]]:
    """A list that a form feeds, and the ids of those whom a phone registered."""
    site, name = lists.site, f"people_{uuid.uuid4().hex[:6]}"
    form = directory / "register.xml"
    form.write_bytes(register(name, list_name=name))
    site.command(
        "forms", "publish", str(form), "--project", str(site.project_id), "--ignore-warnings"
    )
    keys = [str(uuid.uuid4()) for _ in names]
    for key, said in zip(keys, names, strict=True):
        record = a_record(key, {"name": said}, label=said, create="1", form_id=name, list_name=name)
        body, kind = multipart(record, {})
        sent = requests.post(
            f"{site.phone_url}/submission", data=body, headers={"Content-Type": kind}, timeout=60
        )
        assert sent.status_code == 201
    _wait_for(lists, name, len(names))
    return name, keys


def a_client(lists: Lists, directory: Path, *scopes: str) -> Client:
    """pyodk as it is: it says no purpose."""
    made = token(lists.site, *scopes)
    return Client(config=config(lists.site, made), cache_path=directory / f"{made['token']}.toml")


NEWS = [{"label": "ស្រីមុំ", "age": "31"}, {"label": "ដារា", "age": "12"}]


def test_c87_merge_in_a_list_that_a_form_feeds_knows_who_is_there(
    lists: Lists, tmp_path: Path
) -> None:
    name, (girl, _, boy) = a_list_of_people(lists, tmp_path, "ស្រីមុំ", "សុខ", "ដារា")
    with a_client(lists, tmp_path, "all", "identity") as client:
        done = client.entities.merge(
            NEWS, entity_list_name=name, match_keys=["label"], delete_not_matched=True
        )
    assert [len(one) for one in (done.to_insert, done.to_update, done.to_delete)] == [0, 2, 1]
    rows = {row["__id"]: row for row in lists.table(name)}
    assert {key: row["age"] for key, row in rows.items()} == {girl: "31", boy: "12"}


def test_c87_merge_by_a_token_that_sees_names_masked_is_refused_and_empties_nothing(
    lists: Lists, tmp_path: Path
) -> None:
    name, keys = a_list_of_people(lists, tmp_path, "ស្រីមុំ", "សុខ")
    before = lists.table(name)
    with a_client(lists, tmp_path, "all") as client:
        for more in ({"delete_not_matched": True}, {}):
            with pytest.raises(PyODKError) as refused:
                client.entities.merge(NEWS, entity_list_name=name, match_keys=["label"], **more)
            assert refused.value.is_central_error("403.22")
        for key in keys:
            with pytest.raises(PyODKError) as refused:
                client.entities.delete(key, entity_list_name=name)
            assert refused.value.is_central_error("403.22")
            assert "identity" in str(refused.value)
    assert lists.table(name) == before


def test_what_people_told_is_masked_without_the_scope_and_breaks_no_client(
    lists: Lists, tmp_path: Path
) -> None:
    site = lists.site
    name, [key] = a_list_of_people(lists, tmp_path, "ស្រីមុំ")
    lists.client.entities.create(label="ឃ្លាំង", data={"age": "9"}, entity_list_name=name)
    rows = {row["__id"]: row for row in lists.table(name)}
    assert (rows[key]["label"], rows[key]["full_name"]) == ("ស្រីមុំ", "ស្រីមុំ")

    blind = token(site, "all")["token"]
    shown = lists.ask("GET", f"/{name}.svc/Entities", blind).json()["value"]
    masked = {row["__id"]: row for row in shown}
    assert (masked[key]["label"], masked[key]["full_name"]) == (key, None)
    [own] = [row for row in shown if row["__id"] != key]
    assert (own["label"], own["age"]) == (own["__id"], None), "the list names people: all of it"
    for path in ("entities", f"entities/{key}", f"entities/{key}/versions", "entities.csv"):
        answer = lists.ask("GET", f"/{name}/{path}", blind)
        assert answer.status_code == 200
        assert "ស្រីមុំ" not in answer.text
        assert key in answer.text or path.endswith("versions")
    for scope in ("forms", "submissions"):
        other = token(site, scope)["token"]
        assert lists.ask("GET", f"/{name}/entities", other).status_code in (403, 404)


def _wait_for(lists: Lists, name: str, count: int) -> None:
    """The worker of the server takes a moment."""
    import time

    until = time.monotonic() + 20
    while len(lists.table(name)) < count:
        assert time.monotonic() < until
        time.sleep(0.1)
