"""A draft that reads an entity list: the list's file, and by its code nobody's name."""

from __future__ import annotations

import re
import uuid

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.accounts.actor import SYSTEM, Role
from service.entities import actions
from service.forms import actions as forms
from service.forms.entity_lists import Telling
from service.foundation.db import unit_of_work
from service.foundation.sealing import md5_hex
from service.foundation.settings import Settings
from tests.entity_forms import register
from tests.factories import Phone, a_phone
from tests.web.people import bearer

HEADER = "name,label,__version,full_name,age,village\n"


@pytest.fixture
def phone(client: FlaskClient) -> Phone:
    return a_phone(client)


@pytest.fixture
def base(app: Flask, phone: Phone) -> str:
    """The address of a draft that reads the list `people`, which has one row."""
    blobs = app.extensions["samleng.blobs"]
    with unit_of_work() as session:
        forms.publish_xml(session, SYSTEM, phone.project_id, register(), media={}, blobs=blobs)
        given = [actions.given(str(uuid.uuid4()), "ចន្ធូ", {"age": "44"})]
        actions.create(session, SYSTEM, phone.project_id, "people", given)
        prepared = forms.prepare_xml(register(version="2", reads="people"), {})
        draft = forms.replace_draft(session, SYSTEM, phone.project_id, "register", prepared, blobs)
        token = forms.token_of(draft)
    return f"/v1/test/{token}/projects/{phone.project_id}/forms/register/draft"


def tell(phone: Phone, telling: Telling) -> None:
    with unit_of_work() as session:
        actions.tell(session, SYSTEM, phone.project_id, "people", telling)


def fetched(phone: Phone, base: str) -> str:
    """By way of the list of forms and the manifest, as a phone comes to it."""
    told = phone.client.get(f"{base}/formList").text
    [manifest] = re.findall(r"<manifestUrl>([^<]+)<", told)
    entry = phone.client.get(manifest).text
    assert re.findall(r"<filename>([^<]+)<", entry) == ["people.csv"]
    [address] = re.findall(r"<downloadUrl>([^<]+)<", entry)
    answer = phone.client.get(address)
    assert answer.status_code == 200
    assert f"md5:{md5_hex(answer.data)}" in entry
    return answer.text


@pytest.mark.parametrize("telling", [Telling.PEOPLE, Telling.UNDECLARED])
def test_s08_a_drafts_code_gives_nobodys_name(phone: Phone, base: str, telling: Telling) -> None:
    tell(phone, telling)
    assert fetched(phone, base) == HEADER


def test_a_list_that_tells_of_nobody_is_tried_with_its_rows(phone: Phone, base: str) -> None:
    tell(phone, Telling.NOBODY)
    header, row = fetched(phone, base).splitlines(keepends=True)
    assert header == HEADER
    assert row.split(",")[1:] == ["ចន្ធូ", "1", "", "44", "\n"]


def test_other_lists_are_no_files_of_the_draft(phone: Phone, base: str) -> None:
    with unit_of_work() as session:
        actions.create_list(session, SYSTEM, phone.project_id, "other", telling=Telling.NOBODY)
    assert phone.client.get(f"{base}/attachments/other.csv").status_code == 404


def test_whoever_publishes_reads_it_beside_the_draft(
    phone: Phone, base: str, settings: Settings
) -> None:
    headers = bearer(settings.secrets.jwt_key, Role.COORDINATOR, phone.project_id)
    path = f"/v1/projects/{phone.project_id}/forms/register/draft/attachments"
    answer = phone.client.get(f"{path}/people.csv", headers=headers)
    assert (answer.status_code, answer.text) == (200, HEADER)
    assert phone.client.get(f"{path}/other.csv", headers=headers).status_code == 404
