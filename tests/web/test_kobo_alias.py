"""Phones that come from KoboToolbox ask under a name: that of the project."""

from __future__ import annotations

import base64

import pytest
from flask.testing import FlaskClient
from lxml import etree

from tests.factories import Phone, a_phone, an_instance, multipart


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


def basic(token: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'arun:{token}'.encode()).decode()}"}


def test_c72_the_alias_lists_leads_to_forms_and_takes_records(phone: Phone) -> None:
    client, by = phone.client, basic(phone.token)
    listed = client.get("/battambang/formList", headers=by)
    assert (listed.status_code, listed.content_type) == (200, "text/xml; charset=utf-8")
    address = etree.fromstring(listed.data).findtext(".//{*}downloadUrl")
    assert address is not None
    assert client.get(address.removeprefix("http://samleng.test"), headers=by).status_code == 200
    asked = client.head("/battambang/submission", headers=by)
    assert asked.status_code == 204
    body, kind = multipart(an_instance("uuid:1"), {})
    for path in (
        "/battambang/submission",
        asked.headers["Location"].removeprefix("http://samleng.test"),
    ):
        sent = client.post(path, data=body, content_type=kind, headers=by)
        assert sent.status_code in (201, 202)
        assert b"OpenRosaResponse" in sent.data


def test_c72_it_asks_for_credentials_and_knows_its_own_phones_alone(phone: Phone) -> None:
    client = phone.client
    for method in ("GET", "HEAD"):
        for path in ("/battambang/formList", "/battambang/submission"):
            asked = client.open(path, method=method)
            assert asked.status_code == 401
            assert asked.headers["WWW-Authenticate"].startswith("Basic")
        assert (
            client.open("/nowhere/formList", method=method, headers=basic(phone.token)).status_code
            == 404
        )
    body, kind = multipart(an_instance("uuid:1"), {})
    refused = client.post("/battambang/submission", data=body, content_type=kind)
    assert refused.status_code == 401
    assert b"OpenRosaResponse" in refused.data
