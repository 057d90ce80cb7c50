"""`formList`: what a phone is offered (docs/device-sync.md)."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from service.accounts import actions as accounts
from service.accounts.actor import SYSTEM
from service.forms import actions
from service.forms.states import FormState
from service.foundation.db import unit_of_work
from service.web.device_path import CutDeviceToken
from tests import statements
from tests.factories import FORM_XML, Phone, a_form, a_phone, as_its_owner

NS = "{http://openrosa.org/xforms/xformsList}"
CHILDREN = ("formID", "name", "version", "hash", "downloadUrl", "manifestUrl", "descriptionText")


def listed(data: bytes) -> list[dict[str, str]]:
    """The entries of a form list, as Collect reads them."""
    root = etree.fromstring(data)
    assert root.tag == f"{NS}xforms"
    return [
        {child.tag.removeprefix(NS): child.text or "" for child in entry}
        for entry in root.findall(f"{NS}xform")
    ]


def ids(phone: Phone, query: str = "") -> list[str]:
    answer = phone.client.get(f"{phone.base}/formList{query}")
    assert answer.status_code == 200
    return [entry["formID"] for entry in listed(answer.data)]


def test_c01_c02_c16_the_list_has_type_and_headers_collect_demands(
    client: FlaskClient,
) -> None:
    phone = a_phone(client)
    answer = client.get(f"{phone.base}/formList", headers={"User-Agent": "org.odk.collect.android"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    assert answer.headers["X-OpenRosa-Accept-Content-Length"] == "10000000"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Language"] == "km"
    [entry] = listed(answer.data)
    assert entry["formID"] == "visit"
    assert entry["version"] == "1"


def test_c03_form_id_filters_exactly_and_no_match_is_an_empty_list(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", "Visit", "treaty")
    assert ids(phone, "?formID=visit") == ["visit"]
    assert ids(phone, "?formID=VISIT") == []
    assert ids(phone, "?formID=nothing") == []


def test_c04_verbose_adds_a_description_only_when_true(client: FlaskClient) -> None:
    phone = a_phone(client)
    for query, expected in (("?verbose=true", True), ("?verbose=1", False), ("", False)):
        [entry] = listed(client.get(f"{phone.base}/formList{query}").data)
        assert ("descriptionText" in entry) is expected


def test_c05_unknown_and_repeated_parameters_are_ignored(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", "treaty")
    query = "?deviceID=collect%3Aa&deviceID=b&x=&formID=visit&formID=treaty"
    assert ids(phone, query) == ["visit"]


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_c06_every_hash_is_that_of_the_bytes_there(client: FlaskClient, encoding: str) -> None:
    phone = a_phone(client, "visit", "treaty")
    for entry in listed(client.get(f"{phone.base}/formList").data):
        url = entry["downloadUrl"].removeprefix("http://samleng.test")
        answer = client.get(f"{url}?deviceID=x", headers={"Accept-Encoding": encoding})
        data = answer.data
        if encoding == "gzip":
            import gzip

            assert answer.headers["Content-Encoding"] == "gzip"
            data = gzip.decompress(data)
        assert entry["hash"] == f"md5:{hashlib.md5(data).hexdigest()}"


def test_c08_names_with_markup_emoji_and_right_to_left_text_survive(client: FlaskClient) -> None:
    title = 'ទម្រង់ &amp; &lt;b&gt; "q" \U0001f9ed \u0645\u0631\u062d\u0628\u0627 ]]&gt;'
    phone = a_phone(client)
    with unit_of_work() as session:
        xml = FORM_XML.format(form_id="odd&amp;id", version="a&lt;b").replace(
            "<h:title>សម្ភាសន៍ odd&amp;id</h:title>", f"<h:title>{title}</h:title>"
        )
        actions.publish_xml(
            session, SYSTEM, phone.project_id, xml.encode(), media={}, blobs=blobs_of(client)
        )
    entry = next(
        e for e in listed(client.get(f"{phone.base}/formList").data) if e["formID"] == "odd&id"
    )
    assert entry["version"] == "a<b"
    assert entry["name"] == etree.fromstring(f"<t>{title}</t>").text
    assert client.get(entry["downloadUrl"].removeprefix("http://samleng.test")).data == xml.encode()


def blobs_of(client: FlaskClient):  # type: ignore[no-untyped-def]
    return client.application.extensions["samleng.blobs"]


def test_c07_a_form_without_a_name_or_version_is_still_whole(client: FlaskClient) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "bare", version="")
        session.execute(sa.text("UPDATE form_versions SET title = '' WHERE version = ''"))
    entry = listed(client.get(f"{phone.base}/formList?formID=bare").data)[0]
    assert entry["name"] == "bare"
    assert "version" not in entry
    assert all(entry.values())


def test_c09_addresses_are_absolute_with_the_callers_own_token_and_need_no_escape(
    client: FlaskClient,
) -> None:
    phone = a_phone(client)
    other = accounts_phone(phone)
    for token in (phone.token, other):
        base = f"/v1/key/{token}/projects/{phone.project_id}"
        [entry] = listed(client.get(f"{base}/formList").data)
        assert entry["downloadUrl"].startswith(f"http://samleng.test{base}/forms/")
        assert re.fullmatch(r"http://[A-Za-z0-9._~/-]+", entry["downloadUrl"])


def accounts_phone(phone: Phone) -> str:
    with unit_of_work() as session:
        return accounts.create_app_user(session, SYSTEM, phone.project_id, "ទូរសព្ទ ២", None).token


@pytest.mark.parametrize("state", [FormState.CLOSING, FormState.CLOSED])
def test_c10_forms_that_are_not_open_are_not_listed(client: FlaskClient, state: FormState) -> None:
    phone = a_phone(client, "visit", "treaty")
    with unit_of_work() as session:
        actions.set_state(session, SYSTEM, phone.project_id, "treaty", state)
    assert ids(phone) == ["visit"]


def test_c10_a_form_without_a_published_version_is_not_listed(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", "treaty")
    with unit_of_work() as session:
        session.execute(
            sa.text("UPDATE forms SET current_version_pk = NULL WHERE form_id = 'treaty'")
        )
    assert ids(phone) == ["visit"]


def test_a_phone_sees_only_its_own_forms(client: FlaskClient) -> None:
    phone = a_phone(client, "visit", all_forms=False)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "secret")
    assert ids(phone) == ["visit"]


def test_c11_a_valid_caller_without_forms_gets_an_empty_list(client: FlaskClient) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        actions.set_state(session, SYSTEM, phone.project_id, "visit", FormState.CLOSED)
    assert ids(phone) == []


def test_c12_nobody_but_a_valid_caller_ever_gets_a_list(client: FlaskClient) -> None:
    phone = a_phone(client)
    project = phone.project_id
    unknown = client.get(f"/v1/key/{'A' * 43}/projects/{project}/formList")
    assert unknown.status_code == 403
    assert "WWW-Authenticate" not in unknown.headers
    assert b"<message" in unknown.data
    assert client.get(f"/v1/projects/{project}/formList").status_code == 401
    assert client.head(f"/v1/key/{'A' * 43}/projects/{project}/formList").status_code == 403
    other = client.get(f"/v1/key/{phone.token}/projects/{project + 1}/formList")
    assert other.status_code in (403, 404)  # a project that is not yours looks like none
    with unit_of_work() as session:
        accounts.revoke_app_user(session, SYSTEM, phone.project_id, phone.id)
    assert client.get(f"{phone.base}/formList").status_code == 403


def test_c12_a_database_that_is_away_never_looks_like_an_empty_list(
    app: Flask, client: FlaskClient
) -> None:
    phone = a_phone(client)
    as_its_owner("ALTER TABLE form_versions RENAME TO away")
    assert client.get(f"{phone.base}/formList").status_code >= 500


def test_c13_head_tells_whether_the_credentials_are_right(client: FlaskClient) -> None:
    phone = a_phone(client)
    answer = client.head(f"{phone.base}/formList")
    assert answer.status_code in (200, 204)
    assert answer.data == b""
    assert answer.headers["X-OpenRosa-Version"] == "1.0"
    named = f"/v1/projects/{phone.project_id}/formList"
    wrong = phone.token[:-4] + "AAAA"
    for path, credentials, status in (
        (f"{phone.base}/formList".replace(phone.token, wrong), {}, 403),
        (named, {}, 401),
        (named, {"auth": ("phone", "")}, 401),
        (named, {"auth": ("phone", wrong)}, 401),
        (named, {"headers": {"Authorization": f"Bearer {wrong}"}}, 401),
        (named, {"auth": ("phone", phone.token)}, 200),
    ):
        answer = client.head(path, **credentials)
        assert (answer.status_code, answer.data) == (status, b""), (path, credentials)
        assert ("WWW-Authenticate" in answer.headers) is (status == 401)


def test_the_list_is_in_the_order_of_the_names_that_it_shows(client: FlaskClient) -> None:
    """Without regard to case; a form without a name shows its ID."""
    phone = a_phone(client, "z")
    with unit_of_work() as session:
        for form_id in ("b", "A", "c", "same-2", "same-1", "n"):
            a_form(session, phone.project_id, form_id)
        for form_id, title in {
            "b": "banana", "A": "Apple", "c": "CHERRY", "same-1": "ភូមិ", "same-2": "ភូមិ",
            "n": "", "z": "apricot",
        }.items():  # fmt: skip
            session.execute(
                sa.text(
                    "UPDATE form_versions SET title = :title WHERE form_pk = "
                    "(SELECT form_pk FROM forms WHERE form_id = :form_id)"
                ),
                {"title": title, "form_id": form_id},
            )
    assert ids(phone) == ["A", "z", "b", "c", "n", "same-1", "same-2"]


def test_c14_a_list_that_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    phone = a_phone(client)
    url = f"{phone.base}/formList"
    tag = client.get(url).headers["ETag"]
    for known in (tag, f"W/{tag.removeprefix('W/')}", tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = client.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["X-OpenRosa-Version"] == "1.0"
    with unit_of_work() as session:
        a_form(session, phone.project_id, "visit", version="2")
    answer = client.get(url, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert listed(answer.data)[0]["version"] == "2"


@pytest.mark.parametrize("tail", ["/", "//"])
def test_c15_slashes_more_or_less_give_the_same_reply_without_redirect(
    client: FlaskClient, tail: str
) -> None:
    phone = a_phone(client)
    plain = client.get(f"{phone.base}/formList")
    for url in (
        f"{phone.base}/formList{tail}",
        f"{phone.base.replace('/projects', '//projects')}/formList",
    ):
        answer = client.get(url)
        assert (answer.status_code, answer.data) == (200, plain.data)


def test_all_versions_are_listed_on_demand(client: FlaskClient) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        a_form(session, phone.project_id, "visit", version="2")
    assert ids(phone) == ["visit"]
    entries = listed(client.get(f"{phone.base}/formList?listAllVersions=true").data)
    assert [entry["version"] for entry in entries] == ["1", "2"]
    assert len({entry["downloadUrl"] for entry in entries}) == 2


@pytest.mark.each_database
def test_two_hundred_forms_take_one_statement(client: FlaskClient) -> None:
    phone = a_phone(client)
    with unit_of_work() as session:
        for number in range(200):
            a_form(session, phone.project_id, f"form_{number:03}")
    with statements.counted() as seen:
        assert len(ids(phone)) == 201
    assert sum("form_versions" in statement for statement in seen) == 1


def test_a_token_in_the_query_is_taken_as_if_it_stood_in_the_path(client: FlaskClient) -> None:
    """Public links of Enketo: what is told has it in the path."""
    phone = a_phone(client)
    named = phone.base.replace(f"/key/{phone.token}", "")
    for query in (f"st={phone.token}", f"formID=visit&st={phone.token}&deviceID=x"):
        answer = client.get(f"{named}/formList?{query}")
        assert answer.status_code == 200
        assert answer.data == client.get(f"{phone.base}/formList").data
    told = listed(answer.data)[0]["downloadUrl"]
    assert f"/v1/key/{phone.token}/projects/" in told
    assert "st=" not in told
    head = client.head(f"{named}/submission?st={phone.token}")
    assert head.headers["Location"].endswith(f"{phone.base}/submission")


@pytest.mark.parametrize("token", ["smd-unknown", "", "%2e%2e%2f"])
def test_an_unknown_token_in_the_query_is_403_and_never_401(
    client: FlaskClient, token: str
) -> None:
    phone = a_phone(client)
    named = phone.base.replace(f"/key/{phone.token}", "")
    answer = client.get(f"{named}/formList?st={token}")
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer.headers
    assert not token or token not in answer.text


def test_a_token_in_the_query_is_seen_by_nothing_behind_the_door() -> None:
    seen: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], _start: object) -> list[bytes]:
        seen.append(environ)
        return []

    asked = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/v1/projects/1/formList",
        "QUERY_STRING": "st=sT0k&verbose=true",
        "RAW_URI": "/v1/projects/1/formList?st=sT0k&verbose=true",
    }
    CutDeviceToken(app)(asked, None)
    [environ] = seen
    assert environ.pop("samleng.device_token") == "sT0k"
    assert environ["QUERY_STRING"] == "verbose=true"
    assert "sT0k" not in str(environ)
