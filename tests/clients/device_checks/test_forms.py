"""Form lists, forms and their files, as the simulated phone fetches them (1-27).

The phone itself refuses what Collect would: a list without its headers, a file whose MD5 is not the
one promised (`tests/clients/test_openrosa_phone.py`).
"""

from __future__ import annotations

import csv
import io
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tests.clients.collect_http import Reply
from tests.clients.collect_xml import MediaFile
from tests.clients.device_checks.conftest import Desk, form_xml
from tests.clients.openrosa_phone import FormListError, Standing, md5

ODD = 'ទម្រង់ & <b> "q" \U0001f9ed \u0645\u0631\u062d\u0628\u0627'
LIST = '<instance id="v" src="jr://file-csv/villages.csv"/>'
PICTURE = (
    '<itext><translation lang="km"><text id="m"><value form="image">jr://images/map.png</value>'
    "</text></translation></itext>"
)


def fetched(desk: Desk, query: str = "", **headers: str) -> Reply:
    return desk.phone.http.get(f"{desk.phone.base_url}/formList{query}", **headers)


def names(reply: Reply) -> list[str]:
    root = ET.fromstring(reply.body)
    assert root.tag == "{http://openrosa.org/xforms/xformsList}xforms"
    return [one.text or "" for one in root.iter("{http://openrosa.org/xforms/xformsList}formID")]


def test_c01_c02_c06_c16_c17_what_is_listed_is_downloaded_once_and_is_what_was_published(
    desk: Desk,
) -> None:
    xml = form_xml(desk.form_id)
    first = desk.phone.sync_forms()
    assert first[desk.form_id] is Standing.NEW
    assert desk.phone.forms[desk.form_id, "1"].xml == xml
    again = desk.phone.sync_forms()
    assert set(again.values()) == {Standing.ON_DEVICE}
    reply = fetched(desk)
    assert reply.content_type == "text/xml; charset=utf-8"
    assert reply.headers["X-OpenRosa-Version"] == "1.0"
    assert int(reply.headers["X-OpenRosa-Accept-Content-Length"]) > 0
    assert reply.headers["Date"]
    assert reply.headers["Cache-Control"] == "private, no-cache"
    assert not {"authorization", "*"} & set(reply.headers["Vary"].lower().split(", "))
    for packed in ("gzip", "identity"):
        url = desk.listed()[desk.form_id].download_url
        body = desk.phone.http.get(url, **{"Accept-Encoding": packed}).body
        assert md5(body) == desk.listed()[desk.form_id].hash


def test_c03_c05_c26_the_list_is_cut_by_an_id_and_by_nothing_else(desk: Desk) -> None:
    assert names(fetched(desk, f"?formID={desk.form_id}")) == [desk.form_id]
    assert names(fetched(desk, f"?formID={desk.form_id.upper()}")) == []
    assert names(fetched(desk, f"?formID={uuid.uuid4()}")) == []
    odd = f"?deviceID=a&deviceID=b&x=&formID={desk.form_id}&formID=other"
    assert names(fetched(desk, odd)) == [desk.form_id]


@pytest.mark.parametrize(("query", "is_told"), [("true", True), ("1", False), ("", False)])
def test_c04_a_description_comes_where_it_is_asked_for(
    desk: Desk, query: str, is_told: bool
) -> None:
    reply = fetched(desk, f"?formID={desk.form_id}&verbose={query}")
    assert (b"descriptionText" in reply.body) is is_told


def test_c07_c08_names_that_are_odd(desk: Desk) -> None:
    """A form without a title is not published (`test_c07_a_form_without_a_name…`)."""
    form_id = f"{desk.form_id}&<b"

    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;")

    xml = form_xml(escaped(form_id), title=escaped(ODD))
    desk.publish(xml)
    found = desk.listed()[form_id]
    assert found.name == ODD
    assert desk.phone.download(found, []).xml == xml


def test_c09_addresses_are_the_phones_own_and_need_no_escape(desk: Desk) -> None:
    _, other = desk.enrolled()
    for phone in (desk.phone, other):
        url = desk.listed(phone)[desk.form_id].download_url
        assert url.startswith(f"{phone.base_url}/forms/")
        assert not {"%", "?"} & set(url)


@pytest.mark.parametrize("state", ["closing", "closed"])
def test_c10_c11_a_form_that_is_not_open_goes_from_the_phone_and_the_list_is_empty(
    desk: Desk, state: str
) -> None:
    _, phone = desk.enrolled(desk.form_id)
    assert list(phone.sync_forms()) == [desk.form_id]
    desk.set_state(state)
    assert phone.sync_forms() == {}
    assert phone.forms == {}, "as Collect does with what is listed no more"
    desk.set_state("open")
    assert list(phone.sync_forms()) == [desk.form_id]


def test_c10_drafts_and_deleted_forms_are_on_no_list(desk: Desk) -> None:
    draft = f"draft_{uuid.uuid4().hex[:8]}"
    desk.ask(
        "POST", "/forms", params={"ignoreWarnings": "true"}, data=form_xml(draft),
        headers={"Content-Type": "application/xml"},
    )  # fmt: skip
    assert draft not in desk.listed()
    desk.ask("DELETE", f"/forms/{desk.form_id}")
    assert desk.form_id not in desk.listed()


def test_c12_c13_c31_c69_a_phone_that_was_ended_is_refused_at_once_and_keeps_its_forms(
    desk: Desk,
) -> None:
    made, phone = desk.enrolled(desk.form_id)
    phone.sync_forms()
    assert phone.http.head(f"{phone.base_url}/formList").status in (200, 204)
    desk.site.run("app-users", "revoke", str(made["id"]))
    with pytest.raises(FormListError, match="403"):
        phone.sync_forms()
    assert len(phone.forms) == 1
    for verb in ("head", "get"):
        for path in ("formList", "submission"):
            reply = getattr(phone.http, verb)(f"{phone.base_url}/{path}")
            assert reply.status == 403
            assert reply.headers["WWW-Authenticate"] is None


def test_c14_what_has_not_changed_is_not_sent_again_and_a_publication_is_seen_at_once(
    desk: Desk,
) -> None:
    url = f"{desk.phone.base_url}/formList?formID={desk.form_id}"
    first = desk.phone.http.get(url)
    tag = first.headers["ETag"]
    assert desk.phone.http.get(url) is first, "from the phone's own cache"
    assert desk.phone.http.replies[-1][1].status == 304
    for known in (f"W/{tag.removeprefix('W/')}", tag.removeprefix("W/")):
        reply = desk.phone.http.get(url, **{"If-None-Match": known})
        assert (reply.status, reply.body, reply.headers["ETag"]) == (304, b"", tag)
    desk.publish_next(form_xml(desk.form_id, "2"))
    assert b"<version>2</version>" in desk.phone.http.get(url).body


@pytest.mark.parametrize(
    "typed", [lambda url: f"{url}/", lambda url: url.replace("/projects", "//projects")]
)
def test_c15_an_address_with_slashes_too_many_is_the_same(
    desk: Desk, typed: Callable[[str], str]
) -> None:
    reply = desk.phone.http.get(typed(f"{desk.phone.base_url}/formList"))
    assert reply.status == 200
    assert desk.form_id in names(reply)
    assert reply.url == typed(f"{desk.phone.base_url}/formList"), "no redirect"


def files(desk: Desk) -> list[MediaFile]:
    return desk.phone.manifest(desk.listed()[desk.form_id])


def test_c18_c19_c20_c21_c27_files_come_when_they_are_there(desk: Desk) -> None:
    assert desk.listed()[desk.form_id].manifest_url is None, "the form names no file"
    desk.publish_next(form_xml(desk.form_id, "2", more=PICTURE + LIST))
    assert desk.listed()[desk.form_id].manifest_url is None, "and none that it names is here"
    content = b"\x89PNG" + bytes(range(256)) * 9
    desk.upload("map.png", content)
    [file] = files(desk)
    assert (file.filename, file.hash) == ("map.png", md5(content))
    assert desk.phone.sync_forms()[desk.form_id] is not Standing.ON_DEVICE
    version = desk.listed()[desk.form_id].version
    assert desk.phone.forms[desk.form_id, version].media == {"map.png": content}
    part = desk.phone.http.get(file.download_url, Range="bytes=4-7")
    assert (part.status, part.body) == (206, content[4:8])
    whole = desk.phone.http.get(file.download_url)
    assert (whole.status, whole.body) == (200, content)


# --- entity lists (22-25) -----------------------------------------------------------------------
@pytest.fixture
def cases(desk: Desk) -> str:
    """A list that the form reads, and that tells of nobody."""
    name = f"cases_{uuid.uuid4().hex[:6]}"
    desk.ask("POST", "/datasets", json={"name": name})
    desk.ask("POST", f"/datasets/{name}/properties", json={"name": "village"})
    desk.ask("PATCH", f"/datasets/{name}", json={"telling": "nobody"})
    reads = f'<instance id="{name}" src="jr://file-csv/{name}.csv"/>'
    desk.publish_next(form_xml(desk.form_id, "2", more=reads))
    return name


def rows(desk: Desk) -> list[list[str]]:
    [file] = files(desk)
    reply = desk.phone.http.get(file.download_url)
    assert md5(reply.body) == file.hash
    return list(csv.reader(io.StringIO(reply.body.decode())))


def an_entity(desk: Desk, name: str) -> str:
    data = {"label": "ក-០១", "data": {"village": "ភូមិថ្មី"}}
    return str(desk.ask("POST", f"/datasets/{name}/entities", json=data)["uuid"])


def test_c22_c23_c24_a_list_is_told_of_and_changes_its_hash_with_every_change(
    desk: Desk, cases: str
) -> None:
    [file] = files(desk)
    assert (file.type, file.filename) == ("entityList", f"{cases}.csv")
    assert (file.integrity_url or "").startswith(desk.phone.base_url)
    assert rows(desk) == [["name", "label", "__version", "village"]]
    seen = {file.hash}
    one = an_entity(desk, cases)
    assert rows(desk)[1:] == [[one, "ក-០១", "1", "ភូមិថ្មី"]]
    path = f"/datasets/{cases}"
    for method, address, body in (
        ("PATCH", f"{path}/entities/{one}?baseVersion=1", {"data": {"village": "ភូមិចាស់"}}),
        ("POST", f"{path}/properties", {"name": "phone"}),
        ("DELETE", f"{path}/entities/{one}", None),
        ("PATCH", path, {"approvalRequired": True}),
    ):
        seen.add(files(desk)[0].hash)
        desk.ask(method, address, json=body)
    assert len({*seen, files(desk)[0].hash}) == 5
    assert files(desk)[0].type == "approvalEntityList"


def test_c25_what_is_gone_is_told_as_gone_and_500_ids_are_answered(desk: Desk, cases: str) -> None:
    live, gone = an_entity(desk, cases), an_entity(desk, cases)
    desk.ask("DELETE", f"/datasets/{cases}/entities/{gone}")
    [file] = files(desk)
    unknown = [str(uuid.uuid4()) for _ in range(498)]
    reply = desk.phone.http.get(f"{file.integrity_url}?id={','.join([live, gone, *unknown])}")
    assert reply.status == 200
    told = {
        one.get("id"): one.findtext("{*}deleted")
        for one in ET.fromstring(reply.body).findall(".//{*}entity")
    }
    assert told[gone] == "true"
    assert told[live] == "false"
    assert all(told.get(one) != "true" for one in unknown)
